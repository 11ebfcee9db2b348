"""More or less of a paper: learnt at once, the same when it is said twice, and taken back to the bit."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import feedback, identity
from bot.background import Backgrounds
from bot.clock import Clock
from bot.curate import Curate
from bot.errors import StoreConflict, StoreError, TooManyInterests, UnknownPaper
from bot.ingest.adopting import adopt_model
from bot.ingest.embedding import embed_papers
from bot.ingest.measuring import measure
from bot.ingest.standing import Standing
from bot.interests import MOST_INTERESTS
from bot.models import ROW_EXTRA, SHARE, THRESHOLD, Interest, InterestKind, Profile, Taste, UserId
from bot.rate import Rate
from bot.settings import DigestSettings
from bot.settings import TestingSettings as ClockSettings
from bot.store import PaperChange, Store, keys
from bot.store.profiles import Profiles
from tests.fakes import hashing_embedder, paper

ADA, BO = UserId("T1", "U1"), UserId("T1", "U2")
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
CLOCK = Clock(ClockSettings(enabled=True, clock=NOW.isoformat()))
TOPICS = {
    "speech": "speech recognition of rare languages",
    "robots": "robot hands grasp cups",
    "cells": "protein folding",
}
PAPERS = [
    paper(f"p{topic}{number}", f"{words} {number}", f"We study {words} with method {number}.")
    for topic, words in TOPICS.items()
    for number in range(8)
]


class Desk:
    """A reader's profile as it stands in the store, to the bit."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.embedder = hashing_embedder(store.vectors, dimension=256)
        self.backgrounds = Backgrounds(store, self.embedder.tag)
        self.curate = Curate(store, self.embedder, CLOCK, DigestSettings(), self.backgrounds)
        self.rate = Rate(store, self.embedder, CLOCK, DigestSettings(), self.backgrounds)

    async def state(self, reader: UserId = ADA) -> tuple[Profile, dict[str, bytes]]:
        rows = await self.store.profiles.rows(reader, self.embedder.tag)
        return await self.store.profiles.get(reader), {name: row.tobytes() for name, row in sorted(rows.items())}

    async def interests(self) -> dict[str, Interest]:
        return {one.name: one for one in (await self.store.profiles.get(ADA)).interests}


@pytest.fixture
async def desk(store: Store) -> Desk:
    """Twenty-four papers are stored, and Ada follows speech."""
    await store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in PAPERS])
    made = Desk(store)
    await embed_papers(store, made.embedder)
    await made.curate.follow(ADA, "speech recognition")
    return made


async def test_a_like_moves_the_nearest_interest(desk: Desk) -> None:
    """More of a speech paper moves the speech interest towards it, and says so."""
    before = (await desk.store.profiles.rows(ADA, desk.embedder.tag)).popitem()[1]
    rating = await desk.rate.rate(ADA, "pspeech3", Taste.MORE)
    assert (rating.interest_name, rating.opened, rating.at) == ("speech recognition", False, NOW)
    [interest] = (await desk.store.profiles.get(ADA)).interests
    assert interest.learnt_from == ("pspeech3",)
    after = (await desk.store.profiles.rows(ADA, desk.embedder.tag))[interest.id]
    _, [liked] = await desk.store.vectors.of(desk.embedder.tag, ["pspeech3"])
    assert after[:-ROW_EXTRA] @ liked > before[:-ROW_EXTRA] @ liked
    assert await desk.store.ratings.get(ADA, "pspeech3") == rating


async def test_a_like_far_from_everything_opens_an_interest(desk: Desk) -> None:
    """More of a robot paper opens an interest named after it, which the next robot paper joins."""
    first = await desk.rate.rate(ADA, "probots1", Taste.MORE)
    assert (first.opened, first.interest_name) == (True, "robot hands grasp cups 1")
    second = await desk.rate.rate(ADA, "probots2", Taste.MORE)
    assert (second.opened, second.interest_id) == (False, first.interest_id)
    learnt = (await desk.interests())["robot hands grasp cups 1"]
    assert (learnt.kind, learnt.weight, learnt.learnt_from) == (InterestKind.LEARNT, 1.0, ("probots1", "probots2"))


