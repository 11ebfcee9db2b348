"""Another model in the settings: everything stored is embedded again, never mixed with what the old one made."""

from __future__ import annotations

import logging

from bot import feedback, matching
from bot.embedder import Embedder
from bot.ingest.embedding import embed_papers
from bot.models import FACTS, Interest, InterestKind
from bot.progress import Report, silent
from bot.settings import DigestSettings
from bot.store import Floats, Store

log = logging.getLogger(__name__)


async def adopt_model(store: Store, embedder: Embedder, chosen: DigestSettings, report: Report = silent) -> bool:
    """Make the embedder's model the store's; True if everything had to be embedded again.

    A run that was killed is repeated; what was embedded before is not embedded again.
    """
    tag = embedder.tag
    current = await store.vectors.current_model()
    if current == tag:
        return False
    if current is not None:
        log.warning("model changed from %s to %s: embedding everything again", current.name, tag.name)
        await embed_papers(store, embedder, report)
        await _embed_interests(store, embedder, chosen)
        # The pointer moves last: a run that is killed before is repeated as a whole.
        await store.vectors.drop_model(current)
    await store.vectors.set_current_model(tag)
    return current is not None


async def _embed_interests(store: Store, embedder: Embedder, chosen: DigestSettings) -> None:
    """Give every interest in a meaning its row of the new model; what it learnt from papers is learnt again."""
    _, corpus = await store.vectors.sample(embedder.tag, matching.SAMPLE)
    for reader in await store.profiles.readers():
        profile = await store.profiles.get(reader)
        worded = [one for one in profile.interests if one.kind not in FACTS and one.kind is not InterestKind.LEARNT]
        vectors = await embedder.embed([interest.text for interest in worded])
        bases = {interest.id: vector for interest, vector in zip(worded, vectors, strict=True)}
        for interest in profile.interests:
            learnt = await _learnt(store, embedder, interest)
            if interest.kind in FACTS or not (interest.id in bases or learnt):
                continue
            vector = feedback.moved(bases.get(interest.id), learnt)
            row = matching.row(vector, interest.weight, corpus, profile.bar or chosen.bar, muted=interest.muted)
            await store.profiles.put_interest(reader, interest, row, embedder.tag)


async def _learnt(store: Store, embedder: Embedder, interest: Interest) -> dict[str, Floats]:
    """The vectors of the papers that an interest learnt from, by the ids they have now."""
    found = await store.papers.get(interest.learnt_from)
    papers = {one.paper.id: one for one in found if one}
    return {paper_id: row.vector for paper_id, row in (await store.vectors.get(embedder.tag, papers.values())).items()}
