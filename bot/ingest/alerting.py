"""New papers against everybody's interests: matches become alerts, one script a shard."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from bot import matching, metrics
from bot.background import Backgrounds, Passages, StoredWords, measured_on
from bot.embedder import Embedder
from bot.errors import StoreConflict
from bot.ingest.facts import facts_holding
from bot.ingest.measuring import measure
from bot.ingest.reasons import Chosen, Reasons
from bot.ingest.standing import Standing
from bot.matching import Found, Seen
from bot.models import EVIDENCE, Match, ModelTag, Profile, Taste, UserId
from bot.settings import DigestSettings
from bot.store import Floats, Shard, Store

#: Papers matched at once: as many as fit, beside so many sources of words, into 64 MB.
_LEAST_AT_ONCE, _PAPERS_AT_ONCE = 256, 10_000
_SHARED_AT_ONCE = 16_000_000
_READERS_AT_ONCE = 200


async def alert_readers(
    store: Store, embedder: Embedder, backgrounds: Backgrounds, chosen: DigestSettings, now: datetime
) -> int:
    """Match every paper that was not matched yet and queue the alerts; returns how many are new.

    A run that was killed is repeated: papers stay unmatched until all their alerts are stored, and an alert that is
    there already is not queued again. Papers without a vector stay unmatched. Raises StoreConflict when another
    process made another model the store's, for then the readers have no rows that these papers could be matched with.
    """
    await _check_model(store, embedder.tag)
    unmatched = await store.papers.unmatched()
    if not unmatched:
        return 0
    with metrics.SCORE_SECONDS.time():
        background = await backgrounds.now(fresh=True)
        standing = Standing(embedder, backgrounds, background, chosen, now)
        return await _alert(store, standing, unmatched) if len(background) else 0


async def _alert(store: Store, standing: Standing, unmatched: Sequence[str]) -> int:
    """Match these papers and queue their alerts; how many are new."""
    backgrounds, background, tag = standing.backgrounds, standing.background, standing.backgrounds.tag
    words, told = StoredWords(backgrounds, background), Counter[UserId]()
    reasons = Reasons(store, standing, Passages(standing.embedder), words)
    shards = await store.profiles.shards()
    count = await store.vectors.count(tag.among())
    for shard in shards:
        await measure(store, shard, standing, papers=measured_on(count))
    interests = max([await store.profiles.interests(shard) for shard in shards], default=0)
    at_once, queued = papers_at_once(count + len(background.lexicon), interests), 0
    for start in range(0, len(unmatched), at_once):
        ids, seen = await backgrounds.seen(unmatched[start : start + at_once], background=background)
        if ids:
            among = await _vectors(store, tag.among(), ids)
            arrivals = _Arrivals(ids, seen, among, await _vectors(store, tag, ids))
            for shard in shards:
                queued += await _Run(store, standing, shard, words, arrivals, told, reasons).alert()
            await _check_model(store, tag)
            await store.papers.mark_matched(ids)
    return queued


def papers_at_once(sources: int, interests: int) -> int:
    """How many papers are matched at once with so many interests, where so many papers and terms have words.

    What the papers share in words with all that the interests speak through is held meanwhile.
    """
    speaking = max(1, min(sources, EVIDENCE * interests))
    return max(_LEAST_AT_ONCE, min(_PAPERS_AT_ONCE, _SHARED_AT_ONCE // speaking))


async def _check_model(store: Store, tag: ModelTag) -> None:
    current = await store.vectors.current_model()
    if current not in (None, tag):
        raise StoreConflict(
            "Another process gave this store another model: restart this one with the same settings.",
            cause=f"{tag} is not the store's {current}",
        )


async def _vectors(store: Store, tag: ModelTag, ids: Sequence[str]) -> Floats:
    """The papers' vectors of this tag, float32[m, d], in the order of ``ids``; zeros for one that has none."""
    found, rows = await store.vectors.of(tag, ids)
    places = {paper_id: place for place, paper_id in enumerate(ids)}
    vectors = np.zeros((len(ids), tag.dimension), np.float32)
    vectors[[places[paper_id] for paper_id in found]] = rows
    return vectors


@dataclass(frozen=True, eq=False)
class _Arrivals:
    """Some of the papers of one run."""

    ids: Sequence[str]
    #: The papers as interests see them, by place.
    seen: Seen
    #: float32[m, d]: among their neighbours, which tells whether they have anything to do with an interest.
    among: Floats
    #: float32[m, d]: their own vectors, which tell whether two are nearly one.
    alike: Floats

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each paper stands, by id."""
        return {paper_id: place for place, paper_id in enumerate(self.ids)}


@dataclass(frozen=True, eq=False)
class _Run:
    """One shard's readers against the arrivals."""

    store: Store
    standing: Standing
    shard: Shard
    words: StoredWords
    arrivals: _Arrivals
    #: How many alerts each reader has from this run.
    told: Counter[UserId]
    reasons: Reasons

    async def alert(self) -> int:
        """Queue the alerts for the papers; returns how many are new."""
        holding = await facts_holding(self.store, self.shard, self.arrivals.ids)
        blocks = self.store.profiles.interest_blocks(self.shard, self.standing.backgrounds.tag)
        parts = await asyncio.to_thread(lambda: list(matching.candidates(blocks, self.arrivals.seen, self.words)))
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
        chosen: list[Chosen] = []
        for one in found:
            reader = UserId(self.shard.workspace, one.user)
            profile = await self.store.profiles.get(reader)
            rows = await self.store.profiles.rows(reader, self.standing.backgrounds.tag)
            wanted = await self._without_disliked(reader, one)
            matches = await asyncio.to_thread(self._select, wanted, profile, rows)
            self.told[reader] += len(matches)
            for match in matches:
                paper = self.arrivals.seen.only([self.arrivals.places[match.paper_id]])
                chosen.append(Chosen(match, profile, rows.get(match.interest_id), paper))
        return await self.store.alerts.add(self.shard, await self.reasons.told(chosen))

    def _select(self, found: Found, profile: Profile, rows: Mapping[str, Floats]) -> tuple[Match, ...]:
        background = self.standing.background
        if matching.knows_unrelated(background):
            found = matching.related(found, rows, self.arrivals.among, background)
        return matching.select(
            found,
            profile,
            max(0, (profile.cap or self.standing.chosen.cap) - self.told[profile.reader]),
            paper_ids=self.arrivals.ids,
            rows=rows,
            background=background,
            words=self.words,
            alike=self.arrivals.alike,
        )

    async def _without_disliked(self, reader: UserId, found: Found) -> Found:
        """The candidates but for papers that the reader met elsewhere and asked for less of."""
        disliked = {one.paper_id for one in await self.store.ratings.of(reader) if one.taste is Taste.LESS}
        if not disliked:
            return found
        ids = self.arrivals.ids
        return Found(found.user, tuple(one for one in found.candidates if ids[one.paper] not in disliked))
