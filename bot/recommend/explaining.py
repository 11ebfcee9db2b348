"""Why a reader was sent a paper, or was not. Values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from bot import matching
from bot.matching import Background
from bot.models import (
    FACTS,
    Alert,
    DeliveryState,
    Rating,
    Sent,
    Taste,
)
from bot.recommend.answers import Verdict
from bot.recommend.picking import Yardstick
from bot.recommend.standing import Standing, Subject, standings

#: The message may be there: nobody knows yet, or it is being noted just now.
_WENT = frozenset({DeliveryState.AMBIGUOUS, DeliveryState.SENT})


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper that a channel was sent."""

    #: Without "#"; "" where nobody knows it, or whether the reader is in it.
    channel: str
    at: datetime
    #: None: nobody knows.
    is_member: bool | None


@dataclass(frozen=True, slots=True)
class History:
    """What became of one paper for one reader."""

    sent: Sent | None
    alert: Alert | None
    rating: Rating | None
    #: How far the delivery is that is to bring it; None where there is none, or it is sent.
    claim: DeliveryState | None
    zone: ZoneInfo
    #: Other papers that were queued by the run that took this one in; 0 where that is not known.
    beside: int = 0
    #: It was brought because the reader asked for it.
    was_asked_for: bool = False
    #: Where else it stood that the reader may have seen it.
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of the paper, and the interest that the answer is about."""

    verdict: Verdict
    shown: Standing | None
    #: What the reader wants less of, and the paper is nearer to than to anything wanted.
    against: Standing | None = None


def found(subject: Subject, yardstick: Yardstick, background: Background, history: History) -> Finding:
    """The verdict on a stored paper; ``yardstick`` is measured for the reader's bar, as if nothing was muted."""
    profile = yardstick.profile
    near = standings(subject, yardstick, background)
    wanted = [one for one in near if one.interest.weight > 0]
    heard = [one for one in wanted if not one.interest.muted]
    closest = max(heard or wanted, key=_order, default=None)
    held_back = _held_back(near, heard)
    verdict = _verdict(history, near, closest, held_back, follows=any(one.weight > 0 for one in profile.interests))
    shown = closest
    if verdict is Verdict.MUTED:
        muted = (one for one in wanted if one.interest.muted and one.is_above_bar)
        shown = held_back or max(muted, key=_order, default=closest)
    elif verdict in (Verdict.SENT, Verdict.QUEUED) and history.alert:
        shown = next((one for one in wanted if one.interest.id == history.alert.interest_id), closest)
    return Finding(verdict, shown, _against(near, closest) if verdict is Verdict.BELOW_BAR else None)


def _order(near: Standing) -> tuple[bool, float, str]:
    return near.is_above_bar, near.nearness * near.interest.weight, near.interest.id


def _held_back(near: Sequence[Standing], heard: Sequence[Standing]) -> Standing | None:
    """What takes the paper away: an unwanted fact, or the unwanted interest to which all that ask for it lose it."""
    unwanted = [one for one in near if one.interest.weight < 0 and not one.interest.muted and one.is_above_bar]
    asking = [one for one in heard if one.is_above_bar]
    facts = (one for one in unwanted if one.interest.kind in FACTS)
    if (fact := next(facts, None)) or not asking:
        return fact
    if not unwanted or not all(one.is_scored for one in asking):
        return None
    both = [*asking, *unwanted]
    strength = matching.weakened(
        np.zeros(len(both), np.int64),
        np.array([one.nearness for one in both], np.float32),
        np.array([one.interest.weight for one in both], np.float32),
        np.array([one.asked for one in both], np.float32),
    )
    return max(unwanted, key=_push) if np.isneginf(strength).all() else None


def _push(unwanted: Standing) -> float:
    return (unwanted.nearness - matching.REACH) * -unwanted.interest.weight


def _against(near: Sequence[Standing], closest: Standing | None) -> Standing | None:
    """An unwanted interest that the paper is nearer to than to anything wanted."""
    unwanted = [one for one in near if one.interest.weight < 0 and not one.interest.muted and one.is_above_bar]
    nearest = max(unwanted, key=lambda one: one.nearness, default=None)
    return nearest if nearest and closest and nearest.nearness >= closest.nearness else None


def _verdict(
    history: History, near: Sequence[Standing], closest: Standing | None, held_back: Standing | None, *, follows: bool
) -> Verdict:
    is_near = closest is not None and closest.is_above_bar and not closest.interest.muted
    is_muted = any(one.interest.muted and one.interest.weight > 0 and one.is_above_bar for one in near)
    holds = (
        (history.sent is not None or history.claim in _WENT, Verdict.SENT),
        (history.claim is not None, Verdict.QUEUED),
        (history.rating is not None and history.rating.taste is Taste.LESS, Verdict.DISLIKED),
        (held_back is not None, Verdict.MUTED),
        (history.alert is not None, Verdict.QUEUED),
        (not follows, Verdict.NOTHING_FOLLOWED),
        (is_near, Verdict.ABOVE_BAR),
        (is_muted, Verdict.MUTED),
    )
    return next((verdict for is_so, verdict in holds if is_so), Verdict.BELOW_BAR)
