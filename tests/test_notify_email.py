"""The door to e-mail, against a real mail server: how a letter is handed over, and what each way to fail means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.errors import (
    Concerns,
    NotifierAmbiguous,
    NotifierError,
    NotifierRefused,
    NotifierUnavailable,
    SettingsError,
)
from bot.letters import Letter
from bot.notify import BrokenOff, Posted
from bot.notify.answering import Step, failure
from bot.notify.email import EmailNotifier
from bot.notify.mailing import dotted, posted_form, sender_of
from bot.settings import EmailSettings
from tests.mail_server import AUTHORITY, MailServer, Stage

NOON, KEY = datetime(2026, 3, 18, 12, tzinfo=UTC), "0123456789abcdef" * 2
STOP = f"<https://papers.example.org/mail/{'x' * 120}>"
LETTER = Letter(
    "Drei Aufsätze für dich: “Flüsse” 🌊",
    ".A line that begins with a dot\n\n.\nNaïve lines, and one of " + "many words " * 40 + "\n",
    "<p>Naïve</p>\n",
    "ada@example.org",
    (("List-Unsubscribe", STOP), ("Auto-Submitted", "auto-generated")),
)
PAPERBOT = Address("Paperbot", "papers", "example.org")


@pytest.fixture
async def postman(mail: MailServer) -> AsyncGenerator[EmailNotifier]:
    """One that waits for no answer for long."""
    async with EmailNotifier(mail.settings(), answer=0.5, taken=0.5) as notifier:
        yield notifier


async def post(postman: EmailNotifier, letter: Letter = LETTER) -> Posted:
    """Hand it over."""
    return await postman.send(letter, key=KEY, at=NOON)


async def test_a_letter_arrives_as_it_was_written(postman: EmailNotifier, mail: MailServer) -> None:
    """Encrypted and logged in; both texts, the headers unbroken, and named by its key."""
    assert await post(postman) == Posted("email", KEY)
    [letter] = mail.letters
    assert (letter.sender, letter.recipients) == ("papers@example.org", ("ada@example.org",))
    assert (letter.is_encrypted, letter.username) == (True, "paperbot")
    message = letter.message
    assert message["Subject"] == LETTER.subject
    assert (message["From"], message["To"]) == ("Paperbot <papers@example.org>", "ada@example.org")
    assert (message["Message-ID"], message["Date"]) == (f"<{KEY}@example.org>", "Wed, 18 Mar 2026 12:00:00 +0000")
    assert postman.message_id(KEY) == letter.message_id
    assert f"List-Unsubscribe: {STOP}\r\n".encode() in letter.content
    assert (letter.text, letter.html) == (LETTER.text.replace("\n", "\r\n"), LETTER.html.replace("\n", "\r\n"))
    assert max(map(len, letter.content.split(b"\r\n"))) < 999
    assert letter.content.isascii()


async def test_a_repeat_is_the_same_mail(postman: EmailNotifier, mail: MailServer) -> None:
    """To the byte, so that who has it twice sees it once."""
    await post(postman)
    await post(postman)
    first, second = mail.letters
    assert first.content == second.content


@pytest.mark.parametrize("tls", ["starttls", "tls", "none"])
async def test_each_way_to_speak_to_a_server(tls: Literal["starttls", "tls", "none"], trusted: None) -> None:
    """STARTTLS, TLS from the beginning, and none to our own machine; checking sends nothing."""
    assert trusted is None
    async with MailServer(tls=tls) as server, EmailNotifier(server.settings()) as postman:
        await postman.check()
        assert server.letters == []
        await post(postman)
        assert server.letters[0].is_encrypted is (tls != "none")


@pytest.mark.parametrize(
    ("stage", "answer", "concerns"),
    [
        ("auth", "535 5.7.8 Who are you?", Concerns.WORKSPACE),
        ("mail", "553 5.7.1 Not your address", Concerns.WORKSPACE),
        ("mail", "552 5.3.4 Too large", Concerns.MESSAGE),
        ("rcpt", "550 5.1.1 Nobody of this name", Concerns.READER),
        ("rcpt", "553 Bad mailbox", Concerns.READER),
        ("rcpt", "550 5.2.1 Closed", Concerns.READER),
        ("rcpt", "530 5.7.0 Log in first", Concerns.WORKSPACE),
        ("rcpt", "554 5.7.1 Relay access denied", Concerns.MESSAGE),
        ("rcpt", "550 relay not permitted", Concerns.MESSAGE),
        ("rcpt", "553 Sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", Concerns.MESSAGE),
        ("rcpt", "550 Please turn on SMTP Authentication in your mail client", Concerns.MESSAGE),
        ("rcpt", "550 Blocked, your address 5.1.1.7 is listed at a list", Concerns.MESSAGE),
        ("rcpt", "554 Service unavailable; Client host blocked", Concerns.MESSAGE),
        ("rcpt", "550 Sender verify failed", Concerns.MESSAGE),
        ("rcpt", "571 Delivery not authorized", Concerns.MESSAGE),
        ("rcpt", "503 5.5.1 RCPT before MAIL", Concerns.MESSAGE),
        ("rcpt", "550 5.1.8 Sender address rejected: domain not found", Concerns.WORKSPACE),
        ("rcpt", "550 5.1.7 Bad sender", Concerns.WORKSPACE),
        ("rcpt", "550 No such user here", Concerns.READER),
        ("rcpt", "550 This mailbox does not exist", Concerns.READER),
        ("rcpt", "550 User not listed here (#5.1.1)", Concerns.READER),
        ("rcpt", "556 5.1.10 Recipient address has null MX", Concerns.READER),
        ("data", "554 5.6.0 No", Concerns.MESSAGE),
        ("reply", "554 5.7.1 It looks like spam", Concerns.MESSAGE),
        ("reply", "552 5.3.4 Too large", Concerns.MESSAGE),
    ],
)
async def test_noes_for_good(
    postman: EmailNotifier, mail: MailServer, stage: Stage, answer: str, concerns: Concerns
) -> None:
    """What each of them is about decides whom it costs what; a server's words, which may name somebody, are not kept."""
    mail.fail(stage, f"{answer} ada@example.org", times=9)
    with pytest.raises(NotifierRefused) as refusal:
        await post(postman)
    assert refusal.value.concerns is concerns
    assert refusal.value.code.startswith(answer[:3])
    assert "ada" not in f"{refusal.value.cause} {refusal.value.code} {refusal.value.sentence}"
    assert mail.letters == []


