"""Failures of the line to the server: how long to go on trying, and what they are called."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    NoPermissionError,
    RedisClusterException,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import TimeoutError as NoAnswer

from bot.errors import StoreError, StoreUnreachable
from bot.store.address import Address

#: So long a server may take to load its data.
LOADING_SECONDS = 300.0
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.5


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
