"""Which line of a text an offset or a title stands in."""

from __future__ import annotations

import re

#: Characters that no format writes in another way.
_PLAIN = re.compile(r"[A-Za-z0-9 .,:;()/+-]+")
#: Titles of arXiv are folded behind some 70 characters.
_LANDMARK = 40
#: So many titles may be looked for in vain; each costs a search through the rest of the text.
_VAIN_SEARCHES = 50
_SEARCHED = 1_000


class Lines:
    """Line numbers, from 1, of offsets and titles that mostly follow each other; linear in the text if they do."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0
        self._line = 1
        self._found_at = 0
        self._vain = 0

    def at(self, offset: int) -> int:
        """The line of an offset."""
        if offset < self._offset:
            self._offset, self._line = 0, 1
        self._line += self._text.count("\n", self._offset, offset)
        self._offset = offset
        return self._line

    def of(self, title: str) -> int:
        """The line in which a title occurs next, by its longest plain part; 1 if it is not found."""
        landmark = max(_PLAIN.findall(title[:_SEARCHED]), key=len, default="").strip()[:_LANDMARK]
        if not landmark or self._vain > _VAIN_SEARCHES:
            return 1
        place = self._text.find(landmark, self._found_at)
        if place < 0:
            self._vain += 1
            return 1
        self._found_at = place + len(landmark)
        return self.at(place)
