"""What a person does in Slack, and what can be answered: the seam between Slack's door and the handlers.

The door reads a verified payload into an ``Act`` and gives it to the ``Router`` with a ``Reply``; handlers never see
a payload, a token or a client. Who acts and in which workspace comes from the envelope alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from bot.models import UserId

#: One Block Kit block, or a whole view, as Slack takes it.
Block: TypeAlias = Mapping[str, Any]
View: TypeAlias = Mapping[str, Any]
#: One field of a modal: a text, the value of a choice, the values of several, or nothing.
Field: TypeAlias = str | tuple[str, ...] | None

#: What people of other workspaces are told, by whoever turns them away.
ELSEWHERE = "Paperbot works for the people of the workspace that hosts it: ask for it in your own."


@dataclass(frozen=True, slots=True)
class Message:
    """What Slack shows: ``text`` alone says everything, for notifications and screen readers."""

    text: str
    blocks: tuple[Block, ...] = ()
    #: What follows in its thread.
    thread: tuple[Message, ...] = ()


class ActKind(StrEnum):
    """The ways to act."""

    COMMAND = "command"
    BUTTON = "button"
    SUBMISSION = "submission"
    SHORTCUT = "shortcut"
    EVENT = "event"


class Surface(StrEnum):
    """Where it was done."""

    MESSAGE = "message"
    #: A message that only this person sees.
    EPHEMERAL = "ephemeral"
    HOME = "home"
    MODAL = "modal"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a person, or Slack itself, did."""

    #: The same for every delivery of the same act: the event's id, or the trigger's.
    id: str
    kind: ActKind
    #: The slash command, action_id, callback_id or event type.
    name: str
    #: Who did it; the user is "" for an event that nobody did.
    reader: UserId
    #: When it was received, aware, UTC.
    at: datetime
    #: The person belongs to another workspace (Slack Connect).
    is_external: bool = False
    #: An earlier process took it in, and may have done it, or part of it.
    is_resumed: bool = False
    #: What was typed: after the slash command, in a message, in a message that a shortcut was used on.
    text: str = ""
    #: The button's value, or that of the chosen option.
    value: str = ""
    block_id: str = ""
    #: The conversation's id, "" for Home and modals.
    channel: str = ""
    #: The ts of the message that was acted on, and of its thread.
    message: str = ""
    thread: str = ""
    #: That message as Slack has it.
    message_text: str = ""
    message_blocks: tuple[Block, ...] = ()
    surface: Surface = Surface.NOWHERE
    #: Fields of the view by action_id.
    fields: Mapping[str, Field] = field(default_factory=dict[str, Field])
    view_id: str = ""
    #: The view's private_metadata.
    private: str = ""
    #: A short-lived permission to open a view.
    trigger: str = ""
    #: Where to answer without permissions; a secret.
    response_url: str = field(default="", repr=False)
    #: The inner event, for what only one handler needs.
    event: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @property
    def is_direct(self) -> bool:
        """It was done in a direct message with the bot."""
        return self.channel.startswith("D")


class Reply(Protocol):
    """What can be answered to one act. Each raises NotifierError if Slack does not take it."""

    async def answer(self, message: Message) -> None:
        """Say it where the person is; only the person sees it."""
        ...

    async def replace(self, message: Message) -> None:
        """Put it in place of the message whose element was used."""
        ...

    async def share(self, message: Message) -> None:
        """Say it in the act's conversation, for everybody in it; in the thread if the act was in one."""
        ...

    async def open(self, view: View) -> str:
        """Open a modal, on top if the act was in one; gives its id."""
        ...

    async def update(self, view_id: str, view: View) -> None:
        """Put another view in place of an open modal."""
        ...

    async def publish(self, view: View) -> None:
        """Show the person's App Home."""
        ...

    async def upload(self, name: str, title: str, content: bytes) -> None:
        """Send the person a file by direct message."""
        ...

    async def unfurl(self, links: Mapping[str, tuple[Block, ...]]) -> None:
        """Show blocks under the links of the message that a ``link_shared`` event is about."""
        ...


class Router(Protocol):
    """The handlers, as the door sees them."""

    def keeps(self, act: Act) -> bool:
        """Losing this act would lose something: it is kept durably before it is acknowledged."""
        ...

    def complaints(self, act: Act) -> Mapping[str, str]:
        """What is wrong with a submission, by the block_id of its field; empty: it is taken. Quick and pure."""
        ...

    async def handle(self, act: Act, reply: Reply) -> None:
        """Do it. Raises PaperbotError for what the person should be told."""
        ...
