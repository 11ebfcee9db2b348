"""The words of the papers that rows speak through, and what they share with other papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from bot.matching.background import Background
from bot.matching.columns import Floats, Numbers, Places
from bot.models import SOURCE_WEIGHTS, SOURCES
from bot.terms import LARGEST, Lexicon, TermRows, Terms


class Words(Protocol):
    """Whoever knows the words of sources."""

    def rows(self, sources: Numbers) -> TermRows:
        """The words of these sources, as they stand in rows, in order: zero for one that is not known."""
        ...


class WordBook:
    """The terms of the papers that some rows name, in one background's vocabulary. Terms themselves it always knows."""

    def __init__(self, lexicon: Lexicon, ordinals: Numbers, papers: TermRows) -> None:
        """``ordinals`` int64[n] ascending, with the row of each in ``papers``."""
        self._lexicon = lexicon
        self._ordinals = ordinals
        # the row behind the last one is that of what is not known
        self._papers = TermRows.stacked([papers, TermRows.empty(1, len(lexicon))])

    @classmethod
    def of(cls, background: Background, papers: Mapping[int, Terms]) -> WordBook:
        """The terms of papers by their ordinals; the sample's own papers need not be among them."""
        absent = [place for place, ordinal in enumerate(background.ordinals.tolist()) if ordinal not in papers]
        ordinals = np.concatenate([np.fromiter(papers, np.int64, len(papers)), background.ordinals[absent]])
        rows = TermRows.stacked([background.words(list(papers.values())), background.terms[absent]])
        order = np.argsort(ordinals)
        return cls(background.lexicon, ordinals[order], rows[order])

    def rows(self, sources: Numbers) -> TermRows:
        """The words of these sources: a paper's unit row, a 1 in a term's column, zero for what is not known."""
        unknown = len(self._ordinals)
        place = np.searchsorted(self._ordinals, sources - 1)
        place[np.append(self._ordinals, -1)[place] != sources - 1] = unknown
        place[sources <= 0] = unknown
        papers = self._papers[place]
        negative = sources < 0
        if not negative.any():
            return papers
        columns = [self._lexicon.column(-source) for source in sources[negative].tolist()]
        both = TermRows.stacked([papers, _ones(columns, len(self._lexicon))])
        places = np.arange(len(sources))
        places[negative] = len(sources) + np.arange(len(columns))
        return both[places]


def _ones(columns: Sequence[int | None], width: int) -> TermRows:
    """Rows with a single 1 each, in these columns; with none where there is no column."""
    chosen = np.array([-1 if column is None else column for column in columns], np.int32)
    starts = np.zeros(len(columns) + 1, np.int32)
    np.cumsum(chosen >= 0, out=starts[1:])
    chosen = chosen[chosen >= 0]
    return TermRows(starts, chosen, np.ones(len(chosen), np.float32), width)


class SharedWords:
    """What sources share with some papers, each source looked at once, however many rows speak through it.

    Takes 4 bytes for each paper and source that has words; the stored papers and the vocabulary bound these.
    """

    def __init__(self, words: Words, papers: TermRows) -> None:
        self._words = words
        self._papers = papers
        # slot 0 is that of no source
        self._shared = np.zeros((1, len(papers)), np.float32)
        self._count = 1
        self._of_paper = np.zeros(1, np.int32)
        self._terms = np.empty(0, np.int64)
        self._of_term = np.empty(0, np.int32)

    def __len__(self) -> int:
        """How many sources are held: those with words that were met."""
        return self._count - 1

    def scores(self, extra: Floats) -> Floats:
        """The scores in words, float32[k, m], of rows whose places after the vector are ``extra`` float32[k, ROW_EXTRA].

        A source that cannot be one, or whose weight cannot, counts nothing.
        """
        sources, weights = _sound(extra)
        slots = self._slots(sources.ravel())
        starts = np.arange(len(extra) + 1, dtype=np.int32) * np.int32(sources.shape[1])
        return TermRows(starts, slots, weights.ravel(), self._count).times(self._shared[: self._count])

    def _slots(self, sources: Numbers) -> Places:
        """The slot of each source; those not met before get one."""
        slots = self._known(sources)
        new = np.unique(sources[slots < 0])
        if not len(new):
            return slots
        words = self._words.rows(new)
        telling = np.diff(words.starts) > 0
        words = words[telling]
        first, self._count = self._count, self._count + len(words)
        if self._count > len(self._shared):
            grown = np.zeros((max(self._count, 2 * len(self._shared)), self._shared.shape[1]), np.float32)
            grown[:first] = self._shared[:first]
            self._shared = grown
        self._shared[first : self._count] = words.products(self._papers)
        # what has no words shares nothing with any paper, as no source does
        numbers = np.zeros(len(new), np.int32)
        numbers[telling] = np.arange(first, self._count, dtype=np.int32)
        papers, terms = new > 0, new < 0
        if papers.any() and new[-1] >= len(self._of_paper):
            longer = np.full(max(int(new[-1]) + 1, 2 * len(self._of_paper)), -1, np.int32)
            longer[: len(self._of_paper)] = self._of_paper
            self._of_paper = longer
        self._of_paper[new[papers]] = numbers[papers]
        joined = np.append(self._terms, new[terms])
        order = np.argsort(joined)
        self._terms, self._of_term = joined[order], np.append(self._of_term, numbers[terms])[order]
        return self._known(sources)

    def _known(self, sources: Numbers) -> Places:
        """The slot of each source, -1 for one that has none yet."""
        slots = np.full(len(sources), -1, np.int32)
        papers = np.flatnonzero((sources >= 0) & (sources < len(self._of_paper)))
        slots[papers] = self._of_paper[sources[papers]]
        terms = np.flatnonzero(sources < 0)
        if len(terms) and len(self._terms):
            place = np.minimum(np.searchsorted(self._terms, sources[terms]), len(self._terms) - 1)
            slots[terms] = np.where(self._terms[place] == sources[terms], self._of_term[place], -1)
        return slots


def shared_by_few(extra: Floats, words: Words, papers: TermRows) -> Floats:
    """What ``SharedWords(words, papers).scores(extra)`` gives, sooner where there are only a few rows."""
    sources, weights = _sound(extra)
    met, place = np.unique(sources, return_inverse=True)
    known = words.rows(met)
    each = known[place.ravel()]
    row = np.repeat(np.arange(len(extra)), sources.shape[1])
    table = np.zeros((papers.width, len(extra)), np.float32)
    entries = np.diff(each.starts)
    np.add.at(table, (each.columns, np.repeat(row, entries)), each.values * np.repeat(weights.ravel(), entries))
    return papers.times(table).T


def _sound(extra: Floats) -> tuple[Numbers, Floats]:
    """The sources of rows and what they weigh, int64 and float32[k, EVIDENCE]; 0 and 0 for what cannot be one."""
    stated, weights = extra[:, SOURCES], extra[:, SOURCE_WEIGHTS]
    with np.errstate(invalid="ignore"):
        sound = (np.abs(stated) <= LARGEST) & (stated != 0) & (weights > 0) & np.isfinite(weights)
    return np.where(sound, stated, 0).astype(np.int64), np.where(sound, weights, np.float32(0))
