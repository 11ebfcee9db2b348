"""``paperbot status``: how the sources, the queue and the readers' days are doing, for who hosts the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.table import Table

from bot import freshness
from bot.clock import Clock
from bot.errors import StoreFull
from bot.inbox import Inbox
from bot.models import LOCAL_WORKSPACE, Medium, QueueDepth, SlotEnd, SourceState
from bot.notify.pacing import POSTING
from bot.settings import DeliverySettings, Settings, SourceSettings
from bot.status.sources import next_look
from bot.store import Store, in_haste, open_store
from bot.terminal import rows, screen
from bot.terminal.looking import letters, no_server

#: Readers whose last day is told; of more than that nobody reads a list.
MOST = 1_000
_SHOWN = 10
#: What has waited for so many seconds is late: Slack is away, or nobody sends.
LATE_SECONDS = 300.0
_SCHEDULER = "scheduler"


async def run(settings: Settings, *, as_json: bool) -> int:
    """Print how it is going; what is at fault goes first. 0, whatever there is to tell."""
    with in_haste(screen.STORE_SECONDS):
        return await _run(settings, as_json=as_json)


async def _run(settings: Settings, *, as_json: bool) -> int:
    store = await open_store(settings.store)
    try:
        now = Clock(settings.testing).now()
        states = {state.name: state for state in await store.sources.all()}
        sources = [
            _source(one, states.get(one.name) or SourceState(one.name), settings, now) for one in settings.places()
        ]
        leader = await store.leases.holder(_SCHEDULER)
        papers = await store.papers.count()
        workspaces = [one for one in await store.workspaces() if one != LOCAL_WORKSPACE]
        found = {one: await _workspace(store, one, settings) for one in workspaces}
        address, full = store.address, await _full(store)
    finally:
        await store.close()
    if as_json:
        told = [rows.workspace(name, at.depth, at.readers, at.ends, at.pause) for name, at in found.items()]
        screen.print_json(
            {
                "store": address,
                "full": full,
                "papers": papers,
                "leader": leader,
                "sources": sources,
                "workspaces": told,
            }
        )
        return 0
    _show_head(address, papers, leader, full)
    _show_sources(sources, now)
    for name, at in found.items():
        _show_workspace(name, at)
    return 0


def _source(one: SourceSettings, state: SourceState, settings: Settings, now: datetime) -> rows.Row:
    every = timedelta(seconds=settings.cadence(one))
    return rows.source(state, freshness.fault(state, now), one.kind, next_look(state, now, every))


@dataclass(frozen=True)
class _Standing:
    """How it stands in one workspace."""

    depth: QueueDepth
    readers: int
    #: The latest first.
    ends: list[SlotEnd]
    #: Seconds for which Slack wants no message.
    pause: float
    #: Letters that wait though there is no mail server.
    stranded: int = 0


async def _workspace(store: Store, workspace: str, settings: Settings) -> _Standing:
    readers = [row.reader async for page in store.rounds.pages(workspace) for row in page]
    ends = await asyncio.gather(*(store.ends.of(reader) for reader in readers[:MOST]))
    latest = sorted((end for end in ends if end), key=lambda end: end.at, reverse=True)
    depth, pause = await store.outbox.depth(workspace), await _pause(store, workspace, settings.delivery)
    has_mail = settings.email.host is not None
    stranded = 0 if has_mail else letters(await store.outbox.depth(workspace, only=Medium.EMAIL))
    return _Standing(depth, len(readers), latest, pause, stranded)


async def _pause(store: Store, workspace: str, delivery: DeliverySettings) -> float:
    """Seconds for which Slack asked us to post nothing."""
    return await store.turns(delivery, lambda: workspace).paused(POSTING)


async def _full(store: Store) -> str | None:
    """Why the store takes nothing more; None where it does."""
    try:
        await Inbox(store).make_sure_of_room()
    except StoreFull as failure:
        return failure.sentence
    return None


def _show_head(address: str, papers: int, leader: str | None, full: str | None) -> None:
    if full:
        screen.out().print(screen.plain(f"The store takes nothing more, so nothing is taken in or sent. {full}", "red"))
    leads = f"led by {leader}" if leader else "nobody leads: is `paperbot run` up?"
    screen.out().print(screen.plain(f"{papers:,} papers at {address}; {leads}"))


def _show_sources(sources: list[rows.Row], now: datetime) -> None:
    table = Table(title="Sources", title_justify="left")
    for heading in ("name", "kind", "looked into", "next", "brought last", "wrong"):
        table.add_column(heading)
    for row in sources:
        brought = f"{row['papers']} papers, {_when(row['brought'], now)}" if row["brought"] else "nothing yet"
        wrong = row["fault"] or row["failure"] or ""
        looked, then = _when(row["looked"], now), _when(row["next"], now) if row["next"] else ""
        table.add_row(*map(screen.plain, (str(row["name"]), str(row["kind"]), looked, then, brought, str(wrong))))
    screen.out().print(table)


def _when(at: object, now: datetime) -> str:
    if not isinstance(at, str):
        return "never"
    told = datetime.fromisoformat(at)
    return f"{told:%H:%M}" if told.date() == now.date() else f"{told:%d %b %H:%M}"


def _long(seconds: float) -> str:
    """``40 s``, ``3 min``, ``5 h``, ``2 days``: how long something has waited."""
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:,.0f} s"


def _show_workspace(name: str, at: _Standing) -> None:
    console = screen.out()
    console.print()
    depth = at.depth
    who = "1 reader" if at.readers == 1 else f"{at.readers:,} readers"
    counts = f"{depth.queued:,} queued, {depth.parked:,} parked, {depth.taken:,} being sent, {depth.dead:,} dead"
    oldest = f"; oldest {_long(depth.oldest)}" if depth.oldest else ""
    console.print(screen.plain(f"{name}: {who}", "bold"))
    console.print(screen.plain(f"queue: {counts}{oldest}", "red" if depth.dead or depth.oldest > LATE_SECONDS else ""))
    if at.pause:
        console.print(screen.plain(f"Slack asked for a pause: nothing is posted for {_long(at.pause)}", "red"))
    if at.stranded:
        console.print(screen.plain(no_server(at.stranded), "red"))
    if depth.dead:
        console.print("see `paperbot dead list`")
    if at.ends:
        table = Table(title="How the last days ended", title_justify="left")
        for heading in ("reader", "day", "ended", "papers", "note"):
            table.add_column(heading)
        for end in at.ends[:_SHOWN]:
            cells: Mapping[str, object] = rows.slot_end(end)
            table.add_row(*(screen.plain(str(cells[key])) for key in ("reader", "day", "ending", "papers", "note")))
        console.print(table)
