"""Enough older papers that a share of them says how near a new one is, some of them nearer than any new one."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.models import Paper
from tests.fakes import paper
from tests.handling import NOW

LONG_AGO = NOW - timedelta(days=90)


def older_papers(words: str, *, seen: datetime = LONG_AGO) -> list[Paper]:
    """220 papers: five that say nothing but ``words``, which keep the bar up, and others that have nothing to do with it."""
    near = [Paper(f"pc{place:014x}", f"{words} again{place}", f"{words} {words}.", seen) for place in range(5)]
    texts = [(f"Filler {place}", f"word{place} lone{place} bare{place}") for place in range(215)]
    return [*near, *(Paper(f"pd{place:014x}", *text, seen) for place, text in enumerate(texts))]


def came_now(count: int, words: str, what: str) -> list[Paper]:
    """Papers that came this morning, near to what they are about but below the bar."""
    return [
        Paper(f"p{place:015x}", f"{what} study {place}", f"{words} at coast {place} with words of its own. " * 9, NOW)
        for place in range(count)
    ]


def of_no_subject(count: int) -> list[Paper]:
    """Papers that came this morning and are about nothing in particular."""
    made = [
        paper(f"pf{place:014x}", f"Proof {chr(97 + place) * 6}", f"lemma{place} holds{place}. ")
        for place in range(count)
    ]
    return [Paper(one.id, one.title, one.abstract, NOW) for one in made]
