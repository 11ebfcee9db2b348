"""Tells whether a file of an inbox is still being written."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

#: A file that has not changed for so many seconds is taken to be written to its end.
QUIET_SECONDS = 2.0
#: The same for an empty file where it cannot be learnt whether somebody has it open: its writer may still be at work.
EMPTY_QUIET_SECONDS = 60.0


def is_growing(path: Path, status: os.stat_result) -> bool:
    """Whether somebody is, or may be, still writing to this regular file."""
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
