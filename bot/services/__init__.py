"""The composition root: opens every door, builds the verbs, closes in reverse order.

running       the bot as handlers get it, and what of it needs the model
opening       store, model and index, and the verbs over them
connecting    the bot with Slack: notifier, door, and who we are there
"""

from __future__ import annotations

from bot.services.connecting import Door, open_connected
from bot.services.opening import assemble, open_bot, open_readers, open_services
from bot.services.running import Bot, Services

__all__ = ["Bot", "Door", "Services", "assemble", "open_bot", "open_connected", "open_readers", "open_services"]
