"""How the bot is doing: sources, deliveries, version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from slackblocks import ContextBlock, Markdown, PlainText, SectionBlock

from bot.acts import Message
from bot.blocks.parts import counted, lasting, rendered
from bot.blocks.text import bold, clean, escape, unformatted, within
from bot.models import QueueDepth

_MOST_SOURCES = 20
_WORDS, _NAME = 500, 100
#: Characters of the same, escaped: a section takes 3,000.
_ROOM = 1_000


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

    @property
    def fault(self) -> str | None:
        """What it lacks though it could be looked into, in a sentence; None: nothing."""
        ...

    @property
    def kind(self) -> str:
        """``folder``, or the name of a kind that is asked over the network."""
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
    def last_slot(self) -> str:
        """How the last expected day ended, plain sentences (``slot_words``); "": none was due yet."""
        ...

    @property
    def queue(self) -> QueueDepth | None:
        """What waits in the workspace's outbox, for the host; None for everybody else."""
        ...

    @property
    def held(self) -> str:
        """What keeps messages back from the reader (``held_words``); "": nothing does."""
        ...

    @property
    def is_full(self) -> bool:
        """The store takes nothing more."""
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

    safe: Callable[..., str]
    time: Callable[[datetime], str]
    #: Stands before what is wrong.
    mark: str = ""


def status_message(page: StatusPage, reached: str = "") -> Message:
    """How awake it is, sources with their last success, freshness and next run, what the reader was sent, the version.

    ``reached`` is by which way the reader hears, in plain sentences; "" for Slack alone.
    """
    stored = f"{_readiness(page)} {counted(page.papers, 'paper')} stored, {counted(page.readers, 'reader')}."
    sources = page.sources[:_MOST_SOURCES]
    version = f"Paperbot {clean(page.version, _NAME)}"
    lines = [stored, *(f"{escape(row.name, _NAME)}: {_looked(row, PLAIN)}" for row in sources)]
    lines += [f"You: {_deliveries(page, PLAIN, reached)}"]
    lines += [f"Outbox: {_queue(page.queue)}"] if page.queue else []
    lines.append(escape(version))
    parts = [(row.name, _looked(row, MARKED)) for row in sources] + [("You", _deliveries(page, MARKED, reached))]
    parts += [("Outbox", _queue(page.queue))] if page.queue else []
    blocks = rendered(
        SectionBlock(Markdown(stored), block_id="status:stored"),
        *(
            SectionBlock(Markdown(f"{bold(name, _NAME)}\n{said}"), block_id=f"status:{place}")
            for place, (name, said) in enumerate(parts)
        ),
        ContextBlock([PlainText(version)], block_id="status:version"),
    )
    return Message("\n".join(lines), blocks)


def _readiness(page: StatusPage) -> str:
    if page.is_full:
        return "My memory takes nothing more: nothing new comes in or goes out until the host makes room."
    if not page.is_awake:
        return "Waking up: searches are answered in a moment."
    faulty = sum(bool(row.fault or row.failure) for row in page.sources)
    return f"Ready, but {counted(faulty, 'source is', 'sources are')} at fault." if faulty else "Everything is ready."


def _looked(row: SourceRow, tongue: Tongue) -> str:
    """``Last read 21 Nov 2026, 09:00 UTC · newest paper 2 days old · next …``."""
    done = "read" if row.kind == "folder" else "asked"
    parts = [] if row.kind == "folder" else [_safe(tongue, row.kind)]
    parts += [f"Last {done} {tongue.time(row.last_success)}" if row.last_success else f"Never {done} yet"]
    parts += [_safe(tongue, row.freshness)] if row.freshness else []
    parts += [f"next {tongue.time(row.next_run)}"] if row.next_run else []
    parts += [f"failed: {_safe(tongue, row.failure)}"] if row.failure and not row.fault else []
    fault = f"\n{tongue.mark}{_safe(tongue, row.fault)}" if row.fault else ""
    return f"{' · '.join(parts)}{fault}"


def _deliveries(page: StatusPage, tongue: Tongue, reached: str) -> str:
    sent = f"Last sent {tongue.time(page.last_sent)}" if page.last_sent else "Nothing sent yet"
    waiting = f"{sent} · {counted(page.waiting, 'paper') if page.waiting else 'nothing'} waiting"
    held, last, how = (_safe(tongue, words) for words in (page.held, page.last_slot, reached))
    return "\n".join(filter(None, (held, how, waiting, last)))


def _safe(tongue: Tongue, words: str) -> str:
    """Somebody else's words, so short that two of them fit into a section however they are escaped."""
    return within(_ROOM, clean(words, _WORDS), tongue.safe)


def _queue(depth: QueueDepth) -> str:
    """``12 waiting, 1 put off, 2 being sent · the oldest for 5 minutes · 3 given up: …``."""
    if not (depth.queued or depth.parked or depth.taken or depth.dead):
        return "Nothing waits"
    counts = ((depth.queued, "waiting"), (depth.parked, "put off"), (depth.taken, "being sent"))
    parts = [", ".join(f"{count:,} {how}" for count, how in counts if count) or "Nothing waits"]
    parts += [f"the oldest for {lasting(depth.oldest)}"] if depth.oldest and parts[0] != "Nothing waits" else []
    parts += [f"{depth.dead:,} given up (paperbot dead list tells why)"] if depth.dead else []
    return " · ".join(parts)


def _local(at: datetime) -> str:
    """Slack shows it on the reader's own clock."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{_utc(at)}>"


def _utc(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


MARKED, PLAIN = Tongue(unformatted, _local, ":warning: "), Tongue(escape, _utc)
