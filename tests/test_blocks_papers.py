"""Cards, digests and answers as Slack gets them: within its limits, complete in words, and as they were approved.

``tests/data/blocks/*.json`` hold approved messages; ``PAPERBOT_APPROVE=1`` in the environment writes them anew.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.acts import Message
from bot.blocks import (
    Button,
    Card,
    Paging,
    card,
    card_id,
    card_text,
    digest_message,
    offer_message,
    papers_in,
    papers_message,
    parse_card_id,
    said_text,
    sentence_message,
    unfurl_blocks,
    with_card,
)
from bot.models import Count, Format, Origin, Paper, Taste
from tests.block_limits import live, problems, spoken
from tests.fakes import paper
from tests.test_blocks_text import hostile

GOLDEN = Path(__file__).parent / "data" / "blocks"
ORIGIN = Origin(Format.JSON, "page.json", "0" * 64, date(2026, 3, 2), date(2026, 3, 2))


FIRST = "We study how little audio a recogniser needs."
SECOND = "Thirty minutes, chosen well, do what thirty hours did."


def told(place: int = 0, **fields: Any) -> Card:
    """An invented card of which everything is known."""
    one = paper(
        f"p{place:015x}",
        f"Vox Minima {place}: Speech Recognition from Thirty Minutes of Audio",
        "We study how little audio a recogniser needs. Thirty minutes, chosen well, do what thirty hours did. We release "
        "the rule and all recordings, together with a second study of accents that nobody had asked for until now.",
        arxiv_id=f"2603.{place:05d}",
        authors=("Ada Quill", "Bo Tamm", "Cy Larch", "Di Fenn")[: place % 4 + 1],
        published_at=datetime(2026, 3, 2, tzinfo=UTC),
        comments=(Count(3, ORIGIN),),
        upvotes=(Count(41, ORIGIN),),
        organisations=("Halyard Lab",),
        code_url="https://github.com/halyard/vox",
    )
    shown = Card(one, why="Because you follow “speech”: closer than 99.5 % of papers", interest_id="i0123456789"[:10])
    return replace(shown, **fields)


def messages(message: Message) -> list[Message]:
    """A message with everything in its thread."""
    return [message, *(one for after in message.thread for one in messages(after))]


def as_json(message: Message) -> dict[str, Any]:
    """A message as it is approved."""
    thread = [as_json(one) for one in message.thread]
    return {"text": message.text, "blocks": list(message.blocks), **({"thread": thread} if thread else {})}


APPROVED = {
    "digest": lambda: digest_message(
        "3 papers for you",
        [
            told(0, colleagues=3),
            told(1, saved=True),
            told(2, taste=Taste.MORE, said="Learnt: more", said_name="voices"),
        ],
        most=2,
        left_out=4,
    ),
    "digest-passages": lambda: digest_message(
        "1 paper for you, and something different",
        [
            told(
                0,
                passage=SECOND,
                marked=("Thirty minutes", "thirty hours"),
                said="Learnt: more",
                said_name="speech",
                bar=0.975,
            ),
            told(
                1,
                exploring=True,
                why="Nearest to “whales”: closer than 93 % of papers",
                passage=FIRST,
                marked=("audio",),
            ),
        ],
        most=5,
    ),
    "search": lambda: papers_message(
        "Papers for “speech”",
        [told(0, number=1, why="words: speech; close in meaning"), told(3, number=2, why=None, interest_id=None)],
        notes=("1 paper was left out because its date is not known.",),
        paging=Paging('["search",5,"speech"]'),
        shareable=True,
        share_value='["search",0,"speech"]',
    ),
    "unknown-id": lambda: papers_message("Papers", [Card(paper("p" + "a" * 15, "A Title and Nothing Else"))]),
    "offer": lambda: offer_message("2503.1 is not in any dump yet.", [Button("Follow it", "run_command", "follow 1")]),
    "sentence": lambda: sentence_message("Nothing *here* <!channel> is markup."),
    "unfurl": lambda: Message("", unfurl_blocks(told().paper)),
}


@pytest.mark.parametrize("name", APPROVED)
def test_what_slack_gets_is_what_was_approved(name: str) -> None:
    """Each surface is exactly the approved one, and Slack takes it."""
    made, file = APPROVED[name](), GOLDEN / f"{name}.json"
    if os.environ.get("PAPERBOT_APPROVE"):
        file.write_text(json.dumps(as_json(made), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(json.dumps(as_json(made))) == json.loads(file.read_text(encoding="utf-8"))
    assert [problems(one.blocks) for one in messages(made)] == [[]] * len(messages(made))


@settings(max_examples=60, deadline=None)
@given(hostile, hostile, hostile, st.booleans())
def test_no_title_abstract_or_name_acts(title: str, abstract: str, name: str, is_long: bool) -> None:
    """Whatever a dump says, no live control sequence leaves us, and Slack takes every message."""
    long = 3_000 // max(1, len(title)) + 1 if is_long else 1
    wild = paper(
        "p" + "b" * 15, title * long, abstract * long, authors=(name, title), organisations=(name,), code_url=title,
    )  # fmt: skip
    one = Card(
        wild,
        why=f"Because you follow “{name}”",
        interest_id="i123456789",
        passage=abstract if is_long else name,
        marked=(name, title),
        exploring=is_long,
        colleagues=2,
        said=name or None,
        said_name=title,
        bar=0.97,
    )
    made = [
        digest_message(f"1 paper for {name}", [one], most=1, footer=abstract),
        papers_message(f"Papers for “{name}”", [replace(one, number=1, said=None)], notes=(title, abstract)),
        sentence_message(f"{title} {abstract}"),
        offer_message(name, [Button(name or "x", "next", title)]),
        Message("", unfurl_blocks(wild)),
    ]
    for message in made:
        assert problems(message.blocks) == []
        assert [live(text) for text in (message.text, *spoken(message.blocks)) if live(text)] == []
        assert "\n\n" not in message.text


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 45), st.integers(1, 20))
def test_a_digest_of_any_size_fits(count: int, most: int) -> None:
    """At most ``most`` cards stand in the message, the others in its thread, in order, each once, all within limits."""
    made = messages(digest_message(f"{count} papers", [told(number) for number in range(count)], most=most, left_out=3))
    assert [problems(one.blocks) for one in made] == [[]] * len(made)
    assert [one for message in made for one in papers_in(message.blocks)] == [f"p{n:015x}" for n in range(count)]
    assert all(len(papers_in(one.blocks)) <= most for one in made)
    assert all(len(one.text) <= 4_000 for one in made)


def test_what_goes_on_in_the_thread_counts_nothing() -> None:
    """The number in the heading is that of all papers, so the messages below do without it."""
    message = digest_message("3 papers for you", [told(number) for number in range(3)], most=1)
    assert [part.text.partition("\n")[0] for part in message.thread] == ["More papers:"] * 2


def test_the_text_says_it_all() -> None:
    """A screen reader hears the finding first, then title, reason, facts and address of each paper, and no markup."""
    text = digest_message("1 paper for you", [told(1, colleagues=4)], most=5).text
    assert text == (
        "1 paper for you:\n"
        "Vox Minima 1: Speech Recognition from Thirty Minutes of Audio. Because you follow “speech”: closer than 99.5 % of "
        "papers. 4 colleagues saved it. Ada Quill, Bo Tamm, Halyard Lab, 2 Mar 2026, 41 upvotes, 3 comments. "
        "https://huggingface.co/papers/2603.00001"
    )


@pytest.mark.parametrize("sign", ["&", "<", "*", "👩\u200d🔬", "字", "w "])
def test_what_grows_when_it_is_escaped_still_fits(sign: str) -> None:
    """Texts of 3,000 signs, each of which takes up to five characters in Slack, are cut to what Slack takes."""
    flood = sign * 3_000
    wild = paper(
        f"p{0:015x}", flood, flood, authors=(flood,) * 3, organisations=(flood,), code_url=f"https://x.example/{flood}",
    )  # fmt: skip
    one = Card(
        wild,
        why=flood,
        interest_id="i123456789",
        passage=flood,
        marked=(flood, sign),
        exploring=True,
        colleagues=2,
        said=flood,
        said_name=flood,
        bar=0.97,
        number=1,
    )
    made = [
        *messages(digest_message(flood, [one] * 2, most=1, left_out=1, footer=flood)),
        papers_message(flood, [one], notes=(flood, flood), paging=Paging("x"), shareable=True, share_value="x"),
        sentence_message(f"{flood}\n{flood}"),
        offer_message(flood, [Button(flood, "next", "x")]),
        Message("unfurled", unfurl_blocks(wild)),
    ]
    for message in made:
        assert problems(message.blocks) == []
        assert 0 < len(message.text) <= 4_000


def test_what_is_different_leaves_the_places_to_what_was_asked_for() -> None:
    """Where it alone has no room, the message says what is in the thread: no paper for the reader is."""
    made = digest_message("2 papers", [told(0), told(1), told(2, exploring=True)], most=2)
    assert papers_in(made.blocks) == (f"p{0:015x}", f"p{1:015x}")
    assert made.text.endswith("Something different is in the thread.")
    both = digest_message("2 papers", [told(0), told(1), told(2, exploring=True)], most=1)
    assert both.text.endswith("2 more are in the thread.")


def test_one_colleague_is_not_told() -> None:
    """A number of one would tell who it was; it begins with two."""
    assert "colleague" not in card_text(told(colleagues=1))
    assert "2 colleagues saved it" in card_text(told(colleagues=2))


def test_a_card_is_replaced_in_its_message() -> None:
    """The changed card takes the place of the old one, with ids of its own; the others stay as they were."""
    message = digest_message("3 papers", [told(number) for number in range(3)], most=3)
    new = card(told(1, said="Learnt: more", said_name="voices", turn=1))
    changed = with_card(message.blocks, f"p{1:015x}", new)
    assert changed is not None
    assert papers_in(changed) == papers_in(message.blocks)
    assert problems(changed) == []
    old = {block.get("block_id") for block in message.blocks}
    assert not old & {block["block_id"] for block in new}
    assert [block for block in changed if block not in new] == [
        block for block in message.blocks if not str(block.get("block_id")).startswith(f"paper:p{1:015x}:")
    ]
    assert with_card(message.blocks, "p" + "f" * 15, new) is None


def test_a_replaced_card_keeps_its_number_and_its_reason() -> None:
    """Who votes on a search's second answer still sees that it was the second, and why it was found."""
    message = papers_message("Papers", [told(n, number=n + 1, why=f"words: {n}", interest_id=None) for n in range(3)])
    new = card(told(1, why=None, number=None, interest_id=None, colleagues=2, said="Learnt: more", turn=3))
    changed = with_card(message.blocks, f"p{1:015x}", new)
    assert changed is not None
    assert problems(changed) == []
    mine = [block for block in changed if str(block["block_id"]).startswith(f"paper:p{1:015x}:")]
    assert mine[0]["elements"][0]["elements"][0]["text"] == "2. "
    assert mine[1]["elements"][0]["text"] == "Words: 1"
    assert [str(block["block_id"])[-2:] for block in mine] == [":3"] * len(mine)
    again = with_card(changed, f"p{1:015x}", card(told(1, why=None, interest_id=None, turn=4)))
    assert again is not None
    [title] = [block for block in again if str(block["block_id"]).endswith("title:4")]
    assert [element["text"][:3] for element in title["elements"][0]["elements"]] == ["2. ", "Vox"]


