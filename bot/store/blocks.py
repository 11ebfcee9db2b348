"""Streams the interest vectors of a shard, block by block, to whoever scores them.

A thread reads ahead on a connection of its own, at most two blocks, so reading overlaps with scoring and memory does
not depend on how many interests there are. A sound block costs one join and no loop over its fields; only a block that
holds something else is looked at field by field.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from operator import contains
from queue import Empty, Full, Queue
from typing import Any

import numpy as np
from redis.exceptions import ResponseError

from bot.models import ROW_EXTRA, ModelTag
from bot.store import keys
from bot.store.address import Address, sentinels
from bot.store.failures import PASSING, Waits, is_mistyped, told
from bot.store.records import Skipped
from bot.store.vectors import Floats

#: Blocks that are read but not yet scored.
AHEAD = 2
_FLOAT = np.dtype("<f4")
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class InterestBlock:
    """Up to 1,000 interests of one shard that are stored together."""

    number: int
    #: Whose interest each row is: user, NUL, interest id.
    fields: list[bytes]
    #: float32[n, d + ROW_EXTRA], one row a field, laid out as ``bot.models`` says. Not to be written to.
    rows: Floats


def read_blocks(
    address: Address, shard: keys.Shard, tag: ModelTag, skipped: Skipped, patience: float
) -> Generator[InterestBlock]:
    """All interests of a shard that have a row of this model. Blocks the thread that asks.

    Fields of another length, not finite, or without a NUL in their name are left out and counted. A command is
    repeated for ``patience`` seconds. Raises StoreUnreachable, StoreError.
    """
    reader = _Reader(address, shard, tag, skipped, patience)
    reader.start()
    try:
        while (item := reader.ready.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        reader.stop()


class _Reader(threading.Thread):
    """Reads ahead until nothing is left, or until it is stopped."""

    def __init__(self, address: Address, shard: keys.Shard, tag: ModelTag, skipped: Skipped, patience: float) -> None:
        super().__init__(name=f"read {shard}", daemon=True)
        #: What was read; an error, or None at the end.
        self.ready: Queue[InterestBlock | Exception | None] = Queue(AHEAD)
        self._stopped = threading.Event()
        self._address = address
        self._shard = shard
        self._tag = tag
        self._skipped = skipped
        self._patience = patience
        self._client: Any = None

    def run(self) -> None:
        """What the thread does."""
        try:
            with told(self._address):
                self._read()
        except Exception as error:  # noqa: BLE001 - raised again in the thread that asked
            self._hand_over(error)
        else:
            self._hand_over(None)

    def stop(self) -> None:
        """Nobody wants more; returns when the thread has ended."""
        self._stopped.set()
        with suppress(Empty):  # it may be waiting for room
            self.ready.get_nowait()
        self.join()

    def _read(self) -> None:
        try:
            places = self._skipped.number(self._ask("GET", self._shard.place)) or 0
            for number in keys.blocks(places):
                stored = self._ask("HGETALL", self._shard.vectors(self._tag.key(), number))
                if stored:
                    self._hand_over(parsed(number, stored, self._tag.dimension + ROW_EXTRA, self._skipped))
                if self._stopped.is_set():
                    return
        finally:
            self._let_go()

    def _connected(self) -> Any:  # noqa: ANN401 - redis-py's client
        """The client; that of a cluster connects at once. Raises what the line breaks with."""
        if self._client is None:
            self._client = self._address.connect_blocking()
            # names and values in turn, as they come: making a dict of them takes as long as reading them
            self._client.set_response_callback("HGETALL", _as_sent)
        return self._client

    def _let_go(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()
            for sentinel in sentinels(client):
                sentinel.close()

    def _hand_over(self, item: InterestBlock | Exception | None) -> None:
        while not self._stopped.is_set():
            try:
                self.ready.put(item, timeout=_LOOK_SECONDS)
            except Full:
                continue
            return

    def _ask(self, *command: str) -> Any:  # noqa: ANN401 - as Redis answers
        waits = Waits(self._patience)
        while True:
            try:
                return self._connected().execute_command(*command)
            except PASSING as error:
                # A cluster's client would go on asking the servers that it knows.
                self._let_go()
                if self._stopped.wait(waits.after(error)):
                    return None
            except ResponseError as error:
                if not is_mistyped(error):
                    raise
                self._skipped.add()
                return None


def _as_sent(answer: list[bytes], **_options: object) -> list[bytes]:
    return answer


def parsed(number: int, stored: dict[bytes, bytes] | list[bytes], width: int, skipped: Skipped) -> InterestBlock:
    """The sound fields of one stored block; ``width`` is the floats of a row.

    ``stored`` has names and values in turn, or is a dict of them: a cluster's client knows no other.
    """
    fields, values = (list(stored), list(stored.values())) if isinstance(stored, dict) else (stored[::2], stored[1::2])
    size = width * _FLOAT.itemsize
    # without a loop in Python, as there are a thousand of each
    if set(map(len, values)) == {size} and all(map(contains, fields, repeat(b"\0"))):
        rows = _matrix(values, width)
        if np.isfinite(rows).all():
            return InterestBlock(number, fields, rows)
    return _sifted(number, fields, values, width, skipped)


def _sifted(
    number: int, fields: Sequence[bytes], values: Sequence[bytes], width: int, skipped: Skipped
) -> InterestBlock:
    size = width * _FLOAT.itemsize
    good = [
        place
        for place, (field, value) in enumerate(zip(fields, values, strict=True))
        if len(value) == size and b"\0" in field and np.isfinite(np.frombuffer(value, _FLOAT)).all()
    ]
    skipped.add(len(values) - len(good))
    return InterestBlock(number, [fields[place] for place in good], _matrix([values[place] for place in good], width))


def _matrix(values: Sequence[bytes], width: int) -> Floats:
    return np.frombuffer(b"".join(values), _FLOAT).reshape(len(values), width)
