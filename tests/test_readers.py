"""What is known of a reader without a model: names, reading list, how it is reached, what it was told, its leaving."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from bot import identity
from bot.clock import Clock
from bot.errors import DuplicateInterest, UnknownInterest, UnknownPaper, UserError
from bot.models import (
    Alert,
    Cadence,
    Closeness,
    Delivery,
    DeliveryKind,
    Interest,
    InterestKind,
    Rating,
    Sent,
    Subscription,
    Suspension,
    Taste,
    UserId,
)
from bot.readers import Marks, Readers
from bot.settings import DigestSettings, Settings, SlackSettings
from bot.settings import TestingSettings as ClockSettings
from bot.store import PaperChange, Store, shard_of
from tests.fakes import paper

ADA, BO, CLEO = (UserId("T1", f"U{number}") for number in (1, 2, 3))
CHANNEL = UserId("T1", "C1")
NOW = datetime(2026, 3, 18, 23, 30, tzinfo=UTC)
CLOCK = Clock(ClockSettings(enabled=True, clock=NOW.isoformat()))
FLOW = paper("p1", "Flow Matching for Robots", "Robots learn to move.", authors=("Émile Zoë",), arxiv_id="2603.00001")
SPEECH = paper("p2", "Listening to Rare Languages", "Speech recognition with little audio.")


@pytest.fixture
async def readers(store: Store) -> Readers:
    """Two papers are stored, and Ada follows two authors."""
    await store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in (FLOW, SPEECH)])
    for number, name in enumerate(("Ada Lovelace", "Alan Turing")):
        created = NOW + timedelta(seconds=number)
        author = Interest(f"i{number}", name, InterestKind.AUTHOR, name, created=created)
        await store.profiles.put_interest(ADA, author, None)
    return Readers(store, CLOCK, Settings())


def alert(paper_id: str, queued: datetime = NOW, interest: str = "i0", reader: UserId = ADA) -> Alert:
    return Alert(reader, paper_id, interest, "Ada Lovelace", Closeness(1.0, 1, 2, None), 4.0, "Because …", queued)


async def rated(readers: Readers, *tastes: Taste, share: float | None = 0.99) -> None:
    """Ada was alerted of a paper for each of these votes, and gave them one after the other."""
    for number, taste in enumerate(tastes):
        near = Closeness(0.5, 5, 500, share)
        one = replace(alert(f"pv{number}"), closeness=near)
        await readers.store.alerts.add(shard_of(ADA), [one])
        at = NOW + timedelta(minutes=number)
        await readers.store.ratings.put(Rating(ADA, one.paper_id, taste, "i0", "Ada Lovelace", opened=False, at=at))


async def test_the_bar_follows_votes_on_what_was_sent(readers: Readers) -> None:
    """Five likes open it by half a point; a look with nothing new moves nothing; without its votes it is the host's."""
    await rated(readers, *[Taste.MORE] * 5)
    assert await readers.learn_bar(ADA) == 0.975
    assert (await readers.get(ADA)).learnt_bar == 0.975
    assert await readers.learn_bar(ADA) is None
    await readers.store.ratings.remove(ADA, "pv0")
    assert await readers.learn_bar(ADA) == readers.settings.digest.bar
    assert (await readers.get(ADA)).learnt_bar is None


async def test_votes_that_say_nothing_of_a_bar_do_not_count(readers: Readers) -> None:
    """On papers of which no share was told, and on papers that nobody sent: facts, searches, few papers."""
    await rated(readers, *[Taste.MORE] * 9, share=None)
    for number in range(9):
        found = Rating(ADA, f"ps{number}", Taste.LESS, "i0", "Ada Lovelace", opened=False, at=NOW)
        await readers.store.ratings.put(found)
    assert await readers.learn_bar(ADA) is None
    assert (await readers.get(ADA)).learnt_bar is None


