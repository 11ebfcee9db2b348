"""A line that was pasted: links and ids, or words to follow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot import identity
from bot.interests import short, unquoted
from bot.references.reference import Reference, is_fact, is_link

_LINK = re.compile(r"<(https?://[^<>|\s]+)(?:\|[^<>]*)?>")
#: A bullet or a number of a pasted list; a bare arXiv id begins otherwise.
_BULLET = re.compile(r"(?:[-*•·\u2013]\s+|\(?\d{1,3}[.)]\s+|\[\d{1,3}\]\s+)")


def from_line(line: str) -> Iterator[Reference]:
    """What one line means; nothing for a blank one."""
    line = line.strip()
    if bullet := _BULLET.match(line):
        line = line[bullet.end() :]
    parts = _LINK.sub(r"\1", line).split()
    if not parts:
        return
    if all(identity.normalise_arxiv_id(part) or is_link(part) for part in parts):
        yield from (Reference(part, (part,)) for part in parts)
        return
    words = " ".join(parts)
    linked = [part for part in parts if is_link(part) and identity.normalise_arxiv_id(part)]
    if linked and unquoted(words) == words and not is_fact(words):
        yield Reference(short(words), tuple(linked[:1]))
    else:
        yield Reference(short(words), (words,))
