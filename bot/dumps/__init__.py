"""The door to the filesystem: dumps are opened, and an inbox's files go to ``done/`` or ``rejected/``.

A folder source holds three folders::

    inbox/      drop dumps here, also while they are still being written
    done/       what was read, untouched
    rejected/   what was refused, untouched, each beside a NAME.reason that says why

Nothing here follows a link, waits on a FIFO or reads more than 20 MB of a file that stands in an inbox.

opening     one dump, read whole
settling    whether a file is still being written
moving      to a free name in another folder, whole or not at all
putting     a whole dump of ours into an inbox
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bot.dumps.moving import free_place, readable, rename, state_of, write_whole
from bot.dumps.opening import MAX_BYTES, Dump, open_dump
from bot.dumps.putting import put_whole
from bot.dumps.settling import is_growing
from bot.errors import DumpRefused, FolderError

__all__ = ["MAX_BYTES", "Dump", "Folder", "named", "open_dump", "readable"]

#: Names that programs give to files they are still writing.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".swp", ".filepart", "~")


def named(paths: Iterable[Path]) -> list[Path]:
    """The files that a person named; a folder stands for the files directly in it, by name."""
    files: list[Path] = []
    for path in paths:
        try:
            if path.is_dir():
                files += sorted(p for p in path.iterdir() if not p.is_dir() and not _unfinished(p.name))
            else:
                files.append(path)
        except OSError:
            files.append(path)  # opening it tells why it cannot be read
    return files


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder source: ``inbox/``, ``done/`` and ``rejected/`` below ``root``."""

    root: Path
    #: Each file is a page that is asked for again and again: of each name, ``done/`` and ``rejected/`` keep the last.
    latest_only: bool = False

    @property
    def inbox(self) -> Path:
        """Where dumps are dropped."""
        return self.root / "inbox"

    def prepare(self) -> None:
        """Make the three folders. Raises FolderError."""
        for folder in ("inbox", "done", "rejected"):
            try:
                (self.root / folder).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise FolderError(
                    f"The folder {readable(self.root / folder)} cannot be made: check the path and its owner.",
                    cause=repr(error),
                ) from error

    def put(self, name: str, content: bytes) -> Path:
        """Put a whole dump into the inbox, settled at once, in place of one of that name. Raises FolderError."""
        path = self.inbox / name
        _put(path, content)
        return path

    def refuse(self, name: str, content: bytes, refusal: DumpRefused) -> None:
        """Put what no paper can be read in into ``rejected/`` beside its reason; no dump that waits is touched.

        It takes the place of what was refused under that name. Raises FolderError.
        """
        _put(self.root / "rejected" / f"{name}.reason", _reason(refusal).encode("utf-8", "backslashreplace"))
        _put(self.root / "rejected" / name, content)

    def waiting(self, *, wait: float = 0.0) -> tuple[list[Path], list[Path]]:
        """What stands in the inbox, by name: the settled, and those that are still being written.

        Settled means not changed for ``settling.QUIET_SECONDS`` and, where that can be learnt, open for writing nowhere; what is
        no file is always settled. ``wait``: seconds to wait at most for all to settle. Raises FolderError.
        """
        limit = time.monotonic() + wait
        while True:
            settled: list[Path] = []
            growing: list[Path] = []
            for path, status in self._entries():
                (growing if stat.S_ISREG(status.st_mode) and is_growing(path, status) else settled).append(path)
            if not growing or time.monotonic() >= limit:
                return settled, growing
            time.sleep(0.1)

    def done(self, dump: Dump) -> bool:
        """Move a dump to ``done/``; False, and it stays for another reading, if it changed since it was opened.

        False too if somebody else took it. Raises FolderError.
        """
        return self._move(dump.path, self.root / "done", state=dump.state)

    def reject(self, path: Path, refusal: DumpRefused, *, state: tuple[int, int, int] | None = None) -> bool:
        """Move a file, whole and untouched, to ``rejected/`` beside a ``.reason`` file that is written first.

        False, and it stays, if it is not in the ``state`` it was refused in, or if somebody else took it. Raises
        FolderError.
        """
        return self._move(path, self.root / "rejected", state=state, reason=_reason(refusal))

    def _entries(self) -> Iterator[tuple[Path, os.stat_result]]:
        try:
            names = sorted(entry.name for entry in self.inbox.iterdir())
        except OSError as error:
            raise FolderError(
                f"The inbox {readable(self.inbox)} cannot be read: make it, or check its owner.", cause=repr(error)
            ) from error
        for name in names:
            path = self.inbox / name
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue  # somebody else took it between the listing and the look
            if not _unfinished(name):
                yield path, status

    def _move(self, path: Path, folder: Path, *, state: tuple[int, int, int] | None, reason: str | None = None) -> bool:
        try:
            status = path.lstat()
            if state is not None and state_of(status) != state:
                return False
            with ExitStack() as undo:
                target = folder / path.name
                if not self.latest_only or not stat.S_ISREG(status.st_mode):
                    target = free_place(folder, path.name, directory=stat.S_ISDIR(status.st_mode))
                    undo.callback(target.rmdir if stat.S_ISDIR(status.st_mode) else target.unlink)
                if reason is not None:
                    note = target.with_name(f"{target.name}.reason")
                    undo.callback(note.unlink, missing_ok=True)
                    write_whole(note, reason)
                if not rename(path, target, status):
                    return False
                undo.pop_all()
        except OSError as error:
            if not os.path.lexists(path):
                return False
            raise FolderError(
                f"{readable(path)} cannot be moved to {readable(folder)}: check the owner and the free space.",
                cause=repr(error),
            ) from error
        return True


def _put(path: Path, content: bytes) -> None:
    try:
        put_whole(path, content)
    except OSError as error:
        raise FolderError(
            f"{readable(path)} cannot be written: check the owner of the folder and the free space.", cause=repr(error)
        ) from error


def _reason(refusal: DumpRefused) -> str:
    line = f"line: {refusal.line}\n" if refusal.line else ""
    excerpt = f"begins: {refusal.excerpt!r}\n" if refusal.excerpt else ""
    return f"{refusal.code}\n{refusal.reason}\n{line}{excerpt}"


def _unfinished(name: str) -> bool:
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)
