"""One installation of Paperbot in a folder of its own, used as a person uses it: by its commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONG_AGO = 1_700_000_000


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    def rows(self) -> list[dict[str, Any]]:
        """Its JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Installation:
    """A config file with a data folder beside it."""

    def __init__(self, root: Path, model_folder: Path, more: str = "") -> None:
        root.mkdir(exist_ok=True)
        self.root = root
        self.data = root / "data"
        self.inbox = self.data / "inbox"
        self.config = root / "config.toml"
        self.config.write_text(
            f'[store]\ndata_dir = "data"\n[model]\ncache_dir = "{model_folder}"\n[http]\nops_port = 0\n{more}'
        )

    def command(self, *arguments: str | Path) -> list[str]:
        """The command line, with this config unless another is named or no command is given."""
        config = () if "--config" in arguments or str(arguments[0]).startswith("-") else ("--config", str(self.config))
        return [sys.executable, "-m", "bot", *map(str, arguments), *config]

    def do(self, *arguments: str | Path, **environment: str) -> Done:
        """Run one command to its end, as a program of its own."""
        done = subprocess.run(
            self.command(*arguments), capture_output=True, timeout=60, env={**os.environ, **environment}, check=False
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def drop(self, name: str, content: bytes) -> None:
        """Put a file that was written long ago into the inbox, by renaming it in."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        written = self.root / f"{name}.written"
        written.write_bytes(content)
        os.utime(written, (LONG_AGO, LONG_AGO))
        written.rename(self.inbox / name)
