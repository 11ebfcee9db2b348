"""Papers, what they are also known as, what changed, and which dump told of which.

A paper is one record with a version; ``save`` writes it only if nobody did in between. Its aliases point at it, its
ordinal says where its vectors stand, and every save gets the next change number, by which an index keeps up. When two
papers turn out to be one, the older keeps its id and the other's id forwards to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.models import Paper
from bot.store import keys
from bot.store.connection import Command, Connection, Script
from bot.store.records import PAPER

#: Papers that were joined in turn; more hops than that is a ring that somebody made.
MOST_HOPS = 16
#: Papers written or read as JSON, about a tenth of a millisecond each, before everybody else has a turn.
_AT_ONCE = 32

_SAVE = Script("save_paper")
_ANY = -1
#: Two keys of one hash tag, so one command.
_STANDING: Command = ("MGET", keys.HISTORY, keys.CHANGE)


@dataclass(frozen=True, slots=True)
class StoredPaper:
    """A paper as it stands in the store."""

    paper: Paper
    #: Grows by one with every save.
    version: int
    #: From 1, in the order in which papers were first stored; never reused.
    ordinal: int


@dataclass(frozen=True, slots=True)
class PaperChange:
    """A paper to store, and what it was read as."""

    paper: Paper
    #: The version that this paper was made from; None: it is new.
    version: int | None
    aliases: tuple[str, ...]
    #: Ids of stored papers that are joined into this one.
    forwards: tuple[str, ...] = ()
    #: The versions they were joined at, in the same order; empty: at any.
    forward_versions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the store stands."""

    #: A store that was restored, and another one, have another; "" where none was ever written.
    history: str
    #: Of the last change, 0 before the first.
    number: int


