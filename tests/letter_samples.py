"""Invented letters of every kind, for tests and for whoever wants to look at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.blocks import Card
from bot.letters import Frame, Letter, digest, quiet, roll_up, trending
from bot.models import Count, DayCount, Format, Near, Origin, Paper, UserId
from bot.trending import counted
from tests.fakes import paper

TODAY = date(2026, 3, 18)
ORIGIN = Origin(Format.JSON, "page.json", "0" * 64, TODAY, TODAY)
FRAME = Frame(
    UserId("T1", "UAMARA"),
    "amara@example.org",
    "Paperbot <papers@example.org>",
    TODAY,
    unsubscribe="https://papers.example.org/mail/" + "Zx3-_kQ9" * 5 + "abc",
)
OF_CHANNEL = replace(FRAME, reader=UserId("T1", "CSPEECH"), to="lab@example.org", channel_name="speech-lab")


def known(number: int, title: str, abstract: str, **fields: Any) -> Paper:
    """A paper of which much is known."""
    given: dict[str, Any] = {
        "arxiv_id": f"2603.{number:05d}",
        "authors": ("Ada Quill", "Bo Tamm", "Cy Larch", "Di Fenn")[: number % 4 + 1],
        "published_at": datetime(2026, 3, 17, tzinfo=UTC),
        "upvotes": (Count(41 - 7 * number, ORIGIN),),
        "comments": (Count(number, ORIGIN),),
    }
    return paper(f"p{number:015x}", title, abstract, **{**given, **fields})


VOX = known(
    1,
    "Vox Minima: Speech Recognition from Thirty Minutes of Audio",
    "We study how little audio a recogniser needs. Thirty minutes, chosen well, do what thirty hours did for rare "
    "languages. We release the rule and all recordings.",
    organisations=("Institute for Small Voices",),
    code_url="https://example.org/vox-minima",
    project_url="https://example.org/vox",
)
LISTENING = known(
    2,
    "Listening Twice: Self-Correcting Transcripts for Low-Resource Languages Without a Second Model",
    "A transcript is read back by the model that wrote it. Where both readings differ, a third of all errors hide.",
)
KELP = known(
    3,
    "Counting Kelp from the Air",
    "Kelp forests change within weeks. We count fronds in drone images with a detector that was trained on no kelp.",
    code_url="https://example.org/kelp",
)
UNKNOWN = paper("p9", "A Paper of Which Only the Title Is Known", None)

CARDS = (
    Card(
        VOX,
        why="closer to “speech recognition for small languages” than 99.4 % of papers",
        passage="Thirty minutes, chosen well, do what thirty hours did for rare languages.",
        marked=("rare", "languages"),
        colleagues=3,
        saved=True,
    ),
    Card(LISTENING, why="closer to “low-resource languages” than 98.7 % of papers"),
    Card(UNKNOWN, why="near “speech recognition for small languages”"),
    Card(
        KELP,
        why="a little outside “speech recognition for small languages”",
        passage="We count fronds in drone images with a detector that was trained on no kelp.",
        marked=("detector", "trained"),
        exploring=True,
    ),
)
WEEK = tuple(
    DayCount(TODAY - timedelta(days=7 - place), seen, sent, liked)
    for place, (seen, sent, liked) in enumerate(
        [(84, 3, 1), (112, 5, 2), (97, 2, 0), (0, 0, 0), (6, 0, 1), (91, 4, 1), (103, 3, 0)]
    )
)
NEAR = ((LISTENING, Near(LISTENING.id, 0.971, "speech")), (KELP, Near(KELP.id, 0.9532, "field biology")))

LETTERS: Mapping[str, Letter] = {
    "digest": digest(
        FRAME,
        "3 papers for you, and something different",
        CARDS,
        notes=("The source “daily-papers” answered late, so yesterday's papers are among these.",),
        with_code=(replace(LISTENING, code_url="https://example.org/listening"),),
    ),
    "channel": digest(OF_CHANNEL, "2 papers for this channel", (replace(CARDS[0], saved=False), CARDS[1]), left_out=4),
    "one": digest(replace(FRAME, unsubscribe=None), "1 paper for you", CARDS[:1]),
    "code": digest(FRAME, "Code for a paper you saved", (), with_code=(VOX,)),
    "quiet": quiet(FRAME, TODAY, NEAR[0]),
    "stale": quiet(FRAME, TODAY, None, ("The source “daily-papers” has brought nothing since Monday, 16 March.",)),
    "roll_up": roll_up(
        FRAME,
        TODAY,
        NEAR,
        (VOX, KELP, UNKNOWN),
        ("“speech recognition for small languages” moved towards 3 papers you wanted more of.", "Less like “kelp”, after a paper that was not for you."),
        days=WEEK,
        silence_notes=("Saturday and Sunday brought nothing, as weekends do.",),
    ),
    "trending": trending(
        FRAME,
        (VOX, LISTENING, KELP, UNKNOWN),
        {one.id: counted(one) for one in (VOX, LISTENING, KELP, UNKNOWN)},
    ),
}  # fmt: skip