def test_a_card_that_was_voted_on_before_offers_to_take_it_back() -> None:
    """Wherever the paper turns up again it says what was asked for; there is one vote at a time."""
    blocks = card(told(taste=Taste.LESS, saved=True))
    assert blocks[-2]["elements"][0]["text"] == "✓ You asked for less like this"
    assert [element.get("text", {}).get("text") for element in blocks[-1]["elements"]] == ["Undo", "Saved ✓", None]


def test_a_page_of_ten_loses_none() -> None:
    """What one message cannot hold goes on in its thread, in order."""
    made = messages(papers_message("Papers", [told(n) for n in range(10)], notes=("A note.",), paging=Paging("x")))
    assert [one for message in made for one in papers_in(message.blocks)] == [f"p{n:015x}" for n in range(10)]
    assert [problems(one.blocks) for one in made] == [[]] * len(made)


def test_an_offer_that_slack_would_not_take_is_left_out() -> None:
    """Half a command is worse than none: a value over 2,000 characters makes no button."""
    assert [
        block["type"] for block in offer_message("Follow?", [Button("Follow", "run_command", "x" * 2_001)]).blocks
    ] == ["section"]


def test_each_line_of_an_answer_stays_a_line() -> None:
    """Several sentences stand below each other, and the words say the same."""
    message = sentence_message("First.\n\n> Second & third.")
    assert message.blocks[0]["text"]["text"] == "First.\n\u203a Second &amp; third."
    assert message.text == "First.\n&gt; Second &amp; third."


