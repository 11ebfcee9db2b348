"""From text to stems, for papers and for what a person typed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import tantivy

from bot.index.stems import PaperStems, number
from bot.terms.wording import STOP_WORDS as EVERYWHERE

#: Not searched for when other words are there: they stand in every abstract. Letters too, and what an apostrophe leaves.
STOP_WORDS = EVERYWHERE | frozenset((
    "ain", "aren", "couldn", "d", "didn", "doesn", "don", "hadn", "hasn", "haven", "i", "isn", "ll", "m", "mustn", "re", "s",
    "shan", "shouldn", "t", "ve", "wasn", "weren", "won", "wouldn",
))  # fmt: skip

#: The stems of a text, in their order.
Analyse = Callable[[str], list[str]]

#: A sign that parts what stands before it from what stands after it.
_MARK = re.compile(r"[.;?!,:()]")


def analyser() -> tantivy.TextAnalyzer:
    """Words of letters and digits, lower case, without accents, stemmed as English; nothing over 40 bytes."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(40))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


@cache
def _stop_stems() -> frozenset[str]:
    analyse = analyser().analyze
    return frozenset(stem for word in STOP_WORDS for stem in analyse(word))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a text asks for: its stems, and those that stand beside each other in it, each with how often."""

    stems: dict[str, int]
    #: Two different stems in alphabetical order, with no stop word and no punctuation mark left between them.
    pairs: dict[tuple[str, str], int]

    @classmethod
    def of(cls, text: str, analyse: Analyse) -> Wanted:
        """Without stop words, unless there is nothing else."""
        parts = [analyse(part) for part in _MARK.split(text)]
        stop = _stop_stems() if any(stem not in _stop_stems() for part in parts for stem in part) else frozenset[str]()
        kept = [[stem for stem in part if stem not in stop] for part in parts]
        pairs = ((min(pair), max(pair)) for part in kept for pair in pairwise(part) if pair[0] != pair[1])
        return cls(Counter(stem for part in kept for stem in part), Counter(pairs))


def is_telling(word: str, analyse: Analyse) -> bool:
    """Whether a word is worth searching for: it has a stem and is no stop word."""
    return word.lower() not in STOP_WORDS and bool(analyse(word))


def paper_stems(title: str, abstract: str, names: str, analyse: Analyse) -> PaperStems:
    """The stems of a paper without stop words; ``names`` are its authors and organisations."""
    stop = _stop_stems()
    parts = [[number(stem) for stem in analyse(part) if stem not in stop] for part in (title, abstract, names)]
    ends = np.cumsum([len(part) for part in parts]).tolist()
    stems = np.array([stem for part in parts for stem in part], np.uint32)
    return PaperStems(stems, ends[0], ends[1], len(title.split()) + len(abstract.split()))
