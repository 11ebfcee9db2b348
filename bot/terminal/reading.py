"""``paperbot dump``: read dumps and show what they say; nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bot import dumps, sources
from bot.clock import Clock
from bot.errors import DumpRefused
from bot.models import Entry, Reading, YearOrigin
from bot.settings import Settings
from bot.terminal import rows, screen


def run(settings: Settings, paths: Iterable[Path], *, force: bool, year: int | None, as_json: bool) -> int:
    """Print every paper and every refusal of the named dumps; 1 if nothing at all could be read, else 0."""
    today = Clock(settings.testing).now().date()
    read_something = False
    for path in dumps.named(paths):
        name = dumps.readable(path)
        try:
            dump = dumps.open_dump(path)
            reading = sources.read(dump.content, name=name, today=today, page_year=year, force=force)
        except DumpRefused as refused:
            _show_refused(DumpRefused(refused.code, refused.reason, file=name, line=refused.line), as_json=as_json)
            continue
        read_something = True
        if as_json:
            screen.print_rows(rows.entry(entry, name) for entry in reading.entries)
            screen.print_rows(
                rows.refusal(DumpRefused(bad.code, bad.reason, file=name, line=bad.line)) for bad in reading.rejected
            )
        else:
            _show(name, reading)
    return 0 if read_something else 1


def _show_refused(refused: DumpRefused, *, as_json: bool) -> None:
    if as_json:
        screen.print_json(rows.refusal(refused))
    else:
        place = f"{refused.file}:{refused.line}" if refused.line else refused.file
        screen.err().print(screen.plain(f"{place}: {refused.reason} ({refused.code})", "red"))


def _show(name: str, reading: Reading) -> None:
    layout = f", layout {reading.layout}" if reading.layout else ""
    screen.out().print(screen.plain(f"{name}: {len(reading.entries)} papers ({reading.format.value}{layout})", "bold"))
    table = Table(box=SIMPLE_HEAD, expand=True, padding=(0, 1, 0, 0))
    table.add_column("#", justify="right")
    table.add_column("line", justify="right", style="dim")
    table.add_column("title", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("published", style="cyan")
    table.add_column("authors", justify="right")
    table.add_column("comments", justify="right")
    for entry in reading.entries:
        row = rows.entry(entry, name)
        told = [str(entry.position), str(entry.line), screen.plain(entry.title), _date(entry, row)]
        counts = ["" if count is None else str(count) for count in (entry.author_count, entry.comments)]
        table.add_row(*told, *counts)
    screen.out().print(table)
    noticed = Counter(code for entry in reading.entries for code in entry.warnings)
    for code, count in sorted(noticed.items()):
        screen.err().print(f"[yellow]  {code} on {count} papers[/]")
    for notice in reading.notices:
        place = f"line {notice.line}: " if notice.line else ""
        screen.err().print(screen.plain(f"  {place}{notice.sentence} ({notice.code})", "yellow"))
    for bad in reading.rejected:
        _show_refused(DumpRefused(bad.code, bad.reason, file=name, line=bad.line), as_json=False)


def _date(entry: Entry, row: rows.Row) -> str:
    """The day, with ~ before a year that is inferred and -- for one that is not known."""
    if row["published"]:
        inferred = entry.published is not None and entry.published.origin is YearOrigin.INFERRED
        return f"{'~' if inferred else ''}{row['published']}"
    return f"--{row['month']:02}-{row['day']:02}" if row["month"] else ""
