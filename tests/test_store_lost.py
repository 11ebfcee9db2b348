"""Answers that are lost on the way: the command is sent again, is done once, and says what it said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import pytest
from store_values import (
    ADA,
    NOW,
    SERVERS,
    TAG,
    alert,
    become_readers,
    interest,
    new,
    rating,
    row,
    save,
    save_one,
    sent,
)

from bot.settings import StoreSettings
from bot.store import Store, open_store, shard_of


@asynccontextmanager
async def cutting(target: Path, place: Path, cuts: int) -> AsyncGenerator[Callable[[], int]]:
    """A line to ``target`` that lets every command through and loses the answer to the first ``cuts`` scripts.

    Gives how many were lost.
    """
    lost = 0

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal lost
        there, back = await asyncio.open_unix_connection(target)
        try:
            while wanted := await reader.read(1 << 20):
                back.write(wanted)
                answered = await there.read(1 << 20)
                if b"EVAL" in wanted and lost < cuts:
                    lost += 1
                    return
                writer.write(answered)
        finally:
            back.close()
            writer.close()

    server = await asyncio.start_unix_server(carry, place)
    try:
        yield lambda: lost
    finally:
        server.close()


@pytest.mark.parametrize("store_server", SERVERS, indirect=True)
async def test_a_lost_answer_doubles_nothing(
    store: Store, store_servers: Callable[[str | None], Path], store_server: str | None, tmp_path: Path
) -> None:
    """Every script's answer is lost several times: one ordinal, one change, one place, one alert each; counts are right."""
    async with cutting(store_servers(store_server), tmp_path / "line", 5) as lost:
        line = await open_store(StoreSettings(url=f"unix://{tmp_path / 'line'}"))
        assert await save_one(line, new(1))
        assert lost() == 5
        await line.close()
    await become_readers(store, ADA)
    async with cutting(store_servers(store_server), tmp_path / "line2", 3) as lost:
        line = await open_store(StoreSettings(url=f"unix://{tmp_path / 'line2'}"))
        assert await line.alerts.add(shard_of(ADA), [alert(), alert(paper_id="p2")]) == 2
        assert lost() == 3
        await line.close()
    async with cutting(store_servers(store_server), tmp_path / "line3", 3) as lost:
        line = await open_store(StoreSettings(url=f"unix://{tmp_path / 'line3'}"))
        await line.profiles.put_interest(ADA, interest(), row(), TAG)
        assert lost() == 3
        await line.close()
    assert await store.papers.change_number() == 1
    [stored] = await store.papers.get(["p1"])
    assert stored is not None
    assert (stored.version, stored.ordinal) == (1, 1)
    [block] = store.profiles.interest_blocks(shard_of(ADA), TAG)
    assert len(block.fields) == 1
    assert len(await store.alerts.of(ADA)) == 2


@pytest.mark.parametrize("store_server", SERVERS, indirect=True)
async def test_a_lost_answer_changes_no_answer(
    store: Store, store_servers: Callable[[str | None], Path], store_server: str | None, tmp_path: Path
) -> None:
    """What was new, taken, claimed or removed by a call is told as such, however often its answer was lost."""
    day = date(2026, 3, 2)

    async def on_a_bad_line(name: str, ask: Callable[[Store], Awaitable[object]]) -> object:
        async with cutting(store_servers(store_server), tmp_path / name, 3) as lost:
            line = await open_store(StoreSettings(url=f"unix://{tmp_path / name}"))
            answer = await ask(line)
            assert lost() == 3
            await line.close()
        return answer

    assert await on_a_bad_line("saving", lambda line: line.saved.add(ADA, save(), counted=True)) is True
    assert await store.saved.add(ADA, save(), counted=True) is False
    assert await on_a_bad_line("unsaving", lambda line: line.saved.remove(ADA, "p1")) is True
    assert await store.saved.remove(ADA, "p1") is False
    await store.ratings.put(rating())
    assert await on_a_bad_line("unrating", lambda line: line.ratings.remove(ADA, "p1")) is True
    await become_readers(store, ADA)
    await store.alerts.add(shard_of(ADA), [alert(), alert(paper_id="p2")])
    assert await on_a_bad_line("dropping", lambda line: line.alerts.remove(ADA, ["p1", "p2", "p3"])) == 2
    assert await on_a_bad_line("claiming", lambda line: line.sent.claim(ADA, ["p2", "p1"], NOW)) == ["p2", "p1"]
    assert await store.sent.claim(ADA, ["p1", "p2", "p3"], NOW) == ["p3"]
    await store.sent.confirm(ADA, [sent("p1")])
    await on_a_bad_line("releasing", lambda line: line.sent.release(ADA, ["p1", "p2"]))
    assert await store.sent.known(ADA) == {"p1", "p3"}
    assert await on_a_bad_line("taking", lambda line: line.sent.take_slot(ADA, day)) is True
    assert await store.sent.take_slot(ADA, day) is False
    await on_a_bad_line("giving", lambda line: line.sent.give_back_slot(ADA, day))
    assert await store.sent.last_slot(ADA) is None
    assert await on_a_bad_line("keeping", lambda line: line.acts.keep("T1", "Ev1", b"{}")) is True
    assert await store.acts.keep("T1", "Ev1", b"{}") is False
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    assert await on_a_bad_line("naming", lambda line: line.profiles.set_interest(ADA, interest())) is True
