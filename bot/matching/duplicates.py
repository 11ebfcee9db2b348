"""Papers that are one paper twice, though no sign that papers are joined by says so: told from texts and names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.identity import folded, title_key
from bot.matching.columns import Floats
from bot.models import Paper

#: From this cosine on two texts are one, whoever wrote them.
SAME = 0.95
#: From this cosine on two texts of one first author are one.
SAME_AUTHOR = 0.90


def without_duplicates(papers: Sequence[Paper], vectors: Floats) -> Iterator[int]:
    """The rows of the papers that are no earlier paper over again, ascending, as they are asked for.

    ``vectors`` float32[m, d] are the papers' own unit vectors, zero for one that has none. Whether a paper stays hangs
    on those before it alone, so that a shorter list is the beginning of a longer one. Of equal titles only the first
    stays, whatever the vectors say.
    """
    titles: set[str] = set()
    authors: dict[str, list[int]] = {}
    kept: list[int] = []
    for row, paper in enumerate(papers):
        title, author = title_key(paper.title, paper.abstract), folded(paper.authors[0]) if paper.authors else ""
        if title in titles:
            continue
        likeness = vectors[kept] @ vectors[row]
        if kept and likeness.max() >= SAME:
            continue
        if author and (mine := authors.get(author)) and (vectors[mine] @ vectors[row]).max() >= SAME_AUTHOR:
            continue
        titles.add(title)
        kept.append(row)
        if author:
            authors.setdefault(author, []).append(row)
        yield row
