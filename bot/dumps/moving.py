"""Moves a file to a free name in another folder, whole or not at all, over file systems too."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

from bot.errors import FolderError

#: Room for a number and ".reason" in the 255 bytes that file systems allow a name.
_NAME_BYTES = 230


def readable(path: Path | str) -> str:
    """A path as text that can be printed and stored: bytes that are no UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def state_of(status: os.stat_result) -> tuple[int, int, int]:
    """Inode, size in bytes and time of change in ns: differs as soon as somebody writes to the file."""
    return status.st_ino, status.st_size, status.st_mtime_ns


def rename(path: Path, target: Path, status: os.stat_result) -> bool:
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
        if state_of(path.lstat()) != state_of(status):
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


def free_place(folder: Path, name: str, *, directory: bool) -> Path:
    """A name in ``folder`` that nobody has, held by an empty place that a rename may overwrite."""
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


def write_whole(path: Path, text: str) -> None:
    """Write a text so that nobody sees half of it."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
