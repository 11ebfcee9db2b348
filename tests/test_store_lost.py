"""Answers that are lost on the way: the command is sent again, is done once, and says what it said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import pytest
from cutting_proxy import cutting, first_scripts
from store_values import (
    ADA,
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
)

from bot.settings import StoreSettings
from bot.store import Store, open_store, shard_of


@pytest.mark.parametrize("store_server", SERVERS, indirect=True)
async def test_a_lost_answer_doubles_nothing(
    store: Store, store_servers: Callable[[str | None], Path], store_server: str | None, tmp_path: Path
) -> None:
    """Every script's answer is lost several times: one ordinal, one change, one place, one alert each; counts are right."""
    async with cutting(store_servers(store_server), tmp_path / "line", first_scripts(5)) as cut:
        line = await open_store(StoreSettings(url=f"unix://{tmp_path / 'line'}"))
        assert await save_one(line, new(1))
        assert cut.cuts == 5
        await line.close()
    await become_readers(store, ADA)
    async with cutting(store_servers(store_server), tmp_path / "line2", first_scripts(3)) as cut:
        line = await open_store(StoreSettings(url=f"unix://{tmp_path / 'line2'}"))
        assert await line.alerts.add(shard_of(ADA), [alert(), alert(paper_id="p2")]) == 2
        assert cut.cuts == 3
        await line.close()
    async with cutting(store_servers(store_server), tmp_path / "line3", first_scripts(3)) as cut:
        line = await open_store(StoreSettings(url=f"unix://{tmp_path / 'line3'}"))
        await line.profiles.put_interest(ADA, interest(), row(), TAG)
        assert cut.cuts == 3
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
        async with cutting(store_servers(store_server), tmp_path / name, first_scripts(3)) as cut:
            line = await open_store(StoreSettings(url=f"unix://{tmp_path / name}"))
            answer = await ask(line)
            assert cut.cuts == 3
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
    assert await on_a_bad_line("taking", lambda line: line.sent.take_slot(ADA, day)) is True
    assert await store.sent.take_slot(ADA, day) is False
    assert await on_a_bad_line("keeping", lambda line: line.acts.keep("T1", "Ev1", b"{}")) is True
    assert await store.acts.keep("T1", "Ev1", b"{}") is False
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    assert await on_a_bad_line("naming", lambda line: line.profiles.set_interest(ADA, interest())) is True
