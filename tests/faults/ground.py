"""One lane of faults: a store's server, a stand-in for Slack, and the workers between them."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import redis.asyncio

from bot.errors import StoreError
from bot.settings import DeliverySettings, Settings, StoreSettings, TestingSettings
from bot.settings.groups import Failpoint
from bot.store import Store, open_store
from bot.store.binary import find
from bot.store.embedded import FileLock
from bot.store.server import SOCKET, Answer, Child, ask, prepare
from bot.store.server import start as start_server
from tests.faults import lives
from tests.faults.checking import Tally, tally
from tests.faults.lives import Life
from tests.faults.seeding import Queued, Seeds
from tests.slack_process import SlackProcess
from tests.slack_server import TEAM
from tests.slack_workspace import Stored, Workspace

#: Quick ones, so that hundreds of kills take minutes: of the settings [delivery].
QUICK = DeliverySettings(send_timeout=0.7, reclaim_after=0.8, lookup_after=1.0, channel_rate=0, workspace_rate=0)
#: Where several workers live at once and nobody is killed: a slow machine must not look like a dead worker.
CALM = DeliverySettings(send_timeout=2, reclaim_after=4, lookup_after=4, channel_rate=0, workspace_rate=0)
#: Seconds until something that has to happen is called missing.
PATIENCE = 60.0
_LOOK = 0.02


@dataclass
class Ground:
    """Made by ``prepared``. Its server may be killed and started again; its socket stays."""

    folder: Path
    slack: SlackProcess
    store: Store
    seeds: Seeds
    _child: Child
    _lock: FileLock
    #: Where workers find the store.
    url: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _lives: list[Life] = field(default_factory=list[Life])

    @property
    def socket(self) -> Path:
        """Where the store answers."""
        return self.folder / "store" / SOCKET

    def settings(
        self, delivery: DeliverySettings = QUICK, failpoint: Failpoint | None = None, **groups: Any
    ) -> Settings:
        """Of a bot on this ground; ``groups`` replaces whole groups of settings."""
        testing = TestingSettings(enabled=True, failpoint=failpoint)
        store = StoreSettings(url=self.url, data_dir=self.folder / "bot")
        told: dict[str, Any] = {"store": store, "delivery": delivery, "testing": testing, **groups}
        return self.slack.settings().model_copy(update=told)

    def start(
        self,
        delivery: DeliverySettings = QUICK,
        failpoint: Failpoint | None = None,
        *,
        role: str = "worker",
        patches: Mapping[str, object] | None = None,
        settings: Settings | None = None,
    ) -> Life:
        """A worker; it is ended with the ground at the latest."""
        log = self.folder / f"life-{next(self._numbers):05d}.log"
        life = lives.start(settings or self.settings(delivery, failpoint), log, role, patches)
        self._lives = [one for one in self._lives if one.is_alive]
        self._lives.append(life)
        return life

    async def killed_at(self, failpoint: Failpoint, delivery: DeliverySettings = QUICK) -> Life:
        """A worker that was started and has killed itself there. Raises TimeoutError, AssertionError."""
        life = self.start(delivery, failpoint)
        status = await life.ended(PATIENCE)
        if status != -9:
            raise AssertionError(f"a worker that had to die at {failpoint} ended with {status}: {life.said()}")
        return life

    async def drain(self, delivery: DeliverySettings = QUICK, seconds: float = PATIENCE, **options: Any) -> float:
        """Let one worker end everything that waits; the seconds it took. Raises TimeoutError."""
        life = self.start(delivery, **options)
        try:
            return await self.empty(life, seconds=seconds)
        finally:
            await life.killed()

    async def empty(self, *workers: Life, seconds: float = PATIENCE) -> float:
        """Wait until nothing is queued, parked or taken; the seconds it took. Raises TimeoutError, AssertionError."""
        began = time.monotonic()
        while True:
            depth = await self.store.outbox.depth(TEAM)
            if not (depth.queued or depth.parked or depth.taken):
                return time.monotonic() - began
            for worker in workers:
                if not worker.is_alive:
                    raise AssertionError(f"a worker ended with {worker.status}: {worker.said()}")
            if time.monotonic() - began > seconds:
                said = workers[0].said() if workers else ""
                raise TimeoutError(f"after {seconds:g} s there waits {depth}: {said}")
            await asyncio.sleep(_LOOK)

    async def messages(self) -> list[Stored]:
        """What Slack has, oldest first."""
        return await asyncio.to_thread(self.slack.messages)

    async def tally(self, queued: Sequence[Queued], *, ended: bool = True) -> Tally:
        """What is lost or duplicated of what was queued, in the conversations that it was queued for."""
        places = {Workspace.conversation(one.delivery.reader.user) for one in queued}
        mine = [one for one in await self.messages() if one.channel in places]
        return await tally(self.store, mine, queued, ended=ended)

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE, what: str = "it") -> float:
        """Wait for something; the seconds it took. Raises TimeoutError."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"{what} has not happened after {seconds:g} s")
            await asyncio.sleep(_LOOK)
        return time.monotonic() - began

    async def until_async(
        self, condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE, what: str = "it"
    ) -> None:
        """As ``until``, for what has to be asked for. Raises TimeoutError."""
        began = time.monotonic()
        while not await condition():
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"{what} has not happened after {seconds:g} s")
            await asyncio.sleep(_LOOK)

    # The store's server.

    @property
    def server_pid(self) -> int:
        """The store's server."""
        return self._child.pid

    def kill_server(self) -> None:
        """End it as a power cut would."""
        self._child.kill()

    def end_server(self) -> None:
        """Ask it to stop, and wait until it has."""
        self._child.end()
        deadline = time.monotonic() + PATIENCE
        while self._child.status is None and time.monotonic() < deadline:
            time.sleep(_LOOK)

    async def start_server(self) -> None:
        """Start it again on its files and wait until it answers."""
        self._child = start_server(find(None), self.folder / "store", self._lock.descriptor)
        await self.answers()

    async def answers(self) -> None:
        """Wait until the server answers."""
        try:
            await self.until(lambda: ask(str(self.socket)) is Answer.READY, what="an answer of the server")
        except TimeoutError:
            raise TimeoutError(self._child.last_words()) from None

    @asynccontextmanager
    async def raw(self) -> AsyncGenerator[Any]:
        """A plain client of the server: what anybody may do to it."""
        client = redis.asyncio.Redis(unix_socket_path=str(self.socket))
        try:
            yield client
        finally:
            await client.aclose()

    async def fresh(self) -> None:
        """As if nothing had happened: no worker, an empty store, a Slack without messages and faults."""
        for life in self._lives:
            await life.killed()
        self._lives.clear()
        self.slack.clear()
        async with self.raw() as client:
            await client.execute_command("FLUSHALL")
        for log in self.folder.glob("life-*.log"):
            log.unlink()
        await self.store.close()
        self.store = await self.opened()
        self.seeds = Seeds(self.store)

    async def opened(self) -> Store:
        """One more connection to the store; close it."""
        return await open_store(StoreSettings(url=self.url))

    @asynccontextmanager
    async def over(self, url: str) -> AsyncGenerator[Ground]:
        """The same lane with its store elsewhere, on servers that whoever asks has started."""
        store = await open_store(StoreSettings(url=url))
        there = replace(self, url=url, store=store, seeds=Seeds(store), _lives=[])
        try:
            yield there
        finally:
            for life in there._lives:
                await life.killed()
            await store.close()

    async def close(self) -> None:
        """End everything."""
        for life in self._lives:
            await life.killed()
        with suppress(StoreError):  # its server may have been killed last
            await self.store.close()
        self._child.kill()


@asynccontextmanager
async def prepared(folder: Path) -> AsyncGenerator[Ground]:
    """A ground in this folder, while the block runs."""
    (folder / "bot").mkdir(parents=True)
    at = folder / "store"
    prepare(at)
    lock = FileLock(at / "server.lock")
    if not lock.take():
        raise RuntimeError(f"{at} is in use")
    child = start_server(find(None), at, lock.descriptor)
    with SlackProcess() as slack:
        deadline = time.monotonic() + PATIENCE
        while ask(str(at / SOCKET)) is not Answer.READY:
            if time.monotonic() > deadline or child.status is not None:
                raise RuntimeError(child.last_words())
            await asyncio.sleep(_LOOK)
        url = f"unix://{at / SOCKET}"
        store = await open_store(StoreSettings(url=url))
        ground = Ground(folder, slack, store, Seeds(store), child, lock, url)
        try:
            yield ground
        finally:
            await ground.close()
