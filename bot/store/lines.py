"""Lines to the store: a few commands there, their answers back, each of them once. Who asks again is ``connection``.

A cluster's line finds the server of each command by its key. Where a slot has moved, or is being moved, it follows; the
library's own pipeline does so with a word (ASKING) that may go out on another connection than the command it is for,
sends transactions from threads of their own, and never learns that a server was replaced.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, cast

from redis.asyncio.cluster import ClusterNode, PipelineCommand, RedisCluster
from redis.exceptions import AskError, ClusterDownError, MovedError, RedisClusterException, RedisError
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import TimeoutError as NoAnswer

from bot.store.address import Address, sentinels

#: One command with its arguments; the key comes right after the command's name.
Command: TypeAlias = tuple[bytes | str | float, ...]

#: How often the servers of a cluster may send a command on to each other before it is asked again later.
_MOST_WAYS = 5


class Line(Protocol):
    """A line to one store, for one event loop."""

    @property
    def client(self) -> Any:  # noqa: ANN401 - redis-py's clients share their methods, not a type
        """For what is asked of servers, not of keys."""
        ...

    async def ask(self, commands: Sequence[Command], *, at_once: bool = False) -> list[Any]:
        """The answers, what a server refuses among them; ``at_once``: all or none. Raises what the line breaks with."""
        ...

    async def is_replaced(self) -> bool:
        """The server said that it is a copy now: whether there is a way to find the one that it is a copy of."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


def line_to(address: Address) -> Line:
    """The line to this address; it connects with its first command. Raises SettingsError."""
    client = address.connect()
    return _Cluster(client) if isinstance(client, RedisCluster) else _One(client)


class _One:
    """One server, named by its address or by Sentinels."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - as Line.client
        self.client = client

    async def ask(self, commands: Sequence[Command], *, at_once: bool = False) -> list[Any]:
        """As Line says."""
        line = self.client.pipeline(transaction=at_once)
        for command in commands:
            line.execute_command(*command)
        return cast("list[Any]", await line.execute(raise_on_error=False))

    async def is_replaced(self) -> bool:
        """As Line says: behind Sentinels, and perhaps behind a name."""
        await self.client.connection_pool.disconnect(inuse_connections=False)
        return bool(sentinels(self.client))

    async def close(self) -> None:
        """As Line says."""
        await self.client.aclose()
        for sentinel in sentinels(self.client):
            await sentinel.aclose()


@dataclass(eq=False)
class _Sending:
    """Commands that go to one server on one connection, one after the other."""

    key: bytes
    commands: list[Command]
    #: The server that it was sent on to, for this once.
    asked: ClusterNode | None = None
    answers: list[Any] = field(default_factory=list[Any])

    @property
    def redirection(self) -> AskError | None:
        """Where it has to go instead; nothing of it was done then."""
        # Of a transaction one command may be refused, and with it all of them.
        return next((one for one in reversed(self.answers) if isinstance(one, AskError)), None)


class _Cluster:
    """Several servers, each of which has some of the slots."""

    def __init__(self, client: RedisCluster) -> None:
        self.client = client
        #: Nobody answered where somebody should: who has which slots is asked again first.
        self._is_stale = False

    async def ask(self, commands: Sequence[Command], *, at_once: bool = False) -> list[Any]:
        """As Line says."""
        await self._know()
        if at_once:
            together = _Sending(key_of(commands[0]), [("MULTI",), *commands, ("EXEC",)])
            await self._send([together])
            return _answers_of(together, commands, self.client.response_callbacks)
        sendings = [_Sending(key_of(command), [command]) for command in commands]
        await self._send(sendings)
        return [sending.answers[-1] for sending in sendings]

    async def is_replaced(self) -> bool:
        """As Line says: always."""
        self._is_stale = True
        return True

    async def close(self) -> None:
        """As Line says."""
        await self.client.aclose()

    async def _know(self) -> None:
        """Find out who has which slots, where that is not known. Raises RedisError, RedisClusterException."""
        try:
            await self.client.initialize()
            if self._is_stale:
                await self.client.nodes_manager.initialize()
                self._is_stale = False
        except RedisClusterException as error:
            # The library hides what it failed with, a wrong password too.
            if isinstance(error.__cause__, RedisError | OSError):
                raise error.__cause__ from error
            raise

    async def _send(self, sendings: Sequence[_Sending]) -> None:
        for _ in range(_MOST_WAYS):
            by_node: defaultdict[ClusterNode, list[_Sending]] = defaultdict(list)
            for sending in sendings:
                by_node[sending.asked or self._node(sending.key)].append(sending)
            gone = await asyncio.gather(*map(self._send_to, by_node, by_node.values()), return_exceptions=True)
            for failure in gone:
                if failure is not None:
                    self._is_stale = self._is_stale or isinstance(failure, Disconnected | NoAnswer | OSError)
                    raise failure
            self._is_stale = self._is_stale or any(
                isinstance(one, ClusterDownError) for sending in sendings for one in sending.answers
            )
            sendings = [sending for sending in sendings if sending.redirection]
            for sending in sendings:
                await self._follow(sending)
            if not sendings:
                return

    async def _send_to(self, node: ClusterNode, sendings: Sequence[_Sending]) -> None:
        """All of them on one connection. Raises what it breaks with."""
        words: list[Command] = []
        for sending in sendings:
            words += [("ASKING",)] if sending.asked else []
            words += sending.commands
        sent = [PipelineCommand(place, *command) for place, command in enumerate(words)]
        await node.execute_pipeline(sent)
        for one in sent:
            if isinstance(one.result, Disconnected | NoAnswer | OSError):
                raise one.result
        answers = iter(sent)
        for sending in sendings:
            if sending.asked:
                next(answers)
            sending.answers = [next(answers).result for _ in sending.commands]

    async def _follow(self, sending: _Sending) -> None:
        told = cast("AskError", sending.redirection)
        nodes = self.client.nodes_manager
        sending.asked = None
        if isinstance(told, MovedError):
            await nodes.move_slot(told)
            return
        sending.asked = nodes.get_node(str(told.host), int(told.port))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        if sending.asked is None:
            self._is_stale = True

    def _node(self, key: bytes) -> ClusterNode:
        return self.client.nodes_manager.get_node_from_slot(self.client.keyslot(key))


def key_of(command: Command) -> bytes:
    """The key that decides where a command goes; a script's other keys share its tag."""
    match command[0]:
        case "EVAL" | "EVALSHA":
            key = command[3]
        case "XREADGROUP":
            key = command[command.index("STREAMS") + 1]
        case _:
            key = command[1]
    return key if isinstance(key, bytes) else str(key).encode()


def _answers_of(together: _Sending, commands: Sequence[Command], callbacks: dict[str, Any]) -> list[Any]:
    """What became of each command of a transaction; where it was refused, why stands in place of them."""
    answers = together.answers[-1]
    if isinstance(answers, Exception):
        refused = together.redirection or next(one for one in together.answers if isinstance(one, Exception))
        return [refused] * len(commands)
    return [
        callback(answer)
        if not isinstance(answer, Exception) and (callback := callbacks.get(str(command[0])))
        else answer
        for command, answer in zip(commands, answers, strict=True)
    ]
