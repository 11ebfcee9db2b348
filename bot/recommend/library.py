"""What every question to ``Recommend`` begins and ends with: a reader and all papers, then papers with their reasons."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot import bars, cleaning, interests, matching
from bot.background import Backgrounds
from bot.models import Match, Paper, Profile, UserId
from bot.recommend import picking
from bot.recommend.answers import Pick
from bot.recommend.catalogue import Catalogue
from bot.recommend.distinct import distinct
from bot.recommend.grounds import rated
from bot.recommend.picking import Yardstick
from bot.recommend.shelf import Known, Shelf
from bot.settings import DigestSettings
from bot.store import Store


@dataclass(frozen=True, slots=True)
class Library:
    """The stored papers, in memory. Every method raises StoreError."""

    store: Store
    digest: DigestSettings
    backgrounds: Backgrounds
    catalogue: Catalogue = field(default_factory=Catalogue)

    @property
    def known(self) -> Mapping[str, Known]:
        """Every stored paper by its id, as of the last ``shelf`` or ``reader``."""
        return self.catalogue.known

    async def shelf(self) -> Shelf:
        """All papers that stand among their neighbours, as they are stored now."""
        return await self.catalogue.refresh(self.store, self.backgrounds)

    async def reader(
        self, reader: UserId, *, measured: bool = True, unmuted: bool = False
    ) -> tuple[Profile, Yardstick, Shelf]:
        """The reader's profile, its rows as they are stored or ``measured`` for its bar, and all papers.

        ``unmuted``: measured as if nothing was muted. Raises UserError for what cannot be a reader.
        """
        profile = await self.store.profiles.get(interests.checked_reader(reader))
        rows = await self.store.profiles.rows(reader, self.backgrounds.tag) if profile.interests else {}
        shelf = await self.shelf()
        words = await self.backgrounds.words(list(rows.values()), background=shelf.background)
        if not measured:
            return profile, Yardstick(profile, rows, words), shelf
        bar = bars.bar_of(profile, self.digest)

        def work() -> Yardstick:
            return picking.measured(profile, rows, words, shelf.background, bar, unmuted=unmuted)

        return profile, await asyncio.to_thread(work), shelf

    async def picks(self, yardstick: Yardstick, shelf: Shelf, matches: Sequence[Match]) -> list[Pick]:
        """The matches with their papers, interests and reasons; what is not stored any more is left out."""
        following = {interest.id: interest for interest in yardstick.profile.interests}
        papers = await self.papers([match.paper_id for match in matches])
        places = {paper_id: row for row, paper_id in enumerate(shelf.ids)}
        shown = [match for match in matches if match.paper_id in papers]
        asked = [(following[match.interest_id], shelf.only([places[match.paper_id]]).seen) for match in shown]
        near = await rated(self.store, self.backgrounds, yardstick, asked)
        return [
            Pick(
                papers[match.paper_id],
                interest,
                match.closeness,
                matching.why(match, interest, cleaning.display(named.title) if named else None),
                named.id if named else None,
            )
            for match, (interest, _), named in zip(shown, asked, near, strict=True)
        ]

    async def distinct(self, papers: Sequence[Paper], limit: int) -> list[int]:
        """The places of the first ``limit`` papers that are no earlier one over again."""
        return await distinct(self.store.vectors, self.backgrounds.tag, papers, max(0, limit))

    async def papers(self, ids: Sequence[str]) -> dict[str, Paper]:
        """Whole papers by id; what was joined into another meanwhile is left out."""
        found = await self.store.papers.get(ids)
        return {one: stored.paper for one, stored in zip(ids, found, strict=True) if stored and stored.paper.id == one}

    async def now(self, ids: Iterable[str]) -> set[str]:
        """The ids that papers have now which were joined into another one since."""
        gone = [one for one in ids if one not in self.known]
        return {stored.paper.id for stored in await self.store.papers.get(gone) if stored}
