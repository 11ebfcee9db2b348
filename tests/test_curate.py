"""Following: phrases and papers become interests, and what cannot be followed is refused in a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot import feedback, identity
from bot.background import Backgrounds
from bot.clock import Clock
from bot.curate import MOST_INTERESTS, Curate, Followed
from bot.curate.several import followed_all
from bot.errors import DuplicateInterest, EmptyQuery, TooManyInterests, UnknownInterest, UnknownPaper, UserError
from bot.ingest.embedding import embed_papers
from bot.matching import MUTED
from bot.models import ROW_EXTRA, SHARE, WEIGHT, Interest, InterestKind, Pending, UserId
from bot.settings import DigestSettings
from bot.settings import TestingSettings as ClockSettings
from bot.store import PaperChange, Store
from bot.store.profiles import Profiles
from tests.fakes import hashing_embedder, paper

AMARA = UserId.parse("amara")
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
FLOW = paper(
    "p1",
    "Flow Matching for Robots",
    "Robots learn to move by matching flows of motion.",
    arxiv_id="2603.00001",
    authors=("Ada Lovelace", "Émile Zoë"),
    organisations=("Google DeepMind",),
    listed=(date(2026, 3, 1),),
)
SPEECH = paper(
    "p2",
    "Listening to Rare Languages",
    "Speech recognition for languages with little audio.",
    authors=("A. B. Lovelace",),
    categories=("cs.CL", "eess.AS"),
    listed=(date(2026, 3, 9),),
)


@pytest.fixture
async def curate(store: Store) -> Curate:
    """Two papers are stored, and amara follows nothing."""
    await store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in (FLOW, SPEECH)])
    embedder = hashing_embedder(store.vectors, dimension=256)
    await embed_papers(store, embedder)
    clock = Clock(ClockSettings(enabled=True, clock=NOW.isoformat()))
    return Curate(store, embedder, clock, DigestSettings(), Backgrounds(store, embedder.tag))


async def test_a_phrase_is_followed_under_its_own_words(curate: Curate) -> None:
    """A phrase becomes an interest of that name, and the nearest stored paper answers at once."""
    followed = await curate.follow(AMARA, "  speech   recognition ")
    assert (followed.interest.name, followed.interest.kind) == ("speech recognition", InterestKind.PHRASE)
    assert followed.interest.created == NOW
    assert followed.nearest[0].paper.title == SPEECH.title
    assert followed.nearest[0].closeness.rank == 1
    assert (await curate.store.profiles.get(AMARA)).interests == (followed.interest,)


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
    profile = await curate.store.profiles.get(AMARA)
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
    assert (await curate.store.profiles.get(AMARA)).interests == ()


async def test_a_reader_follows_so_much_and_no_more(curate: Curate) -> None:
    """The hundred-and-first interest is refused."""
    for number in range(MOST_INTERESTS):
        await curate.follow(AMARA, f"topic number {number}")
    with pytest.raises(TooManyInterests):
        await curate.follow(AMARA, "one more")


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
    assert (after[:-ROW_EXTRA] == before[:-ROW_EXTRA]).all()
    assert (await curate.choose(AMARA, cap=4)).bar == 0.5
    assert (await curate.choose(AMARA, bar=0.97)).bar == 0.97


@pytest.mark.parametrize("chosen", [{"bar": 100}, {"bar": 0.2}, {"bar": float("nan")}, {"cap": 0}, {"cap": 10**6}])
async def test_a_bar_or_cap_out_of_bounds_is_refused(curate: Curate, chosen: dict[str, float]) -> None:
    """What nobody can want is refused in a sentence that says what is allowed."""
    with pytest.raises(UserError, match="between"):
        await curate.choose(AMARA, **chosen)  # pyright: ignore[reportArgumentType] - caps are whole numbers


@pytest.mark.parametrize(
    ("words", "kind", "name", "papers"),
    [
        ('author:"Ada Lovelace"', InterestKind.AUTHOR, "Ada Lovelace", ["p1"]),
        ("author: A Lovelace", InterestKind.AUTHOR, "A Lovelace", ["p2", "p1"]),
        ("author:emile zoe", InterestKind.AUTHOR, "emile zoe", ["p1"]),
        ("org:deepmind", InterestKind.ORGANISATION, "deepmind", ["p1"]),
        ("cat:CS.cl", InterestKind.CATEGORY, "CS.cl", ["p2"]),
        ("cat:eess", InterestKind.CATEGORY, "eess", ["p2"]),
        ("“author:Nobody Known”", InterestKind.AUTHOR, "Nobody Known", []),
    ],
)
async def test_facts_are_followed(curate: Curate, words: str, kind: InterestKind, name: str, papers: list[str]) -> None:
    """An author, organisation or category is an interest without a vector; its papers answer, newest first."""
    followed = await curate.follow(AMARA, words)
    assert (followed.interest.kind, followed.interest.name) == (kind, name)
    assert [near.paper.id for near in followed.nearest] == papers
    assert [near.paper.id for near in await curate.preview(words)] == papers
    assert await curate.store.profiles.rows(AMARA, curate.embedder.tag) == {}
    [shard] = await curate.store.profiles.shards()
    assert await curate.store.facts.of(shard) == [(AMARA, followed.interest)]


async def test_a_fact_is_known_however_it_is_written(curate: Curate) -> None:
    """The same author in other letters is followed already; a phrase of that name stands beside it."""
    await curate.follow(AMARA, 'author:"Émile Zoë"')
    with pytest.raises(DuplicateInterest):
        await curate.follow(AMARA, "author:EMILE ZOE")
    await curate.follow(AMARA, "deepmind")
    assert (await curate.follow(AMARA, "org:DeepMind")).interest.name == "DeepMind (org)"


@pytest.mark.parametrize(("words", "error"), [("author:", EmptyQuery), ('org:""', EmptyQuery), ("cat:42!", UserError)])
async def test_a_fact_without_a_value_is_refused(curate: Curate, words: str, error: type[UserError]) -> None:
    """A fact needs a value, and a category is written as arXiv writes it."""
    with pytest.raises(error, match="example"):
        await curate.follow(AMARA, words)


async def test_a_title_that_looks_like_a_fact_is_a_title(curate: Curate) -> None:
    """A stored paper that is called like a filter is followed as a paper; quotation marks around a title are none of it."""
    odd = paper("p3", "cat: a study of felines")
    await curate.store.papers.save([PaperChange(odd, None, identity.aliases(odd))])
    assert (await curate.follow(AMARA, "cat: a study of felines")).interest.paper_id == "p3"
    assert (await curate.follow(AMARA, "“Listening to rare languages”")).interest.paper_id == "p2"
    assert (await curate.follow(AMARA, '"robot motion"')).interest.text == "robot motion"


async def test_a_long_name_ends_with_a_word(curate: Curate) -> None:
    """What is too long for a name is cut after a word; one word alone within."""
    long = "monitoring the tides of shallow seas from satellites and observatories"
    cut = "monitoring the tides of shallow seas from satellites and…"
    assert (await curate.follow(AMARA, long)).interest.name == cut
    assert (await curate.follow(AMARA, "x" * 70)).interest.name == "x" * 59 + "…"


async def test_a_preview_stores_nothing(curate: Curate) -> None:
    """What following would answer with is shown before anything is followed."""
    assert [near.paper.id for near in await curate.preview("speech recognition")] == ["p2", "p1"]
    assert [near.paper.id for near in await curate.preview("2603.00001")] == ["p2"]
    assert (await curate.store.profiles.get(AMARA)).interests == ()


async def test_a_paper_that_no_dump_told_of_is_named(curate: Curate) -> None:
    """The refusal carries the arXiv id, so that it can be waited for; one of a phrase or a link carries none."""
    with pytest.raises(UnknownPaper) as refused:
        await curate.follow(AMARA, "https://arxiv.org/pdf/2603.99999v2")
    assert refused.value.arxiv_id == "2603.99999"
    with pytest.raises(UnknownPaper) as refused:
        await curate.follow(AMARA, "https://example.org/paper")
    assert refused.value.arxiv_id is None


async def test_muting_takes_an_interest_out_and_gives_it_back(curate: Curate) -> None:
    """A muted interest is kept out of reach, whatever is chosen meanwhile; unmuted it is as before, to the bit."""
    await curate.choose(AMARA, bar=90)
    followed = (await curate.follow(AMARA, "robots that listen to speech", name="Robots")).interest
    tag = curate.embedder.tag
    before = (await curate.store.profiles.rows(AMARA, tag))[followed.id].tobytes()
    assert (await curate.mute(AMARA, "robots", muted=True)).muted
    await curate.choose(AMARA, bar=80)
    await curate.choose(AMARA, bar=90)
    assert (await curate.store.profiles.rows(AMARA, tag))[followed.id][-ROW_EXTRA] == MUTED
    assert await curate.mute(AMARA, followed.id, muted=False) == followed
    assert (await curate.store.profiles.rows(AMARA, tag))[followed.id].tobytes() == before


@pytest.mark.parametrize("verb", ["mute", "reweigh", "choose"])
async def test_what_is_unfollowed_or_renamed_meanwhile_stays_so(
    curate: Curate, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """Measuring brings nothing back, and writes over no name that was given at the same moment."""
    change, todo = Profiles.change_interest, list[Callable[[], Awaitable[object]]]()

    async def late(self: Profiles, *given: Any, **named: Any) -> bool:
        if todo:
            await todo.pop()()
        return await change(self, *given, **named)

    async def act(interest_id: str) -> None:
        if verb == "mute":
            await curate.mute(AMARA, interest_id, muted=True)
        elif verb == "reweigh":
            await curate.reweigh(AMARA, interest_id, 2)
        else:
            await curate.choose(AMARA, bar=90)

    monkeypatch.setattr(Profiles, "change_interest", late)
    one = (await curate.follow(AMARA, "robots")).interest
    store = curate.store.profiles
    todo.append(lambda: store.set_interest(AMARA, replace(one, name="Mine")))
    await act(one.id)
    [found] = (await store.get(AMARA)).interests
    assert (found.name, found.muted, found.weight) == ("Mine", verb == "mute", 2 if verb == "reweigh" else 1)
    todo.append(lambda: store.remove_interest(AMARA, one.id))
    with nullcontext() if verb == "choose" else pytest.raises(UnknownInterest):
        await act(one.id)
    assert (await store.get(AMARA)).interests == ()
    assert await store.rows(AMARA, curate.embedder.tag) == {}


async def test_another_weight_is_measured(curate: Curate) -> None:
    """A weight may change, and its sign with it; a fact has a weight too; what is not followed has none."""
    followed = (await curate.follow(AMARA, "robots")).interest
    assert (await curate.reweigh(AMARA, followed.id, -0.5)).weight == -0.5
    row = (await curate.store.profiles.rows(AMARA, curate.embedder.tag))[followed.id]
    assert row[-ROW_EXTRA + WEIGHT] == -0.5
    fact = (await curate.follow(AMARA, "org:DeepMind")).interest
    assert await curate.reweigh(AMARA, fact.id, 2) in (await curate.store.profiles.get(AMARA)).interests
    assert (await curate.mute(AMARA, fact.id, muted=True)).weight == 2
    with pytest.raises(UserError, match="between"):
        await curate.reweigh(AMARA, fact.id, 0)
    with pytest.raises(UnknownInterest, match="amara follows “robots”"):
        await curate.reweigh(AMARA, "flowers", 1)


async def test_what_was_waited_for_is_followed_when_it_is_there(curate: Curate) -> None:
    """Pending papers that a dump has told of are followed once, also while nobody was told of them yet."""
    bo = UserId("local", "bo")
    for reader, arxiv_id, follow in (
        (AMARA, "2603.00001", True), (AMARA, "2603.99999", True), (bo, "2603.00001", False),
    ):  # fmt: skip
        await curate.store.pending.add(Pending(reader, arxiv_id, follow, NOW))
    there = await curate.fulfil("local")
    assert sorted((one.reader, one.arxiv_id) for one in there) == [(AMARA, "2603.00001"), (bo, "2603.00001")]
    assert [one.paper_id for one in (await curate.store.profiles.get(AMARA)).interests] == ["p1"]
    assert (await curate.store.profiles.get(bo)).interests == ()
    await curate.store.pending.add(Pending(AMARA, "2603.00001", True, NOW))
    assert len(await curate.fulfil("local")) == 2
    [interest] = (await curate.store.profiles.get(AMARA)).interests
    await curate.store.profiles.remove_interest(AMARA, interest.id)
    assert [one.follow for one in await curate.fulfil("local")] == [False, False]
    assert (await curate.store.profiles.get(AMARA)).interests == ()
    asked = {(one.reader, one.arxiv_id, one.follow) for one in await curate.store.pending.of_workspace("local")}
    assert asked == {
        (AMARA, "2603.00001", False), (AMARA, "2603.99999", True), (bo, "2603.00001", False),
    }  # fmt: skip


async def test_sentences_speak_to_whom_they_are_for(curate: Curate) -> None:
    """In Slack a person is spoken to, a channel is spoken of, and no id of either is in the sentence."""
    for reader, beginning in ((UserId("T1", "U1"), "You follow"), (UserId("T1", "C1"), "This channel follows")):
        await curate.follow(reader, "robots")
        with pytest.raises(DuplicateInterest, match=f"^{beginning} “robots” already"):
            await curate.follow(reader, "robots")


async def test_a_pasted_list_is_followed(curate: Curate) -> None:
    """Papers, phrases and entries of BibTeX are followed; what cannot be never stops the others, and says why."""
    await curate.follow(AMARA, "robot motion")
    text = """
        @article{a, title={Flow Matching for Robots}, eprint={2603.00001}}
        @article{b, title={Never Told of}, eprint={2603.77777}}
        @misc{c, year=2020}
        @misc{d, title={Robot Motion}}
    """
    done = await curate.follow_all(AMARA, text)
    assert [(one.interest.kind, one.interest.name) for one in done.followed] == [
        (InterestKind.PAPER, FLOW.title),
        (InterestKind.PHRASE, "Never Told of"),
    ]
    assert done.known == (("Robot Motion", "amara follows “robot motion” already: unfollow it first to change it."),)
    assert (done.unknown, done.refused) == ((), (("c", "This entry has neither a title nor an arXiv id."),))
    # somebody asks for such ids
    entry = "@article{b, title={Asked for}, eprint={2603.77778}}"
    asked = await curate.follow_all(AMARA, entry, asks=True)
    assert (asked.followed, asked.unknown) == ((), ("2603.77778",))
    links = await curate.follow_all(AMARA, "2603.88888\nhttps://example.org/paper\nkelp")
    assert (links.unknown, [one.interest.name for one in links.followed]) == (("2603.88888",), ["kelp"])
    assert [said for said, _ in links.refused] == ["https://example.org/paper"]
    with pytest.raises(EmptyQuery):
        await curate.follow_all(AMARA, " \n ")


async def test_what_is_beyond_the_most_that_one_may_follow_is_not_tried() -> None:
    """A pasted library goes on until nothing more may be followed; all that is left is refused in the same words."""
    tried: list[str] = []

    async def follow(words: str) -> Followed:
        tried.append(words)
        if len(tried) > 1:
            raise TooManyInterests("That is enough.")
        return Followed(Interest("i1", words, InterestKind.PHRASE, words, created=NOW), ())

    done = await followed_all("kelp\ntides\nsongs", follow)
    assert (tried, len(done.followed)) == (["kelp", "tides"], 1)
    assert done.refused == (("tides", "That is enough."), ("songs", "That is enough."))


async def test_what_is_followed_has_a_share(curate: Curate) -> None:
    """A phrase and a paper count as four likes each, times their weights; less of something has no share to take."""
    tag = curate.embedder.tag
    phrase = (await curate.follow(AMARA, "robots", weight=2)).interest
    less = (await curate.follow(AMARA, "image generation", weight=-1)).interest
    shares = {name: row[-ROW_EXTRA + SHARE] for name, row in (await curate.store.profiles.rows(AMARA, tag)).items()}
    assert shares == {phrase.id: pytest.approx(2 * 4**feedback.OF_SIZE), less.id: 1}
    await curate.reweigh(AMARA, phrase.id, 1)
    assert (await curate.store.profiles.rows(AMARA, tag))[phrase.id][-ROW_EXTRA + SHARE] == pytest.approx(
        4**feedback.OF_SIZE
    )


async def test_a_bar_is_given_back_to_the_votes(curate: Curate) -> None:
    """Whoever lets the votes decide again has no bar of their own, and the rows are those of the host's bar."""
    followed = (await curate.follow(AMARA, "robots")).interest
    before = (await curate.store.profiles.rows(AMARA, curate.embedder.tag))[followed.id].tobytes()
    await curate.choose(AMARA, bar=60)
    assert (await curate.choose(AMARA, learns=True)).bar is None
    assert (await curate.store.profiles.rows(AMARA, curate.embedder.tag))[followed.id].tobytes() == before
