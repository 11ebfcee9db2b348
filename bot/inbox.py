"""The verb ``Inbox``: what people do is kept until it is done, and told from its repetitions."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bot.errors import StoreError
from bot.store import Store, in_haste

#: Seconds in which a store that is away must be known to be: Slack is answered within three, people sooner.
PATIENCE = 0.7
#: Seconds for which the store remembers that it was asked whether it has room.
ROOM_SECONDS = 2


@dataclass(frozen=True)
class Inbox:
    """Acts on their way from Slack's door to the handlers. Every method raises StoreError."""

    store: Store

    async def keep(self, workspace: str, act_id: str, payload: bytes) -> bool:
        """Keep an act; False if it was received within the last 26 hours, done or not. Says within a second."""
        return await self.store.acts.keep(workspace, act_id, payload, patience=PATIENCE)

    async def done(self, workspace: str, act_id: str) -> None:
        """It needs to be kept no longer."""
        await self.store.acts.done(workspace, act_id)

    async def release(self, workspace: str, act_id: str) -> None:
        """It was not done and may be done again: it counts as never received."""
        await self.store.acts.release(workspace, act_id)

    async def left(self, workspace: str) -> list[tuple[str, bytes]]:
        """Id and payload of what was kept and is not done, oldest first."""
        return await self.store.acts.left(workspace)

    async def answers(self) -> bool:
        """Acts can be kept. Tells within a second, and raises nothing."""
        return await self.store.answers(PATIENCE)

    async def make_sure_of_room(self) -> None:
        """Raises StoreFull where the store takes nothing more, another StoreError where it does not say in a second."""
        name = f"room:{secrets.token_hex(8)}"
        # A lease ends by itself, and a store that is full, or only read, refuses it.
        await self.store.leases.hold(name, name, ROOM_SECONDS)

    async def has_room(self) -> bool:
        """The store takes something in. Tells within a second, and raises nothing."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.make_sure_of_room()
        except (StoreError, TimeoutError):
            return False
        return True

    def hurry(self) -> AbstractContextManager[None]:
        """While the block runs, a store that does not answer is known to be away within a second: somebody waits."""
        return in_haste(PATIENCE)

    async def workspaces(self) -> list[str]:
        """Those that anything is stored of."""
        return await self.store.workspaces()
