"""A model's export on disk: where it lies, and whether it is whole. Needs neither torch nor ONNX Runtime.

An export is a folder ``<models>/<model>-<revision>/`` of four files that appear together or not at all:
``model.onnx`` (the graph), ``weights.bin`` (its numbers, mapped into memory), ``tokenizer.json``, and
``export.json``, which says what the other three are and the SHA-256 of each.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bot.embedder.locating import file_name
from bot.errors import ModelMissing
from bot.models import ModelTag

LOG = logging.getLogger("bot.embedder")

GRAPH, WEIGHTS, TOKENIZER, DESCRIPTION = "model.onnx", "weights.bin", "tokenizer.json", "export.json"
#: Counts up when what an export holds, or how its graph is called, changes; others are made again.
LAYOUT = 1


@dataclass(frozen=True, slots=True)
class Export:
    """A whole export: its folder, the model's tag, and how its texts are tokenised."""

    folder: Path
    tag: ModelTag
    #: A text is cut after so many tokens.
    max_tokens: int
    pad_id: int


def installed_models() -> Path:
    """Where ``make venv`` and the image build put exports: ``share/paperbot/models`` of the environment."""
    return Path(sys.prefix) / "share" / "paperbot" / "models"


def export_folder(models: Path, name: str, revision: str) -> Path:
    """The folder of the export of this model in ``models``."""
    return models / f"{file_name(name)}-{revision}"


def find_export(places: Sequence[Path], name: str, revision: str | None) -> Export | None:
    """The first whole export of a model in these folders; None if there is none, with a warning for damaged ones.

    Without a revision (the model's own files are not on this machine) the newest export of that name counts.
    """
    for models in places:
        found = [folder for folder in models.glob(f"{file_name(name)}-*") if (folder / DESCRIPTION).is_file()]
        for folder in sorted(found, key=lambda folder: (folder / DESCRIPTION).stat().st_mtime, reverse=True):
            if revision is not None and folder != export_folder(models, name, revision):
                continue
            try:
                export = read_export(folder)
            except ModelMissing as damaged:
                LOG.warning("%s (%s)", damaged.sentence, damaged.cause)
                continue
            if export.tag.name == name:
                return export
    return None


def read_export(folder: Path) -> Export:
    """The export in this folder. Raises ModelMissing unless it is whole, unchanged and of this layout."""
    try:
        told = cast("dict[str, Any]", json.loads((folder / DESCRIPTION).read_bytes()))
        tag = ModelTag(str(told["name"]), str(told["revision"]), int(told["dimension"]))
        export = Export(folder, tag, int(told["max_tokens"]), int(told["pad_id"]))
        promised = {"layout": told["layout"], **told["files"]}
        found = {"layout": LAYOUT, **{name: sha256(folder / name) for name in (GRAPH, WEIGHTS, TOKENIZER)}}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, repr(error)) from error
    if changed := [name for name, value in found.items() if promised.get(name) != value]:
        raise _damaged(folder, f"not as it was exported: {', '.join(changed)}")
    return export


def _damaged(folder: Path, cause: str) -> ModelMissing:
    return ModelMissing(
        f"The exported model in {folder} is damaged; `python -m bot.embedder.export` makes it again.", cause=cause
    )


def sha256(file: Path) -> str:
    """The SHA-256 of a file's bytes, in hex. Raises OSError."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
