r"""Web addresses in running text: where they begin, where they really end, and the braces LaTeX leaves around them.

Pure and linear. ``\href{U}{U}`` reaches the site as ``U{U}``, ``\url{U}`` as it is or without its backslash.
"""

from __future__ import annotations

import re

_CHARACTERS = r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]"
#: An address, with or without its scheme; whatever punctuation follows is still part of the match.
ADDRESS = (
    rf"(?:https?://|(?<![\w@./-])(?:www\.(?=[A-Za-z0-9])|(?:github|gitlab)\.com/|(?:huggingface|hf)\.co/"
    rf"|[A-Za-z0-9-]{{1,63}}\.github\.io(?![\w-])/?)){_CHARACTERS}*"
)
_ADDRESS = re.compile(ADDRESS)
#: What every address holds one of.
_HINTS = ("://", "www.", ".com/", ".co/", ".github.io")
_HOST = re.compile(r"(?:https?://)?(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}(?::\d{1,5})?(?![^/?#])")
#: Nobody writes longer ones, and no browser has to open them.
LONGEST = 2_000

_TYPESET = re.compile(r"(?P<before>\w)?(?:\\|(?<![A-Za-z\\]))url ?\{ ?(?P<address>[^\s{}]+) ?\}")
_LINKED = re.compile(r"(?:\\|(?<![A-Za-z\\]))href ?\{ ?(?P<address>[^\s{}]+) ?\} ?\{(?P<text>[^{}]*)\}")
_DOUBLED = re.compile(rf"(?P<address>{ADDRESS})(?:\{{(?P<again>[^\s{{}}]*)\}})?")
_GROUP = re.compile(r"(?<!\S)\{(?!\\)(?P<inner>[^{}]*)\}")
_BRACE = re.compile(rf"{ADDRESS}|[{{}}]")


def addresses(text: str) -> list[str]:
    """Every address in ``text`` as a link, each once, in order.

    Punctuation and brackets that belong to the sentence are left out; what has no scheme gets ``https``. Addresses
    without a host name, with a user name, or longer than 2,000 characters are no links.
    """
    if not any(hint in text for hint in _HINTS):
        return []
    found = (_ended(match[0]) for match in _ADDRESS.finditer(text))
    return list(
        dict.fromkeys(
            address if address.startswith("http") else f"https://{address}"
            for address in found
            if len(address) <= LONGEST and _HOST.match(address)
        )
    )


def _ended(address: str) -> str:
    """The address without the punctuation of the sentence around it; brackets that it opened itself stay."""
    open_left = {")": address.count(")") - address.count("("), "]": address.count("]") - address.count("[")}
    end = len(address)
    while end:
        last = address[end - 1]
        if open_left.get(last, 0) > 0:
            open_left[last] -= 1
        elif last not in ".,;:!?'*([":
            break
        end -= 1
    return address[:end]


def unbraced(text: str) -> str:
    """The text with every address standing once and bare."""
    text = _LINKED.sub(_from_link, _TYPESET.sub(_from_command, text))
    return _without_stray(_GROUP.sub(_from_group, _DOUBLED.sub(_once, text)))


def _from_command(found: re.Match[str]) -> str:
    before = f"{found['before']} " if found["before"] else ""
    return before + _ended(found["address"])


def _from_link(found: re.Match[str]) -> str:
    address, words = _ended(found["address"]), found["text"].strip()
    return address if _ended(words) == address or not words else f"{words} ({address})"


def _once(found: re.Match[str]) -> str:
    same = found["again"] is not None and _ended(found["again"]) == _ended(found["address"])
    return _ended(found["address"]) if same else found[0]


def _from_group(found: re.Match[str]) -> str:
    """A sentence in braces of its own that tells an address; any other group is left to maths."""
    return found["inner"].strip() if " " in found["inner"] and _ADDRESS.search(found["inner"]) else found[0]


def _without_stray(text: str) -> str:
    """Without closing braces that nothing opened and that directly follow an address."""
    if "}" not in text:
        return text
    kept: list[str] = []
    end = depth = address_end = 0
    for found in _BRACE.finditer(text):
        kept.append(text[end : found.start()])
        end = found.end()
        if found[0] == "}" and not depth and address_end == found.start() > 0:
            address_end = end
            continue
        kept.append(found[0])
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth = max(0, depth - 1)
        else:
            address_end = end
    return "".join((*kept, text[end:]))
