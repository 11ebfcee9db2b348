"""What the door needs from the rest of Paperbot, as protocols: doors do not import each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bot.acts import Block, Message, View
from bot.models import UserId


class Inbox(Protocol):
    """Where acts are kept until they are done. Each method raises StoreError."""

    async def keep(self, workspace: str, act_id: str, payload: bytes) -> bool:
        """Keep it for 26 hours; False: it is there already, done or not. Must say within a second that it cannot."""
        ...

    async def done(self, workspace: str, act_id: str) -> None:
        """It needs doing no more."""
        ...

    async def left(self, workspace: str) -> list[tuple[str, bytes]]:
        """Id and payload of what was kept and is not done, oldest first."""
        ...

    async def answers(self) -> bool:
        """Acts can be kept. Tells within a second."""
        ...

    def hurry(self) -> AbstractContextManager[None]:
        """While the block runs, what is asked of the store fails within a second where it does not answer."""
        ...

    async def workspaces(self) -> list[str]:
        """Those that anything is stored of."""
        ...


class Named(Protocol):
    """Who our token is."""

    @property
    def team(self) -> str:
        """The workspace's id."""
        ...

    @property
    def bot_user(self) -> str:
        """The bot as a user."""
        ...

    @property
    def bot_id(self) -> str:
        """The bot as a bot."""
        ...


class Posted(Protocol):
    """A message that Slack has taken."""

    @property
    def channel(self) -> str:
        """The conversation it is in: for a direct message its ``D…``, not the person."""
        ...

    @property
    def ts(self) -> str:
        """Its id within the conversation."""
        ...

    @property
    def thread(self) -> tuple[str, ...]:
        """The messages in its thread, oldest first."""
        ...


class Remember(Protocol):
    """Keeps which papers a message of ours shows, so that reactions to it count, also after a restart."""

    async def __call__(
        self, workspace: str, channel: str, message: str, paper_ids: Sequence[str], *, reader: UserId | None = None
    ) -> None:
        """``reader`` is the person whose direct messages the conversation is, if it is. Raises StoreError."""
        ...


class Voice(Protocol):
    """The part of the Slack notifier that answers to acts use; each method raises NotifierError."""

    async def send(self, reader: UserId, message: Message, *, key: str = "") -> Posted:
        """Post to a person or a channel."""
        ...

    async def post(self, channel: str, message: Message, thread: str | None = None) -> Posted:
        """Post in a conversation."""
        ...

    async def whisper(self, channel: str, user: str, message: Message, thread: str | None = None) -> None:
        """Say it in a conversation so that only ``user`` sees it."""
        ...

    async def amend(self, channel: str, ts: str, message: Message) -> None:
        """Put another message in place of one of ours."""
        ...

    async def upload(self, user: str, name: str, title: str, content: bytes) -> None:
        """Send a person a file."""
        ...

    async def unfurl(
        self, channel: str, ts: str, links: Mapping[str, Sequence[Block]], *, unfurl_id: str = "", source: str = ""
    ) -> None:
        """Show blocks under the links of a message."""
        ...

    async def open_view(self, trigger: str, view: View) -> str:
        """Open a modal; gives its id."""
        ...

    async def push_view(self, trigger: str, view: View) -> str:
        """Open a modal on top; gives its id."""
        ...

    async def update_view(self, view_id: str, view: View) -> None:
        """Put another view in place of an open one."""
        ...

    async def publish_view(self, user: str, view: View) -> None:
        """Show a person's App Home."""
        ...

    async def identity(self) -> Named:
        """Who our token is."""
        ...

    def revoke(self) -> None:
        """The token is gone: use it no more."""
        ...