async def test_likes_are_grouped_anew_at_every_vote(desk: Desk) -> None:
    """Likes of two subjects, in any order, are two interests, each known by the paper that was liked first."""
    for paper_id in ("pcells1", "probots1", "pcells2", "probots2", "pcells3"):
        await desk.rate.rate(ADA, paper_id, Taste.MORE)
    found = {one.learnt_from for one in (await desk.interests()).values() if one.kind is InterestKind.LEARNT}
    assert found == {("pcells1", "pcells2", "pcells3"), ("probots1", "probots2")}
    await desk.rate.undo(ADA, "pcells1")
    assert (await desk.interests())["protein folding 2"].learnt_from == ("pcells2", "pcells3")


async def test_undo_of_one_in_many_leaves_what_the_others_make(desk: Desk) -> None:
    """Whichever like is taken back, the profile and its rows are those of a reader who never gave it."""
    likes = ["pcells1", "probots1", "pcells2", "probots2", "pspeech1"]
    for gone in likes:
        for paper_id in likes:
            await desk.rate.rate(ADA, paper_id, Taste.MORE)
        await desk.rate.undo(ADA, gone)
        left = await desk.state()
        for paper_id in likes:
            await desk.rate.undo(ADA, paper_id)
        for paper_id in likes:
            if paper_id != gone:
                await desk.rate.rate(ADA, paper_id, Taste.MORE)
        assert await desk.state() == left
        for paper_id in likes:
            await desk.rate.undo(ADA, paper_id)


async def test_what_a_reader_shaped_is_not_regrouped(desk: Desk) -> None:
    """A learnt interest that was renamed, weighed or muted keeps its papers; the first two go on learning."""
    first = await desk.rate.rate(ADA, "probots1", Taste.MORE)
    await desk.store.profiles.set_interest(
        ADA, replace((await desk.interests())[first.interest_name], name="Grasping", renamed=True)
    )
    assert (await desk.rate.rate(ADA, "probots2", Taste.MORE)).interest_name == "Grasping"
    await desk.rate.rate(ADA, "pcells1", Taste.MORE)
    await desk.curate.mute(ADA, "protein folding 1", muted=True)
    opened = await desk.rate.rate(ADA, "pcells2", Taste.MORE)
    assert (opened.opened, opened.interest_name) == (True, "protein folding 2")
    found = await desk.interests()
    assert found["Grasping"].learnt_from == ("probots1", "probots2")
    assert found["protein folding 1"].learnt_from == ("pcells1",)
    await desk.rate.undo(ADA, "probots1")
    assert (await desk.rate.rate(ADA, "probots1", Taste.MORE)).interest_name == "Grasping"


async def test_shares_follow_the_votes(desk: Desk) -> None:
    """A group's share grows with its likes, and the other interests' rows stay as they are."""
    _, before = await desk.state()
    [*_, rating] = [await desk.rate.rate(ADA, f"probots{number}", Taste.MORE) for number in range(4)]
    rows = await desk.store.profiles.rows(ADA, desk.embedder.tag)
    assert rows[rating.interest_id][-ROW_EXTRA + SHARE] == pytest.approx(4**feedback.OF_SIZE)
    _, after = await desk.state()
    assert {name: after[name] for name in before} == before


async def test_a_dislike_is_an_interest_of_its_own(desk: Desk) -> None:
    """Less of a speech paper leaves the speech interest alone and opens a negative one beside it."""
    _, before = await desk.state()
    rating = await desk.rate.rate(ADA, "pspeech3", Taste.LESS)
    profile, after = await desk.state()
    assert rating.opened
    assert sorted(one.weight for one in profile.interests) == [-1.0, 1.0]
    assert {name: after[name] for name in before} == before


