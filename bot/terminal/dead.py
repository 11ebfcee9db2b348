"""``paperbot dead``: deliveries that are tried no more, listed, sent after all, or let go of for good."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from bot.errors import UserError
from bot.models import DeadDelivery
from bot.settings import Settings
from bot.store import Store, in_haste, open_store
from bot.terminal import rows, screen


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[Store]:
    """The store, for somebody who waits."""
    with in_haste(screen.STORE_SECONDS):
        store = await open_store(settings.store)
        try:
            yield store
        finally:
            await store.close()


async def show(settings: Settings, *, as_json: bool) -> int:
    """List all of them, oldest first."""
    async with _opened(settings) as store:
        dead = [one for workspace in await store.workspaces() for one in await store.outbox.dead(workspace)]
    dead.sort(key=lambda one: one.at)
    if as_json:
        screen.print_rows(map(rows.dead, dead))
    elif not dead:
        screen.out().print("Nothing is dead: whatever was queued was sent, or is still tried.")
    else:
        for one in dead:
            _show(one)
    return 0


def _show(one: DeadDelivery) -> None:
    """The id stands on a line of its own and is never broken: `replay` and `drop` want it whole."""
    tries = "1 try" if one.tries == 1 else f"{one.tries} tries"
    console = screen.out()
    console.print(screen.plain(one.delivery.id, "bold"), soft_wrap=True)
    by = f" by e-mail to {one.delivery.to}" if one.delivery.to else ""
    told = f"to {one.delivery.reader}{by}, dead since {one.at:%d %b %H:%M} UTC after {tries}: {one.reason}"
    screen.print_hanging(screen.plain(told), "  ")


async def replay(settings: Settings, ids: Sequence[str] | None, *, as_json: bool) -> int:
    """Queue these again, or all of them if none is named; 1 if none of those asked for is dead."""
    return await _each(settings, ids, lambda store: store.outbox.replay, "queued again", as_json=as_json)


async def drop(settings: Settings, ids: Sequence[str] | None, *, as_json: bool) -> int:
    """Let go of these, or of all of them if none is named; 1 if none of those asked for is dead."""
    return await _each(settings, ids, lambda store: store.outbox.drop, "dropped", as_json=as_json)


async def _each(
    settings: Settings,
    ids: Sequence[str] | None,
    verb: Callable[[Store], Callable[[str, str], Awaitable[bool]]],
    word: str,
    *,
    as_json: bool,
) -> int:
    async with _opened(settings) as store:
        found = [(w, one.delivery.id) for w in await store.workspaces() for one in await store.outbox.dead(w)]
        wanted = found if ids is None else [(w, one) for w, one in found if one in set(ids)]
        done = [one for workspace, one in wanted if await verb(store)(workspace, one)]
    unknown = [one for one in ids or () if one not in done]
    if as_json:
        screen.print_json({word.replace(" ", "_"): done, "unknown": unknown})
    else:
        screen.out().print(screen.plain(f"{len(done)} {'delivery' if len(done) == 1 else 'deliveries'} {word}."))
    if unknown and not done:
        raise UserError(f"No dead delivery is called {', '.join(unknown)}: see `paperbot dead list`.")
    for one in unknown:
        screen.complain(f"No dead delivery is called {one}: see `paperbot dead list`.", "yellow")
    return 0