@pytest.mark.parametrize(
    ("stage", "answer", "seconds"),
    [
        ("greeting", "421 4.3.2 Busy", None),
        ("greeting", "554 Go away", None),
        ("ehlo", "451 4.3.0 Later", None),
        ("auth", "454 4.7.0 Later", 60),
        ("mail", "451 4.3.0 Later", 60),
        ("mail", "421 4.7.0 Too many letters", None),
        ("rcpt", "450 4.2.0 Greylisted", 300),
        ("rcpt", "452 4.2.2 Full", 300),
        ("data", "451 4.3.0 Later", 60),
        ("reply", "451 4.7.1 Later", 60),
    ],
)
async def test_noes_for_now(
    postman: EmailNotifier, mail: MailServer, stage: Stage, answer: str, seconds: float | None
) -> None:
    """Nothing was sent; what concerns one letter or address says when it is tried again, so that not everything waits."""
    mail.fail(stage, answer, times=9)
    with pytest.raises(NotifierUnavailable) as failed:
        await post(postman)
    assert failed.value.retry_after == seconds
    assert mail.letters == []
    mail.mend()
    await post(postman)
    assert len(mail.letters) == 1


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "auth", "mail", "rcpt", "data"])
@pytest.mark.parametrize("way", ["lost", "silent"])
async def test_a_connection_that_breaks_before_the_letter(
    postman: EmailNotifier, mail: MailServer, stage: Stage, way: str
) -> None:
    """Or a server that says nothing: nothing was sent, and everybody knows it."""
    if way == "lost":
        mail.lose(stage)
        with pytest.raises(NotifierUnavailable):
            await post(postman)
    elif stage != "greeting":
        with mail.held(stage), pytest.raises(NotifierUnavailable):
            await post(postman)
    assert mail.letters == []


