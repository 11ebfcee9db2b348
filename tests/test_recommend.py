"""Recommending among stored papers, on a real store: best for a reader, near an interest, trends, votes, names."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import identity
from bot.errors import EmptyQuery, UnknownInterest, UnknownPaper, UserError
from bot.ingest.embedding import embed_papers
from bot.models import Alert, Count, Format, Origin, PrintedDate, Rating, Sent, Taste, UserId, YearOrigin
from bot.recommend.missing import NEAR_FROM
from bot.store import PaperChange, Store, shard_of
from tests.recommending import (
    ADA,
    CLOSE,
    CLOSER,
    CLOSEST,
    DIGEST,
    FLOW,
    FLOWS,
    GRASP,
    IMAGES,
    KNOWN,
    NEARBY,
    NOW,
    ROBOTS,
    SONG,
    TOUCH,
    YESTERDAY,
    World,
    follow_long_ago,
    paper,
    robots,
    titles,
)


@pytest.fixture
async def world(store: Store) -> AsyncGenerator[World]:
    world = World(store)
    yield world
    await world.close()


async def test_interests_are_seen_in_turn_with_their_reasons(world: World) -> None:
    """The best of each interest first, then the second of each; nothing unrelated fills the list up."""
    await world.keep_many(GRASP, TOUCH, FLOW, IMAGES, SONG)
    await world.curate.follow(ADA, ROBOTS)
    await world.curate.follow(ADA, FLOWS)
    picks = await world.recommend.for_reader(ADA, limit=10)
    assert titles(picks) == [FLOW.title, GRASP.title, TOUCH.title, IMAGES.title]
    assert [pick.interest.name for pick in picks] == [FLOWS, ROBOTS, ROBOTS, FLOWS]
    assert picks[1].why == f"Because you follow “{ROBOTS}”: closest of 17"
    assert picks[1].paper == GRASP


async def test_a_shorter_list_begins_a_longer_one(world: World) -> None:
    """Pages fit together: whatever the limit, the first papers are the same."""
    await world.keep_many(GRASP, TOUCH, FLOW, IMAGES)
    await world.curate.follow(ADA, ROBOTS)
    await world.curate.follow(ADA, FLOWS)
    longest = await world.recommend.for_reader(ADA, limit=9)
    for limit in range(len(longest) + 1):
        assert await world.recommend.for_reader(ADA, limit=limit) == longest[:limit]


async def test_recent_papers_come_before_older_ones(world: World) -> None:
    """A paper of last year that fits better stands behind a recent one; one that was seen just now is recent too."""
    long_ago = NOW - timedelta(days=400)
    old = replace(GRASP, first_seen=long_ago)
    await world.keep_many(old, replace(TOUCH, published=PrintedDate(1, 1, 2020, YearOrigin.PRINTED)))
    await world.curate.follow(ADA, ROBOTS)
    picks = await world.recommend.for_reader(ADA)
    assert titles(picks) == [TOUCH.title, GRASP.title]
    assert titles(await world.recommend.for_reader(ADA, limit=1)) == [TOUCH.title]


async def test_what_a_reader_does_not_want_is_left_out(world: World) -> None:
    """Disliked papers, papers near a dislike, muted interests; and, when asked, what was sent."""
    await world.keep_many(GRASP, TOUCH, FLOW, IMAGES)
    await world.curate.follow(ADA, ROBOTS)
    await world.curate.follow(ADA, FLOWS)
    await world.rate.rate(ADA, FLOW.id, Taste.LESS)
    picks = await world.recommend.for_reader(ADA, limit=10)
    assert FLOW.title not in titles(picks)
    await world.curate.mute(ADA, FLOWS, muted=True)
    assert titles(await world.recommend.for_reader(ADA, limit=10)) == [GRASP.title, TOUCH.title]
    await world.store.sent.confirm(ADA, [Sent(GRASP.id, NOW)])
    assert titles(await world.recommend.for_reader(ADA, unsent=True)) == [TOUCH.title]


async def test_a_paper_that_was_named_or_liked_is_no_pick(world: World) -> None:
    """Whoever follows a paper, or liked it, knows it."""
    await world.keep_many(GRASP, TOUCH)
    await world.curate.follow(ADA, GRASP.title)
    assert titles(await world.recommend.for_reader(ADA)) == [TOUCH.title]
    await world.rate.rate(ADA, TOUCH.id, Taste.MORE)
    assert await world.recommend.for_reader(ADA) == []


async def test_facts_bring_papers_and_keep_them_away(world: World) -> None:
    """An author who is followed brings every paper; one who is not wanted takes them away again."""
    mine = replace(SONG, authors=("Ada Lovelace", "Ben Bitdiddle"))
    await world.keep_many(mine, GRASP)
    await world.curate.follow(ADA, "author:lovelace")
    picks = await world.recommend.for_reader(ADA)
    assert [(pick.paper.title, pick.why) for pick in picks] == [
        (SONG.title, "Because you follow the author lovelace"),
    ]
    await world.curate.follow(ADA, "author:bitdiddle", weight=-1)
    assert await world.recommend.for_reader(ADA) == []


async def test_nothing_followed_and_nothing_stored_are_no_picks(world: World) -> None:
    """An empty profile and an empty store answer with an empty list."""
    assert await world.recommend.for_reader(ADA) == []
    await world.curate.follow(ADA, ROBOTS)
    assert await world.recommend.for_reader(ADA) == []
    await world.keep(GRASP)
    assert titles(await world.recommend.for_reader(ADA)) == [GRASP.title]


async def test_papers_are_seen_as_soon_as_they_are_stored(world: World) -> None:
    """New papers, changed ones and joined ones are known at the next question, also when their vectors come later."""
    await world.keep_many(GRASP)
    await world.curate.follow(ADA, ROBOTS)
    assert titles(await world.recommend.for_reader(ADA)) == [GRASP.title]
    await world.store.papers.save([PaperChange(TOUCH, None, identity.aliases(TOUCH))])
    assert titles(await world.recommend.for_reader(ADA)) == [GRASP.title]
    await embed_papers(world.store, world.embedder)
    assert titles(await world.recommend.for_reader(ADA)) == [GRASP.title, TOUCH.title]
    [stored] = await world.store.papers.get([GRASP.id])
    assert stored
    joined = PaperChange(
        replace(GRASP, abstract="Birds sing."), stored.version, identity.aliases(GRASP), forwards=(TOUCH.id,)
    )
    assert await world.store.papers.save([joined]) == [True]
    await embed_papers(world.store, world.embedder)
    assert titles(await world.recommend.for_reader(ADA)) == [GRASP.title]
    assert (await world.recommend.for_reader(ADA))[0].closeness.score < 0.7


async def test_trying_an_interest(world: World) -> None:
    """The nearest papers to one interest, though it is muted or unwanted; a fact's, newest first."""
    old = replace(SONG, authors=("Ada Lovelace",), published=PrintedDate(1, 5, 2025, YearOrigin.PRINTED))
    await world.keep_many(GRASP, TOUCH, replace(FLOW, authors=("Ada Lovelace",)), old)
    follow = world.curate.follow
    wanted, unwanted = await follow(ADA, ROBOTS), await follow(ADA, "image generators", weight=-1)
    fact = await follow(ADA, "author:ada lovelace")
    await world.curate.mute(ADA, wanted.interest.id, muted=True)
    assert titles(await world.recommend.try_it(ADA, wanted.interest.id)) == [GRASP.title, TOUCH.title]
    assert titles(await world.recommend.try_it(ADA, wanted.interest.id, limit=1)) == [GRASP.title]
    [pick] = await world.recommend.try_it(ADA, unwanted.interest.id)
    assert pick.why == "Near what you want less of: closest of 16"
    assert titles(await world.recommend.try_it(ADA, fact.interest.id)) == [FLOW.title, SONG.title]
    with pytest.raises(UnknownInterest):
        await world.recommend.try_it(ADA, "i000000000")


