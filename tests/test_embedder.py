"""The embedder: what it gives, what it remembers, what it refuses, and that it stays off the event loop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from bot.embedder import CHUNK, QUERIES, Embedder, Vectors, open_embedder
from bot.errors import BadVector, ModelMissing, SettingsError
from bot.identity import text_hash
from bot.models import ModelTag
from bot.settings import ModelSettings

TAG = ModelTag("invented", "1", 8)


class Recorder:
    """An engine that invents a unit vector from each text's hash and records what it was asked."""

    def __init__(self, spoil: Callable[[Vectors], Vectors] = lambda rows: rows) -> None:
        self.tag = TAG
        self.asked: list[list[str]] = []
        self.spoil = spoil

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Record, invent, spoil."""
        self.asked.append(list(texts))
        return self.spoil(np.stack([invented(text) for text in texts]))

    @property
    def texts(self) -> list[str]:
        """Every text asked for, in order."""
        return [text for call in self.asked for text in call]


def invented(text: str) -> Vectors:
    """The unit vector that ``Recorder`` gives a text."""
    row = np.frombuffer(text_hash(text), dtype=np.uint8)[:8].astype(np.float32) + 1
    return row / np.float32(np.linalg.norm(row))


class Memory:
    """A cache that is a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, bytes], Vectors] = {}

    async def cached(self, tag: ModelTag, hashes: Sequence[bytes]) -> Mapping[bytes, Vectors]:
        """What is known."""
        return {text: self.rows[tag.key(), text] for text in hashes if (tag.key(), text) in self.rows}

    async def cache(self, tag: ModelTag, rows: Mapping[bytes, Vectors]) -> None:
        """Keep."""
        self.rows.update({(tag.key(), text): row for text, row in rows.items()})


async def test_rows_stand_in_the_order_of_the_texts() -> None:
    """Whatever the engine's order of work, row i is the vector of text i."""
    texts = ["word " * (n * 37 % 101) + str(n) for n in range(3 * CHUNK)]
    embedder = Embedder(Recorder(), None)
    rows = await embedder.embed(texts)
    await embedder.close()
    assert rows.dtype == np.float32
    assert np.array_equal(rows, np.stack([invented(text) for text in texts]))


async def test_no_texts_give_an_empty_matrix() -> None:
    """An empty list is no error, and its matrix has the model's width."""
    embedder = Embedder(Recorder(), Memory())
    assert (await embedder.embed([])).shape == (0, 8)
    await embedder.close()


async def test_a_text_is_embedded_once() -> None:
    """Duplicates in one call, a later call, another embedder on the same cache, two calls at once: one computation."""
    memory, engine = Memory(), Recorder()
    embedder = Embedder(engine, memory)
    rows = await embedder.embed(["a", "b", "a", "c", "b"])
    assert np.array_equal(rows[0], rows[2])
    await embedder.embed(["c", "a", "d"])
    await asyncio.gather(embedder.embed(["e", "f"]), embedder.embed(["f", "e"]))
    await embedder.close()
    other = Embedder(engine, memory)
    assert np.array_equal(await other.embed(["d", "a"]), np.stack([invented("d"), invented("a")]))
    await other.close()
    assert sorted(engine.texts) == ["a", "b", "c", "d", "e", "f"]


async def test_another_model_shares_nothing() -> None:
    """The cache is asked under the model's own tag."""
    memory, one, two = Memory(), Recorder(), Recorder()
    two.tag = ModelTag("invented", "2", 8)
    for engine in (one, two):
        embedder = Embedder(engine, memory)
        await embedder.embed(["a"])
        await embedder.close()
    assert one.texts == two.texts == ["a"]


@pytest.mark.parametrize("row", [[np.nan] * 8, [0.0] * 8, [1.0] * 8, [0.5] * 4])
async def test_a_damaged_cached_vector_is_computed_again(row: list[float]) -> None:
    """What a cache gives back is believed only if it is a unit vector of the model's dimension."""
    memory, engine = Memory(), Recorder()
    await memory.cache(TAG, {text_hash("a"): np.array(row, dtype=np.float32)})
    embedder = Embedder(engine, memory)
    assert np.array_equal((await embedder.embed(["a"]))[0], invented("a"))
    await embedder.close()
    assert np.array_equal((await memory.cached(TAG, [text_hash("a")]))[text_hash("a")], invented("a"))


def last_row(value: float) -> Callable[[Vectors], Vectors]:
    """Fills the last row with this."""

    def spoil(rows: Vectors) -> Vectors:
        rows[-1] = value
        return rows

    return spoil


SPOILT: dict[str, Callable[[Vectors], Vectors]] = {
    "nan": last_row(np.nan),
    "infinite": last_row(np.inf),
    "zero": last_row(0.0),
    "not of unit length": last_row(1.0),
    "too short": lambda rows: rows[:, :5],
    "a row too few": lambda rows: rows[:-1],
}


@pytest.mark.parametrize("how", SPOILT)
async def test_a_bad_vector_is_refused_and_not_kept(how: str) -> None:
    """One bad vector among good ones: nothing of the chunk is returned or cached, for texts and for queries."""
    memory = Memory()
    embedder = Embedder(Recorder(SPOILT[how]), memory)
    with pytest.raises(BadVector, match="invented"):
        await embedder.embed(["good", "bad"])
    for _ in range(2):
        with pytest.raises(BadVector):
            await embedder.embed_query("bad")
    await embedder.close()
    assert memory.rows == {}


