"""Letters as people get them: as they were approved, the same in both forms, and nothing in them acts.

``tests/data/letters`` holds approved letters; ``PAPERBOT_APPROVE=1`` in the environment writes them anew.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letter_samples import CARDS, FRAME, LETTERS, NEAR, OF_CHANNEL, TODAY, VOX

from bot.blocks import Card, clean, digest_message, quiet_message, roll_up_message, trending_message
from bot.blocks.card_parts import shown_title
from bot.letters import Letter, digest, quiet, roll_up, trending
from bot.letters.frame import LONGEST_SUBJECT
from bot.letters.leaving import leaving_page, left_page
from bot.models import Near, UserId
from bot.trending import counted
from tests.fakes import paper
from tests.test_blocks_text import hostile

GOLDEN = Path(__file__).parent / "data" / "letters"
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_VOID = {"meta", "br", "img", "input", "hr", "link"}


class Seen(HTMLParser):
    """What a mail program makes of the HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.said: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background", "action")]
        if tag == "table" and not {"role", "aria-label"} & {name for name, _ in attrs}:
            self.problems.append("a table that is none has no role")
        if tag not in _VOID:
            self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.said.append(data)
            if any(re.fullmatch("h[1-6]", tag) for tag in self._open):
                level, words = self.headings[-1]
                self.headings[-1] = level, words + data

    @property
    def text(self) -> str:
        """What is read, on one line."""
        return " ".join("".join(self.said).split())


#: All that our templates are made of; nothing loads, runs, or asks for anything.
_TAGS = frozenset(
    re.findall(r"\w+", "html head meta title style body div table tr td th h1 h2 h3 p a span strong ul li")
)


def check(letter: Letter) -> Seen:
    """It is well-formed, made of what we wrote, and its headers are one line each."""
    seen = Seen(letter.html)
    assert seen.problems == []
    assert set(seen.tags) <= _TAGS
    assert not [name for name in seen.attributes if name.startswith("on") or name in ("src", "background", "id")]
    assert [link for link in seen.links if not re.match(r"https?://[^\s<>\"]+$", link)] == []
    levels = [level for level, _ in seen.headings]
    assert levels[0] == 1
    assert all(0 < level - before <= 1 or level <= before for before, level in pairwise(levels))
    assert levels.count(1) == 1
    assert not _BIDI.search(letter.html + letter.text + letter.subject)
    assert len(letter.subject) <= LONGEST_SUBJECT
    mail = EmailMessage(policy=policy.SMTP)
    for name, value in (("Subject", letter.subject), ("To", letter.to), *letter.headers):
        assert "\n" not in value
        assert "\r" not in value
        mail[name] = value
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    assert b"\0" not in mail.as_bytes()
    assert all(len(line) <= 998 for line in mail.as_bytes().splitlines())
    assert "\r" not in letter.text
    return seen


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_is_what_was_approved(name: str) -> None:
    """Each letter is exactly the approved one, in both forms."""
    letter = LETTERS[name]
    check(letter)
    said = "".join(f"{key}: {value}\n" for key, value in (("Subject", letter.subject), *letter.headers))
    for file, made in ((GOLDEN / f"{name}.html", letter.html), (GOLDEN / f"{name}.txt", f"{said}\n{letter.text}")):
        if os.environ.get("PAPERBOT_APPROVE"):
            file.write_text(made, encoding="utf-8")
        assert made == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LETTERS)
def test_both_forms_say_the_same(name: str) -> None:
    """Every word of a title, a reason, a passage or a fact that stands in one stands in the other."""
    letter = LETTERS[name]
    seen = check(letter)
    plain = " ".join(letter.text.split())
    for item in (*CARDS, *(Card(one) for one, _ in NEAR)):
        title = shown_title(item.paper.title)
        assert (title in seen.text) == (title in plain)
    for address in re.findall(r"https?://\S+", letter.text):
        assert address in seen.links
    assert set(seen.links) == set(re.findall(r"https?://\S+", letter.text))


