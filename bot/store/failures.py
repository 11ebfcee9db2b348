"""Failures of the line to the server: how long to go on trying, and what they are called."""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from contextlib import contextmanager

from redis.exceptions import (
    AskError,
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ClusterDownError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import TimeoutError as NoAnswer

from bot.errors import StoreError, StoreFull, StoreUnreachable
from bot.metrics import STORE_ERRORS
from bot.store.address import Address

#: What is over soon: the way to the server breaks, another one takes over, what it has is being moved to another.
PASSING = (
    Disconnected,
    NoAnswer,
    OSError,
    NoScriptError,
    RedisClusterException,
    ClusterDownError,
    TryAgainError,
    AskError,
)
#: So long a server may take to load its data.
LOADING_SECONDS = 300.0
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.5

#: What the server says when it takes no more -> what to do. Inside a script its words stand within others.
_FULL = {
    "OOM": "is out of memory: give its server more (maxmemory).",
    "READONLY": "is a copy that is only read: the setting store.url must name the primary.",
    "MISCONF": "cannot write to its disk: make room there, and it goes on by itself.",
    "NOREPLICAS": "takes nothing while its replicas are away.",
}
_FULL_WORDS = re.compile(rf"(?:^|[\s-])({'|'.join(_FULL)}) ")


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


@contextmanager
def told(address: Address) -> Generator[None]:
    """Turn what redis-py raises into StoreUnreachable, StoreFull or StoreError with a sentence; each is counted."""
    try:
        yield
    except (RedisError, RedisClusterException, OSError) as error:
        count(error)
        raise _named(address, error) from error


def count(error: Exception) -> None:
    """Count a command that was not done at this try."""
    STORE_ERRORS.labels(_kind(error)).inc()


def full(error: Exception) -> str | None:
    """The word by which the server says that it takes no more, None where it says something else."""
    match error:
        case OutOfMemoryError():
            return "OOM"
        case ReadOnlyError():
            return "READONLY"
        case ResponseError():
            found = _FULL_WORDS.search(_first_line(error))
            return found[1] if found else None
        case _:
            return None


def _kind(error: Exception) -> str:
    match error:
        case AuthenticationError() | AuthorizationError() | NoPermissionError():
            return "permission"
        case BusyLoadingError():
            return "loading"
        case NoScriptError():
            return "script"
        case _ if isinstance(error, PASSING) or _is_let_go(error):
            return "unreachable"
        case _:
            return "full" if full(error) else "refused"


def _is_let_go(error: Exception) -> bool:
    """Whether a question that waited was sent home, for the server is a copy of another now, or has the key no more."""
    return isinstance(error, ResponseError) and _first_line(error).startswith("UNBLOCKED")


def _named(address: Address, error: Exception) -> StoreError:
    cause = f"{type(error).__name__}: {_first_line(error)}"
    match _kind(error):
        case "permission":
            sentence = (
                f"The store at {address} does not let Paperbot in: check user, password and permissions in store.url."
            )
            return StoreUnreachable(sentence, cause=cause)
        case "unreachable" | "loading":
            return StoreUnreachable(address.unreachable, cause=cause)
        case "full":
            return StoreFull(f"The store at {address} {_FULL[full(error) or 'OOM']}", cause=cause)
        case _:
            return StoreError(f"The store at {address} refused: {_first_line(error)}", cause=cause)


def _first_line(error: Exception) -> str:
    line = (str(error).splitlines() or [""])[0]
    # redis-py repeats the command, and what is in it is nobody's business.
    return line.rpartition("of pipeline caused error: ")[2].strip("(',)")[:200]


def is_mistyped(answer: object) -> bool:
    """Whether Redis said that the key holds another type than the command is for."""
    return isinstance(answer, ResponseError) and "WRONGTYPE" in str(answer)
