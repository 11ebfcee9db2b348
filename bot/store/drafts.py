"""What one message to a reader depends on, read in one go instead of a dozen: it is asked for every message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.models import Alert, Paper, Profile, Rating, Subscription, UserId
from bot.store import keys
from bot.store.connection import Command, Connection, Script
from bot.store.fields import named
from bot.store.papers import MOST_HOPS, Papers
from bot.store.profiles import profile_of
from bot.store.records import ALERT, RATING, SAVE, SUBSCRIPTION, Record

Noun = TypeVar("Noun")

_READ = Script("read_draft")


@dataclass(frozen=True, slots=True)
class Draft:
    """A reader and some papers, as they are now."""

    subscription: Subscription
    profile: Profile
    #: By the ids that were asked for; those that are unknown or were not given are left out.
    papers: Mapping[str, Paper]
    alerts: Mapping[str, Alert]
    #: By paper, under the ids that were asked for and those that the papers have now.
    ratings: Mapping[str, Rating]
    saved: frozenset[str]
    #: Savers of each paper, by its id now, the reader left out.
    colleagues: Mapping[str, int]
    #: Papers that were sent to the reader or are claimed for it: their ids as they were then, and as they are now.
    sent: Mapping[str, str]


class Drafts:
    """Reads drafts. Which papers were joined is remembered: that only ever grows, so its size tells whether it did."""

    def __init__(self, connection: Connection, papers: Papers) -> None:
        self._connection = connection
        self._papers = papers
        self._forwards: Mapping[str, str] = {}
        self._size = 0

    async def of(self, reader: UserId, paper_ids: Sequence[str], alert_ids: Sequence[str] = ()) -> Draft:
        """The reader, these papers, and the reader's alerts of ``alert_ids``. Raises StoreError."""
        shard, user = keys.shard_of(reader), reader.user
        others = [other for other in keys.shards_of(reader.workspace) if other != shard]
        hashes = [shard.profile(user), shard.alerts(user), shard.sent(user), shard.ratings(user), shard.saved(user)]
        while True:
            now = list(dict.fromkeys(map(self._now, paper_ids)))
            ids = [*now, *(one for one in dict.fromkeys(paper_ids) if one not in now)]
            read = _READ([shard.subscriptions, *hashes, *map(shard.savers, now)], user, len(ids), *ids, *alert_ids)
            counts: list[Command] = [("SCARD", other.savers(one)) for other in others for one in now]
            size, told, *answers = await self._connection.read_all(
                [("HLEN", keys.FORWARDS), read, *self._papers.asking(now), *counts]
            )
            if (size or 0) == self._size:
                break
            await self._look(size or 0)
        stored = {one: self._papers.answered(one, answer) for one, answer in zip(now, answers, strict=False)}
        papers = {one: found.paper for one in paper_ids if (found := stored[self._now(one)])}
        return self._draft(reader, papers, (now, ids, alert_ids), told, answers[len(now) :])

    def _draft(
        self,
        reader: UserId,
        papers: Mapping[str, Paper],
        asked: tuple[Sequence[str], Sequence[str], Sequence[str]],
        told: Sequence[Any] | None,
        elsewhere: Sequence[int | None],
    ) -> Draft:
        now, ids, alert_ids = asked
        subscription, profile, alerts, sent, ratings, saved, savers = told or (None, (), (), (), (), (), ())
        colleagues = dict.fromkeys(now, 0) | dict(
            zip(now, (size - among for size, among in zip(savers[::2], savers[1::2], strict=True)), strict=False)
        )
        for place, size in enumerate(elsewhere):
            colleagues[now[place % len(now)]] += size or 0
        workspace, skipped = reader.workspace, self._connection.skipped
        own = self._named(
            [reader.user],
            [subscription],
            SUBSCRIPTION,
            lambda one: one.reader.user if one.reader.workspace == workspace else None,
        )
        return Draft(
            subscription=own.get(reader.user) or Subscription(reader),
            profile=profile_of(reader, dict(zip(profile[::2], profile[1::2], strict=True)), skipped),
            papers=papers,
            alerts=self._named(alert_ids, alerts, ALERT, lambda one: one.paper_id if one.reader == reader else None),
            ratings=self._named(ids, ratings, RATING, lambda one: one.paper_id if one.reader == reader else None),
            saved=frozenset(self._named(ids, saved, SAVE, lambda one: one.paper_id)),
            colleagues=colleagues,
            sent={text: self._now(text) for raw in sent if (text := skipped.text(raw))},
        )

    def _now(self, paper_id: str) -> str:
        """The id that a paper has now, as far as is remembered."""
        for _ in range(MOST_HOPS):
            if (joined := self._forwards.get(paper_id)) is None:
                break
            paper_id = joined
        return paper_id

    async def _look(self, size: int) -> None:
        stored: Mapping[bytes, bytes] = await self._connection.read("HGETALL", keys.FORWARDS) or {}
        text = self._connection.skipped.text
        self._forwards = {gone: into for raw, now in stored.items() if (gone := text(raw)) and (into := text(now))}
        self._size = size

    def _named(
        self, names: Sequence[str], raws: Sequence[object], record: Record[Noun], name: Callable[[Noun], str | None]
    ) -> dict[str, Noun]:
        found = {
            one: named(self._connection, one.encode(), raw, record, name)
            for one, raw in zip(names, raws or (), strict=False)
            if raw is not None
        }
        return {one: noun for one, noun in found.items() if noun is not None}
