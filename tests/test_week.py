"""A week of invented days: papers are listed on a server, and each day's digest comes once, in Slack and by e-mail."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import aiohttp
import pytest

import handlers
from bot import schedule, settings
from bot.clock import Clock
from bot.deliver.telling import key_of
from bot.links import Links
from bot.models import Cadence, LinkPurpose, SourceState, Subscription, UserId, Via
from bot.pages import Pages
from bot.prepare.days import digest_id
from bot.schedule import ticking
from bot.services import open_services, opening
from bot.settings import HttpSettings, ModelSettings, Settings, SourceSettings, StoreSettings
from bot.store import Store, open_store
from tests.mail_server import MailServer, Received
from tests.pages import Invented, invented, text_page
from tests.slack_server import ADA, TEAM, SlackServer, Stored
from tests.source_server import Fault, SourceServer
from tests.test_whole_roles import free_port

pytestmark = pytest.mark.alone

READER, ADDRESS = UserId(TEAM, ADA), "ada@example.org"
#: What the reader follows, and what everybody else writes about.
TOPIC = "speech recognition"
ABOUT = (
    "speech recognition in noisy kitchens",
    "streaming speech recognition on telephones",
    "speech recognition of young children",
    "speech recognition for endangered languages",
    "whispered speech recognition",
    "speech recognition of medical dictation",
    "speech recognition with overlapping speakers",
    "cockpit speech recognition",
    "speech recognition of regional accents",
    "speech recognition from lip movements",
    "energy costs of speech recognition",
    "courtroom speech recognition",
)
OTHERS = ("storm surges", "protein folding", "robot grasping", "theorem proving", "crop yields", "music scores")
MONDAY = date(2026, 3, 16)


@dataclass
class Week:
    """An installation, what lists papers for it, and where its digests arrive."""

    settings: Settings
    clock: Path
    sources: SourceServer
    slack: SlackServer
    mail: MailServer
    papers: int = 0

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        """It is this time, UTC."""
        now = self.clock.with_suffix(".new")
        now.write_text(datetime.combine(day, time(hour, minute)).isoformat() + "+00:00")
        now.rename(self.clock)

    def list(self, day: date, *topics: str) -> list[Invented]:
        """One more paper about each topic stands on the day's page."""
        papers = [
            invented(topic, self.papers + place, self._id(self.papers + place)) for place, topic in enumerate(topics)
        ]
        self.papers += len(papers)
        self.sources.add(day, *papers)
        return papers

    @staticmethod
    def _id(number: int) -> str:
        return f"2603.{number + 1:05d}"

    def digests(self) -> list[Stored]:
        """What stands in Slack, oldest first, but for the word on the e-mails that end."""
        return [one for one in self.slack.messages if ADDRESS not in one.text]

    def letters(self) -> list[Received]:
        """What came by e-mail, oldest first."""
        return self.mail.to(ADDRESS)

    async def taken_in(self, papers: list[Invented]) -> None:
        """Wait until the last of these papers is stored, and its reader's alerts are."""
        alias = f"arxiv:{papers[-1].arxiv_id}"
        store = await open_store(self.settings.store)
        try:
            async with asyncio.timeout(60):
                # Its alerts are stored once it is matched.
                while not await store.papers.resolve([alias]) or await store.papers.unmatched():  # noqa: ASYNC110 - a store tells nobody
                    await asyncio.sleep(0.02)
        finally:
            await store.close()

    def was_asked(self, day: date, times: int) -> bool:
        """The day's page was asked for so often."""
        return len(self.sources.asked(date=day.isoformat())) >= times

    async def state(self) -> SourceState:
        """How the source is doing, as far as it is known."""
        store = await open_store(self.settings.store)
        try:
            [state] = await store.sources.all()
            return state
        finally:
            await store.close()


def _pages(sources: SourceServer, _settings: Settings, _store: Store | None = None) -> Pages:
    return sources.pages()


def _often(_settings: Settings, _source: SourceSettings) -> float:
    return 0.2


@pytest.fixture
async def week(
    tmp_path: Path, model_folder: Path, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Week]:
    """A fresh installation on the Sunday before, with one reader who wants the digest in both ways, and quick ticks."""
    monkeypatch.setattr(ticking, "DUE_EVERY", 0.1)
    monkeypatch.setattr(Settings, "cadence", _often)
    async with SlackServer() as slack, SourceServer() as sources:
        source = SourceSettings(kind="huggingface", name="papers", base_url=sources.base_url)
        clock = tmp_path / "clock"
        chosen = slack.settings("socket").model_copy(
            update={
                "store": StoreSettings(data_dir=tmp_path / "data"),
                "model": ModelSettings(cache_dir=model_folder),
                "sources": (source,),
                "email": mail.settings(),
                "testing": settings.TestingSettings(enabled=True, clock=str(clock)),
            }
        )
        # It is the server's own door, which waits for no turns.
        monkeypatch.setattr(opening, "open_pages", partial(_pages, sources))
        port = free_port()
        public = HttpSettings(host="127.0.0.1", port=port, ops_port=0, public_url=f"http://127.0.0.1:{port}")
        chosen = chosen.model_copy(update={"http": public})
        made = Week(chosen, clock, sources, slack, mail)
        made.at(MONDAY - timedelta(days=1), 12)
        background = tmp_path / "background.txt"
        background.write_bytes(text_page(invented(topic, number) for number in range(900, 912) for topic in OTHERS))
        async with open_services(chosen) as services:
            await services.ingest.files([background])
            await services.curate.follow(READER, TOPIC)
            await services.curate.choose(READER, bar=0.8, cap=10)
        store = await open_store(chosen.store)
        await store.subscriptions.put(
            Subscription(
                READER, cadence=Cadence.DAILY, hour=9, zone="UTC", roll_up=False, via=Via.BOTH, addresses=(ADDRESS,)
            )
        )
        await store.close()
        yield made


