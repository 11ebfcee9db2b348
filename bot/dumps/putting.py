"""Puts a whole dump into an inbox, under its name at once, and settled at once."""

from __future__ import annotations

import os
import time
from pathlib import Path
from uuid import uuid4

from bot.dumps.settling import QUIET_SECONDS

#: Longer ago than a file that may still be written to was written to.
_QUIET_FOR = QUIET_SECONDS + 1
#: Characters of a dump's name in that of its unfinished file: file systems allow a name 255 bytes.
_LONGEST = 50


def put_whole(path: Path, content: bytes) -> None:
    """Write a dump so that nobody sees half of it, in place of one of its name.

    Nobody will write to it again, and its time of change says so: the next look at the inbox takes it. Raises OSError.
    """
    # Another process may be putting a dump of the same name.
    temporary = path.with_name(f".{path.name[-_LONGEST:]}.{uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        quiet = time.time() - _QUIET_FOR
        os.utime(temporary, (quiet, quiet))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
