"""What a host is told: figures of each week, and rankings compared by replaying votes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from bot import reporting
from bot.models import Interest, InterestKind, Rating, Save, Sent, Taste, UserId
from bot.reporting import Acts, ByDate, ByMean, ByWords, Earlier, Figure, Followed, Rows, Scores, Trial, Vote, Week
from bot.reporting.peers import separating
from bot.terms import Lexicon, terms_of

MONDAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
READER = UserId("T1", "U1")


def sent(name: str, days: float = 0) -> Sent:
    return Sent(name, NOON + timedelta(days=days))


def rated(name: str, taste: Taste = Taste.MORE, days: float = 1) -> Rating:
    return Rating(READER, name, taste, "i1", "robots", opened=False, at=NOON + timedelta(days=days))


def of_week(*readers: Acts, weeks: int = 1, today: date = MONDAY) -> list[Week]:
    return reporting.weekly(readers, weeks, today, UTC)


def test_a_week_tells_what_became_of_what_was_sent_in_it() -> None:
    """Votes and saves count in the week in which their paper was sent, however late they are given."""
    acts = Acts(
        sent=[sent("a"), sent("b", 1), sent("c", 2), sent("d", 7)],
        ratings=[rated("a"), rated("b", Taste.LESS), rated("d", days=9), rated("c", days=20)],
        saves=[Save("c", NOON), Save("x", NOON)],
    )
    [first, second] = of_week(acts, weeks=2, today=MONDAY + timedelta(days=9))
    assert (first.first, first.sent, first.voted, first.liked, first.disliked, first.saved) == (MONDAY, 3, 3, 2, 1, 1)
    assert (second.sent, second.voted, second.liked, second.saved) == (1, 1, 1, 0)
    assert (first.precision, first.liked_share, first.coverage) == (2 / 3, 2 / 3, 1.0)


def test_coverage_is_of_readers_who_were_sent_something() -> None:
    """One of two readers liked something; a third was sent nothing and does not count."""
    [week] = of_week(
        Acts([sent("a")], [rated("a")]),
        Acts([sent("a"), sent("b")], [rated("a", Taste.LESS)]),
        Acts(ratings=[rated("z")]),
    )
    assert (week.readers, week.liking, week.coverage) == (2, 1, 0.5)
    assert week.elsewhere == 1


def test_nothing_sent_is_no_share() -> None:
    """There is no precision of nothing: neither 0 nor 1."""
    [week] = of_week()
    assert (week.precision, week.liked_share, week.coverage) == (None, None, None)


def test_weeks_are_those_of_the_host() -> None:
    """What was sent on Sunday evening in New York is of that week, though it is Monday in UTC."""
    zone = ZoneInfo("America/New_York")
    late = Acts([Sent("a", datetime(2026, 3, 9, 3, tzinfo=UTC))])
    [first, second] = reporting.weekly([late], 2, date(2026, 3, 9), zone)
    assert (first.sent, second.sent) == (1, 0)


def test_a_reader_counts_once_in_all_weeks() -> None:
    """Sums of weeks would count a reader in each."""
    acts = Acts([sent("a"), sent("b", 7)], [rated("a"), rated("b")])
    weeks = of_week(acts, weeks=2, today=MONDAY + timedelta(days=7))
    whole = reporting.total([acts], weeks, UTC)
    assert (whole.first, whole.end, whole.readers, whole.liking, whole.sent) == (weeks[0].first, weeks[1].end, 1, 1, 2)


def test_medians_tell_of_nobody() -> None:
    """Of two readers nothing is told; of three, the one in the middle, and its precision only if three voted."""
    one, two = Acts([sent("a")], [rated("a")]), Acts([sent("a"), sent("b")], [rated("a", Taste.LESS)])
    three = Acts([sent(name) for name in "abcd"])
    weeks = of_week(one, two, three)
    assert reporting.medians([one, two], weeks, UTC) is None
    middle = reporting.medians([one, two, three], weeks, UTC)
    assert middle is not None
    assert (middle.readers, middle.sent_a_week, middle.voted_share, middle.precision) == (3, 2, 0.5, None)


@pytest.mark.parametrize(("part", "of", "low", "high"), [(0, 0, 0, 1), (8, 10, 0.490, 0.943), (0, 10, 0, 0.278)])
def test_a_share_of_few_is_uncertain(part: int, of: int, low: float, high: float) -> None:
    """Wilson's interval: eight of ten may be half of all."""
    assert reporting.interval(part, of) == pytest.approx((low, high), abs=0.001)