async def test_a_bar_that_was_chosen_or_is_not_to_be_learnt_stays(readers: Readers) -> None:
    """A person's own bar goes before it, so that nothing is told; a host who wants none of it has none of it."""
    await rated(readers, *[Taste.LESS] * 6)
    host = replace(readers, settings=Settings(digest=DigestSettings(learn_bar=False)))
    assert await host.learn_bar(ADA) is None
    assert (await readers.get(ADA)).learnt_bar is None
    await readers.store.profiles.set_bar(ADA, 0.97)
    assert await readers.learn_bar(ADA) is None
    assert (await readers.get(ADA)).learnt_bar == 0.99


async def test_what_was_different_is_none_of_an_interests_matches(readers: Readers) -> None:
    """It was below the bar, so what the interest brought is counted without it."""
    some = [alert("p1"), replace(alert("p2"), exploring=True)]
    await readers.store.alerts.add(shard_of(ADA), some)
    assert await readers.matches(ADA) == {"i0": 1}
    assert await readers.alerted(ADA, ["p2", "p3"]) == {"p2": some[1]}


async def test_a_name_that_was_given_is_marked(readers: Readers) -> None:
    """So that no vote takes a learnt interest apart that its reader calls by a name."""
    assert (await readers.rename(ADA, "i0", "Countess of Lovelace")).renamed


async def join(readers: Readers, gone: str, into: str) -> None:
    """One paper turns out to be another."""
    kept, lost = await readers.store.papers.get([into, gone])
    assert kept
    assert lost
    change = PaperChange(kept.paper, kept.version, identity.aliases(lost.paper), (gone,), (lost.version,))
    assert await readers.store.papers.save([change]) == [True]


async def test_unfollowing_goes_by_name_or_id(readers: Readers) -> None:
    """A name in any case or an id removes the interest; an unknown one is refused with what there is."""
    assert (await readers.unfollow(ADA, "ada  lovelace")).id == "i0"
    with pytest.raises(UnknownInterest, match=r"^You do not follow “Ada Lovelace”\. You follow “Alan Turing”\."):
        await readers.unfollow(ADA, "Ada Lovelace")
    await readers.unfollow(ADA, "i1")
    assert (await readers.get(ADA)).interests == ()
    assert await readers.store.facts.of(shard_of(ADA)) == []
    with pytest.raises(UnknownInterest, match="This channel follows nothing yet"):
        await readers.unfollow(CHANNEL, "robots")


async def test_an_interest_gets_another_name(readers: Readers) -> None:
    """A new name is kept; one that another interest has, and one that is none, are refused."""
    renamed = await readers.rename(ADA, "i0", "  Countess   of Lovelace ")
    assert renamed.name == "Countess of Lovelace"
    assert (await readers.get(ADA)).interests[0] == renamed
    assert (await readers.rename(ADA, "i0", "COUNTESS of Lovelace")).name == "COUNTESS of Lovelace"
    with pytest.raises(DuplicateInterest):
        await readers.rename(ADA, "i0", "alan turing")
    for name in ("", "x" * 61):
        with pytest.raises(UserError, match="1 to 60"):
            await readers.rename(ADA, "i0", name)


async def test_alerts_of_the_last_week_are_counted_by_interest(readers: Readers) -> None:
    """What an interest brought in seven days is counted; what is older is not."""
    queued = [alert("p1"), alert("p2", NOW - timedelta(days=2)), alert("p3", NOW - timedelta(days=8))]
    await readers.store.alerts.add(shard_of(ADA), queued)
    assert await readers.matches(ADA) == {"i0": 2}
    assert await readers.matches(ADA, days=1) == {"i0": 1}
    assert [paper.id for _, paper in await readers.alerts(ADA)] == ["p1", "p2"]


async def test_a_reader_is_reached_as_it_chose(readers: Readers) -> None:
    """Choices are kept field by field, in order and in their proper spelling; a zone counts as chosen by hand."""
    assert await readers.subscription(ADA) == Subscription(ADA)
    await readers.change(ADA, weekdays=(4, 0, 0), hour=7, cadence="daily")
    changed = await readers.change(ADA, zone="Europe/Berlin", quiet_from=time(22), quiet_to=time(7))
    expected = Subscription(
        ADA, Cadence.DAILY, 7, (0, 4), "Europe/Berlin", zone_chosen=True, quiet_from=time(22), quiet_to=time(7)
    )
    assert changed == expected == await readers.subscription(ADA)
    assert not (await readers.change(BO, zone="Asia/Tokyo", zone_chosen=False)).zone_chosen
    assert not (await readers.change(BO, zone="Asia/Tokyo", hour=8)).zone_chosen


