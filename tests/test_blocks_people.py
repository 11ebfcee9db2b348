"""App Home, modals and lists as Slack gets them: within its limits, as they were approved, and read back strictly.

``tests/data/blocks/*.json`` hold approved surfaces; ``PAPERBOT_APPROVE=1`` in the environment writes them anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.acts import Field, Message
from bot.blocks import (
    Asked,
    Card,
    CommandHelp,
    HomePage,
    InterestForm,
    InterestRef,
    InterestRow,
    Preview,
    QuietDays,
    SettingsForm,
    abstract_modal,
    asked_blocks,
    asked_message,
    bar_words,
    follow_complaints,
    follow_lines,
    follow_modal,
    help_message,
    home_view,
    interest_block_id,
    interest_modal,
    interests_message,
    loading_modal,
    message_modal,
    parse_card_id,
    parse_interest_id,
    parse_interest_private,
    read_interest,
    read_settings,
    search_modal,
    settings_modal,
    status_message,
    subscription_words,
    weekday_words,
    welcome_message,
    why_message,
)
from bot.models import Cadence, Closeness, Interest, InterestKind, Paper, QueueDepth, Subscription, Taste, UserId, Via
from bot.settings import ScheduleSettings
from tests.block_limits import live, problems, spoken
from tests.fakes import paper
from tests.test_blocks_text import hostile

GOLDEN = Path(__file__).parent / "data" / "blocks"
NOON = datetime(2026, 3, 23, 12, tzinfo=UTC)
ABSTRACT = (
    "A tide gauge hears the sea, and much else. We take the harbour's own noise away with a model of its ships, and "
    "read storm surges an hour earlier than before. All recordings are open."
)
NEAR = Closeness(0.43, 14, 507, 0.97244)
READER = UserId("T1", "U1")


@dataclass(frozen=True)
class Source:
    """One source as the status tells of it."""

    name: str = "inbox"
    last_success: datetime | None = NOON
    freshness: str = "newest paper of 20 March"
    next_run: datetime | None = NOON
    failure: str | None = None
    fault: str | None = None
    kind: str = "folder"


@dataclass(frozen=True)
class Page:
    """A status."""

    sources: tuple[Source, ...] = (Source(), Source("feeds", None, "", None, "The folder cannot be read."))
    papers: int = 507
    readers: int = 12
    last_sent: datetime | None = NOON
    waiting: int = 2
    held: str = ""
    is_full: bool = False
    version: str = "0.1.0"
    is_awake: bool = True
    last_slot: str = "Your last digest: today, 3 papers."
    queue: QueueDepth | None = None


@dataclass(frozen=True)
class Why:
    """An answer to why."""

    paper: Paper
    interest: Interest | None = None
    bar: float = 0.98
    closeness: Closeness | None = NEAR
    sent_at: datetime | None = None
    words: str = "It was not sent: it stayed below your bar."
    passage: str = ""
    marked: tuple[str, ...] = ()
    colleagues: int = 0
    in_meaning: float | None = None
    in_words: float | None = None


def gauge(place: int = 0, **fields: Any) -> Paper:
    """An invented paper."""
    known: dict[str, Any] = {
        "arxiv_id": f"2603.{place:05d}",
        "authors": ("Ada Quill", "Bo Tamm"),
        "listed": (NOON.date(),),
    }
    return paper(f"p{place:015x}", f"Listening to Tide Gauges, Part {place}", ABSTRACT, **{**known, **fields})


def interest(place: int = 0, name: str = "storm surges", **fields: Any) -> Interest:
    """An invented interest."""
    return Interest(f"i{place:09x}", name, fields.pop("kind", InterestKind.PHRASE), name, **fields)


ROWS = (
    InterestRow(interest(0), 3),
    InterestRow(interest(1, "harbour noise", weight=2.0), 1),
    InterestRow(interest(2, "Listening to Tide", kind=InterestKind.LEARNT, learnt_from=("p1", "p2"))),
    InterestRow(interest(3, "Ada Quill", kind=InterestKind.AUTHOR), 1),
    InterestRow(interest(4, "cs.SD", kind=InterestKind.CATEGORY, muted=True)),
    InterestRow(interest(5, "whale song", weight=-1.0)),
)
FORM = SettingsForm(None, 5, Cadence.DAILY, 9, (0, 1, 2, 3, 4), "Europe/Berlin", time(20), time(8))
PREVIEW = [Preview(gauge(place), "closer than 99.4 % of papers") for place in range(3)]
COMMANDS = [
    CommandHelp("follow", '<phrase | link | "title">', "hear of new papers like this"),
    CommandHelp("resume", "", "end the pause"),
]
PAGE = HomePage(
    interests=ROWS,
    picks=[Card(gauge(1), why="Because you follow “storm surges”", interest_id=ROWS[0].interest.id, colleagues=3)],
    saved=[Card(gauge(2), saved=True)],
    saved_count=7,
    subscription="Papers come at once, at most 5 at a time (bar: balanced).",
    status="507 papers stored.",
    last_slot="Your last digest: nothing above your bar today. The best was “Tides”, closer than 97.1 % of papers.",
    quiet=QuietDays(NOON.date()),
)
NEW = HomePage(votes=[Card(gauge(place), turn=1) for place in range(5)], status="507 papers stored.")


def as_json(shown: Any) -> Any:
    """A surface as it is approved."""
    if isinstance(shown, Message):
        return {"text": shown.text, "blocks": list(shown.blocks), "thread": [as_json(one) for one in shown.thread]}
    return shown


APPROVED: Mapping[str, Callable[[], Any]] = {
    # Cards are approved on their own.
    "home": lambda: home_view(replace(PAGE, picks=())),
    "home-new": lambda: home_view(NEW),
    "settings": lambda: settings_modal(FORM),
    "settings-email": lambda: settings_modal(
        replace(FORM, via=Via.BOTH, asked_address="ada@example.org", trending=False)
    ),
    "settings-mailed": lambda: settings_modal(replace(FORM, via=Via.EMAIL, address="ada@example.org", trending=True)),
    "email": lambda: asked_message(Asked(["ada@example.org"], "0123456789ab")),
    "email-channel": lambda: asked_message(
        Asked(["lab@example.org", "b_c@example.org"], "0123456789ab", ["old@example.org"], is_channel=True)
    ),
    "home-asked": lambda: home_view(
        HomePage(
            asked=asked_blocks(Asked(["ada@example.org"], "0123456789ab", is_both=True)),
            trending=True,
            status="507 papers stored.",
        )
    ),
    "settings-learnt": lambda: settings_modal(replace(FORM, learns=True, learnt_bar=0.984, host_bar=0.98)),
    "settings-channel": lambda: settings_modal(replace(FORM, bar=0.97, cap=25, cadence=Cadence.WEEKLY, channel="C01")),
    "follow": lambda: follow_modal("storm surges", PREVIEW),
    "interest": lambda: interest_modal(ROWS[1].interest, PREVIEW, 1),
    "find": lambda: search_modal("surges"),
    "abstract": lambda: abstract_modal(gauge()),
    "interests": lambda: interests_message(ROWS),
    "interests-none": lambda: interests_message([], True),
    "status": lambda: status_message(Page()),
    "status-host": lambda: status_message(
        Page(
            (replace(Source(), fault="The source inbox has been stale since 18 March 2026: nothing came after it."),),
            queue=QueueDepth(queued=12, parked=3, taken=1, dead=2, oldest=330.0),
            last_slot="Your last digest: no papers today.",
        )
    ),
    "status-held": lambda: status_message(
        Page(
            (Source(),),
            held="On holiday until Friday, 27 March 2026; the next digest is due on Monday, 30 March 2026 at 9:00.",
            is_full=True,
        )
    ),
    "why": lambda: why_message(
        Why(
            gauge(),
            ROWS[0].interest,
            passage="It hears ships as well, and storm surges.",
            marked=("storm", "surges"),
            colleagues=2,
            in_meaning=2.4,
            in_words=0.6,
        )
    ),
    "help": lambda: help_message(COMMANDS, "/papers"),
    "welcome": welcome_message,
}


def surface(shown: Any) -> tuple[list[Any], str]:
    """The blocks of a view or a message, and where they stand."""
    return (list(shown.blocks), "message") if isinstance(shown, Message) else (shown["blocks"], shown["type"])


@pytest.mark.parametrize("name", APPROVED)
def test_what_slack_gets_is_what_was_approved(name: str) -> None:
    """Each surface is exactly the approved one, and Slack takes it."""
    made, file = APPROVED[name](), GOLDEN / f"{name}.json"
    if os.environ.get("PAPERBOT_APPROVE"):
        file.write_text(json.dumps(as_json(made), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(json.dumps(as_json(made))) == json.loads(file.read_text(encoding="utf-8"))
    assert problems(*surface(made)) == []


@settings(max_examples=50, deadline=None)
@given(hostile, hostile, st.integers(1, 400))
@example("&", "&", 400)
@example("&", "<!channel>", 400)
@example("\u202e", "`", 1)
def test_nothing_that_anybody_wrote_acts(text: str, other: str, times: int) -> None:
    """Hostile titles, names and words leave no live control sequence on any surface, and Slack takes every one."""
    wild = gauge(1, arxiv_id=None, authors=(text,), organisations=(other,))
    wild = replace(wild, title=text * times, abstract=other * times)
    followed = interest(1, text * times)
    row, card = InterestRow(followed, 1), Card(wild, why=text, said=other or None, said_name=text, taste=Taste.MORE)
    made: list[Any] = [
        home_view(HomePage([row], [card], [card], [card], other * times, text * times)),
        home_view(HomePage(votes=[card])),
        home_view(HomePage([row], last_slot=text * times, quiet=QuietDays(NOON.date()))),
        follow_modal(text * times, [Preview(wild, other * times)]),
        follow_modal(text, problem=other * times),
        interest_modal(followed, [Preview(wild, other)], 2, channel="C012"),
        search_modal(text * times),
        abstract_modal(wild),
        loading_modal(text or "x", other),
        message_modal(text or "x", interests_message([row])),
        interests_message([row, InterestRow(interest(2, other))]),
        status_message(Page((Source(text, NOON, other * times, NOON, text * times),), version=text)),
        status_message(Page((Source(text, fault=other * times),), last_slot=text * times, held=other * times)),
        why_message(
            Why(wild, followed, words=other * times, passage=wild.abstract or "", marked=(other, "a"), in_words=1.0)
        ),
        help_message([CommandHelp(text or "x", other, text), *COMMANDS], "/papers"),
    ]
    for shown in made:
        blocks, where = surface(shown)
        assert problems(blocks, where) == []
        texts = [*spoken(blocks), *([shown.text] if isinstance(shown, Message) else [])]
        assert [live(one) for one in texts if live(one)] == []


def test_home_holds_whatever_the_sizes() -> None:
    """A hundred interests, twenty papers of each part: at most 100 blocks, the controls first, the last words last."""
    rows = [InterestRow(interest(place, f"thing {place}"), place) for place in range(100)]
    cards = [Card(gauge(place), why="because", interest_id=interest().id, said="Learnt") for place in range(20)]
    for votes in ([], [replace(one, taste=Taste.LESS) for one in cards]):
        view = home_view(HomePage(rows, cards, cards, votes, "At once.", "Fine.", saved_count=40))
        assert problems(view["blocks"], "home") == []
        assert view["blocks"][0]["elements"][0]["action_id"] == "home_follow"
        assert view["blocks"][-1]["elements"][0]["text"] == "Fine."
        assert "private_metadata" not in view


def test_a_new_person_meets_three_ways_to_begin() -> None:
    """Nothing followed yet: the button that takes a phrase or links, the settings, and papers to vote on."""
    view = home_view(NEW)
    pressed = [
        element["action_id"]
        for block in view["blocks"]
        for element in block.get("elements", [])
        if "action_id" in element
    ]
    assert pressed[:2] == ["home_follow", "home_settings"]
    assert pressed[2:] == ["more_like_this", "not_for_me"] * 5


def test_a_vote_on_home_can_be_taken_back() -> None:
    """What was voted on says what was learnt, with Undo; the block's id names the paper."""
    voted = Card(gauge(3), taste=Taste.MORE, said="Learnt: more", said_name="tide gauges", turn=2)
    blocks = home_view(replace(NEW, votes=[voted]))["blocks"]
    [undo] = [block for block in blocks if block.get("block_id", "").endswith(":-:2")]
    assert [one["action_id"] for one in undo["elements"]] == ["undo"]
    assert (known := parse_card_id(undo["block_id"])) is not None
    assert known.paper_id == voted.paper.id
    assert "Learnt: more _tide gauges_" in " ".join(spoken(blocks))


