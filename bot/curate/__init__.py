"""The verb ``Curate``: every change to what a reader follows that needs the model, or what the model made."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from bot import identity, interests, matching
from bot.clock import Clock
from bot.curate.meaning import meant
from bot.curate.nearest import Near, near_by_fact, near_in_meaning
from bot.embedder import Embedder
from bot.errors import DuplicateInterest, StoreConflict, TooManyInterests, UserError
from bot.interests import MOST_INTERESTS
from bot.models import FACTS, Interest, Pending, Profile, UserId
from bot.settings import DigestSettings
from bot.store import LEAST_BAR, MOST_BAR, MOST_CAP, Store

__all__ = ["MOST_INTERESTS", "Curate", "Followed", "Near"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Followed:
    """A new interest and the stored papers nearest to it: nearest first, for a fact newest first."""

    interest: Interest
    nearest: tuple[Near, ...]


@dataclass(frozen=True)
class Curate:
    """Every change to a profile that needs the model."""

    store: Store
    embedder: Embedder
    clock: Clock
    digest: DigestSettings

    async def follow(self, reader: UserId, what: str, *, name: str | None = None, weight: float = 1.0) -> Followed:
        """Follow a paper (by arXiv id, link or exact title), a fact (``author:…``, ``org:…``, ``cat:…``) or a phrase.

        A negative weight asks for less of it; of a fact, for none. Raises EmptyQuery, UnknownPaper for an id or link
        that no dump has told of (with the id), DuplicateInterest, TooManyInterests, and UserError for a weight, name
        or phrase that is out of bounds.
        """
        interests.checked_reader(reader)
        profile = await self.store.profiles.get(reader)
        interest = await meant(
            self.store.papers, what, name=name, weight=weight, followed=profile.interests, now=self.clock.now()
        )
        if refusal := interests.clash(reader, profile.interests, interest):
            raise refusal
        if len(profile.interests) >= MOST_INTERESTS:
            raise TooManyInterests(f"{interests.follows(reader)} {MOST_INTERESTS} things already: unfollow one first.")
        if interest.kind in FACTS:
            await self.store.profiles.put_interest(reader, interest, None)
            return Followed(interest, await self._by_fact(interest))
        await self._check_model()
        [vector] = await self.embedder.embed([interest.text])
        ids, corpus = await self.store.vectors.sample(self.embedder.tag, matching.SAMPLE)
        row = matching.row(vector, weight, corpus, profile.bar or self.digest.bar)
        await self.store.profiles.put_interest(reader, interest, row, self.embedder.tag)
        return Followed(interest, await near_in_meaning(self.store.papers, vector, ids, corpus, but=interest.paper_id))

    async def preview(self, what: str) -> tuple[Near, ...]:
        """The stored papers that ``follow`` would answer with; nothing is stored. Raises what ``follow`` raises."""
        interest = await meant(self.store.papers, what, now=self.clock.now())
        if interest.kind in FACTS:
            return await self._by_fact(interest)
        vector = await self.embedder.embed_query(interest.text)
        ids, corpus = await self.store.vectors.sample(self.embedder.tag, matching.SAMPLE)
        return await near_in_meaning(self.store.papers, vector, ids, corpus, but=interest.paper_id)

    async def mute(self, reader: UserId, interest_id: str, *, muted: bool) -> Interest:
        """Keep an interest (by id or name), but let nothing come from it; or let it come again. Raises UnknownInterest."""
        return await self._change(reader, interest_id, muted=muted)

    async def reweigh(self, reader: UserId, interest_id: str, weight: float) -> Interest:
        """Give an interest (by id or name) another weight; its sign may change. Raises UnknownInterest, UserError."""
        return await self._change(reader, interest_id, weight=interests.checked_weight(weight))

    async def choose(self, reader: UserId, *, bar: float | None = None, cap: int | None = None) -> Profile:
        """Set how close a paper must be (a share of stored papers, or a percentage) and how many a run may bring.

        None leaves a choice as it is. The reader's interests are measured anew for the new bar. Raises UserError.
        """
        interests.checked_reader(reader)
        share = bar / 100 if bar is not None and bar > 1 else bar
        if share is not None and not LEAST_BAR <= share <= MOST_BAR:
            raise UserError(f"A bar is between {LEAST_BAR:.0%} and {MOST_BAR:.2%}: 98 or 0.98.")
        if cap is not None and not 1 <= cap <= MOST_CAP:
            raise UserError(f"A cap is between 1 and {MOST_CAP:,} alerts.")
        if cap is not None:
            await self.store.profiles.set_cap(reader, cap)
        if share is not None:
            await self.store.profiles.set_bar(reader, share)
            profile = await self.store.profiles.get(reader)
            await self._measure(profile, *profile.interests)
        return await self.store.profiles.get(reader)

    async def fulfil(self, workspace: str) -> list[Pending]:
        """Follow pending papers that dumps have told of meanwhile; gives all that are there, for ``Deliver.bring``.

        They are pending until who asked was told, but followed once: unfollowed meanwhile, it stays unfollowed. In what
        is given ``follow`` means that there was no room for it.
        """
        there: list[Pending] = []
        waiting = await self.store.pending.of_workspace(workspace)
        aliases = {one.arxiv_id: identity.arxiv_alias(one.arxiv_id) for one in waiting}
        known = await self.store.papers.resolve(aliases.values())
        for one in waiting:
            if aliases[one.arxiv_id] not in known:
                continue
            there.append(await self._fulfilled(one) if one.follow else one)
        return there

    async def _fulfilled(self, pending: Pending) -> Pending:
        """Follow it; as asked before if there is no room."""
        try:
            await self.follow(pending.reader, pending.arxiv_id)
        except DuplicateInterest:
            log.info("pending %s is followed already", pending.arxiv_id)
        except TooManyInterests:
            log.info("pending %s is not followed: there is no room for it", pending.arxiv_id)
            return pending
        followed = replace(pending, follow=False)
        await self.store.pending.add(followed)
        return followed

    async def _by_fact(self, interest: Interest) -> tuple[Near, ...]:
        return await near_by_fact(self.store.papers, interest, await self.store.papers.count())

    async def _change(
        self, reader: UserId, wanted: str, *, muted: bool | None = None, weight: float | None = None
    ) -> Interest:
        profile = await self.store.profiles.get(interests.checked_reader(reader))
        if (known := interests.found(profile.interests, wanted)) is None:
            raise interests.unknown(reader, profile.interests, wanted)
        changed = replace(
            known, muted=known.muted if muted is None else muted, weight=known.weight if weight is None else weight
        )
        if changed.kind in FACTS:
            await self.store.profiles.set_interest(reader, changed)
        else:
            await self._measure(profile, changed)
        return changed

    async def _measure(self, profile: Profile, *changed: Interest) -> None:
        """Store these interests with their rows measured anew; one without a row keeps its words alone."""
        await self._check_model()
        tag = self.embedder.tag
        rows = await self.store.profiles.rows(profile.reader, tag)
        _, corpus = await self.store.vectors.sample(tag, matching.SAMPLE)
        for interest in changed:
            if interest.kind in FACTS:
                continue
            if (row := rows.get(interest.id)) is None:
                await self.store.profiles.set_interest(profile.reader, interest)
                continue
            measured = matching.row(
                row[: tag.dimension], interest.weight, corpus, profile.bar or self.digest.bar, muted=interest.muted
            )
            await self.store.profiles.put_interest(profile.reader, interest, measured, tag)

    async def _check_model(self) -> None:
        current = await self.store.vectors.current_model()
        if current not in (None, self.embedder.tag):
            raise StoreConflict("Another process gave this store another model: restart this one with its settings.")
