"""Opens the doors and builds the verbs over them; closes in reverse order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from bot.background import Backgrounds
from bot.clock import Clock
from bot.curate import Curate
from bot.dumps import Folder
from bot.embedder import open_embedder
from bot.errors import StoreError
from bot.fetch import Fetch
from bot.inbox import Inbox
from bot.ingest import Ingest, adopt_model
from bot.links import Links
from bot.people import People
from bot.prepare import Prepare
from bot.progress import Report, silent
from bot.rate import Rate
from bot.readers import Readers
from bot.recommend import Recommend
from bot.search import Search
from bot.services.running import Bot, Services
from bot.services.telling import Telling
from bot.services.turns import HostTurns
from bot.services.voice import Nobody, Voice
from bot.settings import Settings, SourceSettings
from bot.status import Status
from bot.store import Store, open_store

if TYPE_CHECKING:
    from bot.pages import Pages

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_services(
    settings: Settings, *, owner: bool = False, report: Report = silent
) -> AsyncGenerator[Services]:
    """Everything that works without Slack, open while the block runs.

    ``owner`` asks for the data folder for itself (``run``). Raises StoreOwned, StoreUnreachable, StoreUnsupported,
    ModelMissing. When the settings name another model than the stored one, everything is embedded again first.
    """
    async with AsyncExitStack() as stack:
        report("Opening the store", 0, 1)
        store = await open_store(settings.store, owner=owner)
        stack.push_async_callback(store.close)
        report("Opening the store", 1, 1)
        yield await _awaken(stack, settings, store, Clock(settings.testing), report)


async def _awaken(
    stack: AsyncExitStack,
    settings: Settings,
    store: Store,
    clock: Clock,
    report: Report = silent,
    *,
    ahead: bool = False,
) -> Services:
    """Load the model and the index; ``stack`` closes them. ``ahead``: read before anybody asks what answers are made of."""
    # A process without the model searches nothing either.
    from bot.index import open_index

    report("Loading the model", 0, 1)
    embedder = await open_embedder(settings.model, store.vectors, data_dir=settings.store.data_dir)
    stack.push_async_callback(embedder.close)
    backgrounds = Backgrounds(store, embedder.tag)
    stack.push_async_callback(backgrounds.close)
    await adopt_model(store, embedder, settings.digest, backgrounds, now=clock.now(), report=report)
    report("Loading the model", 1, 1)
    index = await open_index(store, embedder.tag, settings.store.data_dir / "index")
    stack.push_async_callback(index.close)
    services = Services(
        ingest=Ingest(store, embedder, clock, settings.digest, backgrounds, asks=_has_live(settings)),
        curate=Curate(store, embedder, clock, settings.digest, backgrounds),
        readers=Readers(store, clock, settings),
        search=Search(index=index, embedder=embedder, store=store),
        rate=Rate(store, embedder, clock, settings.digest, backgrounds),
        recommend=Recommend(store, clock, settings.digest, embedder, backgrounds),
        folders=tuple(folder_of(source, settings) for source in settings.places()),
        fetch=await _open_fetch(stack, settings, store, clock),
    )
    if ahead:
        stack.push_async_callback(_end, asyncio.create_task(_read_ahead(backgrounds, services.recommend)))
    return services


def folder_of(source: SourceSettings, settings: Settings) -> Folder:
    """Where a source's dumps stand."""
    return Folder(source.place(settings.store.data_dir), latest_only=source.is_live)


async def _open_fetch(stack: AsyncExitStack, settings: Settings, store: Store, clock: Clock) -> Fetch | None:
    """What asks live sources; None where there is none. ``stack`` closes its connections."""
    if not _has_live(settings):
        return None
    return Fetch(store, await stack.enter_async_context(open_pages(settings, store)), clock, settings)


def _has_live(settings: Settings) -> bool:
    return any(source.is_live for source in settings.places())


def open_pages(settings: Settings, store: Store | None = None) -> Pages:
    """The door to HTTP for the sources of these settings; close it when done. Raises SettingsError.

    ``store``: by it all processes of an installation ask each server in turn, as if they were one.
    """
    # Its library is loaded only where it is used.
    from bot.pages import Pages

    trusted = [source.base_url for source in settings.places() if source.base_url]
    turns = HostTurns(store.leases) if store else None
    return Pages(settings.fetch, trusted, version=version("paperbot"), turn=turns and turns.turn, rests=turns)


async def _read_ahead(backgrounds: Backgrounds, recommend: Recommend) -> None:
    """So that the first vote does not wait for the stored papers. What fails is read again by who asks."""
    try:
        await backgrounds.now()
        await recommend.warm()
    except StoreError as failure:
        log.warning("papers were not read ahead: %s cause=%r", failure.sentence, failure.cause)


@asynccontextmanager
async def open_bot(settings: Settings) -> AsyncGenerator[Bot]:
    """The bot without Slack, open while the block runs; the data folder is its own.

    Raises StoreOwned, StoreUnreachable, StoreUnsupported. What keeps the model from being loaded is raised by
    ``Bot.services``.
    """
    store = await open_store(settings.store, owner=True)
    try:
        async with bot_over(store, settings, Nobody()) as bot:
            yield bot
    finally:
        await store.close()


@asynccontextmanager
async def bot_over(store: Store, settings: Settings, slack: Voice, *, needs_model: bool = True) -> AsyncGenerator[Bot]:
    """The bot over an open store, at once; model and index are loaded meanwhile, and closed after the block.

    Without ``needs_model`` they are never loaded, and ``Bot.services`` would wait for ever.
    """
    clock = Clock(settings.testing)
    async with AsyncExitStack() as stack:
        loaded = await stack.enter_async_context(AsyncExitStack())
        opening: asyncio.Future[Services] = asyncio.get_running_loop().create_future()
        if needs_model:
            opening = asyncio.create_task(_awaken(loaded, settings, store, clock, ahead=True))
        stack.push_async_callback(_end, opening)
        yield assemble(settings, store, clock, slack, opening)


def assemble(settings: Settings, store: Store, clock: Clock, slack: Voice, opening: asyncio.Future[Services]) -> Bot:
    """The bot over an open store; ``opening`` becomes its services."""
    inbox = Inbox(store)
    return Bot(
        settings=settings,
        clock=clock,
        readers=Readers(store, clock, settings),
        people=People(store, slack, settings.slack, settings.schedule.zone),
        status=Status(store, settings, clock, version("paperbot"), has_room=inbox.has_room),
        prepare=Prepare(store, clock, settings, slack, partial(_near, opening)),
        inbox=inbox,
        links=Links(store, clock, settings),
        opening=opening,
        _tell_source=Telling(store, clock, settings).tell,
    )


def _near(opening: asyncio.Future[Services]) -> Recommend | None:
    """What tells what was near a reader; None until the model is loaded."""
    is_there = opening.done() and not opening.cancelled() and opening.exception() is None
    return opening.result().recommend if is_there else None


async def _end(opening: asyncio.Future[Services] | asyncio.Future[None]) -> None:
    """Break the loading off if it still goes on. What made it fail was told to whoever waited for it."""
    opening.cancel()
    await asyncio.wait({opening})
    if not opening.cancelled():
        opening.exception()


@asynccontextmanager
async def open_readers(settings: Settings) -> AsyncGenerator[Readers]:
    """What is known of readers, without loading the model. Raises StoreUnreachable, StoreUnsupported."""
    store = await open_store(settings.store)
    try:
        yield Readers(store, Clock(settings.testing), settings)
    finally:
        await store.close()
