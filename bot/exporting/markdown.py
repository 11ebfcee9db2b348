"""A reading list as Markdown that shows every title as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from urllib.parse import quote

from bot import identity
from bot.cleaning import display
from bot.exporting.lines import plain
from bot.models import Paper, Save

#: Authors that a line names.
_NAMED = 3
#: What Markdown, or what reads it, takes for more than text; an address in a title is no link of ours.
_MARKUP = re.compile(r"[\\`*_\[\]<>|~&@$]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def markdown(rows: Sequence[tuple[Save, Paper]]) -> str:
    """One item a paper, in the order given: title, linked where the id is known, authors, day, and when it was saved."""
    lines = [f"- {_item(save, paper)}\n" for save, paper in rows]
    return "".join(("# Reading list\n\n", *lines))


def _item(save: Save, paper: Paper) -> str:
    title = _marked(display(paper.title)) or "Untitled"
    parts = [f"[{title}]({_destination(identity.paper_url(paper))})" if paper.arxiv_id else f"**{title}**"]
    if who := _who(paper):
        parts.append(who)
    if day := paper.day():
        parts.append(_spoken(day))
    if paper.code_url and paper.code_url.startswith(("https://", "http://")):
        parts.append(f"[code]({_destination(paper.code_url)})")
    parts.append(f"saved {save.at.date().isoformat()}")
    return " · ".join(parts)


def _who(paper: Paper) -> str:
    if not paper.authors:
        return f"{paper.author_count} authors" if (paper.author_count or 0) > 1 else ""
    named = ", ".join(_marked(name) for name in paper.authors[:_NAMED])
    more = len(paper.authors) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _marked(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\g<0>", plain(text))


def _destination(url: str) -> str:
    """An address that ends nowhere but at its end."""
    return quote(plain(url), safe="/:?#@!$&'*+,;=%~[]._-", errors="replace")
