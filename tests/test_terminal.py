"""What reaches a terminal is harmless, and what reaches a machine is JSON that says the same."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.terminal import screen

#: Any text at all, half surrogate pairs included, rich in what terminals obey.
HOSTILE = st.text(
    st.one_of(st.characters(), st.characters(max_codepoint=0x9F), st.sampled_from("\u2028\u202e\ud800[/]"))
)


@given(HOSTILE)
def test_safe_text_is_one_harmless_line(text: str) -> None:
    """No control character, line break, half pair or change of direction is left; other characters stay."""
    safe = screen.safe(text)
    assert {unicodedata.category(character) for character in safe} & {"Cc", "Cs", "Zl", "Zp"} == set()
    assert {unicodedata.bidirectional(character) for character in safe} & {"RLO", "LRO", "RLI", "PDF", "PDI"} == set()
    kept = [one for one in text if one.isalnum()]
    assert [one for one in safe if one.isalnum()] == kept


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HOSTILE)
def test_json_is_one_line_that_says_the_same(capsysbinary: pytest.CaptureFixture[bytes], text: str) -> None:
    """Every text comes back as it was, half pairs replaced, from one line of UTF-8 without a control character."""
    screen.print_json({"title": text})
    line = capsysbinary.readouterr().out.decode()
    assert json.loads(line) == {"title": "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in text)}
    assert line.splitlines() == [line.rstrip("\n")]
    assert not {one for one in line[:-1] if unicodedata.category(one) in {"Cc", "Zl", "Zp"}}


@given(HOSTILE)
def test_plain_text_reads_no_markup(text: str) -> None:
    """Brackets are characters, not styles."""
    shown = screen.plain(f"[bold]{text}[/]")
    assert (shown.plain, shown.spans) == (f"[bold]{screen.safe(text)}[/]", [])


def test_a_paragraph_hangs_below_its_mark(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines after the first are indented as deep as the mark is wide."""
    monkeypatch.setenv("COLUMNS", "30")
    screen.print_hanging(screen.plain("one two three four five six seven"), "  • ")
    assert capsys.readouterr().out.splitlines() == ["  • one two three four five", "    six seven"]


def test_progress_without_a_terminal_says_each_step_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A log gets one line a step, and none where only JSON was asked for."""
    with screen.progress() as report:
        for done in range(3):
            report("Embedding", done, 3)
        report("Read\x1b[31ming", 0, None)
    with screen.progress(quiet=True) as report:
        report("Embedding", 0, 3)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "Embedding …\nRead[31ming …\n")
