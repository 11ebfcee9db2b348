"""The bar that votes ask for: which way it moves, how far, and where it stops."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bars import HIGHEST, LATEST, LEAST, LOWEST, STEP, Vote, bar_of, learnt
from bot.models import Profile, UserId
from bot.settings import DigestSettings

ADA = UserId("T1", "U1")
HOST = 0.98
LIKE, DISLIKE = Vote(0.99, liked=True), Vote(0.99, liked=False)


def test_few_votes_move_nothing() -> None:
    """Four votes are chance; the fifth one is heard."""
    assert [learnt([LIKE] * count, HOST) for count in range(LEAST)] == [None] * LEAST
    assert learnt([LIKE] * LEAST, HOST) == 0.975


def test_likes_open_it_and_dislikes_close_it() -> None:
    """Who likes everything hears more, who likes nothing hears only the very nearest, each within its bounds."""
    assert learnt([Vote(0.985, liked=True)] * 6, HOST) == 0.97
    assert learnt([DISLIKE] * 6, HOST) == 0.99
    assert learnt([Vote(LOWEST, liked=True)] * 100, HOST) == LOWEST
    assert learnt([Vote(0.999, liked=False)] * 100, HOST) == HIGHEST


def test_three_of_five_are_enough() -> None:
    """Most of what is sent being liked is what is wanted: the bar stays about where the host put it."""
    votes = [Vote(0.985, liked=number % 5 < 3) for number in range(50)]
    assert learnt(votes, HOST) == pytest.approx(HOST, abs=STEP)


def test_it_stands_where_likes_begin() -> None:
    """All above 99 % are liked and nothing below: the bar comes to keep most of that away, not all."""
    votes = [vote for _ in range(20) for vote in (Vote(0.994, liked=True), Vote(0.982, liked=False))]
    bar = learnt(votes, HOST)
    assert bar is not None
    assert 0.982 < bar <= 0.994


def test_likes_of_the_nearest_alone_do_not_open_the_gates() -> None:
    """Twenty likes above 99.5 % say little of papers at 95 %: the bar stops long before its lowest."""
    bar = learnt([Vote(0.996, liked=True)] * 20, HOST)
    assert bar is not None
    assert 0.945 <= bar < HOST


def test_somebody_who_reads_what_is_sent_comes_to_rest() -> None:
    """Papers are liked the more often the nearer they are: the bar settles where most of what is above it is liked."""
    chance = Random(5)
    bar, votes = HOST, list[Vote]()
    for _ in range(150):
        share = 1 - (1 - bar) * chance.random()
        votes.append(Vote(share, liked=chance.random() < (0.9 if share > 0.97 else 0.1)))
        bar = learnt(votes, HOST) or HOST
    assert 0.935 < bar < 0.97
    told = votes[-60:]
    assert sum(vote.liked for vote in told) > 0.55 * len(told)


VOTES = st.lists(st.builds(Vote, st.floats(0, 1), st.booleans()), max_size=40)


@given(VOTES, st.sampled_from([0.5, 0.9, 0.98, 0.9999]))
def test_a_vote_moves_it_by_half_a_point_at_most(votes: list[Vote], host: float) -> None:
    """Whatever is voted, it stays within its bounds or the host's, in tenths of a point, and moves in small steps."""
    bars = [learnt(votes[:count], host) or host for count in range(len(votes) + 1)]
    # It is told in tenths of a point.
    assert all(abs(after - before) <= STEP + 0.0011 for before, after in pairwise(bars))
    assert all(min(LOWEST, host) - 1e-9 <= bar <= max(HIGHEST, host) for bar in bars)


@given(VOTES, st.builds(Vote, st.floats(0, 1), st.booleans()))
def test_a_vote_that_is_taken_back_leaves_no_trace(votes: list[Vote], vote: Vote) -> None:
    """The bar follows from the votes there are, so that Undo is exact."""
    before = learnt(votes, HOST)
    learnt([*votes, vote], HOST)
    assert learnt(votes, HOST) == before


def test_old_votes_count_no_more() -> None:
    """What was liked hundreds of votes ago says nothing of now."""
    assert learnt([DISLIKE] * 500 + [LIKE] * LATEST, HOST) == learnt([LIKE] * LATEST, HOST)


@pytest.mark.parametrize(
    ("own", "taught", "learn_bar", "bar"),
    [
        (None, None, True, 0.98),
        (None, 0.97, True, 0.97),
        (None, 0.97, False, 0.98),
        (0.995, 0.97, True, 0.995),
    ],
)
def test_a_persons_own_choice_wins(own: float | None, taught: float | None, learn_bar: bool, bar: float) -> None:
    """Then what votes taught, where the host wants that, then the host's bar."""
    profile = Profile(ADA, bar=own, learnt_bar=taught)
    assert bar_of(profile, DigestSettings(bar=0.98, learn_bar=learn_bar)) == bar