async def test_trends_are_whole_papers(world: World) -> None:
    """The most talked about of the period, with the numbers; another period is refused with what there is."""
    count = (Count(24, Origin(Format.TEXT, "a.txt", "ab" * 32, NOW.date(), NOW.date())),)
    talked = replace(SONG, comments=count)
    await world.keep_many(talked, replace(FLOW, comments=count, listed=(NOW.date() - timedelta(days=3),)))
    assert [trend.paper for trend in await world.recommend.trending("day")] == [talked]
    week = await world.recommend.trending("week", limit=1)
    assert [(trend.paper.title, trend.why) for trend in week] == [(SONG.title, "24 comments since 18 March 2026")]
    with pytest.raises(UserError, match="day, week or month"):
        await world.recommend.trending("year")


async def test_near_misses_are_what_came_near_and_stayed_below_the_bar(world: World) -> None:
    """Nearest first, each with its share; what was sent, is queued, was disliked, came before or is far is left out."""
    await world.keep(*KNOWN)
    await follow_long_ago(world, ROBOTS)
    early = robots("robot hands grasp lately", seen=NOW - timedelta(days=2))
    gone = [robots(f"robot hands grasp {word}") for word in ("sent", "queued", "disliked")]
    await world.keep(CLOSEST, CLOSER, NEARBY, early, *gone, paper("Filler 999", "word999 lone999 bare999"))
    await world.store.sent.confirm(ADA, [Sent(gone[0].id, NOW)])
    await world.store.alerts.add(shard_of(ADA), [Alert(ADA, gone[1].id, "i1", ROBOTS, CLOSE, 1.0, "Because.", NOW)])
    await world.store.ratings.put(Rating(ADA, gone[2].id, Taste.LESS, "i1", "else", opened=False, at=NOW))
    near = await world.recommend.near_misses(ADA, YESTERDAY, limit=9)
    assert [one.paper_id for one in near] == [CLOSEST.id, CLOSER.id, NEARBY.id]
    assert {one.interest_name for one in near} == {ROBOTS}
    shares = [one.closer_than or 0.0 for one in near]
    assert shares == sorted(shares, reverse=True)
    assert NEAR_FROM <= shares[-1] < shares[0] < DIGEST.bar
    assert await world.recommend.near_misses(ADA, YESTERDAY, 1) == near[:1]
    assert await world.recommend.near_misses(ADA, NOW) == []
    assert await world.recommend.near_misses(UserId("T1", "UNOBODY"), YESTERDAY) == []
    older = await world.recommend.below(ADA, NOW - timedelta(days=3), until=YESTERDAY)
    assert titles(older) == [early.title]


