"""The line to the server: commands, their repetition, and what their failures are called.

Every command that goes through here may be sent twice: when the connection breaks, nobody knows whether it was done,
and it is sent again until an answer comes or the patience ends. So each one is idempotent: plain writes by nature,
scripts by design, and there is no other INCR than inside a script.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha1
from importlib.resources import files
from typing import Any, TypeAlias, cast

from redis.exceptions import NoScriptError, ResponseError

from bot.errors import StoreError, StoreUnreachable, StoreUnsupported
from bot.store.address import Address
from bot.store.binary import OLDEST
from bot.store.failures import PASSING, Waits, count, full, is_mistyped, told
from bot.store.haste import in_time
from bot.store.heeding import heeding
from bot.store.joining import Joining
from bot.store.lines import Command, line_to
from bot.store.records import Skipped

__all__ = ["Command", "Connection", "Script"]

#: A script's digest, and the hash tag of its keys.
_Script: TypeAlias = tuple[str, str]

#: Commands sent at once.
TOGETHER = 100
#: Commands that are asked for together and still go with those of others.
_LITTLE = 16
#: Fields or keys that the server looks at in one go: a millisecond.
_LOOKED_AT = 1_000


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
        self._line = line_to(address)
        #: Scripts that the server has seen.
        self._scripts: set[_Script] = set()
        self._joining: Joining[Command] = Joining(self._ask_now)

    async def check(self, patience: float) -> str:
        """The server's name and version ("redis 7.2.4").

        Raises StoreUnreachable after ``patience`` seconds, StoreUnsupported for a server older than 6.2.
        """
        info: dict[str, Any] = await in_time(
            self._repeat(lambda: self._line.client.info("server"), patience), self.address
        )
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

    async def is_rewriting(self) -> bool:
        """Whether the one server writes its log of writes anew, or is about to. Raises StoreError."""
        told: dict[str, Any] = await self._repeat(lambda: self._line.client.info("persistence"), self._patience)
        return bool(told.get("aof_rewrite_in_progress") or told.get("aof_rewrite_scheduled"))

    async def clients(self) -> list[str] | None:
        """What the server's connections are called, on every node ("" for one without a name); None where it may not say."""
        where = {"target_nodes": "all"} if self.address.scheme == "cluster" else {}
        try:
            listed: Any = await self._repeat(
                lambda: self._line.client.execute_command("CLIENT LIST", **where), self._patience
            )
        except StoreError as refused:
            if isinstance(refused.__cause__, ResponseError):
                return None
            raise
        nodes: list[list[dict[str, str]]] = [*cast("dict[str, Any]", listed).values()] if where else [listed]
        return [one.get("name", "") for node in nodes for one in node]

    async def close(self) -> None:
        """Let go of every connection."""
        await self._joining.close()
        await self._line.close()

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

    async def write(self, *command: bytes | str | float, patience: float | None = None) -> Any:  # noqa: ANN401 - as Redis answers
        """One writing command, as ``write_all``.

        ``patience``: after so many seconds it fails with StoreUnreachable, whatever the server is doing.
        """
        if patience is None:
            return (await self.write_all([command]))[0]
        try:
            async with asyncio.timeout(patience):
                return (await self.write_all([command]))[0]
        except TimeoutError as error:
            raise StoreUnreachable(self.address.unreachable, cause=f"no answer in {patience:g} s") from error

    async def fields(self, key: str, beginning: str) -> list[bytes]:
        """The fields of a hash whose names begin so, in no order."""
        pattern = re.sub(r"([\\*?\[\]^-])", r"\\\1", beginning) + "*"
        found: list[bytes] = []
        cursor = 0
        while True:
            answer = await self.read("HSCAN", key, cursor, "MATCH", pattern, "COUNT", _LOOKED_AT)
            cursor, page = answer or (0, ())
            found.extend(page)
            if not cursor:
                return list(dict.fromkeys(found))

    async def keys(self, beginning: str) -> list[bytes]:
        """The keys that begin so, in no order. It looks at every key there is, so it is for rare occasions."""

        async def ask() -> list[bytes]:
            return [key async for key in self._line.client.scan_iter(match=f"{beginning}*", count=_LOOKED_AT)]

        return sorted(set(await self._repeat(ask, self._patience)))

    async def write_all(self, commands: Sequence[Command], *, at_once: bool = False) -> list[Any]:
        """Many writing commands; ``at_once``: all or none, they share a hash tag.

        A key that holds another type is counted and replaced: nothing of ours can be in it.
        """
        answers = await self._ask_all(commands, at_once=at_once)
        doomed = {
            command[1]: None
            for command, answer in zip(commands, answers, strict=True)
            if is_mistyped(answer) and command[0] != "EVAL"
        }
        if doomed:
            self.skipped.add(len(doomed))
            await self._ask_all([("UNLINK", key) for key in doomed])
            again = [n for n, command in enumerate(commands) if command[0] != "EVAL" and command[1] in doomed]
            for place, answer in zip(again, await self._ask_all([commands[n] for n in again]), strict=True):
                answers[place] = answer
        with told(self.address):
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
        return answers

    async def _ask_all(self, commands: Sequence[Command], *, at_once: bool = False) -> list[Any]:
        """The answers; what is little goes together with what others ask at the same time."""
        if not at_once and 0 < len(commands) <= _LITTLE:
            return await in_time(self._joining.ask(commands), self.address)
        return await self._ask_now(commands, at_once=at_once)

    async def _ask_now(self, commands: Sequence[Command], *, at_once: bool = False) -> list[Any]:
        answers: list[Any] = []
        step = len(commands) if at_once else TOGETHER
        for start in range(0, len(commands), step or 1):
            part = commands[start : start + step]

            async def ask(part: Sequence[Command] = part) -> list[Any]:
                known = self._scripts if not at_once else set[_Script]()
                scripts = set(known)
                found = await self._line.ask(list(_shortened(part, scripts)), at_once=at_once)
                for answer in found:
                    if isinstance(answer, NoScriptError):
                        # The server started anew, or it is another one.
                        known.clear()
                    if isinstance(answer, Exception) and not is_mistyped(answer):
                        raise answer
                known |= scripts
                return found

            answers.extend(await in_time(self._repeat(ask, self._patience), self.address))
        return answers

    async def _repeat(self, ask: Callable[[], Awaitable[Any]], patience: float) -> Any:  # noqa: ANN401 - what ask gives
        waits = Waits(patience)
        with told(self.address):
            while True:
                try:
                    return await heeding(ask())
                except PASSING as error:
                    failure: Exception = error
                except ResponseError as error:
                    # The server was made a copy of another; the address may lead to that one by now.
                    if full(error) != "READONLY" or not await self._line.is_replaced():
                        raise
                    failure = error
                wait = waits.after(failure)
                count(failure)
                await asyncio.sleep(wait)


def _shortened(commands: Sequence[Command], known: set[_Script]) -> Iterator[Command]:
    """The same commands; a script's text goes out once to each hash tag, and its digest stands for it after that.

    ``known`` are those that the server has seen; what goes out now is added to them.
    """
    for command in commands:
        if command[0] != "EVAL":
            yield command
            continue
        _, text, *rest = command
        # Keys of another tag may be another server's, which has not seen the text.
        script = _digest(str(text)), _tag(str(rest[1])) if len(rest) > 1 else ""
        if script in known:
            yield ("EVALSHA", script[0], *rest)
        else:
            known.add(script)
            yield command


@lru_cache
def _digest(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def _tag(key: str) -> str:
    return key.partition("{")[2].partition("}")[0]
