"""What is known of a paper beside its text, in one line: authors, date, counts, code; and its title as a link."""

from __future__ import annotations

from collections.abc import Sequence

from bot import identity
from bot.blocks.card_parts import shown_title
from bot.blocks.parts import counted, listed
from bot.blocks.text import clean, link, safe_url, unformatted, within
from bot.models import Paper

#: What stands between the parts of a line.
DOT = " · "
#: Characters of one fact; escaped, of all facts.
_FACT, _FACTS = 60, 900
#: So many authors are named; of more, the first.
_AUTHORS = 3


def facts_of(paper: Paper) -> list[str]:
    """Authors, organisation, date, upvotes and comments, plain; what is not known is left out."""
    day = paper.day()
    comments = paper.comments[0].value if paper.comments else 0
    upvotes = paper.upvotes[0].value if paper.upvotes else 0
    facts = [
        _authors(paper),
        clean(paper.organisations[0], _FACT) if paper.organisations else "",
        f"{day.day} {day:%b %Y}" if day else _yearless(paper),
        counted(upvotes, "upvote") if upvotes else "",
        counted(comments, "comment") if comments else "",
    ]
    return [fact for fact in facts if fact]


def facts_line(paper: Paper) -> str:
    """Authors, organisation, date, upvotes, comments and code in one line of mrkdwn; "" if nothing is known."""
    return linked_facts(paper, facts_of(paper))


def linked_facts(paper: Paper, facts: Sequence[str]) -> str:
    """These facts of the paper, as ``facts_of`` gives them, and its links in one line of mrkdwn."""
    told = [shown] if (shown := within(_FACTS, DOT.join(facts), unformatted)) else []
    links = [(paper.code_url, "code"), (paper.project_url, "project page")]
    told += [link(url, label) for url, label in links if url and safe_url(url)]
    return DOT.join(told)


def title_line(paper: Paper) -> str:
    """The title, bold and linked, in mrkdwn; a link that leads to a search says so."""
    address = identity.paper_url(paper)
    leads_to_search = identity.link_kind(paper) == "search" and safe_url(address) is not None
    return f"*{link(address, shown_title(paper.title))}*{' (search)' if leads_to_search else ''}"


def _authors(paper: Paper) -> str:
    names = [name for author in paper.authors if (name := clean(author, _FACT))]
    if names:
        return listed(names, _AUTHORS if len(names) <= _AUTHORS else 1)
    return counted(paper.author_count, "author") if paper.author_count else ""


def _yearless(paper: Paper) -> str:
    """``20 Feb`` where a page printed no year."""
    if paper.published is None:
        return ""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{paper.published.day} {months[paper.published.month - 1]}"
