"""How a request is acknowledged: what Slack is told at once, before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.acts import Act, ActKind


@dataclass(frozen=True, slots=True)
class Ack:
    """A status, and what is shown to the person at once, if anything."""

    status: int = 200
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])


#: Taken, or of no interest.
TAKEN = Ack()
#: Slack asks for options of a select that is filled while somebody types; none of ours is.
NO_OPTIONS = Ack(body={"options": []})


def complaining(complaints: Mapping[str, str]) -> Ack:
    """The modal stays open, with what is wrong below each field."""
    return Ack(body={"response_action": "errors", "errors": dict(complaints)})


def not_now(act: Act, sentence: str) -> Ack:
    """It cannot be taken. Slack sends an event again later; a person is told, a button's by a message of its own."""
    if act.kind is ActKind.EVENT:
        return Ack(status=500)
    if act.kind is ActKind.COMMAND:
        return Ack(body={"response_type": "ephemeral", "text": sentence})
    if act.kind is ActKind.SUBMISSION and act.fields:
        # Errors stand at a field, so they go to the first one; a modal without fields just stays open.
        return complaining({next(iter(act.fields)): sentence})
    return TAKEN
