"""The verb ``Inbox``: what people do is kept until it is done, and told from its repetitions."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store import Store

#: Seconds in which a store that is away must be known to be: Slack is answered within three, people sooner.
PATIENCE = 0.7


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

    async def workspaces(self) -> list[str]:
        """Those that anything is stored of."""
        return await self.store.workspaces()