async def test_undo_leaves_no_trace(desk: Desk) -> None:
    """After Undo profile and rows are what they were, to the bit, for a joined and for an opened interest."""
    before = await desk.state()
    for paper_id, taste in (("pspeech3", Taste.MORE), ("probots1", Taste.MORE), ("pspeech1", Taste.LESS)):
        said = await desk.rate.rate(ADA, paper_id, taste)
        assert await desk.state() != before
        assert await desk.rate.undo(ADA, paper_id) == said
        assert await desk.state() == before
        assert await desk.store.ratings.of(ADA) == []
        assert await desk.rate.undo(ADA, paper_id) is None


@pytest.mark.parametrize("order", list(itertools.permutations(("pspeech1", "pspeech2", "probots1"))))
async def test_ratings_are_taken_back_in_any_order(desk: Desk, order: tuple[str, ...]) -> None:
    """Three ratings undone in any order leave exactly what was there before the first."""
    before = await desk.state()
    for paper_id in ("pspeech1", "pspeech2", "probots1"):
        await desk.rate.rate(ADA, paper_id, Taste.MORE)
    for paper_id in order:
        await desk.rate.undo(ADA, paper_id)
    assert await desk.state() == before


async def test_undo_leaves_exactly_what_the_others_make(desk: Desk) -> None:
    """Two likes of which the first is taken back are the second like alone."""
    await desk.rate.rate(ADA, "pspeech2", Taste.MORE)
    alone = await desk.state()
    await desk.rate.undo(ADA, "pspeech2")
    for paper_id in ("pspeech1", "pspeech2"):
        await desk.rate.rate(ADA, paper_id, Taste.MORE)
    await desk.rate.undo(ADA, "pspeech1")
    assert await desk.state() == alone


async def test_undo_is_exact_after_everything_was_measured_anew(desk: Desk) -> None:
    """Rows that an ingest measured among others are met to the bit by those that Undo measures alone."""
    for words in ("robot hands", "protein folding", "cups", "languages"):
        await desk.curate.follow(BO, words)
    [shard] = await desk.store.profiles.shards()
    background = await desk.backgrounds.now()
    standing = Standing(desk.embedder, desk.backgrounds, background, DigestSettings(), NOW)
    await measure(desk.store, shard, standing, papers=len(background))
    before = await desk.state()
    await desk.rate.rate(ADA, "pspeech3", Taste.MORE)
    await desk.rate.undo(ADA, "pspeech3")
    assert await desk.state() == before


async def test_saying_it_twice_changes_nothing(desk: Desk) -> None:
    """A double click gives the same rating, also when both clicks come at once."""
    first, second = await asyncio.gather(*(desk.rate.rate(ADA, "pspeech3", Taste.MORE) for _ in range(2)))
    assert first == second
    state = await desk.state()
    assert await desk.rate.rate(ADA, "pspeech3", Taste.MORE) == first
    assert await desk.state() == state


async def test_many_clicks_at_once_are_all_learnt(desk: Desk) -> None:
    """Ratings of different papers at the same moment do not write over each other."""
    papers = [f"pspeech{number}" for number in range(8)]
    await asyncio.gather(*(desk.rate.rate(ADA, paper_id, Taste.MORE) for paper_id in papers))
    [interest] = (await desk.store.profiles.get(ADA)).interests
    assert sorted(interest.learnt_from) == papers


async def test_the_other_taste_takes_the_former_back(desk: Desk) -> None:
    """Less after more is as if only less had been said; Undo then leaves nothing of either."""
    before = await desk.state()
    await desk.rate.rate(ADA, "pspeech3", Taste.MORE)
    rating = await desk.rate.rate(ADA, "pspeech3", Taste.LESS)
    assert [(one.taste, one.interest_id) for one in await desk.store.ratings.of(ADA)] == [("less", rating.interest_id)]
    assert (await desk.interests())["speech recognition"].learnt_from == ()
    await desk.rate.undo(ADA, "pspeech3")
    assert await desk.state() == before


