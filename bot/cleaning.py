r"""The derived form of titles and abstracts, for display, search and embedding; what is stored stays verbatim.

Daily Papers drops ``$`` and the backslash of commands inside maths and leaves commands in running text alone, so
abstracts hold debris such as ``11.9times``, ``\%`` and ``Evo\textbf{Lved}``. Each rule takes away one kind of it and
touches nothing that could be English or a formula. Pure, linear in the text, and the derived form of a derived form
is itself. The result is plain text: escape it for HTML, Markdown or Slack like any other.
"""

# ruff: noqa: RUF001 - the typographic signs are what is read and written here
from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from bot import latex
from bot.addresses import ADDRESS, addresses, unbraced
from bot.models import Paper

#: Cleaning may lay bare more to clean; text that still changes after so many rounds was made to and stays as it is.
_ROUNDS = 8
#: One search for each kind of debris is several times quicker than one for all of them.
_LOST_HINTS = tuple(map(re.compile, (r"times", r"sim ?\d", r"pm ?\d", r"[lg]eq ?\.?\d")))
_DEBRIS_HINTS = (*map(re.compile, (r"[\\{}`~$]", r"''")), *_LOST_HINTS)

_ESCAPED = re.compile(r"(?<!\\)\\([%&#_$])")
_SIGNS = {
    "times": "×",
    "sim": "~",
    "approx": "≈",
    "pm": "±",
    "leq": "≤",
    "le": "≤",
    "geq": "≥",
    "ge": "≥",
    "cdot": "·",
    "rightarrow": "→",
    "to": "→",
    "ldots": "…",
    "dots": "…",
}
_SIGN = re.compile(rf"\\({'|'.join(_SIGNS)})(?![A-Za-z])(?:\{{\}})?")
_DASHES = {"textemdash": "—", "textendash": "–"}
_DASH = re.compile(r"\\(textemdash|textendash)(?![A-Za-z])(?:\{\}| )?")
_SHORTHANDS = {"eg": "e.g.", "ie": "i.e.", "etal": "et al.", "etc": "etc.", "wrt": "w.r.t.", "vs": "vs.", "cf": "cf."}
_SHORTHAND = re.compile(rf"\\({'|'.join(_SHORTHANDS)})(?![A-Za-z])(?:\{{\}})?\.?")
#: A dollar that opens stands before no space, one that closes behind no space and before no digit: "$5 or $6" is money.
_MATHS = re.compile(r"(?<![\\$\w])\$(?=[^\s$])([^$\n]{0,300}[^\s$\\])\$(?![\d$])")

_AMOUNT = r"\d+(?:[.,]\d+)*[%xX×KMBk]?(?![A-Za-z\d])"
#: Signs of maths whose backslash was lost, but no English: "2.02 times" has a space, "10timesteps" goes on, "sim2real"
#: is no number. A single bare digit may belong to a name ("sim2"), except in a range.
_LOST = re.compile(
    rf"{ADDRESS}"
    r"|(?<=\d)(?P<unit>[KMBk]?)times(?![A-Za-z])(?: (?=\d))?"
    r"|(?<!\w)(?P<left>[A-Za-z])times ?(?P<right>[A-Za-z\d])(?!\w)"
    rf"|(?P<range>(?<=[\d%(])| (?<=[\d%] ))sim(?= ?{_AMOUNT})"
    rf"|(?P<about>(?<![\w\\-]))sim(?!\d(?![\d.,%xX×KMBk]))(?={_AMOUNT})"
    r"|(?<![A-Za-z\\])(?P<bound>[lg]eq)(?= ?\.?\d)"
)
_SPREAD = re.compile(
    rf"{ADDRESS}|(?<![\w.,:])(?P<mean>\d+(?:[.,]\d+)*)(?P<share>%?)(?P<gap> ?)pm ?(?P<spread>\d+(?:\.\d+)?%?)"
)
#: "5 pm 30" may be a time of day: the mean is one of its hours, and nothing has a fraction or a percent sign.
_HOURS = {str(hour) for hour in range(1, 13)}

_TIE = re.compile(rf"{ADDRESS}|~")
_WORD_BEFORE = re.compile(r"(?<![\w.%])[A-Za-z]{2,}\.?\Z")
_LONGEST_WORD = 24

#: Quotations as TeX types them. One backtick alone is a quotation only with an apostrophe at its end: `code` is not.
_DOUBLE = re.compile(r"(?<!`)``(?!`)((?:[^`'\"]|'(?!')){1,400})(?:''|\")")
_HALF = re.compile(r"(?<![\w'\"`])(?:''|\")(?=[^\s'\"])((?:[^`'\"]|'(?!')){1,400})''")
_SINGLE = re.compile(r"(?<!`)`((?:[^`'\n]|'(?=[A-Za-z])){1,400})'(?![A-Za-z'])")

