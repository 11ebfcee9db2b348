"""Files that people give in a window: read with our token from Slack alone, and never more than was asked for."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from bot.errors import NotifierRefused, NotifierUnavailable
from bot.models import Attached
from bot.notify.files import is_slacks
from bot.notify.slack import SlackNotifier
from tests.slack_server import ADA, BOT_TOKEN, Failure, SlackServer

FILE = "F0LIBRARY1"


@pytest.fixture
async def slack() -> AsyncGenerator[SlackServer]:
    """A workspace in which Ada gave a file."""
    async with SlackServer() as server:
        server.files["kelp.ris"] = b"TY  - JOUR"
        tell(server)
        yield server


@pytest.fixture
async def notifier(slack: SlackServer) -> AsyncGenerator[SlackNotifier]:
    """The door to that workspace."""
    settings = slack.settings()
    async with SlackNotifier(settings.slack, settings.delivery) as opened:
        yield opened


def tell(slack: SlackServer, **fields: Any) -> None:
    """What Slack says of the file."""
    usual = {"name": "kelp.ris", "user": ADA, "size": 10, "url_private_download": f"{slack.url}/files/kelp.ris"}
    slack.answers["files.info"] = {"file": usual | fields}


async def test_a_file_is_read(notifier: SlackNotifier, slack: SlackServer) -> None:
    """It is looked up by its id, and read from the address that Slack gives, with the token in the head."""
    assert await notifier.file(FILE, 1_000) == Attached("kelp.ris", ADA, b"TY  - JOUR")
    assert slack.calls("files.info") == [{"file": FILE}]
    assert slack.downloads == [("kelp.ris", f"Bearer {BOT_TOKEN}")]


@pytest.mark.parametrize("size", [1_001, 10, None, "many"])
async def test_one_that_is_too_large_is_not_read_whole(notifier: SlackNotifier, slack: SlackServer, size: Any) -> None:
    """Whatever Slack says of its size: what comes is counted."""
    slack.files["kelp.ris"] = b"x" * 1_001
    tell(slack, size=size)
    assert await notifier.file(FILE, 1_000) == Attached("kelp.ris", ADA, None)
    assert bool(slack.downloads) is (size != 1_001)


@pytest.mark.parametrize("code", ["file_not_found", "file_deleted"])
async def test_one_that_is_not_there(notifier: SlackNotifier, slack: SlackServer, code: str) -> None:
    """It was deleted meanwhile, or was never for us."""
    slack.fail("files.info", Failure.error(code))
    assert await notifier.file(FILE, 1_000) is None


async def test_one_that_slack_keeps_from_us(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Whoever it does not know it sends elsewhere, to sign in: that page is no file. Without the scope it says so."""
    del slack.files["kelp.ris"]
    assert await notifier.file(FILE, 1_000) is None
    slack.fail("files.info", Failure.error("missing_scope"))
    with pytest.raises(NotifierRefused, match="lacks a permission"):
        await notifier.file(FILE, 1_000)


@pytest.mark.parametrize("url", ["https://files.example.org/kelp.ris", "", None, 5, "http://files.slack.com/kelp.ris"])
async def test_the_token_goes_nowhere_else(notifier: SlackNotifier, slack: SlackServer, url: Any) -> None:
    """An address that is not Slack's is not asked."""
    tell(slack, url_private_download=url, url_private=url)
    with pytest.raises(NotifierUnavailable):
        await notifier.file(FILE, 1_000)
    assert slack.downloads == []


@pytest.mark.parametrize(
    ("url", "is_theirs"),
    [
        ("https://files.slack.com/files-pri/T1-F1/kelp.bib", True),
        ("https://slack.com/kelp", True),
        ("https://FILES.SLACK.COM:443/kelp", True),
        ("http://127.0.0.1:4820/kelp", True),
        ("http://files.slack.com/kelp", False),
        ("https://files.slack.com.example.org/kelp", False),
        ("https://myslack.com/kelp", False),
        ("https://files.slack.com@example.org/kelp", False),
        ("https://me@files.slack.com/kelp", False),
        ("https://files.slack.com:8443/kelp", False),
        ("http://127.0.0.1:4821/kelp", False),
        ("https://127.0.0.1:4820/kelp", False),
        ("http://me@127.0.0.1:4820/kelp", False),
        ("https://[::1/kelp", False),
        ("https://files.slack.com:no/kelp", False),
        ("file:///etc/passwd", False),
    ],
)
def test_whose_address_it_is(url: str, is_theirs: bool) -> None:
    """The server that answers our calls, or slack.com over https; nobody who is only called alike."""
    assert is_slacks(url, "http://127.0.0.1:4820/api/") is is_theirs
