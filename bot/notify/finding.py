"""Whether a message of ours stands in a conversation: found by the key in its metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from bot.acts import Block
from bot.errors import NotifierUnavailable
from bot.models import Place
from bot.notify.calling import WebApi
from bot.notify.posted import Found
from bot.notify.sorting import LATER

#: What the metadata of our messages says of itself.
EVENT_TYPE: Final = "paperbot"
#: How much earlier than the attempt a message may stand, in seconds: clocks differ.
MARGIN = 60.0
#: Messages asked for at once.
_PAGE = 200


async def find(api: WebApi, channel: str, key: str, since_ms: int, thread: str | None) -> Found | None:
    """The message with this key, of those posted since ``since_ms`` (Unix) and a minute before; None: there is none.

    ``thread``: the ts of the message in whose thread it would be. Raises NotifierRefused where the history may not be read
    and NotifierUnavailable; both mean that nobody knows.
    """
    window: dict[str, str | int] = {
        "channel": channel,
        "oldest": f"{max(0.0, since_ms / 1_000 - MARGIN):.6f}",
        "limit": _PAGE,
        # aiohttp takes no bool in an address.
        "include_all_metadata": "true",
    }
    method = "conversations.replies" if thread else "conversations.history"
    async for page in api.pages(method, {**window, "ts": thread} if thread else window):
        messages: object = page.get("messages")
        if not isinstance(messages, list):
            # An answer that tells of no messages does not say that there are none.
            raise NotifierUnavailable(LATER, cause=f"{method}: the answer lists no messages")
        for one in _mappings(cast("list[object]", messages)):
            if _has(one, key):
                blocks: object = one.get("blocks")
                known = _mappings(cast("list[object]", blocks)) if isinstance(blocks, list) else ()
                return Found(Place(channel, str(one.get("ts") or "")), tuple[Block, ...](known))
    return None


def _mappings(listed: list[object]) -> Iterator[dict[str, Any]]:
    return (cast("dict[str, Any]", one) for one in listed if isinstance(one, dict))


def _has(message: dict[str, Any], key: str) -> bool:
    metadata: object = message.get("metadata")
    told = cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}
    payload: object = told.get("event_payload")
    known = cast("dict[str, Any]", payload) if isinstance(payload, dict) else {}
    return told.get("event_type") == EVENT_TYPE and known.get("key") == key
