"""The headers by which mail programs know a letter for what it is: of a list, made by a program, easily ended."""

from __future__ import annotations

import re
from email.utils import parseaddr
from urllib.parse import quote

from bot.interests import is_channel
from bot.models import UserId

_NO_LABEL = re.compile(r"[^a-z0-9-]+")
_LABEL = 40
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


def heads(reader: UserId, sender: str, to: str, unsubscribe: str | None) -> tuple[tuple[str, str], ...]:
    """Names and values. ``sender`` is the setting email.sender, ``unsubscribe`` an address of ours that ends the letters.

    List-Unsubscribe is RFC 2369's, with one click RFC 8058's; List-Id RFC 2919's; Auto-Submitted RFC 3834's, so that
    nobody's holiday answers it.
    """
    _, mailbox = parseaddr(sender)
    domain = mailbox.rpartition("@")[2].lower() or "localhost"
    label = _NO_LABEL.sub("-", reader.user.lower())[:_LABEL].strip("-") if is_channel(reader) else "you"
    found = [
        ("List-Id", f"Paperbot <{label or 'channel'}.paperbot.{domain}>"),
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"),
        ("X-Auto-Response-Suppress", "All"),
    ]
    has_click = unsubscribe is not None and _PRINTABLE.fullmatch(unsubscribe) is not None
    ways = [f"<{unsubscribe}>"] if has_click else []
    if "@" in mailbox:
        ways.append(f"<mailto:{quote(mailbox, safe='@')}?subject={quote(f'Stop e-mails to {to}', safe='')}>")
    if ways:
        found.append(("List-Unsubscribe", ", ".join(ways)))
    if has_click:
        found.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return tuple((name, value) for name, value in found if value.isascii() and value.isprintable())
