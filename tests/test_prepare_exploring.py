"""One paper more in a digest, a little outside what its reader follows; and how a digest's places are dealt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot import identity
from bot.errors import ModelMissing
from bot.models import ROW_EXTRA, SHARE, Cadence, DeliveryKind, Interest, InterestKind
from bot.store import PaperVector, Store
from tests.preparing import ADA, CHANNEL, FLOWS, HANDS, LONG_AGO, TAG, TODAY, A, B, C, D, World, paper
from tests.store_values import row

DAILY: dict[str, Any] = {"cadence": Cadence.DAILY, "hour": 9, "zone": "UTC"}
OTHER = paper("Other")
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
async def world(store: Store, tmp_path: Path) -> World:
    """Something different is there, for whoever asks."""
    made = World(store, tmp_path)
    made.near.other = OTHER
    await made.keep(OTHER)
    return made


async def daily(world: World, *, last: date = YESTERDAY, **chosen: Any) -> None:
    """Ada gets a digest a day, and had one."""
    await world.follow(ADA, FLOWS, HANDS, **{**DAILY, **chosen})
    await world.store.sent.take_slot(ADA, last)


async def test_a_digest_has_one_more_that_is_different(world: World) -> None:
    """It stands last, and is queued as an alert that says so; it is asked for with what came since the digest before."""
    await daily(world)
    await world.queue(ADA, A, B)
    [told] = await world.prepared()
    assert (told.kind, told.paper_ids, told.most) == (DeliveryKind.DIGEST, (A.id, B.id, OTHER.id), 0)
    assert world.near.explored == [(ADA, datetime(2026, 3, 17, 9, tzinfo=UTC), (A.id, B.id))]
    alerts = await world.store.alerts.given(ADA, told.paper_ids)
    assert [alerts[one].exploring for one in told.paper_ids] == [False, False, True]
    # It was sent like the others: nothing is left, and nothing comes of it a second time.
    await world.sent(told)
    assert await world.prepared() == []
    assert await world.store.alerts.waiting(ADA) == []


async def test_what_was_asked_for_comes_first(world: World) -> None:
    """It takes no paper's place: of a message that is full it stands in the thread, behind all the others."""
    await daily(world)
    await world.store.profiles.set_cap(ADA, 3)
    await world.queue(ADA, A, B, C, D)
    [told] = await world.prepared()
    assert told.paper_ids == (A.id, B.id, C.id, D.id, OTHER.id)


@pytest.mark.parametrize(
    ("papers", "cap", "explore"), [((A,), None, True), ((A, B, C), 2, True), ((A, B), None, False)]
)
async def test_not_where_there_is_little_or_it_is_not_wanted(
    store: Store, tmp_path: Path, papers: tuple[Any, ...], cap: int | None, explore: bool
) -> None:
    """One paper alone, a reader of two at a time, a host who wants none of it: the digest is as it was."""
    world = World(store, tmp_path, explore=explore)
    world.near.other = OTHER
    await world.keep(OTHER)
    await daily(world)
    await world.store.profiles.set_cap(ADA, cap)
    await world.queue(ADA, *papers)
    [told] = await world.prepared()
    assert told.paper_ids == tuple(one.id for one in papers)
    assert world.near.explored == []


