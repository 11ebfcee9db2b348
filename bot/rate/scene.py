"""Everything of a reader that a vote is decided by, read at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from bot import cleaning, matching
from bot.background import Backgrounds
from bot.embedder import Embedder
from bot.feedback import Liked
from bot.matching import Background, Floats, Seen, WordBook
from bot.models import FACTS, Interest, InterestKind, Paper, Profile
from bot.store import Store, StoredPaper
from bot.terms import terms_of

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scene:
    """A reader before a vote; papers are known by the ids that the reader's interests know them by."""

    profile: Profile
    #: Aware, UTC.
    now: datetime
    background: Background
    #: The papers that interests are made or learnt from, as far as they stand among the others, and the one voted on.
    liked: Mapping[str, Liked]
    #: Those that make or name interests learnt from votes alone, as they are stored.
    papers: Mapping[str, Paper]
    #: When each of the papers was rated; the one that is voted on, now.
    times: Mapping[str, datetime]
    #: The interests' rows by their ids.
    rows: Mapping[str, Floats]
    #: How near the paper that is voted on is to each of them.
    scores: Mapping[str, float]


async def read_scene(
    store: Store,
    backgrounds: Backgrounds,
    embedder: Embedder,
    profile: Profile,
    now: datetime,
    *,
    vote: StoredPaper | None = None,
) -> Scene:
    """The reader of ``profile`` at ``now``; ``vote`` is the paper that is voted on. Raises StoreError.

    A paper that an ingest has not settled yet stands for now where its text alone is.
    """
    paper = vote.paper if vote else None
    background = await backgrounds.now()
    rows = await store.profiles.rows(profile.reader, backgrounds.tag)
    known: list[str] = [paper_id for one in profile.interests if one.kind not in FACTS for paper_id in _papers_of(one)]
    ids: list[str] = list(dict.fromkeys([*known, *([paper.id] if paper else [])]))
    liked = {paper_id: Liked(*told) for paper_id, told in (await backgrounds.papers(ids)).items()}
    if vote and vote.paper.id not in liked:
        text = cleaning.paper_text(vote.paper)
        vector = background.settled((await embedder.embed_query(text))[None, :])[0]
        liked[vote.paper.id] = Liked(vote.ordinal, vector, terms_of(text))
    pool = list(
        dict.fromkeys(
            paper_id
            for one in profile.interests
            if one.kind is InterestKind.LEARNT and not one.renamed
            for paper_id in one.learnt_from
        )
    )
    found = zip(pool, await store.papers.get(pool), strict=True) if pool else ()
    papers = {paper_id: stored.paper for paper_id, stored in found if stored}
    times = _times(profile, {one.paper_id: one.at for one in await store.ratings.of(profile.reader)})
    scores: dict[str, float] = {}
    if paper is not None:
        papers[paper.id], times[paper.id] = paper, now
        words = await backgrounds.words(rows.values(), background=background)
        scores = _scores(rows, liked[paper.id], background, words)
    return Scene(profile, now, background, liked, papers, times, rows, scores)


def _papers_of(interest: Interest) -> list[str]:
    return [*interest.learnt_from, *([interest.paper_id] if interest.paper_id else [])]


def _times(profile: Profile, rated: Mapping[str, datetime]) -> dict[str, datetime]:
    """When each paper was rated. An attempt that was killed left one without its rating: that one came last."""
    return {
        paper_id: rated.get(paper_id) or one.voted or one.created or _LONG_AGO
        for one in profile.interests
        for paper_id in one.learnt_from
    }


def _scores(rows: Mapping[str, Floats], paper: Liked, background: Background, words: WordBook) -> dict[str, float]:
    if not rows:
        return {}
    seen = Seen.of(background, paper.vector[None, :], [paper.terms])
    scores = matching.scores(np.stack(list(rows.values())), seen, words)
    return dict(zip(rows, scores[:, 0].tolist(), strict=True))
