"""The one place that writes to a terminal: JSON on stdout for machines, tables and progress for people.

Progress, warnings and refusals go to stderr, so that stdout holds nothing but the answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from bot.progress import Report

_CONTROL = dict.fromkeys({*range(32), *range(127, 160)} - {9, 10})
_BIDI = dict.fromkeys((*range(8234, 8239), *range(8294, 8298), 8206, 8207, 65279))


def out() -> Console:
    """The console for answers."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=False)


def err() -> Console:
    """The console for progress and for what went wrong."""
    return Console(file=sys.stderr, highlight=False)


def safe(text: str) -> str:
    """Untrusted text for a terminal: no control character and no change of direction is left in it."""
    return text.encode("utf-8", "replace").decode().translate(_CONTROL | _BIDI)


def plain(text: str, style: str = "") -> Text:
    """Untrusted text as a rich text in which no markup is read."""
    return Text(safe(text), style=style)


def linked(text: str, url: str, style: str = "") -> Text:
    """Untrusted text that a terminal may open at ``url``."""
    return Text(safe(text), style=f"{style} link {url}".strip())


def print_json(row: object) -> None:
    """One JSON value on one line of stdout; characters stay readable, lone surrogates are replaced."""
    line = json.dumps(row, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(line.encode("utf-8", "replace").decode() + "\n")


def print_rows(rows: Iterable[object]) -> None:
    """JSON lines."""
    for row in rows:
        print_json(row)


@contextmanager
def progress(*, shown: bool) -> Generator[Report]:
    """Progress bars on stderr while the block runs, one a step; nothing is drawn when ``shown`` is false.

    Without a terminal on stderr, each step is said once in a line, so that a log stays short.
    """
    console = err()
    if not shown:
        yield lambda _step, _done, _of: None
        return
    if not console.is_terminal:
        said: set[str] = set()

        def say(step: str, _done: int, _of: int | None) -> None:
            if step not in said:
                said.add(step)
                console.print(f"{step} …")

        yield say
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, object] = {}

        def draw(step: str, done: int, of: int | None) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=of)
            bars.update(tasks[step], completed=done, total=of)  # pyright: ignore[reportArgumentType] - a TaskID

        yield draw