async def test_a_digest_does_not_wait_for_the_model(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Where nothing can be explored the papers above the bar go out all the same, and the log says why."""
    await daily(world)
    await world.queue(ADA, A, B)
    world.near.failure = ModelMissing("No model.", cause="its files are gone")
    [told] = await world.prepared()
    assert told.paper_ids == (A.id, B.id)
    assert "nothing is explored for reader=T1/U1: its files are gone" in caplog.text


async def test_not_for_channels_nor_after_an_absence(world: World) -> None:
    """A channel has no taste that one vote could tell; who comes back has enough to read."""
    await world.follow(CHANNEL)
    await world.queue(CHANNEL, A, B)
    await daily(world, last=TODAY - timedelta(days=8))
    await world.queue(ADA, A, B)
    told = await world.prepared()
    assert [one.paper_ids for one in told] == [(A.id, B.id)] * 2
    assert world.near.explored == []


async def test_a_week_is_looked_back_on_for_a_weekly_digest(world: World) -> None:
    """What is different may have come on any day since the last one."""
    await daily(world, cadence=Cadence.WEEKLY, weekdays=(2,), last=TODAY - timedelta(days=7))
    await world.queue(ADA, A, B)
    [told] = await world.prepared()
    assert told.paper_ids == (A.id, B.id, OTHER.id)
    assert world.near.explored[0][1] == datetime(2026, 3, 11, 9, tzinfo=UTC)


async def test_what_was_different_in_a_digest_that_never_went_out_is_dropped(world: World) -> None:
    """It is below the bar, so it is no paper of another digest; that one has something different of its own."""
    await daily(world)
    await world.queue(ADA, A, B)
    [told] = await world.prepared()
    await world.withdrawn(told)
    world.near.other = None
    world.pass_by(days=1)
    [again] = await world.prepared()
    assert again.paper_ids == (A.id, B.id)
    assert OTHER.id not in await world.store.alerts.ids(ADA)


async def test_another_process_that_was_quicker_leaves_nothing_behind(world: World) -> None:
    """Two schedulers queue one digest; what the second one explored is gone by the next."""
    await daily(world)
    await world.queue(ADA, A, B)
    another = world.another()
    await world.due()
    await world.due(another)
    assert [one.paper_ids for one in await world.queued()] == [(A.id, B.id, OTHER.id)]


async def known(world: World, *vectors: tuple[Any, list[float]]) -> None:
    """The papers' own vectors, of eight numbers."""
    await world.keep(*(one for one, _ in vectors))
    stored = await world.store.papers.get([one.id for one, _ in vectors])
    await world.store.vectors.set_current_model(TAG)
    rows = [
        PaperVector(one.paper.id, one.ordinal, identity.text_hash(one.paper.title), np.array(vector, np.float32))
        for one, (_, vector) in zip(stored, vectors, strict=True)
        if one
    ]
    await world.store.vectors.put(TAG, rows)


async def test_places_are_dealt_by_the_shares_of_the_rows(world: World) -> None:
    """Of four papers two are seen first; the bigger share has both, though the other interest's are as near."""
    share = Interest("i00000000c", "songs", InterestKind.PHRASE, "songs", created=LONG_AGO)
    await world.follow(ADA, **DAILY)
    for interest, size in ((FLOWS, 1.0), (share, 4.0)):
        measured = row()
        measured[SHARE - ROW_EXTRA] = size
        await world.store.profiles.put_interest(ADA, interest, measured, TAG)
    await world.store.vectors.set_current_model(TAG)
    await world.store.sent.take_slot(ADA, YESTERDAY)
    await world.store.profiles.set_cap(ADA, 2)
    await world.queue(ADA, A, B)
    await world.queue(ADA, C, D, interest=share)
    [told] = await world.prepared()
    assert set(told.paper_ids[:2]) == {C.id, D.id}


async def test_a_paper_over_again_is_told_once(world: World) -> None:
    """The stronger of two that are one paper is told; nothing comes of the other. What is alike waits."""
    await daily(world)
    world.near.other = None
    turn = [0.85, float(np.sqrt(1 - 0.85**2)), 0, 0, 0, 0, 0, 0]
    await known(
        world,
        (A, [1, 0, 0, 0, 0, 0, 0, 0]),
        (B, [1, 0, 0, 0, 0, 0, 0, 0]),
        (C, turn),
        (D, [0, 0, 1, 0, 0, 0, 0, 0]),
    )
    await world.store.profiles.set_cap(ADA, 2)
    await world.queue(ADA, A, B, C, D)
    [told] = await world.prepared()
    assert told.paper_ids == (A.id, D.id, C.id)
    assert B.id not in await world.store.alerts.ids(ADA)
