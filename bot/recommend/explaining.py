"""Why a reader was sent a paper, or was not. Values in, values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot import matching
from bot.matching import Floats
from bot.models import (
    DEVIATION,
    FACTS,
    MEAN,
    ROW_EXTRA,
    THRESHOLD,
    Alert,
    Closeness,
    DeliveryState,
    Interest,
    Paper,
    Rating,
    Sent,
    Taste,
)
from bot.recommend.answers import Verdict, WhyAnswer
from bot.recommend.catalogue import Shelf
from bot.recommend.picking import Yardstick

#: The message may be there: nobody knows yet, or it is being noted just now.
_WENT = frozenset({DeliveryState.AMBIGUOUS, DeliveryState.SENT})


_QUEUED: Mapping[DeliveryState | None, str] = {
    DeliveryState.SENDING: "It is being sent to you now",
    DeliveryState.DEAD: "It was to be sent to you, but Slack did not take it",
}


@dataclass(frozen=True, slots=True)
class History:
    """What became of one paper for one reader."""

    sent: Sent | None
    alert: Alert | None
    rating: Rating | None
    #: How far the delivery is that is to bring it; None where there is none, or it is sent.
    claim: DeliveryState | None
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class _Near:
    """One interest and how the paper stands to it."""

    interest: Interest
    closeness: Closeness
    #: Deviations above the interest's mean.
    nearness: float
    is_above_bar: bool
    #: The interest was made from this very paper, or learnt from it.
    is_itself: bool = False


def explained(
    paper: Paper, vector: Floats | None, yardstick: Yardstick, shelf: Shelf, *, bar: float, history: History
) -> WhyAnswer:
    """The answer for a stored paper. ``vector`` is its unit vector, float32[d], None while it has none.

    ``yardstick`` is measured as if nothing was muted; ``bar`` is the host's, the reader's own goes before it.
    """
    profile = yardstick.profile
    near = _standing(paper, vector, yardstick, shelf)
    wanted = [one for one in near if one.interest.weight > 0]
    heard = [one for one in wanted if not one.interest.muted]
    closest = max(heard or wanted, key=_order, default=None)
    held_back = _held_back(near, closest)
    verdict = _verdict(history, near, closest, held_back, follows=any(one.weight > 0 for one in profile.interests))
    shown = closest
    if verdict is Verdict.MUTED:
        muted = (one for one in wanted if one.interest.muted and one.is_above_bar)
        shown = held_back or max(muted, key=_order, default=closest)
    return WhyAnswer(
        paper=paper,
        verdict=verdict,
        score=shown.closeness.score if shown else None,
        bar=profile.bar or bar,
        closeness=shown.closeness if shown else None,
        interest=shown.interest if shown else None,
        sent_at=history.sent.at if history.sent else None,
        words=_words(verdict, shown, history),
    )


def _standing(paper: Paper, vector: Floats | None, yardstick: Yardstick, shelf: Shelf) -> list[_Near]:
    """How the paper stands to each interest: to facts that hold, and to every interest with a row."""
    found: list[_Near] = []
    for interest in yardstick.profile.interests:
        if paper.id in (interest.paper_id, *interest.learnt_from):
            closeness = Closeness(1.0, 1, max(1, len(shelf.ids)), None)
            found.append(_Near(interest, closeness, matching.CERTAIN, is_above_bar=True, is_itself=True))
        elif interest.kind in FACTS:
            if matching.has_fact(paper, interest):
                found.append(_Near(interest, matching.certain(len(shelf.ids)), matching.CERTAIN, is_above_bar=True))
        elif vector is not None and (row := yardstick.rows.get(interest.id)) is not None:
            found.append(_measured(interest, row, vector, paper.id, shelf))
    return found


def _measured(interest: Interest, row: Floats, vector: Floats, paper_id: str, shelf: Shelf) -> _Near:
    own, extra = row[:-ROW_EXTRA], row[-ROW_EXTRA:]
    score = float(own @ vector)
    closeness = matching.closeness(score, shelf.vectors @ own, includes_itself=paper_id in set(shelf.ids))
    nearness = (score - float(extra[MEAN])) / float(extra[DEVIATION])
    return _Near(interest, closeness, nearness, is_above_bar=score >= float(extra[THRESHOLD]))


def _order(near: _Near) -> tuple[float, str]:
    return near.nearness * near.interest.weight, near.interest.id


def _held_back(near: list[_Near], closest: _Near | None) -> _Near | None:
    """What keeps the paper away: an unwanted fact, or an unwanted interest that it is at least as near to."""
    unwanted = [one for one in near if one.interest.weight < 0 and not one.interest.muted and one.is_above_bar]
    nearest = max(unwanted, key=lambda one: one.nearness, default=None)
    if nearest is None or nearest.interest.kind in FACTS or closest is None:
        return nearest
    return nearest if nearest.nearness >= closest.nearness else None


def _verdict(
    history: History, near: list[_Near], closest: _Near | None, held_back: _Near | None, *, follows: bool
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


def _words(verdict: Verdict, shown: _Near | None, history: History) -> str:
    name = _name(shown.interest) if shown else "what you follow"
    match verdict:
        case Verdict.SENT:
            return _sent(history)
        case Verdict.QUEUED:
            return f"{_QUEUED.get(history.claim, 'It is waiting to be sent to you')}{_because(history)}."
        case Verdict.DISLIKED:
            reason = "you said that it is not for you"
        case Verdict.NOTHING_FOLLOWED:
            reason = "you follow nothing yet"
        case Verdict.MUTED if shown and shown.interest.weight < 0:
            reason = f"you asked for less of {name}"
        case Verdict.MUTED:
            reason = f"it is near {name}, which you muted"
        case Verdict.ABOVE_BAR if shown and shown.is_itself:
            reason = "you know it already, for you named or rated it yourself"
        case Verdict.ABOVE_BAR:
            reason = (
                f"it is near enough to {name}, but it came before you followed that, "
                "or stronger papers took the places of its day"
            )
        case _ if shown and shown.closeness.closer_than is None:
            reason = (
                f"it is not near enough to anything you follow: to {name} it is the {matching.words(shown.closeness)}"
            )
        case _:
            reason = "it is not near enough to anything you follow"
    return f"It was not sent: {reason}."


def _sent(history: History) -> str:
    if history.sent is None:
        return f"It was sent to you, but Slack did not say whether it arrived{_because(history)}."
    day = history.sent.at.astimezone(history.zone)
    return f"You were sent this on {day.day} {day:%B %Y}{_because(history)}."


def _because(history: History) -> str:
    """The reason of the alert as the end of a sentence."""
    why = history.alert.why if history.alert else ""
    return f", {why[:1].lower()}{why[1:]}" if why else ""


def _name(interest: Interest) -> str:
    name = " ".join(interest.name.split())
    return f"the {matching.FACT_WORDS[interest.kind]} {name}" if interest.kind in FACTS else f"“{name}”"
