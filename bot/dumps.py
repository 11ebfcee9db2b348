"""The door to the filesystem: dumps are opened, and an inbox's files go to ``done/`` or ``rejected/``.

A folder source holds three folders::

    inbox/      drop dumps here, also while they are still being written
    done/       what was read, untouched
    rejected/   what was refused, untouched, each beside a NAME.reason that says why

Nothing here follows a link, waits on a FIFO or reads more than 20 MB of a file that stands in an inbox.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import DumpRefused, FolderError

#: A larger dump is refused unread.
MAX_BYTES = 20_000_000
#: A file that has not changed for so many seconds is taken to be written to its end.
QUIET_SECONDS = 2.0
_NAME_BYTES = 230
#: Names that programs give to files they are still writing.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".swp", ".filepart", "~")
_KINDS = (
    (stat.S_ISLNK, "LINK", "a link: links are not followed; copy the file itself into the inbox"),
    (stat.S_ISFIFO, "NOT_A_FILE", "a pipe: save the page as a file and drop that"),
    (stat.S_ISSOCK, "NOT_A_FILE", "a socket: save the page as a file and drop that"),
    (stat.S_ISCHR, "NOT_A_FILE", "a device: save the page as a file and drop that"),
    (stat.S_ISBLK, "NOT_A_FILE", "a device: save the page as a file and drop that"),
    (stat.S_ISDIR, "NOT_A_FILE", "a folder: drop the files in it, one by one"),
)


@dataclass(frozen=True, slots=True)
class Dump:
    """One saved page: where it stands, its name for people, its bytes (at most 20 MB), when it was last written."""

    path: Path
    name: str
    content: bytes
    #: Aware, UTC.
    taken: datetime
    #: (inode, size in bytes, time of change in ns): differs as soon as somebody writes to the file.
    state: tuple[int, int, int]


def readable(path: Path | str) -> str:
    """A path as text that can be printed and stored: bytes that are no UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def open_dump(path: Path, *, follow: bool = True) -> Dump:
    """Read one dump whole. Raises DumpRefused (MISSING, UNREADABLE, LINK, NOT_A_FILE, TOO_LARGE).

    ``follow`` lets a person name a link on the command line; in an inbox links are refused.
    """
    name = readable(path)
    try:
        if not follow:
            _refuse_kind(os.lstat(path).st_mode, name)
        # O_NONBLOCK: opening a FIFO returns at once instead of waiting for a writer.
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
        with os.fdopen(os.open(path, flags), "rb") as file:
            before = os.fstat(file.fileno())
            _refuse_kind(before.st_mode, name)
            if before.st_size > MAX_BYTES:
                raise _too_large(before.st_size, name)
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise DumpRefused("MISSING", "There is no such file.", file=name) from error
    except OSError as error:
        reason = f"It cannot be read ({error.strerror or type(error).__name__}): check its owner and mode."
        raise DumpRefused("UNREADABLE", reason, file=name) from error
    if len(content) > MAX_BYTES:
        raise _too_large(len(content), name)
    return Dump(path, name, content, datetime.fromtimestamp(before.st_mtime, UTC), _state(before))


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

    def waiting(self, *, wait: float = 0.0) -> tuple[list[Path], list[Path]]:
        """What stands in the inbox, by name: the settled, and those that are still being written.

        Settled means not changed for ``QUIET_SECONDS``. ``wait``: seconds to wait at most for all to settle.
        """
        limit = time.monotonic() + wait
        while True:
            settled: list[Path] = []
            growing: list[Path] = []
            for path, status in self._entries():
                quiet = time.time() - status.st_mtime
                # A time of change ahead of our clock says nothing: such a file counts as settled.
                (growing if 0 <= quiet < QUIET_SECONDS and stat.S_ISREG(status.st_mode) else settled).append(path)
            if not growing or time.monotonic() >= limit:
                return settled, growing
            time.sleep(0.1)

    def done(self, dump: Dump) -> bool:
        """Move a dump to ``done/``; False, and it stays for another reading, if it changed since it was opened."""
        try:
            if _state(os.lstat(dump.path)) != dump.state:
                return False
        except FileNotFoundError:
            return False
        self._move(dump.path, self.root / "done")
        return True

    def reject(self, path: Path, refusal: DumpRefused) -> None:
        """Move a file, whole and untouched, to ``rejected/`` beside a ``.reason`` file that is written first."""
        line = f"line: {refusal.line}\n" if refusal.line else ""
        excerpt = f"begins: {refusal.excerpt!r}\n" if refusal.excerpt else ""
        text = f"{refusal.code}\n{refusal.reason}\n{line}{excerpt}"
        self._move(path, self.root / "rejected", reason=text)

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

    def _move(self, path: Path, folder: Path, *, reason: str | None = None) -> None:
        try:
            target = _free_place(folder, path.name, directory=stat.S_ISDIR(path.lstat().st_mode))
            if reason is not None:
                _write(folder / f"{target.name}.reason", reason)
            path.replace(target)
        except OSError as error:
            raise FolderError(
                f"{readable(path)} cannot be moved to {readable(folder)}: check the owner and the free space.",
                cause=repr(error),
            ) from error


def _free_place(folder: Path, name: str, *, directory: bool) -> Path:
    """A name in ``folder`` that nobody has, held by an empty place that a rename may overwrite."""
    # Room for a number and ".reason" in the 255 bytes that file systems allow.
    short = os.fsdecode(os.fsencode(name)[-_NAME_BYTES:])
    stem, dot, suffix = short.rpartition(".")
    for number in range(1, 100_000):
        numbered = short if number == 1 else (f"{stem}.{number}.{suffix}" if dot and stem else f"{short}.{number}")
        place = folder / numbered
        try:
            if directory:
                place.mkdir()
            else:
                os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            continue
        return place
    raise OSError(f"too many files named {readable(name)}")


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
    temporary.replace(path)


def _unfinished(name: str) -> bool:
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def _state(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _refuse_kind(mode: int, name: str) -> None:
    for is_kind, code, what in _KINDS:
        if is_kind(mode):
            raise DumpRefused(code, f"It is {what}.", file=name)


def _too_large(size: int, name: str) -> DumpRefused:
    return DumpRefused(
        "TOO_LARGE", f"It has {size / 1e6:,.0f} MB; a dump may have 20 MB. Split it into pages.", file=name
    )
