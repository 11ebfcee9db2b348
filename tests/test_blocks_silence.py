"""Quiet days, the weekly look back, catching up and code that appeared, as Slack gets them and as they were approved.

``tests/data/blocks/*.json`` hold approved messages; ``PAPERBOT_APPROVE=1`` in the environment writes them anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.acts import Message
from bot.blocks import (
    Lately,
    QuietDays,
    card,
    catch_up_heading,
    code_heading,
    digest_message,
    papers_in,
    quiet_message,
    roll_up_message,
    slot_words,
    thread_message,
    with_card,
)
from bot.models import DayCount, Ending, Near, SlotEnd, UserId
from tests.block_limits import live, problems, spoken
from tests.fakes import paper
from tests.test_blocks_papers import as_json, messages, told
from tests.test_blocks_text import hostile

GOLDEN = Path(__file__).parent / "data" / "blocks"
WEDNESDAY = date(2026, 3, 18)
DAYS = [DayCount(date(2026, 3, 16) + timedelta(place), 100 + place, place % 3, place % 2) for place in range(7)]
CHART = ("F0123456789", "Papers by day. In all 721 came in, 6 sent, 3 liked or saved.")
NEAR = [(told(place).paper, Near(told(place).paper.id, 0.97 - place / 100, "speech")) for place in range(3)]
STALE = "The source daily has been stale since 16 March 2026: nothing came after it."

APPROVED: Mapping[str, Callable[[], Message]] = {
    "quiet-day": lambda: quiet_message(WEDNESDAY, NEAR[0], silence="daily"),
    "quiet-week": lambda: quiet_message(WEDNESDAY, NEAR[0]),
    "quiet-source": lambda: quiet_message(WEDNESDAY, NEAR[0], [STALE]),
    "quiet-channel": lambda: quiet_message(WEDNESDAY, silence="daily", is_channel=True),
    "roll-up": lambda: roll_up_message(
        date(2026, 3, 22), NEAR, [told(8).paper, told(9).paper], ["More “speech”: 3 votes."], CHART, days=DAYS
    ),
    "roll-up-channel": lambda: roll_up_message(date(2026, 3, 22), NEAR[:1], days=DAYS, is_channel=True),
    "digest-with-code": lambda: digest_message("1 paper for you", [told(0)], most=5, with_code=[told(5).paper]),
    "code": lambda: digest_message(code_heading(2), [], most=5, with_code=[told(5).paper, told(6).paper]),
    "catch-up": lambda: digest_message(
        catch_up_heading(1, 140), [told(0)], most=5, notes=["You were away from 2 to 17 March."]
    ),
}


@pytest.mark.parametrize("name", APPROVED)
def test_what_slack_gets_is_what_was_approved(name: str) -> None:
    """Each message is exactly the approved one, and Slack takes it."""
    made, file = APPROVED[name](), GOLDEN / f"{name}.json"
    if os.environ.get("PAPERBOT_APPROVE"):
        file.write_text(json.dumps(as_json(made), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(json.dumps(as_json(made))) == json.loads(file.read_text(encoding="utf-8"))
    assert problems(made.blocks) == []


@settings(max_examples=60, deadline=None)
@given(hostile, hostile, st.sampled_from([1, 400]))
def test_nothing_that_anybody_wrote_acts(text: str, other: str, times: int) -> None:
    """Hostile titles, names, addresses and sentences leave no live control sequence, and Slack takes every message."""
    wild = paper("p" + "b" * 15, text * times, other, code_url=other, project_url="https://example.org/" + text)
    near = (wild, Near(wild.id, 0.9, other * times))
    made = [
        quiet_message(WEDNESDAY, near, [text * times, other]),
        quiet_message(WEDNESDAY, near, silence="daily", silence_notes=[text * times, other]),
        roll_up_message(WEDNESDAY, days=DAYS, silence_notes=[text * times, other]),
        roll_up_message(WEDNESDAY, [near], [wild], [text, other * times], (CHART[0], text * times)),
        roll_up_message(WEDNESDAY, [near], [wild], days=DAYS, command=text, chart=(other, text)),
        digest_message(text, [], most=3, with_code=[wild] * 9, notes=[other * times]),
        digest_message(text, [told(1)], most=3, with_code=[wild]),
    ]
    for message in made:
        assert problems(message.blocks) == []
        assert [live(one) for one in (message.text, *spoken(message.blocks)) if live(one)] == []
        assert len(message.text) <= 4_000


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 30), st.integers(1, 20), st.integers(0, 9))
def test_a_digest_with_notes_and_code_fits(count: int, most: int, with_code: int) -> None:
    """However many papers, each card stands once, in order, in messages that Slack takes."""
    papers = [told(50 + place).paper for place in range(with_code)]
    made = messages(
        digest_message(
            "Papers", [told(n) for n in range(count)], most=most, left_out=2, notes=["Word."], with_code=papers
        )
    )
    if not count and not with_code:
        return
    assert [problems(one.blocks) for one in made] == [[]] * len(made)
    assert [one for message in made for one in papers_in(message.blocks)] == [f"p{n:015x}" for n in range(count)]


def test_a_thread_holds_what_the_head_left() -> None:
    """Cards for the thread fill one message; what has no room goes on below it, each once."""
    made = messages(thread_message([told(place) for place in range(14)]))
    assert [problems(one.blocks) for one in made] == [[]] * len(made)
    assert [one for message in made for one in papers_in(message.blocks)] == [f"p{n:015x}" for n in range(14)]


@pytest.mark.parametrize(
    ("silence", "today", "is_weekly", "notes", "heading"),
    [
        ("daily", None, False, [], "Nothing above your bar today."),
        ("daily", date(2026, 3, 19), False, [], "Nothing above your bar yesterday."),
        ("daily", date(2026, 3, 21), False, [], "Nothing above your bar on Wednesday, 18 March 2026."),
        ("daily", None, True, [], "Nothing above your bar this week."),
        ("when_it_matters", None, False, [], "Nothing above your bar for a week."),
        ("weekly", None, False, [], "Nothing above your bar this week."),
        ("weekly", date(2026, 3, 19), False, [], "Nothing above your bar in the week until Wednesday, 18 March 2026."),
        ("when_it_matters", None, False, [STALE], "No papers today."),
    ],
)
def test_a_quiet_day_says_which_day(
    silence: Literal["daily", "when_it_matters", "weekly"],
    today: date | None,
    is_weekly: bool,
    notes: list[str],
    heading: str,
) -> None:
    """What it speaks of is a day or a week, and said as of the day on which it is read."""
    made = quiet_message(WEDNESDAY, NEAR[0], notes, silence=silence, today=today, is_weekly=is_weekly)
    assert made.text.splitlines()[0] == heading
    assert all(note in made.text for note in notes)
    assert "Vox Minima 0" in made.text
    assert "closer than 97 % of papers to “speech”" in made.text


def values(message: Message) -> dict[str, str]:
    """The values of the buttons, by action_id."""
    elements = (one for block in message.blocks for one in block.get("elements", ()))
    return {one["action_id"]: one.get("value", "") for one in elements if one["type"] == "button"}


def test_show_anyway_says_what_of() -> None:
    """The button names the day, or the week that ends with it; without a paper there is nothing to show."""
    assert values(APPROVED["quiet-day"]()) == {"show_anyway": "2026-03-18", "home_settings": ""}
    assert values(APPROVED["quiet-week"]())["show_anyway"] == "2026-03-18/7"
    assert "show_anyway" not in values(APPROVED["quiet-channel"]())
    for quiet in (QuietDays(WEDNESDAY), QuietDays(WEDNESDAY, is_week=True)):
        assert QuietDays.read(quiet.value()) == quiet


@pytest.mark.parametrize("value", ["", "today", "2026-13-01", "2026-03-18/8", "2026-03-18/7\n", "٢٠٢٦-03-18"])
def test_another_value_names_no_days(value: str) -> None:
    """A forged value, or one of an older version, is none."""
    assert QuietDays.read(value) is None


ADA = UserId("T1", "U1")
BEST = "The best was “Vox Minima 0: Speech Recognition from Thirty Minutes of Audio”, closer than 97 % of papers to “speech”."
NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (SlotEnd(ADA, WEDNESDAY, Ending.SENT, NOON, 3), "Your last digest: today, 3 papers."),
        (SlotEnd(ADA, date(2026, 3, 17), Ending.SENT, NOON, 1), "Your last digest: yesterday, 1 paper."),
        (
            SlotEnd(ADA, date(2026, 3, 13), Ending.SENT, NOON),
            "Your last digest: on Friday, 13 March 2026, code for what you saved.",
        ),
        (SlotEnd(ADA, WEDNESDAY, Ending.QUIET, NOON), "Your last digest: nothing came near today."),
        (
            SlotEnd(ADA, WEDNESDAY, Ending.QUIET, NOON, best=NEAR[0][1], quiet_days=3),
            f"Your last digest: nothing above your bar today, as on the 3 days before. {BEST}",
        ),
        (
            SlotEnd(ADA, WEDNESDAY, Ending.SOURCE, NOON, note=STALE),
            f"Your last digest: no papers today. {STALE}",
        ),
        (
            SlotEnd(ADA, WEDNESDAY, Ending.FAILED, NOON),
            "Your last digest: it could not be sent today, and the host has been told.",
        ),
    ],
)
def test_how_a_day_ended_in_words(end: SlotEnd, words: str) -> None:
    """Papers, silence with the best there was, or what the source lacks."""
    assert slot_words(end, NEAR[0][0] if end.best else None, today=WEDNESDAY) == words


def test_papers_at_once_are_no_digest() -> None:
    """Who is written to at once reads of papers and of days, and what came since a day ended goes before how it ended."""
    quiet = SlotEnd(ADA, WEDNESDAY, Ending.QUIET, NOON)
    lately = Lately(2, NOON.replace(hour=13))
    assert slot_words(quiet, today=WEDNESDAY, lately=lately, at_once=True) == "Last papers: 2 today at 13:00."
    assert slot_words(None, today=WEDNESDAY + timedelta(1), lately=replace(lately, is_spread=True)) == (
        "Last papers: 2 yesterday, the last at 13:00."
    )
    ends = [quiet, replace(quiet, best=NEAR[0][1]), replace(quiet, ending=Ending.SOURCE, note=STALE)]
    ends.append(replace(quiet, ending=Ending.SENT))
    said = [slot_words(end, NEAR[0][0] if end.best else None, today=WEDNESDAY, at_once=True) for end in ends]
    assert said == [
        "Nothing came near today.",
        f"Nothing above your bar today. {BEST}",
        f"No papers today. {STALE}",
        "Last message: today, code for what you saved.",
    ]


def test_where_nothing_came_near_nothing_is_named_or_offered() -> None:
    """No best, no button; a week is a week here too, and who knows more of the days says so in the heading."""
    made = quiet_message(WEDNESDAY, silence="daily")
    assert made.text == "Nothing came near today."
    assert "show_anyway" not in values(made)
    assert quiet_message(WEDNESDAY).text == "Nothing came near for a week."
    notes = ["Nothing above your bar on 4 of 5 days this week.", "You were sent 1 paper on Monday."]
    told = quiet_message(WEDNESDAY, NEAR[0], silence="weekly", silence_notes=notes)
    assert told.text.splitlines()[:2] == notes
    assert values(told)["show_anyway"] == "2026-03-18/7"


def test_the_look_back_says_which_days_were_quiet() -> None:
    """What a quiet day of its own would have said stands in the look back."""
    made = roll_up_message(date(2026, 3, 22), NEAR[:1], days=DAYS, silence_notes=["Nothing above your bar this week."])
    assert "Nothing above your bar this week." in made.text
    assert any(block["block_id"] == "week:quiet" for block in made.blocks)
    assert problems(made.blocks) == []


def test_what_came_while_the_bot_was_down_was_not_missed_by_the_reader() -> None:
    """The reader was there: papers since a day, by its name in the week after it."""
    tuesday = date(2026, 3, 17)
    assert catch_up_heading(4, 4, since=tuesday, today=date(2026, 3, 20)) == "4 papers since Tuesday"
    assert catch_up_heading(1, 1, since=tuesday, today=date(2026, 3, 24)) == "1 paper since Tuesday, 17 March 2026"
    assert catch_up_heading(5, 9, since=tuesday, today=date(2026, 3, 20), is_channel=True) == (
        "The best 5 of the 9 papers since Tuesday"
    )


@pytest.mark.parametrize(
    ("shown", "missed", "words"),
    [
        (5, 140, "The best 5 of the 140 papers you missed"),
        (1, 1, "1 paper you missed"),
        (4, 3, "4 papers you missed"),
    ],
)
def test_catching_up_says_how_much_was_missed(shown: int, missed: int, words: str) -> None:
    """A choice says of how many."""
    assert catch_up_heading(shown, missed) == words
    assert catch_up_heading(1, 2, is_channel=True) == "The best 1 of the 2 papers this channel missed"


def test_the_look_back_is_complete_in_words() -> None:
    """Who hears the message hears the week's figures, each near miss with its reason, and what is talked about."""
    text = APPROVED["roll-up"]().text
    assert text.startswith("Your week, 16 to 22 March.\nPapers by day. In all 721 came in, 6 sent, 3 liked or saved.")
    assert "Vox Minima 2: Speech Recognition from Thirty Minutes of Audio. Closer than 95 % of papers" in text
    assert "Talked about most: Vox Minima 8" in text
    plain = roll_up_message(date(2026, 1, 2), NEAR[:1], chart=("no file of Slack", "chart"), days=DAYS)
    assert "721 papers came in, 6 were sent, 3 liked or saved." in plain.text
    assert not any(block["type"] == "image" for block in plain.blocks)
    assert roll_up_message(date(2026, 1, 2)).text.startswith("Your week, 27 December 2025 to 2 January 2026.")
    assert roll_up_message(date(2026, 3, 2)).text.startswith("Your week, 24 February to 2 March.")


def test_a_vote_on_a_near_miss_keeps_it_small() -> None:
    """A changed card in the place of a small one has no abstract either, and says what was learnt."""
    shown = APPROVED["roll-up"]().blocks
    changed = with_card(
        shown, told(1).paper.id, card(replace(told(1), said="Learnt: more", said_name="speech", turn=1))
    )
    assert changed is not None
    assert problems(changed) == []
    assert len(changed) == len(shown) + 1
    assert "Learnt: more" in " ".join(spoken(changed))
    assert "We study how little audio" not in str(changed)
