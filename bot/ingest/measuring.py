"""A shard's interests before they are matched: placed and measured anew when it is time to."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from bot import matching
from bot.background import named_by, stage
from bot.ingest.standing import Standing
from bot.models import UserId
from bot.store import Floats, InterestBlock, Measured, Shard, Store

#: Rows that were changed while they were measured are measured again, so often; what still moves then was measured by
#: those who changed it.
_TRIES = 4


async def measure(store: Store, shard: Shard, standing: Standing, *, papers: int) -> bool:
    """Measure the shard's interests anew; True if it was time to.

    It is when the host's bar changed, or whether bars are learnt, and when the background is of more papers than the
    last one: ``papers`` is of how many (``background.measured_on``). With every stage of those (``background.stage``)
    interests are placed anew, for a phrase that was followed among few papers stands elsewhere among many. Else only
    those of readers whose learnt bar moved. What somebody changes meanwhile stays as it was changed, measured here too.
    """
    tag, chosen = standing.backgrounds.tag, standing.chosen
    wanted, last = Measured(papers, chosen.bar, chosen.learn_bar), await store.profiles.calibrated(shard, tag)
    moved = await store.profiles.unmeasured(shard)
    if wanted == last and not moved:
        return False
    bars = await store.profiles.bars(shard, learnt=chosen.learn_bar)
    renewing = _Renewing(store, shard, standing, bars, is_another=stage(last.papers) != stage(papers))
    blocks = store.profiles.interest_blocks(shard, tag)
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        await renewing.renew(block if wanted != last else _of_users(block, moved.keys()))
    if wanted != last:
        await store.profiles.set_calibrated(shard, tag, wanted)
    await store.profiles.set_measured(shard, moved)
    return True


@dataclass(frozen=True, slots=True)
class _Renewing:
    """Rows of one shard, block by block."""

    store: Store
    shard: Shard
    standing: Standing
    #: Of readers with a bar of their own, by user.
    bars: Mapping[str, float]
    #: Interests are placed anew, too.
    is_another: bool

    async def renew(self, block: InterestBlock) -> None:
        """Place, measure and write the rows of a block, and again those that somebody changed meanwhile."""
        tag = self.standing.backgrounds.tag
        for _ in range(_TRIES):
            if not block.fields:
                return
            moved = await self._moved(block) if self.is_another else block.rows
            fresh = await self._measured(block, moved)
            if await self.store.profiles.replace_rows(self.shard, tag, block, fresh) == len(block.fields):
                return
            written = dict(zip(block.fields, fresh, strict=True))
            stored = await self.store.profiles.interest_block(self.shard, tag, block.number)
            block = _picked(
                stored,
                (
                    place
                    for place, (field, row) in enumerate(zip(stored.fields, stored.rows, strict=True))
                    if field in written and row.tobytes() != written[field].tobytes()
                ),
            )

    async def _moved(self, block: InterestBlock) -> Floats:
        """The block's rows where their interests stand now; one that cannot be placed stays where it was."""
        rows = block.rows.copy()
        places: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for place, field in enumerate(block.fields):
            interest_id = field.partition(b"\0")[2].decode("utf-8", "replace")
            places[_user(field)][interest_id] = place
        for user, own in places.items():
            profile = await self.store.profiles.get(UserId(self.shard.workspace, user))
            for interest_id, row in (await self.standing.rows(profile, only=own)).items():
                rows[own[interest_id]] = row
        return rows

    async def _measured(self, block: InterestBlock, rows: Floats) -> Floats:
        """Rows of a block measured anew, each for its reader's bar."""
        standing = self.standing
        words = await standing.backgrounds.words_of(named_by(rows), background=standing.background)
        of_readers = np.array([self.bars.get(_user(field), standing.chosen.bar) for field in block.fields])
        return await asyncio.to_thread(matching.calibrate, rows, standing.background, of_readers, words)


def _of_users(block: InterestBlock, users: Collection[str]) -> InterestBlock:
    return _picked(block, (place for place, field in enumerate(block.fields) if _user(field) in users))


def _picked(block: InterestBlock, places: Iterable[int]) -> InterestBlock:
    """Those of a block's interests that stand at these places."""
    chosen = list(places)
    return InterestBlock(block.number, [block.fields[place] for place in chosen], block.rows[chosen])


def _user(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")
