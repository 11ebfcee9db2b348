"""Opens one dump and reads it whole: a file, no link, at most 20 MB."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from bot.dumps.moving import readable, state_of
from bot.errors import DumpRefused

#: A larger dump is refused unread.
MAX_BYTES = 20_000_000
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
    return Dump(path, name, content, state_of(before))


def _refuse_kind(mode: int, name: str) -> None:
    for is_kind, code, what in _KINDS:
        if is_kind(mode):
            raise DumpRefused(code, f"It is {what}.", file=name)


def _too_large(size: int, name: str) -> DumpRefused:
    return DumpRefused(
        "TOO_LARGE", f"It has {size / 1e6:,.0f} MB; a dump may have 20 MB. Split it into pages.", file=name
    )
