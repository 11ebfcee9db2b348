"""The page of one paper (``/papers/<id>``): its heading, its abstract, its id."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from bot.sources.html_cards import Card
from bot.sources.links import link
from bot.sources.markup import attribute, text_of

_LABEL = "Paper page - "


def own_page(tree: LexborHTMLParser) -> Card | None:
    """The paper that a page is about; None for a page that is about a list, or about something else."""
    heading = next((node for node in tree.css("h2, h3") if text_of(node) == "Abstract"), None)
    title = tree.css_first("h1")
    if heading is None or heading.parent is None or title is None or tree.css_first("article h3 a") is not None:
        return None
    told = attribute(node, "content") if (node := tree.css_first('meta[property="og:title"]')) else ""
    addresses = (
        attribute(node, "href") or attribute(node, "content")
        for node in tree.css('link[rel="canonical"], meta[property="og:url"], a[href*="arxiv.org/abs/"]')
    )
    arxiv_id = next((found.paper for address in addresses if (found := link(address)) and found.paper), None)
    if arxiv_id is None and not told.startswith(_LABEL):
        return None
    paragraphs = [text for node in heading.parent.css("p") if (text := node.text().strip())]
    return Card(
        title=text_of(title),
        arxiv_id=arxiv_id,
        # Where a model's summary stands above the abstract, the abstract is the last paragraph.
        abstract=paragraphs[-1] if paragraphs else None,
    )
