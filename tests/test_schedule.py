"""The clock of a running bot: what runs when, on which process, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import time_machine

from bot import metrics, schedule
from bot.acts import Router
from bot.deliver import Deliver
from bot.errors import ModelMissing, SettingsError, StoreUnreachable
from bot.models import Pending, UserId
from bot.prepare import PrepareReport
from bot.schedule import clockwork as clockwork_module
from bot.schedule import lasting, leading, stopping, ticking
from bot.schedule.clockwork import Clockwork
from bot.schedule.leading import Leader
from bot.schedule.ticking import Ticking
from bot.services import Bot, Works
from bot.settings import Settings
from tests.working import CurateStub, DeliverStub, DoorStub, IngestStub, LeasesStub, PrepareStub, StoreStub, works


async def leading_clockwork(made: Works) -> Clockwork:
    """A clockwork in the process that leads."""
    leader = Leader(made.store.leases, made.consumer)
    await leader.renew()
    return Clockwork(made, leader)


def _route(_bot: Bot) -> Router:
    raise AssertionError("nobody routes acts where Slack is not configured")


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> Callable[[Works], list[str]]:
    """Lets a run open these works; gives what was done with them."""

    def opens(made: Works) -> list[str]:
        steps = list[str]()

        @asynccontextmanager
        async def opened(*_: object, **__: object) -> AsyncGenerator[Works]:
            yield made
            steps.append("closed")

        monkeypatch.setattr(schedule, "open_works", opened)
        return steps

    return opens


async def until(is_so: Callable[[], bool]) -> None:
    """Look until it is so."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - what is looked at tells nobody
            await asyncio.sleep(0.01)


async def ended(running: asyncio.Task[int], signals: int = 1) -> int:
    """The exit code of a run that is asked to stop."""
    for _ in range(signals):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.05)
    return await asyncio.wait_for(running, 10)


async def test_a_tick_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """Each folder is for itself: what fails is logged, an unexpected failure with its traceback, and the rest is done."""
    caplog.set_level(logging.INFO, "bot.schedule")
    ingest = IngestStub()
    clockwork = await leading_clockwork(works(ingest, "broken", "surprise", "fine"))
    for place in (0, 1, 2) * 2:
        await clockwork.ingest(place)
    assert ingest.taken == ["broken", "surprise", "fine"] * 2
    told = [(record.levelname, record.exc_info is not None) for record in caplog.records[1:]]
    assert told == [("WARNING", False), ("ERROR", True), ("INFO", False), ("WARNING", False)] * 2
    assert "refused file='a\\nb.txt' code=EMPTY" in caplog.text


