"""Decides which papers concern which reader, and why. Values in, values out: the whole ranking is behind this seam.

    a paper's vector + all stored ones ─► settled: the paper among its neighbours
    a sample of stored papers ─► Background: what is usual, and how interests see papers (Seen)
    interest + background ─► row, calibrate: its row
    blocks of rows, new papers ─► hits ─► candidates: every reader's, in the order of dealing
    one reader's ─► with_facts: what its facts bring and take ─► select: within the cap ─► Match ─► why
    one reader's rows, a shelf ─► ranked: all of it in the order of dealing

Vectors are float32 rows. Papers are rows of one matrix, float32[m, d]; a tie goes to the one that stands first.
"""

from __future__ import annotations

from bot.matching.background import SAMPLE, Background, Seen
from bot.matching.calibration import MUTED, REACH, UNREACHABLE, calibrate, row, usual
from bot.matching.closeness import SHARE_FROM, closeness, words
from bot.matching.collecting import Candidate, Dealt, Found, candidates
from bot.matching.columns import Floats
from bot.matching.dealing import claims, weakened
from bot.matching.duplicates import without_duplicates
from bot.matching.evidence import Evidence, papers_evidence, phrase_evidence
from bot.matching.facts import CERTAIN, NAMED_SHARE, FactBook, certain, has_fact, with_facts
from bot.matching.ranking import ranked
from bot.matching.reasons import nearest_evidence, passage
from bot.matching.scoring import Block, Hits, hits, scores
from bot.matching.selection import ALIKE, FACT_WORDS, LEAST_COSINES, knows_unrelated, near_enough, related, select, why
from bot.matching.settling import NEIGHBOURS, Neighbours, settled
from bot.matching.word_book import WordBook, Words

__all__ = [
    "ALIKE",
    "CERTAIN",
    "FACT_WORDS",
    "LEAST_COSINES",
    "MUTED",
    "NAMED_SHARE",
    "NEIGHBOURS",
    "REACH",
    "SAMPLE",
    "SHARE_FROM",
    "UNREACHABLE",
    "Background",
    "Block",
    "Candidate",
    "Dealt",
    "Evidence",
    "FactBook",
    "Floats",
    "Found",
    "Hits",
    "Neighbours",
    "Seen",
    "WordBook",
    "Words",
    "calibrate",
    "candidates",
    "certain",
    "claims",
    "closeness",
    "has_fact",
    "hits",
    "knows_unrelated",
    "near_enough",
    "nearest_evidence",
    "papers_evidence",
    "passage",
    "phrase_evidence",
    "ranked",
    "related",
    "row",
    "scores",
    "select",
    "settled",
    "usual",
    "weakened",
    "why",
    "with_facts",
    "without_duplicates",
    "words",
]
