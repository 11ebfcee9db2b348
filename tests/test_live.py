"""What comes again and again counts once: pages of live sources in folders, in the store and in papers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot import merging, sources
from bot.dumps import Folder, open_dump
from bot.errors import DumpRefused
from bot.merging.uniting import unite
from bot.models import Entry, Format, Origin, PageState, Paper
from bot.settings import LIVE_KINDS, SourceSettings
from bot.sources.live import KINDS, Came, Wanted
from bot.sources.live.huggingface_items import items_of
from bot.sources.live.page import day_named
from bot.store import Store, keys
from tests.pages import invented, json_page

NOW = datetime(2025, 12, 10, 12, tzinfo=UTC)
DAY = NOW.date()
PAGE = "daily-2025-12-10.json"
STATE = PageState("daily", "2025-12-10", NOW, 30, 31, "ab" * 32, '"e"', "Wed, 10 Dec 2025 10:00:00 GMT", DAY)


def telling(upvotes: int, seen: date, position: int = 1, page: str = PAGE) -> Paper:
    """A paper as a live page told it on a day, by a dump of its own."""
    dump = f"{upvotes:02x}{position:02x}{seen:%d}".ljust(64, "0")
    origin = Origin(Format.JSON, page, dump, DAY, seen, page=page)
    return merging.new_paper(Entry(position, 1, "Tides", None, "2512.00001", upvotes=upvotes), origin, now=NOW)


def merged(papers: list[Paper]) -> Paper:
    """All of them in this order, under the first one's id."""
    first, *others = papers
    for other in others:
        first = unite(first, other)
    return first


def test_every_kind_of_the_settings_is_known() -> None:
    """One line in a table each."""
    assert set(KINDS) == set(LIVE_KINDS)


def test_of_a_page_that_is_read_again_the_last_telling_counts() -> None:
    """A hundred looks leave one count and one appearance, and the count is the newest, also one that fell."""
    told = [telling(number, DAY + timedelta(days=number // 10), number % 7) for number in range(100)]
    paper = merged([*told, telling(5, DAY + timedelta(days=13), 2)])
    assert [(count.value, count.origin.seen) for count in paper.upvotes] == [(5, DAY + timedelta(days=13))]
    assert [seen.position for seen in paper.appearances] == [2]


@given(st.permutations(range(6)))
def test_the_order_of_the_looks_does_not_matter(order: list[int]) -> None:
    """As for any dumps."""
    told = [telling(number % 4, DAY + timedelta(days=number % 3), number % 2, f"p{number % 2}") for number in range(6)]
    again = merged([told[number] for number in order])
    whole = merged(told)
    assert (again.upvotes, again.appearances) == (whole.upvotes, whole.appearances)


def test_a_listing_tells_its_day_and_not_when_papers_were_handed_in() -> None:
    """A day's answer beside the day that was asked for: listed then, published and handed in earlier."""
    items: list[dict[str, Any]] = json.loads(json_page([invented("tides", 1, "2512.00001")]))
    items[0]["paper"]["submittedOnDailyAt"] = "2025-12-09T23:50:00.000Z"
    content = json.dumps({"dateString": "2025-12-10", "periodType": "day", "dailyPapers": items}).encode()
    reading = sources.read(content, name="x", today=DAY)
    assert reading.page_date is not None
    assert (reading.page_date.as_date(), reading.entries[0].listed) == (DAY, DAY)


def test_the_day_of_a_page_stands_in_its_address_whatever_its_host() -> None:
    """As path and as query."""
    assert day_named("http://127.0.0.1:8080/papers/date/2025-12-10") == DAY
    assert day_named("https://mirror.example.org/papers?date=2025-12-10") == DAY
    assert day_named("https://mirror.example.org/papers/trending") is None


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=5) | st.floats(), lambda x: st.lists(x, max_size=4)))
def test_no_answer_breaks_the_listing(answer: object) -> None:
    """Whatever items are, they become a dump, which says what is wrong with each."""
    kind = KINDS["huggingface"]
    [wanted, *_] = kind.wanted(SourceSettings(kind="huggingface", name="daily"), DAY, {})
    came = Came(wanted.url, json.dumps([answer]).encode())
    assert kind.following(wanted, [came]) is None
    content = kind.compose(wanted, [came], dict.fromkeys(kind.lacking([came]), b"\xff"))
    assert len(items_of(content)) == 1


def test_a_whole_page_that_says_nothing_of_more_is_followed_by_the_next() -> None:
    """By its number, until one brings nothing new."""
    kind = KINDS["huggingface"]
    full = json_page([invented("tides", number, f"2512.{number:05d}") for number in range(100)])
    wanted = Wanted("2025-12-10", "https://x.org/api/daily_papers?date=2025-12-10&limit=100&p=0", day=DAY)
    first = Came(wanted.url, full)
    assert kind.following(wanted, [first]) == wanted.url.replace("p=0", "p=1")
    assert kind.following(wanted, [first, first]) is None


def test_a_live_folder_keeps_the_last_dump_of_each_page(tmp_path: Path) -> None:
    """In done/, and in rejected/ with its reason; a dump that waits is not touched by one that is refused."""
    folder = Folder(tmp_path, latest_only=True)
    folder.prepare()
    for content in (b"first", b"second"):
        assert folder.done(open_dump(folder.put(PAGE, content)))
        folder.refuse(PAGE, content, DumpRefused("NO_PAPERS", f"{content.decode()}."))
    folder.put(PAGE, b"waits")
    folder.refuse(PAGE, b"third", DumpRefused("NO_PAPERS", "third."))
    assert [path.name for path in (tmp_path / "done").iterdir()] == [PAGE]
    assert (tmp_path / "done" / PAGE).read_bytes() == b"second"
    assert (tmp_path / "inbox" / PAGE).read_bytes() == b"waits"
    assert (tmp_path / "rejected" / PAGE).read_bytes() == b"third"
    assert (tmp_path / "rejected" / f"{PAGE}.reason").read_text() == "NO_PAPERS\nthird.\n"


async def test_the_store_remembers_pages_by_their_source(store: Store) -> None:
    """The last word on each."""
    other = replace(STATE, source="daily2", page="listing", day=None)
    await store.pages.remember(replace(STATE, entries=1), other)
    await store.pages.remember(STATE)
    assert await store.pages.of("daily") == {"2025-12-10": STATE}
    await store.pages.drop("daily", ["2025-12-10", "none"])
    assert (await store.pages.of("daily"), await store.pages.of("daily2")) == ({}, {"listing": other})


async def test_a_page_that_was_tampered_with_is_left_out(store: Store, raw_store: Any) -> None:
    """And counted."""
    await store.pages.remember(STATE)
    raw_store.hset(keys.PAGES, "daily\0other", raw_store.hget(keys.PAGES, "daily\x002025-12-10"))
    raw_store.hset(keys.PAGES, "daily\0broken", b"{")
    assert (list(await store.pages.of("daily")), store.skipped) == (["2025-12-10"], 2)
