"""Which stored papers are best for a reader now, and which are nearest to one interest. Values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from bot import matching
from bot.matching import Floats, Found
from bot.models import DEVIATION, FACTS, MEAN, ROW_EXTRA, THRESHOLD, WEIGHT, Closeness, Interest, Match, Profile, UserId
from bot.recommend.catalogue import Shelf

#: Papers of the last so many days come first, by their own day or by the day on which they were first seen.
RECENT = timedelta(days=60)
#: A paper is offered from so many deviations above an interest's mean on, or where it would be alerted of anyway.
_NEAR = 1.0
#: Below this cosine two texts have nothing to do with each other.
UNRELATED = 0.1
#: Facts are looked for among so many of the newest papers.
_FACTS_AMONG = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Yardstick:
    """A reader's interests measured on the papers there are: rows float32[d + 4] by interest id."""

    profile: Profile
    rows: Mapping[str, Floats]


def measured(
    profile: Profile, rows: Mapping[str, Floats], shelf: Shelf, bar: float, *, unmuted: bool = False
) -> Yardstick:
    """The reader's rows measured anew on (a sample of) the shelf, for the reader's bar or else ``bar``.

    ``unmuted``: as if the reader had muted none of them.
    """
    ids = [interest.id for interest in profile.interests if interest.id in rows]
    if not ids:
        return Yardstick(profile, {})
    weights = {interest.id: interest.weight for interest in profile.interests}
    muted = {interest.id for interest in profile.interests if interest.muted and not unmuted}
    stacked = np.stack([rows[one] for one in ids])
    stacked[:, stacked.shape[1] - ROW_EXTRA + WEIGHT] = [weights[one] for one in ids]
    stacked[:, stacked.shape[1] - ROW_EXTRA + THRESHOLD] = [matching.MUTED if one in muted else 0.0 for one in ids]
    bars = np.full(len(ids), profile.bar or bar)
    fresh = matching.calibrate(stacked, sampled(shelf.vectors), bars)
    return Yardstick(profile, dict(zip(ids, fresh, strict=True)))


def sampled(vectors: Floats) -> Floats:
    """At most ``matching.SAMPLE`` of the rows, evenly spread."""
    count = len(vectors)
    if count <= matching.SAMPLE:
        return vectors
    return vectors[np.arange(matching.SAMPLE) * count // matching.SAMPLE]


def best(
    yardstick: Yardstick, shelf: Shelf, today: date, limit: int, *, but: Collection[str] = frozenset()
) -> list[Match]:
    """At most ``limit`` papers, dealt to the reader's interests in turn; recent papers come before all others.

    The first ones are the same whatever the limit is, so that pages fit together. ``but`` are ids of papers that are
    left out. What is nearer to something unwanted is lost to it, as in alerts.
    """
    since = today - RECENT
    wanted = [row for row, paper_id in enumerate(shelf.ids) if paper_id not in but]
    recent = [row for row in wanted if shelf.known[row].is_recent(since)]
    found = _dealt(yardstick, shelf, recent, limit)
    if len(found) < limit and len(recent) < len(wanted):
        older = sorted(set(wanted) - set(recent))
        found += _dealt(yardstick, shelf, older, limit - len(found))
    return found


def nearest(interest: Interest, row: Floats | None, shelf: Shelf, limit: int) -> list[tuple[str, Closeness]]:
    """Ids of the papers nearest to one interest, whatever its weight; for a fact, of those it holds of, newest first.

    ``row`` is its stored row, float32[d + 4], None for a fact. Papers that it was made or learnt from are left out.
    """
    own = {interest.paper_id, *interest.learnt_from}
    if interest.kind in FACTS:
        holding = (
            known.paper.id
            for known in shelf.known
            if known.paper.id not in own and matching.has_fact(known.paper, interest)
        )
        certain = matching.certain(len(shelf.ids))
        return [(paper_id, certain) for paper_id, _ in zip(holding, range(limit), strict=False)]
    if row is None or not shelf.ids:
        return []
    scores = shelf.vectors @ row[:-ROW_EXTRA]
    places: list[int] = np.argsort(-scores, kind="stable").tolist()
    near: list[tuple[str, Closeness]] = []
    for place in places:
        if len(near) == limit or scores[place] < UNRELATED:
            break
        if shelf.ids[place] not in own:
            near.append((shelf.ids[place], matching.closeness(float(scores[place]), scores, includes_itself=True)))
    return near


def reason(reader: UserId, interest: Interest, closeness: Closeness) -> str:
    """Why ``nearest`` found a paper for a reader's interest, in plain text."""
    if interest.weight < 0:
        told = matching.FACT_WORDS.get(interest.kind)
        return (
            f"You asked for none of this {told}" if told else f"Near what you want less of: {matching.words(closeness)}"
        )
    return matching.why(Match(reader, "", interest.id, closeness, 0.0), interest)


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    fields: Sequence[bytes]
    rows: Floats


def _dealt(yardstick: Yardstick, shelf: Shelf, rows: Sequence[int], limit: int) -> list[Match]:
    """The best of these rows of the shelf, in the order of dealing."""
    if not rows or limit < 1:
        return []
    part = shelf.only(rows)
    offering = {one: _offering(row) for one, row in yardstick.rows.items()}
    return matched(candidates(Yardstick(yardstick.profile, offering), part), yardstick, part, shelf, limit)


def candidates(yardstick: Yardstick, part: Shelf) -> Found:
    """What of a part of the shelf passes the thresholds of these rows, and what the reader's facts bring and take."""
    user = yardstick.profile.reader.user
    found = Found(user, ())
    if yardstick.rows:
        fields = [f"{user}\0{interest_id}".encode() for interest_id in yardstick.rows]
        block = _Block(fields, np.stack(list(yardstick.rows.values())))
        found = next((one for dealt in matching.candidates([block], part.vectors) for one in dealt), found)
    facts = [interest for interest in yardstick.profile.interests if interest.kind in FACTS and not interest.muted]
    if facts:
        among = sorted({*range(min(len(part.ids), _FACTS_AMONG)), *(one.paper for one in found.candidates)})
        found = matching.with_facts(found, list(_holding(facts, part, among)))
    return found


def matched(found: Found, yardstick: Yardstick, part: Shelf, shelf: Shelf, limit: int) -> list[Match]:
    """The first ``limit`` of the candidates among ``part``, in their order, measured on the whole shelf."""
    matches = matching.select(
        found,
        yardstick.profile,
        limit,
        paper_ids=part.ids,
        rows=yardstick.rows,
        corpus=shelf.vectors,
        corpus_ids=frozenset(shelf.ids),
    )
    order = {part.ids[one.paper]: place for place, one in enumerate(found.candidates)}
    return sorted(matches, key=lambda match: order[match.paper_id])


def _holding(facts: Iterable[Interest], part: Shelf, among: Sequence[int]) -> Iterable[tuple[Interest, int]]:
    for row in among:
        for interest in facts:
            if matching.has_fact(part.known[row].paper, interest):
                yield interest, row


def _offering(row: Floats) -> Floats:
    """The row with the threshold of an offer in place of that of an alert; a negative or a muted one stays."""
    offering = row.copy()
    extra = offering[-ROW_EXTRA:]
    if extra[WEIGHT] > 0 and extra[THRESHOLD] < matching.MUTED:
        offered = extra[MEAN] + np.float32(_NEAR) * extra[DEVIATION]
        extra[THRESHOLD] = max(min(extra[THRESHOLD], offered), np.float32(UNRELATED))
    return offering
