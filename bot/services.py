"""The composition root: opens every door, builds the verbs, closes in reverse order."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.clock import Clock
from bot.curate import Curate, Profiles
from bot.dumps import Folder
from bot.embedder import open_embedder
from bot.index import open_index
from bot.ingest import Ingest, adopt_model
from bot.progress import Report, silent
from bot.search import Search
from bot.settings import Settings
from bot.store import open_store


@dataclass(frozen=True)
class Services:
    """What the bot can do. Only verbs: who holds this has no way to a door."""

    ingest: Ingest
    curate: Curate
    profiles: Profiles
    search: Search
    folders: tuple[Folder, ...]


@asynccontextmanager
async def open_services(
    settings: Settings, *, owner: bool = False, report: Report = silent
) -> AsyncGenerator[Services]:
    """Everything the bot can do, open while the block runs.

    ``owner`` asks for the data folder for itself (``run``). Raises StoreOwned, StoreUnreachable, StoreUnsupported,
    ModelMissing. When the settings name another model than the stored one, everything is embedded again first.
    """
    clock = Clock(settings.testing)
    async with AsyncExitStack() as stack:
        report("Opening the store", 0, 1)
        store = await open_store(settings.store, owner=owner)
        stack.push_async_callback(store.close)
        report("Opening the store", 1, 1)
        report("Loading the model", 0, 1)
        embedder = await open_embedder(settings.model, store.vectors, data_dir=settings.store.data_dir)
        stack.push_async_callback(embedder.close)
        await adopt_model(store, embedder, settings.digest, report)
        report("Loading the model", 1, 1)
        index = await open_index(store, embedder.tag, settings.store.data_dir / "index")
        stack.push_async_callback(index.close)
        yield Services(
            ingest=Ingest(store, embedder, clock, settings.digest),
            curate=Curate(store, embedder, clock, settings.digest),
            profiles=Profiles(store),
            search=Search(index=index, embedder=embedder, store=store),
            folders=tuple(Folder(source.path) for source in settings.folders()),
        )


@asynccontextmanager
async def open_profiles(settings: Settings) -> AsyncGenerator[Profiles]:
    """What is known of readers, without loading the model. Raises StoreUnreachable, StoreUnsupported."""
    store = await open_store(settings.store)
    try:
        yield Profiles(store)
    finally:
        await store.close()
