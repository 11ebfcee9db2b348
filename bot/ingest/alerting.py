"""New papers against everybody's interests: matches become alerts, one script a shard."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from bot import matching, metrics
from bot.errors import StoreConflict
from bot.ingest.facts import facts_holding
from bot.matching import Found
from bot.models import Alert, Match, ModelTag, Profile, Taste, UserId
from bot.settings import DigestSettings
from bot.store import Floats, Shard, Store

#: Beyond a sample, all interests are measured anew when the papers have become so many times as many.
_GROWTH = 1.2
_PAPERS_AT_ONCE = 20_000
_READERS_AT_ONCE = 500


async def alert_readers(store: Store, tag: ModelTag, chosen: DigestSettings, now: datetime) -> int:
    """Match every paper that was not matched yet and queue the alerts; returns how many are new.

    A run that was killed is repeated: papers stay unmatched until all their alerts are stored, and an alert that is
    there already is not queued again. Papers without a vector stay unmatched. Raises StoreConflict when another
    process made another model the store's, for then the readers have no rows that these papers could be matched with.
    """
    await _check_model(store, tag)
    unmatched = await store.papers.unmatched()
    if not unmatched:
        return 0
    with metrics.SCORE_SECONDS.time():
        return await _alert(store, tag, chosen, unmatched, now)


async def _alert(store: Store, tag: ModelTag, chosen: DigestSettings, unmatched: Sequence[str], now: datetime) -> int:
    """Match these papers and queue their alerts; how many are new."""
    corpus_ids, corpus = await store.vectors.sample(tag, matching.SAMPLE)
    if not len(corpus):
        return 0
    count = await store.vectors.count(tag)
    queued = 0
    told = Counter[UserId]()
    shards = await store.profiles.shards()
    for shard in shards:
        await calibrate(store, shard, tag, corpus, count=count, bar=chosen.bar)
    for start in range(0, len(unmatched), _PAPERS_AT_ONCE):
        ids, vectors = await store.vectors.of(tag, unmatched[start : start + _PAPERS_AT_ONCE])
        if len(ids):
            for shard in shards:
                run = _Run(store, tag, shard, chosen, ids, corpus, frozenset(corpus_ids), told, now)
                queued += await run.alert(vectors)
            await _check_model(store, tag)
            await store.papers.mark_matched(ids)
    return queued


async def _check_model(store: Store, tag: ModelTag) -> None:
    current = await store.vectors.current_model()
    if current not in (None, tag):
        raise StoreConflict(
            "Another process gave this store another model: restart this one with the same settings.",
            cause=f"{tag} is not the store's {current}",
        )


async def calibrate(store: Store, shard: Shard, tag: ModelTag, corpus: Floats, *, count: int, bar: float) -> bool:
    """Measure the shard's interests anew on ``corpus``, a sample of ``count`` papers; True if it was time to.

    It is when the host's bar changed, when papers came while a sample still holds all of them, and later when they
    have grown enough. A row that somebody changes meanwhile stays as it was changed.
    """
    measured_on, measured_for = await store.profiles.calibrated(shard, tag)
    enough = measured_on + 1 if count <= matching.SAMPLE else measured_on * _GROWTH
    if measured_for == bar and count < enough:
        return False
    bars = await store.profiles.bars(shard)
    blocks = store.profiles.interest_blocks(shard, tag)
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        wanted = np.array([bars.get(name.partition(b"\0")[0].decode("utf-8", "replace"), bar) for name in block.fields])
        measured = await asyncio.to_thread(matching.calibrate, block.rows, corpus, wanted)
        await store.profiles.replace_rows(shard, tag, block, measured)
    await store.profiles.set_calibrated(shard, tag, count, bar)
    return True


@dataclass(frozen=True)
class _Run:
    """One shard's readers against the papers of one run."""

    store: Store
    tag: ModelTag
    shard: Shard
    chosen: DigestSettings
    paper_ids: Sequence[str]
    corpus: Floats
    corpus_ids: frozenset[str]
    #: How many alerts each reader has from this run.
    told: Counter[UserId]
    now: datetime

    async def alert(self, papers: Floats) -> int:
        """Queue the alerts for ``papers`` float32[m, d]; returns how many are new."""
        holding = await facts_holding(self.store, self.shard, self.paper_ids)
        blocks = self.store.profiles.interest_blocks(self.shard, self.tag)
        parts = await asyncio.to_thread(lambda: list(matching.candidates(blocks, papers)))
        queued = 0
        for part in parts:
            found = [matching.with_facts(one, holding.pop(one.user, ())) for one in part]
            queued += await self._queue_all(found)
        return queued + await self._queue_all(
            [matching.with_facts(Found(user, ()), facts) for user, facts in holding.items()]
        )

    async def _queue_all(self, found: Sequence[Found]) -> int:
        some = [one for one in found if one.candidates]
        return sum(
            [
                await self._queue(some[start : start + _READERS_AT_ONCE])
                for start in range(0, len(some), _READERS_AT_ONCE)
            ]
        )

    async def _queue(self, found: Sequence[Found]) -> int:
        readers = [UserId(self.shard.workspace, one.user) for one in found]
        alerts: list[Alert] = []
        for one, reader in zip(found, readers, strict=True):
            profile = await self.store.profiles.get(reader)
            matches = matching.select(
                await self._without_disliked(reader, one),
                profile,
                max(0, (profile.cap or self.chosen.cap) - self.told[reader]),
                paper_ids=self.paper_ids,
                rows=await self.store.profiles.rows(reader, self.tag),
                corpus=self.corpus,
                corpus_ids=self.corpus_ids,
            )
            self.told[reader] += len(matches)
            alerts += [self._alert(match, profile) for match in matches]
        return await self.store.alerts.add(self.shard, alerts)

    async def _without_disliked(self, reader: UserId, found: Found) -> Found:
        """The candidates but for papers that the reader met elsewhere and asked for less of."""
        disliked = {one.paper_id for one in await self.store.ratings.of(reader) if one.taste is Taste.LESS}
        if not disliked:
            return found
        return Found(found.user, tuple(one for one in found.candidates if self.paper_ids[one.paper] not in disliked))

    def _alert(self, match: Match, profile: Profile) -> Alert:
        interest = next(one for one in profile.interests if one.id == match.interest_id)
        return Alert(
            reader=match.reader,
            paper_id=match.paper_id,
            interest_id=interest.id,
            interest_name=interest.name,
            closeness=match.closeness,
            strength=match.strength,
            why=matching.why(match, interest),
            queued=self.now,
        )
