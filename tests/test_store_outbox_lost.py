"""Answers that are lost and processes that die: no delivery is lost, none is queued or sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cutting_proxy import Lost, cutting, first_scripts
from outbox_cuts import on_lines_that_cut, with_processes_that_die
from outbox_steps import HOUR, figures, queue, take, take_one
from store_values import ADA, MONDAY, NOW, PLACE, SERVERS, become_readers, delivery, sent

from bot.errors import StoreUnreachable
from bot.models import DeliveryKind, DeliveryState
from bot.settings import StoreSettings
from bot.store import Begin, Begun, Store, open_store, shard_of

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)


@pytest.fixture
def target(store_servers: Callable[[str | None], Path], store_server: str | None) -> Path:
    """The server's socket."""
    return store_servers(store_server)


async def test_a_lost_answer_changes_no_answer(store: Store, raw_store: Any, target: Path, tmp_path: Path) -> None:
    """Whatever a call did and said, it did once and says again, however often its answer was lost."""
    number = 0

    async def badly(ask: Callable[[Store], Awaitable[object]]) -> object:
        nonlocal number
        number += 1
        async with cutting(target, tmp_path / str(number), first_scripts(3)) as line:
            cut = await open_store(StoreSettings(url=f"unix://{line.place}"))
            answer = await ask(cut)
            assert line.cuts == 3
            await cut.close()
        return answer

    await become_readers(store, ADA)
    await store.sent.confirm(ADA, [sent("p2")])
    digest = delivery("digest:ada:1", ADA, "p1", "p2", "p3", "p4", kind=DeliveryKind.DIGEST, slot=MONDAY)
    assert await badly(lambda line: line.outbox.enqueue(digest)) == ("p1", "p3", "p4")
    assert await badly(lambda line: line.outbox.enqueue(digest)) is None
    assert await badly(lambda line: line.outbox.enqueue(replace(digest, id="digest:ada:2"))) is None
    entry = await take_one(store)
    assert await badly(lambda line: line.outbox.begin(entry, "c", HOUR)) == await store.outbox.begin(entry, "c", HOUR)
    await badly(lambda line: line.outbox.later(entry, 0, give_back_try=True))
    assert await badly(lambda line: line.outbox.move_due(ADA.workspace)) == 0
    entry = await take_one(store)
    assert (await store.outbox.begin(entry, "c", HOUR)).tries == 1
    await badly(lambda line: line.outbox.later(entry, 0, ambiguous=True))
    entry = await take_one(store)
    row = raw_store.hget(shard_of(ADA).ledger(ADA.user), digest.id).split(b" ")
    raw_store.hset(shard_of(ADA).ledger(ADA.user), digest.id, b" ".join([*row[:3], b"1", *row[4:]]))
    look = await badly(lambda line: line.outbox.begin(entry, "c", HOUR))
    assert look == await store.outbox.begin(entry, "c", HOUR) == Begin(Begun.LOOK_UP, tries=2, since_ms=1)
    assert await badly(lambda line: line.outbox.resend(entry, "c")) is True
    follow = delivery("digest:ada:1+1", ADA, "p3", kind=DeliveryKind.THREAD, parent=PLACE)
    assert await badly(lambda line: line.outbox.confirm(entry, PLACE, [sent("p1")], follow)) is True
    await badly(lambda line: line.outbox.ack(entry))
    thread = await take_one(store)
    assert await store.sent.known(ADA) == {"p1", "p2", "p3"}
    await badly(lambda line: line.outbox.wait(thread, 0))
    thread = await take_one(store)
    await store.outbox.begin(thread, "c", HOUR)
    await badly(lambda line: line.outbox.bury(thread, "No.", NOW))
    assert await badly(lambda line: line.outbox.replay(ADA.workspace, follow.id)) is True
    thread = await take_one(store)
    await store.outbox.begin(thread, "c", HOUR)
    await store.outbox.bury(thread, "No.", NOW)
    assert await badly(lambda line: line.outbox.drop(ADA.workspace, follow.id)) is True
    await queue(store, replace(digest, id="digest:ada:3", slot=None))
    entry = await take_one(store)
    await store.outbox.begin(entry, "c", HOUR)
    await badly(lambda line: line.outbox.withdraw(entry))
    assert await store.sent.known(ADA) == {"p1", "p2", "p3"}
    assert await figures(store) == (0, 0, 0, 0)
    assert await store.outbox.state(ADA, "digest:ada:3") is None


