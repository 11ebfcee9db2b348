"""The rows of the handlers' tables: what can be done, who does it, and what must not be lost.

A module of handlers lists its rows in ``ACTIONS``, ``SUBMISSIONS``, ``SHORTCUTS`` and ``EVENTS`` (each where it has
some); ``handlers`` gathers them. A new button is one function and one row.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.acts import Act, Reply
from bot.services import Bot

#: Does one act and answers it. Raises PaperbotError for what the person should be told.
Handler: TypeAlias = Callable[[Act, Reply, Bot], Awaitable[None]]
#: Does one sub-command; ``words`` is what was typed after its name.
CommandHandler: TypeAlias = Callable[[Act, str, Reply, Bot], Awaitable[None]]
#: What is wrong with a submission, by the block_id of its field. Quick and pure.
Complaints: TypeAlias = Callable[[Act], Mapping[str, str]]


def always(_: Act) -> bool:
    """Losing such an act would lose something."""
    return True


def never(_: Act) -> bool:
    """Losing such an act loses nothing: the person sees it, and does it again."""
    return False


def nothing(words: str) -> bool:
    """A command's arguments: it takes none."""
    return not words


def never_words(_: str) -> bool:
    """A command's arguments: losing it with them loses nothing."""
    return False


def anything(_: str) -> bool:
    """A command's arguments: it takes whatever was typed."""
    return True


def no_complaints(_: Act) -> Mapping[str, str]:
    """Every submission is taken."""
    return {}


@dataclass(frozen=True, slots=True)
class Command:
    """One sub-command of the slash command."""

    name: str
    #: What follows the name, as help shows it: ``<phrase | link | "title">``.
    usage: str
    summary: str
    run: CommandHandler
    #: The words after the name are arguments of this command; otherwise everything typed is searched.
    fits: Callable[[str], bool]
    #: It changes something, or sends something by itself, so it is kept before it is acknowledged.
    keeps: bool = False
    #: The same of these words alone.
    keeps_words: Callable[[str], bool] = never_words


@dataclass(frozen=True, slots=True)
class Action:
    """One button, menu or input that acts at once. ``name`` is its action_id."""

    name: str
    run: Handler
    keeps: Callable[[Act], bool] = never


@dataclass(frozen=True, slots=True)
class Submission:
    """One modal that is sent. ``name`` is its callback_id."""

    name: str
    run: Handler
    complaints: Complaints = no_complaints
    keeps: Callable[[Act], bool] = always


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One shortcut. ``name`` is its callback_id, ``label`` what the menu says."""

    name: str
    label: str
    kind: Literal["global", "message"]
    run: Handler
    keeps: Callable[[Act], bool] = never


@dataclass(frozen=True, slots=True)
class Event:
    """One type of event. ``name`` is the inner event's type, ``subscription`` what the manifest calls it."""

    name: str
    run: Handler
    keeps: Callable[[Act], bool] = never
    #: Names in the manifest where they differ from the type (``message`` is subscribed to as ``message.im``).
    subscriptions: tuple[str, ...] = ()
    #: Subscribed to only where links are shown with their papers.
    unfurl_only: bool = False
    #: A person asks for something by it and is answered; somebody from another workspace is answered that it is not for them.
    is_asking: bool = False
    #: Slack itself tells of it, whoever it is about: it is done also where that is somebody from another workspace.
    is_told_by_slack: bool = False
