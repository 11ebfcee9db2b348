"""The line to the server: commands, their repetition, and what their failures are called.

Every command that goes through here may be sent twice: when the connection breaks, nobody knows whether it was done,
and it is sent again until an answer comes or the patience ends. So each one is idempotent: plain writes by nature,
scripts by design, and there is no other INCR than inside a script.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha1
from importlib.resources import files
from typing import Any, TypeAlias

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    NoPermissionError,
    NoScriptError,
    RedisClusterException,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import TimeoutError as NoAnswer

from bot.errors import StoreError, StoreUnreachable, StoreUnsupported
from bot.store.address import Address, sentinels
from bot.store.binary import OLDEST
from bot.store.records import Skipped

#: One command with its arguments; the key comes right after the command's name.
Command: TypeAlias = tuple[bytes | str | float, ...]

#: Commands sent at once.
TOGETHER = 500
#: So long a server may take to load its data.
LOADING_SECONDS = 300.0
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.5


class Script:
    """A Lua script beside this file; a change of its text is a change of the script."""

    def __init__(self, name: str) -> None:
        self.text = files("bot.store").joinpath(f"{name}.lua").read_text(encoding="utf-8")

    def __call__(self, keys: Sequence[str], *arguments: bytes | str | int) -> Command:
        """The command that runs it."""
        return ("EVAL", self.text, len(keys), *keys, *arguments)


class Connection:
    """A client of one store, for one event loop."""

    def __init__(self, address: Address, skipped: Skipped, patience: float) -> None:
        """``patience``: seconds for which a command is repeated when the connection breaks."""
        self.address = address
        self.skipped = skipped
        self._patience = patience
        self._client = address.connect()

    async def check(self, patience: float) -> str:
        """The server's name and version ("redis 7.2.4").

        Raises StoreUnreachable after ``patience`` seconds, StoreUnsupported for a server older than 6.2.
        """
        info: dict[str, Any] = await self._repeat(lambda: self._client.info("server"), patience)
        if "redis_version" not in info:  # a cluster answers with one for each node asked
            info = next(iter(info.values()))
        version = str(info.get("redis_version", ""))
        numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
        if numbers < OLDEST:
            raise StoreUnsupported(
                f"The server at {self.address} is version {version or 'unknown'}: Paperbot needs Redis 6.2 or newer, "
                "or any Valkey.",
            )
        return f"valkey {info['valkey_version']}" if "valkey_version" in info else f"redis {version}"

    async def close(self) -> None:
        """Let go of every connection."""
        await self._client.aclose()
        for sentinel in sentinels(self._client):
            await sentinel.aclose()

    async def read(self, *command: bytes | str | float) -> Any:  # noqa: ANN401 - as Redis answers
        """The answer to one reading command; None, and counted, where the key holds another type."""
        return (await self.read_all([command]))[0]

    async def read_all(self, commands: Sequence[Command]) -> list[Any]:
        """The answers to many; None, and counted, where a key holds another type."""
        answers = await self._ask_all(commands)
        for place, answer in enumerate(answers):
            if is_mistyped(answer):
                self.skipped.add()
                answers[place] = None
        return answers

    async def write(self, *command: bytes | str | float) -> Any:  # noqa: ANN401 - as Redis answers
        """One writing command, as ``write_all``."""
        return (await self.write_all([command]))[0]

    async def write_all(self, commands: Sequence[Command], *, at_once: bool = False) -> list[Any]:
        """Many writing commands; ``at_once``: all or none, they share a hash tag.

        A key that holds another type is counted and replaced: nothing of ours can be in it.
        """
        answers = await self._ask_all(commands, at_once=at_once)
        for place, answer in enumerate(answers):
            if is_mistyped(answer) and commands[place][0] != "EVAL":
                self.skipped.add()
                await self._ask_all([("UNLINK", commands[place][1])])
                answers[place] = (await self._ask_all([commands[place]]))[0]
        with told(self.address):
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
        return answers

    async def _ask_all(self, commands: Sequence[Command], *, at_once: bool = False) -> list[Any]:
        answers: list[Any] = []
        step = len(commands) if at_once else TOGETHER
        for start in range(0, len(commands), step or 1):
            part = list(_shortened(commands[start : start + step]))

            async def ask(part: Sequence[Command] = part) -> list[Any]:
                line = self._client.pipeline(transaction=at_once)
                for command in part:
                    line.execute_command(*command)
                found = await line.execute(raise_on_error=False)
                for answer in found:
                    if isinstance(answer, Exception) and not is_mistyped(answer):
                        raise answer
                return found

            answers.extend(await self._repeat(ask, self._patience))
        return answers

    async def _repeat(self, ask: Callable[[], Awaitable[Any]], patience: float) -> Any:  # noqa: ANN401 - what ask gives
        waits = Waits(patience)
        with told(self.address):
            while True:
                try:
                    return await ask()
                except (Disconnected, NoAnswer, NoScriptError, OSError) as error:
                    await asyncio.sleep(waits.after(error))


class Waits:
    """How long to wait before a command is sent again: from 10 ms, doubling, until the patience ends.

    A server that says it is loading its data is waited for longer.
    """

    def __init__(self, patience: float) -> None:
        self._until = time.monotonic() + patience
        self._loaded_until = time.monotonic() + max(patience, LOADING_SECONDS)
        self._wait = _FIRST_WAIT

    def after(self, error: Exception) -> float:
        """Seconds to wait; raises ``error`` again when patience ends or waiting cannot help."""
        until = self._loaded_until if isinstance(error, BusyLoadingError) else self._until
        if isinstance(error, AuthenticationError | AuthorizationError) or time.monotonic() + self._wait > until:
            raise error
        wait, self._wait = self._wait, min(_LONGEST_WAIT, self._wait * 2)
        return wait


def _shortened(commands: Sequence[Command]) -> Iterator[Command]:
    """The same commands; a script's text goes out once, and its digest stands for it after that."""
    digests: dict[object, str] = {}
    for command in commands:
        if command[0] != "EVAL":
            yield command
        elif command[1] in digests:
            yield ("EVALSHA", digests[command[1]], *command[2:])
        else:
            digests[command[1]] = sha1(str(command[1]).encode(), usedforsecurity=False).hexdigest()
            yield command


@contextmanager
def told(address: Address) -> Generator[None]:
    """Turn what redis-py raises into StoreUnreachable or StoreError with a sentence."""
    try:
        yield
    except (AuthenticationError, AuthorizationError, NoPermissionError) as error:
        raise StoreUnreachable(
            f"The store at {address} does not let Paperbot in: check user, password and permissions in store.url.",
            cause=_cause(error),
        ) from error
    except (Disconnected, NoAnswer, OSError, RedisClusterException) as error:
        raise StoreUnreachable(address.unreachable, cause=_cause(error)) from error
    except RedisError as error:
        raise StoreError(f"The store at {address} refused: {_first_line(error)}", cause=_cause(error)) from error


def _cause(error: Exception) -> str:
    return f"{type(error).__name__}: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]


def is_mistyped(answer: object) -> bool:
    """Whether Redis said that the key holds another type than the command is for."""
    return isinstance(answer, ResponseError) and "WRONGTYPE" in str(answer)
