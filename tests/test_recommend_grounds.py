"""What a reason names took part in the score: the rated paper, the passage and its words, the parts, what took it away."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot import cleaning
from bot.models import Taste
from bot.recommend import Verdict, WhyAnswer
from bot.recommend.telling import percent
from bot.store import Store
from tests.recommending import ADA, DIGEST, FLOW, GRASP, IMAGES, KNOWN, LONG_AGO, ROBOTS, TOUCH, World, paper

UTC = ZoneInfo("UTC")
#: Two papers of one subject that share different words with others of it.
LIFT = paper("Lifting Heavy Boxes", "robot hands lift heavy boxes in warehouses", seen=LONG_AGO)
PEEL = paper("Peeling Ripe Fruit", "robot hands peel ripe fruit in kitchens", seen=LONG_AGO)
BOXES = paper("Boxes Stacked in Warehouses", "robot arms stack heavy boxes in warehouses")
FRUIT = paper("Ripe Fruit Sorted", "robot arms sort ripe fruit in kitchens")
LONG = paper(
    "A Paper of Many Sentences",
    "Markets rise and fall with rumours. The robot hands grasp wet objects by touch alone. We thank nobody at all",
)


@pytest.fixture
async def world(store: Store) -> AsyncGenerator[World]:
    world = World(store)
    yield world
    await world.close()


async def why(world: World, paper_id: str) -> WhyAnswer:
    return await world.recommend.why(ADA, paper_id, UTC)


async def like(world: World, *ids: str) -> None:
    for one in ids:
        await world.rate.rate(ADA, one, Taste.MORE)


def strength(answer: WhyAnswer) -> float:
    assert answer.in_meaning is not None
    assert answer.in_words is not None
    return answer.in_meaning + answer.in_words


async def test_a_learnt_interest_names_the_rated_paper_that_speaks_most(world: World) -> None:
    """Of two liked papers it is the one that shares the words, in picks, in reasons and in the answer to why."""
    await world.keep(*KNOWN, LIFT, PEEL, BOXES, FRUIT)
    await like(world, LIFT.id, PEEL.id)
    assert (await why(world, BOXES.id)).near == LIFT.title
    assert (await why(world, FRUIT.id)).near == PEEL.title
    assert f"Of the papers that you liked, “{PEEL.title}” is the nearest." in (await why(world, FRUIT.id)).words
    picks = {pick.paper.id: pick for pick in await world.recommend.for_reader(ADA, limit=10)}
    assert picks[BOXES.id].near == LIFT.id
    assert picks[BOXES.id].why.startswith(f"Because you liked “{LIFT.title}”: closer than ")
    assert picks[FRUIT.id].near == PEEL.id


async def test_without_the_rated_paper_that_is_named_the_score_is_lower(world: World) -> None:
    """The named paper is a part of the score: when its rating is taken back, the paper is less near."""
    await world.keep(*KNOWN, LIFT, PEEL, BOXES, FRUIT)
    await like(world, LIFT.id, PEEL.id)
    before = await why(world, FRUIT.id)
    await world.rate.undo(ADA, PEEL.id)
    after = await why(world, FRUIT.id)
    assert before.closeness
    assert after.closeness
    assert after.near == LIFT.title
    assert after.closeness.rank > before.closeness.rank
    assert strength(after) < strength(before)


async def test_the_passage_is_the_sentence_that_speaks_most(world: World) -> None:
    """As it is shown, with the words that the interest knows as they stand in it; none without an abstract."""
    bare = replace(paper("Robot Hands Without Text"), abstract=None)
    await world.keep(*KNOWN, LONG, bare)
    await world.curate.follow(ADA, ROBOTS)
    answer = await why(world, LONG.id)
    assert answer.passage == "The robot hands grasp wet objects by touch alone."
    assert answer.marked == ("robot", "hands", "grasp", "objects", "touch")
    assert ((await why(world, bare.id)).passage, (await why(world, bare.id)).marked) == ("", ())


async def test_without_the_passage_that_is_shown_the_score_is_lower(world: World) -> None:
    """Of all sentences of a paper, the one shown is that without which the paper is least near."""
    sentences = cleaning.sentences(LONG.abstract or "")
    without = [
        replace(paper(f"A Paper Without {number}"), abstract=" ".join(_but(sentences, number)))
        for number in range(len(sentences))
    ]
    await world.keep(*KNOWN, LONG, *without)
    await world.curate.follow(ADA, ROBOTS)
    shown = (await why(world, LONG.id)).passage
    left = [strength(await why(world, one.id)) for one in without]
    assert sentences[left.index(min(left))] == shown


def _but(sentences: Sequence[str], number: int) -> list[str]:
    return [one for place, one in enumerate(sentences) if place != number]


async def test_words_count_beside_meaning(world: World) -> None:
    """The two parts are told apart; a paper that shares no word has less from words than papers usually have."""
    await world.keep_many(BOXES, LIFT, FLOW)
    await world.curate.follow(ADA, "heavy boxes in warehouses")
    near, far = await why(world, BOXES.id), await why(world, FLOW.id)
    assert near.in_meaning
    assert near.in_meaning > 0
    assert near.in_words
    assert near.in_words > 0
    assert far.in_words is not None
    assert far.in_words < 0
    assert (near.near, far.near) == (None, None)


async def test_below_the_bar_the_answer_says_how_close_and_what_the_bar_is(world: World) -> None:
    """Both in the same measure, so that the reader can choose another bar."""
    await world.keep(*KNOWN, FLOW)
    await world.curate.follow(ADA, ROBOTS)
    answer = await why(world, FLOW.id)
    assert answer.verdict is Verdict.BELOW_BAR
    assert answer.closeness
    assert answer.closeness.closer_than is not None
    assert f"to “{ROBOTS}” it is closer than {percent(answer.closeness.closer_than)} of papers" in answer.words
    assert answer.words.endswith(f", and your bar is {DIGEST.bar * 100:g} %.")
    await world.curate.choose(ADA, bar=0.97)
    assert (await why(world, FLOW.id)).words.endswith(", and your bar is 97 %.")


async def test_far_below_the_bar_no_sentence_is_quoted(world: World) -> None:
    """It would prove nothing: only what is at least near has a passage."""
    await world.keep(*KNOWN, FLOW)
    await world.curate.follow(ADA, ROBOTS)
    answers = [await why(world, one.id) for one in (*KNOWN[5:15], FLOW)]
    shares = [one.closeness.closer_than or 0.0 for one in answers if one.closeness]
    assert min(shares) < 0.9 < max(shares)
    assert [bool(one.passage) for one in answers] == [share >= 0.9 for share in shares]


async def test_what_took_a_paper_away_is_named_and_did_it(world: World) -> None:
    """It is above the bar for something wanted and lost to a dislike, which is named; without that vote it comes."""
    await world.keep_many(GRASP, TOUCH, FLOW, IMAGES)
    await world.curate.follow(ADA, "objects found by touch")
    assert GRASP.id in await offered(world)
    disliked = await world.rate.rate(ADA, TOUCH.id, Taste.LESS)
    await world.curate.reweigh(ADA, disliked.interest_id, -6)
    await world.curate.choose(ADA, bar=0.8)
    assert GRASP.id not in await offered(world)
    answer = await why(world, GRASP.id)
    assert answer.verdict is Verdict.MUTED
    assert "you asked for less of " in answer.words
    assert answer.near == TOUCH.title
    assert f"Of the papers that you did not want, “{TOUCH.title}” is the nearest." in answer.words
    await world.rate.undo(ADA, TOUCH.id)
    assert GRASP.id in await offered(world)
    assert (await why(world, GRASP.id)).verdict is Verdict.ABOVE_BAR


async def offered(world: World) -> list[str]:
    return [pick.paper.id for pick in await world.recommend.for_reader(ADA, limit=10)]
