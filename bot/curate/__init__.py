"""The verb ``Curate``: every change to what a reader follows that needs the model, or what the model made.

meaning     what a person's words mean: a stored paper, a fact, or a phrase
measuring   where that stands among the papers
nearest     the stored papers that answer at once
several     what is pasted all at once: links, a list, BibTeX, RIS
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot import bars, identity, interests
from bot.background import Backgrounds
from bot.clock import Clock
from bot.curate.meaning import meant
from bot.curate.measuring import Placing, measured, place
from bot.curate.nearest import Near, near_by_fact, near_in_meaning
from bot.curate.several import Followed, FollowedAll, followed_all
from bot.embedder import Embedder
from bot.errors import DuplicateInterest, StoreConflict, TooManyInterests, UserError
from bot.interests import MOST_INTERESTS
from bot.models import FACTS, Interest, Pending, Profile, UserId
from bot.progress import Report, silent
from bot.settings import DigestSettings
from bot.store import LEAST_BAR, MOST_BAR, MOST_CAP, Store

__all__ = ["MOST_INTERESTS", "Curate", "Followed", "FollowedAll", "Near"]

log = logging.getLogger(__name__)

#: What is changed while it is measured is measured again, so often.
_TRIES = 4
_CHANGED = "What you follow was changed at the same moment: please try again."


@dataclass(frozen=True)
class Curate:
    """Every change to a profile that needs the model."""

    store: Store
    embedder: Embedder
    clock: Clock
    digest: DigestSettings
    backgrounds: Backgrounds

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
        placing = await self._place(interest, bars.bar_of(profile, self.digest))
        await self.store.profiles.put_interest(reader, interest, placing.row, self.embedder.tag)
        return Followed(interest, await near_in_meaning(self.store.papers, placing))

    async def follow_all(
        self, reader: UserId, text: str, report: Report = silent, *, asks: bool = False
    ) -> FollowedAll:
        """Follow all that a pasted text means: links and ids, titles and phrases one a line, BibTeX or RIS.

        An entry with an id that no dump has told of is followed by its title, or is unknown where somebody ``asks`` for
        such ids.
        What cannot be followed never stops the others. Raises EmptyQuery where nothing is meant, and UserError for a
        reader that can be none.
        """
        interests.checked_reader(reader)
        return await followed_all(text, lambda words: self.follow(reader, words), report, asks=asks)

    async def untold(self, arxiv_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of these arXiv ids that no dump has told of, each once, in order."""
        aliases = {one: identity.arxiv_alias(one) for one in arxiv_ids}
        known = await self.store.papers.resolve(aliases.values())
        return tuple(one for one, alias in aliases.items() if alias not in known)

    async def preview(self, what: str) -> tuple[Near, ...]:
        """The stored papers that ``follow`` would answer with; nothing is stored. Raises what ``follow`` raises."""
        interest = await meant(self.store.papers, what, now=self.clock.now())
        if interest.kind in FACTS:
            return await self._by_fact(interest)
        return await near_in_meaning(self.store.papers, await self._place(interest, self.digest.bar))

    async def mute(self, reader: UserId, interest_id: str, *, muted: bool) -> Interest:
        """Keep an interest (by id or name), but let nothing come from it; or let it come again. Raises UnknownInterest."""
        return await self._change(reader, interest_id, muted=muted)

    async def reweigh(self, reader: UserId, interest_id: str, weight: float) -> Interest:
        """Give an interest (by id or name) another weight; its sign may change. Raises UnknownInterest, UserError."""
        return await self._change(reader, interest_id, weight=interests.checked_weight(weight))

    async def choose(
        self, reader: UserId, *, bar: float | None = None, cap: int | None = None, learns: bool = False
    ) -> Profile:
        """Set how close a paper must be (a share of stored papers, or a percentage) and how many a run may bring.

        None leaves a choice as it is; ``learns`` takes the bar back, so that the reader's votes decide it again. The
        reader's interests are measured anew for the new bar. Raises UserError.
        """
        interests.checked_reader(reader)
        share = bar / 100 if bar is not None and bar > 1 else bar
        if share is not None and not LEAST_BAR <= share <= MOST_BAR:
            raise UserError(f"A bar is between {LEAST_BAR:.0%} and {MOST_BAR:.2%}: 98 or 0.98.")
        if cap is not None and not 1 <= cap <= MOST_CAP:
            raise UserError(f"A cap is between 1 and {MOST_CAP:,} alerts.")
        if cap is not None:
            await self.store.profiles.set_cap(reader, cap)
        if share is not None or learns:
            await self.store.profiles.set_bar(reader, share)
            await self._measured_anew(reader)
        return await self.store.profiles.get(reader)

    async def fulfil(self, workspace: str) -> list[Pending]:
        """Follow pending papers that dumps have told of meanwhile; gives all that are there, for ``Deliver.bring``.

        They are pending until who asked was told, but followed once: unfollowed meanwhile, it stays unfollowed. In what
        is given ``follow`` means that there was no room for it.
        """
        there, _ = await self._waiting(workspace)
        return [await self._fulfilled(one) if one.follow else one for one in there]

    async def missing(self, workspace: str) -> list[Pending]:
        """Pending papers that no dump has told of, oldest first."""
        return (await self._waiting(workspace))[1]

    async def _waiting(self, workspace: str) -> tuple[list[Pending], list[Pending]]:
        """What is pending and there, and what is pending and is not."""
        waiting = await self.store.pending.of_workspace(workspace)
        untold = set(await self.untold(one.arxiv_id for one in waiting))
        return [one for one in waiting if one.arxiv_id not in untold], [
            one for one in waiting if one.arxiv_id in untold
        ]

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
        interests.checked_reader(reader)
        for _ in range(_TRIES):
            profile = await self.store.profiles.get(reader)
            if (known := interests.found(profile.interests, wanted)) is None:
                raise interests.unknown(reader, profile.interests, wanted)
            changed = replace(
                known, muted=known.muted if muted is None else muted, weight=known.weight if weight is None else weight
            )
            if changed.kind in FACTS:
                done = await self.store.profiles.set_interest(reader, changed)
            else:
                done = await self._measure(profile, changed)
            if done:
                return changed
        raise StoreConflict(_CHANGED)

    async def _measured_anew(self, reader: UserId) -> None:
        """Measure all that the reader follows for the bar as it is now."""
        for _ in range(_TRIES):
            profile = await self.store.profiles.get(reader)
            if await self._measure(profile, *profile.interests):
                return
        raise StoreConflict(_CHANGED)

    async def _measure(self, profile: Profile, *changed: Interest) -> bool:
        """Store these interests with their rows measured anew; one without a row keeps its words alone.

        False where one of the ``profile`` was changed, measured or removed meanwhile: that one stays as it is now.
        """
        await self._check_model()
        tag = self.embedder.tag
        rows = await self.store.profiles.rows(profile.reader, tag)
        worded = {one.id: one for one in changed if one.kind not in FACTS}
        bar = bars.bar_of(profile, self.digest)
        fresh = await measured(rows, worded, bar, backgrounds=self.backgrounds)
        done = True
        for before in (one for one in profile.interests if one.id in worded):
            done &= await self.store.profiles.change_interest(
                profile.reader, before, worded[before.id], fresh.get(before.id), tag, was=rows.get(before.id)
            )
        return done

    async def _place(self, interest: Interest, bar: float) -> Placing:
        return await place(interest, bar, embedder=self.embedder, backgrounds=self.backgrounds, clock=self.clock)

    async def _check_model(self) -> None:
        current = await self.store.vectors.current_model()
        if current not in (None, self.embedder.tag):
            raise StoreConflict("Another process gave this store another model: restart this one with its settings.")