async def test_what_is_above_the_bar_is_no_near_miss(world: World) -> None:
    """By today's yardstick, whatever it was when it came; a reader with a lower bar misses other papers, or none."""
    await world.keep(*KNOWN[5:])
    await follow_long_ago(world, ROBOTS)
    await world.keep(CLOSEST, CLOSER)
    assert await world.recommend.near_misses(ADA, YESTERDAY) == []
    await world.keep(*KNOWN[:5])
    assert [one.paper_id for one in await world.recommend.near_misses(ADA, YESTERDAY)] == [CLOSEST.id, CLOSER.id]
    await world.curate.choose(ADA, bar=NEAR_FROM)
    assert await world.recommend.near_misses(ADA, YESTERDAY) == []


async def test_what_came_before_it_was_followed_is_no_near_miss(world: World) -> None:
    """The paper of five o'clock cannot have been missed by who follows its subject since six."""
    await world.keep(*KNOWN)
    await world.keep(robots("robot hands grasp", seen=NOW - timedelta(hours=1)))
    await world.curate.follow(ADA, ROBOTS)
    assert await world.recommend.near_misses(ADA, YESTERDAY) == []


async def test_nothing_is_near_while_nobody_can_say_how_near(world: World) -> None:
    """Few papers: the nearest of them may be far from everything that is followed."""
    await follow_long_ago(world, ROBOTS)
    await world.keep(*KNOWN[:100], CLOSER)
    assert await world.recommend.below(ADA, YESTERDAY) == []


