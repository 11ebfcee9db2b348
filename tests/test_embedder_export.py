"""Exports: the same vectors as SentenceTransformer, made whole or not at all, never trusted when damaged."""

from __future__ import annotations

import logging
import random
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.embedder import choosing, open_embedder, sentence_engine
from bot.embedder.engine import Vectors
from bot.embedder.export import main, make_export
from bot.embedder.exported import DESCRIPTION, WEIGHTS, find_export, installed_models, read_export
from bot.embedder.locating import BUNDLED, find_model
from bot.embedder.onnx_engine import OnnxEngine
from bot.embedder.sentence_engine import SentenceEngine
from bot.errors import ModelMissing
from bot.settings import ModelSettings

WORDS = ["graph", "attention", "motion", "retrieval", "protein", "speech", "the", "of", "with", "a", "robot", "sparse"]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model of two small layers with random weights, saved as any model is."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    source = tmp_path_factory.mktemp("tiny-source")
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *WORDS,
        *letters,
        *(f"##{letter}" for letter in letters),
    ]
    (source / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(source)
    BertTokenizer(str(source / "vocab.txt")).save_pretrained(source)
    transformer = Transformer(str(source), max_seq_length=24)
    model = SentenceTransformer(modules=[transformer, Pooling(32, "mean")], device="cpu")
    folder = tmp_path_factory.mktemp("models") / "tiny"
    model.save(str(folder), create_model_card=False)
    return folder


@pytest.fixture(scope="session")
def tiny_exports(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of exports that holds the tiny model's."""
    models = tmp_path_factory.mktemp("tiny-exports")
    make_export(find_model(str(tiny_model), download=False), models, lambda _text: None)
    return models


def varied_texts() -> list[str]:
    """Seventy texts of every kind and length."""
    draw = random.Random(11)
    odd = [
        "",
        " ",
        "?",
        "naïve Ünïcode ﬁ",
        "模型 学習 모델",
        "проверка связи",
        "🚀🔬 emoji 👩‍🔬",
        "∇θ L(θ) ≤ ε",
        "a" * 300,
        "\t\n\r",
    ]
    return odd + [" ".join(draw.choices(WORDS, k=draw.randint(1, 24) ** 2 // 2 + 1)) for _ in range(60)]


def lowest_cosine(one: Vectors, two: Vectors) -> float:
    """The lowest cosine between rows of the same number, in float64."""
    return float((one.astype(np.float64) * two.astype(np.float64)).sum(axis=1).min())


def test_both_engines_give_the_same_vectors(model_folder: Path) -> None:
    """The bundled model's export and SentenceTransformer agree for seventy varied texts, and share one tag."""
    files = find_model(BUNDLED, download=False)
    export = find_export([model_folder], files.name, files.revision)
    assert export is not None
    onnx = OnnxEngine(export, batch_size=8)
    sentence = SentenceEngine(files, device="cpu", batch_size=8, download=False)
    texts = varied_texts()
    assert lowest_cosine(onnx.vectors(texts), sentence.vectors(texts)) >= 0.99999
    assert onnx.tag == sentence.tag
    assert sentence.tag.dimension == 384


def test_an_engine_may_be_asked_by_two_threads(tiny_model: Path, tiny_exports: Path) -> None:
    """Bulk and queries at once give what each gives alone, for both engines."""
    files = find_model(str(tiny_model), download=False)
    export = find_export([tiny_exports], files.name, files.revision)
    assert export is not None
    texts = varied_texts()
    for engine in (OnnxEngine(export, batch_size=8), SentenceEngine(files, device="cpu", batch_size=8, download=False)):
        expected = engine.vectors(texts)
        with ThreadPoolExecutor(3) as threads:
            told = list(threads.map(engine.vectors, [texts] * 3))
        assert min(lowest_cosine(expected, rows) for rows in told) >= 0.99999


async def test_any_model_by_path_is_exported_on_first_use(tiny_model: Path, tmp_path: Path) -> None:
    """A model without a Normalize module, named by its folder: exported into the data folder, then found there."""
    settings = ModelSettings(name=str(tiny_model))
    told: list[str] = []
    first = await open_embedder(settings, None, data_dir=tmp_path, say=told.append)
    rows = await first.embed(varied_texts())
    await first.close()
    assert any("Exporting tiny" in line for line in told)
    assert first.tag.name == "tiny"
    told.clear()
    second = await open_embedder(settings, None, data_dir=tmp_path, say=told.append)
    await second.close()
    assert told == []
    asked = ModelSettings(name=str(tiny_model), engine="sentence-transformers", device="cpu")
    oracle = await open_embedder(asked, None, data_dir=tmp_path)
    assert lowest_cosine(rows, await oracle.embed(varied_texts())) >= 0.99999
    await oracle.close()


def test_an_export_outlives_the_model_it_was_made_from(tiny_exports: Path) -> None:
    """Where only the export is installed, the newest of that name is the model."""
    export = find_export([tiny_exports], "tiny", None)
    assert export is not None
    assert export.max_tokens == 24
    assert find_export([tiny_exports], "tiny", "another revision") is None


def _flip_a_bit(folder: Path) -> None:
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / WEIGHTS).write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "one bit of a weight": _flip_a_bit,
    "cut off": lambda folder: (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:100]),
    "a file is gone": lambda folder: (folder / "tokenizer.json").unlink(),
    "no JSON": lambda folder: (folder / DESCRIPTION).write_text("{"),
    "another JSON": lambda folder: (folder / DESCRIPTION).write_text("[]"),
    "another layout": lambda folder: (folder / DESCRIPTION).write_text(
        (folder / DESCRIPTION).read_text().replace('"layout": 1', '"layout": 0')
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_export_is_not_used(
    kind: str, tiny_exports: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever of its files is cut, changed or gone: refused with a sentence, and passed over with a warning."""
    models = tmp_path / "models"
    shutil.copytree(tiny_exports, models)
    (folder,) = models.glob("tiny-*")
    DAMAGE[kind](folder)
    with pytest.raises(ModelMissing, match="makes it again"):
        read_export(folder)
    with caplog.at_level(logging.WARNING, "bot.embedder"):
        assert find_export([models], "tiny", None) is None
    assert "damaged" in caplog.text


def test_an_export_is_made_again_over_what_is_broken(tiny_model: Path, tiny_exports: Path, tmp_path: Path) -> None:
    """A damaged export and what a killed process left behind are replaced; nothing unfinished stays."""
    models = tmp_path / "models"
    shutil.copytree(tiny_exports, models)
    (folder,) = models.glob("tiny-*")
    _flip_a_bit(folder)
    (models / ".unfinished-killed").mkdir()
    (models / ".unfinished-killed" / WEIGHTS).write_bytes(b"half")
    made = make_export(find_model(str(tiny_model), download=False), models, lambda _text: None)
    assert made.folder == folder
    assert sorted(path.name for path in models.iterdir()) == [".lock", folder.name]
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o644"}


def test_an_export_asked_for_twice_at_once_is_made_once(tiny_model: Path, tmp_path: Path) -> None:
    """Who comes second waits and takes what the first one made."""
    files = find_model(str(tiny_model), download=False)
    told: list[str] = []
    with ThreadPoolExecutor(2) as threads:
        one, two = (threads.submit(make_export, files, tmp_path, told.append) for _ in range(2))
        assert one.result() == two.result()
    assert len([line for line in told if line.startswith("Done")]) == 1
    assert len([line for line in told if "is there" in line]) == 1


@pytest.fixture
def prompted_model(tiny_model: Path, tmp_path: Path) -> Path:
    """A model that puts a prompt before every text, which an export of token ids cannot know."""
    folder = tmp_path / "prompted"
    shutil.copytree(tiny_model, folder)
    (folder / "config_sentence_transformers.json").write_text(
        '{"prompts": {"query": "robot speech the graph: "}, "default_prompt_name": "query"}'
    )
    return folder


def test_an_export_with_other_vectors_is_refused(prompted_model: Path, tmp_path: Path) -> None:
    """What does not agree with SentenceTransformer is never left where it could be used."""
    models = tmp_path / "models"
    with pytest.raises(ModelMissing, match="same vectors"):
        make_export(find_model(str(prompted_model), download=False), models, lambda _text: None)
    assert [path.name for path in models.iterdir()] == [".lock"]


def test_a_model_that_cannot_be_traced_is_refused(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever torch raises while it traces becomes one sentence, and nothing is left behind."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("torch.onnx.export", fail)
    with pytest.raises(ModelMissing, match=r"model\.engine") as refused:
        make_export(find_model(str(tiny_model), download=False), tmp_path, lambda _text: None)
    assert "ZeroDivisionError" in refused.value.cause
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


async def test_a_model_that_cannot_be_exported_is_used_as_it_is(
    prompted_model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``auto`` says why and takes SentenceTransformer; ``onnx`` refuses."""

    async def refuse(*_: Any) -> None:
        raise ModelMissing("It cannot be exported.")

    monkeypatch.setattr(choosing, "_make_export", refuse)
    with caplog.at_level(logging.WARNING, "bot.embedder"):
        embedder = await open_embedder(ModelSettings(name=str(prompted_model)), None, data_dir=tmp_path)
    assert (await embedder.embed_query("graph")).shape == (32,)
    await embedder.close()
    assert "It cannot be exported." in caplog.text
    with pytest.raises(ModelMissing):
        await open_embedder(ModelSettings(name=str(prompted_model), engine="onnx"), None, data_dir=tmp_path)


async def test_a_gpu_is_used_where_torch_has_one(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``auto`` leaves ONNX Runtime to CPUs: with a GPU, SentenceTransformer is asked to choose its device."""
    monkeypatch.setattr(sentence_engine, "has_cuda", lambda: True)
    embedder = await open_embedder(ModelSettings(name=str(tiny_model)), None, data_dir=tmp_path)
    assert (await embedder.embed_query("robot")).shape == (32,)
    await embedder.close()
    # Not a single export of this model is anywhere, so it was not ONNX Runtime that computed it.
    assert find_export([installed_models(), tmp_path / "models"], embedder.tag.name, None) is None


def test_the_command_says_in_one_sentence_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model that is not there: exit code 1, one sentence on stderr, nothing on stdout."""
    assert main(["--name", str(tmp_path), "--into", str(tmp_path / "models")]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("There is no sentence-transformers model in")
    assert told.err.count("\n") == 1


def test_the_revision_follows_what_shapes_a_vector(tiny_model: Path, tmp_path: Path) -> None:
    """Other weights or another token limit are another revision; a read-me is not."""
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_model, folder)
    original = find_model(str(folder), download=False)
    assert original.revision == find_model(str(tiny_model), download=False).revision
    (folder / "README.md").write_text("Words.")
    assert find_model(str(folder), download=False).revision == original.revision
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    swapped = find_model(str(folder), download=False).revision
    assert swapped != original.revision
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 12}')
    assert find_model(str(folder), download=False).revision not in (swapped, original.revision)
