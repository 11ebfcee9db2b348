"""Says in words why a reader was sent a paper, or was not. Values in, values out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bot import matching
from bot.models import FACTS, DeliveryState, Interest, Paper
from bot.recommend.answers import Verdict, WhyAnswer
from bot.recommend.explaining import Finding, History
from bot.recommend.standing import Standing

_QUEUED: Mapping[DeliveryState | None, str] = {
    DeliveryState.SENDING: "It is being sent to you now",
    DeliveryState.DEAD: "It was to be sent to you, but Slack did not take it",
}


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the answer names beside the interest: the rated paper that speaks most, and the passage with its words."""

    title: str | None = None
    passage: str = ""
    marked: tuple[str, ...] = ()


def explained(paper: Paper, finding: Finding, grounds: Grounds, *, bar: float, cap: int, history: History) -> WhyAnswer:
    """The answer in words; ``bar`` is the reader's, and so is ``cap``, the places of one run."""
    verdict, shown = finding.verdict, finding.shown
    is_measured = shown is not None and shown.is_scored and not shown.is_unrelated
    return WhyAnswer(
        paper=paper,
        verdict=verdict,
        score=shown.closeness.score if shown else None,
        bar=bar,
        closeness=shown.closeness if shown and not shown.is_unrelated else None,
        interest=shown.interest if shown else None,
        sent_at=history.sent.at if history.sent else None,
        words=" ".join(
            part for part in (_words(paper, finding, bar, cap, history), _nearest(verdict, shown, grounds)) if part
        ),
        near=grounds.title,
        passage=grounds.passage,
        marked=grounds.marked,
        in_meaning=shown.in_meaning if shown and is_measured else None,
        in_words=shown.in_words if shown and is_measured else None,
    )


def _words(paper: Paper, finding: Finding, bar: float, cap: int, history: History) -> str:
    verdict, shown = finding.verdict, finding.shown
    if verdict is Verdict.SENT:
        return _sent(history)
    if verdict is Verdict.QUEUED:
        return (
            f"{_QUEUED.get(history.claim, 'It is waiting to be sent to you')}{_different(history)}{_because(history)}."
        )
    if verdict is Verdict.ABOVE_BAR and shown and not shown.is_itself:
        near = f"it is near enough to {_name(shown.interest)}"
        return f"It was not sent: {near}, but {_missed(paper, shown.interest, cap, history)}."
    return f"It was not sent: {_reason(verdict, shown, bar)}{_beside(finding.against)}."


def _reason(verdict: Verdict, shown: Standing | None, bar: float) -> str:
    """Why it was not sent, as the end of a sentence."""
    name = _name(shown.interest) if shown else "what you follow"
    if verdict is Verdict.MUTED and shown and shown.interest.weight < 0:
        return f"you asked for less of {name}" + (f", and to that it is {_close(shown)}" if shown.is_scored else "")
    told = {
        Verdict.DISLIKED: "you said that it is not for you",
        Verdict.NOTHING_FOLLOWED: "you follow nothing yet",
        Verdict.MUTED: f"it is near {name}, which you muted",
        Verdict.ABOVE_BAR: "you know it already, for you named or rated it yourself",
    }
    return told.get(verdict, f"it is not near enough to anything you follow{_below(shown, name, bar)}")


def _missed(paper: Paper, interest: Interest, cap: int, history: History) -> str:
    """Why a paper that would be sent if it came now was not when it came."""
    if interest.created is not None and paper.first_seen <= interest.created:
        return "it came before you followed that"
    if (shown := history.shown) and shown.is_member:
        day = shown.at.astimezone(history.zone)
        when, channel = f"on {day.day} {day:%B %Y}", " ".join(shown.channel.split())
        return f"{when} it stood in {f'#{channel}, where you could see it' if channel else 'a channel where you are'}"
    if history.beside >= cap:
        return f"{'a stronger paper' if cap == 1 else 'stronger papers'} took the place{'s' * (cap > 1)} of its day"
    if interest.kind in FACTS:
        return "that was not known of it when it came"
    if shown:
        return "it was below your bar when it came, or stood in a channel where you are"
    return "it was below your bar when it came, and would pass now"


def _below(shown: Standing | None, name: str, bar: float) -> str:
    if shown is None or not shown.is_scored:
        return ""
    if shown.is_unrelated:
        return f": of what is stored it is among the nearest to {name}, but it has hardly anything to do with that"
    passes = "" if shown.closeness.closer_than is None else f", and your bar is {percent(bar)}"
    return f": to {name} it is {_close(shown)}{passes}"


def _beside(against: Standing | None) -> str:
    if against is None:
        return ""
    return f", and you asked for less of {_name(against.interest)}, to which it is {_close(against)}"


def _close(shown: Standing) -> str:
    """In the measure of the bar, which may stand beside it."""
    if shown.closeness.closer_than is None:
        return f"the {matching.words(shown.closeness)}"
    return f"closer than {percent(shown.closeness.closer_than)} of papers"


def _nearest(verdict: Verdict, shown: Standing | None, grounds: Grounds) -> str:
    """Of the papers that the interest learnt from, the one that speaks most; the reason of an alert names its own."""
    if not grounds.title or not shown or verdict in (Verdict.SENT, Verdict.QUEUED):
        return ""
    rated = "liked" if shown.interest.weight > 0 else "did not want"
    return f"Of the papers that you {rated}, “{' '.join(grounds.title.split())}” is the nearest."


def percent(share: float) -> str:
    """``98.4 %``, rounded down, so that nothing seems to pass what it does not pass."""
    return f"{math.floor(share * 10_000 + 1e-6) / 100:g} %"


def _sent(history: History) -> str:
    if history.sent is None:
        return f"It was sent to you, but Slack did not say whether it arrived{_different(history)}{_because(history)}."
    day = history.sent.at.astimezone(history.zone)
    return f"You were sent this on {day.day} {day:%B %Y}{_different(history)}{_because(history)}."


def _different(history: History) -> str:
    """That it was there to explore, below the bar: its reason alone sounds as if it had passed."""
    is_so = history.alert is not None and history.alert.exploring
    return " as something different, below your bar" if is_so else ""


def _because(history: History) -> str:
    """The reason of the alert as the end of a sentence."""
    if history.was_asked_for:
        return ", because you asked for it"
    why = history.alert.why if history.alert else ""
    return f", {why[:1].lower()}{why[1:]}" if why else ""


def _name(interest: Interest) -> str:
    name = " ".join(interest.name.split())
    return f"the {matching.FACT_WORDS[interest.kind]} {name}" if interest.kind in FACTS else f"“{name}”"
