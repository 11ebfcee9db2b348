"""Everything that is stored of a reader, as JSON knows it; vectors are left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.models import Place, UserId
from bot.store.alerts import Alerts
from bot.store.connection import Connection
from bot.store.ends import SlotEnds
from bot.store.forgetting import channels_of
from bot.store.links import Links
from bot.store.messages import Messages
from bot.store.outbox import Outbox
from bot.store.outbox.ledger import ledger, waiting
from bot.store.pending import PendingPapers
from bot.store.people import Channels, People
from bot.store.profiles import Profiles
from bot.store.ratings import Ratings
from bot.store.records import (
    ALERT,
    CHANNEL,
    DEAD,
    DELIVERY,
    INTEREST,
    LINK,
    PENDING,
    PERSON,
    RATING,
    SAVE,
    SENT,
    SLOT_END,
    SUBSCRIPTION,
)
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
    rows, ended = await ledger(connection, reader), await SlotEnds(connection).of(reader)
    outbox = Outbox(connection)
    dead = [one for one in await outbox.dead(workspace) if one.delivery.reader == reader]
    pending = [found for found in await PendingPapers(connection).of_workspace(workspace) if found.reader == reader]
    return {
        "reader": {"workspace": workspace, "user": user},
        "bar": profile.bar,
        "learnt_bar": profile.learnt_bar,
        "cap": profile.cap,
        "interests": [INTEREST.plain(interest) for interest in profile.interests],
        "subscription": SUBSCRIPTION.plain(await Subscriptions(connection).get(reader)),
        "alerts": [ALERT.plain(alert) for alert in await Alerts(connection).of(reader)],
        "saved": [SAVE.plain(save) for save in await SavedPapers(connection).of(reader)],
        "ratings": [RATING.plain(rating) for rating in await Ratings(connection).of(reader)],
        "sent": [SENT.plain(one) for one in papers],
        "being_sent": sorted(await sent.known(reader) - {one.paper_id for one in papers}),
        "last_digest_for": last and last.isoformat(),
        "last_day_ended": ended and SLOT_END.plain(ended),
        "deliveries": [
            {"id": row.delivery_id, "state": row.state.value, "at": row.at.isoformat(), **_where(row.place)}
            for row in reversed(rows)
        ],
        "waiting_deliveries": [DELIVERY.plain(one) for one in await waiting(connection, reader, rows)],
        "dead_deliveries": [DEAD.plain(one) for one in reversed(dead)],
        "pending": [PENDING.plain(one) for one in pending],
        # Whoever has a token may use it, and this file may be shown around.
        "links": [LINK.plain(replace(link, token="")) for link in await Links(connection).of(reader)],
        "person": person and PERSON.plain(person),
        "channel": channel and CHANNEL.plain(channel),
        "in_channels": sorted(await channels_of(connection, reader)),
        "direct_messages": direct,
        "messages": [
            {"ts": ts, "papers": list(ids)} for ts, ids in reversed(await messages.of(workspace, direct or user))
        ],
    }


def _where(place: Place | None) -> dict[str, str]:
    return {"channel": place.channel, "message": place.ts} if place else {}