def vote(paper: int, *, like: bool = True, hours: int = 0, reader: int = 0) -> Vote:
    return Vote(reader, paper, like, NOON + timedelta(hours=hours))


def followed(text: str = "robots", weight: float = 1.0, days: int = -9, vector: tuple[float, ...] = (1, 0)) -> Followed:
    interest = Interest("i1", text, InterestKind.PHRASE, text, weight, created=NOON + timedelta(days=days))
    return Followed(interest, np.array(vector, np.float32), terms_of(text))


def tried(*votes: Vote, weeks: tuple[int, ...] = (1, 1, 1, 1, 2, 2), follows: tuple[Followed, ...] = ()) -> list[Trial]:
    return reporting.trials(votes, [follows] * 4, np.array(weeks, np.int64), since=NOON)


def test_a_vote_is_tried_with_earlier_votes_only() -> None:
    """The first vote of a reader who follows nothing tells nothing; the next one is tried with it alone."""
    [trial] = tried(vote(0), vote(1, hours=1))
    assert (trial.vote.paper, trial.earlier.liked, trial.others.tolist()) == (1, [0], [2, 3])


def test_what_was_followed_later_is_not_known_yet() -> None:
    """An interest of the day after a vote cannot have brought its paper."""
    assert tried(vote(0), follows=(followed(days=1),)) == []
    assert len(tried(vote(0), follows=(followed(),))) == 1
    assert tried(vote(0), follows=(followed(weight=-1),)) == []


def test_a_vote_is_tried_among_its_week_without_what_is_known_or_liked() -> None:
    """Papers voted on before are known; ranking another liked one higher is no mistake; what is disliked later stays."""
    votes = (vote(0), vote(1, like=False, hours=1), vote(2, hours=2), vote(3, like=False, hours=3))
    others = {trial.vote.paper: trial.others.tolist() for trial in tried(*votes)}
    assert others == {1: [3], 2: [3]}
    assert tried(vote(0), vote(4, hours=1))[0].others.tolist() == [5]


class Fixed:
    """The same scores for everybody."""

    name = "fixed"

    def __init__(self, *scores: float) -> None:
        self._scores = np.array(scores, np.float64)

    def scores(self, earlier: Earlier, papers: Rows) -> Scores:
        assert earlier.votes
        return self._scores[papers]


@pytest.mark.parametrize(
    ("scores", "answer"),
    [
        ((0, 9, 1, 2, 3, 4), (1.0, 1.0)),
        ((0, 0, 1, 2, 3, 4), (0.0, 0.0)),
        ((0, 2.5, 1, 2, 3, 4), (0.5, 1.0)),
        ((0, 1, 1, 1, 1, 1), (0.5, 0.6)),
    ],
)
def test_an_answer_is_where_the_paper_stands(scores: tuple[float, ...], answer: tuple[float, float]) -> None:
    """The share of others below it, and whether it is among the first three; equals share their places."""
    [trial] = tried(vote(0), vote(1, hours=1), weeks=(1,) * 6)
    assert reporting.answers(trial, Fixed(*scores)) == pytest.approx(answer)


def test_a_better_ranking_is_told_with_its_lead() -> None:
    """Likes on top and dislikes below in every resample: the interval of the lead is a point far above zero."""
    trials = two_tastes()
    good = [(0.9, 1.0) if one.vote.is_like else (0.2, 0.0) for one in trials]
    ours, chance = reporting.compared(trials, {"ours": good, "chance": [(0.5, 0.1)] * len(trials)})
    assert [figures(one) for one in (ours.liked, ours.disliked, ours.first_three, ours.over_disliked)] == [
        (0.9, 0.9, 0.9),
        (0.2, 0.2, 0.2),
        (1, 1, 1),
        (1, 1, 1),
    ]
    assert (ours.behind, figures(chance.behind), figures(chance.over_disliked)) == (None, (0.4,) * 3, (0.5,) * 3)


