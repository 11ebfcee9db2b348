"""Commands that are asked for at the same time: together to the server, each with its own answer or failure."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.errors import StoreError, StoreUnreachable
from bot.store.joining import Joining


class Server:
    """Answers with the commands themselves; fails for those that say so."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, commands: Sequence[str]) -> list[str]:
        self.asked.append(list(commands))
        await self.go.wait()
        if "away" in commands:
            raise StoreUnreachable("The store is away.")
        if "refused" in commands:
            raise StoreError("The store refused.")
        return [command.upper() for command in commands]


async def test_what_is_asked_at_the_same_time_goes_together() -> None:
    """Each gets the answers to its own."""
    server = Server()
    joining: Joining[str] = Joining(server)
    told = await asyncio.gather(joining.ask(["a", "b"]), joining.ask(["c"]), joining.ask(["d"]))
    assert told == [["A", "B"], ["C"], ["D"]]
    assert server.asked == [["a", "b", "c", "d"]]


async def test_while_much_is_under_way_the_next_ones_gather() -> None:
    """Two ways at the same time; what takes long holds up no other."""
    server = Server()
    joining: Joining[str] = Joining(server)
    server.go.clear()
    tasks = [asyncio.create_task(joining.ask(["a"]))]
    await asyncio.sleep(0.001)
    tasks.append(asyncio.create_task(joining.ask(["b"])))
    await asyncio.sleep(0.001)
    tasks += [asyncio.create_task(joining.ask([name])) for name in "cd"]
    await asyncio.sleep(0.001)
    assert server.asked == [["a"], ["b"]]
    server.go.set()
    await asyncio.gather(*tasks)
    assert server.asked[2:] == [["c", "d"]]


async def test_one_that_is_refused_harms_no_other() -> None:
    """Each is asked for again alone; where nobody answers all hear it."""
    server = Server()
    joining: Joining[str] = Joining(server)
    good, bad = await asyncio.gather(joining.ask(["a"]), joining.ask(["refused"]), return_exceptions=True)
    assert good == ["A"]
    assert isinstance(bad, StoreError)
    told = await asyncio.gather(joining.ask(["a"]), joining.ask(["away"]), return_exceptions=True)
    assert all(isinstance(one, StoreUnreachable) for one in told)


async def test_who_does_not_wait_any_more_harms_no_other() -> None:
    """A cancelled question is asked all the same, and the others get their answers."""
    server = Server()
    joining: Joining[str] = Joining(server)
    server.go.clear()
    tasks = [asyncio.create_task(joining.ask([name])) for name in "ab"]
    await asyncio.sleep(0.001)
    tasks[0].cancel()
    server.go.set()
    assert await tasks[1] == ["B"]
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]


async def test_at_the_end_nothing_is_under_way() -> None:
    """Who still waits then is told so."""
    server = Server()
    joining: Joining[str] = Joining(server)
    server.go.clear()
    task = asyncio.create_task(joining.ask(["a"]))
    await asyncio.sleep(0.001)
    await joining.close()
    with pytest.raises(StoreUnreachable):
        await task
