"""How the bot says it is doing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import blocks, settings
from bot.clock import Clock
from bot.models import Sent, SourceState, UserId
from bot.settings import Settings, SourceSettings
from bot.status import Status
from bot.store import Store, shard_of
from tests.store_values import TAG, alert, interest, new, row, save_one

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
ADA, BEN = UserId("T1", "U1"), UserId("T1", "U2")


def status(store: Store) -> Status:
    sources = tuple(SourceSettings(kind="folder", name=name, path=Path("/srv") / name) for name in ("daily", "weekly"))
    clock = Clock(settings.TestingSettings(enabled=True, clock=NOW.isoformat()))
    return Status(store, Settings(sources=sources), clock, "1.2.3")


async def test_a_fresh_installation_says_so(store: Store) -> None:
    """Every source that the host named is there, with nothing yet."""
    page = await status(store).page(ADA, is_awake=False)
    assert [(row.name, row.last_success, row.freshness, row.next_run) for row in page.sources] == [
        ("daily", None, "nothing yet", None),
        ("weekly", None, "nothing yet", None),
    ]
    assert (page.papers, page.readers, page.last_sent, page.waiting, page.version, page.is_awake) == (
        0, 0, None, 0, "1.2.3", False,
    )  # fmt: skip


async def test_sources_and_deliveries(store: Store) -> None:
    """What came when, what failed, when it is looked into next; what the reader was sent and what waits."""
    ago = timedelta(hours=2)
    await store.sources.tell(SourceState("daily", NOW - timedelta(seconds=20), NOW - ago, papers=12, new=3))
    await store.sources.tell(SourceState("weekly", NOW - ago, NOW - timedelta(days=6), 1, 1, "The folder is gone."))
    await store.sources.tell(SourceState("no longer configured", NOW))
    await save_one(store, new(1))
    for reader in (ADA, BEN, UserId("T2", "U1")):
        await store.profiles.put_interest(reader, interest(), row(), TAG)
        await store.alerts.add(shard_of(reader), [alert(reader, "p1"), alert(reader, "p2")])
    await store.sent.claim(ADA, ["p1"], NOW)
    await store.sent.confirm(ADA, [Sent("p1", NOW - ago)])
    page = await status(store).page(ADA)
    daily, weekly = page.sources
    assert daily.freshness == "12 papers 2 hours ago, 3 of them new"
    assert daily.next_run == NOW + timedelta(seconds=40)
    assert weekly.freshness == "1 paper 6 days ago, all new; nothing since, so it may be stale"
    assert (weekly.failure, weekly.next_run) == ("The folder is gone.", NOW)
    assert (page.papers, page.readers, page.last_sent, page.waiting) == (1, 2, NOW - ago, 1)
    assert "12 papers 2 hours ago" in blocks.status_message(page).text


@pytest.mark.parametrize(
    ("passed", "papers", "new_ones", "words"),
    [
        (timedelta(seconds=59), 2, 0, "2 papers just now, none of them new"),
        (timedelta(minutes=1), 1, 0, "1 paper 1 minute ago, none of them new"),
        (timedelta(days=1), 1_500, 1_500, "1,500 papers 1 day ago, all new"),
    ],
)
async def test_freshness_in_words(store: Store, passed: timedelta, papers: int, new_ones: int, words: str) -> None:
    """Numbers agree with their nouns."""
    await store.sources.tell(SourceState("daily", NOW, NOW - passed, papers, new_ones))
    assert (await status(store).page(ADA)).sources[0].freshness == words
