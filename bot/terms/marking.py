"""Finds the words of one text that another one uses too, or a whole phrase, to mark them where they are shown."""

from __future__ import annotations

import re
from itertools import islice, pairwise

from bot.terms.counting import MOST_WORDS
from bot.terms.wording import STOP_WORDS, stem, words

#: A phrase has so many words at most; what is longer is a text.
_LONGEST_PHRASE = 20
#: Signs that part what is said before them from what follows.
_PARTS = re.compile(r"[,.;:!?()\[\]]")


def shared_words(text: str, among: str) -> tuple[str, ...]:
    """The words of ``text``, as they stand there and each once, that ``among`` has too; plurals and case do not matter.

    Stop words are no answer.
    """
    known = {stem(word) for word, _, _ in islice(words(among), MOST_WORDS)} - STOP_WORDS
    found = (
        text[start:end]
        for word, start, end in islice(words(text), MOST_WORDS)
        if word not in STOP_WORDS and stem(word) in known
    )
    return tuple(dict.fromkeys(found))


def phrases(text: str, phrase: str) -> tuple[str, ...]:
    """Where ``text`` has the words of ``phrase`` one after another, as they stand there and each once.

    Plurals, case and what joins the words do not matter. None for a phrase of stop words, and for a text in its place.
    """
    wanted = [stem(word) for word, _, _ in islice(words(phrase), _LONGEST_PHRASE + 1)]
    if len(wanted) > _LONGEST_PHRASE or STOP_WORDS.issuperset(wanted):
        return ()
    there = [(stem(word), start, end) for word, start, end in islice(words(text), MOST_WORDS)]
    runs = (there[at : at + len(wanted)] for at in range(len(there) - len(wanted) + 1))
    found = (
        text[run[0][1] : run[-1][2]]
        for run in runs
        if [word for word, _, _ in run] == wanted
        and not any(_PARTS.search(text[before[2] : after[1]]) for before, after in pairwise(run))
    )
    return tuple(dict.fromkeys(found))
