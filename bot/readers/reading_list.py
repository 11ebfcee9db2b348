"""The reading list: papers that a reader keeps, and how many colleagues keep them too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot import identity
from bot.errors import UnknownPaper
from bot.models import Paper, Save, UserId
from bot.store import Store


async def canonical(store: Store, paper_id: str) -> Paper:
    """The paper as it is stored now, whatever id it had when it was shown. Raises UnknownPaper."""
    [found] = await store.papers.get([paper_id])
    if found is None:
        raise UnknownPaper("This paper is no longer stored.")
    return found.paper


async def with_papers(store: Store, saves: Sequence[Save]) -> list[tuple[Save, Paper]]:
    """The saves with their papers, each paper once; what is no longer stored is left out."""
    found: dict[str, tuple[Save, Paper]] = {}
    for save, stored in zip(saves, await store.papers.get([save.paper_id for save in saves]), strict=True):
        if stored:
            found.setdefault(stored.paper.id, (save, stored.paper))
    return list(found.values())


def speaks_of(paper: Paper, words: Iterable[str]) -> bool:
    """Whether all the words, folded, begin words of the paper's title, abstract or authors."""
    titles = (paper.title, *(told.value for told in paper.titles))
    spoken = f" {identity.folded(' '.join((*titles, paper.abstract or '', *paper.authors)))}"
    return all(f" {word}" in spoken for word in words)


async def colleagues(store: Store, reader: UserId, paper_ids: Sequence[str]) -> dict[str, int]:
    """How many others of the reader's workspace saved each of these papers, and let it be counted."""
    now = await store.papers.current_ids(paper_ids)
    counts = await store.saved.savers(reader.workspace, set(now.values()), reader)
    return {paper_id: counts[now[paper_id]] for paper_id in paper_ids}
