"""Every stored paper's vectors and terms: whatever changed since the last time is made anew, whoever stored it.

A paper's vector is that of its text, title and abstract, and once more of its title, which says best what it is about.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

import numpy as np

from bot import cleaning, identity
from bot.embedder import Embedder, Vectors
from bot.errors import BadVector
from bot.ingest.settling import settle_papers
from bot.progress import Report, silent
from bot.store import Floats, PaperVector, Store, StoredPaper
from bot.terms import Terms, terms_of

log = logging.getLogger(__name__)

#: What the title counts for beside the whole text, which begins with it.
TITLE_SHARE = 0.3
_PAPERS_AT_ONCE = 512


def titled(texts: Floats, titles: Floats) -> Floats:
    """Papers' vectors, unit float32[n, d], from those of their texts and of their titles, each unit float32[n, d]."""
    mixed = texts + np.float32(TITLE_SHARE) * titles
    return mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), np.float32(1e-6))


async def embed_papers(store: Store, embedder: Embedder, report: Report = silent) -> int:
    """Give every paper that changed since the last run its vectors and terms; returns how many were put.

    Papers are taken in the order of their changes and the place reached is stored, so a run that was killed goes on
    where it stopped, and another model starts from the first paper. A paper for which the model gives no usable vector
    goes without. Afterwards each is settled among its neighbours.
    """
    tag = embedder.tag
    reached = await store.vectors.reached(tag)
    to_do = max(0, await store.papers.change_number() - reached)
    put = done = 0
    while changed := await store.papers.changed_since(reached, limit=_PAPERS_AT_ONCE):
        stored = [found for found in await store.papers.get([paper_id for _, paper_id in changed]) if found]
        texts: dict[str, str] = {}
        for found in stored:
            texts[found.paper.id] = cleaning.paper_text(found.paper)
            await asyncio.sleep(0)  # people who ask meanwhile go first
        hashes = {paper_id: identity.text_hash(text) for paper_id, text in texts.items()}
        known = await store.vectors.get(tag, stored)
        fresh = [found for found in stored if not _is_of(known.get(found.paper.id), hashes[found.paper.id])]

        def told(count: int, _of: int, before: int = done) -> None:
            report("Embedding", before + count, max(to_do, before + count))

        try:
            vectors = await embedder.embed([texts[found.paper.id] for found in fresh], progress=told)
        except BadVector:
            fresh, vectors = await _one_by_one(embedder, fresh, texts)
        # Terms go first: a paper that has its vector has them too.
        await store.terms.put(await asyncio.to_thread(_terms, fresh, texts))
        rows = await _with_titles(embedder, fresh, texts, vectors)
        await store.vectors.put(
            tag,
            [
                PaperVector(found.paper.id, found.ordinal, hashes[found.paper.id], row)
                for found, row in zip(fresh, rows, strict=True)
            ],
        )
        put += len(fresh)
        done += len(changed)
        reached = changed[-1][0]
        await store.vectors.set_reached(tag, reached)
    if done:
        report("Embedding", done, done)  # a paper that changed twice was counted twice in to_do
    await settle_papers(store, tag, report)
    return put


def _terms(papers: Sequence[StoredPaper], texts: Mapping[str, str]) -> dict[int, Terms]:
    return {found.ordinal: terms_of(texts[found.paper.id]) for found in papers}


async def _with_titles(
    embedder: Embedder, papers: Sequence[StoredPaper], texts: Mapping[str, str], vectors: Sequence[Vectors] | Vectors
) -> Floats:
    """The papers' vectors from those of their texts; one that is a title alone, or whose title has no vector, keeps its own."""
    mixed = np.array(vectors, np.float32).reshape(len(papers), embedder.tag.dimension)
    titles = {place: cleaning.plain(found.paper.title, None) for place, found in enumerate(papers)}
    wanted = [place for place, title in titles.items() if title and title != texts[papers[place].paper.id]]
    try:
        made = await embedder.embed([titles[place] for place in wanted], keep=False)
    except BadVector:
        log.warning("titles of %d papers have no usable vectors: their texts stand alone", len(wanted))
        return mixed
    mixed[wanted] = titled(mixed[wanted], made)
    return mixed


async def _one_by_one(
    embedder: Embedder, papers: Sequence[StoredPaper], texts: Mapping[str, str]
) -> tuple[list[StoredPaper], list[Vectors]]:
    """Papers that the model can embed, with their vectors; one that it cannot stays without and holds nobody up."""
    good: list[StoredPaper] = []
    vectors: list[Vectors] = []
    for found in papers:
        try:
            [vector] = await embedder.embed([texts[found.paper.id]])
        except BadVector as failure:
            log.warning("paper=%s has no vector: %s", found.paper.id, failure.cause)
            continue
        good.append(found)
        vectors.append(vector)
    return good, vectors


def _is_of(vector: PaperVector | None, text_hash: bytes) -> bool:
    return vector is not None and vector.text_hash == text_hash