async def test_only_the_clickers_profile_changes(desk: Desk) -> None:
    """What Bo says of a paper is nothing to Ada."""
    before = await desk.state()
    await desk.rate.rate(BO, "pspeech3", Taste.MORE)
    assert await desk.state() == before
    assert await desk.rate.undo(ADA, "pspeech3") is None


async def test_a_muted_interest_stays_muted(desk: Desk) -> None:
    """Muted after it learnt, an interest gives up what it learnt without being heard again."""
    await desk.rate.rate(ADA, "pspeech3", Taste.MORE)
    await desk.curate.mute(ADA, "speech recognition", muted=True)
    await desk.rate.undo(ADA, "pspeech3")
    muted = await desk.state()
    await desk.curate.mute(ADA, "speech recognition", muted=False)
    await desk.curate.mute(ADA, "speech recognition", muted=True)
    assert await desk.state() == muted


async def test_an_interest_that_was_dropped_is_learnt_again(desk: Desk) -> None:
    """Whoever unfollows what a like opened and likes the paper again follows it again."""
    first = await desk.rate.rate(ADA, "probots1", Taste.MORE)
    await desk.store.profiles.remove_interest(ADA, first.interest_id)
    assert (await desk.rate.rate(ADA, "probots1", Taste.MORE)).opened
    assert first.interest_name in await desk.interests()


