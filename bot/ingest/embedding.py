"""Every stored paper's vector: whatever changed since the last time is embedded, whoever stored it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from bot import cleaning, identity
from bot.embedder import Embedder, Vectors
from bot.errors import BadVector
from bot.progress import Report, silent
from bot.store import PaperVector, Store, StoredPaper

log = logging.getLogger(__name__)

_PAPERS_AT_ONCE = 512


async def embed_papers(store: Store, embedder: Embedder, report: Report = silent) -> int:
    """Give every paper that changed since the last run its vector; returns how many were put.

    Papers are taken in the order of their changes and the place reached is stored, so a run that was killed goes on
    where it stopped, and another model starts from the first paper. A paper for which the model gives no usable vector
    goes without.
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
        await store.vectors.put(
            tag,
            [
                PaperVector(found.paper.id, found.ordinal, hashes[found.paper.id], vector)
                for found, vector in zip(fresh, vectors, strict=True)
            ],
        )
        put += len(fresh)
        done += len(changed)
        reached = changed[-1][0]
        await store.vectors.set_reached(tag, reached)
    if done:
        report("Embedding", done, done)  # a paper that changed twice was counted twice in to_do
    return put


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
