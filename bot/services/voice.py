"""The way to people, and what stands in its place where no Slack is configured."""

from __future__ import annotations

from typing import NoReturn, Protocol

from bot.deliver import Notifier
from bot.errors import NotifierUnavailable
from bot.people import Directory


class Voice(Notifier, Directory, Protocol):
    """The way to people: where messages go, who they are, and who is where."""

    async def members(self, channel: str) -> set[str]:
        """The users who are in a conversation. Raises NotifierError."""
        ...


class Nobody(Voice):
    """Stands where no Slack is configured."""

    async def turn(self, *_: object, **__: object) -> NoReturn:
        """Nobody is written to."""
        raise _not_configured()

    async def send(self, *_: object, **__: object) -> NoReturn:
        """Nobody is written to."""
        raise _not_configured()

    async def find(self, *_: object, **__: object) -> NoReturn:
        """Nobody was written to."""
        raise _not_configured()

    async def upload_image(self, *_: object, **__: object) -> NoReturn:
        """Nobody is shown anything."""
        raise _not_configured()

    async def person(self, *_: object, **__: object) -> NoReturn:
        """Nobody is known."""
        raise _not_configured()

    async def channel(self, *_: object, **__: object) -> NoReturn:
        """No conversation is known."""
        raise _not_configured()

    async def is_member(self, *_: object, **__: object) -> NoReturn:
        """No conversation is known."""
        raise _not_configured()

    async def file(self, *_: object, **__: object) -> NoReturn:
        """No file is known."""
        raise _not_configured()

    async def members(self, *_: object, **__: object) -> NoReturn:
        """No conversation is known."""
        raise _not_configured()


def _not_configured() -> NotifierUnavailable:
    return NotifierUnavailable("Slack is not configured: set slack.bot_token.")
