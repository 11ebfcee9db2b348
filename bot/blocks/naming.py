"""Papers named in a line each, where a card would say too much: lists with links, and how near a paper was."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from slackblocks import RichText, RichTextBlock, RichTextElement, RichTextLink, RichTextList, RichTextSection

from bot import identity
from bot.blocks.card_parts import shown_title
from bot.blocks.parts import counted
from bot.blocks.text import clean, safe_url
from bot.models import Near, Paper

_NAME = 100


def linked_title(paper: Paper, *, bold: bool = False) -> list[RichTextElement]:
    """The title, linked where there is an address; a link that leads to a search says so."""
    title, address = shown_title(paper.title), safe_url(identity.paper_url(paper))
    if not address:
        return [RichText(title, bold=bold or None)]
    search = [RichText(" (search)")] if identity.link_kind(paper) == "search" else []
    return [RichTextLink(address, title, bold=bold or None), *search]


def code_links(paper: Paper) -> list[RichTextElement]:
    """`` · code · project page``, each linked; nothing for an address that may not stand in a message."""
    links: list[RichTextElement] = []
    for url, label in ((paper.code_url, "code"), (paper.project_url, "project page")):
        if url and (address := safe_url(url)):
            links += [RichText(" · "), RichTextLink(address, label)]
    return links


def paper_list(
    lines: Sequence[Sequence[RichTextElement]], block_id: str, *, heading: str = "", is_ordered: bool = False
) -> RichTextBlock:
    """A list with a line for each paper, below a bold heading if one is given."""
    listed = RichTextList("ordered" if is_ordered else "bullet", [RichTextSection(list(line)) for line in lines])
    above = [RichTextSection(RichText(heading, bold=True))] if heading else []
    return RichTextBlock([*above, listed], block_id=block_id)


def code_words(papers: Sequence[Paper]) -> Iterator[str]:
    """The papers for which code has appeared, each in words, plain."""
    for paper in papers:
        address = safe_url(paper.code_url or "") or safe_url(paper.project_url or "") or ""
        yield f"{shown_title(paper.title)}: {address or 'see its page'}."


def talk_words(paper: Paper) -> str:
    """``41 upvotes, 3 comments``; "" where nobody printed any."""
    upvotes = paper.upvotes[0].value if paper.upvotes else 0
    comments = paper.comments[0].value if paper.comments else 0
    # What belongs together stays on one line.
    told = [
        counted(count, noun).replace(" ", "\u00a0")
        for count, noun in ((upvotes, "upvote"), (comments, "comment"))
        if count > 0
    ]
    return ", ".join(told)


def near_words(near: Near) -> str:
    """``closer than 97.1 % of papers to “speech”``; "" if nothing is known. Plain."""
    name = clean(near.interest_name, _NAME)
    if near.closer_than is None:
        return f"near “{name}”" if name else ""
    # Rounded down, so that nothing seems to pass a bar that it does not pass.
    share = f"closer than {math.floor(near.closer_than * 1_000 + 1e-6) / 10:g} % of papers"
    return f"{share} to “{name}”" if name else share
