"""The index folder: the word index and a journal of facts, so that a start need not read every paper again.

The journal is one JSON value a line: a header; a list for the facts of a paper; the id of a paper taken out; and, each
time the word index was written, an object: of which store's history, up to which change of it both are complete, and
the last papers that changed. What follows the last such line is dropped. Words are written before it, and writing them
twice changes nothing, so a crash in between costs only time.

One process owns the folder (flock(2)); others work on a private copy of it, which ends with them.
"""

from __future__ import annotations

import fcntl
import json
import logging
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from bot.index.damage import damage
from bot.index.facts import Facts

LOG = logging.getLogger("bot.index")

#: Another layout of folder or word index gets another number; a folder of another number is written anew.
HEADER = "paperbot index 3"
_COPY_ATTEMPTS = 5
#: The journal is written anew when it has more than twice the lines it needs, and more than this.
_SPARE_LINES = 1_000


@dataclass(frozen=True, slots=True)
class Origin:
    """What an index was made from."""

    #: The store's.
    history: str = ""
    #: The last changes that were taken in: number and paper id, lowest number first.
    last: tuple[tuple[int, str], ...] = ()


class Folder:
    """The owned folder, or a copy of it. ``words`` is where the word index lives."""

    def __init__(self, place: Path) -> None:
        """Take ``place`` if it is free, else a copy of it. Raises IndexDamaged when it can be neither made nor read."""
        self._closing = ExitStack()
        with damage():
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self._closing.enter_context((place / "lock").open("wb"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                private = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="paperbot-index-")))
                _copy(place, private)
                place = private
            self.words = place / "words"
            self.words.mkdir(mode=0o700, exist_ok=True)
        self._journal = place / "journal"
        #: What that was made from which ``load`` gave.
        self.origin = Origin()

    def load(self) -> tuple[int, dict[str, Facts]]:
        """Change number, and facts by paper id, of the last complete write; (0, {}) for a new or foreign folder."""
        with damage():
            read = _Replayed()
            if self._journal.exists():
                with self._journal.open("rb") as journal:
                    read.follow(journal)
            if not read.number:
                self.clear()
            elif read.lines > 2 * len(read.facts) + _SPARE_LINES:
                self._replace(read.number, read.facts.values(), read.origin)
            elif read.complete < self._journal.stat().st_size:
                with self._journal.open("r+b") as journal:
                    journal.truncate(read.complete)
        self.origin = read.origin
        return read.number, read.facts

    def note(self, number: int, added: Iterable[Facts], removed: Iterable[str], origin: Origin = Origin()) -> None:
        """Write down what the word index has just been told, and up to which change of which store it is complete."""
        with damage(), self._journal.open("ab") as journal:
            journal.write(_lines([*removed, *(facts.as_row() for facts in added), _complete(number, origin)]))

    def clear(self) -> None:
        """Begin anew."""
        with damage():
            shutil.rmtree(self.words)
            self.words.mkdir(mode=0o700)
            self._journal.write_bytes(_lines([HEADER]))

    def close(self) -> None:
        """Let another process own the folder; a private copy is deleted."""
        self._closing.close()

    def _replace(self, number: int, facts: Iterable[Facts], origin: Origin) -> None:
        fresh = self._journal.with_suffix(".new")
        fresh.write_bytes(_lines([HEADER, *(one.as_row() for one in facts), _complete(number, origin)]))
        fresh.replace(self._journal)


def _complete(number: int, origin: Origin) -> dict[str, object]:
    return {"number": number, "history": origin.history, "last": origin.last}


def _lines(values: Iterable[object]) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


@dataclass(slots=True)
class _Replayed:
    """What a journal says."""

    #: Change number and facts of the last complete write, and how many bytes of the journal lead there.
    number: int = 0
    origin: Origin = field(default_factory=Origin)
    facts: dict[str, Facts] = field(default_factory=dict[str, Facts])
    complete: int = 0
    lines: int = 0

    def follow(self, journal: Iterable[bytes]) -> None:
        """Read the lines of a journal, one after the other: all at once they would be as large as the index itself."""
        recent: list[Facts | str] = []
        taken = 0
        for line in journal:
            self.lines += 1
            taken += len(line)
            if self.lines == 1:
                if line != _lines([HEADER]):
                    return
                continue
            try:
                said = _said(line)
            except ValueError:
                return  # torn or foreign from here on; what is complete before it is as good as ever
            if not isinstance(said, tuple):
                recent.append(said)
                continue
            (self.number, self.origin), self.complete = said, taken
            for one in recent:
                if isinstance(one, Facts):
                    self.facts[one.paper_id] = one
                else:
                    self.facts.pop(one, None)
            recent.clear()


def _said(line: bytes) -> Facts | str | tuple[int, Origin]:
    """One line of the journal. Raises ValueError for anything else."""
    if not line.endswith(b"\n"):
        raise ValueError("a line was not written to its end")
    said = cast("object", json.loads(line))
    if isinstance(said, list):
        return Facts.from_row(cast("list[object]", said))
    if isinstance(said, str):
        return said
    if isinstance(said, dict):
        return _completed(cast("dict[str, object]", said))
    raise ValueError("a line that is no fact, no paper and no origin")


def _completed(said: dict[str, object]) -> tuple[int, Origin]:
    number, history, last = said.get("number"), said.get("history"), said.get("last")
    if type(number) is not int or not isinstance(history, str) or not isinstance(last, list):
        raise ValueError("not where an index came from")
    pairs = [tuple(cast("list[object]", one)) for one in cast("list[object]", last) if isinstance(one, list)]
    if any([type(part) for part in pair] != [int, str] for pair in pairs):
        raise ValueError("not the last changes")
    return number, Origin(history, tuple(cast("list[tuple[int, str]]", pairs)))


def _copy(place: Path, private: Path) -> None:
    """Copy the folder while its owner may be writing.

    Files of the word index never change, but their list (``meta.json``) does, and what it no longer names goes: then
    the copy begins again. Without a whole copy the index begins empty.
    """
    listed = place / "words" / "meta.json"
    for _ in range(_COPY_ATTEMPTS):
        try:
            # The journal first: words that it does not know of yet are written again, words it misses would be lost.
            shutil.copy(place / "journal", private / "journal")
            before = listed.read_bytes()
            shutil.copytree(place / "words", private / "words", ignore=shutil.ignore_patterns("*.lock"))
            if listed.read_bytes() == before:
                return
        except (OSError, shutil.Error) as error:
            LOG.debug("The search index changed while it was copied: %r", error)
        shutil.rmtree(private / "words", ignore_errors=True)
        (private / "journal").unlink(missing_ok=True)