def test_a_paper_in_two_parts_of_home_has_two_ids() -> None:
    """A paper that is voted on, picked and saved is there without a block_id twice."""
    one = Card(gauge(1), why="because", saved=True)
    view = home_view(HomePage(ROWS, [one], [one], [one]))
    assert problems(view["blocks"], "home") == []


def test_a_long_list_of_interests_goes_on_in_the_thread() -> None:
    """A hundred interests fill three messages, each row once and with its menu; the text counts what it leaves out."""
    rows = [InterestRow(interest(place, f"a rather long name of something {place}"), 1) for place in range(100)]
    message = interests_message(rows)
    parts = [message, *message.thread]
    assert [problems(one.blocks) for one in parts] == [[], [], []]
    ids = [block["block_id"] for one in parts for block in one.blocks if "accessory" in block]
    assert ids == [interest_block_id(row.interest.id) for row in rows]
    assert all(len(one.text) < 4_000 for one in parts)
    assert message.text.startswith(
        "You follow 100 things: a rather long name of something 0 (phrase, normal weight, 1 paper last week)"
    )


def test_the_menu_of_an_interest_fits_its_state() -> None:
    """A muted interest can be unmuted, any other muted; a channel's row says that it is a channel's."""
    for row, verb in ((ROWS[0], "mute"), (ROWS[4], "unmute")):
        [block] = [one for one in interests_message([row], True).blocks if "accessory" in one]
        values = [option["value"] for option in block["accessory"]["options"]]
        assert values == ["try_it", "rename", verb, "remove"]
        assert parse_interest_id(block["block_id"]) == InterestRef(row.interest.id, is_channel=True)


