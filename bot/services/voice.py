"""The way to people, and what stands in its place where no Slack is configured."""

from __future__ import annotations

from typing import NoReturn, Protocol

from bot.acts import Message
from bot.deliver import Notifier
from bot.errors import SlackUnavailable
from bot.models import UserId
from bot.people import Directory


class Voice(Notifier, Directory, Protocol):
    """The way to people: where messages go, and who they are."""


class Nobody(Voice):
    """Stands where no Slack is configured."""

    async def send(self, reader: UserId, message: Message, *, key: str) -> NoReturn:  # noqa: ARG002
        """Nobody is written to."""
        raise _not_configured()

    async def person(self, user: str) -> NoReturn:  # noqa: ARG002
        """Nobody is known."""
        raise _not_configured()

    async def channel(self, channel: str) -> NoReturn:  # noqa: ARG002
        """No conversation is known."""
        raise _not_configured()

    async def is_member(self, channel: str, user: str) -> NoReturn:  # noqa: ARG002
        """No conversation is known."""
        raise _not_configured()


def _not_configured() -> SlackUnavailable:
    return SlackUnavailable("Slack is not configured: set slack.bot_token.")