def test_a_letter_says_what_slack_says() -> None:
    """Headings, reasons, passages and facts are those of the message."""
    message = digest_message("4 papers for you", CARDS, most=10)
    letter = digest(FRAME, "4 papers for you", CARDS)
    seen, spoken = check(letter), message.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert "3 colleagues saved it" in seen.text
    for words in ("Something different", "Closer to “low-resource languages” than 98.7 % of papers"):
        assert words in spoken
        assert words in seen.text
    quiet_said = quiet_message(TODAY, NEAR[0]).text.splitlines()[0].removesuffix(".")
    assert seen_heading(quiet(FRAME, TODAY, NEAR[0])) == quiet_said
    week_said = roll_up_message(TODAY, NEAR).text.splitlines()[0].removesuffix(".")
    assert seen_heading(roll_up(FRAME, TODAY, NEAR)) == week_said


def seen_heading(letter: Letter) -> str:
    """The first heading of the HTML."""
    return check(letter).headings[0][1]


def test_words_in_common_stand_out() -> None:
    """As bold and marked as in Slack, and named in the plain form."""
    letter = LETTERS["digest"]
    assert re.findall(r"<strong[^>]*>([^<]*)</strong>", letter.html) == ["rare languages", "detector", "trained"]
    assert "Words in common: rare languages" in letter.text


def test_it_fits_dark_and_narrow_screens() -> None:
    """Both are declared and styled, and nothing is wider than 600 pixels or fetched from anywhere."""
    html = LETTERS["digest"].html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "max-width:600px" in html
    assert "@media (max-width: 620px)" in html
    assert not re.search(r"<img|url\(|@import|<link|<script", html)
    styled = set(re.findall(r"\.([a-z]+)[ :]", html.split("</style>")[0]))
    used = {
        name
        for names in re.findall(r'class="([^"]*)"', "".join(one.html for one in LETTERS.values()))
        for name in names.split()
    }
    assert used <= styled


def test_it_is_easily_ended() -> None:
    """One click of the mail program, a link, or a mail to the host; without an address of ours the latter alone."""
    headers = dict(LETTERS["digest"].headers)
    link = FRAME.unsubscribe
    mailto = "<mailto:papers@example.org?subject=Stop%20e-mails%20to%20amara%40example.org>"
    assert headers["List-Unsubscribe"] == f"<{link}>, {mailto}"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (headers["Auto-Submitted"], headers["Precedence"]) == ("auto-generated", "bulk")
    alone = dict(LETTERS["one"].headers)
    assert alone["List-Unsubscribe"] == mailto
    assert "List-Unsubscribe-Post" not in alone
    assert "Stop these e-mails" not in LETTERS["one"].html


def test_each_list_has_a_name_of_its_own() -> None:
    """What comes to a person and what comes to a channel are told apart by mail programs."""
    ids = [dict(LETTERS[name].headers)["List-Id"] for name in ("digest", "roll_up", "channel")]
    assert ids == ["Paperbot <you.paperbot.example.org>"] * 2 + ["Paperbot <cspeech.paperbot.example.org>"]
    odd = replace(OF_CHANNEL, reader=UserId("T1", "C\r\nBcc: x@y"), sender="papers@example.org")
    for name, value in digest(odd, "1 paper", CARDS[:1]).headers:
        assert value.isprintable(), name


def test_a_channel_is_named_to_who_is_not_in_it() -> None:
    """“This channel” means nothing in a letter, where its name is known."""
    assert seen_heading(digest(OF_CHANNEL, "1 paper for this channel", CARDS[:1])) == "1 paper for #speech-lab"
    assert seen_heading(roll_up(OF_CHANNEL, TODAY, NEAR)) == "#speech-lab's week, 12 to 18 March"
    unnamed = replace(OF_CHANNEL, channel_name="")
    assert seen_heading(digest(unnamed, "1 paper for this channel", CARDS[:1])) == "1 paper for this channel"


def test_plain_lines_are_short() -> None:
    """No line but an address is longer than 72 characters, and the end is set off as mail programs know it."""
    for letter in LETTERS.values():
        assert [line for line in letter.text.splitlines() if len(line) > 72 and "https://" not in line] == []
        assert letter.text.count("\n-- \n") == 1
        assert "\n\n\n" not in letter.text


