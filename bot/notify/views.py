"""Shows modals, App Home, and what is under links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.acts import Block, View
from bot.notify.directory import SlackDirectory


class SlackViews(SlackDirectory):
    """What Slack shows beside messages. Every method raises NotifierRefused, NotifierUnavailable or NotifierAmbiguous."""

    async def open_view(self, trigger: str, view: View) -> str:
        """Open a modal; gives its id."""
        return _view_id(await self._api.write("views.open", {"trigger_id": trigger, "view": view}, 0.0))

    async def push_view(self, trigger: str, view: View) -> str:
        """Open a modal on top of the open one; gives its id."""
        return _view_id(await self._api.write("views.push", {"trigger_id": trigger, "view": view}, 0.0))

    async def update_view(self, view_id: str, view: View) -> None:
        """Put another view in place of an open one."""
        await self._api.write("views.update", {"view_id": view_id, "view": view})

    async def publish_view(self, user: str, view: View) -> None:
        """Show a person's App Home."""
        await self._api.write("views.publish", {"user_id": user, "view": view})

    async def unfurl(
        self,
        channel: str,
        ts: str,
        links: Mapping[str, Sequence[Block]],
        *,
        unfurl_id: str = "",
        source: str = "",
    ) -> None:
        """Show blocks under the links of a message; ``unfurl_id`` and ``source`` also find one not sent yet."""
        where = {"unfurl_id": unfurl_id, "source": source} if unfurl_id and source else {"channel": channel, "ts": ts}
        unfurls = {url: {"blocks": list(blocks)} for url, blocks in links.items()}
        await self._api.write("chat.unfurl", {**where, "unfurls": unfurls})


def _view_id(answer: Mapping[str, Any]) -> str:
    view: dict[str, Any] = answer.get("view") or {}
    return str(view.get("id") or "")
