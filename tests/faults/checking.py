"""What was queued against what Slack has: lost, duplicated, and what the ledger says of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bot.models import DeliveryState
from bot.store import Store
from tests.faults.seeding import Queued
from tests.slack_workspace import Stored, Workspace

_TITLE = re.compile(r"Invented finding \d{7}\w*")


@dataclass(frozen=True, slots=True)
class Tally:
    """The count: by paper, which is what a reader notices."""

    expected: int
    lost: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    #: Deliveries whose ledger does not say that they were sent.
    unended: tuple[str, ...] = ()
    #: Messages with a key that another message has as well.
    repeated_keys: tuple[str, ...] = ()

    def faults(self) -> tuple[str, ...]:
        """Sentences of what is wrong beside lost and duplicated papers."""
        said: list[str] = []
        if self.unended:
            said.append(f"{len(self.unended)} deliveries have not ended, e.g. {self.unended[0]}")
        if self.repeated_keys and not self.duplicated:
            said.append(f"{len(self.repeated_keys)} messages have the key of another")
        return tuple(said)


def key(delivery_id: str, workspace: str) -> str:
    """What a delivery is called in the metadata of its message."""
    return sha256(f"{workspace}\n{delivery_id}".encode()).hexdigest()[:32]


def titles(message: Stored) -> list[str]:
    """The papers that a message has cards of, each once."""
    return sorted(set(_TITLE.findall(json.dumps(message.arguments.get("blocks") or message.text))))


def has(messages: Iterable[Stored]) -> Counter[tuple[str, str]]:
    """How many messages of each conversation hold each paper."""
    return Counter((message.channel, title) for message in messages for title in titles(message))


async def tally(store: Store, messages: Sequence[Stored], queued: Sequence[Queued], *, ended: bool = True) -> Tally:
    """Compare. ``ended``: every delivery shall be in the ledger as sent."""
    found = has(messages)
    owed = {
        (Workspace.conversation(one.delivery.reader.user), "".join(_TITLE.findall(title)))
        for one in queued
        for title in one.titles
    }
    keys = Counter(message.key for message in messages if message.key)
    unended: list[str] = []
    if ended:
        for one in queued:
            state = await store.outbox.state(one.delivery.reader, one.delivery.id)
            if state is not DeliveryState.SENT:
                unended.append(f"{one.delivery.id} is {state}")
    return Tally(
        expected=len(owed),
        lost=tuple(f"{title} to {place}" for place, title in sorted(owed) if not found[place, title]),
        duplicated=tuple(f"{title} to {place}" for (place, title), times in sorted(found.items()) if times > 1),
        unended=tuple(unended),
        repeated_keys=tuple(one for one, times in keys.items() if times > 1),
    )
