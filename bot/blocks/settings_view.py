"""The settings modal: how much, when and how a person or a channel is written to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from slackblocks import Block, ContextBlock, PlainText

from bot.acts import View
from bot.blocks.forms import Choice, at_time, chosen, on_day, picked, several, ticked, typed
from bot.blocks.parts import share_words
from bot.blocks.windows import modal
from bot.models import Cadence, Via

#: Bars that have a name, as shares of the stored papers; "balanced" is the host's own.
BEST, CLOSE = 0.995, 0.95
#: The choice of a bar that follows votes.
LEARNT = "learnt"
#: Values of the weekdays, Monday first.
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_ZONE = 60
#: Caps that can be chosen; one that was set elsewhere is kept.
_CAPS = range(1, 21)
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CADENCES = (
    Choice("at_once", "At once", "as papers come in, outside quiet hours"),
    Choice("daily", "Once a day", "a digest on the days and at the hour below"),
    Choice("weekly", "Once a week", "a digest on the first of the days below"),
)
_WAYS = (Choice("slack", "In Slack"), Choice("email", "By e-mail"), Choice("both", "Both"))
_TRENDING = Choice("trending", "What is talked about, on days while I follow nothing")
_AS_HOST = "as the host of this Paperbot chose it"
_LEARNING = "each vote moves it a little, until most of what you get is liked"
_SHOWN = Choice("shows_colleagues", "Say how many colleagues saved a paper", "from two upwards, and never who")
_ROLL_UP = Choice("roll_up", "Look back once a week", "near misses, what is talked about, what was learnt")
_COUNTED = Choice("counted", "Count my saves and “More like this” among them")


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """A reader's settings, as the modal shows them and as it was sent."""

    #: Share of stored papers an alert must beat; None: the host's setting ("balanced"), or what votes say (``learns``).
    bar: float | None
    #: At most so many papers at a time.
    cap: int
    cadence: Cadence
    #: Hour of the digest, 0 to 23, in ``zone``.
    hour: int
    #: 0 is Monday, ascending.
    weekdays: tuple[int, ...]
    #: IANA name.
    zone: str
    quiet_from: time | None = None
    quiet_to: time | None = None
    holiday_until: date | None = None
    #: The reader's saves and likes count among what colleagues did. A channel does nothing: for one it is always True.
    counted: bool = True
    #: Cards tell how many colleagues saved a paper.
    shows_colleagues: bool = True
    #: The weekly look back is sent; None: not asked (a form of an older version).
    roll_up: bool | None = True
    #: The bar follows the reader's votes.
    learns: bool = False
    #: Where it stands if it follows them; None where it cannot: nobody votes for a channel, or the host wants none of it.
    learnt_bar: float | None = None
    #: The host's bar, None where it is not to be told.
    host_bar: float | None = None
    #: How papers reach the person; None: not asked, for the host sends no e-mail, or this is a channel.
    via: Via | None = None
    #: Where e-mail goes, and which address waits for a click; "" for none.
    address: str = ""
    asked_address: str = ""
    #: What is talked about is sent while nothing is followed; None: not asked.
    trending: bool | None = None
    #: The channel's id where these are a channel's settings; it comes back in private_metadata, to be checked again.
    channel: str | None = None


