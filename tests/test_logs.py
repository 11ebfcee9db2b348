"""What is logged can be read by machines and by eyes, says no more than it may, and no line can be forged."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from bot import logs, redaction
from bot.settings import LogSettings, Settings, SlackSettings

log = logging.getLogger("bot.deliver.sending")


@pytest.fixture(autouse=True)
def restored() -> Generator[None]:
    """Handlers, levels and secrets as they were."""
    root, named = logging.getLogger(), set(redaction.named)
    handlers, level, hook = root.handlers[:], root.level, sys.excepthook
    yield
    root.handlers[:], root.level, sys.excepthook = handlers, level, hook
    redaction.named.clear()
    redaction.named.update(named)


def installed(
    written: Literal["auto", "json", "text"] = "json", *, hash_ids: bool = False, key: bytes = b""
) -> io.StringIO:
    """Logging as the bot writes it, into a text."""
    output = io.StringIO()
    logs.install(LogSettings(format=written, hash_ids=hash_ids), output, key=key)
    return output


def fail(cause: str, event: str, **fields: object) -> None:
    """A failure is logged with its traceback."""
    try:
        int(cause)
    except ValueError:
        log.exception(event, extra=fields)


def only(output: io.StringIO) -> dict[str, Any]:
    """The one JSON line that was written."""
    [line] = output.getvalue().splitlines()
    return json.loads(line)


def test_a_line_for_machines() -> None:
    """When (UTC), how grave, who, what, then the fields in their order."""
    output = installed()
    log.info("delivery", extra={"delivery_id": "digest:U1:2026-03-18", "attempt": 2, "outcome": "sent", "ms": 12.5})
    told = only(output)
    at = datetime.fromisoformat(told.pop("at"))
    assert (at.utcoffset(), abs((datetime.now(UTC) - at).total_seconds()) < 5) == (UTC.utcoffset(None), True)
    assert list(told.items()) == [
        ("level", "info"),
        ("logger", "bot.deliver.sending"),
        ("event", "delivery"),
        ("delivery_id", "digest:U1:2026-03-18"),
        ("attempt", 2),
        ("outcome", "sent"),
        ("ms", 12.5),
    ]


def test_a_line_for_eyes() -> None:
    """The same in one readable line."""
    output = installed("text")
    log.warning("ingest folder=%s papers=%d", "/srv", 12, extra={"outcome": "later"})
    assert output.getvalue().endswith(" WARNING bot.deliver.sending: ingest folder=/srv papers=12 outcome=later\n")


@pytest.mark.parametrize("written", ["json", "text"])
def test_no_line_is_forged(written: Literal["json", "text"]) -> None:
    """Line breaks and what a terminal obeys are written out, wherever they came from."""
    output = installed(written)
    log.info("title %s", "a\nb\x1b[31m", extra={"field": "c\u2028d\r"})
    [line] = output.getvalue().splitlines()
    assert {"\x1b", "\r"} & set(line) == set()


@pytest.mark.parametrize("written", ["json", "text"])
def test_a_traceback_is_told_whole(written: Literal["json", "text"]) -> None:
    """What went wrong inside stands with the line."""
    output = installed(written)
    fail("nobody thought of this", "it failed")
    told = output.getvalue()
    assert "Traceback" in told
    assert "nobody thought of this" in told
    assert (len(told.splitlines()) == 1) is (written == "json")


def test_libraries_are_told_too_but_not_their_details() -> None:
    """Lines of Slack's libraries and of Redis's come in the same form, from INFO upwards; what they debug is secret."""
    output = installed()
    redaction.install(Settings())
    for name in ("slack_sdk.web", "slack_bolt.App", "redis.client", "apscheduler.executors"):
        logging.getLogger(name).debug("the whole body")
    logging.getLogger("slack_sdk.web").warning("rate limited")
    assert (only(output)["logger"], only(output)["event"]) == ("slack_sdk.web", "rate limited")


def test_secrets_are_hidden_last() -> None:
    """Whatever a field or a traceback holds, tokens are not written."""
    output = installed()
    token = "xoxb-" + "1234567890-abcdefghij"
    redaction.install(Settings(slack=SlackSettings.model_validate({"bot_token": token})))
    fail(f"refused {token}", f"with {token}", header=f"Bearer {token}", inner={"a": [token]})
    assert token not in output.getvalue()
    assert only(output)["event"].startswith("with ")


def test_ids_as_hashes() -> None:
    """With hash_ids no id of a person, a channel or a paper is written; the same id has the same hash, by the key."""
    told: list[dict[str, Any]] = []
    for key in (b"one", b"one", b"other"):
        output = installed(hash_ids=True, key=key)
        log.info(
            "reader=%s in C0PAPERS1 follows arxiv=%s",
            "T0TEAM123/U0AMARA12",
            "2501.01230",
            extra={
                "delivery_id": "papers:U0AMARA12:ab",
                "team": "T0TEAM123",
                "kind": "papers",
                "papers": ["2501.01230"],
            },
        )
        assert not {"T0TEAM123", "U0AMARA12", "C0PAPERS1", "2501.01230"} & set(
            output.getvalue().replace('"', " ").replace("/", " ").replace(":", " ").replace("=", " ").split()
        )
        told.append({name: value for name, value in only(output).items() if name != "at"})
    assert told[0] == told[1]
    assert told[0]["kind"] == "papers"
    assert told[0]["team"] != told[2]["team"]


def test_installed_twice_writes_once() -> None:
    """The second time replaces the first."""
    first, second = installed(), installed()
    log.info("once")
    assert (first.getvalue(), only(second)["event"]) == ("", "once")


@pytest.mark.parametrize(("is_terminal", "is_json"), [(True, False), (False, True)])
def test_what_is_written_where(*, is_terminal: bool, is_json: bool) -> None:
    """By itself: a person at a terminal reads text, everything else gets JSON."""

    class Output(io.StringIO):
        def isatty(self) -> bool:
            return is_terminal

    output = Output()
    logs.install(LogSettings(), output)
    log.info("hello")
    assert output.getvalue().startswith("{") is is_json
