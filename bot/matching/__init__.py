"""Decides which papers concern which reader, and why. Values in, values out: the whole ranking is behind this seam.

    interest + stored papers ─► calibrate: its row
    blocks of rows, new papers ─► hits ─► candidates: every reader's, in the order of dealing
    one reader's ─► with_facts: what its facts bring and take ─► select: within the cap ─► Match ─► why

Vectors are unit rows, float32. Papers are rows of one matrix, float32[m, d]; a tie goes to the one that stands first.
"""

from __future__ import annotations

from bot.matching.calibration import MUTED, SAMPLE, calibrate, closeness, row, words
from bot.matching.collecting import Candidate, Dealt, Found, candidates
from bot.matching.columns import Floats
from bot.matching.facts import CERTAIN, FactBook, certain, has_fact, with_facts
from bot.matching.scoring import Block, Hits, hits
from bot.matching.selection import FACT_WORDS, select, why

__all__ = [
    "CERTAIN",
    "FACT_WORDS",
    "MUTED",
    "SAMPLE",
    "Block",
    "Candidate",
    "Dealt",
    "FactBook",
    "Floats",
    "Found",
    "Hits",
    "calibrate",
    "candidates",
    "certain",
    "closeness",
    "has_fact",
    "hits",
    "row",
    "select",
    "why",
    "with_facts",
    "words",
]
