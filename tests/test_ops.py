"""The host's own door: alive, ready, counted, in every role."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest

import handlers
from bot import metrics, schedule
from bot.deliver.outages import Outage
from bot.models import QueueDepth
from bot.schedule import watching
from bot.schedule.watching import Watch
from bot.services import Works
from bot.settings import ModelSettings, Settings, StoreSettings
from bot.slack import ops
from tests.slack_server import SlackServer
from tests.working import works

#: What Prometheus is asked for.
NAMES = (
    "deliveries_total",
    "ambiguous_total",
    "delivery_latency_seconds",
    "queue_depth",
    "queue_oldest_seconds",
    "pel_size",
    "reclaimed_total",
    "dlq_size",
    "slack_api_seconds",
    "slack_429_total",
    "ack_seconds",
    "events_dedup_total",
    "digest_late_seconds",
    "scheduler_leader",
    "ticks_missed_total",
    "ingest_records_total",
    "score_seconds",
    "redis_errors_total",
    "loop_lag_seconds",
)


async def asked(address: tuple[str, int], path: str) -> tuple[int, Any]:
    """Status and content of a probe."""
    url = f"http://{address[0]}:{address[1]}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        text = await response.text()
        return response.status, json.loads(text) if text.startswith("{") else text


@asynccontextmanager
async def running(settings: Settings, role: str, told: pytest.LogCaptureFixture) -> AsyncGenerator[tuple[str, int]]:
    """The bot while the block runs; gives where its own door is."""
    told.set_level("INFO")
    told.clear()
    task = asyncio.create_task(schedule.run(settings, role, handlers.route))
    try:
        async with asyncio.timeout(20):
            while not (found := re.search(r"probes and metrics at ([\d.]+):(\d+)", told.text)):
                assert not task.done() or await task
                await asyncio.sleep(0.01)
        yield found[1], int(found[2])
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(task, 20) == 0


ROLES = {
    "all": {"store", "room", "model", "slack", "queue"},
    "web": {"store", "room", "model", "slack"},
    "worker": {"store", "room", "slack", "queue"},
    "scheduler": {"store", "room", "model", "slack"},
    "all without Slack": {"store", "room", "model"},
}


@pytest.fixture
def installation(
    raw_store: Any,  # noqa: ARG001 - it empties the server
    store_servers: Callable[[str | None], Path],
    model_folder: Path,
    tmp_path: Path,
) -> dict[str, Any]:
    """Settings of an installation whose store is a server that several processes may use."""
    store = StoreSettings(url=f"unix://{store_servers(None)}", data_dir=tmp_path)
    return {"store": store, "model": ModelSettings(cache_dir=model_folder)}


@pytest.mark.parametrize(("role", "parts"), ROLES.items())
async def test_each_role_tells_how_it_stands(
    role: str, parts: set[str], installation: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Alive at once, ready as soon as what the role needs is there, counted under Prometheus's names."""
    async with SlackServer() as slack:
        settings = slack.settings().model_copy(update=installation)
        if "without" in role:
            silent = settings.slack.model_copy(update={"bot_token": None})
            settings = settings.model_copy(update={"slack": silent})
        async with running(settings, role.partition(" ")[0], caplog) as address:
            assert (await asked(address, "/livez"))[0] == 200
            async with asyncio.timeout(20):
                while (found := await asked(address, "/readyz"))[0] != 200:
                    assert found[0] == 503
            assert found[1] == {"ok": True, **dict.fromkeys(parts, True)}
            status, text = await asked(address, "/metrics")
            assert status == 200
            assert [name for name in NAMES if f"# TYPE paperbot_{name.removesuffix('_total')}" not in text] == []
            assert (await asked(address, "/"))[0] == 404


def test_no_figure_tells_who() -> None:
    """Labels name kinds, outcomes, methods, sources and words of ours: never a person, a channel or a paper."""
    labels = {label for one in metrics.REGISTRY.collect() for sample in one.samples for label in sample.labels}
    assert labels <= {"kind", "outcome", "resolution", "method", "code", "result", "source", "le"}


class _Inbox:
    """Stands for the verb: the store answers, or not."""

    is_away = False
    is_full = False

    async def answers(self) -> bool:
        return not self.is_away

    async def has_room(self) -> bool:
        return not self.is_full


@pytest.fixture
async def made() -> Works:
    """What a process runs, with a store that is well."""
    made = works(cast("Any", None), workspace="T1", slack={"bot_token": "xoxb-" + "0" * 20})
    made.bot.inbox = cast("Any", _Inbox())
    return Works(made.bot, made.store, "run", deliver=cast("Any", SimpleNamespace(outage=Outage())))


