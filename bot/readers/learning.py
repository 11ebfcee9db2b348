"""The bar that follows a reader's votes."""

from __future__ import annotations

from bot import bars
from bot.bars import Vote
from bot.models import Taste, UserId
from bot.settings import DigestSettings
from bot.store import Store


async def learn_bar(store: Store, reader: UserId, digest: DigestSettings) -> float | None:
    """Store the bar that the reader's votes ask for; the bar that counts from now on, None where it is as it was.

    A bar that the reader chose goes before it, so that it changes nothing then. Raises StoreError.
    """
    if not digest.learn_bar:
        return None
    profile = await store.profiles.get(reader)
    learnt = bars.learnt(await votes(store, reader), digest.bar)
    if learnt == profile.learnt_bar:
        return None
    await store.profiles.set_learnt_bar(reader, learnt)
    before, after = bars.bar_of(profile, digest), bars.bar_of(await store.profiles.get(reader), digest)
    return None if before == after else after


async def votes(store: Store, reader: UserId) -> list[Vote]:
    """What the reader said of papers that came as alerts with a share of papers that they are closer than; oldest first."""
    ratings = (await store.ratings.of(reader))[::-1]
    alerts = await store.alerts.given(reader, [one.paper_id for one in ratings])
    return [
        Vote(share, one.taste is Taste.MORE)
        for one in ratings
        if (alert := alerts.get(one.paper_id)) and (share := alert.closeness.closer_than) is not None
    ]
