"""Hard-wrapped text back to one line a paragraph.

A line was wrapped when the first word of the next one would not have fitted any more. Lines are joined only
where whole paragraphs look like that, so a page with one line a paragraph passes through unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from bot.sources.decoding import MAX_LINE
from bot.sources.furniture import SUBMITTED_BY
from bot.sources.lines import ABSTRACT_LENGTH, MOST_TARGETS, Line, may_go_on, without_bullets

#: Nobody wraps wider; a longer line was never wrapped.
WIDEST = 130
_NARROWEST = 40
#: Lines cut by hyphens and long words differ this much in one paragraph.
_RAGGED = 8
#: A paragraph of fewer lines is no evidence that a text is wrapped.
_EVIDENCE_LINES = 4
_FULL_SHARE = 0.6
#: Share of wrapped lines that are not wider than the text, against a few long addresses.
_WIDTH_SHARE = 0.95
#: arXiv begins a further paragraph, and the second line of a title, with two spaces.
_PARAGRAPH_INDENT = 2
_SENTENCE_END = re.compile(r"[.!?:][\"'\u201d\u2019)\]]?$")
_IN_ADDRESS = re.compile(r"https?:\S*$")
_ADDRESS_STARTS = ("http:", "https:", "http:/", "https:/", "://")
#: Signs that bind what follows.
_NEVER_LAST = "_^~\\"
_BROKEN_WORD = re.compile(r"\w--?$")
#: "direction- and structure-aware": the hyphen ends its word.
_AFTER_HYPHEN = ("and", "or", "to")
_BROKEN_PATH = re.compile(r"\S/$")
_PATH = re.compile(r"[/_\d-]|\.\w")
_SUFFIX = re.compile(r"-[a-z]")
_LAST_SIGNS = re.compile(r"[./,;:)\]]{1,3}")
_BEFORE_DATE = ("·", "|")


def unwrapped(lines: Sequence[Line]) -> list[Line]:
    """The lines with wrapped paragraphs and titles joined, each numbered by its first line."""
    lines = _with_whole_titles(lines)
    width = wrap_width(len(left.text) for left, right in pairwise(lines) if not right.after_blank)
    runs = list(_runs(lines, width))
    if not any(_is_evidence(run) for run in runs):
        return list(lines)
    spaced = _is_spaced(runs)
    return [line for run in runs for line in _joined(run, width, spaced=spaced)]


def wrap_width(lengths: Iterable[int]) -> int:
    """The width to which lines of these lengths were wrapped, if they were: that of nearly the longest."""
    ordered = sorted(length for length in lengths if _NARROWEST <= length <= WIDEST)
    return ordered[int(_WIDTH_SHARE * (len(ordered) - 1))] if ordered else WIDEST


def is_full(left: str, right: str, width: int) -> bool:
    """Whether the first word of ``right`` would not have fitted behind ``left``."""
    return len(left) + 1 + len(right.partition(" ")[0]) > width or left.endswith(_ADDRESS_STARTS)


def is_rest(left: Line | None, line: Line, width: int) -> bool:
    """Whether a line that could be furniture is the last word, or the full stop, of a full line above it."""
    if left is None or line.after_blank or line.targets:
        return False
    is_word = line.text[:1].isalpha() and " " not in line.text
    is_path = line.text.startswith("/") and _IN_ADDRESS.search(left.text.rpartition(" ")[2]) is not None
    is_end = is_word or is_path or _LAST_SIGNS.fullmatch(line.text) is not None
    return is_end and is_full(left.text, line.text, width)


def begins_paragraph(left: str, right_indent: int, left_indent: int) -> bool:
    """Whether an indented line after a full stop begins a paragraph of its own."""
    return right_indent >= left_indent + _PARAGRAPH_INDENT and _SENTENCE_END.search(left) is not None


def join(left: Line, right: Line, *, is_cut: bool = False) -> Line:
    """One line of two. What a tool broke at a hyphen, at a slash or within an address gains no space.

    ``is_cut``: the break came where the line was full, in the middle of an address.
    """
    unbroken = left.text and right.text and not (is_cut or _is_broken(left.text, right.text))
    space = " " if unbroken else ""
    return replace(left, text=left.text + space + right.text, targets=(*left.targets, *right.targets)[:MOST_TARGETS])


def _is_broken(left: str, right: str) -> bool:
    """Whether a tool broke a word or an address here, and not at a space."""
    last, first = left.rpartition(" ")[2], right.partition(" ")[0]
    if left[-1] in _NEVER_LAST:
        return True
    if not right[0].isalnum():
        return (right[0] == "/" and _IN_ADDRESS.search(last) is not None) or (
            left[-1] in ")}" and _SUFFIX.match(right) is not None
        )
    if "://" not in last:
        broken = _BROKEN_WORD.search(left[-3:]) or _BROKEN_PATH.search(left[-2:])
        return bool(broken) and not (left[-1] == "-" and first in _AFTER_HYPHEN)
    if last.endswith("-"):
        return True
    # Behind a slash an address may be whole: it goes on in what reads like a path, or in the last word of all.
    return last.endswith("/") and (last.endswith("://") or first == right or _PATH.search(first) is not None)


def _fills(text: str, width: int) -> bool:
    """Whether a line is an address cut at the very end of the line."""
    return "://" in text and " " not in text and abs(len(text) - width) <= 1


def _with_whole_titles(lines: Sequence[Line]) -> list[Line]:
    """The lines with titles joined that arXiv broke: their second line is indented, and the first is no sentence."""
    whole: list[Line] = []
    for line in lines:
        goes_on = (
            whole
            and line.indent == whole[-1].indent + _PARAGRAPH_INDENT
            and not line.after_blank
            and max(len(line.text), len(whole[-1].text)) <= WIDEST
            and not whole[-1].text.endswith(".")
            and without_bullets(line.text) == line.text
            and (may_go_on(line) or line.text.isalpha())
            and may_go_on(whole[-1])
        )
        if goes_on:
            whole[-1] = join(whole[-1], line)
        else:
            whole.append(line)
    return whole


def _runs(lines: Sequence[Line], width: int) -> Iterator[list[Line]]:
    """The lines in groups: lines that may have been one paragraph, each other line alone."""
    run: list[Line] = []
    before = ""
    for line in lines:
        alone = (
            len(line.text) > ABSTRACT_LENGTH
            or bool(line.heading)
            or before == SUBMITTED_BY
            or not (may_go_on(line) or is_rest(run[-1] if run else None, line, width))
        )
        before = line.text
        # A longer line was not wrapped, but may be the title of the lines that follow.
        if run and (alone or line.after_blank or len(line.text) > WIDEST):
            # Authors stand on a line of their own, so what directly precedes a separator is an organisation.
            if line.text.startswith(_BEFORE_DATE) and not line.after_blank and len(run) > 1:
                yield run[:-1]
                run = run[-1:]
            yield run
            run = []
        if alone:
            yield [line]
        else:
            run.append(line)
    if run:
        yield run


def _run_width(run: Sequence[Line]) -> int:
    """The longest line, apart from the first, which may be a title, and from addresses, which no tool breaks."""
    return max((len(line.text) for line in (run[1:-1] or run) if " " in line.text), default=WIDEST)


def _is_wrapped_pair(left: Line, right: Line, width: int) -> bool:
    return len(left.text) <= width + _RAGGED and is_full(left.text, right.text, width)


def _is_wrapped(run: Sequence[Line]) -> bool:
    """Whether most lines of the run are full; the last line of a paragraph never is."""
    width = _run_width(run)
    if len(run) == 1 or width < _NARROWEST:
        return False
    pairs = list(pairwise(run))
    within = [pair for pair in pairs if not _SENTENCE_END.search(pair[0].text)] or pairs
    return sum(_is_wrapped_pair(left, right, width) for left, right in within) >= _FULL_SHARE * len(within)


def _is_evidence(run: Sequence[Line]) -> bool:
    return len(run) >= _EVIDENCE_LINES and sum(len(line.text) for line in run) > ABSTRACT_LENGTH and _is_wrapped(run)


def _is_spaced(runs: Sequence[Sequence[Line]]) -> bool:
    """Whether blank lines part titles from abstracts: else most paragraphs would begin with a title, which is short."""
    evidence = [run for run in runs if _is_evidence(run)]
    return 2 * sum(_is_wrapped_pair(run[0], run[1], _run_width(run)) for run in evidence) > len(evidence)


def _joined(run: Sequence[Line], width: int, *, spaced: bool) -> Iterator[Line]:
    """The run's paragraphs.

    Where no blank lines part title and abstract (not ``spaced``), the line that begins a run, or follows a finished
    paragraph, is a title and never goes on.
    """
    wrapped = _is_wrapped(run)
    width = _run_width(run) if len(run) >= _EVIDENCE_LINES else width
    current, last = run[0], run[0]
    is_title = not spaced
    for line in run[1:]:
        starts_paragraph = begins_paragraph(last.text, line.indent, run[0].indent) or len(current.text) > MAX_LINE
        if wrapped and not is_title and not starts_paragraph and is_full(last.text, line.text, width):
            current = join(current, line, is_cut=_fills(last.text, width))
        else:
            yield current
            is_title = not spaced and not is_title and not starts_paragraph
            current = line
        last = line
    yield current
