"""The words of the papers that rows speak through, read from the store when they are asked for."""

from __future__ import annotations

import asyncio

import numpy as np
from numpy.typing import NDArray

from bot.background.remembering import Backgrounds
from bot.matching import Background, WordBook
from bot.terms import TermRows


class StoredWords:
    """Words for a thread that matches while the event loop that made this reads. Never for that loop's own thread."""

    def __init__(self, backgrounds: Backgrounds, background: Background) -> None:
        self._backgrounds = backgrounds
        self._background = background
        self._loop = asyncio.get_running_loop()

    def rows(self, sources: NDArray[np.int64]) -> TermRows:
        """The words of these sources: a paper's unit row, a 1 in a term's column, zero for what is not known.

        Waits for the store. Raises StoreError.
        """
        ordinals = [source - 1 for source in sources.tolist() if source > 0]
        terms = asyncio.run_coroutine_threadsafe(self._backgrounds.terms(ordinals), self._loop).result()
        return WordBook.of(self._background, terms).rows(sources)