@given(st.text(max_size=60))
def test_an_id_that_is_none_of_ours_is_none(block_id: str) -> None:
    """A block_id from elsewhere names no paper; ours comes back as it was made."""
    assert parse_card_id(block_id) is None or block_id.startswith("paper:p")
    made = card_id("p" + "0" * 15, None, 7)
    found = parse_card_id(made)
    assert found is not None
    assert (found.paper_id, found.interest_id, found.turn) == ("p" + "0" * 15, None, 7)


def test_a_paper_without_anything_is_still_a_card() -> None:
    """No abstract, no date, no authors, an empty title: the card has what there is, and its buttons."""
    bare: Paper = paper("p" + "c" * 15, "")
    blocks = card(Card(bare))
    assert problems(blocks) == []
    assert [element["action_id"] for element in blocks[-1]["elements"]] == [
        "more_like_this", "not_for_me", "save", "more",
    ]  # fmt: skip
    assert [option["value"] for option in blocks[-1]["elements"][-1]["options"]] == ["similar", "why", "abstract"]


def test_the_passage_is_heard_and_the_words_in_it() -> None:
    """Bold is not heard, so the words are said; the mark of something different comes first."""
    one = told(0, exploring=True, passage=SECOND, marked=("thirty hours",), colleagues=0)
    assert card_text(one).startswith(
        "Something different, below your bar: would you like more of this? "
        "Vox Minima 0: Speech Recognition from Thirty Minutes of Audio. "
        "Because you follow “speech”: closer than 99.5 % of papers. "
        "It says: “… Thirty minutes, chosen well, do what thirty hours did.” Words in common: thirty hours. Ada Quill,"
    )


