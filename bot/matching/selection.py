"""From one reader's candidates to matches: the cap, no paper twice, how near each one is, and the reason in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from bot.interests import is_channel
from bot.matching.background import Background
from bot.matching.calibration import usual
from bot.matching.closeness import SHARE_FROM, closeness, words
from bot.matching.collecting import Candidate, Found
from bot.matching.columns import Flags, Floats
from bot.matching.facts import certain
from bot.matching.word_book import Words
from bot.models import FACTS, ROW_EXTRA, SOURCE_WEIGHTS, SOURCES, Interest, InterestKind, Match, Profile

#: From this cosine on a paper is the one that was chosen already, told once more.
SAME = 0.93
#: From this cosine on a paper waits until nothing else is left.
ALIKE = 0.80

#: Below this cosine, about the mean of the stored papers, a paper has nothing to do with an interest.
UNRELATED = 0.1
#: Cosines of a model whose scale is known: below them a paper has nothing to do with a phrase, or with what was made from
#: papers, which are nearer to all other papers than phrases are; what speaks through both is between them. Measured on 507 papers: phrases that none is about come
#: to .30 at most, true matches of others begin at .32.
LEAST_COSINES = {"sentence-transformers/all-MiniLM-L6-v2": (0.32, 0.45)}

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
    background: Background,
    words: Words,
    alike: Floats | None = None,
) -> tuple[Match, ...]:
    """The reader's matches, strongest first: at most ``cap``, its places in the order of dealing.

    ``rows`` are the reader's interest rows by interest id, ``paper_ids`` the ids of the papers that were matched, and
    ``alike`` float32[m, d] those papers' own unit vectors, where no paper may be there twice and papers of one kind
    are to wait behind others. A paper that an interest was made or learnt from is left out, and so is what came from
    an interest that the reader muted or no longer has.
    """
    meant = {interest.id for interest in profile.interests if not interest.muted} & rows.keys()
    facts = {interest.id for interest in profile.interests if not interest.muted and interest.kind in FACTS}
    interests = meant | facts
    known = {paper_id for interest in profile.interests for paper_id in (interest.paper_id, *interest.learnt_from)}
    wanted = (one for one in found.candidates if one.interest_id in interests and paper_ids[one.paper] not in known)
    chosen = list(islice(wanted if alike is None else _varied(wanted, alike), max(0, cap)))
    used = list(dict.fromkeys(one.interest_id for one in chosen if one.interest_id not in facts))
    if not chosen:
        return ()
    scores = usual(np.stack([rows[interest_id] for interest_id in used]), background, words) if used else ()
    yardstick = dict(zip(used, scores, strict=True))
    chosen.sort(key=lambda one: (-one.strength, one.paper))
    return tuple(
        Match(
            reader=profile.reader,
            paper_id=(paper_id := paper_ids[one.paper]),
            interest_id=one.interest_id,
            closeness=closeness(one.score, yardstick[one.interest_id], includes_itself=paper_id in background.places)
            if one.interest_id in yardstick
            else certain(len(background)),
            strength=one.strength,
        )
        for one in chosen
    )


def related(found: Found, rows: Mapping[str, Floats], papers: Floats, background: Background) -> Found:
    """The candidates without those that have nothing to do with their interest but to be nearer than other papers are.

    A share of all papers is always nearest to an interest, also where none is about it. ``papers`` float32[m, d] are
    the papers among their neighbours, by ``Candidate.paper``. What a fact brought stays.
    """
    meant = [place for place, one in enumerate(found.candidates) if one.interest_id in rows]
    if not meant:
        return found
    stacked = np.stack([rows[found.candidates[place].interest_id] for place in meant])
    is_near = near_enough(stacked, papers[[found.candidates[place].paper for place in meant]], background)
    strange = {place for place, is_so in zip(meant, is_near.tolist(), strict=True) if not is_so}
    return Found(found.user, tuple(one for place, one in enumerate(found.candidates) if place not in strange))


def knows_unrelated(background: Background) -> bool:
    """Whether an alert can be kept back for having nothing to do with its interest.

    The mean of a few papers is one of their subjects, so only cosines of a known scale tell that among them.
    """
    return background.model in LEAST_COSINES or len(background) >= SHARE_FROM


def near_enough(rows: Floats, papers: Floats, background: Background) -> Flags:
    """Which papers have anything to do with the interests of these rows, float32[m, d + ROW_EXTRA], place by place.

    ``papers`` float32[m, d] are unit vectors, everywhere of papers among their neighbours, so that what is offered, what
    is sent and what is told agree.
    """
    vectors, extra = rows[:, :-ROW_EXTRA], rows[:, -ROW_EXTRA:]
    if background.model not in LEAST_COSINES:
        return np.einsum("md,md->m", background.centred(papers), background.centred(vectors)) >= UNRELATED
    of_phrase, of_papers = LEAST_COSINES[background.model]
    least = of_phrase + _part_of_papers(extra) * np.float32(of_papers - of_phrase)
    return np.einsum("md,md->m", papers, vectors) >= least


def _part_of_papers(extra: Floats) -> Floats:
    """How much of what each row speaks through is papers, float32[m] from 0 to 1; 0 where it speaks through nothing."""
    weights = np.where(np.isfinite(extra[:, SOURCE_WEIGHTS]), np.maximum(extra[:, SOURCE_WEIGHTS], 0), np.float32(0))
    every = weights.sum(axis=1)
    papers = np.where(extra[:, SOURCES] > 0, weights, np.float32(0)).sum(axis=1)
    return np.divide(papers, every, out=np.zeros_like(every), where=every > 0)


def _varied(candidates: Iterable[Candidate], vectors: Floats) -> Iterator[Candidate]:
    """The candidates without what is there already, and what is much like it behind all others."""
    chosen: list[int] = []
    waiting: list[Candidate] = []
    for one in candidates:
        likeness = float((vectors[chosen] @ vectors[one.paper]).max(initial=-1.0))
        if likeness < ALIKE:
            chosen.append(one.paper)
            yield one
        elif likeness < SAME:
            waiting.append(one)
    for one in waiting:
        if float((vectors[chosen] @ vectors[one.paper]).max(initial=-1.0)) < SAME:
            chosen.append(one.paper)
            yield one


def why(match: Match, interest: Interest, near_title: str | None = None) -> str:
    """The reason in plain text: ``Because you follow “flow matching”: closer than 99 % of papers``.

    An interest that was learnt names the rated paper that the match is nearest to, ``near_title``, where that is known.
    To a channel it says that the channel follows it, for everybody in it reads that.
    """
    who, follow = ("this channel", "follows") if is_channel(match.reader) else ("you", "follow")
    if interest.kind in FACTS:
        return f"Because {who} {follow} the {FACT_WORDS[interest.kind]} {' '.join(interest.text.split())}"
    learnt = interest.kind is InterestKind.LEARNT
    name = " ".join((near_title if learnt and near_title else interest.name).split())
    return f"Because {who} {'liked' if learnt else follow} “{name}”: {words(match.closeness)}"
