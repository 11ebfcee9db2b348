"""Addresses of ours that work without Slack: whoever has one may use it, so nobody can guess it, and it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.models.readers import UserId


class LinkPurpose(StrEnum):
    """What an address is for."""

    #: Reads what the reader was sent, as an Atom feed.
    FEED = "feed"
    #: Ends the e-mails to one address of the reader's.
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Link:
    """One such address."""

    reader: UserId
    purpose: LinkPurpose
    #: What nobody can guess: 43 characters of URL-safe Base64.
    token: str
    #: Aware, UTC.
    made: datetime
    #: UNSUBSCRIBE: the e-mail address that it is about.
    about: str = ""
