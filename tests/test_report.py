"""`paperbot report`: what a host is told of its readers' weeks, and which ranking would have served them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.embedder import Embedder
from bot.interests import interest_id
from bot.models import Interest, InterestKind, Paper, Rating, Save, Sent, Taste, UserId
from bot.settings import ModelSettings, Settings
from bot.store import PaperChange, Store
from bot.terminal import replaying, report
from tests.fakes import HashingEngine, hashing_embedder
from tests.store_values import TAG, row

#: A Wednesday.
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
TOPICS = {
    "robots": "robots grasp soft objects with tactile hands",
    "speech": "speech models hear noise across many languages",
    "planets": "planets orbit distant stars in telescope images",
    "proteins": "proteins fold fast under thermal stress",
    "markets": "markets price risk by trading volume",
    "voters": "voters trust parties after public debates",
}
ADA, BEN, EVE = (UserId("T1", f"U-{name}") for name in ("ada", "ben", "eve"))


@pytest.fixture
def settings(store_servers: Callable[[str | None], Path], tmp_path: Path) -> Settings:
    """An installation on the store of the test, on a Wednesday in March."""
    return Settings.model_validate(
        {
            "store": {"url": f"unix://{store_servers(None)}", "data_dir": tmp_path},
            "testing": {"enabled": True, "clock": NOW.isoformat()},
        }
    )


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every model's name gives one of hashes; the names that were asked for."""
    asked: list[str] = []

    async def opened(settings: ModelSettings, cache: Any, **_: Any) -> Embedder:
        asked.append(settings.name)
        return (
            Embedder(HashingEngine(256, settings.name), None)
            if settings.name != "bundled"
            else hashing_embedder(cache, dimension=256)
        )

    monkeypatch.setattr(replaying, "open_embedder", opened)
    return asked


async def fill(store: Store, weeks: int = 3, each: int = 8) -> dict[str, list[str]]:
    """Papers of six topics, some of each in every week; gives their ids by topic, the newest week last."""
    found: dict[str, list[str]] = {topic: [] for topic in TOPICS}
    changes: list[PaperChange] = []
    for week in range(weeks):
        for topic, text in TOPICS.items():
            for number in range(each):
                name = f"{topic}-{week}-{number}"
                seen = NOW - timedelta(weeks=weeks - 1 - week, hours=3 - number % 3)
                abstract = f"{text} in study {name}. It is unlike study number {number * 7 + week}."
                changes.append(PaperChange(Paper(name, f"{text} {number}", abstract, seen), None, (f"title:{name}",)))
                found[topic].append(name)
    assert all(await store.papers.save(changes))
    return found


def at(week: int, hours: float) -> datetime:
    """So many hours after the papers of week 0, 1 or 2 came."""
    return NOW - timedelta(weeks=2 - week) + timedelta(hours=hours)


async def vote(store: Store, reader: UserId, ids: Sequence[str], taste: Taste, when: datetime) -> None:
    for place, paper_id in enumerate(ids):
        moment = when + timedelta(minutes=place)
        await store.ratings.put(Rating(reader, paper_id, taste, "i1", "a", opened=False, at=moment))


async def follow(store: Store, reader: UserId, text: str, name: str = "") -> None:
    """The reader follows a phrase since before the first papers; the row of some model stands beside it."""
    interest = Interest(interest_id(text), name or text, InterestKind.PHRASE, text, created=at(0, -90))
    await store.profiles.put_interest(reader, interest, row(), TAG)


async def send(store: Store, reader: UserId, ids: Sequence[str], when: datetime) -> None:
    await store.sent.confirm(reader, [Sent(paper_id, when) for paper_id in ids])


async def busy_weeks(store: Store) -> None:
    """Three readers with a topic each, and what they thought of the papers of three weeks."""
    papers = await fill(store)
    for reader, topic, other in ((ADA, "robots", "voters"), (BEN, "speech", "markets"), (EVE, "planets", "proteins")):
        await follow(store, reader, TOPICS[topic], f"{reader.user} has a secret")
        for week in range(3):
            liked, disliked = (papers[one][week * 8 :][:4] for one in (topic, other))
            await send(store, reader, [*liked, *disliked[:2], *papers[other][week * 8 + 6 :][:2]], at(week, 1))
            await vote(store, reader, liked, Taste.MORE, at(week, 2))
            await vote(store, reader, disliked[:2], Taste.LESS, at(week, 3))


async def told(settings: Settings, capfd: Any, *, weeks: int = 4, model: str | None = None) -> dict[str, Any]:
    capfd.readouterr()
    assert await report.run(settings, weeks, model, as_json=True) == 0
    out = capfd.readouterr().out
    assert len(out.splitlines()) == 1
    return json.loads(out)


