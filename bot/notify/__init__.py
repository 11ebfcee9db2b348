"""The doors to people: each notifier reaches a reader in one way; so far there is Slack (``slack``).

A notifier has ``async send(reader, message, *, key, parent) -> Posted``, which posts once, and ``find``, which looks
whether that was done. They raise SlackRefused, SlackUnavailable or SlackAmbiguous. ``bot/services`` opens it.

    slack        SlackNotifier: everything below for one workspace
    posting      messages
    views, files   what is shown beside messages, what is uploaded
    directory    who people are, who is in a channel
    finding      a message by the key that it was sent with
    calling      one call, its outcome, its time
    deadline     until when a post may begin
    pacing       turns and pauses, of this process or of all
    sorting, reading   what Slack's answers mean
"""

from __future__ import annotations

from bot.notify.deadline import begins_within
from bot.notify.posted import BrokenOff, Found, Identity, Posted

__all__ = ["BrokenOff", "Found", "Identity", "Posted", "begins_within"]
