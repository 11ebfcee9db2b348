"""The doors to people: each notifier reaches a reader in one way, Slack (``slack``) or a mail server (``email``).

A notifier has ``async send(…, key) -> Posted``, which sends once; Slack's has ``find`` too, which looks whether that was
done. They raise NotifierRefused, NotifierUnavailable or NotifierAmbiguous. ``bot/services`` opens it.

    slack        SlackNotifier: everything below for one workspace
    posting      messages
    views, files   what is shown beside messages, what is uploaded
    directory    who people are, who is in a channel
    finding      a message by the key that it was sent with
    calling      one call, its outcome, its time
    deadline     until when a post may begin
    pacing       turns and pauses, of this process or of all
    sorting, reading   what Slack's answers mean

    email        EmailNotifier: letters to one mail server
    mailing      a letter as bytes
    answering    what a mail server's answers mean
"""

from __future__ import annotations

from bot.notify.deadline import begins_within
from bot.notify.posted import BrokenOff, Found, Identity, Posted

__all__ = ["BrokenOff", "Found", "Identity", "Posted", "begins_within"]
