"""Where interests stand among the papers that are stored now: made from their texts and papers, as when they were new."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bot import bars, feedback
from bot.background import Backgrounds
from bot.embedder import Embedder
from bot.feedback import Liked
from bot.matching import Background
from bot.models import FACTS, InterestKind, Profile
from bot.settings import DigestSettings
from bot.store import Floats


@dataclass(frozen=True, eq=False)
class Standing:
    """Places interests on one background."""

    embedder: Embedder
    backgrounds: Backgrounds
    background: Background
    chosen: DigestSettings
    #: Aware: what nobody voted for lately counts for less.
    now: datetime

    async def rows(self, profile: Profile, only: Collection[str] | None = None) -> dict[str, Floats]:
        """The rows float32[d + ROW_EXTRA] of one reader's interests by id, or of those of ``only``.

        An interest whose papers are all gone from the store is left out: nobody can say where it stands.
        """
        followed = [one for one in profile.interests if one.kind not in FACTS]
        wanted = [one for one in followed if only is None or one.id in only]
        worded = [one for one in wanted if one.kind is not InterestKind.LEARNT]
        vectors = await self.embedder.embed([interest.text for interest in worded])
        bases = {interest.id: vector for interest, vector in zip(worded, vectors, strict=True)}
        named = {one for interest in followed for one in (interest.paper_id, *interest.learnt_from) if one}
        known = await self.backgrounds.papers(sorted(named))
        liked = {paper_id: Liked(*paper) for paper_id, paper in known.items()}
        ordinals = (paper.ordinal for paper in liked.values())
        words = await self.backgrounds.words_of(ordinals, background=self.background)
        bar = bars.bar_of(profile, self.chosen)

        def work() -> dict[str, Floats]:
            shares = feedback.shared(followed, liked, self.background, self.now)
            return feedback.rows_of(wanted, bases, liked, self.background, words=words, share=shares, bar=bar)

        return await asyncio.to_thread(work)
