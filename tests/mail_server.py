"""A mail server on loopback: a real one, which keeps what it takes and fails as it is told to.

    async with MailServer() as server:                  # STARTTLS with a throw-away certificate, and a login
        settings = server.settings()                    # the [email] group that reaches it
        server.refuse("ben@example.org")                # 550 5.1.1 to one recipient, for ever
        server.fail("data", "451 4.3.0 Later", times=1) # another answer than the usual one, so often
        server.lose("reply")                            # it takes a letter, and the connection breaks before it says so
        with server.held("reply") as held: ...          # it says nothing at that stage until the block ends
        server.letters, server.to("ada@example.org")    # what it took, oldest first

The certificate is trusted through the variable SSL_CERT_FILE, which the fixture ``mail`` sets, and ``trusted`` too.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias, cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from bot.settings import EmailSettings

#: What it answers to: the connection, EHLO, AUTH, MAIL, RCPT, DATA (before the letter), and the letter's end.
Stage: TypeAlias = Literal["greeting", "ehlo", "auth", "mail", "rcpt", "data", "reply"]

_FILES = Path(__file__).parent / "data" / "mail"
#: Who signed its certificate.
AUTHORITY = _FILES / "authority.pem"
USERNAME, PASSWORD = "paperbot", "an invented password"
_FOR_EVER = 1_000_000


@dataclass(frozen=True)
class Received:
    """A letter that it took, or at least had whole before the connection broke."""

    #: As the envelope has them.
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    #: The letter's own bytes.
    content: bytes
    is_encrypted: bool
    username: str
    #: It said so to whoever sent it.
    is_told: bool = True

    @property
    def message_id(self) -> str:
        """Its Message-ID, in angle brackets."""
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        """What it says in plain text."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """What it says in HTML."""
        return self._part("html")

    def _part(self, kind: Literal["plain", "html"]) -> str:
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""


@dataclass
class Held:
    """A stage at which it says nothing for now."""

    #: Set when somebody waits there.
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class MailServer:
    """Start it with ``async with``, or take the fixture ``mail``."""

    host = "localhost"

    def __init__(self, *, tls: Literal["starttls", "tls", "none"] = "starttls", has_login: bool = True) -> None:
        self.tls: Literal["starttls", "tls", "none"] = tls
        self.has_login = has_login
        self.port = 0
        #: What it took, oldest first.
        self.letters: list[Received] = []
        #: Connections that were made to it.
        self.connections = 0
        #: Those that are open now, and the most there were at the same time.
        self.open, self.most_open = 0, 0
        self._answers: defaultdict[str, list[str | None]] = defaultdict(list)
        self._refused: dict[str, str] = {}
        self._held: dict[str, Held] = {}
        self._transports: set[asyncio.BaseTransport] = set()
        self._server: asyncio.Server | None = None
        self._changed = asyncio.Event()

    def settings(self, **other: Any) -> EmailSettings:
        """The settings that reach it."""
        login: dict[str, Any] = {"username": USERNAME, "password": SecretStr(PASSWORD)} if self.has_login else {}
        chosen: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "sender": "Paperbot <papers@example.org>",
            "tls": self.tls,
            **login,
            **other,
        }
        return EmailSettings(**chosen)

    def to(self, address: str) -> list[Received]:
        """The letters to one address."""
        return [letter for letter in self.letters if address in letter.recipients]

    def refuse(self, address: str, answer: str = "550 5.1.1 There is nobody of this name") -> None:
        """It takes nothing for this recipient from now on."""
        self._refused[address] = answer

    def fail(self, stage: Stage, answer: str, times: int = 1) -> None:
        """It answers this at a stage, the next ``times`` times. At ``reply`` a letter is not taken then.

        A login is tried by two methods: refuse both.
        """
        self._answers[stage] += [answer] * times

    def lose(self, stage: Stage, times: int = 1) -> None:
        """It breaks the connection at a stage, the next ``times`` times. At ``reply`` it has taken the letter."""
        self._answers[stage] += [None] * times

    def mend(self) -> None:
        """It does its work again."""
        self._answers.clear()
        self._refused.clear()

    @contextmanager
    def held(self, stage: Stage) -> Generator[Held]:
        """It says nothing at this stage until the block ends. At ``reply`` it has taken the letter."""
        held = self._held[stage] = Held()
        try:
            yield held
        finally:
            del self._held[stage]
            held.over.set()

    async def arrived(self, count: int = 1, seconds: float = 5.0) -> list[Received]:
        """Wait until it has taken so many letters; gives all."""
        async with asyncio.timeout(seconds):
            while len(self.letters) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.letters

    async def start(self) -> None:
        """Listen, on the same port as before if it was stopped."""
        context = _context() if self.tls != "none" else None
        loop = asyncio.get_running_loop()

        def connected() -> SMTP:
            return _Talk(
                self,
                tls_context=context if self.tls == "starttls" else None,
                require_starttls=self.tls == "starttls",
                auth_require_tls=self.tls == "starttls",
                authenticator=_is_known,
                hostname="mail.example.org",
                ident="Invented",
                loop=loop,
            )

        self._server = await loop.create_server(
            connected, "127.0.0.1", self.port, ssl=context if self.tls == "tls" else None
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Nobody listens any more, and what was open is broken."""
        if self._server:
            self._server.close()
            for transport in tuple(self._transports):
                cast("asyncio.WriteTransport", transport).abort()
            async with asyncio.timeout(5):
                while self.open:
                    self._changed.clear()
                    await self._changed.wait()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for held in self._held.values():
            held.over.set()
        await self.stop()

    async def answered(self, stage: str, talk: SMTP) -> str | None:
        """What is said at a stage instead of the usual, None for that; the connection may be gone then."""
        if held := self._held.get(stage):
            held.reached.set()
            await held.over.wait()
        answers = self._answers[stage]
        if not answers:
            return None
        answer = answers.pop(0)
        if answer is None:
            cast("asyncio.WriteTransport", talk.transport).abort()
            raise ConnectionResetError
        return answer

    def opened(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected."""
        self._transports.add(transport)
        self.connections += 1
        self.open += 1
        self.most_open = max(self.open, self.most_open)

    def closed(self, transport: asyncio.BaseTransport) -> None:
        """A connection ended."""
        if transport in self._transports:
            self._transports.discard(transport)
            self.open -= 1
            self._changed.set()

    def refusal(self, address: str) -> str | None:
        """What it says to a letter for somebody."""
        return self._refused.get(address)

    def keep(self, letter: Received) -> None:
        """It has a letter."""
        self.letters.append(letter)
        self._changed.set()


class _Talk(SMTP):
    """One connection."""

    def __init__(self, server: MailServer, **told: Any) -> None:
        super().__init__(self, **told)
        self.server = server
        self._plain: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._plain is None:
            self._plain = transport
            self.server.opened(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._plain is not None:
            self.server.closed(self._plain)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        try:
            if answer := await self.server.answered("greeting", self):
                await self.push(answer)
                cast("asyncio.WriteTransport", self.transport).close()
                return
            await super()._handle_client()
        except ConnectionResetError:
            return

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - the library's name
        if answer := await self.server.answered("ehlo", self):
            await self.push(answer)
            return
        await super().smtp_EHLO(hostname)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802 - the library's name
        if answer := await self.server.answered("auth", self):
            await self.push(answer)
            return
        await super().smtp_AUTH(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the library's name
        if answer := await self.server.answered("data", self):
            await self.push(answer)
            return
        await super().smtp_DATA(arg)

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.server.has_login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if answer := await self.server.answered("mail", self):
            return answer
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = await self.server.answered("rcpt", self) or self.server.refusal(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        content = envelope.original_content or b""
        login = cast("LoginPassword | None", session.auth_data)

        def keep(*, is_told: bool) -> None:
            self.server.keep(
                Received(
                    sender=envelope.mail_from or "",
                    recipients=tuple(envelope.rcpt_tos),
                    message=message_from_bytes(content, policy=policy.default),
                    content=content,
                    is_encrypted=session.ssl is not None or self.server.tls == "tls",
                    username=login.login.decode() if login else "",
                    is_told=is_told,
                )
            )

        try:
            answer = await self.server.answered("reply", self)
        except (ConnectionResetError, asyncio.CancelledError):
            keep(is_told=False)
            raise
        if answer is None:
            keep(is_told=True)
        return answer or "250 2.0.0 Taken"


def _is_known(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object) -> AuthResult:
    is_right = isinstance(login, LoginPassword) and login == LoginPassword(USERNAME.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False, auth_data=login if is_right else None)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_FILES / "server.pem")
    return context


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificates of these servers are as good as anybody's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))


@pytest.fixture
async def mail(trusted: None) -> AsyncGenerator[MailServer]:  # noqa: ARG001 - it is to be trusted
    """A mail server with STARTTLS and a login."""
    async with MailServer() as server:
        yield server
