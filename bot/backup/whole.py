"""Files of JSON lines that are there whole or not at all, and are read only if nothing of them is missing.

The first line says what the file is, the last one how many lines stand between them and the SHA-256 of all before it.
Gzip where the name ends in ``.gz``; when it is read, by its first bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EISDIR
from pathlib import Path
from typing import IO, Any, cast

from bot.errors import BackupDamaged, UserError

#: The form of these files.
FORMAT = 1
#: No line of ours is longer: some hundred vectors of some kilobytes.
LONGEST_LINE = 64_000_000
_GZIP = b"\x1f\x8b"
_GZIP_LEVEL = 5
#: What a file is -> the command that reads it.
KINDS = {"backup": "restore", "export": "import"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that is whole."""

    file: Path
    heading: Mapping[str, Any]
    #: Lines between the first and the last.
    lines: int
    #: Hex.
    sha256: str


class Written:
    """Lines on their way into a file."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._sum = hashlib.sha256()
        self.lines = 0
        #: Bytes of the file, once it is there.
        self.size = 0

    def add(self, line: Mapping[str, Any]) -> None:
        """One more line."""
        self._write(line)
        self.lines += 1

    def open(self, heading: Mapping[str, Any]) -> None:
        """The first line."""
        self._write({**heading, "format": FORMAT})

    def close(self) -> str:
        """The last line; gives the sum that stands in it."""
        told = self._sum.hexdigest()
        self._write({"end": True, "lines": self.lines, "sha256": told})
        return told

    def _write(self, line: Mapping[str, Any]) -> None:
        raw = json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        self._sum.update(raw)
        self._out.write(raw)


@contextmanager
def writing(file: Path) -> Generator[Written]:
    """A file that is there, over any earlier one, when the block ends and not before; mode 0600.

    A link is followed. Raises UserError for what is there and is no file, a device or a pipe, and OSError.
    """
    if file.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(file))
    file = file.resolve()
    if file.name == "-" or (file.exists() and not file.is_file()):
        # Written whole or not at all means a name that is put in place at the end, which would replace a device.
        raise UserError(f"{file} is no file, and what is written is put in its place: name a file.")
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    except OSError as failure:
        # The temporary name is none that anybody typed.
        raise type(failure)(failure.errno, failure.strerror, str(file)) from failure
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            if file.suffix == ".gz":
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=_GZIP_LEVEL, mtime=0) as out:
                    written = Written(cast("IO[bytes]", out))
                    yield written
            else:
                written = Written(raw)
                yield written
            raw.flush()
            os.fsync(raw.fileno())
            written.size = raw.tell()
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def checked(file: Path, kind: str, each: Callable[[Mapping[str, Any]], object]) -> Checked:
    """Read it to its end, and believe it then; ``each`` looks at a line, and raises ValueError.

    Raises BackupDamaged for what is none of ``kind`` or not whole, OSError.
    """
    reading = _Reading(file, kind)
    for row in reading.rows():
        try:
            each(row)
        except ValueError as error:
            raise _damaged(file, f"line {reading.lines + 1} is none that was written") from error
    return Checked(file, reading.heading, reading.lines, reading.sha256)


def rows(whole: Checked, kind: str) -> Iterator[Mapping[str, Any]]:
    """The lines between the first and the last.

    Raises as ``checked``; at the end also for a file that is another one by now.
    """
    reading = _Reading(whole.file, kind)
    yield from reading.rows()
    if reading.sha256 != whole.sha256:
        raise BackupDamaged(f"{whole.file.name} was changed while it was read: run the command again.")


def loose_rows(file: Path, kind: str) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    """The lines behind the first with their numbers, from 2, in a file that people may have edited.

    None stands for one that is no JSON object; the last one, where it is there, is ``{"end": true, …}``. Raises
    BackupDamaged for what is none of ``kind`` or cannot be unpacked, OSError.
    """
    with _opened(file) as lines:
        _headed(file, kind, next(lines, b""))
        for number, raw in enumerate(lines, start=2):
            if raw.strip():
                yield number, _object(raw)


class _Reading:
    """One time through a file that has to be whole."""

    def __init__(self, file: Path, kind: str) -> None:
        self._file = file
        self._kind = kind
        self.heading: Mapping[str, Any] = {}
        self.lines = 0
        self.sha256 = ""

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """The lines in between; whether all is there is known at the end. Raises BackupDamaged, OSError."""
        with _opened(self._file) as lines:
            first = next(lines, b"")
            self.heading = _headed(self._file, self._kind, first)
            summed = hashlib.sha256(first)
            for raw in lines:
                row = _object(raw)
                if row is None:
                    raise _damaged(self._file, f"line {self.lines + 2} cannot be read")
                if row.get("end") is True:
                    if (row.get("lines"), row.get("sha256")) != (self.lines, summed.hexdigest()) or next(lines, None):
                        raise _damaged(self._file, "what is in it is not what was written")
                    self.sha256 = summed.hexdigest()
                    return
                summed.update(raw)
                self.lines += 1
                yield row
        raise _damaged(self._file, "its end is missing")


def _headed(file: Path, kind: str, raw: bytes) -> Mapping[str, Any]:
    """The first line. Raises BackupDamaged."""
    heading = _object(raw)
    if heading is None or heading.get("paperbot") not in KINDS:
        raise BackupDamaged(f"{file.name} is no file of `paperbot {kind}`.")
    if heading["paperbot"] != kind:
        raise BackupDamaged(
            f"{file.name} was written by `paperbot {heading['paperbot']}`: read it with `paperbot "
            f"{KINDS[heading['paperbot']]}`."
        )
    if heading.get("format") != FORMAT:
        raise BackupDamaged(f"{file.name} was written by a later Paperbot: update this one.")
    return heading


def _object(raw: bytes) -> Mapping[str, Any] | None:
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, Any]", told) if isinstance(told, dict) else None


def _damaged(file: Path, why: str) -> BackupDamaged:
    return BackupDamaged(f"{file.name} is not whole ({why}): use another copy of it.")


@contextmanager
def _opened(file: Path) -> Generator[Iterator[bytes]]:
    with file.open("rb") as raw:
        beginning = raw.read(len(_GZIP))
        raw.seek(0)
        if beginning == _GZIP:
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield _lines(file, cast("IO[bytes]", unpacked))
        else:
            yield _lines(file, raw)


def _lines(file: Path, source: IO[bytes]) -> Iterator[bytes]:
    try:
        while line := source.readline(LONGEST_LINE):
            yield line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(file, "it is cut short or was changed") from error