_PARAGRAPH = re.compile(r"\n\s*\n")
_STOP = re.compile(r"[.!?][)\]\"'”’]{0,3}(?= [\"'“‘(\[]{0,2}[A-Z0-9])|[。！？]")
#: Characters behind a stop by which it is known to be one.
_AFTER_STOP = 8
_UNFINISHED = re.compile(
    r"(?:(?<!\w)(?:e\.g|i\.e|et al|cf|vs|w\.r\.t|a\.k\.a|resp|approx|Fig|Figs|Eq|Eqs|Sec|Tab|Ref|No|Dr|Prof|St|Mr|Ms)"
    r"|(?<!\w)(?:[A-Z]\.){0,4}[A-Z])\Z"
)
_LONGEST_ABBREVIATION = 10


def display(text: str) -> str:
    """The derived form of a title or an abstract: debris cleaned, white space folded, paragraphs kept apart."""
    text = _folded(text)
    derived = text
    for _ in range(_ROUNDS):
        if not any(hint.search(derived) for hint in _DEBRIS_HINTS):
            return derived
        before, derived = derived, _cleaned(derived)
        if derived == before:
            return derived
    return text


def paper_text(paper: Paper) -> str:
    """The text of a paper that is embedded and indexed: its title, and its abstract or else its summary."""
    return plain(paper.title, paper.abstract or paper.ai_summary)


def plain(title: str, abstract: str | None) -> str:
    """Title and abstract as one line of the derived form: what is embedded for a paper."""
    heading = " ".join(display(title).split())
    if not abstract or not abstract.strip():
        return heading
    stop = "" if heading.endswith((".", "!", "?", "…")) else "."
    return f"{heading}{stop} {' '.join(display(abstract).split())}".strip()


def links(text: str) -> list[str]:
    """The web addresses of a title or an abstract, without the sentence's punctuation, each once, with a scheme."""
    return addresses(display(text))


def excerpt(text: str, limit: int) -> str:
    """The first sentences of the derived form that fit into ``limit`` characters, on one line.

    A first sentence that is longer is cut between words and ends in "…".
    """
    line = " ".join(display(text).split())
    if len(line) <= limit:
        return line
    ends = [end for end in _sentence_ends(line[: limit + _AFTER_STOP]) if end <= limit]
    if ends:
        return line[: ends[-1]]
    cut = line[: max(0, limit - 1)]
    head, space, _ = cut.rpartition(" ")
    return f"{(head if space else cut).rstrip(' ,;:')}…"[:limit]


def sentences(text: str) -> list[str]:
    """The sentences of a text in one line; abbreviations and initials do not end one."""
    ends = [0, *_sentence_ends(text), len(text)]
    parts = (text[start:end].strip() for start, end in pairwise(ends))
    return [part for part in parts if part]


def _sentence_ends(text: str) -> Iterator[int]:
    for stop in _STOP.finditer(text):
        before = max(0, stop.start() - _LONGEST_ABBREVIATION)
        if stop[0][0] != "." or not _UNFINISHED.search(text, before, stop.start()):
            yield stop.end()


def _folded(text: str) -> str:
    paragraphs = (" ".join(paragraph.split()) for paragraph in _PARAGRAPH.split(text))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _cleaned(text: str) -> str:
    if "\\" in text:
        text = latex.letters(text)
        text = _DASH.sub(lambda found: _DASHES[found[1]], text)
        text = _SIGN.sub(lambda found: _SIGNS[found[1]], text)
        text = _SHORTHAND.sub(lambda found: _SHORTHANDS[found[1]], text)
        text = _ESCAPED.sub(r"\1", text)
    if "{" in text or "}" in text:
        text = latex.unwrapped(unbraced(text))
    if any(hint.search(text) for hint in _LOST_HINTS):
        text = _SPREAD.sub(_spread, _LOST.sub(_sign, text))
    if "$" in text:
        text = _MATHS.sub(r"\1", text)
    if "~" in text:
        text = _TIE.sub(_tie, text)
    if "`" in text or "''" in text:
        text = _SINGLE.sub(r"‘\1’", _HALF.sub(r"“\1”", _DOUBLE.sub(r"“\1”", text)))
    return _folded(text)


def _sign(found: re.Match[str]) -> str:
    if found["unit"] is not None:
        return f"{found['unit']}×"
    if found["left"]:
        return f"{found['left']}×{found['right']}"
    if found["range"] is not None or found["about"] is not None:
        return found[0].replace("sim", "~")
    return {"leq": "≤", "geq": "≥"}.get(found["bound"], found[0])


def _spread(found: re.Match[str]) -> str:
    mean, spread = found["mean"], found["spread"]
    if mean is None or (mean in _HOURS and not found["share"] and spread.isdigit()):
        return found[0]
    return f"{mean}{found['share']}{found['gap']}±{found['gap']}{spread}"


def _tie(found: re.Match[str]) -> str:
    """A tilde that ties two words is a space; one that says "about", or that stands between numbers, stays."""
    if found[0] != "~":
        return found[0]
    text, at = found.string, found.start()
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not before or before.isspace() or before in '(<[{=|/"“≈':
        return "" if after and after in "([\\" else "~"
    if not after or after.isspace():
        return "~"
    if after.isdigit() and not _WORD_BEFORE.search(text, max(0, at - _LONGEST_WORD), at):
        return "~"
    return " "
