"""Answers where the person is: in the conversation, or in a window where there is none (App Home, windows, shortcuts).

A window has to be opened within three seconds, so one that says "One moment" comes first where the answer may take longer.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bot import blocks
from bot.acts import Act, Message, Reply, Surface, View
from bot.errors import PaperbotError, UserError

log = logging.getLogger(__name__)


def is_window(act: Act) -> bool:
    """There is no conversation to answer in, and a window can be opened."""
    return act.surface in (Surface.HOME, Surface.MODAL) and bool(act.trigger)


async def tell(act: Act, reply: Reply, title: str, make: Callable[[], Awaitable[Message]]) -> None:
    """Answer with what ``make`` gives; ``title`` heads the window, at most 24 characters. Raises what ``make`` raises."""
    if not is_window(act):
        await reply.answer(await make())
        return

    async def view() -> View:
        return blocks.message_modal(title, await make())

    await open_view(reply, title, view, is_quick=False)


async def open_view(reply: Reply, title: str, make: Callable[[], Awaitable[View]], *, is_quick: bool) -> None:
    """Open the window that ``make`` gives; unless that is quick, one that says "One moment" comes first.

    What cannot be done is said in the window that was opened. Raises what ``make`` raises if it is quick.
    """
    if is_quick:
        await reply.open(await make())
        return
    view_id = await reply.open(blocks.loading_modal(title))
    try:
        view = await make()
    except PaperbotError as failure:
        if not isinstance(failure, UserError):
            log.warning("a window tells of a failure: %s", failure.cause)
        view = blocks.message_modal(title, blocks.sentence_message(blocks.failure_words(failure)))
    await reply.update(view_id, view)


async def renew(act: Act, reply: Reply, title: str, message: Message) -> None:
    """Put an answer in place of the one whose element was used."""
    if act.surface is Surface.MODAL and act.view_id:
        await reply.update(act.view_id, blocks.message_modal(title, message))
    else:
        await reply.replace(message)