class Papers:
    """The papers, the same for all readers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._skipped = connection.skipped

    async def resolve(self, aliases: Iterable[str]) -> dict[str, str]:
        """The id of the paper behind each alias that is known."""
        names = list(dict.fromkeys(aliases))
        found = await self._fields(keys.ALIASES, names)
        forwards = await self._forwards(set(found.values()))
        return {alias: forwards.get(paper_id, paper_id) for alias, paper_id in found.items()}

    async def get(self, ids: Iterable[str]) -> list[StoredPaper | None]:
        """The papers of these ids in their order, forwards followed; None for unknown and for unreadable ones."""
        wanted = list(ids)
        forwards = await self._forwards(set(wanted))
        targets = [forwards.get(paper_id, paper_id) for paper_id in wanted]
        unique = list(dict.fromkeys(targets))
        records = dict(zip(unique, await self._records(unique), strict=True))
        return [records[target] for target in targets]

    async def current_ids(self, ids: Iterable[str]) -> dict[str, str]:
        """For each id the one that its paper has now: another one where papers were joined."""
        wanted = set(ids)
        return {paper_id: paper_id for paper_id in wanted} | await self._forwards(wanted)

    async def save(self, changes: Sequence[PaperChange]) -> list[bool]:
        """Store each change unless its paper, or one of its aliases, was changed by somebody else: then False.

        A new paper gets an ordinal and waits in ``unmatched``. The same change again is True and does nothing. An
        unreadable record gives way to a new paper of its id, and to any paper that has one of its aliases.
        """
        saved = await self._save(changes, [b""] * len(changes))
        for place in [place for place, good in enumerate(saved) if not good]:
            change, unreadable = await self._over_unreadable(changes[place])
            if change is not None:
                saved[place] = (await self._save([change], [unreadable]))[0]
        return saved

    async def changed_since(self, number: int, limit: int) -> list[tuple[int, str]]:
        """Ids of papers saved or joined after change ``number``, as (change number, id) in this order."""
        command = ("ZRANGEBYSCORE", keys.CHANGES, f"({number}", "+inf", "WITHSCORES", "LIMIT", 0, limit)
        return self._changed(await self._connection.read(*command) or [])

    async def news(self, number: int, limit: int) -> tuple[Standing, list[tuple[int, str]]]:
        """Where the store stands, and what ``changed_since`` gives, in one round trip."""
        command = ("ZRANGEBYSCORE", keys.CHANGES, f"({number}", "+inf", "WITHSCORES", "LIMIT", 0, limit)
        standing, flat = await self._connection.read_all([_STANDING, command])
        return self._standing(standing), self._changed(flat or [])

    async def changes_of(self, ids: Sequence[str]) -> tuple[Standing, list[int | None]]:
        """Where the store stands, and the number of each paper's last change; None for one that was never stored."""
        asked: list[Command] = [_STANDING, *([("ZMSCORE", keys.CHANGES, *ids)] if ids else [])]
        standing, *scores = await self._connection.read_all(asked)
        found = scores[0] if scores and scores[0] else [None] * len(ids)
        return self._standing(standing), [None if score is None else int(float(score)) for score in found]

    async def change_number(self) -> int:
        """The number of the last change, 0 before the first."""
        return self._skipped.number(await self._connection.read("GET", keys.CHANGE)) or 0

    async def count(self) -> int:
        """How many papers are stored; joined ones count once."""
        changed, joined = await self._connection.read_all([("ZCARD", keys.CHANGES), ("HLEN", keys.FORWARDS)])
        return max(0, (changed or 0) - (joined or 0))

    async def unmatched(self) -> list[str]:
        """Ids of new papers that no run has matched with the readers yet, sorted."""
        members = await self._connection.read("SMEMBERS", keys.UNMATCHED) or ()
        return sorted(paper_id for raw in members if (paper_id := self._skipped.text(raw)))

    async def mark_matched(self, ids: Iterable[str]) -> None:
        """These papers were matched with all readers, and their alerts are stored."""
        if wanted := list(ids):
            await self._connection.write("SREM", keys.UNMATCHED, *wanted)

    async def remember_dump(self, digest: str, ids: Iterable[str]) -> None:
        """The dump of this digest tells of these papers too; kept for 400 days after the last time this is said."""
        if told := sorted(set(ids)):
            key = keys.dump(digest)
            await self._connection.write_all([("SADD", key, *told), ("EXPIRE", key, keys.DUMP_SECONDS)], at_once=True)

    async def knows_dump(self, digest: str) -> bool:
        """Whether papers of this dump are stored."""
        return bool(await self._connection.read("EXISTS", keys.dump(digest)))

    async def of_dump(self, digest: str) -> list[str]:
        """Ids of the papers that a dump tells of, sorted; some may have been joined since, or never been stored."""
        members = await self._connection.read("SMEMBERS", keys.dump(digest)) or ()
        return sorted(paper_id for raw in members if (paper_id := self._skipped.text(raw)))

    async def years_reached(self) -> int:
        """The number of the change up to which years of pages were raised; 0 for none."""
        return self._skipped.number(await self._connection.read("GET", keys.YEARS)) or 0

    async def set_years_reached(self, number: int) -> None:
        """The years of all pages that papers changed up to this change stand on were raised."""
        await self._connection.write("SET", keys.YEARS, number)

    def _changed(self, flat: Sequence[bytes]) -> list[tuple[int, str]]:
        ids = [self._skipped.text(raw) for raw in flat[::2]]
        return [(int(float(score)), paper_id) for paper_id, score in zip(ids, flat[1::2], strict=True) if paper_id]

    def _standing(self, told: Sequence[bytes | None]) -> Standing:
        history, number = told
        return Standing(self._skipped.text(history) or "", self._skipped.number(number) or 0)

    async def _save(self, changes: Sequence[PaperChange], unreadable: Sequence[bytes]) -> list[bool]:
        commands: list[Command] = []
        for start in range(0, len(changes), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            commands += [_command(change, raw) for change, raw in zip(changes[part], unreadable[part], strict=True)]
            await asyncio.sleep(0)
        return [answer == 1 for answer in await self._connection.write_all(commands)]

    async def _over_unreadable(self, change: PaperChange) -> tuple[PaperChange | None, bytes]:
        """The change with what it may replace, or None if every record in its way can be read."""
        own = {change.paper.id} if change.version is None else set[str]()
        holders = set((await self._fields(keys.ALIASES, change.aliases)).values())
        ids = sorted(own | holders - {change.paper.id} - set(change.forwards))
        records = await self._records(ids)
        broken = [paper_id for paper_id, record in zip(ids, records, strict=True) if record is None]
        if not broken:
            return None, b""
        unreadable = b""
        if change.paper.id in broken:
            broken.remove(change.paper.id)
            unreadable = await self._connection.read("HGET", keys.paper(change.paper.id), "paper") or b""
        versions = change.forward_versions and (*change.forward_versions, *[_ANY] * len(broken))
        return replace(change, forwards=(*change.forwards, *broken), forward_versions=versions), unreadable

    async def _records(self, ids: Sequence[str]) -> list[StoredPaper | None]:
        answers = await self._connection.read_all(self.asking(ids))
        found: list[StoredPaper | None] = []
        for start in range(0, len(ids), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            found += [
                self.answered(paper_id, answer) for paper_id, answer in zip(ids[part], answers[part], strict=True)
            ]
            if part.stop < len(ids):
                await asyncio.sleep(0)
        return found

    @staticmethod
    def asking(ids: Iterable[str]) -> list[Command]:
        """What asks for the records of papers, one command each; forwards are not followed."""
        return [("HMGET", keys.paper(paper_id), "paper", "version", "ordinal") for paper_id in ids]

    def answered(self, paper_id: str, answer: Sequence[object] | None) -> StoredPaper | None:
        """The record that was asked for so; None for one that is unknown or unreadable."""
        if answer is None or not any(answer):
            return None
        paper = PAPER.load(answer[0], self._skipped)
        if paper is None:
            if answer[0] is None:
                self._skipped.add()
            return None
        version, ordinal = self._skipped.number(answer[1]), self._skipped.number(answer[2])
        if version is None or ordinal is None or paper.id != paper_id:
            self._skipped.add()
            return None
        return StoredPaper(paper, version, ordinal)

    async def _forwards(self, ids: set[str]) -> dict[str, str]:
        """Where the joined ones of these ids lead to in the end."""
        found: dict[str, str] = {}
        now = {paper_id: paper_id for paper_id in ids}
        for _ in range(MOST_HOPS):
            steps = await self._fields(keys.FORWARDS, set(now.values()))
            now = {paper_id: steps[at] for paper_id, at in now.items() if at in steps}
            if not now:
                break
            found.update(now)
        return found

    async def _fields(self, key: str, names: Iterable[str]) -> dict[str, str]:
        """The fields of one hash of texts that are there."""
        wanted = list(names)
        parts = [wanted[start : start + keys.BLOCK] for start in range(0, len(wanted), keys.BLOCK)]
        answers = await self._connection.read_all([("HMGET", key, *part) for part in parts])
        pairs = (
            (n, raw)
            for part, raws in zip(parts, answers, strict=True)
            for n, raw in zip(part, raws or (), strict=False)
        )
        return {name: text for name, raw in pairs if (text := self._skipped.text(raw))}


def _command(change: PaperChange, unreadable: bytes) -> Command:
    versions = change.forward_versions or (_ANY,) * len(change.forwards)
    joined = [
        part
        for other, version in zip(change.forwards, versions, strict=True)
        for part in (other, "" if version == _ANY else version)
    ]
    records = [keys.paper(paper_id) for paper_id in (change.paper.id, *change.forwards)]
    shared = (keys.ALIASES, keys.FORWARDS, keys.CHANGES, keys.CHANGE, keys.ORDINAL, keys.UNMATCHED)
    expected = "" if change.version is None else change.version
    return _SAVE(
        [records[0], *shared, *records[1:]],
        change.paper.id,
        expected,
        PAPER.dump(change.paper),
        unreadable,
        len(change.aliases),
        *change.aliases,
        *joined,
    )