async def test_a_connection_that_breaks_after_the_letter(postman: EmailNotifier, mail: MailServer) -> None:
    """Or a server that has it and says nothing: nobody knows."""
    mail.lose("reply")
    with pytest.raises(NotifierAmbiguous):
        await post(postman)
    with mail.held("reply"), pytest.raises(NotifierAmbiguous):
        await post(postman)
    assert [letter.is_told for letter in mail.letters][:1] == [False]


@pytest.mark.parametrize(("stage", "is_unsent"), [("data", True), ("reply", False)])
async def test_a_letter_that_is_broken_off(
    postman: EmailNotifier, mail: MailServer, stage: Stage, is_unsent: bool
) -> None:
    """The cancellation says where it is sure that nothing was sent."""
    with mail.held(stage) as held:
        sending = asyncio.create_task(post(postman))
        await held.reached.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError) as stopped:
            await sending
    assert (BrokenOff.told(stopped.value) == BrokenOff()) is is_unsent


async def test_nobody_listens(postman: EmailNotifier, mail: MailServer) -> None:
    """That is away, for sending and for a check."""
    await mail.stop()
    for asked in (post(postman), postman.check()):
        with pytest.raises(NotifierUnavailable):
            await asked


async def test_a_wrong_password(mail: MailServer) -> None:
    """The check says so; no password stands in what is logged."""
    async with EmailNotifier(mail.settings(password=SecretStr("an invented mistake"))) as postman:
        with pytest.raises(NotifierRefused) as refusal:
            await postman.check()
    assert (refusal.value.code, refusal.value.concerns) == ("535 5.7.8", Concerns.WORKSPACE)
    assert "mistake" not in refusal.value.cause


async def test_a_certificate_that_nobody_vouches_for(mail: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said to such a server, by STARTTLS or TLS; nor to one by another name than its certificate's."""
    monkeypatch.delenv("SSL_CERT_FILE")
    async with MailServer(tls="tls") as other:
        for server in (mail, other):
            with pytest.raises(NotifierRefused) as refusal:
                await post(EmailNotifier(server.settings()))
            assert refusal.value.code == "certificate"
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
    with pytest.raises(NotifierRefused):
        await post(EmailNotifier(mail.settings(host="127.0.0.1")))
    assert mail.letters == []


async def test_a_server_that_hides_its_encryption(trusted: None) -> None:
    """Whoever stands in between gets nothing: no letter, no password."""
    assert trusted is None
    async with MailServer(tls="none") as server:
        with pytest.raises(NotifierRefused) as refusal:
            await post(EmailNotifier(server.settings(tls="starttls")))
        assert refusal.value.code == "starttls_missing"
        assert refusal.value.concerns is Concerns.WORKSPACE
        assert server.letters == []


async def test_at_most_four_connections(postman: EmailNotifier, mail: MailServer) -> None:
    """Servers count them."""
    with mail.held("reply") as held:
        sending = [asyncio.create_task(post(postman)) for _ in range(9)]
        await held.reached.wait()
        async with asyncio.timeout(2):
            while mail.open < 4:  # noqa: ASYNC110 - what it waits for has no event
                await asyncio.sleep(0.01)
    assert len(await asyncio.gather(*sending)) == 9
    assert mail.most_open == 4


def settings(**more: Any) -> EmailSettings:
    chosen: dict[str, Any] = {"host": "mail.example.org", "sender": "papers@example.org", **more}
    return EmailSettings(**chosen)


@pytest.mark.parametrize("host", ["mail.example.org", "10.0.0.5", "localhost.example.org", "[fd00::5]"])
def test_nothing_goes_elsewhere_in_the_clear(host: str) -> None:
    """Only our own machine, and what the host trusts by name, need no encryption."""
    with pytest.raises(SettingsError, match="not on this machine"):
        EmailNotifier(settings(host=host, tls="none"))
    bare = host if host.startswith("[") else host.upper()
    for trusted in (host, f"{bare}:587"):
        EmailNotifier(settings(host=host, tls="none"), trusted=[trusted])
    with pytest.raises(SettingsError):
        EmailNotifier(settings(host=host, tls="none"), trusted=[f"{host}:25"])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "[::1]"])
