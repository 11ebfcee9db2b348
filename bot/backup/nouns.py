"""What people have in the store, one noun a line; the name of the line says which.

=================  ====================================================================================================
``paper``          a paper with all that was told of it, and whether readers were matched with it
``profile``        a reader: bar, cap and interests; without vectors, which are made again
``subscription``   how and when a reader is reached
``alert``          a paper above somebody's bar, with the reason
``saved``          a paper on somebody's reading list, and whether that counts for colleagues
``rating``         more or less of a paper
``sent``           a paper that somebody was sent
``pending``        a paper that somebody waits for
=================  ====================================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from bot.models import Alert, Paper, Pending, Profile, Rating, Save, Sent, Subscription, UserId
from bot.store.keys import is_name
from bot.store.records import (
    ALERT,
    INTEREST,
    PAPER,
    PENDING,
    RATING,
    SAVE,
    SENT,
    SUBSCRIPTION,
    Record,
    Skipped,
)

Noun = TypeVar("Noun")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A paper, and whether readers were matched with it."""

    paper: Paper
    matched: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """A paper on a reading list."""

    reader: UserId
    save: Save
    #: It counts among “3 colleagues saved it”.
    counted: bool


@dataclass(frozen=True, slots=True)
class WasSent:
    """A paper that somebody was sent."""

    reader: UserId
    sent: Sent


AnyNoun = Told | Profile | Subscription | Alert | Saved | Rating | WasSent | Pending


def row_of(noun: AnyNoun) -> dict[str, Any]:  # noqa: PLR0911 - one for each noun
    """One line."""
    match noun:
        case Told(paper, matched):
            return {"paper": PAPER.plain(paper), "matched": matched}
        case Profile():
            interests = [INTEREST.plain(one) for one in noun.interests]
            chosen = {"bar": noun.bar, "learnt_bar": noun.learnt_bar, "cap": noun.cap}
            return {"profile": {"reader": _reader(noun.reader), **chosen, "interests": interests}}
        case Subscription():
            return {"subscription": SUBSCRIPTION.plain(noun)}
        case Alert():
            return {"alert": ALERT.plain(noun)}
        case Saved(reader, save, counted):
            return {"saved": {"reader": _reader(reader), "counted": counted, **SAVE.plain(save)}}
        case Rating():
            return {"rating": RATING.plain(noun)}
        case WasSent(reader, sent):
            return {"sent": {"reader": _reader(reader), **SENT.plain(sent)}}
        case Pending():
            return {"pending": PENDING.plain(noun)}


def noun_of(row: Row) -> AnyNoun:
    """What ``row_of`` wrote. Raises ValueError, whose text is for people, for anything else."""
    name = next((name for name in _READ if name in row), None)
    told = row[name] if name else None
    if name is None or not isinstance(told, dict):
        raise ValueError("it names nothing that an export has")
    return _READ[name](cast("dict[str, Any]", told), row)


def _profile(fields: dict[str, Any]) -> Profile:
    interests = [_noun(INTEREST, one) for one in fields.get("interests") or ()]
    bar, learnt, cap = (fields.get(name) for name in ("bar", "learnt_bar", "cap"))
    if not all(value is None or isinstance(value, int | float) for value in (bar, learnt, cap)):
        raise ValueError("its bar or cap is no number")
    reader = _reader_of(fields.get("reader"))
    return Profile(reader, tuple(interests), bar, learnt, None if cap is None else int(cap))


def _noun(record: Record[Noun], fields: object) -> Noun:
    skipped = Skipped()
    found = record.load(json.dumps(fields).encode("utf-8", "replace"), skipped)
    if found is None:
        raise ValueError("it cannot be read")
    owner = getattr(found, "reader", None)
    if isinstance(owner, UserId) and not (is_name(owner.workspace) and is_name(owner.user)):
        raise ValueError("its reader has no name that can be stored")
    return found


def _reader(reader: UserId) -> dict[str, str]:
    return {"workspace": reader.workspace, "user": reader.user}


def _reader_of(told: object) -> UserId:
    fields = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    workspace, user = fields.get("workspace"), fields.get("user")
    if not (isinstance(workspace, str) and isinstance(user, str) and is_name(workspace) and is_name(user)):
        raise ValueError("it names no reader")
    return UserId(workspace, user)


def _saved(told: dict[str, Any]) -> Saved:
    rest = {name: value for name, value in told.items() if name not in {"reader", "counted"}}
    return Saved(_reader_of(told.get("reader")), _noun(SAVE, rest), counted=told.get("counted") is not False)


def _sent(told: dict[str, Any]) -> WasSent:
    rest = {name: value for name, value in told.items() if name != "reader"}
    return WasSent(_reader_of(told.get("reader")), _noun(SENT, rest))


#: What a line is named by -> what it tells; the second argument is the whole line.
_READ: Mapping[str, Callable[[dict[str, Any], Row], AnyNoun]] = {
    "paper": lambda told, row: Told(_noun(PAPER, told), matched=row.get("matched") is not False),
    "profile": lambda told, _: _profile(told),
    "subscription": lambda told, _: _noun(SUBSCRIPTION, told),
    "alert": lambda told, _: _noun(ALERT, told),
    "saved": lambda told, _: _saved(told),
    "rating": lambda told, _: _noun(RATING, told),
    "sent": lambda told, _: _sent(told),
    "pending": lambda told, _: _noun(PENDING, told),
}
