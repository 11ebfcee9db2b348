"""The composition root: opens every door, builds the verbs, closes in reverse order.

running       the bot as handlers get it, what of it needs the model, and what a process runs
opening       store, model and index, and the verbs over them
connecting    all that a process runs: notifiers, senders, doors, and who we are in Slack
asking        papers that are asked for by their ids
telling       how each source is doing is kept
turns         whose turn it is to ask a server
"""

from __future__ import annotations

from bot.services.asking import followed_or_asked, look_up
from bot.services.connecting import open_works
from bot.services.opening import assemble, bot_over, open_bot, open_pages, open_readers, open_services
from bot.services.running import Bot, Door, Services, Works
from bot.services.telling import Telling
from bot.services.turns import HostTurns

__all__ = [
    "Bot",
    "Door",
    "HostTurns",
    "Services",
    "Telling",
    "Works",
    "assemble",
    "bot_over",
    "followed_or_asked",
    "look_up",
    "open_bot",
    "open_pages",
    "open_readers",
    "open_services",
    "open_works",
]
