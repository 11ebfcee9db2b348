"""What is talked about, for a person who follows nothing and asked for that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

from bot.models import Delivery, DeliveryKind, Ending, Profile, SlotEnd, UserId
from bot.prepare.ending import ended
from bot.prepare.looking import Look

#: As many as one message in Slack has room for.
MOST = 9


def is_wanted(look: Look, profile: Profile) -> bool:
    """Whether the reader's day is one of what is talked about."""
    return look.subscription.trending and not look.is_channel and not profile.interests


def trending_id(reader: UserId, paper_ids: Sequence[str]) -> str:
    """The same for the same papers, whatever their order: who was told of them is not told again."""
    told = sha256("\n".join(sorted(paper_ids)).encode("utf-8", "replace")).hexdigest()[:16]
    return f"trending:{reader.user}:{told}"


def talked(reader: UserId, day: date, paper_ids: Sequence[str], now: datetime, before: SlotEnd | None) -> Delivery:
    """What a reader is told on a local day; the day ends with it. ``now`` is aware, UTC.

    Nothing of it is claimed: what is talked about is no match, and may come as one once the reader follows something.
    """
    return Delivery(
        id=trending_id(reader, paper_ids),
        reader=reader,
        kind=DeliveryKind.TRENDING,
        queued=now,
        slot=day,
        trending=tuple(paper_ids),
        end=ended(reader, day, Ending.SENT, now, before),
    )
