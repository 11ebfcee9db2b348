"""Entries of one dump into the stored papers: new papers are made, known ones merged, whoever else writes meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot import identity, merging
from bot.errors import StoreConflict
from bot.models import Entry, Origin, Paper
from bot.store import PaperChange, Papers, StoredPaper

_ENTRIES_AT_ONCE = 200
#: Somebody else may change the same papers at the same time; each attempt starts from what is stored then.
_ATTEMPTS = 20


async def place_entries(
    papers: Papers, entries: Sequence[Entry], origin: Origin, *, query: str | None, now: datetime
) -> int:
    """Store what ``entries`` tell; returns how many papers are new. Doing it again changes nothing.

    A dump is remembered with its papers before they are stored, so no stored paper is ever missing from its dump; of
    a live source only one whose year is open, for its pages come again and again.
    Raises StoreConflict when the same papers keep changing under it.
    """
    new = 0
    for start in range(0, len(entries), _ENTRIES_AT_ONCE):
        waiting = entries[start : start + _ENTRIES_AT_ONCE]
        for _ in range(_ATTEMPTS):
            stored = await _stored(papers, waiting)
            batch = _Batch(stored)
            whence = merging.known_origin(origin, [known.paper for known in stored.values()])
            for entry in waiting:
                batch.place(entry, whence, query, now)
                await asyncio.sleep(0)  # people who ask meanwhile go first
            if not origin.page or merging.may_gain_year(origin):
                await papers.remember_dump(origin.dump, batch.told_of)
            written = await papers.save([placed.change() for placed in batch.placed.values()])
            outcomes = list(zip(batch.placed.values(), written, strict=True))
            new += sum(done and placed.version is None for placed, done in outcomes)
            waiting = [entry for placed, done in outcomes if not done for entry in placed.entries]
            if not waiting:
                break
        else:
            raise StoreConflict(
                "Something else keeps changing the same papers: run the ingest again.",
                cause=f"{len(waiting)} entries of {origin.file} not placed after {_ATTEMPTS} attempts",
            )
    return new


async def _stored(papers: Papers, entries: Sequence[Entry]) -> dict[str, StoredPaper]:
    """The stored papers that the entries may speak of, by alias."""
    aliases = set[str]()
    for entry in entries:
        aliases.update(identity.aliases(entry))
        await asyncio.sleep(0)
    found = await papers.resolve(sorted(aliases))
    ids = sorted(set(found.values()))
    known = {stored.paper.id: stored for stored in await papers.get(ids) if stored}
    return {alias: known[paper_id] for alias, paper_id in found.items() if paper_id in known}


@dataclass
class _Placed:
    """One paper that this batch changes, with the entries it rests on."""

    paper: Paper
    version: int | None
    aliases: set[str] = field(default_factory=set[str])
    #: Stored papers that turned out to be this one, with their versions.
    forwards: dict[str, int] = field(default_factory=dict[str, int])
    entries: list[Entry] = field(default_factory=list[Entry])

    def change(self) -> PaperChange:
        aliases = tuple(sorted(self.aliases))
        return PaperChange(self.paper, self.version, aliases, tuple(self.forwards), tuple(self.forwards.values()))


class _Batch:
    """Entries placed one after the other, each seeing what the ones before it changed."""

    def __init__(self, stored: dict[str, StoredPaper]) -> None:
        self._by_alias = {alias: found.paper for alias, found in stored.items()}
        self._versions = {found.paper.id: found.version for found in stored.values()}
        self.placed: dict[str, _Placed] = {}
        #: Ids of all papers that entries belong to, changed or not.
        self.told_of: set[str] = set()

    def place(self, entry: Entry, origin: Origin, query: str | None, now: datetime) -> None:
        found = {a: self._by_alias[a] for a in identity.aliases(entry) if a in self._by_alias}
        placement = merging.place(entry, origin, found, now=now, query=query)
        paper = placement.paper
        self.told_of.add(paper.id)
        if not placement.changed:
            return
        placed = self.placed.setdefault(paper.id, _Placed(paper, self._versions.get(paper.id)))
        placed.paper = paper
        placed.aliases.update(placement.aliases)
        placed.entries.append(entry)
        for joined in placement.joined:
            if joined in self._versions:
                placed.forwards[joined] = self._versions[joined]
            if (gone := self.placed.pop(joined, None)) is not None:
                placed.aliases |= gone.aliases
                placed.forwards |= gone.forwards
                placed.entries += gone.entries
        for alias, known in self._by_alias.items():
            if known.id == paper.id or known.id in placement.joined:
                self._by_alias[alias] = paper
        self._by_alias.update(dict.fromkeys(placement.aliases, paper))