@pytest.mark.parametrize(
    "fields",
    [
        {"hour": 24},
        {"weekdays": ()},
        {"weekdays": (7,)},
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"zone": ""},
        {"cadence": "hourly"},
        {"quiet_from": time(22)},
        {"quiet_from": time(22), "quiet_to": time(22)},
    ],
)
async def test_what_nobody_can_want_is_refused(readers: Readers, fields: dict[str, Any]) -> None:
    """Hours, days, zones, cadences and quiet hours out of bounds are refused in a sentence, and nothing changes."""
    with pytest.raises(UserError) as refused:
        await readers.change(ADA, **fields)
    assert refused.value.sentence.endswith(".")
    assert await readers.subscription(ADA) == Subscription(ADA)
    with pytest.raises(TypeError, match="colour"):
        await readers.change(ADA, colour="red")


async def test_a_pause_ends_by_itself_or_by_hand(readers: Readers) -> None:
    """A pause has a last day or none; resuming ends it, a holiday, and what Slack's refusal put in the way."""
    await readers.change(ADA, holiday_until=date(2026, 4, 1), suspended=Suspension.UNREACHABLE)
    paused = await readers.pause(ADA, date(2026, 3, 19))
    assert (paused.paused, paused.paused_until) == (True, date(2026, 3, 19))
    assert (await readers.pause(ADA, None)).paused_until is None
    resumed = await readers.resume(ADA)
    assert (resumed.paused, resumed.paused_until, resumed.holiday_until) == (False, None, None)
    assert resumed.suspended is None


async def test_a_reading_list_is_searched_by_words(readers: Readers) -> None:
    """Saved papers come newest first; words without accents and case find title, abstract and authors."""
    assert await readers.save(ADA, "p1")
    assert await readers.save(ADA, "p2")
    assert not await readers.save(ADA, "p2")
    assert {paper.id for _, paper in await readers.saved(ADA)} == {"p1", "p2"}
    for words, found in (("ROBOT flow", ["p1"]), ("emile", ["p1"]), ("audio", ["p2"]), ("robots audio", [])):
        assert [paper.id for _, paper in await readers.saved(ADA, words)] == found
    assert await readers.unsave(ADA, "p1")
    assert not await readers.unsave(ADA, "p1")
    assert [paper.id for _, paper in await readers.saved(ADA)] == ["p2"]
    with pytest.raises(UnknownPaper, match="no longer stored"):
        await readers.save(ADA, "p9")


async def test_papers_that_turned_out_to_be_one_are_saved_once(readers: Readers) -> None:
    """A paper that was joined into another is found, marked, counted and removed under both ids."""
    await readers.save(ADA, "p2")
    await readers.save(BO, "p2")
    await readers.store.ratings.put(Rating(ADA, "p2", Taste.LESS, "i0", "x", opened=True, at=NOW))
    await join(readers, "p2", "p1")
    assert await readers.marks(ADA, ["p2"]) == {"p2": Marks(saved=True, taste=Taste.LESS)}
    assert not await readers.save(ADA, "p2")
    assert [paper.id for _, paper in await readers.saved(ADA)] == ["p1"]
    assert await readers.unsave(ADA, "p2")
    assert await readers.marks(ADA, ["p2"]) == {"p2": Marks(saved=False, taste=Taste.LESS)}


async def test_marks_tell_what_was_done_with_a_paper(readers: Readers) -> None:
    """Every paper asked about has its marks, those that nobody knows as well."""
    await readers.save(ADA, "p1")
    await readers.store.ratings.put(Rating(ADA, "p2", Taste.MORE, "i0", "x", opened=False, at=NOW))
    marks = await readers.marks(ADA, ["p1", "p2", "p9"])
    assert marks == {"p1": Marks(saved=True), "p2": Marks(taste=Taste.MORE), "p9": Marks()}


