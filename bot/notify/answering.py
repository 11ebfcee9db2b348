"""What a mail server's answers mean. Pure.

Temporary noes (4xx) put off; for good (5xx) it depends on what was asked: the login and the sender concern everybody, a
recipient that one, the content the letter. Codes: RFC 5321, section 4.2; enhanced ones: RFC 3463.
"""

from __future__ import annotations

import re
from enum import StrEnum, auto

from bot.errors import Concerns, NotifierError, NotifierRefused, NotifierUnavailable

#: Seconds until what was put off is tried again; a recipient's server that greylists wants some minutes.
_LATER, _LATER_RECIPIENT = 60.0, 300.0
_PERMANENT, _CLOSING, _LOGIN_FIRST, _TOO_LARGE = 500, 421, 530, 552
#: Anywhere in the answer, and no part of an address of the network.
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\d|\.\d)")
#: X.1.7 and X.1.8: the sender's address; X.1.0-3, X.1.6, X.1.10 (RFC 7505) and X.2: the recipient's, or its mailbox.
_SENDERS = re.compile(r"5\.1\.[78]")
_RECIPIENTS = re.compile(r"5\.(?:1\.(?:[01236]|10)|2\.\d+)")
#: What speaks of us, though it may name an address; and what says that there is no such mailbox.
_OURS = re.compile(
    r"relay|rcpthosts|sender|client|authenticat|log ?in|blocked|blacklist|blocklist|listed (?:at|by|on)|reputation|spam|\bhelo\b",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"\b(?:no such|unknown|bad|invalid|non-?existent|unrouteable)\b.{0,30}\b(?:user|mailbox|recipient|address|account|person)"
    r"|\b(?:user|mailbox|recipient|address|account)\b.{0,80}\b(?:unknown|not (?:exist|found|known|valid|listed here)"
    r"|(?:doesn.t|does not) exist|unavailable|disabled|inactive|full|no longer)\b",
    re.IGNORECASE,
)
_SENTENCE = {
    Concerns.WORKSPACE: "The mail server refuses our e-mails: see `paperbot check`.",
    Concerns.READER: "The mail server takes nothing for this address.",
    Concerns.MESSAGE: "The mail server does not take this letter.",
}
AWAY = "The mail server cannot be reached, or takes nothing for now."


class Step(StrEnum):
    """What was asked."""

    HELLO = auto()
    LOGIN = auto()
    SENDER = auto()
    RECIPIENT = auto()
    LETTER = auto()


def failure(step: Step, code: int, text: str) -> NotifierError:
    """What a no means. Its ``cause`` has the codes alone: a server's words may hold addresses."""
    enhanced = next((one for one in _ENHANCED.findall(text) if one[0] == str(code)[0]), "")
    said = f"{step} {code}{f' {enhanced}' if enhanced else ''}"
    if step is Step.HELLO or code == _CLOSING:
        return NotifierUnavailable(AWAY, cause=said)
    if code < _PERMANENT:
        later = _LATER_RECIPIENT if step is Step.RECIPIENT else _LATER
        return NotifierUnavailable(AWAY, retry_after=later, cause=said)
    concerns = _concerns(step, code, enhanced, text)
    return NotifierRefused(_SENTENCE[concerns], code=f"{code} {enhanced}".strip(), concerns=concerns, cause=said)


def everybodys(refusal: NotifierRefused) -> NotifierRefused:
    """The same refusal, as one that concerns everything we send."""
    concerns = Concerns.WORKSPACE
    return NotifierRefused(_SENTENCE[concerns], code=refusal.code, concerns=concerns, cause=refusal.cause)


def _concerns(step: Step, code: int, enhanced: str, text: str) -> Concerns:
    match step:
        case Step.RECIPIENT if code == _LOGIN_FIRST or enhanced == "5.7.0" or _SENDERS.fullmatch(enhanced):
            return Concerns.WORKSPACE
        case Step.RECIPIENT if _is_nobody(enhanced, text):
            return Concerns.READER
        case Step.RECIPIENT:
            # The server's own rules, not the address: a server that relays for nobody must not cost everybody theirs.
            return Concerns.MESSAGE
        case Step.LETTER:
            return Concerns.MESSAGE
        case Step.SENDER if code == _TOO_LARGE:
            return Concerns.MESSAGE
        case _:
            return Concerns.WORKSPACE


def _is_nobody(enhanced: str, text: str) -> bool:
    """Whether the answer says that nobody can be written to there: by its code, or where it has none by its words."""
    if enhanced:
        return _RECIPIENTS.fullmatch(enhanced) is not None
    return _OURS.search(text) is None and _NOBODY.search(text) is not None
