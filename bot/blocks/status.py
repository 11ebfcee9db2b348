"""How the bot is doing: sources, deliveries, version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from slackblocks import ContextBlock, Markdown, PlainText, SectionBlock

from bot.acts import Message
from bot.blocks.parts import counted, rendered
from bot.blocks.subscription import suspended_words
from bot.blocks.text import bold, clean, escape, unformatted

_MOST_SOURCES = 20
_WORDS, _NAME = 200, 100


class SourceRow(Protocol):
    """How one source is doing."""

    @property
    def name(self) -> str:
        """As the host called it."""
        ...

    @property
    def last_success(self) -> datetime | None:
        """When it was last looked into without a failure, aware, UTC; None: never."""
        ...

    @property
    def freshness(self) -> str:
        """How new what it brought is, in words; "" if nothing is known."""
        ...

    @property
    def next_run(self) -> datetime | None:
        """When it is looked into next, aware, UTC; None: not known."""
        ...

    @property
    def failure(self) -> str | None:
        """What went wrong last, in a sentence; None: nothing."""
        ...


class StatusPage(Protocol):
    """How the bot is doing, for one reader."""

    @property
    def sources(self) -> Sequence[SourceRow]:
        """Every source."""
        ...

    @property
    def papers(self) -> int:
        """Stored papers."""
        ...

    @property
    def readers(self) -> int:
        """People and channels that follow something."""
        ...

    @property
    def last_sent(self) -> datetime | None:
        """When the reader was last sent a paper, aware, UTC."""
        ...

    @property
    def waiting(self) -> int:
        """Papers queued for the reader."""
        ...

    @property
    def is_suspended(self) -> bool:
        """Slack refused what was sent, so nothing is sent."""
        ...

    @property
    def version(self) -> str:
        """Of the program."""
        ...

    @property
    def is_awake(self) -> bool:
        """The model is loaded."""
        ...


@dataclass(frozen=True, slots=True)
class Tongue:
    """How things are said: in ``mrkdwn``, or in ``text``."""

    safe: Callable[[str], str]
    time: Callable[[datetime], str]


def status_message(page: StatusPage) -> Message:
    """How awake it is, sources with their last success, freshness and next run, what the reader was sent, the version."""
    awake = "Everything is ready." if page.is_awake else "Waking up: searches are answered in a moment."
    stored = f"{awake} {counted(page.papers, 'paper')} stored, {counted(page.readers, 'reader')}."
    sources = page.sources[:_MOST_SOURCES]
    version = f"Paperbot {clean(page.version, _NAME)}"
    lines = [stored, *(f"{escape(row.name, _NAME)}: {_looked(row, PLAIN)}" for row in sources)]
    lines += [f"You: {_deliveries(page, PLAIN)}", escape(version)]
    parts = [(row.name, _looked(row, MARKED)) for row in sources] + [("You", _deliveries(page, MARKED))]
    blocks = rendered(
        SectionBlock(Markdown(stored), block_id="status:stored"),
        *(
            SectionBlock(Markdown(f"{bold(name, _NAME)}\n{said}"), block_id=f"status:{place}")
            for place, (name, said) in enumerate(parts)
        ),
        ContextBlock([PlainText(version)], block_id="status:version"),
    )
    return Message("\n".join(lines), blocks)


def _looked(row: SourceRow, tongue: Tongue) -> str:
    """``Last read 21 Nov 2026, 09:00 UTC · newest paper 2 days old · next …``."""
    parts = [f"Last read {tongue.time(row.last_success)}" if row.last_success else "Never read yet"]
    parts += [tongue.safe(clean(row.freshness, _WORDS))] if row.freshness else []
    parts += [f"next {tongue.time(row.next_run)}"] if row.next_run else []
    parts += [f"failed: {tongue.safe(clean(row.failure, _WORDS))}"] if row.failure else []
    return " · ".join(parts)


def _deliveries(page: StatusPage, tongue: Tongue) -> str:
    sent = f"Last sent {tongue.time(page.last_sent)}" if page.last_sent else "Nothing sent yet"
    waiting = f"{sent} · {counted(page.waiting, 'paper') if page.waiting else 'nothing'} waiting"
    return f"{waiting} · {tongue.safe(suspended_words())}" if page.is_suspended else waiting


def _local(at: datetime) -> str:
    """Slack shows it on the reader's own clock."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{_utc(at)}>"


def _utc(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


MARKED, PLAIN = Tongue(unformatted, _local), Tongue(escape, _utc)
