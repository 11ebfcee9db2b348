"""What live sources bring of long ago is stored without a word to anybody, whoever takes it in."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot import merging
from bot.dumps import Folder
from bot.ingest.news import NEWS, is_news
from bot.models import Entry, Format, Origin, Paper, UserId
from bot.store import Store
from tests import source_answers
from tests.pages import invented
from tests.test_ingest import NOW, Bot

TODAY = NOW.date()
LONG_AGO = TODAY - timedelta(days=200)
AMARA = UserId.parse("amara")


def listing(day: date, start: int = 0) -> bytes:
    """A day's dump of a live source: papers that were listed then, a third of them about speech."""
    topics = ("speech recognition", "robot grasping", "protein folding")
    papers = [invented(topics[number % 3], number, f"2512.{number:05d}") for number in range(start, start + 36)]
    items = [source_answers.item(paper, day, 1, 1) for paper in papers]
    told = {"dateString": day.isoformat(), "periodType": "day", "dailyPapers": items}
    return json.dumps(told).encode()


@pytest.fixture
async def bot(store: Store, tmp_path: Path) -> AsyncGenerator[Bot]:
    """With a live source, and a reader who follows speech."""
    made = Bot(store, tmp_path / "inbox")
    made.ingest = replace(made.ingest, asks=True)
    made.folder = Folder(tmp_path / "daily", latest_only=True)
    made.folder.prepare()
    await made.curate.follow(AMARA, "speech recognition")
    yield made
    await made.backgrounds.close()


async def test_pages_of_the_past_alert_nobody_whoever_takes_them_in(bot: Bot, store: Store) -> None:
    """What a question for the past left in the inbox, and what a run that was killed had stored already."""
    bot.folder.put("daily-past.json", listing(LONG_AGO))
    assert (await bot.ingest.folder(bot.folder)).alerts == 0
    bot.folder.put("daily-killed.json", listing(LONG_AGO, 100))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.ingest.embed_papers", None)
        with pytest.raises(TypeError):
            await bot.ingest.folder(bot.folder)
    assert len(await store.papers.unmatched()) == 36
    other = Folder(bot.folder.root.parent / "other")
    assert (await bot.ingest.folder(other)).alerts == 0
    assert await store.papers.unmatched() == []


async def test_what_is_listed_today_is_news_however_old_it_is(bot: Bot) -> None:
    """A paper of last year that the site lists now, beside a page of the past in the same inbox."""
    bot.folder.put("daily-past.json", listing(LONG_AGO, 100))
    bot.folder.put("daily-today.json", listing(TODAY))
    assert (await bot.ingest.folder(bot.folder)).alerts > 0


def told(*, page: str = "p.json", form: Format = Format.JSON, page_day: date | None = None, **entry: object) -> Paper:
    """A paper that one dump told of."""
    origin = Origin(form, "p.json", "ab" * 32, page_day, TODAY, page=page)
    made = replace(Entry(1, 1, "Tides", None), **entry)  # pyright: ignore[reportArgumentType] - names of its fields
    return merging.new_paper(made, origin, now=NOW)


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        pytest.param(told(listed=LONG_AGO), False, id="listed-long-ago"),
        pytest.param(
            told(listed=TODAY - NEWS, published_at=datetime(2020, 1, 1, tzinfo=UTC)), True, id="listed-of-late"
        ),
        pytest.param(told(page_day=LONG_AGO), False, id="page-of-long-ago"),
        pytest.param(told(page_day=TODAY, published_at=datetime(2020, 1, 1, tzinfo=UTC)), True, id="page-of-today"),
        pytest.param(
            told(form=Format.ARXIV, page_day=TODAY, published_at=datetime(2020, 1, 1, tzinfo=UTC)),
            False,
            id="old-paper-in-an-answer-of-today",
        ),
        pytest.param(told(published_at=NOW), True, id="published-now"),
        pytest.param(told(), True, id="no-day"),
        pytest.param(told(page="", listed=LONG_AGO), True, id="put-into-a-folder"),
    ],
)
def test_news(paper: Paper, *, expected: bool) -> None:
    """By the day it was listed, else its page's, else when it was published."""
    assert is_news(paper, TODAY) is expected
