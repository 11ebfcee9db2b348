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

#: Columns below which a table shows no more than position, title and day.
_WIDE = 70


def run(settings: Settings, paths: Iterable[Path], *, force: bool, year: int | None, as_json: bool) -> int:
    """Print every paper and every refusal of the named dumps; 1 if no paper at all could be read, else 0."""
    today = Clock(settings.testing).now().date()
    files = dumps.named(paths)
    if not files:
        screen.complain(screen.NO_FILES, "yellow")
    read_something = not files
    for path in files:
        name = dumps.readable(path)
        try:
            dump = dumps.open_dump(path)
            reading = sources.read(dump.content, name=name, today=today, page_year=year, force=force)
        except DumpRefused as refused:
            _show_refused(DumpRefused(refused.code, refused.reason, file=name, line=refused.line), as_json=as_json)
            continue
        read_something = read_something or bool(reading.entries)
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
        screen.complain(f"{place}: {refused.reason} ({refused.code})", "red")


def _show(name: str, reading: Reading) -> None:
    layout = f", layout {reading.layout}" if reading.layout else ""
    console = screen.out()
    console.print(screen.plain(f"{name}: {len(reading.entries)} papers ({reading.format.value}{layout})", "bold"))
    wide = console.width >= _WIDE
    table = Table(box=SIMPLE_HEAD, expand=True, padding=(0, 1, 0, 0))
    table.add_column("#", justify="right")
    table.add_column("title", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("published", style="cyan")
    if wide:
        table.add_column("authors", justify="right")
        table.add_column("comments", justify="right")
        table.add_column("line", justify="right", style="dim")
    for entry in reading.entries:
        counts = (entry.author_count, entry.comments, entry.line) if wide else ()
        told = (str(entry.position), screen.plain(entry.title), _date(entry, rows.entry(entry, name)))
        table.add_row(*told, *("" if count is None else str(count) for count in counts))
    console.print(table)
    noticed = Counter(code for entry in reading.entries for code in entry.warnings)
    for code, count in sorted(noticed.items()):
        screen.complain(f"  {code} on {count} papers", "yellow")
    for notice in reading.notices:
        place = f"line {notice.line}: " if notice.line else ""
        screen.complain(f"  {place}{notice.sentence} ({notice.code})", "yellow")
    for bad in reading.rejected:
        _show_refused(DumpRefused(bad.code, bad.reason, file=name, line=bad.line), as_json=False)


def _date(entry: Entry, row: rows.Row) -> str:
    """The day, with ~ before a year that is inferred and -- for one that is not known."""
    if row["published"]:
        inferred = entry.published is not None and entry.published.origin is YearOrigin.INFERRED
        return f"{'~' if inferred else ''}{row['published']}"
    return f"--{row['month']:02}-{row['day']:02}" if row["month"] else ""
