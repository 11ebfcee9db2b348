"""From one reader's candidates to matches: the cap, how near each paper is, and the reason in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from bot.interests import is_channel
from bot.matching.calibration import closeness, words
from bot.matching.collecting import Found
from bot.matching.columns import Floats
from bot.matching.facts import certain
from bot.models import FACTS, ROW_EXTRA, Interest, InterestKind, Match, Profile

#: What a fact is a fact of, in words.
FACT_WORDS = {
    InterestKind.AUTHOR: "author",
    InterestKind.ORGANISATION: "organisation",
    InterestKind.CATEGORY: "category",
}


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
    their ids, ``paper_ids`` the ids of the papers that were matched. A paper that an interest was made
    or learnt from is left out, and so is what came from an interest that the reader muted or no longer has.
    """
    meant = {interest.id for interest in profile.interests if not interest.muted} & rows.keys()
    facts = {interest.id for interest in profile.interests if not interest.muted and interest.kind in FACTS}
    interests = meant | facts
    known = {paper_id for interest in profile.interests for paper_id in (interest.paper_id, *interest.learnt_from)}
    wanted = (one for one in found.candidates if one.interest_id in interests and paper_ids[one.paper] not in known)
    chosen = [one for one, _ in zip(wanted, range(cap), strict=False)]
    used = list(dict.fromkeys(one.interest_id for one in chosen if one.interest_id not in facts))
    if not chosen:
        return ()
    scores = np.stack([rows[interest_id][:-ROW_EXTRA] for interest_id in used]) @ corpus.T if used else ()
    yardstick = dict(zip(used, scores, strict=True))
    chosen.sort(key=lambda one: (-one.strength, one.paper))
    return tuple(
        Match(
            reader=profile.reader,
            paper_id=(paper_id := paper_ids[one.paper]),
            interest_id=one.interest_id,
            closeness=closeness(one.score, yardstick[one.interest_id], includes_itself=paper_id in corpus_ids)
            if one.interest_id in yardstick
            else certain(len(corpus)),
            strength=one.strength,
        )
        for one in chosen
    )


def why(match: Match, interest: Interest) -> str:
    """The reason in plain text: ``Because you follow “flow matching”: closer than 99 % of papers``.

    To a channel it says that the channel follows it, for everybody in it reads that.
    """
    who, follow = ("this channel", "follows") if is_channel(match.reader) else ("you", "follow")
    if interest.kind in FACTS:
        return f"Because {who} {follow} the {FACT_WORDS[interest.kind]} {' '.join(interest.text.split())}"
    name = " ".join(interest.name.split())
    verb = "liked" if interest.kind is InterestKind.LEARNT else follow
    return f"Because {who} {verb} “{name}”: {words(match.closeness)}"
