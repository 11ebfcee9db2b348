"""Alerts that hang on facts and on what readers said: authors, muted interests, disliked papers, another model."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import identity, matching
from bot.background import Backgrounds
from bot.clock import Clock
from bot.curate import Curate
from bot.ingest import adopt_model
from bot.ingest.alerting import alert_readers
from bot.ingest.embedding import embed_papers
from bot.matching import Candidate, FactBook, Found
from bot.models import ROW_EXTRA, THRESHOLD, Alert, Interest, InterestKind, Paper, Taste, UserId
from bot.rate import Rate
from bot.settings import DigestSettings
from bot.settings import TestingSettings as ClockSettings
from bot.store import PaperChange, Store
from tests.fakes import hashing_embedder, paper

ADA, BO = UserId("T1", "U1"), UserId("T1", "U2")
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
CLOCK = Clock(ClockSettings(enabled=True, clock=NOW.isoformat()))
DIGEST = DigestSettings(cap=5, bar=0.9)
SPEECH = [paper(f"ps{n}", f"Speech recognition {n}", f"Speech recognition by method {n}.") for n in range(10)]
ROBOTS = [paper(f"pr{n}", f"Robot grasping {n}", f"Robot grasping by method {n}.") for n in range(10)]
CLOTHES = paper("pc", "Folding clothes", "Clothes are folded.", authors=("Ada Lovelace",), organisations=("Looms Ltd",))


class Bot:
    """The verbs on a real store and a model without weights."""

    def __init__(self, store: Store, dimension: int = 256) -> None:
        self.store = store
        self.embedder = hashing_embedder(store.vectors, dimension=dimension)
        self.backgrounds = Backgrounds(store, self.embedder.tag)
        self.curate = Curate(store, self.embedder, CLOCK, DIGEST, self.backgrounds)
        self.rate = Rate(store, self.embedder, CLOCK, DIGEST, self.backgrounds)

    async def bring(self, *papers: Paper) -> None:
        """New papers, stored and embedded, not matched yet."""
        await self.store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in papers])
        await embed_papers(self.store, self.embedder)

    async def alert(self) -> int:
        return await alert_readers(self.store, self.embedder, self.backgrounds, DIGEST, NOW)

    async def adopt(self) -> bool:
        return await adopt_model(self.store, self.embedder, DIGEST, self.backgrounds, now=NOW)

    async def told(self, reader: UserId = ADA) -> dict[str, Alert]:
        return {alert.paper_id: alert for alert in await self.store.alerts.of(reader)}


@pytest.fixture
async def bot(store: Store) -> Bot:
    """Twenty papers are stored and matched with nobody."""
    made = Bot(store)
    await made.bring(*SPEECH, *ROBOTS)
    await made.alert()
    return made


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ('author:"Ada Lovelace"', "Because you follow the author Ada Lovelace"),
        ("org:looms", "Because you follow the organisation looms"),
        ("cat:cs.CL", "Because you follow the category cs.CL"),
    ],
)
async def test_a_followed_fact_brings_its_papers(bot: Bot, words: str, why: str) -> None:
    """Whoever follows an author, organisation or category hears of a paper whatever it is about, once, with the reason."""
    fact = (await bot.curate.follow(ADA, words)).interest
    await bot.bring(replace(CLOTHES, categories=("cs.CL",)), paper("px", "Folding paper", authors=("Ada Byron",)))
    assert await bot.alert() == 1
    alert = (await bot.told())["pc"]
    assert (alert.why, alert.interest_id, alert.closeness.rank) == (why, fact.id, 1)
    assert await bot.alert() == 0


async def test_facts_and_meanings_share_the_cap(bot: Bot) -> None:
    """A productive author does not drown a phrase: places are dealt to the interests in turn."""
    await bot.curate.follow(ADA, "speech recognition")
    await bot.curate.follow(ADA, "author:Ada Lovelace")
    many = [replace(CLOTHES, id=f"pc{n}", title=f"Folding clothes {n}") for n in range(9)]
    await bot.bring(*many, paper("pn", "Speech recognition", "Speech recognition."))
    await bot.alert()
    told = await bot.told()
    assert len(told) == DIGEST.cap
    assert sorted({alert.interest_name for alert in told.values()}) == ["Ada Lovelace", "speech recognition"]


async def test_an_unwanted_author_is_left_out(bot: Bot) -> None:
    """Papers of an author that a reader wants less of bring nothing, however near they are."""
    await bot.curate.follow(ADA, "speech recognition")
    await bot.curate.follow(ADA, "author:Ada Lovelace", weight=-1)
    theirs = paper("pa", "Speech recognition", "Speech recognition.", authors=("Ada Lovelace",))
    await bot.bring(theirs, paper("pb", "Speech recognition again", "Speech recognition.", authors=("Bo",)))
    await bot.alert()
    assert set(await bot.told()) == {"pb"}


async def test_nothing_comes_from_a_muted_interest(bot: Bot) -> None:
    """Muted phrases and facts bring nothing, muted dislikes take nothing, and measuring anew changes none of it."""
    for words, weight in (("speech recognition", 1), ("author:Ada Lovelace", 1), ("robot grasping", -1)):
        await bot.curate.follow(ADA, words, weight=weight)
        await bot.curate.mute(ADA, words.removeprefix("author:"), muted=True)
    await bot.curate.follow(ADA, "grasping method")
    await bot.bring(CLOTHES, paper("pn", "Speech recognition", "Speech recognition."))
    await bot.bring(paper("pg", "Robot grasping", "Robot grasping by a method."))
    await bot.alert()
    assert [alert.interest_name for alert in (await bot.told()).values()] == ["grasping method"]
    await bot.curate.mute(ADA, "speech recognition", muted=False)
    await bot.bring(paper("pm", "Speech recognition once more", "Speech recognition."))
    await bot.alert()
    assert (await bot.told())["pm"].interest_name == "speech recognition"


async def test_a_paper_that_was_disliked_is_not_told(bot: Bot) -> None:
    """Who found a paper by a search and wanted less of it does not get it by the next alerts."""
    await bot.curate.follow(ADA, "author:Ada Lovelace")
    await bot.curate.follow(BO, "author:Ada Lovelace")
    await bot.bring(CLOTHES)
    await bot.rate.rate(ADA, "pc", Taste.LESS)
    assert await bot.alert() == 1
    assert set(await bot.told(BO)) == {"pc"}


async def test_a_paper_that_an_interest_learnt_from_is_not_told(bot: Bot) -> None:
    """A liked paper is known to the reader; the next of its kind is told because of it."""
    await bot.bring(CLOTHES)
    await bot.rate.rate(ADA, "pc", Taste.MORE)
    await bot.bring(paper("pd", "Folding more clothes", "Clothes are folded and ironed."))
    await bot.alert()
    assert {paper_id: alert.why.partition(":")[0] for paper_id, alert in (await bot.told()).items()} == {
        "pd": "Because you liked “Folding clothes”"
    }


async def test_another_model_learns_everything_again(bot: Bot, store: Store) -> None:
    """After a change of model learnt interests stand where their papers are, muted ones are muted, facts are facts."""
    await bot.adopt()
    await bot.curate.follow(ADA, "speech recognition")
    await bot.curate.follow(ADA, "author:Ada Lovelace")
    for paper_id in ("ps1", "pr1"):
        await bot.rate.rate(ADA, paper_id, Taste.MORE)
    await bot.curate.mute(ADA, "speech recognition", muted=True)
    other = Bot(store, dimension=128)
    assert await other.adopt()
    rows = await store.profiles.rows(ADA, other.embedder.tag)
    interests = {one.name: one for one in (await store.profiles.get(ADA)).interests}
    assert set(rows) == {one.id for one in interests.values()} - {interests["Ada Lovelace"].id}
    assert rows[interests["speech recognition"].id][THRESHOLD - ROW_EXTRA] == matching.MUTED
    ids, settled = await store.vectors.of(other.embedder.tag.among(), [one.id for one in (*SPEECH, *ROBOTS)])
    learnt = interests["Robot grasping 1"].id
    assert ids[int((settled @ rows[learnt][:-ROW_EXTRA]).argmax())] == "pr1"
    await other.rate.undo(ADA, "pr1")
    assert set(await store.profiles.rows(ADA, other.embedder.tag)) == set(rows) - {learnt}


def fact(kind: InterestKind, text: str, **fields: Any) -> Interest:
    return Interest(f"i-{text}", text, kind, text, **fields)


@pytest.mark.parametrize(
    ("text", "printed", "holds"),
    [
        ("Ada Lovelace", "Ada Lovelace", True),
        ("ada lovelace", "LOVELACE, Ada", True),
        ("Ada Lovelace", "Ada King Lovelace", True),
        ("A Lovelace", "Ada Lovelace", True),
        ("Lovelace", "Ada Lovelace", True),
        ("Ada Lovelace", "A. Lovelace", False),
        ("Ada Lovelace", "Adam Lovelace", False),
        ("Łukasz", "Łukasz K.", True),
        ("Zoe", "Émile Zoë", True),
        ("李", "李 明", True),
    ],
)
def test_an_author_is_found_by_the_words_of_the_name(text: str, printed: str, holds: bool) -> None:
    """All words of the name in any order, accents and case aside; a single letter stands for a name."""
    author, by = fact(InterestKind.AUTHOR, text), paper("p1", "A title", authors=("Somebody Else", printed))
    assert matching.has_fact(by, author) is holds
    assert list(FactBook([(ADA, author)]).holding(by)) == ([(ADA, author)] if holds else [])


def test_organisations_and_categories_hold_as_a_whole() -> None:
    """Words of an organisation stand in their order; a category is itself or all of an archive."""
    one = paper("p1", "A title", organisations=("Google DeepMind",), categories=("cs.CL", "math-ph"))
    held = {"DeepMind": True, "google deepmind": True, "Deep Mind": False, "DeepMind Google": False}
    assert {text: matching.has_fact(one, fact(InterestKind.ORGANISATION, text)) for text in held} == held
    held = {"cs": True, "CS.cl": True, "cs.C": False, "cl": False, "math": False, "math-ph": True}
    assert {text: matching.has_fact(one, fact(InterestKind.CATEGORY, text)) for text in held} == held
    assert not matching.has_fact(one, fact(InterestKind.PHRASE, "DeepMind"))


def test_a_paper_of_two_interests_stays_with_the_stronger() -> None:
    """A fact and a meaning that bring the same paper bring it once; muted facts are in no book."""
    found = Found(
        "U1",
        tuple(Candidate("i1", paper, 0.5, strength, matching.NAMED_SHARE) for paper, strength in ((0, 9.0), (1, 2.0))),
    )
    author = fact(InterestKind.AUTHOR, "Ada")
    merged = matching.with_facts(found, [(author, 0), (author, 1), (author, 2)])
    assert [(one.interest_id, one.paper) for one in merged.candidates] == [("i1", 0), ("i-Ada", 1), ("i-Ada", 2)]
    assert matching.with_facts(found, []) is found
    assert not FactBook([(ADA, replace(author, muted=True))])
