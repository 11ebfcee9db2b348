"""``forget-me``: everything about the person is deleted, once they confirm it."""

from __future__ import annotations

from bot import blocks
from bot.acts import Act, Reply
from bot.blocks import Button
from bot.services import Bot
from handlers.tables import Command, nothing


async def run(_: Act, words: str, reply: Reply, bot: Bot) -> None:  # noqa: ARG001 - the shape of every command
    """Ask whether it is meant; the button does it."""
    await reply.answer(
        blocks.offer_message(
            "This deletes everything stored about you: what you follow, saved, rated and were sent, and your settings. "
            f"It cannot be undone; {bot.settings.slack.command} export gives you a copy first.",
            [Button("Delete everything about me", "forget_me_confirm", style="danger")],
        )
    )


COMMAND = Command(name="forget-me", usage="", summary="delete everything stored about you", run=run, fits=nothing)
