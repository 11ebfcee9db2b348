"""Where an interest stands among the papers, whose words speak for it, and its share of the places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np

from bot import interests, matching
from bot.feedback.grouping import OF_SIZE, shares
from bot.feedback.weighing import Liked, weights
from bot.matching import Background, Evidence, Floats, Words, papers_evidence, phrase_evidence
from bot.models import FACTS, Interest, InterestKind
from bot.terms import terms_of

#: What somebody named, a phrase or a paper, counts as much as so many likes.
NAMED = 4
#: Few papers say little of what else a reader wants: an interest made of n papers leans on its nearest neighbours, by the
#: first figure times n to the power of the second.
LEANING, LEANING_OF_MANY = 1.5, -1.5
#: A sum of unit vectors that is shorter points nowhere.
_SHORTEST = 1e-6


def placed(
    interest: Interest, base: Floats | None, liked: Mapping[str, Liked], background: Background, *, share: float
) -> tuple[Floats, Evidence]:
    """The unit vector of an interest, float32[d], and the words that speak for it.

    ``base`` is the embedding of its text, a unit vector float32[d]: None for a learnt interest, which has none; not
    looked at for a paper that is among ``liked``, the papers that it may be made and learnt from by the ids that it
    knows them by; those that it does not name, and what is named and not there, count nothing. The same papers give the
    same to the bit, in whatever order they came. Raises ValueError where there is neither a base nor a paper.
    """
    rated = _papers(interest.learnt_from, liked)
    own = liked.get(interest.paper_id) if interest.paper_id else None
    named: tuple[Floats, Evidence] | None = None
    if own is not None:
        leant = background.leaning(own.vector, [own.ordinal], LEANING)
        named = leant, papers_evidence([own.ordinal], [1.0], own.terms.words, share)
    elif base is not None:
        # moved towards its neighbours a phrase would find less of what it says: papers have done that for it
        named = base, phrase_evidence(terms_of(interest.text), background.lexicon, share)
    if not rated:
        if named is None:
            raise ValueError(interest.id)
        return named
    vectors, terms = np.stack([one.vector for one in rated]), [one.terms for one in rated]
    each = weights(vectors, background, terms)
    total = (each[:, None] * vectors.astype(np.float64)).sum(axis=0)
    mean_words = sum(one.words for one in terms) / len(terms)
    evidence = papers_evidence([one.ordinal for one in rated], each.tolist(), mean_words, share)
    if named is not None:
        part = NAMED / (NAMED + len(rated))
        total = part * named[0] + (1 - part) * total
        evidence = named[1].beside(evidence, part)
    length = float(np.linalg.norm(total))
    if length < _SHORTEST:
        return (named[0] if named else rated[0].vector), evidence
    vector = (total / length).astype(np.float32)
    if named is None:
        vector = background.leaning(vector, [one.ordinal for one in rated], LEANING * len(rated) ** LEANING_OF_MANY)
    return vector, evidence


def rows_of(
    wanted: Iterable[Interest],
    bases: Mapping[str, Floats],
    liked: Mapping[str, Liked],
    background: Background,
    *,
    words: Words,
    share: Mapping[str, float],
    bar: float,
) -> dict[str, Floats]:
    """The rows float32[d + ROW_EXTRA] of these interests by id; what has neither text nor papers left has none.

    ``bases`` are the embeddings of their texts by interest id and ``share`` what ``shared`` gives; for both and for
    ``liked`` see ``placed``, for ``words`` and ``bar`` see ``matching.row``.
    """
    found: dict[str, Floats] = {}
    for one in wanted:
        base = bases.get(one.id)
        if base is None and not any(paper_id in liked for paper_id in (one.paper_id, *one.learnt_from)):
            continue
        vector, evidence = placed(one, base, liked, background, share=share.get(one.id, 1.0))
        found[one.id] = matching.row(
            vector, one.weight, background, bar, evidence=evidence, words_of=words, muted=one.muted
        )
    return found


def shared(
    followed: Iterable[Interest], liked: Mapping[str, Liked], background: Background, now: datetime
) -> dict[str, float]:
    """The share of the places that each of a reader's interests has beside the others, by interest id.

    ``liked`` are the papers that they learnt from, by the ids that they know them by; ``now`` is aware. What was named
    counts as a group of ``NAMED`` and its likes, what was learnt as its group does, less the longer no vote taught it;
    each times its weight. Facts have none; neither has what asks for less.
    """
    wanted = [one for one in followed if one.kind not in FACTS and one.weight > 0]
    # what is muted brings nothing that the others would have to stand up to
    groups = [one for one in wanted if one.kind is InterestKind.LEARNT and not one.muted]
    parts = dict(
        zip((one.id for one in groups), shares([one.learnt_from for one in groups], liked, background), strict=True)
    )
    found: dict[str, float] = {}
    for one in wanted:
        if one.kind is InterestKind.LEARNT:
            part = parts.get(one.id) or max(1, len(one.learnt_from)) ** OF_SIZE
            found[one.id] = part * interests.fade(one, now) * one.weight
        else:
            found[one.id] = (NAMED + len(one.learnt_from)) ** OF_SIZE * one.weight
    return found


def _papers(ids: Iterable[str], liked: Mapping[str, Liked]) -> list[Liked]:
    """The papers of these ids, each once, in an order of their own."""
    found = {liked[paper_id].ordinal: liked[paper_id] for paper_id in sorted(ids) if paper_id in liked}
    return [found[ordinal] for ordinal in sorted(found)]
