"""What spoke for a paper: the rated paper and the sentence that gave the score most."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bot.matching.background import Seen
from bot.matching.columns import Floats
from bot.matching.word_book import Words
from bot.models import ROW_EXTRA, SOURCE_WEIGHTS, SOURCES


def nearest_evidence(row: Floats, paper: Seen, liked: Mapping[str, tuple[int, Floats]], words: Words) -> str | None:
    """The id of the rated paper that speaks most for ``paper``, which is a single one; None where none was rated.

    ``row`` is the interest's, float32[d + ROW_EXTRA]; ``liked`` are the papers that it learnt from, each with its
    ordinal and its vector among its neighbours, float32[d]. A paper gives what it counts in the interest times its own
    score of ``paper``, in meaning and in words; one that the row does not name counts as little as the least it names.
    """
    if not liked:
        return None
    ids = sorted(liked)
    sources = np.array([liked[paper_id][0] + 1 for paper_id in ids], np.int64)
    extra = row[-ROW_EXTRA:].astype(np.float64)
    named, weights = extra[SOURCES], np.maximum(extra[SOURCE_WEIGHTS], 0)
    in_words = float(weights.sum())
    shares = weights / in_words if in_words > 0 else weights
    least = float(shares[shares > 0].min(initial=1.0))
    counts = np.array([float(shares[named == source].max(initial=0.0)) or least for source in sources.tolist()])
    meaning = np.stack([liked[paper_id][1] for paper_id in ids]) @ paper.vectors[0]
    shared = words.rows(sources).products(paper.words)[:, 0]
    return ids[int(np.argmax(counts * (meaning + in_words * shared)))]


def passage(sentences: Floats, row: Floats) -> int:
    """Which of some sentences speaks most for an interest: the place in ``sentences``, float32[s, d], at least one.

    They are seen as papers are: ``Background.seen`` of their own vectors, for a sentence is among no papers.
    """
    return int(np.argmax(sentences @ row[:-ROW_EXTRA]))
