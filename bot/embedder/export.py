"""Exports a sentence-transformers model for ONNX Runtime, once: ``python -m bot.embedder.export [--into DIR]``.

The whole model is traced, from token ids to the pooled vector, with an L2 norm behind it. What comes out is used
only after ONNX Runtime gave the same vectors as SentenceTransformer for texts of every kind; a model whose
vectors depend on more than token ids and their mask (a prompt, say) fails that test and is refused.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.embedder import exported
from bot.embedder.exported import Export, export_folder, find_export, installed_models, read_export
from bot.embedder.locating import BUNDLED, ModelFiles, find_model, stay_offline
from bot.embedder.onnx_engine import OnnxEngine
from bot.embedder.sentence_engine import load_model
from bot.errors import ModelMissing, PaperbotError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

#: The lowest cosine at which an export counts as the same model.
SAME = 0.99999
#: The newest set of ONNX operators for which torch's tracing exporter is complete.
OPSET = 17
#: Read when a model names no limit of its own.
DEFAULT_TOKENS = 512
_UNLIMITED = 100_000
#: What the comparison's texts are made of: words that one token is enough for, and some of every harder kind.
_WORDS = ("sparse", "attention", "over", "long-video", "latents", "naïve", "模型", "проверка", "∇θ=0", "🚀", "Ça", "!")
_TEMPORARY = ".unfinished-"


def make_export(files: ModelFiles, models: Path, say: Callable[[str], None]) -> Export:
    """The export of this model in the folder ``models``, made there unless it is whole already.

    Appears whole or not at all, also when two processes make it at once or one is killed. Raises ModelMissing
    if the folder cannot be written or the model cannot be exported.
    """
    try:
        models.mkdir(parents=True, exist_ok=True)
        with _alone(models):
            if export := find_export([models], files.name, files.revision):
                say(f"The export of {files.name} is there: {export.folder}")
                return export
            for left_behind in models.glob(f"{_TEMPORARY}*"):
                shutil.rmtree(left_behind)
            unfinished = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=models))
            try:
                _write(files, unfinished, say)
                final = export_folder(models, files.name, files.revision)
                if final.exists():  # damaged: find_export would have taken it
                    final.rename(models / f"{_TEMPORARY}{final.name}")
                unfinished.chmod(0o755)
                unfinished.rename(final)
            finally:
                for left_behind in models.glob(f"{_TEMPORARY}*"):
                    shutil.rmtree(left_behind)
            return read_export(final)
    except OSError as error:
        raise ModelMissing(
            f"The model's export cannot be written into {models}: make the folder writable, "
            "or name another one in the setting model.cache_dir.",
            cause=repr(error),
        ) from error


@contextmanager
def _alone(models: Path) -> Generator[None]:
    """One process at a time exports into this folder; the lock goes with the process."""
    with (models / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(files: ModelFiles, folder: Path, say: Callable[[str], None]) -> None:
    """Export into an empty folder, check, describe."""
    started = time.monotonic()
    say(f"Exporting {files.name} (once): loading it …")
    model = load_model(files, "cpu", attn_implementation="eager")
    tokenizer = getattr(model.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise ModelMissing(f"The model {files.name} cannot be exported: it has no fast tokenizer.")
    tokenizer.save(str(folder / exported.TOKENIZER))
    say("Tracing it …")
    try:
        _trace(model, folder)
    except Exception as error:  # torch raises whatever the model's own code does when it is traced
        raise ModelMissing(
            f"The model {files.name} cannot be exported; set model.engine to sentence-transformers.", cause=repr(error)
        ) from error
    limit = int(model.max_seq_length or _UNLIMITED)
    description: dict[str, object] = {
        "layout": exported.LAYOUT,
        "name": files.name,
        "revision": files.revision,
        "dimension": model.get_embedding_dimension(),
        "max_tokens": DEFAULT_TOKENS if limit >= _UNLIMITED else limit,
        "pad_id": int(model.tokenizer.pad_token_id or 0),
        "files": {
            name: exported.sha256(folder / name) for name in (exported.GRAPH, exported.WEIGHTS, exported.TOKENIZER)
        },
        "versions": {name: version(name) for name in ("torch", "transformers", "sentence-transformers", "onnx")},
    }
    _describe(folder, description)
    say("Comparing it with SentenceTransformer …")
    description["lowest_cosine"] = _compare(model, files.name, folder)
    _describe(folder, description)
    for file in folder.iterdir():
        file.chmod(0o644)  # the bot may run as another user than the one that installed it
        with file.open("rb") as content:
            os.fsync(content.fileno())
    say(f"Done in {time.monotonic() - started:.0f} s.")


def _describe(folder: Path, description: Mapping[str, object]) -> None:
    (folder / exported.DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def _trace(model: SentenceTransformer, folder: Path) -> None:
    """Write graph and weights: int64 ids and mask (batch, tokens) in, float32 unit vectors (batch, d) out."""
    import onnx
    import torch

    class Whole(torch.nn.Module):
        """The model as a function of two tensors."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            told = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
            return torch.nn.functional.normalize(told["sentence_embedding"], p=2.0, dim=1)

    # Two texts of unequal length, so that no axis and no mask is taken for a constant.
    example = model.tokenizer(["a longer text of some words", "short"], padding=True, return_tensors="pt")
    whole = folder / "whole.onnx"
    with warnings.catch_warnings(), torch.inference_mode():
        # Tracing is asked for on purpose: the exporter that replaces it needs a package more and gives no faster graph.
        warnings.filterwarnings("ignore", message="You are using the legacy TorchScript", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message="The feature will be removed", category=DeprecationWarning)
        # Branches on shapes become constants; the comparison afterwards runs over many shapes.
        warnings.filterwarnings("ignore", message="Converting a tensor to a Python boolean")
        warnings.filterwarnings("ignore", message="Exporting aten::index operator", category=UserWarning)
        torch.onnx.export(
            Whole().eval(),
            (example["input_ids"], example["attention_mask"]),
            str(whole),
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_axes={
                "input_ids": {0: "batch", 1: "tokens"},
                "attention_mask": {0: "batch", 1: "tokens"},
                "vectors": {0: "batch"},
            },
            opset_version=OPSET,
            dynamo=False,
        )
    # Weights in a file of their own are mapped into memory: half the time to the first vector, and 40 MiB less.
    onnx.save_model(onnx.load(whole), folder / exported.GRAPH, save_as_external_data=True, location=exported.WEIGHTS)
    whole.unlink()


