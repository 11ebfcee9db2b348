"""Cuts a text into words, and words down to what is compared: without accents, case and plural."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

#: A word begins with a letter of any script and has at least two signs.
_WORD = re.compile(r"[^\W\d_][^\W_]+")
#: A longer word is cut: no text's words have a longest, and those that were met are kept in memory.
_LONGEST = 64
#: Endings in "s" that are no plural.
_SINGULAR = ("ss", "us", "is")
_SHORTEST_PLURAL = 4

#: Words that say nothing of a paper's subject: those that hold English together, and those that every abstract has.
_STOPS = (
    "a about above across after again against all almost alone along already also although always am among an and "
    "another any anyone anything are around as at away back be became because become becomes been before behind being "
    "below beside besides between beyond both but by can cannot could did do does doing done down due during each "
    "either else enough especially etc even ever every everything except few first for former from further furthermore "
    "get gets give given gives go had has have having he hence her here herein hers herself him himself his how "
    "however if in indeed instead into is it its itself just keep last latter least less like made mainly make makes "
    "many may me meanwhile might mine more moreover most mostly much must my myself namely near neither never "
    "nevertheless next no nobody none nor not nothing now nowhere of off often on once one only onto or other others "
    "otherwise our ours ourselves out over own per perhaps please put quite rather really same see seem seemed seems "
    "several shall she should show shown shows side since so some someone something sometimes somewhere still such take "
    "taken takes than that the their theirs them themselves then thence there thereby therefore these they this those "
    "though three through throughout thus to together too toward towards two under until up upon us use used uses using "
    "various very via was we well were what whatever when whence whenever where whereas whereby wherein wherever "
    "whether which while who whoever whole whom whose why will with within without would yet you your yours yourself "
    "yourselves"
)
STOP_WORDS = frozenset(_STOPS.split())


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Each word of the text, folded (no accents, lower case) and at most 64 signs of it, and where it starts and ends."""
    for found in _WORD.finditer(text):
        yield folded(found.group()[:_LONGEST])[:_LONGEST], found.start(), found.end()


def folded(word: str) -> str:
    """The word in lower case without accents."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A folded word without its plural: ``networks`` is ``network``, ``studies`` is ``study``, ``class`` stays."""
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith(_SINGULAR):
        return word
    if word.endswith("ies") and len(word) > _SHORTEST_PLURAL:
        return f"{word[:-3]}y"
    return word[:-1]