@settings(max_examples=30)
@given(hostile, hostile, hostile, hostile, st.lists(hostile, max_size=3))
def test_nothing_that_anybody_wrote_acts(title: str, abstract: str, why: str, name: str, marked: list[str]) -> None:
    """A hostile paper has the tags of a harmless one, its title is read as it is shown, and no sign turns text around."""

    def letters(title: str, abstract: str, why: str, name: str, marked: tuple[str, ...]) -> list[Letter]:
        one = replace(
            VOX,
            title=title,
            abstract=abstract,
            authors=(name,),
            organisations=(name,),
            code_url=f"https://x.example/{name}",
        )
        card = Card(one, why=why, passage=abstract, marked=marked, exploring=True)
        frame = replace(OF_CHANNEL, channel_name=name)
        near = (one, Near(one.id, 0.95, name))
        return [
            digest(frame, f"1 paper: {why}", [card], notes=(why,), with_code=(one,)),
            quiet(frame, TODAY, near, (why,)),
            roll_up(frame, TODAY, (near,), (one,), (why,), silence_notes=(name,)),
            trending(FRAME, (one,)),
        ]

    plain = [check(letter).tags for letter in letters("A", "B", "c", "D", ())]
    for harmless, letter in zip(plain, letters(title, abstract, why, name, tuple(marked)), strict=True):
        seen = check(letter)
        assert all(
            seen.tags[tag] <= harmless[tag] for tag in seen.tags if tag not in ("span", "strong", "p", "li", "a")
        )
        assert " ".join(shown_title(title).split()) in seen.text


def test_a_title_that_is_markup_is_a_title() -> None:
    """It is read as it was written."""
    wild = paper("p1", '<script>alert("1")</script> & <b>co</b>', "<img src=x onerror=alert(1)>")
    letter = digest(FRAME, "1 paper for you", [Card(wild, why="a & b <i>")])
    seen = check(letter)
    assert seen.headings[1][1].startswith('<script>alert("1")</script> & <b>co</b>')
    assert "<script" not in letter.html
    assert "<img" not in letter.html


def test_a_word_without_end_is_broken() -> None:
    """Nothing makes the sheet wider than its screen."""
    assert "overflow-wrap:anywhere" in digest(FRAME, "1 paper", [Card(paper("p1", "W" * 240))]).html


@given(hostile)
@settings(max_examples=40)
def test_the_pages_at_the_end_are_as_safe(address: str) -> None:
    """Whatever an address is made of, the page has one form and no other tag than ours."""
    for page, forms in ((leaving_page(address), 1), (left_page(address), 0)):
        seen = Seen(page)
        assert seen.tags["form"] == forms
        assert set(seen.tags) <= _TAGS | {"main", "form", "input", "button"}
        assert " ".join(clean(address, 320).split()) in seen.text


def test_what_is_beyond_the_cap_is_named_with_its_reason() -> None:
    """Slack has it in the thread: a letter names each in a line, so that three good papers are not twenty."""
    letter = digest(FRAME, "3 papers for you, and something different", CARDS, most=2)
    seen = check(letter)
    titles = [said for level, said in seen.headings if level == 2]
    assert titles == [shown_title(card.paper.title) for card in CARDS[:2]] + ["More papers"]
    for card in CARDS[2:]:
        assert (card.paper.abstract or card.passage or "no abstract")[:30] not in letter.text
        assert (card.paper.abstract or card.passage or "no abstract")[:30] not in letter.html
        for form in (" ".join(letter.text.split()), seen.text):
            assert shown_title(card.paper.title) in form
            assert (card.why or "")[1:] in form.replace("\u00a0", " ")
    assert "Something different" in letter.text


def test_what_is_talked_about_has_its_place_and_how_much() -> None:
    """As the command shows it."""
    letter = LETTERS["trending"]
    assert f"1. {shown_title(VOX.title)}" in " ".join(letter.text.split())
    assert "34 upvotes and 1 comment since 17 March 2026" in letter.text
    message = trending_message([VOX], told={VOX.id: counted(VOX)})
    assert "1. " in message.text
    assert "34 upvotes and 1 comment since 17 March 2026" in message.text
