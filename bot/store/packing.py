"""Commands into the bytes that go to the server: by hiredis where it knows how, which takes a tenth of the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, cast

import hiredis


def quickened(client: Any) -> Any:  # noqa: ANN401 - redis-py's clients share their methods, not a type
    """The client; what it connects with from now on packs so. A cluster's, which has many pools, is left as it is."""
    if pool := getattr(client, "connection_pool", None):
        pool.connection_class = _packing(pool.connection_class)
    return client


@lru_cache
def _packing(kind: type[Any]) -> type[Any]:
    """A kind of redis-py's connections for asyncio that packs so; the bytes and the failures are the same."""
    pack = cast("Callable[[Sequence[object]], bytes]", hiredis.pack_command)  # pyright: ignore[reportUnknownMemberType]

    class Packing(kind):
        def pack_command(self, *args: bytes | str | float) -> list[bytes]:
            # What hiredis does not know, and a name of two words, is left to redis-py.
            if type(args[0]) is str and " " not in args[0]:
                try:
                    return [pack(args)]
                except TypeError:
                    pass
            return cast("list[bytes]", super().pack_command(*args))

        def pack_commands(self, commands: Iterable[Sequence[bytes | str | float]]) -> list[bytes]:
            return [b"".join(chunk for command in commands for chunk in self.pack_command(*command))]

    return Packing
