"""What the servers of live sources answer: invented papers in the forms of Daily Papers, arXiv and feeds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from html import escape
from typing import Any

from tests.pages import Invented

_ARXIV = "http://arxiv.org/schemas/atom"


def item(paper: Invented, day: date, upvotes: int, comments: int) -> dict[str, Any]:
    """An item of a listing, as the site gives it since April 2026; without an abstract where the paper has none."""
    published = f"{day - timedelta(days=1)}T00:00:00.000Z"
    inner = flat(paper, day) | {"upvotes": upvotes, "submittedOnDailyAt": f"{day}T02:11:00.000Z"}
    outer = {"publishedAt": f"{day - timedelta(days=2)}T20:00:00.000Z", "title": paper.title, "numComments": comments}
    return (
        {"paper": inner | {"publishedAt": published}} | outer | ({"summary": paper.abstract} if paper.abstract else {})
    )


def flat(paper: Invented, day: date) -> dict[str, Any]:
    """A paper as ``/api/papers/<id>`` gives it."""
    known: dict[str, Any] = {
        "id": paper.arxiv_id,
        "title": paper.title,
        "summary": paper.abstract,
        "authors": [{"_id": "a1", "name": "Ann Author", "hidden": False}, {"_id": "a2", "name": "Bo Writer"}],
        "publishedAt": f"{day - timedelta(days=1)}T00:00:00.000Z",
        "upvotes": 3,
    }
    return {name: value for name, value in known.items() if value != ""}


def page(items: Iterable[Mapping[str, Any]], day: date | None, before: date | None) -> bytes:
    """A listing's page as a browser gets it, with its data inside; ``day`` None: trending, or a search."""
    heading = "Daily Papers" if day else "Trending Papers"
    listed: dict[str, Any] = {"canSubmit": False, "dailyPapers": list(items)}
    if day:
        listed |= {"dateString": day.isoformat(), "periodType": "day"}
    if before:
        listed |= {"prevDate": before.isoformat()}
    time = f"<time><span>{day:%b}</span> <span>{day.day}</span></time>" if day else ""
    return (
        f'<!doctype html><html class=""><head><meta charset="utf-8" /><meta property="og:title" content="{heading}" />'
        f'<title>{heading} - Hugging Face</title></head><body class="flex flex-col DailyPapersPage"><main>'
        f'<p>Get trending papers in your email inbox!</p><a href="/login?next=%2Fpapers">Subscribe</a>'
        f'<div class="SVELTE_HYDRATER contents" data-target="DailyPapers" data-props="{escape(json.dumps(listed))}">'
        f"<section><h1>{heading}</h1><h2>by<a>AK</a> and the research community</h2>{time}</section></div>"
        '</main><footer><a href="/terms-of-service">TOS</a></footer></body></html>'
    ).encode()


def rss(papers: Iterable[Invented], categories: str, day: date) -> bytes:
    """News of arXiv in some categories as RSS."""
    stamp = f"{day:%a, %d %b %Y} 00:00:00 -0400"
    items = "".join(
        f"<item><title>{escape(paper.title)}</title><link>https://arxiv.org/abs/{paper.arxiv_id}</link>"
        f"<description>arXiv:{paper.arxiv_id}v1 Announce Type: new \nAbstract: {escape(paper.abstract)}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{paper.arxiv_id}v1</guid><category>{escape(categories)}</category>'
        f"<pubDate>{stamp}</pubDate><arxiv:announce_type>new</arxiv:announce_type>"
        "<dc:creator>Ann Author, Bo Writer</dc:creator></item>"
        for paper in papers
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><rss xmlns:arxiv=\"{_ARXIV}\" version=\"2.0\" "
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>{escape(categories)} updates on arXiv.org</title><link>http://rss.arxiv.org/rss/"
        f"{escape(categories)}</link><pubDate>{stamp}</pubDate>{items}</channel></rss>"
    ).encode()


def atom(papers: Iterable[Invented], categories: str, day: date) -> bytes:
    """News of arXiv in some categories as Atom."""
    stamp = f"{day}T00:00:00-04:00"
    entries = "".join(
        f"<entry><id>oai:arXiv.org:{paper.arxiv_id}v1</id><title>{escape(paper.title)}</title><updated>{stamp}</updated>"
        f'<link href="https://arxiv.org/abs/{paper.arxiv_id}" rel="alternate" type="text/html"/>'
        f"<summary>arXiv:{paper.arxiv_id}v1 Announce Type: new\nAbstract: {escape(paper.abstract)}</summary>"
        f"<published>{stamp}</published><arxiv:announce_type>new</arxiv:announce_type>"
        "<dc:creator>Ann Author, Bo Writer</dc:creator></entry>"
        for paper in papers
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:arxiv=\"{_ARXIV}\" "
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><id>http://rss.arxiv.org/atom/{escape(categories)}</id>'
        f"<title>{escape(categories)} updates on arXiv.org</title><updated>{stamp}</updated>{entries}</feed>"
    ).encode()


def query(papers: Iterable[Invented], asked: str, day: date) -> bytes:
    """What arXiv answers to ``/api/query?id_list=…``: an entry for each id that it knows."""
    stamp = f"{day}T09:00:00Z"
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{paper.arxiv_id}v1</id><updated>{stamp}</updated><published>{stamp}</published>"
        f"<title>{escape(paper.title)}</title><summary>  {escape(paper.abstract)}\n</summary>"
        "<author><name>Ann Author</name></author><author><name>Bo Writer</name></author>"
        f'<link href="http://arxiv.org/abs/{paper.arxiv_id}v1" rel="alternate" type="text/html"/>'
        f'<arxiv:primary_category xmlns:arxiv="{_ARXIV}" term="cs.CL" scheme="{_ARXIV}"/>'
        f'<category term="cs.CL" scheme="{_ARXIV}"/></entry>'
        for paper in papers
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f'<title type="html">ArXiv Query: search_query=&amp;id_list={escape(asked)}&amp;start=0</title>'
        f"<id>http://arxiv.org/api/abc</id><updated>{stamp}</updated>{entries}</feed>"
    ).encode()


def feed(papers: Iterable[Invented], day: date) -> bytes:
    """Somebody's feed of papers."""
    items = "".join(
        f"<item><title>{escape(paper.title)}</title><link>https://arxiv.org/abs/{paper.arxiv_id}</link>"
        f"<description>{escape(paper.abstract)}</description><pubDate>{day:%a, %d %b %Y} 06:00:00 +0000</pubDate></item>"
        for paper in papers
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Papers we like</title>'
        f"<link>https://blog.example.org</link><description>Papers.</description>{items}</channel></rss>"
    ).encode()
