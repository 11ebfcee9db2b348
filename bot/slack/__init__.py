"""The door to Slack's events: HTTP or Socket Mode in front, one Bolt app, one dispatcher behind.

``open_slack`` opens it. What comes in is verified, read into an ``Act``, kept where losing it would lose something,
acknowledged, and then done by the ``Router`` in a task of its own.
"""

from __future__ import annotations

from bot.slack.opening import SlackDoor, open_slack
from bot.slack.seams import Inbox, Voice

__all__ = ["Inbox", "SlackDoor", "Voice", "open_slack"]
