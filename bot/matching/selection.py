"""From one reader's candidates to matches: the cap, how near each paper is, and the reason in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from bot.matching.calibration import closeness, words
from bot.matching.collecting import Found
from bot.matching.columns import Floats
from bot.models import ROW_EXTRA, Interest, Match, Profile


def select(
    found: Found,
    profile: Profile,
    cap: int,
    *,
    paper_ids: Sequence[str],
    rows: Mapping[str, Floats],
    corpus: Floats,
    corpus_ids: Collection[str],
) -> tuple[Match, ...]:
    """The reader's matches, strongest first: at most ``cap``, its places dealt to the interests in turn.

    ``rows`` are the reader's interest rows by interest id, ``corpus`` float32[n, d] stored papers and ``corpus_ids``
    their ids, ``paper_ids`` the ids of the papers that were matched. A paper that an interest was made from is left
    out, and so is what came from an interest that the reader no longer has.
    """
    interests = {interest.id for interest in profile.interests} & rows.keys()
    known = {interest.paper_id for interest in profile.interests}
    wanted = (one for one in found.candidates if one.interest_id in interests and paper_ids[one.paper] not in known)
    chosen = [one for one, _ in zip(wanted, range(cap), strict=False)]
    used = list(dict.fromkeys(one.interest_id for one in chosen))
    if not used:
        return ()
    scores = np.stack([rows[interest_id][:-ROW_EXTRA] for interest_id in used]) @ corpus.T
    yardstick = dict(zip(used, scores, strict=True))
    chosen.sort(key=lambda one: (-one.strength, one.paper))
    return tuple(
        Match(
            reader=profile.reader,
            paper_id=(paper_id := paper_ids[one.paper]),
            interest_id=one.interest_id,
            closeness=closeness(one.score, yardstick[one.interest_id], includes_itself=paper_id in corpus_ids),
            strength=one.strength,
        )
        for one in chosen
    )


def why(match: Match, interest: Interest) -> str:
    """The reason in plain text: ``Because you follow “flow matching”: closer than 99 % of papers``."""
    name = " ".join(interest.name.split())
    return f"Because you follow “{name}”: {words(match.closeness)}"
