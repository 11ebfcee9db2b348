"""Through whose words an interest speaks: its weightiest papers, or the terms of its phrase."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.models import EVIDENCE
from bot.terms import Lexicon, Terms

#: How much words count beside meaning: the deviation of the score in words, as a share of that of the score in meaning.
IN_WORDS = 0.3
#: Papers of fewer words say less in words, as far as their number goes.
FULL_WORDS = 100


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an interest's row says beside its vector."""

    #: At most EVIDENCE of them, none twice: a paper's ordinal + 1, or minus a term's number.
    sources: tuple[int, ...]
    #: What each counts, above 0; all together 1.
    weights: tuple[float, ...]
    #: How much words count beside meaning, 0 for not at all.
    lexical: float
    #: The interest's share of the places, beside those of its reader's other interests.
    share: float

    def beside(self, other: Evidence, part: float) -> Evidence:
        """The weightiest of both, where this one counts ``part``, 0 to 1, and ``other`` the rest. The share is this one's."""
        mixed = [(source, weight * part) for source, weight in zip(self.sources, self.weights, strict=True)]
        mixed += [(source, weight * (1 - part)) for source, weight in zip(other.sources, other.weights, strict=True)]
        return _weightiest(mixed, part * self.lexical + (1 - part) * other.lexical, self.share)


def papers_evidence(ordinals: Sequence[int], weights: Sequence[float], mean_words: float, share: float) -> Evidence:
    """The evidence of papers by their ordinals, with what each counts; ``mean_words`` is the mean length of their texts."""
    sources = [(ordinal + 1, float(weight)) for ordinal, weight in zip(ordinals, weights, strict=True)]
    return _weightiest(sources, IN_WORDS * min(1.0, mean_words / FULL_WORDS), share)


def phrase_evidence(terms: Terms, lexicon: Lexicon, share: float) -> Evidence:
    """The evidence of a phrase: its terms, the rarer the weightier."""
    weighed = [(-number, lexicon.weight(number)) for number in terms.numbers.tolist()]
    telling = [(source, weight) for source, weight in weighed if weight > 0]
    return _weightiest(telling or [(source, 1.0) for source, _ in weighed], IN_WORDS, share)


def _weightiest(sources: Iterable[tuple[int, float]], lexical: float, share: float) -> Evidence:
    together: dict[int, float] = {}
    for source, weight in sources:
        if weight > 0:
            together[source] = together.get(source, 0.0) + weight
    kept = sorted(together.items(), key=lambda one: (-one[1], one[0]))[:EVIDENCE]
    total = sum(weight for _, weight in kept)
    return Evidence(
        tuple(source for source, _ in kept),
        tuple(weight / total for _, weight in kept),
        lexical if kept else 0.0,
        share,
    )
