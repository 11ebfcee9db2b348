"""Which stored papers an entry speaks of, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.identity import aliases, arxiv_alias
from bot.merging.uniting import new_paper, unite
from bot.models import Entry, Origin, Paper


@dataclass(frozen=True, slots=True)
class Placement:
    """What one entry changes: the paper it belongs to as it is afterwards."""

    paper: Paper
    #: No stored paper was meant: this one is new.
    created: bool
    #: Internal ids of stored papers that turned out to be this paper, and forward to it from then on.
    joined: tuple[str, ...]
    #: The entry's aliases that lead to this paper; never one that belongs to a paper with another arXiv id.
    aliases: tuple[str, ...]
    #: Whether anything is to be stored: False when the entry told nothing new.
    changed: bool


def same_paper(one: Entry | Paper, other: Entry | Paper) -> bool:
    """Whether two tellings are of one paper: by their arXiv ids if both have one, else by an equal title or abstract."""
    if one.arxiv_id and other.arxiv_id:
        return arxiv_alias(one.arxiv_id) == arxiv_alias(other.arxiv_id)
    return not set(aliases(one)).isdisjoint(aliases(other))


def merge(paper: Paper, entry: Entry, origin: Origin, *, query: str | None = None) -> Paper:
    """The paper with what ``entry`` tells. Raises ValueError for an entry with another arXiv id."""
    return unite(paper, new_paper(entry, origin, now=paper.first_seen, query=query))


def join(older: Paper, newer: Paper) -> Paper:
    """Two records found to be one paper, under the older's id. Raises ValueError when their arXiv ids differ."""
    return unite(older, newer)


def place(
    entry: Entry, origin: Origin, found: Mapping[str, Paper], now: datetime, *, query: str | None = None
) -> Placement:
    """Where an entry belongs among the stored papers ``found`` by its aliases; ``now`` is aware, UTC.

    Surest sign first: arXiv id, title, abstract. Signs that lead to several papers join them, the oldest stays,
    except that papers with two arXiv ids are two papers: then the surer sign is followed.
    """
    names = aliases(entry)
    meant: dict[str, Paper] = {}
    claimed: list[str] = []
    arxiv_id = entry.arxiv_id
    for alias in names:
        paper = found.get(alias)
        if paper is not None:
            if arxiv_id and paper.arxiv_id and arxiv_alias(arxiv_id) != arxiv_alias(paper.arxiv_id):
                continue
            arxiv_id = arxiv_id or paper.arxiv_id
            meant[paper.id] = paper
        claimed.append(alias)
    if not meant:
        return Placement(new_paper(entry, origin, now=now, query=query), True, (), tuple(claimed), True)
    oldest, *others = sorted(meant.values(), key=lambda paper: (paper.first_seen, paper.id))
    paper = oldest
    for other in others:
        paper = join(paper, other)
    paper = merge(paper, entry, origin, query=query)
    return Placement(
        paper,
        created=False,
        joined=tuple(other.id for other in others),
        aliases=tuple(claimed),
        changed=paper != oldest or bool(others) or any(alias not in found for alias in claimed),
    )
