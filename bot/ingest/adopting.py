"""Another model in the settings: everything stored is embedded again, never mixed with what the old one made."""

from __future__ import annotations

import logging

import numpy as np

from bot import matching
from bot.embedder import Embedder
from bot.ingest.embedding import embed_papers
from bot.models import ROW_EXTRA
from bot.progress import Report, silent
from bot.settings import DigestSettings
from bot.store import Store

log = logging.getLogger(__name__)


async def adopt_model(store: Store, embedder: Embedder, chosen: DigestSettings, report: Report = silent) -> bool:
    """Make the embedder's model the store's; True if everything had to be embedded again.

    The pointer to the model moves last, so a run that was killed is repeated and the old vectors stay until then.
    """
    tag = embedder.tag
    current = await store.vectors.current_model()
    if current == tag:
        return False
    if current is not None:
        log.warning("model changed from %s to %s: embedding everything again", current.name, tag.name)
        await embed_papers(store, embedder, report)
        await _embed_interests(store, embedder, chosen)
    await store.vectors.set_current_model(tag)
    if current is not None:
        await store.vectors.drop_model(current)
    return current is not None


async def _embed_interests(store: Store, embedder: Embedder, chosen: DigestSettings) -> None:
    _, corpus = await store.vectors.sample(embedder.tag, matching.SAMPLE)
    for reader in await store.profiles.readers():
        profile = await store.profiles.get(reader)
        vectors = await embedder.embed([interest.text for interest in profile.interests])
        rows = np.zeros((len(vectors), embedder.tag.dimension + ROW_EXTRA), np.float32)
        for number, (interest, vector) in enumerate(zip(profile.interests, vectors, strict=True)):
            rows[number] = matching.row(vector, interest.weight, corpus, profile.bar or chosen.bar)
        for interest, row in zip(profile.interests, rows, strict=True):
            await store.profiles.put_interest(reader, interest, row, embedder.tag)
