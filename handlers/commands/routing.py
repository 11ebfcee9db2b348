"""Which sub-command was meant by what was typed. Pure.

The first word runs its command if the rest are its arguments; otherwise everything typed is searched, and it says so.
A first word that is one slip of a finger away from a command is searched as well, and the command is offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot import blocks
from bot.errors import UserError
from handlers.tables import Command

#: As long as a search may be; nothing else needs more.
LONGEST = 500

_QUOTES = str.maketrans("“”„‟\uff02", '"' * 5)


@dataclass(frozen=True, slots=True)
class Routed:
    """What to do. ``words`` are the command's arguments, or everything typed where there is no command: a search."""

    command: Command | None
    words: str
    #: Why the words are searched although they begin like a command, for the person.
    note: str | None = None
    #: What was probably meant, to be run if the person says so.
    offer: str | None = None


def typed(text: str) -> str:
    """What a person typed on one line, with plain quotation marks and without signs that nobody sees."""
    return blocks.clean(text.translate(_QUOTES))


def route(text: str, table: Mapping[str, Command]) -> Routed:
    """What ``text`` (as ``typed`` gives it) asks for; ``table`` has the commands by name.

    Nothing typed asks for help. Raises UserError for more than 500 characters.
    """
    if len(text) > LONGEST:
        raise UserError(f"That is {len(text):,} characters long, and at most {LONGEST} are read: say it shorter.")
    first, words = _first(text, table)
    if not first:
        return Routed(table["help"], "")
    if command := table.get(first):
        if command.fits(words):
            return Routed(command, words)
        takes = f"is followed by {command.usage}" if command.usage else "has nothing after it"
        return Routed(None, text, note=f"The command “{first}” {takes}, so all your words were searched.")
    for near in table.values():
        if is_one_slip(first, near.name) and near.fits(words):
            return Routed(None, text, offer=f"{near.name} {words}".strip())
    return Routed(None, text)


def _first(text: str, table: Mapping[str, Command]) -> tuple[str, str]:
    """The first word and what follows it; a name of two words may be typed without its hyphen."""
    first, _, words = text.partition(" ")
    second, _, rest = words.strip().partition(" ")
    if (both := f"{first}-{second}".casefold()) in table:
        return both, rest.strip()
    return first.casefold(), words.strip()


def is_one_slip(typed_word: str, name: str) -> bool:
    """One letter too many, missing or wrong, or two neighbours swapped."""
    if typed_word == name or abs(len(typed_word) - len(name)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(typed_word, name, strict=False)) if a != b), None)
    if at is None:
        return True
    left, right = typed_word[at:], name[at:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or swapped
