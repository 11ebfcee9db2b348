"""The engine for CPUs: an export run by ONNX Runtime, with ``tokenizers`` in front. Imports no torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bot.embedder.engine import Vectors
from bot.embedder.exported import GRAPH, TOKENIZER, Export
from bot.errors import ModelMissing
from bot.models import ModelTag
from bot.priority import BULK, stand_back

if TYPE_CHECKING:
    from tokenizers import Encoding

#: A batch is filled up to so many tokens, padding included: its numbers then stay in a core's own cache.
BATCH_TOKENS = 256
#: More threads than this only wait for each other in a chunk of 64 texts.
MAX_THREADS = 16


class OnnxEngine:
    """One session for every thread: each core computes batches of its own, and the weights are in memory once.

    Measured on two cores with abstracts: 61 texts a second, against 52 with both cores on one batch of eight.
    A single text is one batch, computed in the caller's own thread beside whatever else is at work.
    """

    def __init__(self, export: Export, *, batch_size: int) -> None:
        """Load the export. Raises ModelMissing if ONNX Runtime refuses it."""
        os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the threads are ours to give
        import onnxruntime
        from tokenizers import Tokenizer

        options = cast("Any", onnxruntime).SessionOptions()  # the package leaves its compiled part untyped
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(export.folder / GRAPH), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(export.folder / TOKENIZER))
        except Exception as error:  # both libraries raise bare Exception subclasses of their own making
            raise ModelMissing(
                f"The exported model in {export.folder} cannot be loaded; `python -m bot.embedder.export` makes it again.",
                cause=repr(error),
            ) from error
        self._tokenizer.enable_truncation(export.max_tokens)
        self._tokenizer.no_padding()
        self._pad_id = export.pad_id
        self._tag = export.tag
        self._batch_size = batch_size

    @property
    def tag(self) -> ModelTag:
        """Which model this is."""
        return self._tag

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, float32 (n, d); computed longest first, so that batches hold little padding."""
        encodings = self._tokenizer.encode_batch_fast(list(texts))
        order = sorted(range(len(encodings)), key=lambda row: len(encodings[row]), reverse=True)
        batches = self._batches([encodings[row] for row in order])
        if len(batches) == 1:
            computed = [self._run(batches[0])]
        else:
            with ThreadPoolExecutor(min(available_cores(), MAX_THREADS), "embed-batch", stand_back, (BULK,)) as cores:
                computed = list(cores.map(self._run, batches))
        rows = np.empty((len(encodings), computed[0].shape[1]), dtype=np.float32)
        rows[order] = np.concatenate(computed)
        return rows

    def _batches(self, encodings: Sequence[Encoding]) -> list[Sequence[Encoding]]:
        """Neighbours together: at most ``batch_size`` texts and ``BATCH_TOKENS`` tokens, at least one text."""
        batches: list[Sequence[Encoding]] = []
        start = 0
        while start < len(encodings):
            many = max(1, min(self._batch_size, BATCH_TOKENS // max(1, len(encodings[start]))))
            batches.append(encodings[start : start + many])
            start += many
        return batches

    def _run(self, encodings: Sequence[Encoding]) -> Vectors:
        """The vectors of one batch whose first encoding is the longest."""
        shape = (len(encodings), max(1, len(encodings[0])))
        ids = np.full(shape, self._pad_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding)] = encoding.ids
            mask[row, : len(encoding)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask}
        return cast("Vectors", self._session.run(None, inputs)[0])


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