def test_our_own_machine(host: str) -> None:
    """Is trusted."""
    EmailNotifier(settings(host=host, tls="none"))


@pytest.mark.parametrize("sender", ["papers", "papers@", "Paperbot <papers@example.org>\nBcc: ben@example.org", "<>"])
def test_a_sender_that_is_none(sender: str) -> None:
    """Is said when the bot starts."""
    with pytest.raises(SettingsError, match=r"email\.sender"):
        EmailNotifier(settings(sender=sender))
    with pytest.raises(SettingsError):
        EmailNotifier(EmailSettings())


def test_who_letters_are_from() -> None:
    """With a name, or without."""
    assert sender_of("Paperbot <papers@Example.org>") == PAPERBOT
    assert sender_of("papers@example.org") == Address("", "papers", "example.org")


@pytest.mark.parametrize(
    "change",
    [
        {"to": "ada@example.org\r\nBcc: ben@example.org"},
        {"to": "ada@example.org, ben@example.org"},
        {"to": "Ada <ada@example.org>"},
        {"to": ""},
        {"subject": "One\r\nBcc: ben@example.org"},
        {"subject": "One\u2028two"},
        {"subject": "One \u202eowt"},
        {"subject": ""},
        {"text": "\ud800"},
        {"headers": (("X-One", "1\r\nBcc: ben@example.org"),)},
        {"headers": (("X-One\r\nBcc", "ben@example.org"),)},
        {"headers": (("Bcc", "ben@example.org"),)},
        {"headers": (("Content-Type", "text/plain"),)},
        {"headers": (("X-One", "naïve"),)},
    ],
)
async def test_nothing_becomes_another_header(postman: EmailNotifier, mail: MailServer, change: dict[str, Any]) -> None:
    """What might is refused before anybody is spoken to."""
    with pytest.raises(NotifierRefused) as refusal:
        await post(postman, replace(LETTER, **change))
    assert refusal.value.concerns is (Concerns.READER if "to" in change else Concerns.MESSAGE)
    assert mail.connections == 0


@given(subject=st.text(min_size=1, max_size=120), text=st.text(max_size=400), html=st.text(max_size=400))
def test_any_text_is_a_letter_or_refused(subject: str, text: str, html: str) -> None:
    """With exactly the headers that it should have, in lines that every server takes."""
    try:
        content = posted_form(replace(LETTER, subject=subject, text=text, html=html), PAPERBOT, KEY, NOON)
    except NotifierRefused:
        return
    head = content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    names = [line.partition(b":")[0].decode() for line in head.split(b"\r\n")]
    assert sorted(names) == sorted(
        [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "MIME-Version",
            "Content-Type",
            "List-Unsubscribe",
            "Auto-Submitted",
        ]
    )
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) < 999
    assert b"\r\n.\r\n" not in dotted(content)[:-3]
    assert dotted(content).endswith(b"\r\n.\r\n")


@given(st.sampled_from(Step), st.integers(400, 599), st.text(max_size=80))
def test_every_no_has_a_meaning(step: Step, code: int, text: str) -> None:
    """Whatever a server says; and what it says is repeated nowhere but for its codes."""
    found = failure(step, code, text)
    assert isinstance(found, NotifierError)
    assert isinstance(found, NotifierUnavailable) is (code < 500 or step is Step.HELLO)
    assert found.cause.isascii()