async def test_colleagues_are_counted_where_everybody_wants_it(readers: Readers) -> None:
    """Others who saved a paper are counted, unless they, the reader, the channel or the host do not want it."""
    for reader in (ADA, BO, CLEO):
        await readers.save(reader, "p1")
    await readers.save(UserId("T2", "U9"), "p1")
    assert await readers.colleagues(ADA, ["p1", "p2"]) == {"p1": 2, "p2": 0}
    assert await readers.colleagues(CHANNEL, ["p1"]) == {"p1": 3}
    await readers.change(CLEO, counted=False)
    await readers.save(CLEO, "p2")
    assert await readers.colleagues(ADA, ["p1", "p2"]) == {"p1": 1, "p2": 0}
    await readers.change(CLEO, counted=True)
    assert await readers.colleagues(ADA, ["p1", "p2"]) == {"p1": 2, "p2": 1}
    for reader in (ADA, CHANNEL):
        await readers.change(reader, shows_colleagues=False)
        assert await readers.colleagues(reader, ["p1"]) == {"p1": 0}
    host = Readers(readers.store, CLOCK, Settings(slack=SlackSettings(colleagues=False)))
    assert await host.colleagues(BO, ["p1"]) == {"p1": 0}


async def test_history_tells_what_was_sent_and_why(readers: Readers) -> None:
    """What was sent comes newest first with its reason where there was one; what is only claimed is not told."""
    await readers.store.alerts.add(shard_of(ADA), [alert("p1")])
    await readers.store.outbox.enqueue(Delivery("papers:ada:1", ADA, DeliveryKind.PAPERS, NOW, ("p3",)))
    told = [Sent("p1", NOW, "D1", "1.0"), Sent("p2", NOW + timedelta(hours=1), "D1", "2.0")]
    await readers.store.sent.confirm(ADA, told)
    history = await readers.history(ADA)
    assert [(sent.paper_id, paper.title, why and why.why) for sent, paper, why in history] == [
        ("p2", SPEECH.title, None),
        ("p1", FLOW.title, "Because …"),
    ]


async def test_a_message_is_known_by_its_papers(readers: Readers) -> None:
    """The papers of a message of ours are known; any other message has none."""
    await readers.store.messages.remember("T1", "C1", "1773878400.000100", ["p1"])
    assert await readers.message_papers("T1", "C1", "1773878400.000100") == ("p1",)
    assert await readers.message_papers("T1", "C1", "1773878400.000200") == ()
    assert [one and one.id for one in await readers.papers(["p2", "p9"])] == ["p2", None]


async def test_an_export_can_be_read_without_the_store(readers: Readers) -> None:
    """It is JSON, holds what the reader did, and names every paper with title and link; others are not in it."""
    await readers.save(ADA, "p1")
    await readers.save(BO, "p2")
    await readers.pending(ADA, "https://arxiv.org/abs/2603.77777v1", follow=True)
    document = json.loads(await readers.export(ADA))
    assert [one["name"] for one in document["interests"]] == ["Ada Lovelace", "Alan Turing"]
    assert document["exported"] == NOW.isoformat()
    assert document["pending"][0]["arxiv_id"] == "2603.77777"
    assert document["papers"] == {
        "p1": {"title": FLOW.title, "arxiv_id": "2603.00001", "url": identity.paper_url(FLOW)}
    }


async def test_forgetting_and_purging_leave_nothing(readers: Readers) -> None:
    """A reader who leaves is unknown; so is everybody of a workspace that leaves."""
    await readers.save(ADA, "p1")
    await readers.save(BO, "p1")
    assert await readers.forget(ADA) > 0
    assert (await readers.get(ADA)).interests == ()
    assert await readers.saved(ADA) == []
    assert await readers.colleagues(CLEO, ["p1"]) == {"p1": 1}
    assert await readers.purge("T1") > 0
    assert await readers.colleagues(CLEO, ["p1"]) == {"p1": 0}
