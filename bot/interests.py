"""What an interest is called and known by, and which words name a fact: names, ids, bounds. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bot.errors import AlreadyFollowed, DuplicateInterest, EmptyQuery, UnknownInterest, UserError
from bot.identity import folded
from bot.models import LOCAL_WORKSPACE, Interest, InterestKind, UserId

#: So much one reader may follow.
MOST_INTERESTS = 100
LONGEST_PHRASE = 300
LONGEST_NAME = 60
LONGEST_READER = 80
#: Weights are between this and its inverse, with either sign.
LEAST_WEIGHT, MOST_WEIGHT = 0.1, 10.0
#: How Slack's ids of conversations begin; those of people begin otherwise.
CHANNELS = ("C", "G")

#: Lower case only, as in searches: titles begin with "CAT:" and "Author:".
_FACT = re.compile(r"(author|org|cat):\s*(.*)", re.DOTALL)
_CATEGORY = re.compile(r"[a-z]{2,10}(?:-[a-z]{2,10})?(?:\.[a-z]{2}(?:-?[a-z]{2,10})?)?", re.IGNORECASE)
#: A name is cut after a word that ends behind this part of it.
_NEAR_THE_END = 0.7
#: Names that are told where one was not found.
_MOST_NAMES = 5
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
#: What likes taught counts half as much after so many days without a vote, and never less than half. It is counted in
#: steps of so many days, so that taking a vote back leaves what was there before.
_HALVED_AFTER, _LEAST_LEFT, _STEP = 365, 0.5, 30
#: It is called quiet from so many days on: then four fifths are left.
_QUIET_AFTER = 120
_QUOTES = "\"'“”„‟«»\uff02"


@dataclass(frozen=True, slots=True)
class Fact:
    """What a paper must say of itself: ``author:"Ada Lovelace"``, ``org:…``, ``cat:cs.CL``."""

    kind: InterestKind
    value: str


def stated_fact(words: str) -> Fact | None:
    """The fact that these words name, None where they name none.

    Raises EmptyQuery for one without a value, UserError for a category that cannot be one.
    """
    if (stated := _FACT.fullmatch(words.strip())) is None:
        return None
    kind, value = InterestKind(stated[1]), " ".join(stated[2].strip(f"{_QUOTES} ").split())
    if not folded(value):
        example = {"author": 'author:"Ada Lovelace"', "org": "org:DeepMind", "cat": "cat:cs.CL"}[kind]
        raise EmptyQuery(f"Say whom or what is meant, for example {example}.")
    if kind is InterestKind.CATEGORY and not _CATEGORY.fullmatch(value):
        raise UserError("A category is written as arXiv writes it, for example cat:cs.CL, or cat:cs for all of them.")
    return Fact(kind, value)


def unquoted(words: str) -> str:
    """The words with blanks folded, and without the quotation marks around all of them."""
    plain = " ".join(words.split())
    inside = plain[1:-1].strip()
    if len(plain) > 1 and plain[0] in _QUOTES and plain[-1] in _QUOTES and not set(inside) & set(_QUOTES):
        return inside
    return plain


def checked_reader(reader: UserId) -> UserId:
    """The reader, if its name can be one. Raises UserError."""
    for part in (reader.workspace, reader.user):
        if not part or len(part) > LONGEST_READER or not part.isprintable() or set(part) & set("{}:/\\"):
            raise UserError(
                f"A reader's name has 1 to {LONGEST_READER} printable characters and none of {{ }} : \\; "
                "TEAM/USER names a Slack reader."
            )
    return reader


def checked_name(name: str) -> str:
    """A name for an interest, blanks folded. Raises UserError unless it has 1 to 60 characters."""
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME:
        raise UserError(f"A name has 1 to {LONGEST_NAME} characters.")
    return called


def checked_weight(weight: float) -> float:
    """A weight within its bounds. Raises UserError."""
    if not (math.isfinite(weight) and LEAST_WEIGHT <= abs(weight) <= MOST_WEIGHT):
        raise UserError(f"A weight is between {LEAST_WEIGHT:g} and {MOST_WEIGHT:g}.")
    return weight


def short(name: str, room: int = LONGEST_NAME) -> str:
    """At most ``room`` characters of a name, cut with "…": after a word, if one ends near the end."""
    if len(name) <= room:
        return name
    kept = name[: room - 1]
    blank = kept.rfind(" ")
    if not name[room - 1].isspace() and blank > len(kept) * _NEAR_THE_END:
        kept = kept[:blank]
    return f"{kept.rstrip(' ,;:-')}…"


def interest_id(meaning: str) -> str:
    """``i`` and 9 hex digits: the same for the same phrase, paper or fact, so that following it twice is noticed."""
    return "i" + sha256(meaning.encode("utf-8", "surrogatepass")).hexdigest()[:9]


def name_key(name: str) -> str:
    """What names are compared by: blanks and case folded."""
    return " ".join(name.split()).casefold()


def free_name(name: str, taken: Iterable[str], *, beside: str) -> str:
    """``name``, or where another has it ``name (beside)``, ``name (beside 2)``, …; never longer than a name may be."""
    keys = {name_key(other) for other in taken}
    candidate, number = short(name), 1
    while name_key(candidate) in keys:
        ending = f" ({beside})" if number == 1 else f" ({beside} {number})"
        candidate, number = short(name, LONGEST_NAME - len(ending)) + ending, number + 1
    return candidate


def found(interests: Iterable[Interest], wanted: str) -> Interest | None:
    """The interest of this id or name (case does not matter), None if there is none."""
    key = name_key(wanted)
    return next((one for one in interests if key in (one.id, name_key(one.name))), None)


def is_channel(reader: UserId) -> bool:
    """Whether the reader is a conversation; a reader of the terminal is none, whatever its name begins with."""
    return reader.workspace != LOCAL_WORKSPACE and reader.user.startswith(CHANNELS)


def follows(reader: UserId, *, negated: bool = False) -> str:
    """The beginning of a sentence about what a reader follows: "amara follows", "You follow", "This channel follows"."""
    if reader.workspace != LOCAL_WORKSPACE and not is_channel(reader):
        return "You do not follow" if negated else "You follow"
    who = "This channel" if is_channel(reader) else str(reader)
    return f"{who} does not follow" if negated else f"{who} follows"


def unknown(reader: UserId, interests: Iterable[Interest], wanted: str) -> UnknownInterest:
    """That the reader follows nothing of this name, and what it follows instead."""
    names = [f"“{interest.name}”" for interest in interests]
    known = ", ".join(names[:_MOST_NAMES])
    if more := len(names[_MOST_NAMES:]):
        known = f"{known} and {more} more"
    instead = f"{follows(reader)} {known}" if known else f"{follows(reader)} nothing yet"
    return UnknownInterest(f"{follows(reader, negated=True)} “{short(wanted)}”. {instead}.")


def clash(reader: UserId, interests: Iterable[Interest], new: Interest) -> DuplicateInterest | None:
    """Why the reader cannot follow this too: it does already, or something else has the name."""
    for known in interests:
        if known.id == new.id and (known.muted or known.weight < 0):
            return AlreadyFollowed(
                f"“{known.name}” is muted: unmute it in the list of interests, or unfollow it first."
            )
        if known.id == new.id:
            return AlreadyFollowed(f"{follows(reader)} “{known.name}” already: unfollow it first to change it.")
        if name_key(known.name) == name_key(new.name):
            return DuplicateInterest(f"{follows(reader)} something else as “{known.name}”: give another name.")
    return None


def fade(interest: Interest, now: datetime) -> float:
    """What is left of an interest that likes made: 1 after a vote, 0.5 a year without one and later. ``now`` is aware.

    What somebody named does not fade.
    """
    days = _unvoted(interest, now) // _STEP * _STEP
    return max(_LEAST_LEFT, 0.5 ** (days / _HALVED_AFTER))


def quiet(interest: Interest, now: datetime) -> str:
    """Since when no vote taught it: "quiet since March", "" where it does not fade (yet). ``now`` is aware."""
    if interest.voted is None or _unvoted(interest, now) < _QUIET_AFTER:
        return ""
    year = "" if interest.voted.year == now.year else f" {interest.voted.year}"
    return f"quiet since {_MONTHS[interest.voted.month - 1]}{year}"


def _unvoted(interest: Interest, now: datetime) -> int:
    """Days since a vote taught what likes made; 0 for what does not fade."""
    if interest.kind is not InterestKind.LEARNT or interest.voted is None or interest.weight < 0:
        return 0
    return max(0, (now - interest.voted).days)
