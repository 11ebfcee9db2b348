"""What is different: below the bar, near enough, unlike the digest, and for the interest that knows least."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.models import Alert, Rating, Sent, Taste
from bot.recommend.exploring import EXPLORE_FROM
from bot.store import Store, shard_of
from tests.recommending import (
    ADA,
    CLOSE,
    CLOSER,
    KNOWN,
    LONG_AGO,
    NEARBY,
    NOW,
    ROBOTS,
    YESTERDAY,
    World,
    follow_long_ago,
    paper,
)

SONGS = "birds sing in urban noise"
#: Older papers on songs that keep that bar up, and new ones that come near to each of the two interests.
SUNG = [paper(f"Urban Birds {number}", f"{SONGS} again{number}", seen=LONG_AGO) for number in range(5)]
SINGING = paper("Singing of Something Else", "birds sing else where")


@pytest.fixture
async def world(store: Store) -> AsyncGenerator[World]:
    """Ada follows robots for weeks; two papers that came today are near to it, and below the bar."""
    world = World(store)
    await world.keep(*KNOWN, *SUNG, CLOSER, NEARBY)
    await follow_long_ago(world, ROBOTS)
    yield world
    await world.close()


async def test_it_is_below_the_bar_and_says_what_it_is_near_to(world: World) -> None:
    """The nearest of what came and was not sent, as an alert that says that it explores."""
    alert = await world.recommend.different(ADA, YESTERDAY, ())
    assert alert is not None
    assert (alert.paper_id, alert.interest_name, alert.exploring, alert.queued) == (CLOSER.id, ROBOTS, True, NOW)
    share = alert.closeness.closer_than
    assert share is not None
    assert EXPLORE_FROM <= share < 0.98
    assert alert.why.startswith(f"Nearest to “{ROBOTS}”: closer than ")
    assert "hands" in alert.words
    assert alert.passage.startswith("robot hands grasp")
    # Its reason alone sounds as if it had passed.
    await world.store.alerts.add(shard_of(ADA), [alert])
    await world.store.sent.confirm(ADA, [Sent(CLOSER.id, NOW)])
    told = (await world.recommend.why(ADA, CLOSER.id, ZoneInfo("UTC"))).words
    assert told.startswith("You were sent this on 18 March 2026 as something different, below your bar, nearest to")


async def test_what_is_above_the_bar_or_far_away_is_not_different(world: World) -> None:
    """Above a low bar both are alerts; a paper without a word of it is nobody's; there is nothing below that."""
    await world.keep(paper("Far", "nothing7 at all8 like9 it6"))
    await world.store.profiles.set_bar(ADA, EXPLORE_FROM + 0.02)
    assert await world.recommend.different(ADA, YESTERDAY, ()) is None
    await world.store.profiles.set_bar(ADA, EXPLORE_FROM - 0.02)
    assert await world.recommend.different(ADA, YESTERDAY, ()) is None


async def test_it_came_since_and_was_never_told(world: World) -> None:
    """What came before, is queued or was disliked is passed over, and so is what the digest has."""
    assert await world.recommend.different(ADA, NOW + timedelta(seconds=1), ()) is None
    assert await world.recommend.different(ADA, YESTERDAY, [CLOSER.id, NEARBY.id]) is None
    await world.store.ratings.put(Rating(ADA, CLOSER.id, Taste.LESS, "i0", "no", opened=True, at=NOW))
    alert = await world.recommend.different(ADA, YESTERDAY, ())
    assert alert is not None
    assert alert.paper_id == NEARBY.id
    queued = Alert(ADA, NEARBY.id, alert.interest_id, ROBOTS, CLOSE, 4.0, "Because.", NOW)
    await world.store.alerts.add(shard_of(ADA), [queued])
    assert await world.recommend.different(ADA, YESTERDAY, ()) is None


async def test_it_is_unlike_the_papers_of_the_digest(world: World) -> None:
    """Beside a digest that has one of the robots' papers, another one of them is not different."""
    assert await world.recommend.different(ADA, YESTERDAY, [CLOSER.id]) is None


async def test_the_interest_with_the_fewest_votes_is_explored(world: World) -> None:
    """Robots were voted on; songs were not, so one of those is chosen though it is farther away."""
    await follow_long_ago(world, SONGS)
    await world.keep(SINGING)
    await world.rate.rate(ADA, KNOWN[0].id, Taste.MORE)
    alert = await world.recommend.different(ADA, YESTERDAY, ())
    assert alert is not None
    assert (alert.paper_id, alert.interest_name) == (SINGING.id, SONGS)


async def test_who_follows_nothing_explores_nothing(world: World) -> None:
    """There is nothing that it could be near to."""
    await world.store.profiles.remove_interest(ADA, (await world.store.profiles.get(ADA)).interests[0].id)
    assert await world.recommend.different(ADA, YESTERDAY, ()) is None
