"""In which steps the stored papers are looked at anew as they become more."""

from __future__ import annotations

from bot.matching import SAMPLE

#: All papers are compared anew when they have become so many times as many, in fifths.
_FIFTHS = 6


def stage(papers: int) -> int:
    """The step that so many papers have reached: at most so many, and a fifth more than the step before; 0 of none."""
    reached, following = 0, 1
    while following <= papers:
        reached, following = following, max(following + 1, following * _FIFTHS // 5)
    return reached


def measured_on(papers: int) -> int:
    """Among how many of so many papers the sample is taken: all while a sample holds them, else those of the stage.

    So it stays the same, in every process, while papers come by ones.
    """
    return papers if papers <= SAMPLE else max(SAMPLE, stage(papers))
