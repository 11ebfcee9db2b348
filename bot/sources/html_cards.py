"""The cards of a page: one paper each, in the daily grid, the list of a search, or on the trending page.

What a card is made of: the title ``h3 a[href="/papers/<id>"]``; the abstract as a paragraph (absent in the grid);
upvotes in the log-in link or as the one number of a ``div``; ``li[title]`` for the first authors and a last
``N authors``, or an organisation's chip; the day as text; comments at the link to ``#community``. The trending page
draws every card twice, for wide and narrow screens, and shows a model's summary instead of the abstract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.models import Entry, PrintedDate
from bot.sources.dates import printed_date
from bot.sources.drafts import is_summary
from bot.sources.gathering import Unreadable, read_abstract, read_title
from bot.sources.item_fields import as_count
from bot.sources.links import Link, link
from bot.sources.markup import ancestors, attribute, text_of
from bot.sources.wording import one_line

_AUTHORS = re.compile(r"(\d{1,4}) authors?", re.ASCII)
_UPVOTES = re.compile(r"(?:Upvote )?(-|\d[\d,]{0,8})", re.ASCII)
_DATE_LENGTH = 40
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})


@dataclass(frozen=True, slots=True)
class Card:
    """What one card tells, its text as it stands there."""

    title: str
    arxiv_id: str | None
    abstract: str | None = None
    ai_summary: str | None = None
    authors: tuple[str, ...] = ()
    author_count: int | None = None
    organisation: str | None = None
    organisation_as_printed: str | None = None
    published: PrintedDate | None = None
    comments: int | None = None
    upvotes: int | None = None
    code_url: str | None = None

    def entry(self, *, position: int, line: int) -> Entry:
        """The entry. Raises Unreadable where the card has no real title."""
        title = read_title(self.title)
        abstract, warnings = read_abstract(self.abstract, title)
        if self.ai_summary is not None:
            warnings = ("AI_SUMMARY",)
        if self.arxiv_id is None and abstract is None and self.ai_summary is None:
            raise Unreadable("MISSING_ABSTRACT", "The card has neither an abstract nor an arXiv id.", title)
        return Entry(
            position=position,
            line=line,
            title=title,
            abstract=abstract,
            arxiv_id=self.arxiv_id,
            authors=self.authors,
            author_count=self.author_count,
            organisation=self.organisation,
            organisation_as_printed=self.organisation_as_printed,
            published=self.published,
            comments=self.comments,
            upvotes=self.upvotes,
            ai_summary=self.ai_summary,
            code_url=self.code_url,
            warnings=warnings,
        )


def cards(tree: LexborHTMLParser) -> list[Card]:
    """Every card of a page, in its order, each paper once where it is drawn twice in a row."""
    on_trending = is_trending(tree)
    boxes = [node for node in tree.css("article") if node.css_first("article article") is None]
    found = [card for box in boxes if (card := _card(box, on_trending=on_trending))]
    if not found:
        found = [card for node in tree.css("a[href]") if (card := _bare_title(node))]
    kept: list[Card] = []
    for card in found:
        if not kept or kept[-1].arxiv_id != card.arxiv_id or card.arxiv_id is None:
            kept.append(card)
    return kept


def is_trending(tree: LexborHTMLParser) -> bool:
    """Whether a page says that it is the trending page."""
    titles = [text_of(node) for node in tree.css("title, h1")]
    return any(title.startswith("Trending Papers") for title in titles)


def _card(box: LexborNode, *, on_trending: bool) -> Card | None:
    links = [(node, target) for node in box.css("a[href]") if (target := link(attribute(node, "href")))]
    title_node = next((node for node, target in links if _is_title(node, target)), None)
    if title_node is None:
        return None
    target = link(attribute(title_node, "href"))
    arxiv_id = target.paper if target else None
    abstract, summary = _paragraph(box), None
    if on_trending and abstract is not None and is_summary(abstract):
        abstract, summary = None, abstract
    authors, count = _authors(box)
    name, printed = _organisation(links)
    discussion = next((node for node, target in links if target.is_discussion), None)
    return Card(
        title=text_of(title_node),
        arxiv_id=arxiv_id,
        abstract=abstract,
        ai_summary=summary,
        authors=authors,
        author_count=count,
        organisation=name,
        organisation_as_printed=printed,
        published=_published(box),
        comments=as_count(text_of(discussion)),
        upvotes=_upvotes(box, links),
        code_url=next((target.repository for _, target in links if target.repository), None),
    )


def _bare_title(node: LexborNode) -> Card | None:
    """A title link outside any card, as clipped pages have it."""
    target = link(attribute(node, "href"))
    if target is None or not _is_title(node, target):
        return None
    return Card(text_of(node), target.paper)


def _is_title(node: LexborNode, target: Link) -> bool:
    if target.paper is None or target.is_discussion or target.is_upvote or not text_of(node):
        return False
    if "line-clamp" in attribute(node, "class"):
        return True
    return any(parent.tag in _HEADINGS for _, parent in zip(range(2), ancestors(node), strict=False))


def _paragraph(box: LexborNode) -> str | None:
    """The longest paragraph of a card; narrow and wide screens show the same one."""
    texts = [node.text().strip() for node in box.css("p")]
    return max(texts, key=len, default="") or None


def _authors(box: LexborNode) -> tuple[tuple[str, ...], int | None]:
    """The authors if the card names all of them, and how many there are.

    A list item with a picture has a user name as its title, and that is no author's name.
    """
    listed = box.css_first("ul")
    if listed is None:
        return (), None
    items = listed.css("li")
    told = next((found for node in items if (found := _AUTHORS.fullmatch(text_of(node)))), None)
    named = [node for node in items if attribute(node, "title")]
    names = tuple(one_line(attribute(node, "title")) for node in named if node.css_first("img") is None)
    count = int(told[1]) if told else len(named) or None
    return (names, count) if len(names) == count else ((), count)


def _organisation(links: list[tuple[LexborNode, Link]]) -> tuple[str | None, str | None]:
    """The organisation's name, and its chip as tools print it: the picture's text, which is the handle, and the name."""
    for node, target in links:
        picture = node.css_first("img[alt]")
        name = text_of(node)
        if target.handle and picture is not None and name:
            handle = attribute(picture, "alt")
            if handle.casefold() == target.handle.casefold():
                return name, f"{handle} {name}"
    return None, None


def _published(box: LexborNode) -> PrintedDate | None:
    for node in box.css("time, span"):
        told = text_of(node)
        if len(told) <= _DATE_LENGTH and (found := printed_date(told)):
            return found[0]
    return None


def _upvotes(box: LexborNode, links: list[tuple[LexborNode, Link]]) -> int | None:
    """The number in the log-in link, or for a reader who is logged in the number of its own ``div``; ``-`` is 0."""
    buttons = [node for node, target in links if target.is_upvote]
    for node in (*buttons, *box.css("div.leading-none, div.text-orange-500")):
        if found := _UPVOTES.fullmatch(text_of(node)):
            return 0 if found[1] == "-" else as_count(found[1])
    return None
