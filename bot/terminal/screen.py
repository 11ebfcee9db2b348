"""The one place that writes to a terminal: JSON on stdout for machines, tables and progress for people.

Progress, warnings and refusals go to stderr, so that stdout holds nothing but the answer.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from bot.progress import Report, silent

#: White space that starts a line or moves the cursor; it separates words, so a space takes its place.
_BREAKS = "\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029"
#: Marks that turn the direction of what follows them (Unicode UAX #9), and the byte order mark.
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_BREAK = re.compile(f"[{_BREAKS}]")
_CONTROL = re.compile(f"[\x00-\x1f\x7f-\x9f{_DIRECTIONS}]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
#: What JSON allows in a string but a terminal obeys, or a reader of lines takes for an end of line.
_UNSAFE_IN_JSON = re.compile(f"[\x7f-\x9f\u2028\u2029{_DIRECTIONS}]")

#: Seconds that the store may take for each question of somebody who looks what is wrong.
STORE_SECONDS = 2.0
#: What to say when only empty folders were named.
NO_FILES = "There is no file in what was named."


def out() -> Console:
    """The console for answers."""
    return Console(file=sys.stdout, highlight=False)


def err() -> Console:
    """The console for progress and for what went wrong."""
    return Console(file=sys.stderr, highlight=False)


def safe(text: str) -> str:
    """Untrusted text for one line of a terminal: no line break, control character or change of direction is left."""
    return _LONE_SURROGATE.sub("\ufffd", _CONTROL.sub("", _BREAK.sub(" ", text)))


def plain(text: str, style: str = "") -> Text:
    """Untrusted text as a rich text in which no markup is read."""
    return Text(safe(text), style=style)


def linked(text: str, url: str, style: str = "") -> Text:
    """Untrusted text that a terminal may open at ``url``."""
    return Text(safe(text), style=f"{style} link {url}".strip())


def complain(sentence: str, style: str = "") -> None:
    """One sentence on one line of stderr; the terminal itself breaks it where it is too long."""
    err().print(plain(sentence, style), soft_wrap=True)


def print_hanging(text: Text, first: str = "") -> None:
    """A paragraph on stdout that starts with ``first``; the lines after the first one are indented as deep."""
    console = out()
    indent = first
    for line in text.wrap(console, max(20, console.width - len(first))):
        line.rstrip()
        console.print(Text(indent) + line, soft_wrap=True)
        indent = " " * len(first)


def print_json(row: object) -> None:
    r"""One JSON value on one line of stdout, in UTF-8 (RFC 8259), lone surrogates replaced.

    Characters stay readable, but for those that a terminal would obey: they are written as ``\u009b``.
    """
    line = _LONE_SURROGATE.sub("\ufffd", json.dumps(row, ensure_ascii=False, allow_nan=False))
    line = _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
    sys.stdout.buffer.write(line.encode() + b"\n")


def print_rows(rows: Iterable[object]) -> None:
    """JSON lines."""
    for row in rows:
        print_json(row)


class _Counted(ProgressColumn):
    """“12/40” for steps that are counted; a step that is only done or not shows nothing."""

    def render(self, task: Task) -> Text:
        """The count of one step."""
        return Text(f"{task.completed:.0f}/{task.total:.0f}" if task.total and task.total > 1 else "")


@contextmanager
def progress(*, quiet: bool = False) -> Generator[Report]:
    """Progress bars on stderr while the block runs, one a step.

    Without a terminal on stderr, each step is said once in a line, so that a log stays short; nothing if ``quiet``.
    """
    console = err()
    if console.is_terminal:
        with _bars(console) as report:
            yield report
        return
    if quiet:
        yield silent
        return
    said: set[str] = set()

    def say(step: str, _done: int, _of: int | None) -> None:
        if step not in said:
            said.add(step)
            complain(f"{step} …")

    yield say


@contextmanager
def _bars(console: Console) -> Generator[Report]:
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        _Counted(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def draw(step: str, done: int, of: int | None) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(safe(step), total=None)
            # A step of one part moves to and fro until it is done.
            total = of if of is not None and (of > 1 or done >= of) else None
            bars.update(tasks[step], completed=done, total=total)

        yield draw
