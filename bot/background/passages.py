"""Which sentence of a paper speaks most for an interest, and which of its words the interest knows."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot import cleaning, matching
from bot.embedder import Embedder
from bot.errors import BadVector
from bot.matching import Background
from bot.models import Paper
from bot.store import Floats
from bot.terms import phrases, shared_words, terms_of

#: The first sentences of an abstract that are looked at; what follows is its end or another text.
MOST = 12
#: So many of them are compared in meaning: embedding takes longer than all the rest.
LIKELY = 4
#: Words that are marked in a passage: more would tell nothing.
MOST_WORDS = 6
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S", re.IGNORECASE)
#: Longer ones are cut where they are shown, and no sentence at all is so long.
_LONGEST = 600
#: Papers whose sentences are remembered: about 10 kB each.
_REMEMBERED = 256


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of an abstract as it is shown, and those of its words that the interest knows, as they stand there.

    Where the whole phrase stands in it, that is the first of them.
    """

    sentence: str
    words: tuple[str, ...]


@dataclass(slots=True, eq=False)
class _Sentences:
    #: The text that they are of.
    abstract: str | None
    texts: Sequence[str]
    #: By their places, as far as they were embedded: unit float32[d].
    vectors: dict[int, Floats] = field(default_factory=dict[int, Floats])


class Passages:
    """Sentences of papers with their vectors, each embedded once while it is remembered; for one event loop."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: OrderedDict[str, _Sentences] = OrderedDict()

    async def read(self, wanted: Sequence[tuple[Paper, str]], background: Background) -> None:
        """Embed at once what ``of`` would for each paper and ``among``, for at most 256 of them."""
        asked = [(self._sentences(paper), among) for paper, among in wanted[:_REMEMBERED]]

        def likely() -> list[list[int]]:
            return [_likely(known.texts, among, background) for known, among in asked]

        found = await asyncio.to_thread(likely)
        await self._embed([(known, place) for (known, _), places in zip(asked, found, strict=True) for place in places])

    async def _embed(self, wanted: Sequence[tuple[_Sentences, int]]) -> None:
        """Embed those of these sentences that have no vector yet."""
        missing = list(dict.fromkeys((known, place) for known, place in wanted if place not in known.vectors))
        if not missing:
            return
        try:
            vectors = await self._embedder.embed([known.texts[place] for known, place in missing], keep=False)
        except BadVector:
            log.warning("%d sentences have no usable vectors: no passage is told of their papers", len(missing))
            return
        for (known, place), vector in zip(missing, vectors, strict=True):
            known.vectors[place] = vector

    async def of(self, paper: Paper, row: Floats, background: Background, among: str) -> Passage | None:
        """The passage of a paper for an interest's row, float32[d + ROW_EXTRA]; None where it has no abstract.

        ``among`` is the text whose words are looked for in it: a phrase, or that of the paper that the interest knows.
        Of the sentences that share the most with it in words, the one that is nearest to the interest in meaning.
        """
        known = self._sentences(paper)
        likely = await asyncio.to_thread(_likely, known.texts, among, background)
        await self._embed([(known, place) for place in likely])
        vectors = {place: known.vectors[place] for place in likely if place in known.vectors}
        return await asyncio.to_thread(_passage, known.texts, vectors, row, background, among) if vectors else None

    def _sentences(self, paper: Paper) -> _Sentences:
        """What is known of a paper's sentences; the papers that were asked for last are remembered."""
        known = self._known.get(paper.id)
        if known is None or known.abstract != paper.abstract:
            self._known[paper.id] = _Sentences(paper.abstract, sentences_of(paper))
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(paper.id)
        return self._known[paper.id]


def sentences_of(paper: Paper) -> tuple[str, ...]:
    """The sentences that may be a paper's passage, as they are shown; none without an abstract of its authors' own."""
    shown = cleaning.display(paper.abstract or "")
    found = [one for paragraph in shown.split("\n\n") for one in cleaning.sentences(paragraph)][:MOST]
    # Where the code is speaks for nothing, whatever words the address has.
    telling = [one for one in found if not _ADDRESS.search(one)]
    return tuple(one for one in telling or found if len(one) <= _LONGEST)


def _likely(sentences: Sequence[str], among: str, background: Background) -> list[int]:
    """The places, ascending, of the ``LIKELY`` sentences whose words shared with ``among`` weigh most; else the first."""
    if len(sentences) <= LIKELY:
        return list(range(len(sentences)))
    # the other text, a whole paper perhaps, is cut into words once
    shared = shared_words(" ".join(sentences), among)
    weights = {word: _weight(word, background) for word in shared}
    known = " ".join(shared)
    weighs = [sum(weights.get(word, 0.0) for word in shared_words(sentence, known)) for sentence in sentences]
    return sorted(sorted(range(len(sentences)), key=lambda place: -weighs[place])[:LIKELY])


def _telling(words: Sequence[str], background: Background) -> tuple[str, ...]:
    """Those of the words that weigh in a score, at most ``MOST_WORDS``, the weightiest, in the order of ``words``."""
    weights = [_weight(word, background) for word in words]
    order = sorted((place for place, weight in enumerate(weights) if weight > 0), key=lambda place: -weights[place])
    return tuple(words[place] for place in sorted(order[:MOST_WORDS]))


def _weight(word: str, background: Background) -> float:
    return max(map(background.lexicon.weight, terms_of(word).numbers.tolist()), default=0.0)


def _passage(
    sentences: Sequence[str], vectors: Mapping[int, Floats], row: Floats, background: Background, among: str
) -> Passage:
    """Of the sentences that have ``vectors``, by their places, the one that speaks most for the row."""
    places = list(vectors)
    place = places[matching.passage(background.seen(np.stack([vectors[one] for one in places])), row)]
    # common words weigh nothing in the score, but a phrase that is half marked looks like a mistake
    whole = phrases(sentences[place], among)
    words = (*whole, *_telling(shared_words(sentences[place], among), background))
    return Passage(sentences[place], tuple(dict.fromkeys(words))[:MOST_WORDS])
