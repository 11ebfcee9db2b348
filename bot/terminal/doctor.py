"""``paperbot check``: looks at settings, store, model and sources, one after the other, and says what is wrong."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.table import Table

from bot import dumps, settings
from bot.dumps import Folder
from bot.embedder import open_embedder
from bot.errors import PaperbotError
from bot.settings import Settings
from bot.store import open_store
from bot.terminal import screen

_Place = TypeVar("_Place")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and what to say of it."""

    name: str
    ok: bool
    say: str


async def run(config: Path | None, *, as_json: bool) -> int:
    """Print every check; 1 if one of them failed."""
    checks: list[Check] = []
    try:
        chosen = settings.load(config)
    except PaperbotError as failure:
        checks.append(Check("settings", ok=False, say=failure.sentence))
    else:
        read = config or settings.DEFAULT_CONFIG
        checks.append(Check("settings", ok=True, say=f"read from {read}" if read.is_file() else "defaults"))
        checks.append(await _looked("store", _store, chosen))
        checks.append(await _looked("model", _model, chosen))
        checks += [await _looked(f"source {one.name}", _folder, Folder(one.path)) for one in chosen.folders()]
    ok = all(check.ok for check in checks)
    if as_json:
        screen.print_json({"ok": ok, "checks": [{"name": c.name, "ok": c.ok, "say": c.say} for c in checks]})
    else:
        table = Table(show_header=False, box=None)
        for check in checks:
            mark = "[green]✓ ok[/]" if check.ok else "[red]✗ wrong[/]"
            table.add_row(mark, screen.plain(check.name), screen.plain(check.say))
        screen.out().print(table)
    return 0 if ok else 1


async def _looked(name: str, look: Callable[[_Place], Awaitable[str]], at: _Place) -> Check:
    try:
        return Check(name, ok=True, say=await look(at))
    except PaperbotError as failure:
        return Check(name, ok=False, say=failure.sentence)
    except OSError as failure:
        return Check(name, ok=False, say=f"It cannot be looked at: {failure.strerror or failure}.")


async def _store(chosen: Settings) -> str:
    store = await open_store(chosen.store)
    try:
        papers = await store.papers.count()
        readers = len(await store.profiles.readers())
        return f"{store.version} at {store.address}: {papers} papers, {readers} readers"
    finally:
        await store.close()


async def _model(chosen: Settings) -> str:
    embedder = await open_embedder(chosen.model, None, data_dir=chosen.store.data_dir)
    try:
        await embedder.embed_query("a first text")
        return f"{embedder.tag.name}, {embedder.tag.dimension} dimensions"
    finally:
        await embedder.close()


async def _folder(folder: Folder) -> str:
    folder.prepare()
    settled, growing = folder.waiting()
    for place in ("inbox", "done", "rejected"):
        if not os.access(folder.root / place, os.W_OK):
            raise PaperbotError(f"{dumps.readable(folder.root / place)} cannot be written: check its owner and mode.")
    return f"{dumps.readable(folder.inbox)}: {len(settled) + len(growing)} dumps waiting"
