"""A digest as the message that the reader gets."""

from __future__ import annotations

from bot import blocks
from bot.acts import Message
from bot.blocks import Card
from bot.deliver.choosing import Chosen
from bot.interests import CHANNELS
from bot.models import Subscription
from bot.settings import Settings
from bot.store import Store


async def shown(store: Store, settings: Settings, subscription: Subscription, chosen: Chosen) -> Message:
    """At most as many cards as the cap in the message, the others in its thread, each as the reader left its paper."""
    reader = subscription.reader
    is_channel = reader.user.startswith(CHANNELS)
    papers = [chosen.papers[alert.paper_id] for alert in chosen.digest.alerts]
    ids = [paper.id for paper in papers]
    saved = await store.saved.has(reader, ids)
    colleagues: dict[str, int] = {}
    if settings.slack.colleagues and subscription.shows_colleagues:
        colleagues = await store.saved.savers(reader.workspace, ids, reader)
    cards = [
        Card(
            paper,
            why=alert.why,
            # What a channel follows is not for each of its readers to mute.
            interest_id=None if is_channel else alert.interest_id,
            interest_name=chosen.names.get(alert.interest_id, alert.interest_name),
            colleagues=colleagues.get(paper.id, 0),
            saved=paper.id in saved,
        )
        for paper, alert in zip(papers, chosen.digest.alerts, strict=True)
    ]
    count = "1 paper" if len(cards) == 1 else f"{len(cards)} papers"
    heading = f"{count} for this channel" if is_channel else f"{count} for you"
    return blocks.digest_message(heading, cards, most=chosen.cap, left_out=chosen.digest.left_out)