@pytest.mark.parametrize(
    "block_id", ["", "interest:", "interest:i12", "interest:i000000001:C1", "paper:p1:-:0", "interest:I000000001"]
)
def test_another_block_id_is_no_interest(block_id: str) -> None:
    """Only what we made is read back."""
    assert parse_interest_id(block_id) is None


def test_the_editor_knows_which_interest_and_which_channel() -> None:
    """What stands in private_metadata is read back; anything else is nothing."""
    assert parse_interest_private(interest_modal(interest(7)).get("private_metadata", "")) == (interest(7).id, "")
    assert parse_interest_private(interest_modal(interest(7), channel="C012AB")["private_metadata"]) == (
        interest(7).id,
        "C012AB",
    )
    assert parse_interest_private("i000000007 C012 U1") == ("", "")


def state(view: Mapping[str, Any]) -> dict[str, Field]:
    """What Slack would send if the form were submitted as it was opened."""
    fields: dict[str, Field] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        assert block["block_id"] == element["action_id"]
        match element["type"]:
            case "static_select" | "radio_buttons":
                value: Field = element["initial_option"]["value"]
            case "multi_static_select" | "checkboxes":
                value = tuple(option["value"] for option in element.get("initial_options", []))
            case "timepicker":
                value = element.get("initial_time")
            case "datepicker":
                value = element.get("initial_date")
            case _:
                value = element.get("initial_value")
        fields[element["action_id"]] = value
    return fields


