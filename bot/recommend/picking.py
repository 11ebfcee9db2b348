"""Which stored papers are best for a reader now, and which are nearest to one interest. Values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from bot import matching
from bot.matching import Background, Floats, Found, WordBook
from bot.models import DEVIATION, FACTS, MEAN, ROW_EXTRA, THRESHOLD, WEIGHT, Closeness, Interest, Match, Profile, UserId
from bot.recommend.shelf import Shelf

#: Papers of the last so many days come first, by their own day or by the day on which they were first seen.
RECENT = timedelta(days=60)
#: A paper is offered from so many deviations above an interest's mean on, or where it would be alerted of anyway.
_NEAR = 1.0
#: Older papers are offered so many at a time, newest first: 100 interests' scores of them are 4 MB.
_OLDER_AT_ONCE = 10_000
#: Facts are looked for among so many of the newest papers.
_FACTS_AMONG = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Yardstick:
    """A reader's interests measured on the background: rows float32[d + ROW_EXTRA] by interest id."""

    profile: Profile
    rows: Mapping[str, Floats]
    #: The words of the papers that the rows speak through.
    words: WordBook


def measured(
    profile: Profile,
    rows: Mapping[str, Floats],
    words: WordBook,
    background: Background,
    bar: float,
    *,
    unmuted: bool = False,
) -> Yardstick:
    """The reader's rows measured anew on the background, so that what is beyond ``bar`` of its papers passes.

    ``unmuted``: as if the reader had muted none of them.
    """
    ids = [interest.id for interest in profile.interests if interest.id in rows]
    if not ids:
        return Yardstick(profile, {}, words)
    weights = {interest.id: interest.weight for interest in profile.interests}
    muted = {interest.id for interest in profile.interests if interest.muted and not unmuted}
    stacked = np.stack([rows[one] for one in ids])
    extra = stacked[:, -ROW_EXTRA:]
    extra[:, WEIGHT] = [weights[one] for one in ids]
    extra[:, THRESHOLD] = [matching.MUTED if one in muted else 0.0 for one in ids]
    fresh = matching.calibrate(stacked, background, np.full(len(ids), bar), words)
    return Yardstick(profile, dict(zip(ids, fresh, strict=True)), words)


def parted(shelf: Shelf, today: date, but: Collection[str]) -> list[list[int]]:
    """The rows of the shelf that may be offered: recent ones, then older ones in parts, newest day first.

    ``but`` are ids that are left out.
    """
    since = today - RECENT
    recent: list[int] = []
    older: list[int] = []
    for row, paper_id in enumerate(shelf.ids):
        if paper_id not in but:
            (recent if shelf.known[row].is_recent(since) else older).append(row)
    return [recent, *(older[start : start + _OLDER_AT_ONCE] for start in range(0, len(older), _OLDER_AT_ONCE))]


def offered(yardstick: Yardstick, shelf: Shelf, rows: Sequence[int]) -> Found:
    """What of these rows of the shelf is near enough to be offered, in the order of dealing, by rows of the shelf.

    What is nearer to something unwanted is lost to it, as in alerts. Papers that an interest was made or learnt from
    are left out.
    """
    known = {one for interest in yardstick.profile.interests for one in (interest.paper_id, *interest.learnt_from)}
    # before dealing: an interest would spend its turns on them
    rows = [row for row in rows if shelf.ids[row] not in known]
    if not rows:
        return Found(yardstick.profile.reader.user, ())
    part = shelf.only(rows)
    offering = replace(yardstick, rows={one: _offering(row) for one, row in yardstick.rows.items()})
    found = candidates(offering, part)
    return Found(found.user, tuple(replace(one, paper=rows[one.paper]) for one in found.candidates))


def candidates(yardstick: Yardstick, part: Shelf) -> Found:
    """What of a part of the shelf passes the thresholds of these rows, and what the reader's facts bring and take."""
    user = yardstick.profile.reader.user
    found = Found(user, ())
    if yardstick.rows:
        fields = [f"{user}\0{interest_id}".encode() for interest_id in yardstick.rows]
        block = _Block(fields, np.stack(list(yardstick.rows.values())))
        dealt = matching.candidates([block], part.seen, yardstick.words)
        found = next((one for many in dealt for one in many), found)
        found = matching.related(found, yardstick.rows, part.papers, part.background)
    facts = [interest for interest in yardstick.profile.interests if interest.kind in FACTS and not interest.muted]
    if facts:
        among = sorted({*range(min(len(part.ids), _FACTS_AMONG)), *(one.paper for one in found.candidates)})
        found = matching.with_facts(found, list(_holding(facts, part, among)))
    return found


def matched(found: Found, yardstick: Yardstick, shelf: Shelf) -> list[Match]:
    """The candidates, which are rows of the shelf, as matches in the order of dealing."""
    matches = matching.select(
        found,
        yardstick.profile,
        len(found.candidates),
        paper_ids=shelf.ids,
        rows=yardstick.rows,
        background=shelf.background,
        words=yardstick.words,
    )
    order = {shelf.ids[one.paper]: place for place, one in enumerate(found.candidates)}
    return sorted(matches, key=lambda match: order[match.paper_id])


def nearest(
    interest: Interest, row: Floats | None, words: WordBook, shelf: Shelf, limit: int
) -> list[tuple[str, Closeness]]:
    """Ids of the papers nearest to one interest, whatever its weight; for a fact, of those it holds of, newest first.

    ``row`` is its stored row, float32[d + ROW_EXTRA], None for a fact. Papers that it was made or learnt from are left
    out.
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
    scores = matching.scores(row[None], shelf.seen, words)[0]
    usual, sample = matching.usual(row[None], shelf.background, words)[0], shelf.background.places
    related = matching.near_enough(np.broadcast_to(row, (len(shelf.ids), row.size)), shelf.papers, shelf.background)
    places: list[int] = np.argsort(-scores, kind="stable").tolist()
    near: list[tuple[str, Closeness]] = []
    for place in places:
        if len(near) == limit:
            break
        if related[place] and shelf.ids[place] not in own:
            closeness = matching.closeness(float(scores[place]), usual, includes_itself=shelf.ids[place] in sample)
            near.append((shelf.ids[place], closeness))
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
        extra[THRESHOLD] = min(extra[THRESHOLD], extra[MEAN] + np.float32(_NEAR) * extra[DEVIATION])
    return offering