def test_a_reader_who_votes_much_is_still_one() -> None:
    """Thirty votes of one reader and three of another: which of the two is drawn decides, and the interval says so."""
    votes = [vote(place, hours=place, reader=0 if place < 30 else 1) for place in range(33)]
    trials = tried(*votes, weeks=(1,) * 60, follows=(followed(),))
    [ours] = reporting.compared(trials, {"ours": [(1.0 if one.vote.reader else 0.6, 0.0) for one in trials]})
    value, low, high = figures(ours.liked)
    assert (low, high) == (0.6, 1.0)
    assert value == pytest.approx((30 * 0.6 + 3) / 33)


def test_what_no_vote_speaks_of_has_no_figure() -> None:
    """Without a dislike there is nothing to be above of."""
    trials = tried(vote(0), vote(1, hours=1))
    [ours] = reporting.compared(trials, {"ours": [(0.8, 1.0)]})
    assert (ours.disliked, ours.over_disliked) == (None, None)


def two_tastes() -> list[Trial]:
    """Forty votes of four readers, likes and dislikes in turn."""
    votes = [vote(place, like=place % 8 < 4, hours=place, reader=place % 4) for place in range(40)]
    return tried(*votes, weeks=(1,) * 60, follows=(followed(),))


def figures(figure: Figure | None) -> tuple[float, float, float]:
    assert figure is not None
    return round(figure.value, 9), round(figure.low, 9), round(figure.high, 9)


def earlier(*votes: Vote, follows: tuple[Followed, ...] = ()) -> Earlier:
    return Earlier(0, follows, votes)


ALL = np.arange(4)


def test_the_mean_lies_between_what_is_liked_and_followed() -> None:
    """Cosine to the mean of both; a dislike and what is wanted less of are not looked at."""
    vectors = np.array([[1, 0], [0, 1], [0.8, 0.6], [-1, 0]], np.float32)
    ranking = ByMean(vectors)
    assert ranking.scores(earlier(vote(1)), ALL).tolist() == pytest.approx([0, 1, 0.6, 0])
    both = earlier(vote(1), vote(3, like=False), follows=(followed(), followed(weight=-1, vector=(-1, 0))))
    assert ranking.scores(both, ALL).tolist() == pytest.approx([0.5, 0.5, 0.7, -0.5])


def test_a_classifier_of_words_finds_what_shares_them() -> None:
    """Papers with the words of the liked one stand above the others; a phrase works as a like does."""
    topics = (
        "robots grasp soft objects",
        "speech models hear noise",
        "planets orbit distant stars",
        "proteins fold fast",
        "markets price risk",
        "voters trust parties",
    )
    texts = [f"{topic} in study number {place}" for topic in topics for place in ("one", "two", "three")]
    ranking = ByWords([terms_of(text) for text in texts])
    liked = ranking.scores(earlier(vote(4)), np.arange(18))
    assert set(np.argsort(-liked)[:3].tolist()) == {3, 4, 5}
    asked = ranking.scores(Earlier(1, [followed("distant stars and planets")], []), np.arange(18))
    assert set(np.argsort(-asked)[:3].tolist()) == {6, 7, 8}


def test_the_separating_weights_are_the_least_ones() -> None:
    """No step in any direction makes the loss smaller: the gradient at the found weights vanishes."""
    texts = [
        terms_of(text) for text in ("red apple red", "apple pie", "pie red", "blue sky", "sky blue apple", "blue pie")
    ]
    rows, signs = Lexicon.of(texts).rows(texts), np.array([1, 1, 1, -1, -1, -1], np.float64)
    found = separating(rows, signs)

    def loss(weights: NDArray[np.float64]) -> float:
        given = rows.times(np.eye(rows.width, dtype=np.float32)) @ weights[:-1] + weights[-1]
        return float(weights @ weights / 2 + 0.01 * np.square(np.maximum(0, 1 - signs * given)).sum())

    steps = np.vstack([np.eye(len(found)), -np.eye(len(found))]) * 0.01
    assert all(loss(found) < loss(found + step) for step in steps)


def test_the_newest_stand_first() -> None:
    """By their days, for every reader."""
    ranking = ByDate([MONDAY - timedelta(days=days) for days in (3, 0, 2, 1)])
    assert np.argsort(-ranking.scores(earlier(), ALL)).tolist() == [1, 3, 2, 0]
