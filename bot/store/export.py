"""Everything that is stored of a reader, as JSON knows it; vectors are left out."""

from __future__ import annotations

from typing import Any

from bot.models import UserId
from bot.store.alerts import Alerts
from bot.store.connection import Connection
from bot.store.messages import Messages
from bot.store.pending import PendingPapers
from bot.store.people import Channels, People
from bot.store.profiles import Profiles
from bot.store.ratings import Ratings
from bot.store.records import ALERT, CHANNEL, INTEREST, PENDING, PERSON, RATING, SAVE, SENT, SUBSCRIPTION
from bot.store.saved import SavedPapers
from bot.store.sent import SentPapers
from bot.store.subscriptions import Subscriptions


async def export(connection: Connection, reader: UserId) -> dict[str, Any]:
    """What ``forget`` would delete, by what it is; lists newest first, moments in ISO 8601."""
    workspace, user = reader.workspace, reader.user
    profile = await Profiles(connection, 0).get(reader)
    sent, last = SentPapers(connection), await SentPapers(connection).last_slot(reader)
    papers = await sent.of(reader)
    messages = Messages(connection)
    direct = await messages.direct(reader)
    person, channel = await People(connection).get(workspace, user), await Channels(connection).get(workspace, user)
    pending = [found for found in await PendingPapers(connection).of_workspace(workspace) if found.reader == reader]
    return {
        "reader": {"workspace": workspace, "user": user},
        "bar": profile.bar,
        "cap": profile.cap,
        "interests": [INTEREST.plain(interest) for interest in profile.interests],
        "subscription": SUBSCRIPTION.plain(await Subscriptions(connection).get(reader)),
        "alerts": [ALERT.plain(alert) for alert in await Alerts(connection).of(reader)],
        "saved": [SAVE.plain(save) for save in await SavedPapers(connection).of(reader)],
        "ratings": [RATING.plain(rating) for rating in await Ratings(connection).of(reader)],
        "sent": [SENT.plain(one) for one in papers],
        "being_sent": sorted(await sent.known(reader) - {one.paper_id for one in papers}),
        "last_digest_for": last and last.isoformat(),
        "pending": [PENDING.plain(one) for one in pending],
        "person": person and PERSON.plain(person),
        "channel": channel and CHANNEL.plain(channel),
        "direct_messages": direct,
        "messages": [
            {"ts": ts, "papers": list(ids)} for ts, ids in reversed(await messages.of(workspace, direct or user))
        ],
    }