async def shown(settings: Settings, capfd: Any, monkeypatch: pytest.MonkeyPatch, *, weeks: int = 4) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    capfd.readouterr()
    assert await report.run(settings, weeks, None, as_json=False) == 0
    return capfd.readouterr().out


async def test_weeks_tell_what_became_of_what_was_sent(store: Store, settings: Settings, capfd: Any) -> None:
    """Eight papers a reader and week, four liked, two not, two without a vote."""
    await busy_weeks(store)
    found = await told(settings, capfd)
    assert (found["from"], found["until"]) == ("2026-02-23", "2026-03-22")
    assert [week["sent"] for week in found["weeks"]] == [0, 24, 24, 24]
    assert found["weeks"][0]["precision"] is None
    assert found["weeks"][3] == {
        "week": "2026-03-16",
        "sent": 24,
        "voted": 18,
        "liked": 12,
        "disliked": 6,
        "saved": 0,
        "readers": 3,
        "liking": 3,
        "precision": 0.6667,
        "liked_share": 0.5,
        "coverage": 1.0,
        "elsewhere": 0,
    }
    assert (found["all"]["sent"], found["all"]["readers"], found["all"]["precision"]) == (72, 3, 0.6667)
    assert found["all"]["precision_from"] < 0.6667 < found["all"]["precision_to"]
    assert found["medians"] == {"readers": 3, "sent_a_week": 8.0, "voted_share": 0.75, "precision": 0.6667}


async def test_the_replay_tells_rankings_apart(store: Store, settings: Settings, capfd: Any) -> None:
    """The bot's own stands first; it puts liked papers above and disliked ones below; the newest first is chance."""
    await busy_weeks(store)
    replay = (await told(settings, capfd))["replay"]
    assert (replay["likes"], replay["dislikes"], replay["readers"], replay["enough"]) == (36, 18, 3, True)
    rankings = {one["name"]: one for one in replay["rankings"]}
    assert list(rankings) == ["this bot", "mean profile", "words (SVM)", "newest first"]
    ours, newest = rankings["this bot"], rankings["newest first"]
    assert ours["liked"]["value"] > 0.9
    assert ours["disliked"]["value"] < 0.5
    assert ours["over_disliked"]["value"] > 0.9
    assert 0.3 < newest["liked"]["value"] < 0.7
    assert newest["behind"]["from"] > 0.2
    assert ours["behind"] is None


async def test_another_model_is_replayed_beside(
    store: Store, settings: Settings, capfd: Any, models: list[str]
) -> None:
    """A host sees both before changing it; nothing of the other model is left in the store."""
    await busy_weeks(store)
    before = await store.vectors.current_model()
    replay = (await told(settings, capfd, model="another/model"))["replay"]
    assert [one["name"] for one in replay["rankings"]][:2] == ["this bot", "this bot with another/model"]
    assert models == ["another/model", "bundled"]
    assert await store.vectors.current_model() == before
    assert await store.vectors.count(HashingEngine(256, "another/model").tag) == 0


