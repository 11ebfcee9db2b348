"""By which way a reader hears of papers, in words; and the question that an e-mail address waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slackblocks import SectionBlock

from bot.acts import Block, Message
from bot.blocks.parts import Button, as_is, buttons, listed, rendered
from bot.blocks.text import escape, unformatted, within
from bot.models import Subscription, Via

#: Addresses that a sentence names; characters of all of them, escaped.
_NAMED, _ROOM = 5, 1_800
#: The row of buttons below the question, by whose addresses they are about.
_MINE, _CHANNELS = "email:me", "email:channel"


def way_of(subscription: Subscription, *, has_email: bool) -> Via:
    """The way that works now: without an address, or where the host sends no e-mail, it is Slack."""
    if not has_email or not subscription.addresses:
        return Via.SLACK
    return subscription.via or Via.SLACK


def asked_addresses(subscription: Subscription) -> tuple[str, ...]:
    """Addresses that wait for a click."""
    return tuple(subscription.asked_address.split())


def reached_words(subscription: Subscription, *, has_email: bool, is_channel: bool = False) -> str:
    """``By e-mail to ada@example.org.`` and what waits for a click; "" where nothing is to be said: it is Slack alone."""
    if not has_email:
        return ""
    way, addresses = way_of(subscription, has_email=True), addresses_words(subscription.addresses)
    sentences: list[str] = []
    if is_channel and subscription.addresses:
        sentences.append(f"The digest goes by e-mail to {addresses} as well.")
    elif way is Via.BOTH:
        sentences.append(f"In Slack, and by e-mail to {addresses}.")
    elif way is Via.EMAIL:
        sentences.append(f"By e-mail to {addresses}.")
    if asked := asked_addresses(subscription):
        waits = "waits" if len(asked) == 1 else "wait"
        sentences.append(f"{addresses_words(asked)} {waits} for {'a' if is_channel else 'your'} click.")
    return " ".join(sentences)


def addresses_words(addresses: Sequence[str]) -> str:
    """``a@example.org and b@example.org``; ``a@example.org, … and 3 more``."""
    if len(addresses) > _NAMED or len(addresses) < 2:  # noqa: PLR2004 - nothing to join
        return listed(addresses, _NAMED)
    return f"{', '.join(addresses[:-1])} and {addresses[-1]}"


@dataclass(frozen=True, slots=True)
class Asked:
    """Addresses that wait for a click."""

    addresses: Sequence[str]
    #: What stands for them (``mailboxes.mark``).
    value: str
    #: Addresses that are written to no longer then.
    dropped: Sequence[str] = ()
    #: Slack goes on as well.
    is_both: bool = False
    is_channel: bool = False


def asked_message(asked: Asked) -> Message:
    """The question whether to write to these addresses, with the buttons ``confirm_email`` and ``decline_email``."""
    return Message(escape(_question(asked)), asked_blocks(asked))


def asked_blocks(asked: Asked) -> tuple[Block, ...]:
    """The same as blocks."""
    yes, no = ("Send it there", "Do not") if asked.is_channel else ("Send them there", "Stay in Slack")
    return rendered(
        SectionBlock(as_is(within(_ROOM, _question(asked), unformatted)), block_id="email:question"),
        buttons(
            _CHANNELS if asked.is_channel else _MINE,
            Button(yes, "confirm_email", asked.value, style="primary"),
            Button(no, "decline_email", asked.value),
        ),
    )


def asks_for_channel(block_id: str) -> bool:
    """The row of buttons with this id is about a channel's addresses, not the person's own."""
    return block_id == _CHANNELS


def _question(asked: Asked) -> str:
    what = "the digest of this channel" if asked.is_channel else "your digests"
    as_well = " as well" if asked.is_channel or asked.is_both else ""
    no_longer = f" {addresses_words(asked.dropped)} would get it no longer." if asked.dropped else ""
    return (
        f"Send {what} to {addresses_words(asked.addresses)}{as_well}?{no_longer} Nothing goes there before you say so."
    )
