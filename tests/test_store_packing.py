"""bot.store.packing: the same bytes and the same failures as redis-py's own packing."""

from __future__ import annotations

from typing import Any

import pytest
import redis.asyncio
from redis.exceptions import DataError

from bot.store.packing import quickened


def _both() -> tuple[Any, Any]:
    usual, quick = (redis.asyncio.Redis(unix_socket_path="/nowhere") for _ in range(2))
    return usual.connection_pool.make_connection(), quickened(quick).connection_pool.make_connection()


def test_the_bytes_are_the_same() -> None:
    usual, quick = _both()
    commands: list[tuple[Any, ...]] = [
        ("SET", "é", b"\x00\xff", 1, -1.5, 1e22, float("inf"), ""),
        ("SCRIPT LOAD", "x"),
        ("SET", "big", b"x" * 20_000, memoryview(b"seen")),
        ("PING",),
    ]
    for command in commands:
        assert b"".join(quick.pack_command(*command)) == b"".join(usual.pack_command(*command))
    assert b"".join(quick.pack_commands(commands)) == b"".join(usual.pack_commands(commands))


@pytest.mark.parametrize(("wrong", "failure"), [(None, DataError), (True, DataError), ("\ud800", UnicodeEncodeError)])
def test_the_failures_are_the_same(wrong: object, failure: type[Exception]) -> None:
    for connection in _both():
        with pytest.raises(failure):
            connection.pack_command("SET", "a", wrong)