FORMS = st.builds(
    SettingsForm,
    bar=st.sampled_from([None, 0.995, 0.95, 0.97, 0.98, 0.9999, 0.5]),
    cap=st.integers(1, 1_000),
    cadence=st.sampled_from(Cadence),
    hour=st.integers(0, 23),
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    zone=st.sampled_from(["Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata"]),
    holiday_until=st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    counted=st.booleans(),
    shows_colleagues=st.booleans(),
    roll_up=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(FORMS, st.booleans(), st.booleans())
def test_settings_sent_as_they_were_opened_are_the_same(form: SettingsForm, quiet: bool, is_channel: bool) -> None:
    """Whatever the settings are, the form shows them, and sending it unchanged changes nothing."""
    form = replace(form, quiet_from=time(22, 30) if quiet else None, quiet_to=time(7) if quiet else None)
    view = settings_modal(replace(form, channel="C012") if is_channel else form)
    assert problems(view["blocks"], "modal") == []
    assert view.get("private_metadata", "") == ("C012" if is_channel else "")
    assert read_settings(state(view)) == (replace(form, counted=True) if is_channel else form, {})


SENT = state(settings_modal(FORM))


@pytest.mark.parametrize(
    ("changed", "complains"),
    [
        ({"zone": "Mars/Olympus"}, {"zone"}),
        ({"zone": None}, {"zone"}),
        ({"zone": "../../etc/passwd"}, {"zone"}),
        ({"quiet_from": None}, {"quiet_from"}),
        ({"quiet_to": None}, {"quiet_to"}),
        ({"quiet_from": "08:00"}, {"quiet_to"}),
        ({"quiet_from": "25:00"}, {"quiet_from"}),
        ({"weekdays": ()}, {"weekdays"}),
        ({"weekdays": ("noday",)}, {"weekdays"}),
        ({"cap": "0"}, {"cap"}),
        ({"cap": "²"}, {"cap"}),
        ({"hour": "24"}, {"hour"}),
        ({"bar": "0.2"}, {"bar"}),
        ({"bar": "nan"}, {"bar"}),
        ({"cadence": "hourly"}, {"cadence"}),
        ({"holiday_until": "2026-02-30"}, {"holiday_until"}),
        ({"bar": None, "cap": None, "hour": None, "cadence": None}, {"bar", "cap", "hour", "cadence"}),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(changed: dict[str, Field], complains: set[str]) -> None:
    """A wrong field is named by its block, in a sentence; nothing is taken."""
    form, complaints = read_settings({**SENT, **changed})
    assert form is None
    assert set(complaints) == complains
    assert all(sentence.endswith((".", "?")) for sentence in complaints.values())


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe/berlin ", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_may_be_typed_as_people_do(typed: str, zone: str) -> None:
    """A city is enough, in any case."""
    form, _ = read_settings({**SENT, "zone": typed})
    assert form is not None
    assert form.zone == zone


@pytest.mark.parametrize(
    ("bar", "learns", "label"),
    [
        (None, True, "Learnt from votes: 98.4 %"),
        (None, False, "Balanced"),
        (0.995, False, "Only the very best"),
        (0.972, False, "As it is: 97.2 %"),
    ],
)
def test_a_bar_may_follow_votes(bar: float | None, learns: bool, label: str) -> None:
    """The window says where it stands then; whatever is chosen comes back as it was chosen."""
    view = settings_modal(replace(FORM, bar=bar, learns=learns, learnt_bar=0.984, host_bar=0.98))
    assert view["blocks"][0]["element"]["initial_option"]["text"]["text"] == label
    assert ("Learnt from your votes: closer than 98.4 % of papers." in str(view)) == learns
    unmoved = str(settings_modal(replace(FORM, bar=bar, learns=learns, learnt_bar=0.98, host_bar=0.98)))
    assert ("Not moved by votes so far: closer than 98 % of papers." in unmoved) == learns
    assert "Learnt from your votes" not in unmoved
    form, _ = read_settings(state(view))
    assert form is not None
    assert (form.bar, form.learns) == (bar, learns)
    learnt, _ = read_settings({**SENT, "bar": "learnt"})
    assert learnt is not None
    assert (learnt.bar, learnt.learns) == (None, True)


def test_what_fades_says_so() -> None:
    """An interest that no vote taught for long stands there with since when."""
    quiet = InterestRow(interest(2, "Tides", kind=InterestKind.LEARNT, learnt_from=("p1",)), quiet="quiet since March")
    assert "learnt from 1 vote, normal weight, nothing last week, quiet since March" in interests_message([quiet]).text


def test_a_mistyped_zone_is_guessed() -> None:
    """The nearest known one is offered."""
    assert read_settings({**SENT, "zone": "Europe/Berln"})[1] == {
        "zone": "There is no such time zone: did you mean Europe/Berlin?"
    }


def test_a_holiday_may_be_over() -> None:
    """A day that has gone by is what the form still shows: no complaint."""
    form, complaints = read_settings({**SENT, "holiday_until": "2020-01-01"})
    assert complaints == {}
    assert form is not None
    assert form.holiday_until == date(2020, 1, 1)


@given(st.dictionaries(st.sampled_from(sorted(SENT)), st.none() | hostile | st.lists(hostile).map(tuple)))
def test_any_fields_are_read_without_harm(changed: dict[str, Field]) -> None:
    """Whatever is sent, it is settings or complaints about fields that there are."""
    form, complaints = read_settings({**SENT, **changed})
    assert (form is None) == bool(complaints)
    assert set(complaints) <= set(SENT)
    assert set(read_interest(changed)[1]) <= {"name", "weight", "direction"}
    assert set(follow_complaints(changed)) <= {"phrase", "links"}


def test_an_interest_sent_as_it_was_opened_is_the_same() -> None:
    """Name and weight come back, also a weight that has no name, also less of it."""
    for weight in (1.0, 0.5, 2.0, -1.0, 1.7, -0.1, 10.0):
        known = interest(1, "harbour noise", weight=weight)
        assert read_interest(state(interest_modal(known))) == (InterestForm("harbour noise", weight), {})


def test_an_interest_needs_a_name_of_some_length() -> None:
    """Blank and over-long names, and choices that were never offered, are complained about."""
    sent = state(interest_modal(interest()))
    assert set(read_interest({**sent, "name": " \u200b "})[1]) == {"name"}
    assert set(read_interest({**sent, "name": "x" * 61})[1]) == {"name"}
    assert set(read_interest({**sent, "weight": "inf", "direction": "both"})[1]) == {"weight", "direction"}


def test_several_links_are_followed_line_by_line() -> None:
    """The phrase first, then each line once, with blanks folded and Slack's marks around links taken away."""
    fields: dict[str, Field] = {
        "phrase": "storm  surges",
        "links": "<https://arxiv.org/abs/2603.00001|arxiv.org>\n\n storm surges \nhttps://huggingface.co/papers/2603.00002",
    }
    assert follow_lines(fields) == (
        "storm surges",
        "https://arxiv.org/abs/2603.00001",
        "https://huggingface.co/papers/2603.00002",
    )
    assert follow_complaints(fields) == {}


def test_several_links_in_one_line_are_several() -> None:
    """A line of nothing but links and ids is as many lines; a link among other words stays where it is."""
    links = "https://huggingface.co/papers/2603.00001 <https://arxiv.org/abs/2603.00002|arxiv.org> 2603.00003"
    assert follow_lines({"links": links}) == (
        "https://huggingface.co/papers/2603.00001",
        "https://arxiv.org/abs/2603.00002",
        "2603.00003",
    )
    assert follow_lines({"links": "seen at https://arxiv.org/abs/2603.00002"}) == (
        "seen at https://arxiv.org/abs/2603.00002",
    )
    assert follow_lines({"links": " \n"}) == ()


@pytest.mark.parametrize(
    ("fields", "complains"),
    [
        ({}, "phrase"),
        ({"phrase": " ", "links": "\n \n"}, "phrase"),
        ({"phrase": "x" * 301}, "phrase"),
        ({"links": "y" * 301}, "links"),
        ({"phrase": "tides", "links": "https://example.org/a https://arxiv.org/abs/2603.00001"}, "links"),
        ({"phrase": "https://example.org/a"}, "phrase"),
        ({"links": "\n".join(f"thing {number}" for number in range(21))}, "links"),
    ],
)
def test_nothing_or_too_much_to_follow_is_said(fields: dict[str, Field], complains: str) -> None:
    """Nothing at all, over-long phrases and too many lines are complained about beside their field."""
    assert list(follow_complaints(fields)) == [complains]


def test_the_follow_modal_answers_while_one_types() -> None:
    """Enter and the button act as ``phrase``; inputs keep their ids, so that an update keeps what was typed."""
    fresh, shown = follow_modal(), follow_modal("storm surges", PREVIEW)
    inputs = [[block["block_id"] for block in view["blocks"] if block["type"] == "input"] for view in (fresh, shown)]
    assert inputs == [["phrase", "links", "library"]] * 2
    assert fresh["blocks"][0]["dispatch_action"] is True
    assert [block["elements"][0]["action_id"] for block in fresh["blocks"] if block["type"] == "actions"] == ["phrase"]


def test_a_long_abstract_is_shown_whole() -> None:
    """Every paragraph, in sections that Slack takes; where only a model's summary is known, it is called that."""
    long = "\n\n".join("word " * 900 for _ in range(3))
    blocks = abstract_modal(replace(gauge(), abstract=long))["blocks"]
    texts = [
        block["text"]["text"]
        for block in blocks
        if block["type"] == "section" and block["text"]["type"] == "plain_text"
    ]
    assert " ".join(texts).split() == long.split()
    summary = abstract_modal(replace(gauge(), abstract=None, ai_summary="Short."))["blocks"]
    assert "a model wrote this summary" in json.dumps(summary)
    assert "No abstract is known" in json.dumps(abstract_modal(replace(gauge(), abstract=None))["blocks"])


def test_a_message_in_a_modal_keeps_its_buttons() -> None:
    """The blocks of a message and of its thread, each id once, never over a hundred."""
    rows = [InterestRow(interest(place, f"thing {place}")) for place in range(130)]
    view = message_modal("A title that is far too long", interests_message(rows))
    assert len(view["blocks"]) == 100
    assert problems(view["blocks"], "modal") == []
    assert len(view["title"]["text"]) <= 24


def test_times_are_told_on_the_readers_clock() -> None:
    """In blocks Slack shows them in the reader's zone; in the text they say UTC."""
    message = status_message(Page())
    assert f"<!date^{int(NOON.timestamp())}^" in " ".join(spoken(message.blocks))
    assert "23 Mar 2026, 12:00 UTC" in message.text
    assert "<" not in message.text


def test_why_tells_bar_nearest_interest_and_what_the_score_was_made_of() -> None:
    """The share is rounded down, so that it never seems to pass a bar that it does not pass."""
    near = Closeness(0.43, 11, 507, 0.97999)
    message = why_message(Why(gauge(), interest(), closeness=near, in_meaning=2.1, in_words=0.7, colleagues=3))
    assert message.text.endswith(
        "Nearest: “storm surges”, closer than 97.99 % of 507 papers, your bar 98 %, "
        "the score is 75 % meaning, 25 % words, 3 colleagues saved it"
    )
    fact = why_message(Why(gauge(), interest(1, "Ada Quill", kind=InterestKind.AUTHOR), in_meaning=1.0))
    assert "meaning" not in fact.text
    below = why_message(Why(gauge(), interest(), in_meaning=-1.0, in_words=-0.1, colleagues=1))
    assert "meaning" not in below.text
    assert "colleague" not in below.text


def test_why_tells_one_figure_of_closeness_and_no_composition_of_one_part() -> None:
    """What the answer says in words is not said again, and a score that is all meaning has no parts."""
    said = "It was not sent: to “storm surges” it is closer than 97.83 % of papers, and your bar is 98 %."
    message = why_message(Why(gauge(), interest(), words=said, in_meaning=2.1, in_words=0.001))
    assert message.text.count("closer than") == 1
    assert "meaning" not in message.text
    assert message.text.endswith("Nearest: “storm surges”, your bar 98 %")


def test_help_of_one_command_tells_what_follows_it() -> None:
    """All commands with what they do; one alone with its whole usage."""
    assert '`/papers follow &lt;phrase | link | "title"&gt;`' in " ".join(
        spoken(help_message(COMMANDS[:1], "/papers").blocks)
    )
    every = help_message(COMMANDS, "/papers").text
    assert "follow: hear of new papers like this\nresume: end the pause" in every


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((0, 1, 2, 3, 4), "on weekdays"),
        (tuple(range(7)), "every day"),
        ((6,), "on Sundays"),
        ((0, 2, 4), "on Mon, Wed and Fri"),
    ],
)
def test_days_in_words(days: tuple[int, ...], words: str) -> None:
    """Days are said as people say them."""
    assert weekday_words(days) == words


def test_a_subscription_in_words() -> None:
    """How often, how many, how close; and what keeps messages back."""
    host, chosen = ScheduleSettings(), Subscription(READER)
    assert (
        subscription_words(chosen, host, bar=None, cap=5) == "Papers come at once, at most 5 at a time (bar: balanced)."
    )
    assert (
        subscription_words(chosen, host, bar=0.995, cap=1, is_channel=True)
        == "A digest of at most 1 paper comes on weekdays at 9:00 (UTC) (bar: only the very best)."
    )
    assert subscription_words(chosen, host, bar=None, learnt=0.984, cap=5).endswith(
        "(bar: closer than 98.4 % of papers, learnt from your votes)."
    )
    busy = replace(
        chosen,
        cadence=Cadence.WEEKLY,
        weekdays=(4,),
        zone="Asia/Tokyo",
        hour=18,
        quiet_from=time(20),
        quiet_to=time(7, 30),
        paused=True,
        paused_until=date(2026, 4, 1),
        holiday_until=date(2026, 5, 3),
    )
    assert subscription_words(busy, host, bar=0.97, cap=5) == (
        "A digest of at most 5 papers comes on Fridays at 18:00 (Asia/Tokyo) (bar: closer than 97 % of papers). "
        "Quiet from 20:00 to 07:30. Paused until Wednesday, 1 April 2026. On holiday until Sunday, 3 May 2026."
    )
    assert bar_words(0.95) == "everything close"
