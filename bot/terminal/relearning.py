"""The bot's own ranking in a replay: the same decisions as after a click, from the first vote on, with nothing stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot import feedback, matching
from bot.errors import TooManyInterests
from bot.feedback import Liked
from bot.matching import Background, Floats, Seen, WordBook
from bot.models import ROW_EXTRA, SHARE, Interest, Profile, Taste, UserId
from bot.rate.deciding import with_vote
from bot.rate.scene import Scene
from bot.rate.writing import measured
from bot.reporting import Earlier, Followed, Rows, Scores, Vote
from bot.terminal.report_papers import Stage


@dataclass(frozen=True, slots=True, eq=False)
class _Learnt:
    """A reader after some votes."""

    profile: Profile
    rows: Mapping[str, Floats]
    votes: Sequence[Vote] = ()


class Ours:
    """Ranks as picking does: papers are dealt to the reader's interests in the order of their shares."""

    def __init__(self, name: str, stage: Stage, vectors: Floats, bar: float) -> None:
        """``vectors``: the papers' own, unit float32[n, d]; ``bar``: the share of papers that an alert must beat."""
        self.name = name
        self._stage = stage
        self._bar = bar
        self._papers = matching.settled(vectors, vectors, itself=True)
        count = len(stage.stored)
        most = min(count, matching.SAMPLE)
        sample = [place * count // most for place in range(most)]
        ordinals = np.array([one.ordinal for one in stage.stored], np.int64)
        self._background = Background.of(
            [stage.stored[row].paper.id for row in sample],
            ordinals[sample],
            self._papers[sample],
            [stage.terms[row] for row in sample],
        )
        self._seen = Seen.of(self._background, self._papers, stage.terms)
        self._words = WordBook.of(self._background, dict(zip(ordinals.tolist(), stage.terms, strict=True)))
        self._learnt: dict[int, _Learnt] = {}

    def scores(self, earlier: Earlier, papers: Rows) -> Scores:
        """float64[n] for these rows: minus the place that each is dealt at."""
        learnt = self._after(earlier)
        found: Scores = np.full(len(papers), -float(len(papers)))
        dealt = matching.ranked(learnt.rows, self._seen.only(papers), self._words)
        for place, candidate in enumerate(dealt):
            found[candidate.paper] = -float(place)
        return found

    def _after(self, earlier: Earlier) -> _Learnt:
        """The reader as the votes until now made it; what was followed meanwhile is followed from then on."""
        learnt = self._learnt.get(earlier.reader) or _Learnt(Profile(UserId("replay", str(earlier.reader))), {})
        for vote in earlier.votes[len(learnt.votes) :]:
            before = [one for one in earlier.followed if one.is_before(vote.at)]
            learnt = self._voted(self._following(learnt, before), vote, before)
        learnt = self._learnt[earlier.reader] = self._following(learnt, earlier.followed)
        return learnt

    def _following(self, learnt: _Learnt, followed: Sequence[Followed]) -> _Learnt:
        known = {one.id for one in learnt.profile.interests}
        if not (fresh := [one.interest for one in followed if one.interest.id not in known]):
            return learnt
        return self._measured(
            self._scene(learnt, followed), [*learnt.profile.interests, *fresh], learnt.rows, followed, learnt.votes
        )

    def _voted(self, learnt: _Learnt, vote: Vote, followed: Sequence[Followed]) -> _Learnt:
        scene, votes = self._scene(learnt, followed, vote), (*learnt.votes, vote)
        paper = self._stage.stored[vote.paper].paper
        try:
            wanted = with_vote(scene, paper, Taste.MORE if vote.is_like else Taste.LESS)
        except TooManyInterests:
            # A vote that was refused taught nothing.
            return replace(learnt, votes=votes)
        return self._measured(scene, wanted, learnt.rows, followed, votes)

    def _scene(self, learnt: _Learnt, followed: Sequence[Followed], vote: Vote | None = None) -> Scene:
        """What a click finds in the store."""
        votes = (*learnt.votes, *([vote] if vote else []))
        places = {one.paper for one in votes} | {one.paper for one in followed if one.paper is not None}
        stored = {row: self._stage.stored[row] for row in places}
        scores: dict[str, float] = {}
        if vote is not None and learnt.rows:
            paper = self._seen.only([vote.paper])
            given = matching.scores(np.stack(list(learnt.rows.values())), paper, self._words)
            scores = dict(zip(learnt.rows, given[:, 0].tolist(), strict=True))
        return Scene(
            profile=learnt.profile,
            now=votes[-1].at if votes else self._stage.stored[0].paper.first_seen,
            background=self._background,
            liked={
                one.paper.id: Liked(one.ordinal, self._papers[row], self._stage.terms[row])
                for row, one in stored.items()
            },
            papers={one.paper.id: one.paper for one in stored.values()},
            times={stored[one.paper].paper.id: one.at for one in votes},
            rows=learnt.rows,
            scores=scores,
        )

    def _measured(
        self,
        scene: Scene,
        wanted: Sequence[Interest],
        rows: Mapping[str, Floats],
        followed: Sequence[Followed],
        votes: Sequence[Vote],
    ) -> _Learnt:
        """The reader with these interests; rows that nothing changed stay, but for their share."""
        before = {one.id: one for one in scene.profile.interests}
        share = feedback.shared(wanted, scene.liked, self._background, scene.now)
        changed = [one for one in wanted if one != before.get(one.id)]
        phrases = {one.interest.id: one.vector for one in followed if one.paper is None}
        made = measured(scene, changed, phrases, share, self._bar)
        placed: dict[str, Floats] = {}
        for one in wanted:
            row = made.get(one.id, rows.get(one.id))
            if row is not None:
                placed[one.id] = row.copy()
                placed[one.id][-ROW_EXTRA + SHARE] = share.get(one.id, row[-ROW_EXTRA + SHARE])
        return _Learnt(replace(scene.profile, interests=tuple(wanted)), placed, votes)
