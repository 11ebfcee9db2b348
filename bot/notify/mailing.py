"""A letter as the bytes that a mail server is handed: the same bytes each time, so a repeat is the same mail. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from bot import mailboxes
from bot.errors import Concerns, NotifierRefused, SettingsError, UserError
from bot.letters import Letter

#: Seven bits: every server takes them, and nothing on the way has a reason to change them.
_POLICY = SMTP.clone(cte_type="7bit")
#: What would end a header or a line, or turn what is read around.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}", re.ASCII)
_VALUE = re.compile(r"[\x20-\x7e]{1,900}", re.ASCII)
#: Headers that are this module's, and of the body.
_OWN = frozenset(
    {"from", "to", "cc", "bcc", "sender", "reply-to", "return-path", "subject", "date", "message-id", "mime-version"}
)
_NO_SENDER = 'The setting email.sender is no address: write "papers@example.org" or "Paperbot <papers@example.org>".'
#: A line of a letter that begins so is doubled, and a lone dot ends it (RFC 5321, section 4.5.2).
_DOT = re.compile(rb"(?m)^\.")


def sender_of(written: str) -> Address:
    """Who letters are from: ``papers@example.org``, or ``Paperbot <papers@example.org>``. Raises SettingsError."""
    if _CONTROL.search(written):
        raise SettingsError(_NO_SENDER)
    name, bare = parseaddr(written)
    try:
        local, _, domain = mailboxes.checked(bare).rpartition("@")
        return Address(name, local, domain)
    except (UserError, ValueError) as error:
        raise SettingsError(_NO_SENDER) from error


def message_id(sender: Address, key: str) -> str:
    """``<key@example.org>``: the same for the same key, so that who has a letter twice sees it once."""
    return f"<{key}@{sender.domain}>"


def posted_form(letter: Letter, sender: Address, key: str, at: datetime) -> bytes:
    """The letter with all its headers, lines ending in CRLF. ``at`` (aware) is its date.

    Raises NotifierRefused where an address or a header holds what might become another header.
    """
    to = recipient(letter.to)
    try:
        f"{letter.subject}{letter.text}{letter.html}".encode()
    except UnicodeEncodeError as error:
        raise _unsound("a character") from error
    if _CONTROL.search(letter.subject) or not letter.subject:
        raise _unsound("the subject")
    message = EmailMessage(_POLICY)
    message["From"] = sender
    message["To"] = Address(addr_spec=to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(sender, key)
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{key}_")
    return _above(letter) + message.as_bytes()


def recipient(to: str) -> str:
    """The address that is written to. Raises NotifierRefused for what is none."""
    try:
        return mailboxes.checked(to)
    except UserError as error:
        raise NotifierRefused(
            "That is no address that can be written to.", code="bad_address", concerns=Concerns.READER
        ) from error


def dotted(content: bytes) -> bytes:
    """What is sent after DATA: the letter, and the lone dot that ends it."""
    return _DOT.sub(b"..", content) + b".\r\n"


def _above(letter: Letter) -> bytes:
    """The letter's own headers, each on one line: a long address that is folded cannot be read by every program."""
    for name, value in letter.headers:
        if not _NAME.fullmatch(name) or name.lower() in _OWN or name.lower().startswith("content-"):
            raise _unsound("a header's name")
        if not _VALUE.fullmatch(value):
            raise _unsound(f"the header {name}")
    return "".join(f"{name}: {value}\r\n" for name, value in letter.headers).encode("ascii")


def _unsound(what: str) -> NotifierRefused:
    sentence = "The letter holds what no mail may hold."
    return NotifierRefused(sentence, code="unsound", concerns=Concerns.MESSAGE, cause=f"{what} is unsound")
