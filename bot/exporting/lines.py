"""What every form of a reading list needs: a text on one line, and a paper's address at arXiv."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

ARXIV = "https://arxiv.org/abs"
_CATEGORY = re.compile(r"[A-Za-z][A-Za-z.-]{1,19}")
#: Marks that turn the direction of text around them.
_TURNING = frozenset(map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def plain(text: str) -> str:
    """One line without control characters, lone surrogates and marks that turn the direction."""
    kept = (char for char in text if unicodedata.category(char) not in ("Cs", "Cn") and char not in _TURNING)
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in kept).split())


def arxiv_url(arxiv_id: str) -> str:
    """Where arXiv tells of it."""
    return f"{ARXIV}/{quote(arxiv_id, safe='/')}"


def categories(told: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are written as arXiv writes its categories."""
    return tuple(one for one in told if _CATEGORY.fullmatch(one))
