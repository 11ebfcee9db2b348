r"""LaTeX that authors leave in titles and abstracts, as the characters it stands for.

Pure and linear. Daily Papers drops ``$`` and the backslash of commands inside maths and leaves commands in running
text alone, so a text command may stand with its backslash (``\textit{O}``) or without it (``textit{O}``).
"""

# ruff: noqa: RUF001 - the letters are what is written here
from __future__ import annotations

import re
import unicodedata

_MARKS = {
    '"': "\N{COMBINING DIAERESIS}",
    "'": "\N{COMBINING ACUTE ACCENT}",
    "`": "\N{COMBINING GRAVE ACCENT}",
    "^": "\N{COMBINING CIRCUMFLEX ACCENT}",
    "~": "\N{COMBINING TILDE}",
    "=": "\N{COMBINING MACRON}",
    ".": "\N{COMBINING DOT ABOVE}",
    "c": "\N{COMBINING CEDILLA}",
    "v": "\N{COMBINING CARON}",
    "u": "\N{COMBINING BREVE}",
    "H": "\N{COMBINING DOUBLE ACUTE ACCENT}",
    "k": "\N{COMBINING OGONEK}",
    "r": "\N{COMBINING RING ABOVE}",
    "d": "\N{COMBINING DOT BELOW}",
}
#: An escaped quotation looks like an accent on its first letter; it ends in the same sign before no letter.
_ESCAPED_QUOTATION = re.compile(r'(?<![A-Za-z{])\\"([^\\"{}]{1,300})\\"(?![A-Za-z{\\])')
_ESCAPED_APOSTROPHE = re.compile(r"(?<=[A-Za-z])\\'(?=(?:s|t|d|m|re|ve|ll)(?![A-Za-z]))")
#: Sign accents stand at their letter (``\"o``, ``\"{o}``); letter accents need braces, a few are also seen with a space
#: (``\v{s}``, ``\v s``).
_ACCENT = re.compile(
    r"(?P<outer>\{)?"
    r"\\(?P<mark>[\"'`^~=.]|[cvuHkrd](?= ?\{)|[cvH](?= [A-Za-z]))"
    r"(?: ?\{ ?(?:\\(?P<dotless>[ij])|(?P<braced>[A-Za-z])) ?\}|\\(?P<bare_dotless>[ij])(?![A-Za-z])"
    r"|(?:(?<=\\[cvH]) )?(?P<bare>[A-Za-z]))"
    r"(?P<close>\})?"
)
_LETTERS = {
    "ss": "ß",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "aa": "å",
    "AA": "Å",
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
    "i": "ı",
}
#: ``\O`` and ``\L`` are also custom commands of maths: alone they are letters only inside a word or in braces.
_LETTER = re.compile(
    r"\{\\(?P<braced>ss|ae|AE|oe|OE|aa|AA|o|O|l|L|i)\}"
    r"|\\(?P<plain>ss|ae|AE|oe|OE|aa|AA)(?![A-Za-z])(?:\{\}| (?=[a-z]))?"
    r"|(?<=[A-Za-z])\\(?P<within>o|O|l|L|i)(?![A-Za-z])(?:\{\}| )?"
    r"|\\(?P<ended>o|O|l|L|i)\{\}"
)
_TEXT_COMMANDS = "textit|textbf|texttt|textsc|textrm|textsf|textsl|textup|textmd|textnormal|emph"
_SWITCHES = "tiny|scriptsize|footnotesize|small|normalsize|large|Large|bf|it|em|tt|sc|sl|rm|sf|bfseries|itshape"
_BRACE = re.compile(
    rf"\\[{{}}]|\\(?:{_TEXT_COMMANDS}|text|mbox|underline) ?\{{|(?<![A-Za-z\\])(?:{_TEXT_COMMANDS})\{{"
    rf"|\{{\\(?:{_SWITCHES})(?![A-Za-z]) ?|[{{}}]"
)


def letters(text: str) -> str:
    r"""Accents and letters written in LaTeX as letters: ``na\"{\i}ve`` is ``naïve``, ``Stra\ss e`` is ``Straße``.

    An accent that no letter of Unicode bears stays as it is; an escaped quotation or apostrophe (``\"so\"``,
    ``it\'s``) only loses its backslashes.
    """
    if "\\" not in text:
        return text
    text = _ESCAPED_APOSTROPHE.sub("'", _ESCAPED_QUOTATION.sub(r'"\1"', text))
    return _LETTER.sub(_letter, _ACCENT.sub(_accented, text))


def _accented(found: re.Match[str]) -> str:
    base = found["dotless"] or found["braced"] or found["bare_dotless"] or found["bare"]
    letter = unicodedata.normalize("NFC", base + _MARKS[found["mark"]])
    if len(letter) > 1:
        return found[0]
    if found["outer"] and found["close"]:
        return letter
    return f"{found['outer'] or ''}{letter}{found['close'] or ''}"


def _letter(found: re.Match[str]) -> str:
    return _LETTERS[found["braced"] or found["plain"] or found["within"] or found["ended"]]


def unwrapped(text: str) -> str:
    r"""What text commands say: ``Evo\textbf{Lved Sign}`` is ``EvoLved Sign``, ``{\small note}`` is ``note``.

    Other braces, and commands whose brace is never closed, stay.
    """
    if "{" not in text:
        return text
    pieces: list[str] = []
    opened: list[int] = []
    end = 0
    for found in _BRACE.finditer(text):
        brace = found[0]
        pieces += (text[end : found.start()], brace)
        end = found.end()
        if brace == "}" and opened:
            opening = opened.pop()
            if pieces[opening] != "{":
                pieces[opening] = pieces[-1] = ""
        elif brace not in ("}", r"\{", r"\}"):
            opened.append(len(pieces) - 1)
    return "".join((*pieces, text[end:]))
