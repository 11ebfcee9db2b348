"""Another model in the settings, or vectors made another way: everything stored is made again, never mixed with the old."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from bot import feedback
from bot.background import Backgrounds
from bot.embedder import Embedder
from bot.ingest.embedding import embed_papers
from bot.ingest.standing import Standing
from bot.models import InterestKind, Profile, UserId
from bot.progress import Report, silent
from bot.settings import DigestSettings
from bot.store import Store

log = logging.getLogger(__name__)

#: A reader whose interests change while they are placed is placed again, so often; what still changes then is placed by
#: those who change it.
_TRIES = 4


async def adopt_model(
    store: Store,
    embedder: Embedder,
    chosen: DigestSettings,
    backgrounds: Backgrounds,
    *,
    now: datetime,
    report: Report = silent,
) -> bool:
    """Make the embedder's model the store's; True if everything had to be embedded again.

    A run that was killed is repeated; what was embedded before is not embedded again. ``now`` is aware: interests that
    nobody voted for lately count for less.
    """
    tag = embedder.tag
    current = await store.vectors.current_model()
    if current == tag:
        return False
    if current is not None:
        old, new = f"{current.name} {current.revision}", f"{tag.name} {tag.revision}"
        log.warning("all vectors are made anew: from %s to %s", old, new)
        await embed_papers(store, embedder, report)
        standing = Standing(embedder, backgrounds, await backgrounds.now(fresh=True), chosen, now)
        readers = await store.profiles.readers()
        for place, reader in enumerate(readers):
            report("Placing interests", place, len(readers))
            for _ in range(_TRIES):
                if await _placed(store, standing, reader):
                    break
        report("Placing interests", len(readers), len(readers))
        # The pointer moves last: a run that is killed before is repeated as a whole.
        await store.vectors.drop_model(current)
    await store.vectors.set_current_model(tag)
    return current is not None


async def _placed(store: Store, standing: Standing, reader: UserId) -> bool:
    """Give the reader's interests their rows of the new model; False where somebody changed one of them meanwhile."""
    profile = await store.profiles.get(reader)
    rows, renamed = await standing.rows(profile), await _renamed(store, profile)
    done = True
    for interest in profile.interests:
        after = replace(interest, renamed=True) if interest.id in renamed else interest
        if interest.id in rows:
            row = rows[interest.id]
            done &= await store.profiles.change_interest(reader, interest, after, row, standing.backgrounds.tag)
        elif after != interest:
            done &= await store.profiles.change_interest(reader, interest, after)
    return done


async def _renamed(store: Store, profile: Profile) -> set[str]:
    """The learnt interests that have a name of their reader's without saying so: versions before kept no note of it."""
    learnt = [one for one in profile.interests if one.kind is InterestKind.LEARNT and not one.renamed]
    ids = sorted({paper_id for one in learnt for paper_id in one.learnt_from})
    found = dict(zip(ids, await store.papers.get(ids), strict=True)) if ids else {}
    return {
        one.id
        for one in learnt
        if feedback.was_renamed(one, (known.paper for key in one.learnt_from if (known := found[key]) is not None))
    }
