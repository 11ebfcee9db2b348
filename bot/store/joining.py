"""Commands that are asked for at the same time go to the server together: one way there and back for all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Any, Generic, TypeAlias, TypeVar

from bot.errors import StoreError, StoreUnreachable

_Command = TypeVar("_Command")
_Ask: TypeAlias = Callable[[Sequence[_Command]], Awaitable[list[Any]]]


#: So many are under way at the same time; meanwhile the next ones gather. One that takes long holds up no other.
_CARRIERS = 2


class Joining(Generic[_Command]):
    """Joins what several ask for; ``ask`` does it, as often as it takes, and every command may be done twice."""

    def __init__(self, ask: _Ask[_Command]) -> None:
        self._ask = ask
        self._asked: list[tuple[Sequence[_Command], asyncio.Future[list[Any]]]] = []
        self._carriers: set[asyncio.Task[None]] = set()

    async def ask(self, commands: Sequence[_Command]) -> list[Any]:
        """The answers to these; what is written is done even if who asked does not wait for it. Raises StoreError."""
        loop = asyncio.get_running_loop()
        answers: asyncio.Future[list[Any]] = loop.create_future()
        self._asked.append((commands, answers))
        if len(self._asked) == 1 and len(self._carriers) < _CARRIERS:
            loop.call_soon(self._go)
        return await answers

    async def close(self) -> None:
        """Break off what nobody waits for any more."""
        for carrier in self._carriers:
            carrier.cancel()
        if self._carriers:
            await asyncio.wait(self._carriers)

    def _go(self) -> None:
        asked, self._asked = self._asked, []
        # It carries what others ask as well, so nothing of who began it shows in it.
        carrier = asyncio.get_running_loop().create_task(self._carry(asked), context=Context())
        self._carriers.add(carrier)
        carrier.add_done_callback(self._came)

    def _came(self, carrier: asyncio.Task[None]) -> None:
        self._carriers.discard(carrier)
        if self._asked:
            self._go()

    async def _carry(self, asked: Sequence[tuple[Sequence[_Command], asyncio.Future[list[Any]]]]) -> None:
        try:
            told = await self._ask([command for commands, _ in asked for command in commands])
        except asyncio.CancelledError:
            for _, answers in asked:
                if not answers.done():
                    answers.set_exception(StoreUnreachable("The store was closed."))
            raise
        except Exception as error:  # noqa: BLE001 - each of those who wait hears it
            # What one of them did wrong concerns the others only where nobody answers at all.
            if len(asked) > 1 and isinstance(error, StoreError) and not isinstance(error, StoreUnreachable):
                await asyncio.gather(*(self._carry([one]) for one in asked))
                return
            for _, answers in asked:
                if not answers.done():
                    answers.set_exception(error)
            return
        place = 0
        for commands, answers in asked:
            if not answers.done():
                answers.set_result(told[place : place + len(commands)])
            place += len(commands)
