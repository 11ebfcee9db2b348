"""The door to e-mail: hands letters to the host's mail server, one connection for each.

    connect ─► STARTTLS ─► login ─► MAIL, RCPT ─► ready? ─► DATA ─► the letter ─► "taken"
                                                                   └─ nobody knows, if the connection breaks from here on

Nothing is ever sent in the clear to a server that is not on this machine or trusted by name, and certificates are always
checked. No address and no word of the server's is logged: they may name people.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Self

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from bot import metrics
from bot.errors import (
    Concerns,
    NotifierAmbiguous,
    NotifierError,
    NotifierRefused,
    NotifierUnavailable,
    SettingsError,
)
from bot.letters import Letter
from bot.notify.answering import AWAY, Step, everybodys, failure
from bot.notify.mailing import dotted, message_id, posted_form, recipient, sender_of
from bot.notify.posted import BrokenOff, Posted
from bot.settings import EmailSettings

#: Seconds for one answer; after the letter the server may still look through it for viruses.
_CONNECT, _ANSWER, _TAKEN = 10.0, 20.0, 60.0
#: Connections at the same time: servers count them.
_AT_ONCE = 4
_START_INPUT, _DONE = 354, range(200, 300)
_UNKNOWN = "Nobody knows whether that was sent."
#: So many addresses in a row that are refused, and it is not they that are at fault.
_SUSPICIOUS = 3


async def _at_once() -> None:
    """Nobody wants to be asked."""


class EmailNotifier:
    """Hands letters to one mail server."""

    def __init__(
        self, settings: EmailSettings, *, trusted: Sequence[str] = (), answer: float = _ANSWER, taken: float = _TAKEN
    ) -> None:
        """``trusted``: hosts, or hosts with a port, that may be spoken to without encryption (``fetch.allow_hosts``).

        ``answer`` and ``taken`` are the seconds for an answer, and for the one to a letter. Raises SettingsError.
        """
        if not settings.host or not settings.sender:
            raise SettingsError("There is no mail server: set email.host and email.sender.")
        if settings.tls == "none" and not _may_be_plain(settings.host, settings.port, trusted):
            raise SettingsError(
                f'The setting email.tls is "none", and {settings.host} is not on this machine: use "starttls" or "tls".'
            )
        self._settings, self._host = settings, settings.host
        self._answer, self._taken = answer, taken
        self._sender = sender_of(settings.sender)
        self._room = asyncio.Semaphore(_AT_ONCE)
        #: Addresses that were refused since a letter was taken.
        self._refused: set[str] = set()
        self._context: ssl.SSLContext | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    @property
    def at_once(self) -> int:
        """How many letters are handed over at the same time; others wait for a connection."""
        return _AT_ONCE

    async def send(
        self, letter: Letter, *, key: str, at: datetime, ready: Callable[[], Awaitable[None]] = _at_once
    ) -> Posted:
        """Hand over one letter, dated ``at`` (aware); the same ``key`` gives the same Message-ID.

        ``ready`` is asked once the server waits for the letter, and what it raises is raised: nothing was sent then.
        Gives ``email`` and the key in place of a conversation and a message. Raises NotifierRefused,
        NotifierUnavailable, NotifierAmbiguous; a cancellation tells, as ``BrokenOff``, that nothing was sent yet.
        """
        began = time.monotonic()
        outcome = "unavailable"
        try:
            content = posted_form(letter, self._sender, key, at)
            await self._hand_over(recipient(letter.to), content, ready)
            outcome = "sent"
        except NotifierRefused:
            outcome = "refused"
            raise
        except NotifierAmbiguous:
            outcome = "ambiguous"
            raise
        except asyncio.CancelledError as stopped:
            outcome = "unavailable" if BrokenOff.told(stopped) else "ambiguous"
            raise
        finally:
            metrics.MAIL_SECONDS.labels(outcome).observe(time.monotonic() - began)
        self._refused.clear()
        return Posted("email", key)

    async def check(self) -> None:
        """Connect, encrypt, log in and leave. Raises NotifierError with a sentence for the host."""
        async with self._connected() as server:
            try:
                await server.noop(timeout=self._answer)
            except aiosmtplib.SMTPResponseException as answer:
                raise failure(Step.HELLO, answer.code, answer.message) from answer
            except (aiosmtplib.SMTPException, OSError) as lost:
                raise _away(lost) from lost

    def message_id(self, key: str) -> str:
        """What a letter with this key is called wherever it is."""
        return message_id(self._sender, key)

    async def _hand_over(self, to: str, content: bytes, ready: Callable[[], Awaitable[None]]) -> None:
        is_out = False
        try:
            async with self._room, self._connected() as server:
                await self._envelope(server, to)
                await ready()
                await self._announce(server)
                protocol = _written(server, dotted(content))
                # From here on nobody knows: what was written may have arrived, whatever is said of it.
                is_out = True
                answer = await protocol.read_response(self._taken)
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError) as lost:
            raise NotifierAmbiguous(_UNKNOWN, cause=f"no answer to a letter: {type(lost).__name__}") from lost
        except aiosmtplib.SMTPResponseException as nonsense:
            raise NotifierAmbiguous(_UNKNOWN, cause="an answer that is none") from nonsense
        except asyncio.CancelledError as stopped:
            if not is_out:
                raise BrokenOff().cancelled() from stopped
            raise
        if answer.code not in _DONE:
            raise failure(Step.LETTER, answer.code, answer.message)

    async def _envelope(self, server: aiosmtplib.SMTP, to: str) -> None:
        """Who it is from, and whom it is for."""
        step = Step.SENDER
        try:
            await server.mail(self._sender.addr_spec, timeout=self._answer)
            step = Step.RECIPIENT
            await server.rcpt(to, timeout=self._answer)
        except aiosmtplib.SMTPResponseException as refusal:
            raise self._weighed(failure(step, refusal.code, refusal.message), to) from refusal
        except (aiosmtplib.SMTPException, OSError) as lost:
            raise _away(lost) from lost

    async def _announce(self, server: aiosmtplib.SMTP) -> None:
        """Say that the letter comes now."""
        try:
            answer = await server.execute_command(b"DATA", timeout=self._answer)
        except aiosmtplib.SMTPResponseException as refusal:
            raise failure(Step.LETTER, refusal.code, refusal.message) from refusal
        except (aiosmtplib.SMTPException, OSError) as lost:
            raise _away(lost) from lost
        if answer.code != _START_INPUT:
            raise failure(Step.LETTER, answer.code, answer.message)

    def _weighed(self, refusal: NotifierError, to: str) -> NotifierError:
        """A server that refuses one address after the other has something against us, or has lost its list of users."""
        if not isinstance(refusal, NotifierRefused) or refusal.concerns is not Concerns.READER:
            return refusal
        self._refused.add(to)
        return everybodys(refusal) if len(self._refused) >= _SUSPICIOUS else refusal

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[aiosmtplib.SMTP]:
        """A connection on which letters may be handed over; it is left when the block ends. Raises NotifierError."""
        settings = self._settings
        if self._context is None and settings.tls != "none":
            # Reading the machine's certificates takes some milliseconds.
            self._context = await asyncio.to_thread(ssl.create_default_context)
        server = aiosmtplib.SMTP(
            hostname=self._host,
            port=settings.port,
            use_tls=settings.tls == "tls",
            start_tls=False,
            tls_context=self._context,
            local_hostname=self._sender.domain,
            timeout=_CONNECT,
        )
        try:
            await self._open(server)
            yield server
            if server.protocol is not None and server.is_connected:
                # Its answer is waited for by nobody: what there was to know is known.
                server.protocol.write(b"QUIT\r\n")
        finally:
            server.close()

    async def _open(self, server: aiosmtplib.SMTP) -> None:
        settings, step = self._settings, Step.HELLO
        try:
            await server.connect()
            await server.ehlo(timeout=self._answer)
            if settings.tls == "starttls":
                if not server.supports_extension("starttls"):
                    raise _insecure("starttls_missing", "The mail server offers no STARTTLS: nothing is sent to it.")
                await server.starttls(timeout=self._answer)
                await server.ehlo(timeout=self._answer)
            if settings.username and settings.password:
                step = Step.LOGIN
                if not server.supports_extension("auth"):
                    raise _insecure("no_login", "The mail server takes no login: see email.username and email.tls.")
                await server.login(settings.username, settings.password.get_secret_value(), timeout=self._answer)
        except aiosmtplib.SMTPResponseException as refusal:
            raise failure(step, refusal.code, refusal.message) from refusal
        except (aiosmtplib.SMTPException, OSError) as lost:
            if isinstance(lost, ssl.SSLCertVerificationError) or isinstance(
                lost.__cause__, ssl.SSLCertVerificationError
            ):
                raise _insecure(
                    "certificate", "The mail server's certificate is not for it, or not trusted: nothing is sent to it."
                ) from lost
            raise _away(lost) from lost


def _written(server: aiosmtplib.SMTP, content: bytes) -> SMTPProtocol:
    """Write on a connection; who reads its answer. Raises NotifierUnavailable where it is broken: nothing is written."""
    if server.protocol is None:
        raise NotifierUnavailable(AWAY, cause="the connection broke")
    try:
        server.protocol.write(content)
    except aiosmtplib.SMTPServerDisconnected as lost:
        raise _away(lost) from lost
    return server.protocol


def _away(lost: Exception) -> NotifierError:
    # What the library says of it may hold what was said before.
    return NotifierUnavailable(AWAY, cause=f"{type(lost).__name__}: {type(lost.__cause__ or lost).__name__}")


def _insecure(code: str, sentence: str) -> NotifierRefused:
    return NotifierRefused(sentence, code=code, concerns=Concerns.WORKSPACE)


def _may_be_plain(host: str, port: int, trusted: Sequence[str]) -> bool:
    """Whether this is our own machine, or the host said that its network is as good."""
    bare = host.strip("[]").lower()
    named = f"[{bare}]" if ":" in bare else bare
    if bare == "localhost" or {named, bare, f"{named}:{port}"} & {one.lower() for one in trusted}:
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False