def test_many_papers_are_told_in_brief() -> None:
    """Where passages would leave papers out of what is heard, every paper is told without its passage."""
    why = f"Because you follow “{'speech and ' * 12}”: closer than 99 % of papers"
    cards = [told(place, why=why, passage=SECOND * 4, marked=("thirty",)) for place in range(7)]
    few, many = (digest_message("Papers", cards[:count], most=7).text for count in (3, 7))
    assert few.count("It says") == 3
    assert "It says" not in many
    assert many.count("Vox Minima") == 7


def test_a_vote_leaves_reason_passage_and_mark_as_they_were() -> None:
    """The changed card knows none of them: they stay from the message, and the bar that moved is told after the name."""
    shown = card(told(0, exploring=True, passage=SECOND, marked=("thirty hours",)))
    voted = card(told(0, why=None, said="Learnt: more", said_name="whales · song", bar=0.975, turn=1))
    changed = with_card(shown, told(0).paper.id, voted)
    assert changed is not None
    assert problems(changed) == []
    kept = [block for block in changed if block["type"] != "actions" and "Learnt" not in str(block)]
    assert [{**one, "block_id": ""} for one in kept] == [{**one, "block_id": ""} for one in shown[:-1]]
    assert {str(one["block_id"]).rpartition(":")[2] for one in changed} == {"1"}
    assert said_text(changed) == "Learnt: more “whales · song”, your bar is 97.5\u00a0% now. "
