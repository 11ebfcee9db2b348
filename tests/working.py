"""Stand-ins for what a process runs: verbs, a store and a door that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bot.clock import Clock
from bot.dumps import Folder
from bot.errors import FolderError, StoreFull, StoreUnreachable
from bot.models import IngestReport, Pending, QueueDepth, UserId
from bot.notify import Identity
from bot.prepare import PrepareReport
from bot.services import Bot, Services, Works
from bot.settings import Settings


@dataclass
class IngestStub:
    """Stands for the verb; a folder's name says what becomes of it."""

    taken: list[str] = field(default_factory=list[str])
    seconds: float = 0.0
    began: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False

    async def folder(self, folder: Folder) -> IngestReport:
        self.taken.append(folder.root.name)
        self.began.set()
        match folder.root.name:
            case "broken":
                raise FolderError("The inbox is gone.", cause="ENOENT")
            case "surprise":
                raise RuntimeError("nobody thought of this")
            case "full":
                raise StoreFull("The store is full.", cause="OOM")
            case _:
                await asyncio.sleep(self.seconds)
        self.ended = True
        return IngestReport(papers=1, new=1, refusals=(("a\nb.txt", "EMPTY", "It is empty."),))


class RecommendStub:
    """As much of Recommend as ticks use."""

    async def warm(self) -> None:
        pass


class SearchStub:
    """Stands for the verb: what was taken in can be searched."""

    async def refresh(self) -> None:
        pass


@dataclass
class CurateStub:
    """Stands for the verb: these wait for a paper that is there now."""

    waiting: list[Pending] = field(default_factory=list[Pending])

    async def fulfil(self, _workspace: str) -> list[Pending]:
        return list(self.waiting)

    async def missing(self, _workspace: str) -> list[Pending]:
        return list(self.waiting)


@dataclass
class PrepareStub:
    """Stands for the verb: notes when it was asked what is due."""

    asked: list[str] = field(default_factory=list[str])
    brought: list[Pending] = field(default_factory=list[Pending])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def due(self, workspace: str) -> PrepareReport:
        self.asked.append(workspace)
        self.changed.set()
        return PrepareReport(digests=1)

    async def bring(self, pending: Pending) -> bool:
        self.brought.append(pending)
        return True


@dataclass
class LeasesStub:
    """Stands for the store's: who holds what."""

    holders: dict[str, str] = field(default_factory=dict[str, str])
    is_away: bool = False
    number: int = 0

    async def hold(self, name: str, token: str, seconds: float = 15) -> int | None:  # noqa: ARG002 - it never ends
        if self.is_away:
            raise StoreUnreachable("It is away.", cause="away")
        if self.holders.setdefault(name, token) != token:
            return None
        self.number += 1
        return self.number

    async def release(self, name: str, token: str) -> None:
        if self.holders.get(name) == token:
            del self.holders[name]


class OutboxStub:
    """Stands for the store's: nothing waits."""

    def __init__(self) -> None:
        self.tidied = 0

    async def depth(self, _workspace: str) -> QueueDepth:
        return QueueDepth()

    async def tidy(self, _workspace: str) -> None:
        self.tidied += 1


class PendingStub:
    """Stands for what people wait for: everybody who asked still does."""

    async def has(self, _reader: UserId, _arxiv_id: str) -> bool:
        """Whether the reader waits for this."""
        return True


@dataclass
class StoreStub:
    """Stands for the store."""

    leases: LeasesStub = field(default_factory=LeasesStub)
    outbox: OutboxStub = field(default_factory=OutboxStub)
    pending: PendingStub = field(default_factory=PendingStub)


@dataclass
class DeliverStub:
    """Stands for the verb: works until it is stopped, and then as long as it is told to."""

    steps: list[str] = field(default_factory=list[str])
    seconds: float = 0.0
    failures: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self, workspace: Callable[[], str]) -> None:
        self.steps.append(f"work {workspace()}")
        if self.failures:
            self.failures -= 1
            raise RuntimeError("nobody thought of this")
        await self.stopping.wait()
        await asyncio.sleep(self.seconds)
        self.steps.append("ended")

    def stop(self) -> None:
        self.steps.append("stop")
        self.stopping.set()


@dataclass
class DoorStub:
    """Stands for Slack's."""

    steps: list[str]

    async def connected(self) -> bool:
        return True

    async def stop(self, grace: float) -> None:  # noqa: ARG002 - a door's shape
        self.steps.append("door")


def works(ingest: IngestStub, *names: str, store: StoreStub | None = None, workspace: str = "", **groups: Any) -> Works:
    """What a process runs with these folders and nothing but that ingest, its model loaded."""
    unused = cast("Any", None)
    opening: asyncio.Future[Services] = asyncio.get_running_loop().create_future()
    folders = tuple(Folder(Path(name)) for name in names)
    curate, search, recommend = cast("Any", CurateStub()), cast("Any", SearchStub()), cast("Any", RecommendStub())
    opening.set_result(Services(cast("Any", ingest), curate, unused, search, unused, recommend, folders))
    sources = [{"kind": "folder", "name": name, "path": Path(name)} for name in names]
    settings = Settings.model_validate({"sources": sources, "http": {"ops_port": 0}, **groups})
    identity = Identity(workspace, "Test", "UBOT", "BBOT") if workspace else None
    prepare = cast("Any", PrepareStub())
    bot = Bot(settings, Clock(settings.testing), unused, unused, unused, prepare, unused, unused, opening, identity)
    return Works(bot, cast("Any", store or StoreStub()), "run")
