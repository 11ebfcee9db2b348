"""Pages with invented papers, as the site and its dumping tools give them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Invented:
    """An invented paper."""

    title: str
    abstract: str
    arxiv_id: str | None = None


def invented(topic: str, number: int, arxiv_id: str | None = None) -> Invented:
    """A paper about a topic, unlike every other number."""
    title = f"{topic.capitalize()} by Method {number:03d}"
    abstract = (
        f"We study {topic} and ask what limits it. Our method number {number:03d} looks at {topic} from the side of its "
        f"costs: it measures them, removes what is not needed and keeps what readers of {topic} rely on. On {number + 7} "
        f"public tasks it gains {number % 9 + 1} points over the strongest earlier work while using a third of the memory."
    )
    return Invented(title, abstract, arxiv_id)


def text_page(papers: Iterable[Invented], day: str = "Mar 18") -> bytes:
    """A page in layout A."""
    head = ["new", "Get trending papers in your email inbox!", "Subscribe", "byAK and the research community", day]
    return "\n\n".join([*head, *(line for paper in papers for line in (paper.title, paper.abstract))]).encode()


def json_page(papers: Iterable[Invented]) -> bytes:
    """An answer of the JSON API."""
    items = [
        {
            "paper": {
                "id": paper.arxiv_id,
                "title": paper.title,
                "summary": paper.abstract,
                "authors": [{"name": "Ann Author"}, {"name": "Bo Writer"}],
                "publishedAt": "2026-03-16T00:00:00.000Z",
                "upvotes": 3,
            },
            "publishedAt": "2026-03-15T20:00:00.000Z",
            "title": paper.title,
            "numComments": 1,
        }
        for paper in papers
    ]
    return json.dumps(items).encode()
