"""Lives of deliveries on lines that lose answers, and in processes that die: what came of them is counted.

``tests/test_store_outbox_lost.py`` runs a tenth of what ``python -m tests.faults`` runs.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import StoreUnreachable
from bot.models import Delivery, DeliveryKind, DeliveryState, Place, Sent
from bot.settings import StoreSettings
from bot.store import Begun, Entry, Store, open_store
from tests.cutting_proxy import Line, Lost, cutting
from tests.store_values import ADA, NOW, delivery

HOUR = 3_600.0
#: Deliveries that are sent at the same time by one process.
_TOGETHER = 8


@dataclass
class Lives:
    """What came of the deliveries."""

    #: Connections that were cut.
    cuts: int = 0
    #: Deliveries that were queued.
    names: set[str] = field(default_factory=set[str])
    #: Signs that were taken from the queue, by delivery.
    taken: Counter[str] = field(default_factory=Counter[str])
    #: Messages in Slack, by delivery.
    posted: Counter[str] = field(default_factory=Counter[str])
    #: States at the end.
    states: Counter[DeliveryState | None] = field(default_factory=Counter["DeliveryState | None"])

    @property
    def queued(self) -> int:
        """How many deliveries were queued."""
        return len(self.names)

    @property
    def lost(self) -> int:
        """Deliveries that are not in Slack."""
        return len(self.names - {name for name, count in self.posted.items() if count})

    @property
    def doubled(self) -> int:
        """Messages that are in Slack a second time, or that nobody queued."""
        return self.posted.total() - len(self.names & self.posted.keys())


def every_second_script() -> Callable[[bytes], Lost | None]:
    """Loses the answer to every script, and lets it through when it is sent again."""
    scripts = 0

    def choose(request: bytes) -> Lost | None:
        nonlocal scripts
        if b"EVAL" not in request:
            return None
        scripts += 1
        return Lost.ANSWER if scripts % 2 else None

    return choose


def some(chance: float, dice: random.Random) -> Callable[[bytes], Lost | None]:
    """Loses a share of all requests, and as many answers."""

    def choose(_request: bytes) -> Lost | None:
        return dice.choice((Lost.REQUEST, Lost.ANSWER)) if dice.random() < chance else None

    return choose


async def on_lines_that_cut(target: Path, folder: Path, deliveries: int, lines: int = 8) -> Lives:
    """Whole lives of deliveries and of their threads, where the answer to every single script is lost once."""
    lives = Lives()
    share = -(-deliveries // lines)

    async def live(number: int) -> None:
        workspace = f"T{number}"
        choose = every_second_script()
        async with cutting(target, folder / workspace, choose) as line:
            plain = await open_store(StoreSettings(url=f"unix://{target}"))
            cut = await open_store(StoreSettings(url=f"unix://{line.place}"))
            reader = type(ADA)(workspace, "U1")
            await plain.profiles.set_cap(reader, 5)
            for place in range(share):
                await _live(cut, plain, delivery(f"papers:U1:{place}", reader, f"p{place}", f"q{place}"), lives)
            lives.cuts += line.cuts
            for place in range(share):
                for name in (f"papers:U1:{place}", f"papers:U1:{place}+1"):
                    lives.states[await plain.outbox.state(reader, name)] += 1
            assert await plain.outbox.read(workspace, "c", 10, 0) == []
            await cut.close()
            await plain.close()

    await asyncio.gather(*map(live, range(lines)))
    return lives


async def _live(cut: Store, plain: Store, whole: Delivery, lives: Lives) -> None:
    """Queued, put off, moved, looked for, sent; then buried, replayed and sent in its thread."""
    workspace, (head, rest) = whole.reader.workspace, whole.paper_ids

    async def take() -> Entry:
        [entry] = await plain.outbox.read(workspace, "c", 10, 0)
        lives.taken[f"{workspace} {entry.delivery_id}"] += 1
        return entry

    assert await cut.outbox.enqueue(whole) == (head, rest)
    lives.names.add(f"{workspace} {whole.id}")
    entry = await take()
    assert (await cut.outbox.begin(entry, "c", HOUR)).begun is Begun.SEND
    await cut.outbox.later(entry, 0, ambiguous=True)
    assert await cut.outbox.move_due(workspace) in (0, 1)
    entry = await take()
    assert (await cut.outbox.begin(entry, "c", 0)).begun is Begun.LOOK_UP
    assert await cut.outbox.resend(entry, "c")
    place = Place("D1", "1772443800.000100")
    follow = Delivery(f"{whole.id}+1", whole.reader, DeliveryKind.THREAD, NOW, (rest,), parent=place)
    assert await cut.outbox.confirm(entry, place, [Sent(head, NOW, *_where(place))], follow)
    await cut.outbox.ack(entry)
    entry = await take()
    assert (await cut.outbox.begin(entry, "c", HOUR)).tries == 1
    await cut.outbox.bury(entry, "No.", NOW)
    assert await cut.outbox.replay(workspace, follow.id)
    entry = await take()
    assert await cut.outbox.begin(entry, "c", HOUR)
    assert await cut.outbox.confirm(entry, place, [Sent(rest, NOW, *_where(place))])
    await cut.outbox.ack(entry)


def _where(place: Place) -> tuple[str, str]:
    return place.channel, place.ts


async def with_processes_that_die(
    target: Path, folder: Path, deliveries: int, *, seed: int, lookup_after: float, processes: int = 4
) -> Lives:
    """Processes on bad lines send deliveries, and die wherever it hurts; new ones come until everything is sent."""
    lives, dice = Lives(), random.Random(seed)
    async with AsyncExitStack() as stack:
        plain = await open_store(StoreSettings(url=f"unix://{target}"))
        stack.push_async_callback(plain.close)
        await plain.profiles.set_cap(ADA, 5)
        names = [f"papers:ada:{number}" for number in range(deliveries)]
        await asyncio.gather(*(plain.outbox.enqueue(delivery(name, ADA, f"p {name}")) for name in names))
        lives.names.update(names)
        lines = [
            await stack.enter_async_context(cutting(target, folder / f"{seed}-{number}", some(0.05, dice)))
            for number in range(processes)
        ]
        workers = [asyncio.create_task(_process(line, lives, dice, lookup_after)) for line in lines]
        try:
            async with asyncio.timeout(60):
                while {await plain.outbox.state(ADA, name) for name in names} != {DeliveryState.SENT}:
                    await asyncio.wait(workers, timeout=0.05, return_when=asyncio.FIRST_EXCEPTION)
                    for worker in workers:
                        assert not worker.done(), worker.exception()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.wait(workers)
        lives.cuts = sum(line.cuts for line in lines)
        for name in names:
            lives.states[await plain.outbox.state(ADA, name)] += 1
    return lives


class _Died(Exception):
    """The process is gone."""


async def _process(line: Line, lives: Lives, dice: random.Random, lookup_after: float) -> None:
    """One process after another, until it is cancelled."""
    number = 0
    while True:
        number += 1
        store = await open_store(StoreSettings(url=f"unix://{line.place}"))
        worker = _Worker(store, lives, dice, lookup_after, f"{line.place.name}-{number % 2}")
        with suppress(_Died):
            try:
                await worker.work()
            finally:
                await store.close()


@dataclass
class _Worker:
    """Sends what it is given, to a Slack that is a counter; its process may die anywhere."""

    store: Store
    lives: Lives
    dice: random.Random
    lookup_after: float
    consumer: str

    async def work(self) -> None:
        """Until it dies."""
        outbox, entries = self.store.outbox, list[Entry]()
        is_new = True
        while True:
            await self._send_all(entries)
            try:
                entries = await outbox.left(ADA.workspace, self.consumer) if is_new else []
                is_new = False
                await outbox.move_due(ADA.workspace)
                entries += await outbox.reclaim(ADA.workspace, self.consumer, self.lookup_after, _TOGETHER)
                entries += await outbox.read(ADA.workspace, self.consumer, _TOGETHER, 0.02)
            except StoreUnreachable:
                entries = []

    async def _send_all(self, entries: Sequence[Entry]) -> None:
        """At the same time; when one of them kills the process, the others are where they are."""
        tasks = [asyncio.create_task(self._send(entry)) for entry in entries]
        if not tasks:
            return
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _send(self, entry: Entry) -> None:
        outbox = self.store.outbox
        self.lives.taken[entry.delivery_id] += 1
        started = time.monotonic()
        begin = await outbox.begin(entry, self.consumer, self.lookup_after)
        self._may_die()
        match begin.begun:
            case Begun.WAIT:
                await outbox.wait(entry, min(begin.seconds, 0.05))
            case Begun.DONE | Begun.GONE:
                await outbox.ack(entry)
            case Begun.LOOK_UP if self.lives.posted[entry.delivery_id]:
                await self._keep(entry)
            case Begun.LOOK_UP:
                started = time.monotonic()
                if await outbox.resend(entry, self.consumer):
                    await self._post(entry, started)
            case Begun.SEND:
                await self._post(entry, started)
            case Begun.POISON:
                raise AssertionError(entry)

    async def _post(self, entry: Entry, started: float) -> None:
        """Posted; or refused, with nothing sent; or nobody knows. ``started``: before the claim was asked for."""
        outbox, chance = self.store.outbox, self.dice.random()
        is_late = time.monotonic() - started > self.lookup_after / 4
        if is_late and not await outbox.resend(entry, self.consumer):
            return
        if chance < 0.1:
            await outbox.later(entry, 0.01, give_back_try=True)
            return
        if chance < 0.9:
            self.lives.posted[entry.delivery_id] += 1
        self._may_die()
        if chance > 0.8:
            await outbox.later(entry, 0.01, ambiguous=True, give_back_try=True)
            return
        await self._keep(entry)

    async def _keep(self, entry: Entry) -> None:
        assert entry.delivery is not None
        place = Place("D1", "1772443800.000100")
        sent: Sequence[Sent] = [Sent(paper_id, NOW, *_where(place)) for paper_id in entry.delivery.paper_ids]
        assert await self.store.outbox.confirm(entry, place, sent)
        self._may_die()
        await self.store.outbox.ack(entry)

    def _may_die(self) -> None:
        if self.dice.random() < 0.03:
            raise _Died
