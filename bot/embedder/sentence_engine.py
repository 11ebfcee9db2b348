"""The engine for every model and device: SentenceTransformer itself. Takes seconds and half a gigabyte to load."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.embedder.engine import Vectors
from bot.embedder.locating import ModelFiles, stay_offline
from bot.errors import ModelMissing, SettingsError
from bot.models import ModelTag

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

#: What an NVIDIA driver leaves on a Linux machine, WSL included.
_GPU_FILES = (Path("/dev/nvidiactl"), Path("/dev/dxg"))


class SentenceEngine:
    """A SentenceTransformer on one device."""

    def __init__(self, files: ModelFiles, *, device: str, batch_size: int, download: bool) -> None:
        """Load the model; ``auto`` leaves the device to the library. Raises ModelMissing and SettingsError."""
        stay_offline(download=download)
        self._model = load_model(files, None if device == "auto" else known_device(device))
        self._batch_size = batch_size
        self._tag = ModelTag(files.name, files.revision, int(self._model.get_embedding_dimension() or 0))
        # The first call sets the tokenizer up, which may not happen in two threads; later calls leave it as it is.
        self.vectors(["ready"])

    @property
    def tag(self) -> ModelTag:
        """Which model this is."""
        return self._tag

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, float32 (n, d)."""
        rows = self._model.encode(
            list(texts), batch_size=self._batch_size, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(rows, dtype=np.float32)


def load_model(files: ModelFiles, device: str | None, **model_settings: str) -> SentenceTransformer:
    """The model of these files, from the disk alone. Raises ModelMissing if the library cannot load them."""
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        return SentenceTransformer(
            str(files.folder), device=device, local_files_only=True, model_kwargs=model_settings or None
        )
    except Exception as error:  # not installed, or damaged files, for which it raises many kinds, bare ones among them
        raise ModelMissing(
            f"The model {files.name} in {files.folder} cannot be loaded: install it again or name another one.",
            cause=repr(error),
        ) from error


def known_device(device: str) -> str:
    """The device if this machine has it. Raises SettingsError."""
    import torch

    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    kind = device.partition(":")[0]
    if kind not in there:
        raise SettingsError(f"The setting model.device is {device!r}: it must be auto, cpu, cuda, cuda:1 … or mps.")
    if not there[kind]:
        raise SettingsError(f"The setting model.device is {device!r}, but torch finds no such device: set it to auto.")
    return device


def has_cuda() -> bool:
    """An NVIDIA GPU is here, and torch can use it. Asks torch, which takes a second, only where a driver is."""
    if not any(file.exists() for file in _GPU_FILES) or importlib.util.find_spec("torch") is None:
        return False
    import torch

    return torch.cuda.is_available()
