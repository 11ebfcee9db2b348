"""One paper a little outside what a reader follows, for the end of a digest; and the alert that it is queued as."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot import cleaning, matching
from bot.background import Backgrounds, Passages
from bot.matching import Found
from bot.models import FACTS, Alert, Interest, InterestKind, Match, Paper
from bot.recommend.grounds import rated
from bot.recommend.missing import above
from bot.recommend.picking import Yardstick, candidates, matched, measured
from bot.recommend.shelf import Shelf
from bot.store import Store

#: It is closer than this share of the stored papers to what it is nearest to; beyond that lies anything.
EXPLORE_FROM = 0.8
#: It is less like every paper of the digest than this: the cosine of centred vectors, which is 0 by chance.
UNLIKE = 0.35


def different(
    yardstick: Yardstick, shelf: Shelf, since: datetime, *, bar: float, told: Collection[str], but: Collection[str]
) -> Match | None:
    """A paper first seen after ``since`` (aware) that is worth a look beside the papers ``told``; None for none.

    It is below the reader's ``bar`` for everything that the reader follows, for which ``yardstick`` is measured, closer
    than ``EXPLORE_FROM`` of the stored papers to one of these, and unlike the papers told. Of such papers it is the nearest
    one to the interest with the fewest votes, for there a vote says most. ``but`` are ids that are left out.
    """
    rows = [
        row
        for row, paper_id in enumerate(shelf.ids)
        if since < shelf.known[row].paper.first_seen and paper_id not in but and paper_id not in told
    ]
    if not rows or bar <= EXPLORE_FROM:
        return None
    part = shelf.only(rows)
    shown = [row for row, paper_id in enumerate(shelf.ids) if paper_id in told]
    centred = shelf.background.centred
    likeness = (centred(part.papers) @ centred(shelf.papers[shown]).T).max(axis=1, initial=-1.0)
    floor = measured(yardstick.profile, yardstick.rows, yardstick.words, shelf.background, EXPLORE_FROM)
    found, alerted = candidates(floor, part), above(yardstick, part)
    votes = {one.id: len(one.learnt_from) for one in yardstick.profile.interests if one.kind not in FACTS}
    kept = tuple(
        replace(one, paper=rows[one.paper])
        for one in found.candidates
        if one.interest_id in votes and one.paper not in alerted and likeness[one.paper] < UNLIKE
    )
    near = [
        (votes[match.interest_id], -share, match)
        for match in matched(Found(found.user, kept), yardstick, shelf)
        if (share := match.closeness.closer_than) is not None and EXPLORE_FROM <= share < bar
    ]
    return min(near, key=lambda one: one[:2])[2] if near else None


async def explored(
    paper: Paper,
    match: Match,
    yardstick: Yardstick,
    shelf: Shelf,
    *,
    store: Store,
    backgrounds: Backgrounds,
    passages: Passages,
    now: datetime,
) -> Alert:
    """The alert of ``different``'s match, whose paper it is, queued at ``now`` (aware). Raises StoreError, ModelMissing."""
    interest = next(one for one in yardstick.profile.interests if one.id == match.interest_id)
    seen = shelf.only([shelf.ids.index(match.paper_id)]).seen
    [named] = await rated(store, backgrounds, yardstick, [(interest, seen)])
    among = cleaning.paper_text(named) if named else interest.text
    passage = await passages.of(paper, yardstick.rows[interest.id], shelf.background, among)
    return Alert(
        reader=yardstick.profile.reader,
        paper_id=match.paper_id,
        interest_id=interest.id,
        interest_name=interest.name,
        closeness=match.closeness,
        strength=match.strength,
        why=_why(match, interest, named),
        queued=now,
        passage=passage.sentence if passage else "",
        words=passage.words if passage else (),
        exploring=True,
    )


def _why(match: Match, interest: Interest, named: Paper | None) -> str:
    """``Nearest to “robot hands”: closer than 93 % of papers``."""
    near = f"“{' '.join(interest.name.split())}”"
    if interest.kind is InterestKind.LEARNT and named:
        near = f"what you liked in “{cleaning.excerpt(named.title, 100)}”"
    return f"Nearest to {near}: {matching.words(match.closeness)}"
