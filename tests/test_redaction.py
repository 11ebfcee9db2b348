"""No secret reaches a log line, a traceback or a crash."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot import redaction
from bot.redaction import HIDDEN, RedactingFormatter, hide, hide_lately, install, redact
from bot.settings import EmailSettings, Settings, SlackSettings, SourceSettings, StoreSettings

TOKEN = "xoxb-111-222-CanaryCanaryCanary"  # noqa: S105 - invented
APP_TOKEN = "xapp-1-A0CANARY-333-canarycanary"  # noqa: S105 - invented
SIGNING = "5f1c0ffee5f1c0ffee5f1c0ffee5f1c0"
PASSWORD = "redis canary/pass"  # noqa: S105 - invented
MAIL, FEED = "mail canary pass", "feed-canary-pass"
URL = "https://hooks.slack.com/commands/T000CANARY/123/canarycanary"


@pytest.fixture(autouse=True)
def _as_before() -> Generator[None]:
    """Loggers, names and hooks are put back."""
    hook, named, lately = sys.excepthook, redaction.named.copy(), redaction.lately.copy()
    root = logging.getLogger()
    level, handlers = root.level, [(handler, handler.formatter) for handler in root.handlers]
    yield
    sys.excepthook = hook
    redaction.named.clear()
    redaction.named.update(named)
    redaction.lately.clear()
    redaction.lately.update(lately)
    root.setLevel(level)
    for handler, formatter in handlers:
        handler.setFormatter(formatter)


def settings() -> Settings:
    """A host with every kind of secret."""
    return Settings(
        slack=SlackSettings(
            bot_token=SecretStr(TOKEN), app_token=SecretStr(APP_TOKEN), signing_secret=SecretStr(SIGNING)
        ),
        store=StoreSettings(url="redis://bot:redis%20canary%2Fpass@db.example:6379/0"),
        email=EmailSettings(host="mail.example", sender="a@b.example", username="a", password=SecretStr(MAIL)),
        sources=(SourceSettings(kind="feed", name="blog", url=f"https://us:{FEED}@blog.example/feed"),),
    )


@pytest.fixture
def told() -> Generator[io.StringIO]:
    """What a handler writes after ``install``."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    install(settings())
    yield stream
    logging.getLogger().removeHandler(handler)


CANARIES = (TOKEN, APP_TOKEN, SIGNING, PASSWORD, "redis%20canary%2Fpass", MAIL, FEED, URL)


@pytest.mark.parametrize("secret", CANARIES)
def test_a_secret_is_never_logged(told: io.StringIO, secret: str) -> None:
    """As text, as an argument, inside a value and in a traceback it is hidden."""
    log = logging.getLogger("canary")
    log.warning("text %s", secret)
    log.warning("value %r", {"response_url": secret, "nested": [secret]})
    log.warning(f"text {secret}!")  # noqa: G004 - the message itself holds it
    try:
        raise RuntimeError(f"failed with {secret}")  # noqa: TRY301 - it is what is tested
    except RuntimeError:
        log.exception("failed")
    assert secret not in told.getvalue()
    assert told.getvalue().count(HIDDEN) >= 5


def test_secrets_are_known_by_their_shape() -> None:
    """Tokens, response URLs, passwords in addresses, signatures and tickets nobody named are hidden too."""
    for text, left in [
        ("xoxe.xoxb-1-Mi0yLTEyMzQ1", f"xoxe.xoxb-{HIDDEN}"),
        ("token=xoxp-9-9-abc, user", f"token=xoxp-{HIDDEN}, user"),
        (f"post to {URL} failed", f"post to https://hooks.slack.com/{HIDDEN} failed"),
        ('"response_url": "http://127.0.0.1:4/response/abc"', f'"response_url": "{HIDDEN}"'),
        ("redis://:swordfish@db/0", f"redis://:{HIDDEN}@db/0"),
        ("Authorization: Bearer abcdef123456", f"Authorization: Bearer {HIDDEN}"),
        ("sig v0=" + "a1" * 32, f"sig v0={HIDDEN}"),
        ("wss://wss.slack.com/link/?ticket=abc-def&app_id=A1", f"wss://wss.slack.com/link/?ticket={HIDDEN}&app_id=A1"),
    ]:
        assert redact(text) == left


def test_ordinary_text_stays() -> None:
    """Titles, links and ids are left as they are."""
    text = "p0123456789abcde https://arxiv.org/abs/2501.00001?x=1 why: xoxb, xapp- and token words"
    assert redact(text) == text


def test_a_crash_tells_no_secret(told: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    """The last words of a dying program are redacted."""
    assert told.getvalue() == ""
    try:
        raise ValueError(f"crash with {TOKEN} and {SIGNING}")  # noqa: TRY301 - it is what is tested
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    words = capsys.readouterr().err
    assert "ValueError: crash with" in words
    assert TOKEN not in words
    assert SIGNING not in words


def test_slacks_libraries_stay_quiet(told: io.StringIO) -> None:
    """Even when everything is logged, slack_sdk and slack_bolt write nothing below INFO, nor httpx the addresses it asks."""
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger("slack_sdk.web.async_client").debug("Sending a request with %s", "much")
    logging.getLogger("slack_bolt.AsyncApp").debug("body")
    logging.getLogger("aiosmtplib").debug("AUTH")
    logging.getLogger("httpx").info("HTTP Request: GET https://blog.example/feed?key=much")
    assert told.getvalue() == ""


def test_installing_twice_redacts_once(told: io.StringIO) -> None:
    """A handler keeps its own format below."""
    install(settings())
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    assert all(isinstance(one, RedactingFormatter) for one in formatters)
    assert not any(
        isinstance(one, RedactingFormatter) and isinstance(one.inner, RedactingFormatter) for one in formatters
    )
    assert told.getvalue() == ""


def test_only_the_latest_response_urls_are_kept(told: io.StringIO) -> None:
    """Those of a busy day do not pile up, and push out no token."""
    for number in range(3_000):
        hide_lately(f"http://127.0.0.1/response/{number:08d}")
    assert len(redaction.lately) <= 1_000
    assert redact("http://127.0.0.1/response/00002999") == HIDDEN
    assert redact(SIGNING) == HIDDEN
    assert told.getvalue() == ""


@given(
    st.text(max_size=200), st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=40)
)
def test_whatever_stands_around_it_a_named_secret_is_hidden(around: str, secret: str) -> None:
    """Any text and any secret."""
    hide([secret])
    if secret not in HIDDEN:
        assert secret not in redact(f"{around} {secret} {around}").replace(HIDDEN, "")
