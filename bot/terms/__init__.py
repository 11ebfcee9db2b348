"""The words of a text as numbers, and how much a word tells in a sample of papers. Pure.

    text ─► terms_of: Terms, a few hundred bytes that can be stored
    a sample's Terms ─► Lexicon ─► rows: TermRows, unit rows over the sample's vocabulary

A term is a word without its plural, or two such words that follow each other once stop words are gone. It is known by
a number alone; two terms in some hundred thousand share one, which costs nothing that matters.
"""

from __future__ import annotations

from bot.terms.counting import LARGEST, Terms, terms_of
from bot.terms.lexicon import Lexicon
from bot.terms.marking import phrases, shared_words
from bot.terms.rows import TermRows

__all__ = ["LARGEST", "Lexicon", "TermRows", "Terms", "phrases", "shared_words", "terms_of"]
