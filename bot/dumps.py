"""The door to the filesystem: dumps are opened, and an inbox's files go to ``done/`` or ``rejected/``.

A folder source holds three folders::

    inbox/      drop dumps here, also while they are still being written
    done/       what was read, untouched
    rejected/   what was refused, untouched, each beside a NAME.reason that says why

Nothing here follows a link, waits on a FIFO or reads more than 20 MB of a file that stands in an inbox.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import stat
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.errors import DumpRefused, FolderError

#: A larger dump is refused unread.
MAX_BYTES = 20_000_000
#: A file that has not changed for so many seconds is taken to be written to its end.
QUIET_SECONDS = 2.0
#: The same for an empty file where it cannot be learnt whether somebody has it open: its writer may still be at work.
EMPTY_QUIET_SECONDS = 60.0
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
    """One saved page: where it stands, its name for people, its bytes (at most 20 MB)."""

    path: Path
    name: str
    content: bytes
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
    return Dump(path, name, content, _state(before))


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

        Settled means not changed for ``QUIET_SECONDS`` and, where that can be learnt, open for writing nowhere; what is
        no file is always settled. ``wait``: seconds to wait at most for all to settle. Raises FolderError.
        """
        limit = time.monotonic() + wait
        while True:
            settled: list[Path] = []
            growing: list[Path] = []
            for path, status in self._entries():
                (growing if stat.S_ISREG(status.st_mode) and _growing(path, status) else settled).append(path)
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
        line = f"line: {refusal.line}\n" if refusal.line else ""
        excerpt = f"begins: {refusal.excerpt!r}\n" if refusal.excerpt else ""
        text = f"{refusal.code}\n{refusal.reason}\n{line}{excerpt}"
        return self._move(path, self.root / "rejected", state=state, reason=text)

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
            if state is not None and _state(status) != state:
                return False
            with ExitStack() as undo:
                target = _free_place(folder, path.name, directory=stat.S_ISDIR(status.st_mode))
                undo.callback(target.rmdir if stat.S_ISDIR(status.st_mode) else target.unlink)
                if reason is not None:
                    note = target.with_name(f"{target.name}.reason")
                    undo.callback(note.unlink, missing_ok=True)
                    _write(note, reason)
                if not _rename(path, target, status):
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


def _growing(path: Path, status: os.stat_result) -> bool:
    # A time of change ahead of our clock says nothing: then only an open file counts as growing.
    quiet = time.time() - status.st_mtime
    if 0 <= quiet < QUIET_SECONDS:
        return True
    leased = _leased(path)
    if leased is False and _leases_work(path.parent):
        return True
    return not leased and status.st_size == 0 and 0 <= quiet < EMPTY_QUIET_SECONDS


def _leased(path: Path) -> bool | None:
    """Whether a read lease on the file is granted: not while it is open for writing. None where there are no leases.

    Leases are Linux's, for files of one's own (fcntl(2), "Leases"); the lease is given back at once.
    """
    if sys.platform != "linux":
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            # A writer who comes while the lease is held makes the kernel signal us. SIGIO, the default, would end this
            # process; SIGURG is ignored by default.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        finally:
            os.close(descriptor)
    except BlockingIOError:
        return False
    except OSError:
        return None  # no leases here, or not ours to lease; opening the dump tells what else is wrong with it
    return True


@cache
def _leases_work(folder: Path) -> bool:
    """Whether a file there that nobody writes to gets a lease: some network file systems refuse all with EAGAIN."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".", dir=folder)
    except OSError:
        return True  # nothing can be moved out of such a folder, so its files may as well wait
    os.close(descriptor)
    try:
        return _leased(Path(name)) is True
    finally:
        Path(name).unlink(missing_ok=True)


def _rename(path: Path, target: Path, status: os.stat_result) -> bool:
    """Move onto the empty place ``target``, to another file system too; False if the source changed meanwhile."""
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    else:
        return True
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        if stat.S_ISLNK(status.st_mode):
            temporary.symlink_to(path.readlink())
        elif stat.S_ISREG(status.st_mode):
            _copy(path, temporary, status)
        else:
            raise FolderError(
                f"{readable(path)} is no file and cannot be moved to {readable(target.parent)}, which lies on another "
                "file system: remove it from the inbox."
            )
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    # The name has to be on the disk before the source goes.
    _sync(target.parent)
    try:
        if _state(path.lstat()) != _state(status):
            return False
        path.unlink()
    except FileNotFoundError:
        pass  # somebody removed it after it was copied whole: the copy may be the last one, so it is kept
    return True


def _copy(path: Path, target: Path, status: os.stat_result) -> None:
    reading = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    writing = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with (
        os.fdopen(os.open(path, reading), "rb") as source,
        os.fdopen(os.open(target, writing, stat.S_IMODE(status.st_mode) & 0o777), "wb") as copy,
    ):
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.utime(copy.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
        os.fsync(copy.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free_place(folder: Path, name: str, *, directory: bool) -> Path:
    """A name in ``folder`` that nobody has, held by an empty place that a rename may overwrite."""
    # Room for a number and ".reason" in the 255 bytes that file systems allow.
    short = os.fsdecode(os.fsencode(name)[-_NAME_BYTES:])
    stem, dot, suffix = short.rpartition(".")
    for number in range(1, 100_000):
        numbered = short if number == 1 else (f"{stem}.{number}.{suffix}" if dot and stem else f"{short}.{number}")
        place = folder / numbered
        if os.path.lexists(folder / f"{numbered}.reason"):
            continue  # that is another dump's reason, or a dump of that name
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
    try:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
