"""An export is what people have, readable; an import merges it into what is there."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from store_values import alert

from bot.backup import Export, Import, Imported
from bot.errors import BackupDamaged
from bot.models import Cadence, Interest, InterestKind, Pending, Rating, Save, Sent, Subscription, Taste
from bot.services import Bot
from bot.settings import StoreSettings
from bot.store import Store, open_store, shard_of
from tests.fakes import paper
from tests.handling import AMARA, BEN, NOW, open_test_bot
from tests.nearness import came_now, older_papers

WORDS = "coral reefs acoustics"
PAPERS = [*older_papers(WORDS), *came_now(4, WORDS, "Reef")]


@pytest.fixture
async def other(store_settings: StoreSettings) -> AsyncGenerator[Store]:
    """A second store."""
    opened = await open_store(store_settings)
    yield opened
    await opened.close()


async def live(bot: Bot, store: Store) -> None:
    """Amara follows, likes, keeps and waits; Ben only chose when he is reached."""
    services = await bot.services()
    await services.ingest.files([])
    await services.curate.follow(AMARA, WORDS)
    await services.curate.follow(AMARA, "author:Ada Lovelace", weight=2.0)
    await services.curate.choose(AMARA, bar=97, cap=7)
    await store.sent.confirm(AMARA, [Sent(PAPERS[-1].id, NOW, "DAMARA", "1.0001")])
    await store.saved.add(AMARA, Save(PAPERS[-2].id, NOW, had_code=False), counted=True)
    await store.ratings.put(Rating(AMARA, PAPERS[-3].id, Taste.MORE, "i", WORDS, opened=False, at=NOW))
    await store.pending.add(Pending(AMARA, "2601.00001", follow=True, asked=NOW))
    await store.subscriptions.put(Subscription(BEN, cadence=Cadence.WEEKLY, hour=6, asked_address="b@example.org"))


async def exported(store: Store, file: Path) -> list[dict[str, Any]]:
    """The export as its lines."""
    await Export(store, lambda: NOW, "0.0").write(file)
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]  # noqa: ASYNC240 - a small file


async def imported(store: Store, file: Path) -> Imported:
    """The file into the store."""
    async with open_test_bot(store) as bot:
        return await Import(store, (await bot.services()).ingest).read(file)


async def test_everything_people_have_comes_along(store: Store, other: Store, tmp_path: Path) -> None:
    """Into an empty store: the same nouns, vectors made anew, and nothing that was sent is sent again."""
    async with open_test_bot(store, PAPERS) as bot:
        await live(bot, store)
    lines = await exported(store, tmp_path / "all.jsonl")
    assert {name for line in lines for name in line} >= {
        "paper", "profile", "subscription", "saved", "rating", "sent", "pending",
    }  # fmt: skip
    done = await imported(other, tmp_path / "all.jsonl")
    assert done.refused == []
    assert done.new == {
        "papers": len(PAPERS), "readers": 1, "interests": 2, "subscriptions": 1, "saved": 1, "ratings": 1, "sent": 1,
        "pending": 1,
    }  # fmt: skip
    again = await exported(other, tmp_path / "again.jsonl")
    assert sorted(map(json.dumps, again[1:-1])) == sorted(map(json.dumps, lines[1:-1]))
    async with open_test_bot(store) as here, open_test_bot(other) as there:
        tag = (await there.services()).ingest.tag
        rows = [await one.profiles.rows(AMARA, tag) for one in (store, other)]
        assert rows[0].keys() == rows[1].keys() != set()
        assert here.is_awake
    assert await other.papers.unmatched() == []
    assert await other.vectors.count(tag) == len(PAPERS)


async def test_nothing_that_was_sent_is_sent_again_however_much_of_a_file_is_left(
    store: Store, other: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent stands before its alert, and is taken in before it, whatever the order of the lines."""
    async with open_test_bot(store, PAPERS[-4:]) as bot:
        await live(bot, store)
    for one in PAPERS[-4:]:
        await store.alerts.add(shard_of(AMARA), [alert(AMARA, one.id)])
        await store.sent.confirm(AMARA, [Sent(one.id, NOW, "DAMARA", "1.0001")])
    lines = [json.dumps(line) for line in await exported(store, tmp_path / "all")]
    told = [n for n, line in enumerate(lines) if line.startswith(('{"sent"', '{"alert"'))]
    assert len(told) == 8
    for cut in told:
        whole = {json.loads(line)["sent"]["paper_id"] for line in lines[:cut] if line.startswith('{"sent"')}
        assert whole >= {json.loads(line)["alert"]["paper_id"] for line in lines[:cut] if line.startswith('{"alert"')}
    (tmp_path / "turned").write_text("\n".join([lines[0], *reversed(lines[1:-1]), lines[-1]]) + "\n")
    add = type(other.alerts).add
    known: list[set[str]] = []

    async def add_one(alerts: Any, *given: Any) -> int:
        known.append(await other.sent.known(AMARA))
        return await add(alerts, *given)

    monkeypatch.setattr(type(other.alerts), "add", add_one)
    assert (await imported(other, tmp_path / "turned")).new["alerts"] == 4
    assert known == [{one.id for one in PAPERS[-4:]}] * 4


async def test_the_same_file_again_changes_nothing(store: Store, other: Store, tmp_path: Path) -> None:
    """Every line is known the second time; so a run that was broken off is simply repeated."""
    async with open_test_bot(store, PAPERS[-6:]) as bot:
        await live(bot, store)
    lines = await exported(store, tmp_path / "all")
    await imported(other, tmp_path / "all")
    before = await exported(other, tmp_path / "before")
    done = await imported(other, tmp_path / "all")
    assert (dict(done.new), done.known, done.refused) == ({}, len(lines) - 2, [])
    assert await exported(other, tmp_path / "after") == before


