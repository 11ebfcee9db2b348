"""``paperbot fetch`` as a person meets it: a program of its own against a server on loopback."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.terminal.fetching import once_each
from tests.fetching import DAY, papers
from tests.installation import Done, Installation
from tests.source_server import Fault, SourceServer

#: The shortest question: today and yesterday.
SINCE = ("--since", "2025-12-09")


class Asking(Installation):
    """An installation at noon on Wednesday, 10 December 2025, with a server of live sources."""

    def __init__(self, root: Path, model_folder: Path, server: SourceServer) -> None:
        self.server = server
        sources = (
            f'[[sources]]\nkind = "huggingface"\nname = "daily"\nbase_url = "{server.base_url}"\n'
            f'[[sources]]\nkind = "page"\nname = "site"\nurl = "http://127.0.0.1:2/papers"\n'
            f'[[sources]]\nkind = "page"\nname = "talked"\nurl = "{server.base_url}/papers/trending"\n'
            f'[[sources]]\nkind = "folder"\nname = "dropped"\npath = "{root}/dropped"\n'
            f'[fetch]\nallow_hosts = ["{server.base_url.removeprefix("http://")}"]\n'
            '[testing]\nenabled = true\nclock = "2025-12-10T12:00:00Z"\n'
        )
        super().__init__(root, model_folder, sources)

    async def say(self, *arguments: str) -> Done:
        """Run a command while the server answers."""
        return await asyncio.to_thread(self.do, *arguments)


@pytest.fixture
async def asking(tmp_path: Path, model_folder: Path) -> AsyncGenerator[Asking]:
    """Where nothing was ever fetched."""
    async with SourceServer() as server:
        yield Asking(tmp_path / "here", model_folder, server)


async def test_papers_are_fetched_and_taken_in_at_once(asking: Asking) -> None:
    """Asked for, stored and filed away in one run, told as JSON; the next run's table says that little is new."""
    asking.server.add(DAY, *papers(3))
    asking.server.add(date(2025, 12, 9), *papers(2, 50, "robot grasping"))
    first = await asking.say("fetch", "daily", *SINCE, "--json")
    [row] = first.rows()
    assert {key: value for key, value in row.items() if key != "seconds"} == {
        "source": "daily", "pages": 2, "unchanged": 0, "new": 2, "entries": 5, "rejected": 0, "papers": 5, "new_papers": 5,
        "alerts": 0, "failures": [], "notices": [], "drift": None,
    }, first.err  # fmt: skip
    done = asking.data / "sources" / "daily" / "done"
    assert sorted(path.name for path in done.iterdir()) == ["daily-2025-12-09.json", "daily-2025-12-10.json"]
    asking.server.add(DAY, *papers(4))
    asking.server.fail("/api/daily_papers?date=2025-12-09", Fault.error(404))
    second = await asking.say("fetch", "daily", *SINCE)
    table = [line.split() for line in second.out.splitlines()]
    assert ["new", "papers", "1"] in table
    assert ["failures", "1"] in table
    assert (second.code, "2025-12-09: " in second.err) == (0, True)


async def test_a_command_keeps_how_the_source_is_doing(asking: Asking) -> None:
    """A page that changed is a fault for `status` too, and taking it as it is ends it."""
    asking.server.add(DAY, *papers(12))
    assert (await asking.say("fetch", "talked", "--json")).code == 0
    for paper in papers(10):
        del asking.server.days[DAY][paper.arxiv_id or ""]
    for more, is_drifted in (((), True), (("--again",), False)):
        assert (await asking.say("fetch", "talked", *more)).code == 0
        status = await asking.say("status")
        assert ("is not" in status.out) is is_drifted, status.out


def test_what_is_said_of_many_pages_is_said_once() -> None:
    """With the first of them, and how many more there are."""
    told = [("2025-12-10", "It is away."), ("2025-12-09", "It is gone."), ("2025-12-08", "It is away.")]
    assert once_each(told) == ["2025-12-10 and 1 more: It is away.", "2025-12-09: It is gone."]


@pytest.fixture
def nowhere(tmp_path: Path, model_folder: Path) -> Asking:
    """Where the server is not there."""
    server: Any = SourceServer()
    server.base_url = "http://127.0.0.1:1"
    return Asking(tmp_path / "here", model_folder, server)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("dayly",), 1, "There is no live source dayly: did you mean daily?"),
        (("nothing-like-it",), 1, "there is daily, site, talked."),
        (("dropped",), 1, "dropped is a folder: nothing is fetched. `paperbot ingest` takes in"),
        (("site",), 1, "in allow_hosts of [fetch]"),
        (("site", "--since", "2025-01-01"), 1, "The source site tells what is there now"),
        (("daily", "--since", "2026-01-01"), 1, "choose a day of the past"),
        (("daily", "--since", "last week"), 2, "write a day as 2025-01-31"),
        ((), 2, "SOURCE"),
    ],
)
def test_what_cannot_be_fetched_is_said(
    words: tuple[str, ...], code: int, says: str, nowhere: Asking, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence that says what to do, before anything is asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", nowhere.command("fetch", *words)[2:])
        with pytest.raises(SystemExit) as ended:
            main()
    said = capsys.readouterr().err
    assert (ended.value.code, says in said) == (code, True), said