async def test_what_is_muted_or_unwanted_is_no_near_miss(world: World) -> None:
    """What was muted is not offered by the back door, nor what is nearer to something that is not wanted."""
    await world.keep(*KNOWN)
    await follow_long_ago(world, ROBOTS)
    await world.keep(CLOSER)
    assert [one.paper_id for one in await world.recommend.near_misses(ADA, YESTERDAY)] == [CLOSER.id]
    await world.curate.follow(ADA, "paper of robot hands grasp else where", weight=-1)
    assert await world.recommend.near_misses(ADA, YESTERDAY) == []
    [wanted, unwanted] = (await world.store.profiles.get(ADA)).interests
    await world.store.profiles.remove_interest(ADA, unwanted.id)
    await world.curate.mute(ADA, wanted.id, muted=True)
    assert await world.recommend.near_misses(ADA, YESTERDAY) == []


async def test_votes_stand_for_all_subjects(world: World) -> None:
    """Two papers of one subject are not both asked about before every subject was; what was rated is not asked again."""
    await world.keep(GRASP, TOUCH, FLOW, IMAGES, SONG, replace(paper("No Text"), abstract=None))
    votes = await world.recommend.votes(ADA, limit=3)
    subjects = [{GRASP.id, TOUCH.id}, {FLOW.id, IMAGES.id}, {SONG.id}]
    assert all(len(subject & {vote.id for vote in votes}) == 1 for subject in subjects)
    await world.rate.rate(ADA, votes[0].id, Taste.LESS)
    after = await world.recommend.votes(ADA, limit=3)
    assert votes[1:] == after[:2]
    assert {vote.id for vote in await world.recommend.votes(ADA, limit=99)} == {
        one.id for one in (GRASP, TOUCH, FLOW, IMAGES, SONG) if one.id != votes[0].id
    }


NAMED = paper("Attention Is Nearly All You Need: A Survey", arxiv_id="2603.01234")


@pytest.mark.parametrize(
    "words",
    [
        NAMED.id,
        "2603.01234",
        "https://arxiv.org/abs/2603.01234v2",
        "<https://huggingface.co/papers/2603.01234>",
        "<https://arxiv.org/pdf/2603.01234|this one>",
        "https://huggingface.co/papers?q=Attention%20Is%20Nearly%20All%20You%20Need%3A%20A%20Survey",
        "attention is nearly all you need a survey",
        "“Attention Is Nearly All You Need: A Survey”",
        "Attention is nearly all you needs, a survey",
        '"nearly all you need"',
    ],
)
async def test_a_paper_is_known_by_many_names(world: World, words: str) -> None:
    """An id of ours or of arXiv, a link as Slack hands it on, a title, nearly a title, a quoted part of one."""
    await world.keep(NAMED, GRASP, SONG)
    assert await world.recommend.resolve(words) == NAMED


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("2603.99999", "No dump has told of 2603.99999"),
        ("https://example.org/paper", "This link names no stored paper"),
        ("nearly all you need", "No stored paper is called “nearly all you need”"),
        ('"all you"', "No stored paper is called"),
        ("diffusion", "No stored paper is called “diffusion”"),
        ("pabcdefabcdefabc", "No stored paper is called"),
    ],
)
async def test_a_name_that_no_paper_has(world: World, words: str, sentence: str) -> None:
    """One sentence says what to do; an arXiv id comes along, so that it can be waited for."""
    await world.keep(NAMED, GRASP)
    with pytest.raises(UnknownPaper, match=sentence) as refusal:
        await world.recommend.resolve(words)
    assert refusal.value.arxiv_id == ("2603.99999" if words.startswith("2603") else None)
    with pytest.raises(EmptyQuery):
        await world.recommend.resolve(' "" ')
