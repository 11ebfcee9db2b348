"""The composition root: opens every door, builds the verbs, closes in reverse order.

running       the bot as handlers get it, what of it needs the model, and what a process runs
opening       store, model and index, and the verbs over them
connecting    all that a process runs: notifier, sender, door, and who we are in Slack
"""

from __future__ import annotations

from bot.services.connecting import open_works
from bot.services.opening import assemble, bot_over, open_bot, open_readers, open_services
from bot.services.running import Bot, Door, Services, Works

__all__ = [
    "Bot",
    "Door",
    "Services",
    "Works",
    "assemble",
    "bot_over",
    "open_bot",
    "open_readers",
    "open_services",
    "open_works",
]
