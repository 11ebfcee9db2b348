"""Live sources in a running bot: asked on their beat, left alone while they fail, and holding up nobody."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from bot.errors import PageDrifted, PageUnavailable, PaperbotError
from bot.models import FetchReport, Pending, UserId
from bot.schedule import asking
from bot.schedule.asking import Patience
from bot.schedule.clockwork import Clockwork
from bot.schedule.leading import Leader
from bot.schedule.ticking import Ticking
from bot.services import Works
from bot.settings import SourceSettings
from tests.working import CurateStub, IngestStub, PrepareStub, works

ADA, BEN = UserId("T1", "U1"), UserId("T1", "U2")
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)


@dataclass
class FetchStub:
    """Stands for the verb: what it is asked, and what it says."""

    asked: list[str] = field(default_factory=list[str])
    wanted: list[list[str]] = field(default_factory=list[list[str]])
    failures: list[PaperbotError] = field(default_factory=list[PaperbotError])
    report: FetchReport = field(default_factory=lambda: FetchReport("daily", pages=2, new=1, unchanged=1, entries=3))
    #: Nothing is answered until it is set.
    answers: asyncio.Event | None = None
    broken_off: bool = False

    async def look(self, source: SourceSettings) -> FetchReport:
        self.asked.append(source.name)
        return await self._answer()

    async def papers(self, arxiv_ids: Sequence[str]) -> FetchReport:
        self.wanted.append(list(arxiv_ids))
        return await self._answer()

    async def _answer(self) -> FetchReport:
        try:
            if self.answers:
                await self.answers.wait()
        except asyncio.CancelledError:
            self.broken_off = True
            raise
        if self.failures:
            raise self.failures.pop(0)
        return self.report


@dataclass
class Told:
    """What was kept of a source, in order: what it was, and when it is looked into next."""

    words: list[tuple[str, object, datetime | None]] = field(default_factory=list[tuple[str, object, datetime | None]])

    async def __call__(self, name: str, told: object, next_look: datetime | None) -> None:
        self.words.append((name, told, next_look))


async def live(fetch: FetchStub, *names: str, every: int = 60) -> tuple[Clockwork, IngestStub, Told]:
    """A clockwork that leads, with one live source of the name ``daily`` before folders of these names."""
    ingest, told = IngestStub(), Told()
    made = works(ingest, "daily", *names, workspace="T1", testing={"enabled": True, "clock": NOW.isoformat()})
    first, *others = made.bot.settings.sources
    daily = SourceSettings(kind="huggingface", name="daily", path=first.path, every=every)
    made.bot.settings = made.bot.settings.model_copy(update={"sources": (daily, *others)})
    made.bot.opening = asyncio.get_running_loop().create_future()
    made.bot.opening.set_result(replace(await works(ingest, "daily", *names).bot.services(), fetch=cast("Any", fetch)))
    made.bot._tell_source = cast("Any", told)  # pyright: ignore[reportPrivateUsage] - the seam below the bot
    return await leading(made), ingest, told


async def leading(made: Works) -> Clockwork:
    leader = Leader(made.store.leases, "run")
    await leader.renew()
    return Clockwork(made, leader)


async def until(is_so: Any) -> None:
    """Look until it is so."""
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - what is looked at tells nobody
            await asyncio.sleep(0.005)


async def test_a_live_source_is_asked_and_then_taken_in() -> None:
    """How it answered is kept with when it is asked next; what its inbox brought is kept after it."""
    fetch = FetchStub()
    clockwork, ingest, told = await live(fetch)
    await clockwork.ingest(0)
    assert (fetch.asked, ingest.taken) == (["daily"], ["daily"])
    (name, asked, then), (_, brought, _) = told.words
    assert (name, asked, then) == ("daily", fetch.report, NOW + timedelta(seconds=60))
    assert getattr(brought, "papers", None) == 1


async def test_a_source_that_fails_is_left_alone_for_longer_each_time(caplog: pytest.LogCaptureFixture) -> None:
    """Its inbox is looked into all the same, and nobody asks again before the time that was told."""
    fetch = FetchStub(
        failures=[PageUnavailable("It does not answer.", retry_after=600), PageUnavailable("It broke off.")]
    )
    clockwork, ingest, told = await live(fetch)
    steady = [100.0]
    clockwork.asking.patience = Patience(lambda: steady[0])
    for passed, times in ((0, 1), (599, 1), (1, 2), (60, 2), (60, 3)):
        steady[0] += passed
        await clockwork.ingest(0)
        assert len(fetch.asked) == times, passed
    assert ingest.taken == ["daily"] * 5
    kept = [(str(said), then) for _, said, then in told.words if then]
    assert [said for said, _ in kept[:2]] == ["It does not answer.", "It broke off."]
    assert [then for _, then in kept] == [NOW + timedelta(seconds=seconds) for seconds in (600, 120, 60)]
    assert "look source=daily failed: It does not answer." in caplog.text


async def test_a_page_that_changed_makes_nothing_wait() -> None:
    """The source answers: what else it lists is asked for on the next beat, and that is what is told."""
    fetch = FetchStub(failures=[PageDrifted("It changed.")] * 3)
    clockwork, ingest, told = await live(fetch)
    steady = [100.0]
    clockwork.asking.patience = Patience(lambda: steady[0])
    for times in range(1, 5):
        await clockwork.ingest(0)
        assert len(fetch.asked) == times
        steady[0] += 60
    assert ingest.taken == ["daily"] * 4
    assert {then for _, _, then in told.words if then} == {NOW + timedelta(seconds=60)}


async def test_one_paper_that_nobody_can_have_makes_no_other_one_wait() -> None:
    """And after a long outage nobody waits for more than some minutes."""
    fetch = FetchStub(failures=[PageUnavailable("It broke off.")] * 9)
    clockwork, _, _ = await live(fetch)
    steady = [100.0]
    clockwork.asking.patience = Patience(lambda: steady[0])
    await waiting(clockwork, asked_by(ADA, "2603.00001"))
    for _ in range(9):
        await clockwork.ask_for_papers()
        steady[0] += asking.LONGEST_PAPER
    assert fetch.wanted == [["2603.00001"]] * 9
    steady[0] -= asking.LONGEST_PAPER
    await waiting(clockwork, asked_by(ADA, "2603.00001"), asked_by(BEN, "2603.00002"))
    await clockwork.ask_for_papers()
    assert fetch.wanted[9:] == [["2603.00002"]]


def test_patience_doubles_up_to_six_hours() -> None:
    """From one beat on; a source that is asked more seldom is never asked more often; an answer ends it."""
    patience = Patience(lambda: 0.0)
    waits = [patience.failed("x", 1_800, None) for _ in range(6)]
    assert waits == [1_800, 3_600, 7_200, 14_400, 21_600, 21_600]
    assert not patience.may("x")
    assert patience.may("y")
    patience.worked("x")
    assert patience.may("x")
    assert patience.failed("x", 1_800, None) == 1_800
    assert patience.failed("weekly", 7 * 86_400, None) == 7 * 86_400
    assert patience.failed("weekly", 60, 10.0**9) == asking.LONGEST_ASKED


async def test_a_slow_source_holds_up_nobody() -> None:
    """While it is being asked folders are taken in and what is due is queued."""
    fetch = FetchStub(answers=asyncio.Event())
    clockwork, ingest, _ = await live(fetch, "folder")
    slow = asyncio.create_task(clockwork.ingest(0))
    await until(lambda: fetch.asked)
    await clockwork.ingest(1)
    await clockwork.due()
    assert ingest.taken == ["folder"]
    assert len(cast("PrepareStub", clockwork.works.bot.prepare).asked) == 2
    assert fetch.answers
    fetch.answers.set()
    await slow
    assert ingest.taken == ["folder", "daily"]


async def test_a_stop_waits_for_no_server() -> None:
    """What is being asked for is broken off at once, and has ended before the doors close."""
    fetch = FetchStub(answers=asyncio.Event())
    clockwork, ingest, told = await live(fetch, every=1)
    running = Ticking(clockwork)
    await until(lambda: fetch.asked)
    async with asyncio.timeout(1):
        await running.stop(5)
    assert (fetch.broken_off, ingest.taken, told.words) == (True, [], [])


async def test_only_the_leader_asks() -> None:
    """Two processes on one store ask as one."""
    fetch = FetchStub()
    clockwork, _, _ = await live(fetch)
    await clockwork.leader.release()
    await clockwork.ingest(0)
    await clockwork.ask_for_papers()
    assert (fetch.asked, fetch.wanted) == ([], [])


async def waiting(clockwork: Clockwork, *pending: Pending) -> None:
    services = await clockwork.works.bot.services()
    cast("CurateStub", services.curate).waiting[:] = pending


def asked_by(reader: UserId, arxiv_id: str) -> Pending:
    return Pending(reader, arxiv_id, follow=True, asked=NOW)


async def test_papers_that_people_wait_for() -> None:
    """They are asked for once, taken in where they stand, and who asked is told that they came."""
    fetch = FetchStub()
    clockwork, ingest, _ = await live(fetch)
    await waiting(clockwork, asked_by(ADA, "2603.00001"), asked_by(BEN, "2603.00001"), asked_by(BEN, "2603.00002"))
    for _ in range(2):
        await clockwork.ask_for_papers()
    assert fetch.wanted == [["2603.00001", "2603.00002"]]
    assert ingest.taken == ["daily"]
    prepare = cast("PrepareStub", clockwork.works.bot.prepare)
    assert len(prepare.brought) == 3


async def test_a_paper_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each who asked is told so; nothing is taken in."""
    fetch = FetchStub(
        report=FetchReport("daily", pages=1, notices=(("2603.00001", "arXiv knows no paper 2603.00001."),))
    )
    clockwork, ingest, _ = await live(fetch)
    told: list[tuple[UserId, str, str]] = []

    async def tell(reader: UserId, topic: str, sentence: str) -> bool:
        told.append((reader, topic, sentence))
        return True

    monkeypatch.setattr(clockwork.works.bot.prepare, "tell", tell, raising=False)
    await waiting(clockwork, asked_by(ADA, "2603.00001"), asked_by(BEN, "2603.00001"))
    for _ in range(2):
        await clockwork.ask_for_papers()
    said = "arXiv knows no paper 2603.00001. Check the number: if it comes after all, you are told."
    assert told == [(who, "unknown paper 2603.00001", said) for who in (ADA, BEN)]
    assert ingest.taken == []


async def test_asking_for_papers_that_fails_is_tried_again_later(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the next look comes after a wait."""
    caplog.set_level(logging.WARNING)
    fetch = FetchStub(failures=[PageUnavailable("arXiv does not answer.")])
    clockwork, ingest, _ = await live(fetch)
    steady = [100.0]
    clockwork.asking.patience = Patience(lambda: steady[0])
    await waiting(clockwork, asked_by(ADA, "2603.00001"))
    for passed, times in ((0, 1), (1, 1), (asking.PAPERS_EVERY, 2)):
        steady[0] += passed
        await clockwork.ask_for_papers()
        assert len(fetch.wanted) == times
    assert "ask for papers failed: arXiv does not answer." in caplog.text
    assert ingest.taken == ["daily"]
