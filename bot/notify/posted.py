"""What a notifier gives back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that Slack has taken."""

    #: The conversation it is in: for a direct message its ``D…``, not the person.
    channel: str
    #: Its id within the conversation.
    ts: str
    #: The messages in its thread, oldest first.
    thread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who our token is."""

    #: The workspace's id and name.
    team: str
    team_name: str
    #: The bot as a user (``U…``) and as a bot (``B…``).
    bot_user: str
    bot_id: str
    #: What Slack says the token may do.
    scopes: frozenset[str] = frozenset()
    #: The organisation's id on Enterprise Grid, "" elsewhere.
    enterprise: str = ""
