"""What is usual among the stored papers, kept in memory for the verbs that measure interests.

remembering   the background, and what is known of single papers, for one process
staging       how many papers it is made of: the same ones in every process until many more have come
stored_words  the words of papers that rows speak through, for a thread that matches
passages      which sentence of a paper speaks most for an interest
"""

from __future__ import annotations

from bot.background.passages import Passage, Passages
from bot.background.remembering import Backgrounds, KnownPaper, named_by
from bot.background.staging import measured_on, stage
from bot.background.stored_words import StoredWords

__all__ = ["Backgrounds", "KnownPaper", "Passage", "Passages", "StoredWords", "measured_on", "named_by", "stage"]