def _compare(model: SentenceTransformer, name: str, folder: Path) -> float:
    """The lowest cosine between the export's vectors and the model's own. Raises ModelMissing below ``SAME``."""
    texts = ["", " ", "?", *(" ".join((_WORDS * 40)[start : start + 3 * start * start]) for start in range(13))]
    expected = np.asarray(model.encode(texts, normalize_embeddings=True, show_progress_bar=False), dtype=np.float64)
    given = OnnxEngine(read_export(folder), batch_size=4).vectors(texts)
    if given.shape != expected.shape:
        raise ModelMissing(f"The model {name} cannot be exported: its vectors change their shape.")
    lowest = float((given * expected).sum(axis=1).min())
    if not lowest >= SAME:  # NaN is refused too
        raise ModelMissing(
            f"The model {name} cannot be exported with the same vectors; set model.engine to sentence-transformers.",
            cause=f"lowest cosine {lowest}",
        )
    return lowest


def main(arguments: list[str] | None = None) -> int:
    """The command line. Exit code 1 with one sentence on stderr if the export could not be made."""
    parser = argparse.ArgumentParser(prog="python -m bot.embedder.export", description=__doc__)
    parser.add_argument("--into", type=Path, default=installed_models(), help="folder of exports (%(default)s)")
    parser.add_argument("--name", default=BUNDLED, help="as the setting model.name (%(default)s)")
    parser.add_argument("--download", action="store_true", help="as the setting model.download")
    asked = parser.parse_args(arguments)
    stay_offline(download=asked.download)
    try:
        make_export(find_model(asked.name, download=asked.download), asked.into.expanduser().absolute(), _say)
    except PaperbotError as error:
        _say(error.sentence)
        return 1
    return 0


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
