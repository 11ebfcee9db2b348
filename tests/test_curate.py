"""Following: phrases and papers become interests, and what cannot be followed is refused in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import identity
from bot.clock import Clock
from bot.curate import MOST_INTERESTS, Curate, Profiles
from bot.errors import DuplicateInterest, EmptyQuery, TooManyInterests, UnknownInterest, UnknownPaper, UserError
from bot.ingest.embedding import embed_papers
from bot.models import InterestKind, UserId
from bot.settings import DigestSettings
from bot.settings import TestingSettings as ClockSettings
from bot.store import PaperChange, Store
from tests.fakes import hashing_embedder, paper

AMARA = UserId.parse("amara")
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
FLOW = paper(
    "p1", "Flow Matching for Robots", "Robots learn to move by matching flows of motion.", arxiv_id="2603.00001"
)
SPEECH = paper("p2", "Listening to Rare Languages", "Speech recognition for languages with little audio.")


@pytest.fixture
async def curate(store: Store) -> Curate:
    """Two papers are stored, and amara follows nothing."""
    await store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in (FLOW, SPEECH)])
    embedder = hashing_embedder(store.vectors)
    await embed_papers(store, embedder)
    clock = Clock(ClockSettings(enabled=True, clock=NOW.isoformat()))
    return Curate(store, embedder, clock, DigestSettings())


async def test_a_phrase_is_followed_under_its_own_words(curate: Curate) -> None:
    """A phrase becomes an interest of that name, and the nearest stored paper answers at once."""
    followed = await curate.follow(AMARA, "  speech   recognition ")
    assert (followed.interest.name, followed.interest.kind) == ("speech recognition", InterestKind.PHRASE)
    assert followed.interest.created == NOW
    assert followed.nearest[0].paper.title == SPEECH.title
    assert followed.nearest[0].closeness.rank == 1
    assert (await Profiles(curate.store).get(AMARA)).interests == (followed.interest,)


@pytest.mark.parametrize(
    "words",
    ["2603.00001", "arXiv:2603.00001v2", "https://arxiv.org/abs/2603.00001", "https://huggingface.co/papers/2603.00001",
     "flow matching for robots!"],
)  # fmt: skip
async def test_a_paper_is_followed_by_id_link_or_title(curate: Curate, words: str) -> None:
    """An arXiv id, a link or the exact title follow the paper, whose text is what is matched."""
    followed = await curate.follow(AMARA, words)
    assert (followed.interest.kind, followed.interest.paper_id) == (InterestKind.PAPER, "p1")
    assert "matching flows of motion" in followed.interest.text
    assert [near.paper.id for near in followed.nearest] == ["p2"]


async def test_several_interests_have_names_signs_and_weights(curate: Curate) -> None:
    """One reader follows several things, each with its own name, sign and weight."""
    await curate.follow(AMARA, "robot motion", name="robots", weight=2)
    await curate.follow(AMARA, "image generation", weight=-1)
    profile = await Profiles(curate.store).get(AMARA)
    assert {(one.name, one.weight) for one in profile.interests} == {("robots", 2), ("image generation", -1)}


async def test_what_is_followed_already_is_not_followed_twice(curate: Curate) -> None:
    """The same phrase, the same paper under another name, or the same name again are refused."""
    await curate.follow(AMARA, "Robot motion")
    await curate.follow(AMARA, "2603.00001", name="flows")
    for words, name in (("robot  MOTION", None), ("Flow Matching for Robots", "again"), ("grasping", "FLOWS")):
        with pytest.raises(DuplicateInterest):
            await curate.follow(AMARA, words, name=name)


@pytest.mark.parametrize(
    ("words", "weight", "error"),
    [
        ("", 1, EmptyQuery),
        ("  ?! ", 1, EmptyQuery),
        ("2603.99999", 1, UnknownPaper),
        ("https://example.org/paper", 1, UnknownPaper),
        ("x" * 301, 1, UserError),
        ("robots", 0, UserError),
        ("robots", float("nan"), UserError),
        ("robots", 1e9, UserError),
    ],
)
async def test_what_cannot_be_followed_is_refused(
    curate: Curate, words: str, weight: float, error: type[UserError]
) -> None:
    """Empty words, unknown papers, foreign links and weights out of bounds are refused, and nothing is stored."""
    with pytest.raises(error) as refused:
        await curate.follow(AMARA, words, weight=weight)
    assert refused.value.sentence.endswith(".")
    assert (await Profiles(curate.store).get(AMARA)).interests == ()


async def test_a_reader_follows_so_much_and_no_more(curate: Curate) -> None:
    """The hundred-and-first interest is refused."""
    for number in range(MOST_INTERESTS):
        await curate.follow(AMARA, f"topic number {number}")
    with pytest.raises(TooManyInterests):
        await curate.follow(AMARA, "one more")


async def test_unfollowing_goes_by_name_or_id(curate: Curate) -> None:
    """A name in any case or an id removes the interest; an unknown one is refused with what there is."""
    profiles = Profiles(curate.store)
    first = (await curate.follow(AMARA, "robot motion", name="Robots")).interest
    second = (await curate.follow(AMARA, "speech")).interest
    assert await profiles.unfollow(AMARA, "robots") == first
    with pytest.raises(UnknownInterest, match="amara follows “speech”"):
        await profiles.unfollow(AMARA, "robots")
    assert await profiles.unfollow(AMARA, second.id) == second
    assert (await profiles.get(AMARA)).interests == ()


@pytest.mark.parametrize("name", ["", "a\nb", "a{b}", "T/", "x" * 81, "a\x00b"])
async def test_a_reader_whose_name_cannot_be_one_is_refused(curate: Curate, name: str) -> None:
    """Names that could be mistaken for a key or that hide control characters are refused."""
    with pytest.raises(UserError):
        await curate.follow(UserId.parse(name), "robots")


async def test_a_reader_sets_a_bar_and_a_cap(curate: Curate) -> None:
    """A bar as percentage or share, and a cap, are kept, and the interests are measured for the new bar."""
    followed = await curate.follow(AMARA, "robots that listen to speech")
    before = (await curate.store.profiles.rows(AMARA, curate.embedder.tag))[followed.interest.id]
    profile = await curate.choose(AMARA, bar=50, cap=3)
    after = (await curate.store.profiles.rows(AMARA, curate.embedder.tag))[followed.interest.id]
    assert (profile.bar, profile.cap) == (0.5, 3)
    assert (after[:-4] == before[:-4]).all()
    assert (await curate.choose(AMARA, cap=4)).bar == 0.5
    assert (await curate.choose(AMARA, bar=0.97)).bar == 0.97


@pytest.mark.parametrize("chosen", [{"bar": 100}, {"bar": 0.2}, {"bar": float("nan")}, {"cap": 0}, {"cap": 10**6}])
async def test_a_bar_or_cap_out_of_bounds_is_refused(curate: Curate, chosen: dict[str, float]) -> None:
    """What nobody can want is refused in a sentence that says what is allowed."""
    with pytest.raises(UserError, match="between"):
        await curate.choose(AMARA, **chosen)  # pyright: ignore[reportArgumentType] - caps are whole numbers
