"""What an alert says beside its paper: because of which interest and which rated paper, and the sentence that tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot import cleaning, matching
from bot.background import KnownPaper, Passages, StoredWords
from bot.ingest.standing import Standing
from bot.matching import Seen
from bot.models import Alert, Interest, InterestKind, Match, Paper, Profile, UserId
from bot.store import Floats, Store

#: Papers whose sentences are embedded together.
_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """A match that becomes an alert: whose it is, the row of its interest, None for a fact, and its one paper."""

    match: Match
    profile: Profile
    row: Floats | None
    paper: Seen

    @property
    def interest(self) -> Interest:
        """The interest that it came from."""
        return next(one for one in self.profile.interests if one.id == self.match.interest_id)


@dataclass(frozen=True, eq=False)
class Reasons:
    """Tells reasons, for one ingest run."""

    store: Store
    standing: Standing
    passages: Passages
    words: StoredWords

    async def told(self, chosen: Sequence[Chosen]) -> list[Alert]:
        """The alerts of these matches, in their order."""
        liked = await self._liked(chosen)
        chosen = await asyncio.to_thread(lambda: [self._with_near(one, liked) for one in chosen])
        near = {one.match.near for one in chosen if one.match.near}
        papers = await self._papers({one.match.paper_id for one in chosen} | near)
        alerts: dict[tuple[UserId, str], Alert] = {}
        ids = sorted({one.match.paper_id for one in chosen})
        for start in range(0, len(ids), _AT_ONCE):
            part = set(ids[start : start + _AT_ONCE])
            mine = [one for one in chosen if one.match.paper_id in part]
            wanted = [(papers[one.match.paper_id], _among(one, papers)) for one in mine if _has_passage(one, papers)]
            await self.passages.read(wanted, self.standing.background)
            for one in mine:
                alerts[one.match.reader, one.match.paper_id] = await self._alert(one, papers)
        return [alerts[one.match.reader, one.match.paper_id] for one in chosen]

    async def _liked(self, chosen: Sequence[Chosen]) -> Mapping[str, KnownPaper]:
        """What is known of the papers that learnt interests among these are made of."""
        interests = (one.interest for one in chosen)
        ids = {one for interest in interests if interest.kind is InterestKind.LEARNT for one in interest.learnt_from}
        return await self.standing.backgrounds.papers(sorted(ids)) if ids else {}

    def _with_near(self, one: Chosen, liked: Mapping[str, KnownPaper]) -> Chosen:
        """With the rated paper that speaks most for it. Not for the event loop: the words are waited for."""
        if one.row is None or one.interest.kind is not InterestKind.LEARNT:
            return one
        own = {paper: liked[paper][:2] for paper in one.interest.learnt_from if paper in liked}
        near = matching.nearest_evidence(one.row, one.paper, own, self.words)
        return replace(one, match=replace(one.match, near=near))

    async def _papers(self, ids: set[str]) -> dict[str, Paper]:
        wanted = sorted(ids)
        found = await self.store.papers.get(wanted)
        return {paper_id: stored.paper for paper_id, stored in zip(wanted, found, strict=True) if stored}

    async def _alert(self, one: Chosen, papers: Mapping[str, Paper]) -> Alert:
        match, interest = one.match, one.interest
        paper, near = papers.get(match.paper_id), papers.get(match.near or "")
        passage = None
        if paper and one.row is not None:
            passage = await self.passages.of(paper, one.row, self.standing.background, _among(one, papers))
        return Alert(
            reader=match.reader,
            paper_id=match.paper_id,
            interest_id=interest.id,
            interest_name=interest.name,
            closeness=match.closeness,
            strength=match.strength,
            why=matching.why(match, interest, " ".join(cleaning.display(near.title).split()) if near else None),
            queued=self.standing.now,
            passage=passage.sentence if passage else "",
            words=passage.words if passage else (),
        )


def _has_passage(one: Chosen, papers: Mapping[str, Paper]) -> bool:
    """Whether a passage is looked for: a fact speaks for itself."""
    return one.row is not None and one.match.paper_id in papers


def _among(one: Chosen, papers: Mapping[str, Paper]) -> str:
    """The text that the interest knows the subject by: that of the rated paper it is nearest to, or its own."""
    near = papers.get(one.match.near or "")
    return cleaning.paper_text(near) if near else one.interest.text
