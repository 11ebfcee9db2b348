"""A letter, and what every letter to one address has around what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.blocks import clean, day_words
from bot.interests import is_channel
from bot.letters.drawing import drawn
from bot.letters.heads import heads
from bot.letters.items import wrapped
from bot.models import UserId

#: Characters of a subject, of a sentence below a heading, and of what a list of mails shows beside the subject.
LONGEST_SUBJECT, _NOTE, _PREHEADER = 120, 400, 160
_NAME = 80
_THIS_CHANNEL = re.compile(r"\b[Tt]his channel\b")
_STOP = "Stop these e-mails"


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail. Who it is from, its date and its Message-ID are for who sends it."""

    #: One line without control characters, at most ``LONGEST_SUBJECT`` of them.
    subject: str
    #: Both say the same; lines end in "\n".
    text: str
    html: str
    to: str
    #: Names and values, each one line of printable ASCII.
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What every letter to one address has around what it says."""

    reader: UserId
    #: The one address it goes to.
    to: str
    #: The setting email.sender: "papers@example.org" or "Paperbot <papers@example.org>".
    sender: str
    #: The reader's local day.
    today: date
    #: A channel's name, without "#"; "" for a person, and where nobody knows it.
    channel_name: str = ""
    #: The slash command.
    command: str = "/papers"
    #: What ends the letters to this address, as ``Links.address`` gives it; None without ``http.public_url``.
    unsubscribe: str | None = None

    @property
    def is_channel(self) -> bool:
        """It is a channel's digest."""
        return is_channel(self.reader)

    @property
    def name(self) -> str:
        """Who speaks, and for which channel."""
        shown = clean(self.channel_name, _NAME)
        return f"Paperbot · #{shown}" if shown else "Paperbot"


def letter(
    frame: Frame,
    template: str,
    heading: str,
    *,
    text: Iterable[str],
    subject: str = "",
    preheader: str = "",
    notes: Sequence[str] = (),
    why: str = "",
    how: str = "",
    more: Sequence[str] = (),
    **told: object,
) -> Letter:
    """A letter of this template; ``text`` are the lines of its plain form below ``heading`` and ``notes``.

    ``subject`` is the heading unless it says more. At the end stand ``more`` sentences, ``why`` the letter came and
    ``how`` that is changed, as far as it is not what one thinks.
    """
    shown, said = _here(frame, heading), [note for one in notes if (note := clean(_here(frame, one), _NOTE))]
    footer = [*more, *_footer(frame, why, how)]
    subject = clean(_here(frame, subject), LONGEST_SUBJECT) or shown
    date = day_words(frame.today)
    html = drawn(
        template,
        subject=subject,
        preheader=clean(preheader or " ".join(said), _PREHEADER),
        name=frame.name,
        date=date,
        heading=shown,
        notes=said,
        footer=footer,
        unsubscribe=frame.unsubscribe,
        stop=_STOP,
        **told,
    )
    above = [shown, f"{frame.name}, {date}"]
    below = [line for sentence in footer for line in wrapped(sentence)]
    stop = [f"{_STOP}: {frame.unsubscribe}"] if frame.unsubscribe else []
    lines = [*above, *_paragraphs(said), "", *text, "", "-- ", *below, *stop]
    return Letter(
        subject, _whole(lines), html, frame.to, heads(frame.reader, frame.sender, frame.to, frame.unsubscribe)
    )


def _paragraphs(sentences: Iterable[str]) -> list[str]:
    return [line for sentence in sentences for line in ("", *wrapped(sentence))]


def _here(frame: Frame, words: str) -> str:
    """Words for a channel, for who is not in it; nothing else is changed."""
    channel = clean(frame.channel_name, _NAME)
    return clean(_THIS_CHANNEL.sub(lambda _: f"#{channel}", words) if channel else words)


def _footer(frame: Frame, why: str, how: str) -> list[str]:
    """Why it came, and what changes that."""
    command = frame.command
    if frame.is_channel:
        channel = f"#{shown}" if (shown := clean(frame.channel_name, _NAME)) else "a channel"
        return [
            f"This is what {channel} gets in Slack, and goes to {frame.to} as well.",
            how or f"In that channel, {command} channel mail changes where it goes.",
        ]
    return [
        why or f"You get this at {frame.to} because you follow papers and chose e-mail.",
        how or f"In Slack, {command} settings changes how much comes, when, and where.",
    ]


def _whole(lines: Iterable[str]) -> str:
    """The lines with no more than one empty line between two."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "".join(f"{line}\n" for line in kept)