async def test_progress_is_told_after_every_chunk() -> None:
    """Cached texts and duplicates count as done; the last word is all of them."""
    memory = Memory()
    embedder = Embedder(Recorder(), memory)
    await embedder.embed(["0", "1"])
    told: list[tuple[int, int]] = []
    texts = [str(number) for number in range(2 * CHUNK + 7)] + ["0"]
    await embedder.embed(texts, progress=lambda done, total: told.append((done, total)))
    await embedder.close()
    assert [done for done, _ in told] == [3, 3 + CHUNK, 3 + 2 * CHUNK, len(texts)]
    assert {total for _, total in told} == {len(texts)}


async def test_a_query_does_not_wait_for_a_bulk_chunk() -> None:
    """While a chunk is being computed the event loop runs on and a query is answered."""
    asked = threading.Event()

    class Slow(Recorder):
        def vectors(self, texts: Sequence[str]) -> Vectors:
            if texts == ["bulk"]:
                assert asked.wait(10)
            return super().vectors(texts)

    embedder = Embedder(Slow(), None)
    bulk = asyncio.create_task(embedder.embed(["bulk"]))
    assert np.array_equal(await embedder.embed_query("query"), invented("query"))
    assert not bulk.done()
    asked.set()
    assert len(await bulk) == 1
    await embedder.close()


async def test_queries_are_remembered() -> None:
    """The last thousand queries cost nothing; the one used longest ago is forgotten first."""
    engine = Recorder()
    embedder = Embedder(engine, None)
    for number in range(QUERIES):
        await embedder.embed_query(str(number))
    first = await embedder.embed_query("0")
    await embedder.embed_query("one more")
    await embedder.embed_query("0")
    await embedder.embed_query("1")
    await embedder.close()
    assert engine.texts == [str(number) for number in range(QUERIES)] + ["one more", "1"]
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0


async def test_a_cancelled_call_leaves_the_embedder_whole() -> None:
    """After a cancelled ``embed`` the next one works, and after ``close`` no thread is left."""
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    class Slow(Recorder):
        def vectors(self, texts: Sequence[str]) -> Vectors:
            loop.call_soon_threadsafe(begun.set)
            assert go_on.wait(10)
            return super().vectors(texts)

    before = set(threading.enumerate())
    embedder = Embedder(Slow(), None)
    task = asyncio.create_task(embedder.embed(["a"] * (2 * CHUNK)))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert len(await embedder.embed(["b"])) == 1
    await embedder.embed_query("c")
    await embedder.close()
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("embed")]


async def test_hostile_texts_have_vectors(model_folder: Path, tmp_path: Path) -> None:
    """Empty, endless, unpaired surrogates, control characters: each gets a unit vector from the real model."""
    texts = [
        "",
        " ",
        "\x00",
        "\ud800 half a pair",
        "x" * 2_000_000,
        "word " * 400_000,
        "🚀" * 10_000,
        "\u202e\u200b\ufeff",
    ]
    embedder = await open_embedder(ModelSettings(cache_dir=model_folder), None, data_dir=tmp_path)
    rows = await embedder.embed(texts)
    await embedder.close()
    assert rows.shape == (len(texts), 384)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


async def test_near_in_meaning_is_near_in_vectors(model_folder: Path, tmp_path: Path) -> None:
    """The bundled model tells subjects apart."""
    embedder = await open_embedder(ModelSettings(cache_dir=model_folder), None, data_dir=tmp_path)
    texts = [
        "Robots that learn to grasp unseen objects.",
        "A gripper picks up tools it never saw.",
        "Prices of grain in 1890.",
    ]
    near, far = (await embedder.embed(texts))[1:] @ await embedder.embed_query(texts[0])
    await embedder.close()
    assert near > far + 0.2


@pytest.mark.parametrize("engine", ["auto", "onnx", "sentence-transformers"])
async def test_a_missing_model_is_told(
    engine: Literal["auto", "onnx", "sentence-transformers"], tmp_path: Path
) -> None:
    """A folder without a model and a name that is not on this machine: a sentence that says what to do."""
    for name, advice in ((str(tmp_path), "model.name"), ("nobody/no-such-model", "model.download")):
        settings = ModelSettings(name=name, engine=engine, cache_dir=tmp_path / "models")
        with pytest.raises(ModelMissing, match=advice):
            await open_embedder(settings, None, data_dir=tmp_path)


@pytest.mark.parametrize(("engine", "device"), [("onnx", "cuda"), ("auto", "abacus"), ("sentence-transformers", "mps")])
async def test_a_device_that_is_not_there_is_told(
    engine: Literal["auto", "onnx", "sentence-transformers"],
    device: str,
    model_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither an unknown device, nor a missing one, nor one for the wrong engine is taken for another."""
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    settings = ModelSettings(engine=engine, device=device, cache_dir=model_folder)
    with pytest.raises(SettingsError, match=r"model\.device"):
        await open_embedder(settings, None, data_dir=tmp_path)


def test_torch_stays_out(model_folder: Path, tmp_path: Path) -> None:
    """With the export in place the first vector needs no torch; importing the door loads no engine at all."""
    program = f"""
import asyncio, sys
from pathlib import Path
from bot.embedder import open_embedder
from bot.settings import ModelSettings

HEAVY = {{"torch", "transformers", "sentence_transformers", "onnx", "sklearn", "scipy", "huggingface_hub"}}
assert not (HEAVY | {{"onnxruntime", "tokenizers"}}) & set(sys.modules)

async def main():
    embedder = await open_embedder(ModelSettings(cache_dir=Path({str(model_folder)!r})), None, data_dir=Path({str(tmp_path)!r}))
    assert (await embedder.embed(["one", "two"])).shape == (2, 384)
    await embedder.close()

asyncio.run(main())
assert not HEAVY & set(sys.modules), HEAVY & set(sys.modules)
"""
    told = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
