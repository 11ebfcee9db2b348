"""What an answer with several pages was the answer to: carried in the value of its buttons, and read back from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

#: Slack takes 2,000 characters of value; the words of a question are at most 500.
_LONGEST = 2_000
_MOST_START = 10_000


class About(StrEnum):
    """What can be asked for page by page."""

    SEARCH = "search"
    SIMILAR = "similar"
    FOR_ME = "for-me"
    TRENDING = "trending"
    SAVED = "saved"
    HISTORY = "history"
    TRY_IT = "try-it"
    ANYWAY = "anyway"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, and from which answer on it goes on (0 is the first).

    ``words`` are the query, the paper's id for SIMILAR, the period for TRENDING, the interest's id for TRY_IT, the
    quiet days for ANYWAY, the words searched for in SAVED, and nothing for the others. It names no reader: who presses a button is who asks.
    """

    about: About
    words: str = ""
    start: int = 0

    def value(self) -> str:
        """For a button: at most 2,000 characters, given that there are at most 500 words' characters."""
        return json.dumps([self.about, self.start, self.words], ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, value: str) -> Question | None:
        """What the button was about; None for a value that is none of ours. Never raises."""
        if len(value) > _LONGEST:
            return None
        try:
            parts: object = json.loads(value)
        except (ValueError, RecursionError):
            return None
        match parts:
            case [str(about), int(start), str(words)] if about in list(About) and 0 <= start <= _MOST_START:
                return cls(About(about), words, int(start))
            case _:
                return None