async def test_what_is_there_wins(store: Store, other: Store, tmp_path: Path) -> None:
    """Choices, ratings and interests of the same name stay; what was not chosen is taken over."""
    async with open_test_bot(store, PAPERS[-6:]) as bot:
        await live(bot, store)
    await exported(store, tmp_path / "all")
    async with open_test_bot(other, PAPERS[-6:]) as bot:
        await (await bot.services()).curate.choose(AMARA, cap=3)
        await (await bot.services()).curate.follow(AMARA, "robots", name=WORDS)
        await other.subscriptions.put(Subscription(BEN, hour=20))
        await other.ratings.put(Rating(AMARA, PAPERS[-3].id, Taste.LESS, "i", WORDS, opened=False, at=NOW))
    await imported(other, tmp_path / "all")
    profile = await other.profiles.get(AMARA)
    assert (profile.cap, profile.bar) == (3, 0.97)
    assert sorted(one.text for one in profile.interests) == ["Ada Lovelace", "robots"]
    told = await other.subscriptions.get(BEN)
    assert (told.hour, told.cadence, told.asked_address) == (20, Cadence.WEEKLY, "")
    assert [one.taste for one in await other.ratings.of(AMARA)] == [Taste.LESS]


async def test_papers_are_known_by_their_signs(store: Store, other: Store, tmp_path: Path) -> None:
    """A paper that has another id here is the same one, and all that names it follows; new papers alert nobody."""
    there = replace(
        paper("p" + "1" * 15, "Kelp forests that sing"), arxiv_id="2601.00007", code_url="https://example.org/k"
    )
    here = replace(paper("p" + "2" * 15, "Kelp Forests that Sing"), arxiv_id=None)
    async with open_test_bot(store, [there]):
        await store.saved.add(AMARA, Save(there.id, NOW, had_code=False), counted=False)
        await store.profiles.set_cap(AMARA, 5)
    lines = await exported(store, tmp_path / "all")
    async with open_test_bot(other, [here]):
        await imported(other, tmp_path / "all")
    assert await other.papers.count() == 1
    [stored] = await other.papers.get([here.id])
    assert stored
    assert (stored.paper.arxiv_id, stored.paper.code_url) == ("2601.00007", "https://example.org/k")
    assert await other.papers.resolve(["arxiv:2601.00007"]) == {"arxiv:2601.00007": here.id}
    assert [one.paper_id for one in await other.saved.of(AMARA)] == [here.id]
    assert len(lines) == 5


def corrupt(line: str, change: Callable[[dict[str, Any]], object]) -> str:
    """A line with something else in it."""
    row = json.loads(line)
    change(row)
    return json.dumps(row)


async def test_a_bad_line_costs_itself(store: Store, other: Store, tmp_path: Path) -> None:
    """Whatever is wrong with some lines is told with their numbers, and the others are taken in."""
    async with open_test_bot(store, PAPERS[-3:]) as bot:
        await live(bot, store)
    await exported(store, tmp_path / "all")
    file = tmp_path / "all"
    lines = file.read_text().splitlines()
    papers = [n for n, line in enumerate(lines) if line.startswith('{"paper":')]
    profile = next(n for n, line in enumerate(lines) if line.startswith('{"profile"'))
    bad = {
        papers[0]: lines[papers[0]][:-9],
        papers[1]: corrupt(lines[papers[1]], lambda row: row["paper"].update(first_seen="soon")),
        profile: corrupt(lines[profile], lambda row: row["profile"]["reader"].update(user="a\0b")),
    }
    added = ["[]", "7", "", '{"nobody": {}}', '{"paper": []}', '{"sent": {"reader": 7}}', "[" * 100_000, '"' + "x" * 99]
    broken = [bad.get(n, line) for n, line in enumerate(lines)][:-1]
    file.write_text("\n".join([*broken, *added]) + "\n")
    done = await imported(other, file)
    numbers = [number for number, _ in done.refused]
    assert {number + 1 for number in bad} <= set(numbers)
    assert numbers[-1] == 0
    assert len(done.refused) == len(bad) + len(added) - 1 + 1
    assert done.new["papers"] == 1
    assert done.new["subscriptions"] == 1


async def test_an_interest_whose_papers_are_unknown_is_told(store: Store, other: Store, tmp_path: Path) -> None:
    """Nobody can say where it stands; the others of its reader are followed."""
    async with open_test_bot(store, PAPERS[-3:]) as bot:
        await live(bot, store)
        learnt = Interest("l1", "kelp", InterestKind.LEARNT, "", created=NOW, learnt_from=("p" + "9" * 15,))
        tag = (await bot.services()).ingest.tag
        rows = await store.profiles.rows(AMARA, tag)
        await store.profiles.put_interest(AMARA, learnt, next(iter(rows.values())), tag)
    await exported(store, tmp_path / "all")
    done = await imported(other, tmp_path / "all")
    assert ["kelp" in why for _, why in done.refused] == [True]
    assert len((await other.profiles.get(AMARA)).interests) == 2
    assert shard_of(AMARA)


@pytest.mark.parametrize(
    "content", [b"", b"{}\n", b"\x1f\x8b\x08half", b'{"paperbot": "backup", "format": 1}\n', b"\xff\xfe"]
)
async def test_what_is_no_export_is_refused(other: Store, tmp_path: Path, content: bytes) -> None:
    """A sentence says what it is instead, where that is known."""
    (tmp_path / "some.file").write_bytes(content)
    with pytest.raises(BackupDamaged, match=r"some\.file"):
        await imported(other, tmp_path / "some.file")