async def test_a_full_store_stops_the_intake(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, nothing is read meanwhile, and later it is tried again."""
    ingest = IngestStub()
    clockwork = await leading_clockwork(works(ingest, "full", "fine"))
    for place in (0, 1, 0):
        await clockwork.ingest(place)
    assert ingest.taken == ["full"]
    monkeypatch.setattr(clockwork, "_full_until", 0.0)
    await clockwork.ingest(1)
    assert ingest.taken == ["full", "fine"]
    assert sum("the store is full" in record.message for record in caplog.records) == 1


async def test_what_is_due_is_queued_at_once() -> None:
    """Right after an ingest, by the process that leads, for the workspace that Slack has told, and for no other."""
    made = works(IngestStub(), "fine", workspace="T1")
    prepare = cast("PrepareStub", made.bot.prepare)
    clockwork = await leading_clockwork(made)
    await clockwork.ingest(0)
    assert prepare.asked == ["T1"]
    made.bot.is_revoked = True
    await clockwork.due()
    assert prepare.asked == ["T1"]


async def test_who_asked_for_a_paper_is_told_after_each_look() -> None:
    """Whoever waits for a paper that has come is told, also where this look brought nothing."""
    made = works(IngestStub(), "broken", workspace="T1")
    pending = Pending(UserId("T1", "U1"), "2603.00001", follow=False, asked=datetime(2026, 3, 18, 9, tzinfo=UTC))
    cast("CurateStub", (await made.bot.services()).curate).waiting.append(pending)
    clockwork = await leading_clockwork(made)
    await clockwork.ingest(0)
    assert cast("PrepareStub", made.bot.prepare).brought == [pending]


async def test_one_who_cannot_be_told_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What goes wrong with one of those who asked for a paper is logged; only without a store everybody waits."""
    made = works(IngestStub(), "broken", workspace="T1")
    prepare, told = cast("PrepareStub", made.bot.prepare), list[str]()
    failure: Exception = ValueError("nobody thought of this")

    async def bring(pending: Pending) -> bool:
        told.append(pending.reader.user)
        if pending.reader.user == "U1":
            raise failure
        return True

    monkeypatch.setattr(prepare, "bring", bring)
    cast("CurateStub", (await made.bot.services()).curate).waiting += [
        Pending(UserId("T1", user), "2603.00001", follow=False, asked=datetime(2026, 3, 18, 9, tzinfo=UTC))
        for user in ("U1", "U2")
    ]
    clockwork = await leading_clockwork(made)
    await clockwork.ingest(0)
    assert told == ["U1", "U2"]
    assert "fulfil reader=T1/U1" in caplog.text
    told.clear()
    failure = StoreUnreachable("It is away.", cause="away")
    await clockwork.ingest(0)
    assert told == ["U1"]


async def test_a_tick_that_nobody_thought_of(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """What a tick raises outside of its steps is logged, with its traceback where it is a mistake of ours."""
    made = works(IngestStub(), "fine", workspace="T1")
    clockwork = Clockwork(made, Leader(made.store.leases, "run"))
    failures = iter((RuntimeError("nobody thought of this"), ModelMissing("It is gone.", cause="ENOENT")))

    async def due() -> None:
        for failure in failures:
            raise failure

    monkeypatch.setattr(ticking, "DUE_EVERY", 1)
    monkeypatch.setattr(clockwork, "due", due)
    running = Ticking(clockwork)
    try:
        await until(lambda: "a tick failed: It is gone. cause='ENOENT'" in caplog.text)
    finally:
        await running.stop(1)
    first = next(record for record in caplog.records if "a tick failed unexpectedly" in record.message)
    assert first.exc_info
    assert isinstance(first.exc_info[1], RuntimeError)


async def test_what_winds_the_ticks_goes_on_after_a_mistake(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """So does what keeps the lease: without either nothing would ever fall due again."""
    monkeypatch.setattr(lasting, "AGAIN_SECONDS", 0.01)
    made = works(IngestStub(), "fine", workspace="T1")
    holding = made.store.leases.hold
    failing = {"hold", "ahead"}

    async def hold(*given: Any, **named: Any) -> int | None:
        if "hold" in failing:
            failing.remove("hold")
            raise RuntimeError("nobody thought of this")
        return await holding(*given, **named)

    def ahead() -> float:
        if "ahead" in failing:
            failing.remove("ahead")
            raise RuntimeError("nobody thought of this")
        return 0.0

    monkeypatch.setattr(made.store.leases, "hold", hold)
    running = Ticking(Clockwork(made, Leader(made.store.leases, "run")))
    monkeypatch.setattr(ticking, "_ahead", ahead)
    try:
        await until(lambda: bool(cast("PrepareStub", made.bot.prepare).asked))
    finally:
        await running.stop(1)
    told = [record.message.partition(" failed")[0] for record in caplog.records if record.levelname == "ERROR"]
    assert sorted(told) == ["keeping the lease", "winding the ticks"]


async def test_what_is_due_waits_a_moment_for_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """With it a quiet day can say what was best; it does not wait for ever."""
    made = works(IngestStub(), workspace="T1")
    made.bot.opening = asyncio.get_running_loop().create_future()
    clockwork = await leading_clockwork(made)
    await clockwork.due()
    assert cast("PrepareStub", made.bot.prepare).asked == []
    monkeypatch.setattr(clockwork_module, "WAKING_SECONDS", 0.0)
    await clockwork.due()
    assert cast("PrepareStub", made.bot.prepare).asked == ["T1"]


async def test_one_of_two_leads() -> None:
    """The other one does nothing, and takes over as soon as the first lets go."""
    store = StoreStub()
    first, second = Leader(cast("Any", store.leases), "first"), Leader(cast("Any", store.leases), "second")
    await first.renew()
    await second.renew()
    assert (first.leads, second.leads) == (True, False)
    await first.release()
    await second.renew()
    assert (first.leads, second.leads, second.gained.is_set()) == (False, True, True)


async def test_a_renewal_that_is_late() -> None:
    """Whoever was held up, or does not reach the store, counts itself out before the lease ends."""
    leases, steady = LeasesStub(), [100.0]
    leader = Leader(leases, "run", now=lambda: steady[0])
    await leader.renew()
    leases.is_away = True
    steady[0] += leading.LEASE_SECONDS - leading.MARGIN - 0.1
    await leader.renew()
    assert (leader.is_sure, leader.leads) == (False, True)
    steady[0] += 0.1
    assert not leader.leads


async def test_each_source_has_its_own_cadence() -> None:
    """Ticks begin when the process leads, each at once, and go on."""
    made = works(IngestStub(), "often", "seldom", workspace="T1")
    often, seldom = made.bot.settings.sources
    sources = (often.model_copy(update={"every": 1}), seldom.model_copy(update={"every": 900}))
    made.bot.settings = made.bot.settings.model_copy(update={"sources": sources})
    ingest = cast("IngestStub", (await made.bot.services()).ingest)
    leader = Leader(made.store.leases, "run")
    running = Ticking(Clockwork(made, leader))
    try:
        async with asyncio.timeout(10):
            while ingest.taken.count("often") < 3:
                ingest.began.clear()
                await ingest.began.wait()
        assert ingest.taken.count("seldom") == 1
        assert cast("PrepareStub", made.bot.prepare).asked
    finally:
        await running.stop(1)


async def test_a_clock_that_is_set_back_stops_no_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day earlier than before, what is due is looked for at once, and on from there."""
    monkeypatch.setattr(ticking, "WIND_SECONDS", 0.05)
    monkeypatch.setattr(ticking, "DUE_EVERY", 1)
    made = works(IngestStub(), workspace="T1")
    prepare = cast("PrepareStub", made.bot.prepare)
    running = Ticking(Clockwork(made, Leader(made.store.leases, "run")))
    try:
        async with asyncio.timeout(10):
            await prepare.changed.wait()
            with time_machine.travel(time.time() - 86_400):
                for _ in range(2):
                    prepare.changed.clear()
                    await prepare.changed.wait()
    finally:
        await running.stop(1)


async def test_a_tick_that_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is still at work, the next one is left out, and says so."""
    monkeypatch.setattr(ticking, "DUE_EVERY", 1)
    made = works(IngestStub(), workspace="T1")
    began = asyncio.Event()

    async def hang(_workspace: str) -> PrepareReport:
        began.set()
        return await asyncio.Event().wait() and PrepareReport()

    monkeypatch.setattr(made.bot.prepare, "due", hang)
    missed = metrics.REGISTRY.get_sample_value("paperbot_ticks_missed_total") or 0
    running = Ticking(Clockwork(made, Leader(made.store.leases, "run")))
    try:
        await asyncio.wait_for(began.wait(), 10)
        await until(lambda: metrics.REGISTRY.get_sample_value("paperbot_ticks_missed_total") != missed)
    finally:
        await running.stop(0)


@pytest.mark.parametrize(("grace", "seconds", "is_done"), [(30.0, 0.3, True), (0.05, 30.0, False)])
async def test_stopping_waits_for_the_tick_at_work(
    monkeypatch: pytest.MonkeyPatch, opens: Any, *, grace: float, seconds: float, is_done: bool
) -> None:
    """A tick has its grace to finish; one that takes longer is broken off before the doors close."""
    ingest = IngestStub(seconds=seconds)
    steps = opens(works(ingest, "fine"))
    monkeypatch.setattr(stopping, "GRACE_SECONDS", grace)
    running = asyncio.create_task(schedule.run(Settings(), "all", _route))
    await ingest.began.wait()
    assert await ended(running) == 0
    assert (ingest.ended, steps) == (is_done, ["closed"])


async def test_the_order_of_the_end(opens: Any) -> None:
    """Slack's door first, then the ticks and the lease, then what is being sent ends, then everything closes."""
    made = works(IngestStub(), "fine", workspace="T1")
    deliver = DeliverStub(seconds=0.2)
    leases = cast("LeasesStub", made.store.leases)
    steps = opens(Works(made.bot, made.store, "run", cast("Deliver", deliver), DoorStub(deliver.steps)))
    running = asyncio.create_task(schedule.run(Settings(), "all", _route))
    await until(lambda: "scheduler" in leases.holders)
    assert await ended(running) == 0
    assert deliver.steps == ["work T1", "door", "stop", "ended"]
    assert ("scheduler" in leases.holders, steps) == (False, ["closed"])


async def test_a_second_signal_ends_at_once(opens: Any) -> None:
    """Whatever still goes on is broken off, and everything is closed."""
    made = works(IngestStub(seconds=60), "fine", workspace="T1")
    deliver = DeliverStub(seconds=60)
    steps = opens(Works(made.bot, made.store, "run", cast("Deliver", deliver)))
    running = asyncio.create_task(schedule.run(Settings(), "all", _route))
    await cast("IngestStub", (await made.bot.services()).ingest).began.wait()
    began = time.monotonic()
    assert await ended(running, signals=2) == 0
    assert time.monotonic() - began < 3
    assert ("ended" in deliver.steps, steps) == (False, ["closed"])


async def test_sending_goes_on_after_a_mistake(opens: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of ours ends no sender: it begins again, and is logged."""
    monkeypatch.setattr("bot.schedule.lasting.AGAIN_SECONDS", 0.01)
    made = works(IngestStub(), workspace="T1")
    deliver = DeliverStub(failures=2)
    opens(Works(made.bot, made.store, "run", cast("Deliver", deliver)))
    running = asyncio.create_task(schedule.run(_connected(), "worker", _route))
    await until(lambda: deliver.steps.count("work T1") == 3)
    assert await ended(running) == 0


async def test_a_worker_needs_no_model(opens: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It sends before any model is loaded, and waits for none."""
    caplog.set_level(logging.INFO)
    made = works(IngestStub(), "fine", workspace="T1")
    made.bot.opening = asyncio.get_running_loop().create_future()
    deliver = DeliverStub()
    opens(Works(made.bot, made.store, "run", cast("Deliver", deliver)))
    running = asyncio.create_task(schedule.run(_connected(), "worker", _route))
    await until(lambda: "running role=worker" in caplog.text)
    assert await ended(running) == 0
    assert cast("LeasesStub", made.store.leases).holders == {}


async def test_a_stop_while_the_doors_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes while the store opens ends the start: nothing runs, and what was open is closed."""
    steps = list[str]()
    began = asyncio.Event()

    @asynccontextmanager
    async def opening(*_: object, **__: object) -> AsyncGenerator[Works]:
        steps.append("opening")
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("closed")
        yield works(IngestStub())

    monkeypatch.setattr(schedule, "open_works", opening)
    running = asyncio.create_task(schedule.run(Settings(), "all", _route))
    await began.wait()
    assert await ended(running) == 0
    assert steps == ["opening", "closed"]


async def test_a_stop_while_the_model_loads(opens: Any) -> None:
    """A signal that comes while the model loads ends the run as well: nothing was taken in."""
    ingest = IngestStub()
    made = works(ingest, "fine")
    made.bot.opening = asyncio.get_running_loop().create_future()
    steps = opens(made)
    running = asyncio.create_task(schedule.run(Settings(), "all", _route))
    await until(lambda: bool(cast("LeasesStub", made.store.leases).holders))
    assert await ended(running) == 0
    assert (ingest.taken, steps) == ([], ["closed"])


async def test_a_model_that_is_missing_ends_the_run(opens: Any) -> None:
    """What keeps the model from being loaded ends the run with its sentence."""
    made = works(IngestStub())
    made.bot.opening = asyncio.get_running_loop().create_future()
    made.bot.opening.set_exception(ModelMissing("The model is not on this machine."))
    opens(made)
    with pytest.raises(ModelMissing, match="not on this machine"):
        await schedule.run(Settings(), "all", _route)


@pytest.mark.parametrize("role", ["web", "worker"])
async def test_roles_that_need_slack(role: str) -> None:
    """A process that only answers Slack, or only writes to people there, says what it lacks without a token."""
    with pytest.raises(SettingsError, match=r"slack\.bot_token"):
        await schedule.run(Settings(), role, _route)


def _connected() -> Settings:
    return Settings.model_validate({"slack": {"bot_token": "xoxb-" + "0" * 20}})
