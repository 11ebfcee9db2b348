"""What is running: the bot as handlers get it, its verbs, and what of it works by itself."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.acts import Block
from bot.clock import Clock
from bot.curate import Curate
from bot.deliver import Deliver
from bot.dumps import Folder
from bot.errors import PaperbotError
from bot.fetch import Fetch
from bot.inbox import Inbox
from bot.ingest import Ingest
from bot.links import Links
from bot.models import FetchReport, IngestReport
from bot.notify import Identity
from bot.people import People
from bot.prepare import Prepare
from bot.rate import Rate
from bot.readers import Readers
from bot.recommend import Recommend
from bot.search import Search
from bot.settings import Settings
from bot.status import Status
from bot.store import Store

#: What a look into a source came to.
Told = IngestReport | FetchReport | PaperbotError


@dataclass(frozen=True)
class Services:
    """What needs the model. Only verbs: who holds this has no way to a door."""

    ingest: Ingest
    curate: Curate
    readers: Readers
    search: Search
    rate: Rate
    recommend: Recommend
    #: Those of the sources, in their order.
    folders: tuple[Folder, ...]
    #: None where no source is live.
    fetch: Fetch | None = None


@dataclass
class Bot:
    """What handlers get: at once what needs no model, and the rest as soon as it is loaded."""

    settings: Settings
    clock: Clock
    readers: Readers
    people: People
    status: Status
    prepare: Prepare
    inbox: Inbox
    links: Links
    #: Resolves to the services; fails with what kept them from being opened; never resolves in a role without them.
    opening: asyncio.Future[Services]
    #: Who the token is; None until Slack has told, once, of a token that it does not refuse.
    identity: Identity | None = None
    #: Called once when the workspace takes the token away.
    on_revoked: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    is_revoked: bool = False
    #: Messages of ours as they were last changed, by conversation and ts, the latest ones.
    changed: OrderedDict[tuple[str, str], tuple[Block, ...]] = field(
        default_factory=OrderedDict[tuple[str, str], tuple[Block, ...]]
    )
    _tell_source: Callable[[str, Told, datetime | None], Awaitable[None]] | None = None

    def workspace(self) -> str:
        """The id of the workspace; "" until Slack has told it."""
        return self.identity.team if self.identity else ""

    def served(self) -> str:
        """The workspace that is written to: "" until Slack has told it, and when it has taken the token away."""
        return "" if self.is_revoked else self.workspace()

    @property
    def bot_user(self) -> str:
        """The bot as a user (``U…``); "" until Slack has told it."""
        return self.identity.bot_user if self.identity else ""

    @property
    def is_awake(self) -> bool:
        """The model is loaded: ``services`` does not wait."""
        return self.opening.done() and not self.opening.cancelled() and self.opening.exception() is None

    async def services(self) -> Services:
        """What needs the model, as soon as it is loaded. Raises ModelMissing, StoreError."""
        return await asyncio.shield(self.opening)

    @property
    def asks_for_papers(self) -> bool:
        """A paper that no dump has told of is asked for by its id."""
        return self.settings.knows_papers

    async def tell_source(self, name: str, told: Told, next_look: datetime | None = None) -> None:
        """Keep the last word on a source: what a look into it brought, or why that failed. Raises StoreError.

        ``next_look``: when a live source is asked next, aware, UTC.
        """
        if self._tell_source:
            await self._tell_source(name, told, next_look)

    def revoke(self) -> None:
        """The token is gone: nothing is sent or done any more. The second time does nothing."""
        if not self.is_revoked:
            self.is_revoked = True
            for tell in self.on_revoked:
                tell()


class Door(Protocol):
    """The part of Slack's door that its user needs."""

    async def connected(self) -> bool:
        """Slack can reach us, and has told who we are."""
        ...

    async def stop(self, grace: float) -> None:
        """Take nothing more in, and wait up to so many seconds for what is being done."""
        ...


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Works:
    """What one process runs. Handlers get the bot alone; the rest is for what works by itself."""

    bot: Bot
    store: Store
    #: Names this process among those that work on the same store; the same after a restart only where it is the only one.
    consumer: str
    #: Sends what is queued, in a role that does; None where no Slack is configured.
    deliver: Deliver | None = None
    #: Where Slack reaches us; None in a role that does not answer it.
    door: Door | None = None
    #: Slack refuses the token, as far as this process has seen.
    is_refused: Callable[[], bool] = _never
    #: Sends what is queued by e-mail, in a role that sends; None where the host named no mail server.
    mail: Deliver | None = None

    @property
    def lanes(self) -> tuple[Deliver, ...]:
        """What sends, each to its own way to people."""
        return tuple(one for one in (self.deliver, self.mail) if one)
