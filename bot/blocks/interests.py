"""What a reader follows, as rows with their controls, for a message and for App Home."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from slackblocks import ContextBlock, Markdown, Option, OverflowMenu, PlainText, SectionBlock

from bot.acts import Block, Message
from bot.blocks.parts import Button, buttons, counted, rendered
from bot.blocks.text import bold, clean, escape, unformatted
from bot.models import FACTS, Interest, InterestKind

#: Rows in one message; more follow in its thread.
ROWS = 40
#: Weights that have a name.
LITTLE, LOT = 0.5, 2.0
#: Characters of all rows in ``text``: Slack shows 4,000 well.
_ROOM = 3_700
_ID = re.compile(r"interest:(?P<id>i[0-9a-f]{9})(?P<channel>:channel)?")
_KINDS = {
    InterestKind.PHRASE: "phrase",
    InterestKind.PAPER: "papers like this one",
    InterestKind.AUTHOR: "author",
    InterestKind.ORGANISATION: "organisation",
    InterestKind.CATEGORY: "category",
}


@dataclass(frozen=True, slots=True)
class InterestRow:
    """An interest with how many papers it brought within the last week."""

    interest: Interest
    matches: int = 0
    #: Since when no vote taught it, "quiet since March"; "" where it does not fade.
    quiet: str = ""


@dataclass(frozen=True, slots=True)
class InterestRef:
    """Which interest a row's menu is about, and whether it is one of the channel that the message stands in."""

    interest_id: str
    is_channel: bool = False


def interest_block_id(interest_id: str, *, is_channel: bool = False) -> str:
    """The block_id of an interest's row: ``interest:<id>``, of a channel's ``interest:<id>:channel``."""
    return f"interest:{interest_id}:channel" if is_channel else f"interest:{interest_id}"


def parse_interest_id(block_id: str) -> InterestRef | None:
    """What ``interest_block_id`` made, None for anything else."""
    found = _ID.fullmatch(block_id)
    return InterestRef(found["id"], found["channel"] is not None) if found else None


def interest_block(row: InterestRow, *, is_channel: bool = False) -> Block:
    """One row: name, what it is and what it brought. Its menu is ``interest``.

    The menu's values are ``try_it``, ``rename``, ``mute`` or ``unmute``, and ``remove``.
    """
    interest = row.interest
    menu = OverflowMenu(
        "interest",
        [
            Option(PlainText("Try it"), "try_it"),
            Option(PlainText("Rename or weigh"), "rename"),
            Option(PlainText("Unmute"), "unmute") if interest.muted else Option(PlainText("Mute"), "mute"),
            Option(PlainText("Remove"), "remove"),
        ],
    )
    text = f"{bold(_name(interest))}\n{unformatted(interest_facts(row))}"
    block_id = interest_block_id(interest.id, is_channel=is_channel)
    return rendered(SectionBlock(Markdown(text), block_id=block_id, accessory=menu))[0]


def interest_facts(row: InterestRow) -> str:
    """What an interest is, how much it counts and what it brought last week: ``Phrase · normal weight · 3 papers last week``."""
    interest = row.interest
    parts = [*(["muted"] if interest.muted else []), _kind(interest), *_weight(interest)]
    if interest.weight > 0 and not interest.muted:
        parts.append(f"{counted(row.matches, 'paper')} last week" if row.matches else "nothing last week")
    # What fades away says so.
    parts += [row.quiet] if row.quiet else []
    line = " · ".join(parts)
    return line[0].upper() + line[1:]


def interests_message(rows: Sequence[InterestRow], is_channel: bool = False, *, command: str = "/papers") -> Message:
    """All that a reader follows, each with its menu; a very long list goes on in the thread."""
    who = "This channel follows" if is_channel else "You follow"
    typed = f"{command} channel follow" if is_channel else f"{command} follow"
    if not rows:
        return _nothing(
            f"{who} nothing yet. Type {typed} and a phrase, a paper's link, or a title in quotes.", is_channel
        )
    heading = f"{who} {'one thing' if len(rows) == 1 else f'{len(rows)} things'}"
    chunks = [rows[start : start + ROWS] for start in range(0, len(rows), ROWS)]
    above = rendered(SectionBlock(Markdown(bold(heading)), block_id="interests:heading"))
    below = rendered(
        ContextBlock([PlainText(f"{typed} and a phrase, a link or a title adds one.")], block_id="interests:add")
    )
    messages = [
        Message(
            _text("And" if place else heading, chunk),
            (
                *(() if place else above),
                *(interest_block(row, is_channel=is_channel) for row in chunk),
                *(below if place == len(chunks) - 1 else ()),
            ),
        )
        for place, chunk in enumerate(chunks)
    ]
    return Message(messages[0].text, messages[0].blocks, tuple(messages[1:]))


def _nothing(text: str, is_channel: bool) -> Message:
    said = SectionBlock(Markdown(unformatted(text)), block_id="interests:none")
    # What is typed into the window that opens is followed by the person.
    offer = (
        () if is_channel else (buttons("interests:offer", Button("Follow something", "home_follow", style="primary")),)
    )
    return Message(escape(text), rendered(said, *offer))


def _text(heading: str, rows: Sequence[InterestRow]) -> str:
    names: list[str] = []
    room = _ROOM
    for place, row in enumerate(rows):
        line = f"{escape(_name(row.interest))} ({escape(_lowered(row))})"
        room -= len(line) + 2
        if room < 0:
            names.append(f"and {len(rows) - place} more")
            break
        names.append(line)
    return f"{heading}: {'; '.join(names)}."


def _name(interest: Interest) -> str:
    return clean(interest.name, 100) or "Unnamed"


def _lowered(row: InterestRow) -> str:
    facts = interest_facts(row)
    return facts[0].lower() + facts[1:].replace(" · ", ", ")


def _kind(interest: Interest) -> str:
    votes = counted(len(interest.learnt_from), "vote")
    if interest.kind is InterestKind.LEARNT:
        return f"learnt from {votes}"
    return f"{_KINDS[interest.kind]}, tuned by {votes}" if interest.learnt_from else _KINDS[interest.kind]


def _weight(interest: Interest) -> list[str]:
    size = abs(interest.weight)
    if interest.weight < 0:
        less = "nothing with it" if interest.kind in FACTS else "less of it"
        weight = "normal weight" if size == 1 else f"×{size:g}"  # noqa: RUF001 - the sign
        return [less] if interest.kind in FACTS else [f"{less}, {weight}"]
    return [{LITTLE: "a little", 1.0: "normal weight", LOT: "a lot"}.get(size) or f"×{size:g}"]  # noqa: RUF001 - the sign