async def test_a_killed_attempt_is_finished_by_the_next(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that goes away between profile and rating leaves nothing double when the click is done again."""

    async def away(*_: object) -> None:
        raise StoreError("The store is away.")

    before = await desk.state()
    for method in ("put", "remove"):
        with monkeypatch.context() as patched:
            patched.setattr(desk.store.ratings, method, away)
            step: Callable[..., Any] = desk.rate.rate if method == "put" else desk.rate.undo
            arguments = ("pspeech3", Taste.MORE) if method == "put" else ("pspeech3",)
            with pytest.raises(StoreError):
                await step(ADA, *arguments)
        await step(ADA, *arguments)
        if method == "put":
            assert (await desk.interests())["speech recognition"].learnt_from == ("pspeech3",)
    assert await desk.state() == before


async def test_a_full_profile_lets_the_nearest_interest_learn(desk: Desk) -> None:
    """Where nothing more can be opened the nearest of the same sign learns; where there is none it is refused."""
    for number in range(MOST_INTERESTS - 1):
        await desk.curate.follow(ADA, f"subject number {number}")
    rating = await desk.rate.rate(ADA, "pcells1", Taste.MORE)
    assert not rating.opened
    with pytest.raises(TooManyInterests):
        await desk.rate.rate(ADA, "pcells2", Taste.LESS)


async def test_a_paper_that_is_gone_is_told(desk: Desk) -> None:
    """An old card whose paper is no longer stored gets a sentence, and nothing changes."""
    before = await desk.state()
    with pytest.raises(UnknownPaper, match="no longer stored"):
        await desk.rate.rate(ADA, "pnothing", Taste.MORE)
    assert await desk.state() == before


async def test_papers_that_turned_out_to_be_one_are_one(desk: Desk) -> None:
    """A rating given under an old id is found, and taken back, under the id that the paper has now."""
    before = await desk.state()
    await desk.rate.rate(ADA, "pspeech3", Taste.MORE)
    first, second = await desk.store.papers.get(["pspeech2", "pspeech3"])
    assert first
    assert second
    change = PaperChange(first.paper, first.version, identity.aliases(second.paper), ("pspeech3",), (second.version,))
    assert await desk.store.papers.save([change]) == [True]
    assert (await desk.rate.rate(ADA, "pspeech3", Taste.MORE)).paper_id == "pspeech3"
    assert await desk.rate.undo(ADA, "pspeech3")
    assert (await desk.store.profiles.get(ADA)).interests == before[0].interests
    assert await desk.store.ratings.of(ADA) == []


async def test_a_paper_without_a_vector_is_embedded(desk: Desk) -> None:
    """A paper that was stored a moment ago can be rated before the ingest has embedded it."""
    fresh = paper("pfresh", "Speech recognition in the kitchen", "Speech recognition of rare languages and pans.")
    await desk.store.papers.save([PaperChange(fresh, None, identity.aliases(fresh))])
    assert (await desk.rate.rate(ADA, "pfresh", Taste.MORE)).interest_name == "speech recognition"


async def test_a_paper_that_is_gone_stops_no_vote(desk: Desk) -> None:
    """Where the paper that was liked first is gone, the next of its group opens it; the gone one can be taken back."""
    for paper_id in ("pcells0", "pcells1", "probots0"):
        await desk.rate.rate(ADA, paper_id, Taste.MORE)
    await desk.store.papers._connection.write("DEL", keys.paper("pcells0"))  # pyright: ignore[reportPrivateUsage]
    await desk.rate.rate(ADA, "probots1", Taste.MORE)
    found = await desk.interests()
    assert set(found["protein folding 1"].learnt_from) == {"pcells0", "pcells1"}
    assert found["robot hands grasp cups 0"].learnt_from == ("probots0", "probots1")
    await desk.rate.undo(ADA, "pcells0")
    assert (await desk.interests())["protein folding 1"].learnt_from == ("pcells1",)


@pytest.mark.parametrize("share_alone", [False, True])
async def test_what_was_unfollowed_during_a_vote_stays_unfollowed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, share_alone: bool
) -> None:
    """Whether the vote changes the interest or only its share of the places."""
    for paper_id in ("pcells0", "pcells1", "probots0"):
        await desk.rate.rate(ADA, paper_id, Taste.MORE)
    left = next(one for one in (await desk.interests()).values() if ("probots0" in one.learnt_from) == share_alone)
    await _meanwhile(monkeypatch, lambda: desk.store.profiles.remove_interest(ADA, left.id))
    await _half_a_year_later(desk).rate(ADA, "pcells2", Taste.MORE)
    profile, rows = await desk.state()
    assert left.id not in {one.id for one in profile.interests} | rows.keys()
    assert any("pcells2" in one.learnt_from for one in profile.interests)


@pytest.mark.parametrize("taste", list(Taste))
async def test_what_is_learnt_is_named_after_its_middle_paper(desk: Desk, taste: Taste) -> None:
    """The answer to a vote says that name; taken back, everything is as before to the bit; a name of mine stays."""
    await desk.store.papers.save(
        [
            PaperChange(one, None, identity.aliases(one))
            for one in (
                paper("pa", "protein folding cups grasp", "Protein folding with cups."),
                paper("pb", "protein folding", "We study protein folding with method."),
                paper("pc", "protein folding maps", "We study protein folding with method maps."),
            )
        ]
    )
    await embed_papers(desk.store, desk.embedder)
    await desk.backgrounds.now(fresh=True)
    opened = await desk.rate.rate(ADA, "pa", taste)
    assert opened.interest_name == "protein folding cups grasp"
    await desk.rate.rate(ADA, "pb", taste)
    before = await desk.state()
    third = await desk.rate.rate(ADA, "pc", taste)
    assert third.interest_id == opened.interest_id
    assert third.interest_name in ("protein folding", "protein folding maps")
    assert set((await desk.interests())[third.interest_name].learnt_from) == {"pa", "pb", "pc"}
    await desk.rate.undo(ADA, "pc")
    assert await desk.state() == before
    [one] = [one for one in before[0].interests if one.id == opened.interest_id]
    await desk.store.profiles.set_interest(ADA, replace(one, name="Mine", renamed=True))
    assert (await desk.rate.rate(ADA, "pc", taste)).interest_name == "Mine"


async def test_what_was_renamed_during_a_vote_keeps_its_name(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vote is learnt anew from the interests as they are now."""
    await desk.rate.rate(ADA, "pcells0", Taste.MORE)
    mine = replace((await desk.interests())["protein folding 0"], name="My proteins", renamed=True)
    await _meanwhile(monkeypatch, lambda: desk.store.profiles.set_interest(ADA, mine))
    assert (await desk.rate.rate(ADA, "pcells1", Taste.MORE)).interest_name == "My proteins"


async def test_interests_that_never_stand_still_are_told_of(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vote that cannot be written says so, and changes nothing."""
    await desk.rate.rate(ADA, "pcells0", Taste.MORE)
    before = await desk.state()

    async def never(*_: object, **__: object) -> bool:
        return False

    monkeypatch.setattr(Profiles, "change_interest", never)
    with pytest.raises(StoreConflict, match="try again"):
        await desk.rate.rate(ADA, "pcells1", Taste.MORE)
    assert await desk.state() == before
    assert await desk.store.ratings.get(ADA, "pcells1") is None


async def test_what_an_ingest_measured_during_a_vote_stays_measured(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share of the places is written into the row as it is now."""
    for paper_id in ("pcells0", "pcells1", "probots0"):
        await desk.rate.rate(ADA, paper_id, Taste.MORE)
    robots = next(one for one in (await desk.interests()).values() if "probots0" in one.learnt_from)
    row = (await desk.store.profiles.rows(ADA, desk.embedder.tag))[robots.id].copy()
    row[-ROW_EXTRA + THRESHOLD] = 0.125
    await _meanwhile(monkeypatch, lambda: desk.store.profiles.put_interest(ADA, robots, row, desk.embedder.tag))
    await _half_a_year_later(desk).rate(ADA, "pcells2", Taste.MORE)
    after = (await desk.store.profiles.rows(ADA, desk.embedder.tag))[robots.id]
    assert after[-ROW_EXTRA + THRESHOLD] == 0.125
    assert after[-ROW_EXTRA + SHARE] < row[-ROW_EXTRA + SHARE]


async def test_adopting_brings_nothing_back_and_keeps_the_readers_names(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is unfollowed while it is placed stays so; a name that its reader gave before that was noted is kept."""
    for paper_id in ("pcells0", "probots0", "probots1"):
        await desk.rate.rate(ADA, paper_id, Taste.MORE)
    found = await desk.interests()
    robots, cells = found["robot hands grasp cups 0"], found["protein folding 0"]
    await desk.store.profiles.set_interest(ADA, replace(cells, name="My proteins"))
    other = hashing_embedder(desk.store.vectors, dimension=128)
    await desk.store.vectors.set_current_model(desk.embedder.tag)
    await _meanwhile(monkeypatch, lambda: desk.store.profiles.remove_interest(ADA, robots.id))
    backgrounds = Backgrounds(desk.store, other.tag)
    assert await adopt_model(desk.store, other, DigestSettings(), backgrounds, now=NOW)
    assert {one.name: one.renamed for one in (await desk.interests()).values()} == {
        "speech recognition": False,
        "My proteins": True,
    }
    assert len(await desk.store.profiles.rows(ADA, other.tag)) == 2
    await backgrounds.close()


def _half_a_year_later(desk: Desk) -> Rate:
    """What nobody voted for since counts for less then, so that its share of the places is written."""
    clock = Clock(ClockSettings(enabled=True, clock=NOW.replace(month=9).isoformat()))
    return Rate(desk.store, desk.embedder, clock, DigestSettings(), desk.backgrounds)


async def _meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Awaitable[object]]) -> None:
    """Do this once, when the first interest is about to be changed."""
    change, done = Profiles.change_interest, list[bool]()

    async def late(profiles: Profiles, *given: Any, **named: Any) -> bool:
        if not done:
            done.append(True)
            await act()
        return await change(profiles, *given, **named)

    monkeypatch.setattr(Profiles, "change_interest", late)