@asynccontextmanager
async def running(week: Week) -> AsyncGenerator[None]:
    """The bot while the block runs; a signal ends it."""
    task = asyncio.create_task(schedule.run(week.settings, "all", handlers.route))
    await week.slack.connected(1)
    try:
        yield
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(task, 20) == 0


async def until(is_so: Callable[[], object], seconds: float = 60) -> None:
    """Look until it is so."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - what is looked at tells nobody
            await asyncio.sleep(0.02)


async def read_elsewhere(week: Week, titles: list[str]) -> None:
    """The feed has every paper that was sent, and the one click of the last letter ends the e-mails."""
    store = await open_store(week.settings.store)
    try:
        feed = await Links(store, Clock(week.settings.testing), week.settings).address(READER, LinkPurpose.FEED)
        assert feed
        async with aiohttp.ClientSession() as session:
            async with session.get(feed) as answer:
                assert answer.status == 200
                text = await answer.text()
            assert [title for title in titles if title not in text] == []
            [url] = re.findall(r"<(http[^>]+)>", str(week.letters()[-1].message["List-Unsubscribe"]))
            async with session.post(url, data={"List-Unsubscribe": "One-Click"}) as answer:
                assert answer.status == 200
        subscription = await store.subscriptions.get(READER)
        assert (subscription.addresses, subscription.via) == ((), Via.SLACK)
        await until(lambda: any(ADDRESS in one.text for one in week.slack.messages))
    finally:
        await store.close()


async def test_a_week_of_days(week: Week) -> None:
    """Monday to Friday a digest each, once in each way; a quiet weekend; a growing day, a 429 and two restarts."""
    days = [MONDAY + timedelta(days=number) for number in range(7)]
    about = iter(ABOUT)
    expected: dict[date, list[str]] = {}

    async def grow(day: date, hour: int, *others: str) -> None:
        """The day's page has two papers more for the reader, or one, and some for others."""
        week.at(day, hour)
        mine = [next(about) for _ in range(2 if others == OTHERS else 1)]
        listed = week.list(day, *mine, *others)
        expected.setdefault(day, []).extend(paper.title for paper in listed[: len(mine)])
        await week.taken_in(listed)

    async def nine(day: date) -> None:
        week.at(day, 9, 1)
        await until(lambda: len(week.digests()) >= len(expected) and len(week.letters()) >= len(expected))

    async with running(week):
        await grow(days[0], 6, *OTHERS)
        await nine(days[0])
        # The page fills up while the day goes on.
        await grow(days[1], 6, *OTHERS)
        await grow(days[1], 8, *OTHERS[:3])
        await nine(days[1])
        await grow(days[2], 6, *OTHERS)
        week.sources.fail("/api/daily_papers", Fault.limited(1), times=1)
        await until(lambda: any(one.status == 429 for one in week.sources.requests))
        await grow(days[2], 6)
        await nine(days[2])
        await grow(days[3], 6, *OTHERS)
    # Nobody was there at nine; whoever comes back sends what was due.
    async with running(week):
        await nine(days[3])
        await grow(days[4], 6, *OTHERS)
        await nine(days[4])
    async with running(week):
        for day in days[5:]:
            week.at(day, 9, 1)
            await until(partial(week.was_asked, day, len(week.sources.asked(date=day.isoformat())) + 3))
        await read_elsewhere(week, [title for titles in expected.values() for title in titles])
    digests, letters = week.digests(), week.letters()
    assert [one.channel for one in digests] == [f"D{ADA[1:]}"] * 5
    assert [one.key for one in digests] == [key_of(TEAM, digest_id(READER, day)) for day in days[:5]]
    assert len(letters) == 5
    assert len({one.message_id for one in letters}) == 5
    for digest, letter, day in zip(digests, letters, days[:5], strict=True):
        blocks = str(digest.arguments["blocks"])
        for title in expected[day]:
            assert title in blocks, (day, title)
            assert title in letter.html
            assert title in letter.text
    state = await week.state()
    assert (state.failure, state.drift) == (None, None)
    # What had not changed was not sent again.
    assert any(one.status == 304 for one in week.sources.requests)
