"""Chooses and loads the engine that the settings ask for, making the model's export where there is none yet."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from bot.embedder.engine import Engine
from bot.embedder.exported import Export, find_export, installed_models
from bot.embedder.locating import ModelFiles, find_model, model_name, stay_offline
from bot.errors import ModelMissing, SettingsError
from bot.settings import ModelSettings

LOG = logging.getLogger("bot.embedder")


async def open_engine(settings: ModelSettings, data_dir: Path, say: Callable[[str], None]) -> Engine:
    """The loaded engine. Raises ModelMissing and SettingsError.

    ONNX Runtime on a CPU, from an export: of ``model.cache_dir`` if it is set, else of the environment, else of
    ``<data_dir>/models``, where one is made on first use. SentenceTransformer on any other device, where it is
    asked for, and, with a warning, where ``auto`` finds that the model cannot be exported.
    """
    stay_offline(download=settings.download)
    if settings.engine == "onnx" and settings.device not in ("auto", "cpu"):
        raise SettingsError(
            f"The setting model.device is {settings.device!r}, but the onnx engine computes on the CPU: "
            "set model.engine to auto or sentence-transformers."
        )
    if await asyncio.to_thread(_wants_sentence_transformers, settings):
        return await _sentence_engine(settings, settings.device)
    try:
        return await _onnx_engine(settings, data_dir, say)
    except ModelMissing as error:
        if settings.engine == "onnx":
            raise
        engine = await _sentence_engine(settings, "cpu")
        LOG.warning("Embedding with SentenceTransformer, which is slower: %s (%s)", error.sentence, error.cause)
        return engine


def _wants_sentence_transformers(settings: ModelSettings) -> bool:
    if settings.engine != "auto":
        return settings.engine == "sentence-transformers"
    if settings.device != "auto":
        return settings.device != "cpu"
    from bot.embedder.sentence_engine import has_cuda

    return has_cuda()


async def _onnx_engine(settings: ModelSettings, data_dir: Path, say: Callable[[str], None]) -> Engine:
    own = settings.cache_dir.expanduser().absolute() if settings.cache_dir else data_dir / "models"
    places = [own] if settings.cache_dir else [installed_models(), own]

    def look() -> Export | None:
        try:
            revision = find_model(settings.name, download=settings.download).revision
        except ModelMissing:
            # An image may hold the export alone; the newest of that name is the model then.
            if export := find_export(places, model_name(settings.name), None):
                return export
            raise
        return find_export(places, model_name(settings.name), revision)

    def load(export: Export) -> Engine:
        from bot.embedder.onnx_engine import OnnxEngine

        return OnnxEngine(export, batch_size=settings.batch_size)

    export = await asyncio.to_thread(look)
    if export is None:
        await _make_export(settings, own, say)
        export = await asyncio.to_thread(look)
    if export is None:
        raise ModelMissing(f"The model's export in {own} vanished while it was opened: try again.")
    return await asyncio.to_thread(load, export)


async def _make_export(settings: ModelSettings, models: Path, say: Callable[[str], None]) -> None:
    """Export in a process of its own: what torch takes, half a gigabyte, is given back when it ends."""
    command = [sys.executable, "-P", "-m", "bot.embedder.export", "--into", str(models), "--name", settings.name]
    process = await asyncio.create_subprocess_exec(
        *command,
        *(["--download"] if settings.download else []),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    last = ""
    try:
        while process.stderr is not None and (line := await process.stderr.readline()):
            last = line.decode(errors="replace").strip()
            LOG.info("%s", last)
            say(last)
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0:
        raise ModelMissing(last or "The model could not be exported.", cause=f"the export ended with {code}: {last}")


async def _sentence_engine(settings: ModelSettings, device: str) -> Engine:
    def load() -> Engine:
        from bot.embedder.sentence_engine import SentenceEngine

        files: ModelFiles = find_model(settings.name, download=settings.download)
        return SentenceEngine(files, device=device, batch_size=settings.batch_size, download=settings.download)

    return await asyncio.to_thread(load)