async def test_what_is_not_there_is_named(made: Works) -> None:
    """Whatever is missing makes the process unready, and the answer says what it is."""
    watch = Watch(made, needs_model=True, sends=True)
    async with watch.open():
        fine = {"store": True, "room": True, "model": True, "slack": True, "queue": True}
        assert await asked(watch.address, "/readyz") == (200, {"ok": True, **fine})
        for lose, find, part in (
            (lambda: setattr(_Inbox, "is_away", True), lambda: setattr(_Inbox, "is_away", False), "store"),
            (lambda: setattr(_Inbox, "is_full", True), lambda: setattr(_Inbox, "is_full", False), "room"),
            (lambda: setattr(made.bot, "is_revoked", True), lambda: setattr(made.bot, "is_revoked", False), "slack"),
        ):
            lose()
            assert await asked(watch.address, "/readyz") == (503, {"ok": False, **fine, part: False})
            find()
        watch.is_stopping = True
        assert await asked(watch.address, "/readyz") == (503, {"ok": False, **fine, "running": False})


async def test_slack_that_takes_nothing(made: Works) -> None:
    """The process is ready, and says what does not work right now, until Slack takes a message again."""
    outage = Outage(lambda: 100.0)
    made = Works(made.bot, made.store, "run", deliver=cast("Any", SimpleNamespace(outage=outage)))
    watch = Watch(made, needs_model=False, sends=True)
    async with watch.open():
        for _ in range(3):
            assert "degraded" not in (await asked(watch.address, "/readyz"))[1]
            outage.failed()
        status, found = await asked(watch.address, "/readyz")
        assert (status, found["degraded"]) == (200, ["slack"])
        outage.worked()
        assert "degraded" not in (await asked(watch.address, "/readyz"))[1]


async def test_a_mail_server_that_takes_nothing(made: Works) -> None:
    """It is named, and Slack is not: each way to people is for itself."""
    slack, email = Outage(lambda: 100.0), Outage(lambda: 100.0)
    lanes = [cast("Any", SimpleNamespace(outage=one)) for one in (slack, email)]
    watch = Watch(replace(made, deliver=lanes[0], mail=lanes[1]), needs_model=False, sends=True)
    for _ in range(3):
        assert watch.degraded() == ()
        email.failed()
    assert watch.degraded() == ("email",)
    for _ in range(3):
        slack.failed()
    assert watch.degraded() == ("slack", "email")


async def test_a_token_that_slack_refuses(made: Works) -> None:
    """Also who sends nothing says so, until the token is tried again with success."""
    refused = [True]
    watch = Watch(replace(made, is_refused=lambda: refused[0]), needs_model=False, sends=False)
    async with watch.open():
        assert (await asked(watch.address, "/readyz"))[1]["degraded"] == ["slack"]
        refused.clear()
        refused.append(False)
        assert "degraded" not in (await asked(watch.address, "/readyz"))[1]


async def test_a_store_that_hangs_keeps_no_probe_waiting(made: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer comes within a few seconds, whatever the store does."""
    monkeypatch.setattr(watching, "PATIENCE", 0.05)

    async def hang(*_: object) -> QueueDepth:
        return await asyncio.Event().wait() and QueueDepth()

    monkeypatch.setattr(made.store.outbox, "depth", hang)
    watch = Watch(made, needs_model=False, sends=True)
    async with watch.open(), asyncio.timeout(2):
        status, found = await asked(watch.address, "/readyz")
    assert (status, found["queue"]) == (503, False)


async def test_what_waits_is_shown(made: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue's figures are looked at by themselves, before anybody asks."""

    async def deep(_workspace: str) -> QueueDepth:
        return QueueDepth(queued=5, parked=2, taken=3, dead=1, oldest=42.5)

    monkeypatch.setattr(made.store.outbox, "depth", deep)
    watch = Watch(made, needs_model=False, sends=True)
    async with watch.open():
        _, text = await asked(watch.address, "/metrics")
    for figure in ("queue_depth 7.0", "queue_oldest_seconds 42.5", "pel_size 3.0", "dlq_size 1.0"):
        assert f"paperbot_{figure}" in text


async def test_a_loop_that_is_held_up(
    made: Works, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It counts as stuck while it is, says how long it was, and as alive again as soon as it turns."""
    monkeypatch.setattr(watching, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(watching, "LATE_SECONDS", 0.2)
    monkeypatch.setattr(ops, "MOST_LAG", 0.2)
    watch = Watch(made, needs_model=False, sends=True)
    async with watch.open():
        await asyncio.sleep(0.02)
        time.sleep(0.4)  # noqa: ASYNC251 - this is what holds it up
        assert watch.lag() > 0.3
        async with asyncio.timeout(5):
            while (await asked(watch.address, "/livez"))[0] != 200:
                pass
        assert "the event loop was held up for 0." in caplog.text


async def test_stuck_is_not_alive() -> None:
    """Above the limit the probe says so, with a status that a supervisor understands."""

    async def nothing() -> dict[str, bool]:
        return {}

    async with ops.open_ops(Settings.model_validate({"http": {"ops_port": 0}}).http, lambda: 7.0, nothing) as address:
        assert await asked(address, "/livez") == (503, {"ok": False, "lag": 7.0})
