"""What becomes true of a reader's day once Slack has its digest, and not before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.models import DeliveryKind, Ending, Near, Save, SlotEnd, Subscription
from bot.store import Store
from tests.delivering import ADA, NOW, TODAY, A, B, C, D, World, paper

END = SlotEnd(ADA, TODAY, Ending.SENT, NOW - timedelta(hours=1), quiet_days=2, week=(2, 2))
CODED = paper("Coded", code_url="https://github.com/a/b")


@pytest.fixture
async def world(store: Store, tmp_path: Path) -> World:
    world = World(store, tmp_path)
    await world.save(CODED)
    await store.saved.add(ADA, Save(CODED.id, NOW, had_code=False), counted=False)
    return world


async def queue(world: World) -> None:
    """A choice of four papers: two are told."""
    what: dict[str, Any] = {"most": 2, "missed": 4, "with_code": (CODED.id,), "slot": TODAY, "end": END}
    await world.queue(ADA, A, B, C, D, kind=DeliveryKind.DIGEST, **what)


async def had_code(world: World) -> list[bool]:
    return [save.had_code for save in await world.store.saved.of(ADA)]


async def test_once_slack_has_it(world: World) -> None:
    """The day ended with what was sent, code was told of, and what was left out waits no longer."""
    await queue(world)
    assert await world.store.ends.of(ADA) is None
    await world.round()
    assert world.slack.papers(ADA) == [["A", "B"]]
    assert "The best 2 of the 4 papers" in world.slack.posts[0].message.text
    end = await world.store.ends.of(ADA)
    assert end == SlotEnd(ADA, TODAY, Ending.SENT, NOW, papers=2, quiet_days=2, week=(2, 2))
    assert await had_code(world) == [True]
    assert {alert.paper_id for alert in await world.store.alerts.of(ADA)} == {A.id, B.id}
    assert await world.store.sent.known(ADA) == {A.id, B.id}


async def test_a_digest_that_is_withdrawn(world: World) -> None:
    """The reader paused meanwhile: nothing ended, nothing was told, and all four papers wait."""
    await queue(world)
    await world.store.subscriptions.put(Subscription(ADA, paused=True))
    await world.round()
    assert world.slack.posts == []
    assert await world.store.ends.of(ADA) is None
    assert await had_code(world) == [False]
    assert {alert.paper_id for alert in await world.store.alerts.waiting(ADA)} == {A.id, B.id, C.id, D.id}


async def test_a_day_that_ended_later_stays(world: World) -> None:
    """A digest that comes a day late does not hide how the day after it ended; a day of next year was a clock's error."""
    for later, is_kept in ((1, True), (366, False)):
        await world.store.forget(ADA)
        await world.follow(ADA)
        other = SlotEnd(ADA, TODAY + timedelta(days=later), Ending.QUIET, NOW)
        await world.store.ends.tell(other)
        await queue(world)
        await world.round()
        end = await world.store.ends.of(ADA)
        assert (end == other) is is_kept


async def test_near_misses_are_not_papers_that_were_sent(world: World) -> None:
    """The cards of a look back can be pressed, and count for no day."""
    await world.follow(ADA)
    await world.save(A)
    await world.queue(ADA, kind=DeliveryKind.ROLL_UP, near=(Near(A.id, 0.97, "flow matching"),))
    await world.round()
    [post] = world.slack.posts
    assert await world.store.messages.papers("T1", post.place.channel, post.place.ts) == (A.id,)
    assert await world.store.sent.of(ADA) == []