async def test_a_late_repetition_undoes_nothing(store: Store, target: Path, tmp_path: Path) -> None:
    """Between a call and its repetition another process went on: what that one did stays."""
    await become_readers(store, ADA)
    digest = delivery("digest:ada:1", ADA, "p1", kind=DeliveryKind.DIGEST, slot=MONDAY)
    await queue(store, digest)
    entry = await take_one(store)
    await store.outbox.begin(entry, "c", HOUR)
    async with cutting(target, tmp_path / "line", lambda _: None) as line:
        cut = await open_store(StoreSettings(url=f"unix://{line.place}"))
        lose = first_scripts(1)

        def choose(request: bytes) -> Lost | None:
            if lost := lose(request):
                line.gate.clear()
            return lost

        line.choose = choose
        withdrawing = asyncio.create_task(cut.outbox.withdraw(entry, free_slot=True))
        while await store.outbox.state(ADA, digest.id) is not None:  # noqa: ASYNC110 - another client does it
            await asyncio.sleep(0)
        await queue(store, digest)
        line.gate.set()
        await withdrawing
        assert line.cuts == 1
        await cut.close()
    assert await store.outbox.state(ADA, digest.id) is DeliveryState.QUEUED
    assert await store.sent.last_slot(ADA) == MONDAY
    assert await store.sent.known(ADA) == {"p1"}
    assert (await store.outbox.begin(await take_one(store), "c", HOUR)).begun is Begun.SEND


async def test_what_was_taken_when_the_line_broke_comes_next(store: Store, target: Path, tmp_path: Path) -> None:
    """The answer to a read is lost: the read fails at once, and the next one gives what it had taken."""
    await become_readers(store, ADA)
    for lost, block in ((Lost.ANSWER, 0.0), (Lost.REQUEST, 0.0), (Lost.ANSWER, 2.0)):
        names = [f"papers:ada:{lost.value}-{block}-{number}" for number in range(3)]
        if not block:
            await queue(store, *map(delivery, names))
        word, seen = b"\r\nXREADGROUP\r\n" if block else b"'new'", asyncio.Event()

        def choose(request: bytes, lost: Lost = lost, word: bytes = word, seen: asyncio.Event = seen) -> Lost | None:
            if word not in request or seen.is_set():
                return None
            seen.set()
            return lost

        async with cutting(target, tmp_path / f"{lost.value}{block}", choose) as line:
            cut = await open_store(StoreSettings(url=f"unix://{line.place}"))
            reading = asyncio.create_task(cut.outbox.read(ADA.workspace, "c", 2, block))
            await seen.wait()
            if block:
                await queue(store, *map(delivery, names))
            with pytest.raises(StoreUnreachable):
                await reading
            assert line.cuts == 1
            found = [one for _ in range(3) for one in await cut.outbox.read(ADA.workspace, "c", 2, 0)]
            assert sorted(one.delivery_id for one in found) == names
            for entry in found:
                await cut.outbox.ack(entry)
            await cut.close()


async def test_cut_lines_double_nothing(target: Path, tmp_path: Path, store: Store) -> None:
    """500 answers to scripts are lost: every delivery and every thread was queued once, and is sent."""
    lives = await on_lines_that_cut(target, tmp_path, 40)
    assert lives.cuts >= 500
    assert set(lives.states) == {DeliveryState.SENT}
    assert all(count == 2 for count in lives.taken.values())
    assert len(lives.taken) == 2 * lives.queued == lives.states.total()
    assert len(await store.workspaces()) == 8


@pytest.mark.parametrize("seed", range(2))
async def test_processes_that_die_lose_and_double_nothing(
    target: Path, tmp_path: Path, store: Store, seed: int
) -> None:
    """On bad lines, killed at any point, with answers of Slack that nobody understood: each delivery is sent once."""
    lives = await with_processes_that_die(target, tmp_path, 60, seed=seed, lookup_after=0.4)
    assert (lives.lost, lives.doubled) == (0, 0)
    assert lives.cuts > 5
    assert len(await store.sent.of(ADA)) == 60
    assert await take(store) == []
