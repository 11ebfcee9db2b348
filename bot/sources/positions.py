"""Which line of a text an offset stands in."""

from __future__ import annotations


class Lines:
    """Line numbers, from 1, of offsets that mostly grow; linear in the text as long as they do."""

    #: So many texts may be looked for in vain; each costs a search through the rest.
    _VAIN_SEARCHES = 50

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

    def of(self, *spellings: str) -> int:
        """The line where one of the spellings occurs next; 1 if none is found."""
        for spelling in spellings:
            if not spelling or self._vain > self._VAIN_SEARCHES:
                continue
            place = self._text.find(spelling, self._found_at)
            if place >= 0:
                self._found_at = place + len(spelling)
                return self.at(place)
            self._vain += 1
        return 1
