"""How one paper stands to each of a reader's interests, by the sum that alerts go by. Values in, values out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot import matching
from bot.matching import Background, Floats, Seen
from bot.models import DEVIATION, FACTS, MEAN, ROW_EXTRA, THRESHOLD, Closeness, Interest, Paper
from bot.recommend.picking import Yardstick


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """The paper that is asked about."""

    paper: Paper
    #: As interests see it, one row; None while it has no vector.
    seen: Seen | None
    #: float32[d]: the paper among its neighbours; None while it has no vector.
    vector: Floats | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One interest and how the paper stands to it."""

    interest: Interest
    closeness: Closeness
    #: Standard deviations above the interest's mean: those that come from meaning above what is usual in meaning, and
    #: those from words above what is usual in words.
    in_meaning: float
    in_words: float
    #: It would be alerted of, by its score and by having to do with the interest.
    is_above_bar: bool
    #: How many deviations above its mean the interest asks for.
    asked: float = 0.0
    #: The interest was made from this very paper, or learnt from it.
    is_itself: bool = False
    #: There is a score: the interest is no fact, and is not the paper itself.
    is_scored: bool = False
    #: The score alone would do, but the paper has hardly anything to do with the interest: no other is nearer.
    is_unrelated: bool = False

    @property
    def nearness(self) -> float:
        """Standard deviations above the interest's mean."""
        return self.in_meaning + self.in_words


def standings(subject: Subject, yardstick: Yardstick, background: Background) -> list[Standing]:
    """How the paper stands to each interest: to facts that hold, and to every interest with a row."""
    standing: list[Standing] = []
    for interest in yardstick.profile.interests:
        if subject.paper.id in (interest.paper_id, *interest.learnt_from):
            closeness = Closeness(1.0, 1, max(1, len(background)), None)
            standing.append(Standing(interest, closeness, matching.CERTAIN, 0.0, is_above_bar=True, is_itself=True))
        elif interest.kind in FACTS:
            if matching.has_fact(subject.paper, interest):
                certain = matching.certain(len(background))
                standing.append(Standing(interest, certain, matching.CERTAIN, 0.0, is_above_bar=True))
        elif subject.seen is not None and interest.id in yardstick.rows:
            standing.append(_measured(interest, yardstick, subject, subject.seen, background))
    return standing


def _measured(
    interest: Interest, yardstick: Yardstick, subject: Subject, seen: Seen, background: Background
) -> Standing:
    row, words = yardstick.rows[interest.id], yardstick.words
    extra = row[-ROW_EXTRA:]
    meaning = float(seen.vectors[0] @ row[:-ROW_EXTRA])
    total = float(matching.scores(row[None], seen, words)[0, 0])
    scores = matching.usual(row[None], background, words)[0]
    mean, deviation = float(extra[MEAN]), float(extra[DEVIATION])
    others = ~np.isnan(scores)
    in_meaning = background.seen_papers[others] @ row[:-ROW_EXTRA]
    usual_meaning = float(in_meaning.mean(dtype=np.float64)) if len(in_meaning) else 0.0
    is_hit = len(matching.hits(row[None], seen, words)) > 0
    # what somebody wants less of takes papers away by the score alone
    is_related = interest.weight < 0 or _is_related(row, subject.vector, background)
    return Standing(
        interest,
        matching.closeness(total, scores, includes_itself=subject.paper.id in background.places),
        in_meaning=(meaning - usual_meaning) / deviation,
        in_words=(total - meaning - (mean - usual_meaning)) / deviation,
        is_above_bar=is_hit and is_related,
        asked=(float(extra[THRESHOLD]) - mean) / deviation,
        is_scored=True,
        is_unrelated=is_hit and not is_related,
    )


def _is_related(row: Floats, vector: Floats | None, background: Background) -> bool:
    if vector is None or not matching.knows_unrelated(background):
        return True
    return bool(matching.near_enough(row[None], vector[None], background)[0])
