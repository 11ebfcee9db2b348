"""The doors to people: each notifier reaches a reader in one way; so far there is Slack (``slack``).

A notifier has ``async send(reader, message, *, key) -> Posted`` and raises SlackRefused, SlackUnavailable or
SlackAmbiguous. ``bot/services`` opens it.
"""

from __future__ import annotations

from bot.notify.posted import BrokenOff, Identity, Posted

__all__ = ["BrokenOff", "Identity", "Posted"]