def settings_modal(form: SettingsForm) -> View:
    """The form, callback_id ``settings``; each block_id and action_id is the field's name.

    Fields: bar, cap, cadence, hour, weekdays, zone, quiet_from, quiet_to, holiday_until; for a person ``counted`` (boxes
    with the values ``shows_colleagues`` and ``counted``), for a channel ``shows_colleagues`` (a box of this value);
    ``roll_up`` (a box of this value); for a person ``trending`` (a box of this value) and, where there is e-mail, ``via``.
    private_metadata is the channel's id or "".
    """
    whom = "this channel" if form.channel else "you"
    fields: list[Block] = [
        chosen(
            "bar",
            "How close must a paper be?",
            _bars(form),
            LEARNT if form.learns else bar_value(form.bar),
            hint=_learnt_words(form.learnt_bar, form.host_bar) if form.learns and form.learnt_bar else "",
        ),
        chosen("cap", "At most so many papers at a time", _caps(form.cap), str(form.cap)),
        *([picked("via", "How should papers reach you?", _WAYS, form.via, hint=_way_words(form))] if form.via else []),
        chosen("cadence", "How often?", _CADENCES, form.cadence.value),
        several("weekdays", "Days of the digest", _days(), [WEEKDAYS[day] for day in form.weekdays]),
        chosen("hour", "Hour of the digest", _hours(), str(form.hour)),
        typed(
            "zone",
            "Time zone",
            form.zone,
            hint="A city is enough, such as Berlin, or a name such as America/New_York.",
            placeholder="Europe/Berlin",
            longest=LONGEST_ZONE,
        ),
        at_time("quiet_from", "Quiet from", form.quiet_from),
        at_time(
            "quiet_to", "Quiet until", form.quiet_to, hint=f"Nothing is sent to {whom} in between, also overnight."
        ),
        on_day(
            "holiday_until", "On holiday until", form.holiday_until, hint="Nothing is sent up to the end of that day."
        ),
        ticked("roll_up", "Weekly look back", [_ROLL_UP], [_ROLL_UP.value] if form.roll_up else []),
        *(
            [ticked("trending", "Trending papers", [_TRENDING], [_TRENDING.value] if form.trending else [])]
            if form.trending is not None
            else []
        ),
        _colleagues(form),
    ]
    if form.channel:
        note = "These settings are the channel's own: they are the same for everybody in it."
        fields.insert(0, ContextBlock([PlainText(note)], block_id="note"))
    title = "Channel settings" if form.channel else "Settings"
    return modal(title, fields, "settings", submit="Save", private=form.channel or "")


def _way_words(form: SettingsForm) -> str:
    """Where e-mail goes, or what it waits for."""
    if form.asked_address:
        return f"{form.asked_address} waits for your click in App Home, or in my message to you: nothing goes there before."
    if form.address:
        return f"E-mail goes to {form.address}."
    return (
        "E-mail goes to the address in your Slack profile, once you have confirmed it by a click; once a day, unless you "
        "choose something else then."
    )


def bar_value(bar: float | None) -> str:
    """What stands for this bar in the form."""
    return {None: "balanced", BEST: "best", CLOSE: "close"}.get(bar) or repr(bar)


def _bars(form: SettingsForm) -> list[Choice]:
    bar, host = form.bar, form.host_bar
    learnt = form.learnt_bar
    known = [
        *([Choice(LEARNT, f"Learnt from votes: {share_words(learnt)}", _LEARNING)] if learnt else []),
        Choice("best", "Only the very best", f"closer than {share_words(BEST)} of all papers"),
        Choice("balanced", "Balanced", f"closer than {share_words(host)}, as the host chose" if host else _AS_HOST),
        Choice("close", "Everything close", f"closer than {share_words(CLOSE)}: more, and some wide of the mark"),
    ]
    value = bar_value(bar)
    if bar is not None and value not in {choice.value for choice in known}:
        share = share_words(bar)
        known.append(Choice(value, f"As it is: {share}", f"closer than {share} of all papers"))
    return known


def _learnt_words(share: float, host: float | None) -> str:
    """Where votes have brought the bar; where they have not moved it, nothing is called learnt."""
    stands = "Not moved by votes so far" if share == host else "Learnt from your votes"
    return f"{stands}: closer than {share_words(share)} of papers. {_LEARNING[0].upper()}{_LEARNING[1:]}."


def _caps(cap: int) -> list[Choice]:
    return [Choice(str(number), str(number)) for number in sorted({*_CAPS, cap})]


def _days() -> list[Choice]:
    return [Choice(value, name) for value, name in zip(WEEKDAYS, _DAY_NAMES, strict=True)]


def _hours() -> list[Choice]:
    return [Choice(str(hour), f"{hour:02}:00") for hour in range(24)]


def _colleagues(form: SettingsForm) -> Block:
    shown = [_SHOWN.value] if form.shows_colleagues else []
    if form.channel:
        return ticked("shows_colleagues", "Colleagues", [_SHOWN], shown)
    return ticked("counted", "Colleagues", [_SHOWN, _COUNTED], [*shown, *([_COUNTED.value] if form.counted else [])])
