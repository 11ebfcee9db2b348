"""Matches papers by what is printed of them: authors, organisations, categories.

A fact holds or it does not: no vector and no bar. Whoever follows a fact wants every paper it holds of, as far as
the cap lets them through; whoever wants less of it gets none of them, whatever else speaks for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from bot.identity import folded
from bot.matching.collecting import Candidate, Found
from bot.matching.dealing import claims
from bot.models import FACTS, Closeness, Interest, InterestKind, Paper, UserId

#: The strength of a fact that holds, times the interest's weight: that of the nearest of many hundred papers.
CERTAIN = 4.0
#: A fact's share of the places: that of every other interest that somebody named and nobody rated for.
NAMED_SHARE = 2.0


def certain(corpus: int) -> Closeness:
    """How near a paper is that a fact holds of, among so many stored papers: nothing is nearer."""
    return Closeness(score=1.0, rank=1, corpus=max(1, corpus), closer_than=None)


def has_fact(paper: Paper, interest: Interest) -> bool:
    """Whether the paper is by this author or organisation, or of this category; False for an interest in a meaning.

    An author is found by all the words of the name, in any order; a single letter stands for a name that begins with
    it. An organisation is found by its words in their order. ``cs`` is every category of it.
    """
    return interest.kind in FACTS and _holds(interest.kind, _wanted(interest), _printed(paper))


class FactBook:
    """The facts that many readers follow, found by paper without asking each of them."""

    def __init__(self, followed: Iterable[tuple[UserId, Interest]]) -> None:
        """Muted facts are left out."""
        self._by_word: defaultdict[tuple[InterestKind, str], list[tuple[UserId, Interest, str]]] = defaultdict(list)
        for reader, interest in followed:
            if interest.kind in FACTS and not interest.muted and (wanted := _wanted(interest)):
                word = max(wanted.split(), key=len) if interest.kind is not InterestKind.CATEGORY else wanted
                self._by_word[interest.kind, word].append((reader, interest, wanted))

    def __bool__(self) -> bool:
        """Somebody follows something."""
        return bool(self._by_word)

    def holding(self, paper: Paper) -> Iterator[tuple[UserId, Interest]]:
        """Whose facts hold of this paper."""
        printed = _printed(paper)
        for key in _keys(printed):
            for reader, interest, wanted in self._by_word.get(key, ()):
                if _holds(interest.kind, wanted, printed):
                    yield reader, interest


def with_facts(found: Found, holding: Sequence[tuple[Interest, int]]) -> Found:
    """A reader's candidates with its facts that hold, each with the row of its paper; dealt anew.

    A paper that an unwanted fact holds of is gone. A paper of two interests stays with the stronger one.
    """
    if not holding:
        return found
    unwanted = {paper for interest, paper in holding if interest.weight < 0}
    best: dict[int, Candidate] = {}
    brought = (
        Candidate(interest.id, paper, 1.0, CERTAIN * interest.weight, NAMED_SHARE)
        for interest, paper in holding
        if interest.weight > 0
    )
    for one in (*found.candidates, *brought):
        known = best.get(one.paper)
        if known is None or (-one.strength, one.interest_id) < (-known.strength, known.interest_id):
            best[one.paper] = one
    turns: defaultdict[str, int] = defaultdict(int)
    dealt: list[tuple[Candidate, int]] = []
    for one in sorted(best.values(), key=lambda one: (-one.strength, one.paper)):
        if one.paper not in unwanted:
            dealt.append((one, turns[one.interest_id]))
            turns[one.interest_id] += 1
    claim = claims(
        np.array([one.share for one, _ in dealt], np.float32),
        np.array([one.strength for one, _ in dealt], np.float64),
        np.array([places for _, places in dealt], np.int64),
    )
    order: list[int] = np.argsort(-claim, kind="stable").tolist()
    return Found(found.user, tuple(dealt[place][0] for place in order))


_Printed = Mapping[InterestKind, Sequence[str]]


def _printed(paper: Paper) -> _Printed:
    """What is printed of a paper, folded for comparison."""
    return {
        InterestKind.AUTHOR: [folded(name) for name in paper.authors],
        InterestKind.ORGANISATION: [folded(name) for name in paper.organisations],
        InterestKind.CATEGORY: [name.strip().casefold() for name in paper.categories],
    }


def _wanted(interest: Interest) -> str:
    return interest.text.strip().casefold() if interest.kind is InterestKind.CATEGORY else folded(interest.text)


def _keys(printed: _Printed) -> set[tuple[InterestKind, str]]:
    """Under which words facts that may hold are filed."""
    keys = {
        (kind, word)
        for kind in (InterestKind.AUTHOR, InterestKind.ORGANISATION)
        for name in printed[kind]
        for word in name.split()
    }
    for category in printed[InterestKind.CATEGORY]:
        keys |= {(InterestKind.CATEGORY, category), (InterestKind.CATEGORY, category.partition(".")[0])}
    return keys


def _holds(kind: InterestKind, wanted: str, printed: _Printed) -> bool:
    if not wanted:
        return False
    names = printed[kind]
    if kind is InterestKind.AUTHOR:
        return any(_is_named(wanted.split(), name.split()) for name in names)
    if kind is InterestKind.ORGANISATION:
        return any(f" {wanted} " in f" {name} " for name in names)
    return any(wanted in (name, name.partition(".")[0]) for name in names)


def _is_named(wanted: Sequence[str], name: Sequence[str]) -> bool:
    return all(word in name if len(word) > 1 else any(part.startswith(word) for part in name) for word in wanted)
