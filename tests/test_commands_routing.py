"""What was typed finds its command, or is searched: and it says which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from handlers.commands import TABLE, keeps
from handlers.commands.routing import LONGEST, Routed, is_one_slip, route, typed


def routed(text: str) -> Routed:
    return route(typed(text), TABLE)


def asked(text: str) -> tuple[str | None, str]:
    """The command's name and its words."""
    found = routed(text)
    return (found.command.name if found.command else None), found.words


@pytest.mark.parametrize(
    ("text", "command", "words"),
    [
        ("", "help", ""),
        ("  \n ", "help", ""),
        ("help", "help", ""),
        ("help follow", "help", "follow"),
        ("search flow matching since:2025", "search", "flow matching since:2025"),
        ("Search  flow", "search", "flow"),
        ("search", "search", ""),
        ("for-me", "for-me", ""),
        ("For me", "for-me", ""),
        ("forget me", "forget-me", ""),
        ("follow robot motion", "follow", "robot motion"),
        ("follow author:“Ada Lovelace”", "follow", 'author:"Ada Lovelace"'),
        ("trending", "trending", ""),
        ("trending Month", "trending", "Month"),
        ("pause", "pause", ""),
        ("pause until monday", "pause", "until monday"),
        ("pause 2 weeks", "pause", "2 weeks"),
        ("saved bibtex", "saved", "bibtex"),
        ("channel", "channel", ""),
        ("channel follow speech", "channel", "follow speech"),
        ("channel digest 9 Europe/Berlin", "channel", "digest 9 Europe/Berlin"),
        ("channel digest off", "channel", "digest off"),
        ("channel digest 9:30", "channel", "digest 9:30"),
        ("pause until yesterday", "pause", "until yesterday"),
        ("channel colleagues on", "channel", "colleagues on"),
        ("channel mail Ada@example.org, b@example.org", "channel", "mail Ada@example.org, b@example.org"),
        ("trending daily", "trending", "daily"),
        ("saved ris", "saved", "ris"),
    ],
)  # fmt: skip
def test_a_first_word_that_is_a_command_runs_it(text: str, command: str, words: str) -> None:
    """A command runs with the words after it, however it is written."""
    assert asked(text) == (command, words)


@pytest.mark.parametrize(
    "text",
    ["help me choose a model", "trending topics in speech", "pause tokens in language models", "status of alignment",
     "history of transformers", "resume screening", "interests of readers", "channel attention networks",
     "settings for training", "export controls", "for-me this is odd", "forget-me not", "channel digests"],
)  # fmt: skip
def test_a_command_whose_arguments_do_not_fit_is_searched_whole(text: str) -> None:
    """All the words are searched, and the person is told why and how the command is written."""
    found = routed(text)
    assert (found.command, found.words) == (None, text)
    assert found.note
    assert text.partition(" ")[0] in found.note


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("serach flow", "search flow"),
        ("folow robots", "follow robots"),
        ("followw robots", "follow robots"),
        ("trendimg week", "trending week"),
        ("intrests", "interests"),
        ("staus", "status"),
        ("forme", "for-me"),
        ("mut hype", "mute hype"),
    ],
)
def test_one_slip_from_a_command_is_searched_and_the_command_offered(text: str, offer: str) -> None:
    """The words are searched as they are, and the command that was probably meant is offered."""
    found = routed(text)
    assert (found.command, found.words, found.offer) == (None, text, offer)


@pytest.mark.parametrize(
    "text", ["diffusion for video", "stable diffusion", "staus of things", "2603.00001", "paus now"]
)
def test_other_words_are_searched_without_a_word(text: str) -> None:
    """What is no command, and no slip of one whose arguments fit, is simply searched."""
    assert routed(text) == Routed(None, text)


def test_too_much_is_refused_in_a_sentence() -> None:
    """More than 500 characters are not read, whichever command they are for."""
    with pytest.raises(UserError, match=r"506 characters long, and at most 500"):
        routed("follow " + "x" * (LONGEST - 1))
    assert routed("x" * LONGEST).words == "x" * LONGEST


def test_what_changes_something_is_kept() -> None:
    """A command that changes or sends something is kept before it is acknowledged; one that only asks is not."""
    changing = {"follow x", "unfollow x", "mute x", "pause", "resume", "channel follow x", "export"}
    changing |= {"trending daily", "Trending Stop", "channel mail ada@example.org"}
    asking = {"", "search x", "for-me", "diffusion", "folow x", "pause tokens", "x" * 600, "status", "trending week"}
    assert {text for text in changing | asking if keeps(text)} == changing


def test_every_command_is_in_the_table_under_its_name() -> None:
    """The commands that are promised are all there, help among them."""
    promised = (
        "help search for-me follow unfollow mute interests similar trending why saved history settings pause resume "
        "channel feed status export forget-me"
    )
    assert set(TABLE) == set(promised.split())
    assert all(command.name == name and command.summary for name, command in TABLE.items())


@given(st.text(max_size=700))
def test_anything_can_be_typed(text: str) -> None:
    """Whatever is typed is routed or refused in a sentence, and what is left of it holds no control sign."""
    try:
        words = routed(text).words
    except UserError:
        words = ""
        assert len(typed(text)) > LONGEST
    assert not any(sign < " " for sign in words)
    assert words == words.encode("utf-8").decode("utf-8").strip()


@given(st.sampled_from(sorted(TABLE)), st.integers(0, 20), st.sampled_from("abcxyz-"))
def test_one_slip_is_one_edit(name: str, place: int, letter: str) -> None:
    """A letter added, taken away, changed or swapped with the next is one slip; the name itself is none."""
    at = place % len(name)
    slips = {
        name[:at] + letter + name[at:],
        name[:at] + name[at + 1 :],
        name[:at] + letter + name[at + 1 :],
        name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
    }
    assert all(is_one_slip(slip, name) for slip in slips - {name})
    assert not is_one_slip(name, name)
    assert not is_one_slip(name + "qq", name)
