"""``paperbot check``: live sources are asked for one page each, and the mail server is let say whether it lets us in."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import settings
from bot.models import Delivery, DeliveryKind, Medium, Subscription, UserId
from bot.pages import Pages
from bot.settings import Settings
from bot.store import open_store
from bot.terminal import doctor, standing
from tests import source_answers
from tests.mail_server import PASSWORD, USERNAME, MailServer
from tests.pages import invented
from tests.source_server import Fault, SourceServer


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is loaded, and nobody waits for turns."""

    async def model(_: object) -> str:
        return "there"

    async def at_once(_host: str, _seconds: float) -> None:
        return

    def open_pages(settings: Settings) -> Pages:
        trusted = [source.base_url for source in settings.sources if source.base_url]
        return Pages(settings.fetch, trusted, version="0", turn=at_once)

    monkeypatch.setattr(doctor, "_model", model)
    monkeypatch.setattr(doctor, "open_pages", open_pages)


async def checks(folder: Path, out: pytest.CaptureFixture[bytes], more: str) -> dict[str, tuple[bool, str]]:
    """What is said of sources and of e-mail, by its name."""
    file = folder / "config.toml"
    file.write_text(f'[store]\ndata_dir = "data"\n{more}')
    code = await doctor.run(file, as_json=True)
    told: dict[str, Any] = json.loads(out.readouterr().out)
    found = {one["name"]: (one["ok"], one["say"]) for one in told["checks"]}
    assert code == (0 if all(ok for ok, _ in found.values()) else 1)
    return {name: one for name, one in found.items() if name.startswith(("source", "e-mail"))}


def sources(server: SourceServer) -> str:
    return (
        f'[[sources]]\nkind = "huggingface"\nname = "papers"\nbase_url = "{server.base_url}"\n'
        f'[[sources]]\nkind = "arxiv"\nname = "pasted"\nbase_url = "{server.base_url}"\n'
        f'[[sources]]\nkind = "feed"\nname = "blog"\nurl = "{server.base_url}/feed.xml"\n'
        f'[fetch]\nallow_hosts = ["127.0.0.1:{server.port}"]\n'
    )


async def test_each_live_source_is_asked_once(
    tmp_path: Path, source_server: SourceServer, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """One polite request tells whether it answers as its kind does; nothing is stored of it."""
    source_server.know(invented("tides", 1, "1706.03762"))
    source_server.publish(invented("tides", 2, "2603.00002"), invented("tides", 3, "2603.00003"))
    told = await checks(tmp_path, capfdbinary, sources(source_server))
    host = source_server.base_url.removeprefix("http://")
    assert told == {
        "source papers": (True, f"huggingface: {host} answers, and lists no papers right now"),
        "source pasted": (True, f"arxiv: {host} answers, 1 paper on the page"),
        "source blog": (True, f"feed: {host} answers, 2 papers on the page"),
    }
    assert len(source_server.requests) == 3
    assert not list((tmp_path / "data" / "sources").rglob("*.json"))


async def test_an_answer_that_breaks_off_is_no_good_one(
    tmp_path: Path, source_server: SourceServer, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Whatever can be read in its beginning."""
    body = source_answers.feed(
        [invented("tides", number, f"2603.0000{number}") for number in (2, 3)], date(2026, 3, 18)
    )
    source_server.fail("/feed.xml", Fault.other(body[:-60], "application/xml"))
    told = await checks(tmp_path, capfdbinary, sources(source_server))
    is_well, said = told["source blog"]
    assert (is_well, "breaks off in the middle" in said) == (False, True)


async def test_a_source_that_does_not_answer_as_it_should(
    tmp_path: Path, source_server: SourceServer, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Each is told on its own: one that is away, one whose page is no page of papers, one within this network."""
    source_server.fail("/api/daily_papers", Fault.error(404))
    source_server.fail("/feed.xml", Fault.drifted())
    told = await checks(tmp_path, capfdbinary, sources(source_server).partition("[fetch]")[0])
    assert [ok for ok, _ in told.values()] == [False, True, False]
    trusted = await checks(tmp_path, capfdbinary, sources(source_server))
    said = "answers, and no papers can be read in what it says: check the source's kind and address."
    assert trusted["source blog"] == (False, f"127.0.0.1:{source_server.port} {said}")


async def test_the_mail_server_lets_us_in(
    tmp_path: Path, mail: MailServer, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """It is greeted and logged into, and gets no letter; a wrong password is told, and never by its value."""
    written = (
        f'[email]\nhost = "localhost"\nport = {mail.port}\nusername = "{USERNAME}"\npassword = "{PASSWORD}"\n'
        'sender = "papers@example.org"\n'
    )
    told = await checks(tmp_path, capfdbinary, written)
    assert told["e-mail"] == (True, f"localhost:{mail.port} takes letters from papers@example.org")
    assert mail.letters == []
    told = await checks(tmp_path, capfdbinary, written.replace(PASSWORD, "another one"))
    assert told["e-mail"][0] is False
    assert "another one" not in told["e-mail"][1]


async def test_letters_that_wait_for_a_server_that_is_set_no_more(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """``check`` and ``status`` say so; while none waits nothing is said of e-mail."""
    assert "e-mail" not in await checks(tmp_path, capfdbinary, "")
    chosen = settings.load(tmp_path / "config.toml")
    ada, now = UserId("T1", "U1"), datetime(2026, 3, 18, tzinfo=UTC)
    store = await open_store(chosen.store)
    await store.subscriptions.put(Subscription(ada, addresses=("ada@example.org",)))
    for number in range(2):
        letter = Delivery(f"quiet:{number}", ada, DeliveryKind.QUIET, now, medium=Medium.EMAIL, to="ada@example.org")
        assert await store.outbox.enqueue(letter) is not None
    await store.close()
    sentence = "2 letters wait and no mail server is set: set email.host and email.sender again, and they go out."
    assert (await checks(tmp_path, capfdbinary, ""))["e-mail"] == (False, sentence)
    assert await standing.run(chosen, as_json=False) == 0
    assert sentence in " ".join(capfdbinary.readouterr().out.decode().split())