async def test_no_reader_and_no_interest_is_named(
    store: Store, settings: Settings, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host learns how the bot does, not who reads what."""
    await busy_weeks(store)
    out = json.dumps(await told(settings, capfd)) + await shown(settings, capfd, monkeypatch)
    assert not [word for word in ("U-ada", "U-ben", "U-eve", "T1", "secret", "robots", "speech") if word in out]


async def test_the_table_says_what_its_figures_mean(
    store: Store, settings: Settings, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weeks, the middle reader, the replay, and that papers the bot chose flatter it; 80 columns are enough."""
    await busy_weeks(store)
    out = await shown(settings, capfd, monkeypatch)
    words = " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    assert "until 22 Mar 2026" in words
    assert "Coverage: 3 of 3 readers liked something" in words
    assert "Replay of 36 likes and 18 dislikes of 3 readers" in words
    assert "is ahead of" in words
    assert "flatters the ranking it used" in words
    assert "23 Feb" not in out
    [heads] = [line for line in out.splitlines() if "week of" in line]
    [whole] = [line for line in out.splitlines() if "│ all" in line]
    assert "coverage" in heads
    assert "│   3 of 3 │" in whole


async def test_few_votes_are_no_proof(
    store: Store, settings: Settings, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three likes make a table, and a warning not to choose by it; of one reader no median is told."""
    papers = await fill(store)
    await follow(store, ADA, TOPICS["robots"])
    await send(store, ADA, papers["robots"][:4], at(0, 1))
    await vote(store, ADA, papers["robots"][:3], Taste.MORE, at(0, 2))
    found = await told(settings, capfd)
    assert (found["replay"]["enough"], found["replay"]["likes"], found["medians"]) == (False, 3, None)
    words = " ".join((await shown(settings, capfd, monkeypatch)).split())
    assert "These are few" in words
    assert "from 3 readers on" in words


async def test_without_votes_no_model_is_loaded(
    store: Store, settings: Settings, capfd: Any, monkeypatch: pytest.MonkeyPatch, models: list[str]
) -> None:
    """What was sent is told; that nobody voted is told in words, not as a precision of zero."""
    papers = await fill(store, each=1)
    await follow(store, ADA, "robots")
    await send(store, ADA, papers["robots"], at(2, 1))
    words = " ".join((await shown(settings, capfd, monkeypatch)).split())
    assert "Nobody voted on what was sent" in words
    assert "No vote can be replayed yet" in words
    assert models == []


async def test_votes_that_nothing_was_known_before_are_not_replayed(
    store: Store, settings: Settings, capfd: Any
) -> None:
    """The first vote of a reader who follows nothing, and votes on papers that are gone, ask no ranking anything."""
    papers = await fill(store)
    for reader in (ADA, BEN):
        await store.profiles.set_bar(reader, 0.9)
    await vote(store, ADA, ["gone-1", "gone-2"], Taste.MORE, at(2, 1))
    assert (await told(settings, capfd))["replay"]["rankings"] == []
    await vote(store, BEN, papers["robots"][16:17], Taste.MORE, at(2, 1))
    assert (await told(settings, capfd))["replay"]["rankings"] == []


async def test_an_empty_store_says_so(
    store: Store, settings: Settings, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing sent, nothing voted: a sentence each, and exit code 0."""
    assert await store.papers.count() == 0
    words = " ".join((await shown(settings, capfd, monkeypatch)).split())
    assert words.startswith("Nothing was sent to anybody since")


async def test_votes_before_the_weeks_teach_and_are_not_asked(store: Store, settings: Settings, capfd: Any) -> None:
    """Two weeks are told: the votes of the third last are known beforehand, and not replayed themselves."""
    papers = await fill(store)
    await vote(store, ADA, papers["robots"][:4], Taste.MORE, at(0, 2))
    await vote(store, ADA, papers["robots"][16:18], Taste.MORE, at(2, 2))
    await store.profiles.set_bar(ADA, 0.9)
    replay = (await told(settings, capfd, weeks=2))["replay"]
    assert (replay["likes"], replay["rankings"][0]["liked"]["value"] > 0.9) == (2, True)


async def test_what_is_saved_and_found_otherwise_counts_apart(store: Store, settings: Settings, capfd: Any) -> None:
    """A save of what was sent counts in its week; a vote on a paper found by a search is none of what was sent."""
    papers = await fill(store)
    await follow(store, ADA, TOPICS["robots"])
    await send(store, ADA, papers["robots"][16:18], at(2, 1))
    await store.saved.add(ADA, Save(papers["robots"][16], at(2, 2)), counted=True)
    await vote(store, ADA, papers["speech"][16:17], Taste.MORE, at(2, 2))
    whole = (await told(settings, capfd))["all"]
    assert (whole["sent"], whole["saved"], whole["voted"], whole["elsewhere"], whole["coverage"]) == (2, 1, 0, 1, 0.0)


async def test_a_channel_is_no_reader(store: Store, settings: Settings, capfd: Any) -> None:
    """What a channel was sent is nobody's: its members' votes are told as found otherwise."""
    papers = await fill(store)
    channel = UserId("T1", "C1")
    await follow(store, channel, TOPICS["robots"])
    await send(store, channel, papers["robots"][16:18], at(2, 1))
    whole = (await told(settings, capfd))["all"]
    assert (whole["sent"], whole["readers"]) == (0, 0)


async def test_joined_papers_are_one(store: Store, settings: Settings, capfd: Any) -> None:
    """A vote under the id that a paper had when it was sent is a vote on the paper that it is now."""
    papers = await fill(store)
    await follow(store, ADA, TOPICS["robots"])
    old, kept = papers["robots"][16:18]
    await send(store, ADA, [old], at(2, 1))
    await vote(store, ADA, [kept], Taste.MORE, at(2, 2))
    [stored] = await store.papers.get([kept])
    assert stored is not None
    change = PaperChange(replace(stored.paper), stored.version, (f"title:{kept}",), forwards=(old,))
    assert await store.papers.save([change]) == [True]
    whole = (await told(settings, capfd))["all"]
    assert (whole["sent"], whole["voted"], whole["liked"], whole["elsewhere"]) == (1, 1, 1, 0)
