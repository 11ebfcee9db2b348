"""``paperbot backup``, ``restore``, ``export`` and ``import``: the store as a file, and back."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from rich.table import Table

from bot.backup import Backup, Export, Import, Imported, Restore, checked, looked_at
from bot.clock import Clock
from bot.errors import StoreInUse, StoreOwned, UserError
from bot.services import open_services
from bot.settings import Settings
from bot.store import Store, open_store
from bot.terminal import screen

#: Bad lines that are listed; all of them are counted.
_SHOWN = 20
_MEGABYTE = 1_000_000


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[Store]:
    store = await open_store(settings.store)
    try:
        yield store
    finally:
        await store.close()


async def backup(settings: Settings, file: Path, *, as_json: bool) -> int:
    """Write everything that is stored."""
    with screen.progress(quiet=as_json) as report:
        async with _opened(settings) as store:
            kept = await Backup(store, Clock(settings.testing).now, version("paperbot")).write(file, report=report)
    if as_json:
        told = {"keys": kept.keys, "lines": kept.lines, "bytes": kept.size, "sha256": kept.sha256}
        screen.print_json({"file": str(file), **told, "seconds": round(kept.seconds, 3)})
        return 0
    console = screen.out()
    console.print(
        screen.plain(f"{file}: {kept.keys:,} keys, {kept.size / _MEGABYTE:,.1f} MB in {kept.seconds:.1f} s.", "bold")
    )
    console.print(
        "What changed while it was written may be in it or not. Try it: `paperbot restore` into a second store."
    )
    return 0


async def restore(
    settings: Settings,
    file: Path,
    *,
    replace: bool,
    ask: bool,
    confirm: Callable[[str], bool],
    as_json: bool,
) -> int:
    """Fill an empty store; 1 where whoever was asked said no."""
    with screen.progress(quiet=as_json) as report:
        report("Checking the file", 0, 1)
        whole = await asyncio.to_thread(checked, file)
        report("Checking the file", 1, 1)
    async with _alone(settings) as store:
        verb = Restore(store, Clock(settings.testing).now)
        if replace and ask and (held := await store.refilling.holds()) and not _agreed(store, held, confirm):
            screen.complain("Nothing was changed.", "yellow")
            return 1
        with screen.progress(quiet=as_json) as report:
            done = await verb.into(whole, replace=replace, report=report)
        address = store.address
    # It is of what the store was; the next start makes it anew.
    await asyncio.to_thread(shutil.rmtree, settings.store.data_dir / "index", ignore_errors=True)
    if as_json:
        told = {"keys": done.keys, "lines": done.lines, "over": done.over, "made": whole.heading.get("made")}
        screen.print_json({"file": str(file), "store": address, **told, "seconds": round(done.seconds, 3)})
    else:
        made = str(whole.heading.get("made"))[:16].replace("T", " ")
        words = f"{address} is as it was on {made} UTC: {done.keys:,} keys in {done.seconds:.1f} s."
        screen.print_hanging(screen.plain(words, "bold"))
    if done.unsure:
        words = "The server does not say who is connected to it: make sure that no bot was at work on this store."
        screen.complain(words, "yellow")
    return 0


def _agreed(store: Store, held: int, confirm: Callable[[str], bool]) -> bool:
    """Raises UserError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise UserError(
            f"--replace deletes the {held} keys in {store.address} first: say --yes as well, if that is meant."
        )
    return confirm(f"Delete the {held} keys in {store.address} and put the backup in their place?")


@asynccontextmanager
async def _alone(settings: Settings) -> AsyncGenerator[Store]:
    """The store as it is, for nobody else. Raises StoreInUse."""
    try:
        store = await open_store(settings.store, owner=True, restoring=True)
    except StoreOwned as owned:
        raise StoreInUse(owned.sentence, cause=owned.cause) from owned
    try:
        yield store
    finally:
        await store.close()


async def export(settings: Settings, file: Path, *, as_json: bool) -> int:
    """Write what people have."""
    with screen.progress(quiet=as_json) as report:
        async with _opened(settings) as store:
            done = await Export(store, Clock(settings.testing).now, version("paperbot")).write(file, report=report)
    if as_json:
        told = {"lines": done.counts, "bytes": done.size, "seconds": round(done.seconds, 3)}
        screen.print_json({"file": str(file), **told})
    else:
        table = Table(title=screen.plain(str(file)), title_justify="left")
        table.add_column("lines")
        table.add_column("of", justify="right")
        for kind, count in done.counts.items():
            table.add_row(kind, f"{count:,}")
        screen.out().print(table)
    return 0


async def import_(settings: Settings, file: Path, *, as_json: bool) -> int:
    """Merge an export; 1 if nothing in it could be taken in."""
    await asyncio.to_thread(looked_at, file)
    with screen.progress(quiet=as_json) as report:
        async with open_services(settings, report=report) as services:
            verb = Import(services.ingest.store, services.ingest)
            done = await verb.read(file, report=report)
    if as_json:
        told = {"new": dict(done.new), "known": done.known, "refused": [_refused(*one) for one in done.refused]}
        screen.print_json({"file": str(file), **told, "seconds": round(done.seconds, 3)})
    else:
        _show(done)
    return 1 if done.refused and not done.new and not done.known else 0


def _refused(line: int, why: str) -> dict[str, object]:
    return {"line": line, "reason": why}


def _show(done: Imported) -> None:
    new = ", ".join(f"{count:,} {kind}" for kind, count in done.new.items()) or "nothing"
    words = f"New: {new}. {done.known:,} lines told nothing new. {done.seconds:.1f} s."
    screen.print_hanging(screen.plain(words, "bold"))
    for line, why in done.refused[:_SHOWN]:
        screen.complain(f"line {line}: {why}" if line else f"The file: {why}.", "yellow")
    if len(done.refused) > _SHOWN:
        screen.complain(f"… and {len(done.refused) - _SHOWN} more lines were not taken in.", "yellow")
