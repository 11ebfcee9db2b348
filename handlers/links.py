"""Links to stored papers are shown with title and abstract, where the host wants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from bot import blocks
from bot.acts import Act, Block, Reply
from bot.errors import UnknownPaper
from bot.identity import normalise_arxiv_id
from bot.services import Bot
from handlers.tables import Event

#: Slack sends all links of a message; nobody reads more previews.
_MOST = 5


async def shared(act: Act, reply: Reply, bot: Bot) -> None:
    """Somebody posted links to arXiv or Daily Papers: those to stored papers are shown, the others left alone."""
    if not bot.settings.slack.unfurl:
        return
    shown: dict[str, tuple[Block, ...]] = {}
    for url in _links(act.event):
        arxiv_id = normalise_arxiv_id(url)
        if arxiv_id is None or len(shown) == _MOST:
            continue
        services = await bot.services()
        try:
            paper = await services.recommend.resolve(arxiv_id)
        except UnknownPaper:
            # No dump has told of it, so there is nothing to show.
            continue
        shown[url] = blocks.unfurl_blocks(paper)
    if shown:
        await reply.unfurl(shown)


def _links(event: Mapping[str, Any]) -> list[str]:
    """The addresses as they were written, each once."""
    listed: object = event.get("links")
    rows = cast("list[object]", listed) if isinstance(listed, list) else []
    found = [cast("Mapping[str, object]", row).get("url") for row in rows if isinstance(row, Mapping)]
    return list(dict.fromkeys(url for url in found if isinstance(url, str)))


EVENTS: tuple[Event, ...] = (Event("link_shared", shared, unfurl_only=True),)
