"""Papers that no dump has told of: asked for by their ids, taken in, followed, and told to who asked; or told unknown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from bot.dumps import Folder
from bot.errors import UnknownPaper
from bot.fetch import Fetch
from bot.models import FetchReport, InterestKind
from bot.schedule.asking import Patience
from bot.schedule.clockwork import Clockwork
from bot.schedule.leading import Leader
from bot.services import Bot, Services, Works, followed_or_asked
from bot.settings import Settings
from bot.store import Store
from handlers import route
from tests.handling import AMARA, BEN, NOW, RecordingReply, Slack, command, deliver, open_test_bot, slack
from tests.pages import invented
from tests.pressing import said
from tests.source_server import Fault, SourceServer

KNOWN, UNKNOWN = "2603.00042", "2603.99999"
PAPER = invented("tide gauges", 1, KNOWN)


@dataclass
class Lab:
    """A bot that may ask a server for papers, and what ticks for it."""

    bot: Bot
    store: Store
    slack: Slack
    server: SourceServer
    clockwork: Clockwork
    #: The day on which what the server knows came out.
    came: list[date]

    async def typed(self, text: str) -> str:
        """What ``/papers`` answers to this text of Amara's."""
        reply = RecordingReply()
        await route(self.bot).handle(command(text), reply)
        return reply.said

    async def sent(self) -> list[str]:
        """What goes out now, in words."""
        await deliver(self.bot, self.store, self.slack)
        return [f"{message.text} {said(list(message.blocks))}" for _, message in self.slack.sent]


@pytest.fixture
async def lab(store: Store, tmp_path: Path) -> AsyncGenerator[Lab]:
    """With one source of the kind arxiv, which knows one paper."""
    came = [date(2019, 5, 6)]
    async with SourceServer(lambda: came[-1]) as server:
        server.know(PAPER)
        source = {"kind": "arxiv", "name": "pasted", "base_url": server.base_url}
        settings = Settings.model_validate({"sources": [source], "store": {"data_dir": tmp_path}})
        async with opened(store, settings, server, came) as made:
            yield made


@asynccontextmanager
async def opened(store: Store, settings: Settings, server: SourceServer, came: list[date]) -> AsyncGenerator[Lab]:
    """The bot of these settings, with what ticks for it."""
    workspace = slack()
    async with open_test_bot(store, settings=settings, directory=workspace) as bot, server.pages() as pages:
        folders = (Folder(settings.sources[0].place(settings.store.data_dir), latest_only=True),)
        fetch = Fetch(store, pages, bot.clock, bot.settings)
        opening: asyncio.Future[Services] = asyncio.get_running_loop().create_future()
        opening.set_result(replace(await bot.services(), fetch=fetch, folders=folders))
        bot.opening = opening
        leader = Leader(store.leases, "run")
        await leader.renew()
        yield Lab(bot, store, workspace, server, Clockwork(Works(bot, store, "run"), leader), came)


async def test_a_link_that_is_followed_comes_in_a_moment(lab: Lab) -> None:
    """It says so, is asked for once, is followed when it is there, and who asked is told."""
    answer = await lab.typed(f"follow https://arxiv.org/abs/{KNOWN}")
    assert answer == f"{KNOWN} is not here yet. It is being asked for: you will follow it in a moment."
    for _ in range(2):
        await lab.clockwork.ask_for_papers()
    assert len(lab.server.requests) == 1
    [interest] = (await lab.bot.readers.get(AMARA)).interests
    assert (interest.kind, interest.name) == (InterestKind.PAPER, PAPER.title)
    [message] = await lab.sent()
    assert "The paper you asked for is here" in message
    assert PAPER.title in message


async def test_why_of_a_link_that_is_not_here(lab: Lab) -> None:
    """It is asked for, and not followed; asked again once it came, why answers."""
    answer = await lab.typed(f"why https://arxiv.org/abs/{KNOWN}")
    assert answer.startswith(f"{KNOWN} is not here yet. It is being asked for, and comes in a moment.")
    await lab.clockwork.ask_for_papers()
    assert (await lab.bot.readers.get(AMARA)).interests == ()
    assert len(await lab.sent()) == 1
    assert PAPER.title in await lab.typed(f"why {KNOWN}")


async def test_a_paper_that_nobody_knows(lab: Lab) -> None:
    """Who asked hears it once, however often it is looked for; a paper beside it comes all the same."""
    await lab.typed(f"follow {UNKNOWN}")
    await lab.typed(f"follow {KNOWN}")
    for _ in range(2):
        await lab.clockwork.ask_for_papers()
        lab.clockwork.asking._asked.clear()  # pyright: ignore[reportPrivateUsage] - as if an hour had passed
    messages = await lab.sent()
    assert sum(f"arXiv knows no paper {UNKNOWN}." in one for one in messages) == 1
    assert sum("The paper you asked for is here" in one for one in messages) == 1
    assert len(messages) == 2
    assert [one.arxiv_id for one in await lab.store.pending.all()] == [UNKNOWN]


async def test_who_is_forgotten_while_a_paper_is_asked_for_is_not_written_to(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is queued, and nothing is left of that person."""
    services = await lab.bot.services()
    assert services.fetch is not None
    papers = Fetch.papers

    async def meanwhile(fetch: Fetch, arxiv_ids: Sequence[str]) -> FetchReport:
        told = await papers(fetch, arxiv_ids)
        await lab.bot.readers.forget(AMARA)
        return told

    monkeypatch.setattr(Fetch, "papers", meanwhile)
    await lab.typed(f"follow {UNKNOWN}")
    await lab.clockwork.ask_for_papers()
    assert len(lab.server.requests) == 1
    assert await lab.sent() == []


async def test_a_server_that_is_away_is_asked_again(lab: Lab) -> None:
    """Nothing is said meanwhile, and the paper comes when it can."""
    lab.server.fail("/api/query", Fault.error(500), times=1)
    await lab.typed(f"follow {KNOWN}")
    await lab.clockwork.ask_for_papers()
    assert await lab.sent() == []
    lab.clockwork.asking.patience = Patience()
    await lab.clockwork.ask_for_papers()
    assert len(await lab.sent()) == 1


async def test_an_old_paper_is_nobody_elses_news(lab: Lab) -> None:
    """Who asked for it hears of it; who follows something near does not, but for a paper that has just come out."""
    services = await lab.bot.services()
    await services.curate.follow(BEN, "tide gauges")
    young = invented("tide gauges", 2, "2603.00043")
    lab.server.know(young)
    await lab.typed(f"follow {KNOWN}")
    await lab.clockwork.ask_for_papers()
    assert await lab.store.papers.unmatched() == []
    assert await lab.bot.readers.alerts(BEN) == []
    lab.came.append(NOW.date())
    await lab.typed(f"why {young.arxiv_id}")
    await lab.clockwork.ask_for_papers()
    assert [paper.title for _, paper in await lab.bot.readers.alerts(BEN)] == [young.title]


async def test_at_the_terminal_it_is_looked_up_at_once(lab: Lab) -> None:
    """What is known is followed; what nobody knows is said to be, and every other refusal is as it was."""
    services, settings = await lab.bot.services(), lab.bot.settings
    followed = await followed_or_asked(services, settings, BEN, KNOWN, name="gauges")
    assert (followed.interest.name, followed.interest.text[:20]) == ("gauges", PAPER.title[:20])
    with pytest.raises(UnknownPaper, match=f"No source knows the paper {UNKNOWN}: check the number"):
        await followed_or_asked(services, settings, BEN, UNKNOWN)
    asked = len(lab.server.requests)
    with pytest.raises(UnknownPaper, match="names no paper"):
        await followed_or_asked(services, settings, BEN, "https://example.org/paper")
    assert len(lab.server.requests) == asked
    with pytest.raises(UnknownPaper, match="No dump has told of"):
        await followed_or_asked(replace(services, fetch=None), settings, BEN, UNKNOWN)


async def test_an_entry_of_a_library_is_asked_for_like_a_link(lab: Lab) -> None:
    """A title alone would be followed as a phrase, which is the poorest that is known of it."""
    said = await lab.typed(f"follow @misc{{a, title={{Tide Gauges}}, eprint={{{KNOWN}}}}}")
    assert said == f"Not here yet, being asked for, and followed as soon as they come: {KNOWN}."
    assert (await lab.bot.readers.get(AMARA)).interests == ()
    assert [one.arxiv_id for one in await lab.store.pending.of_workspace(AMARA.workspace)] == [KNOWN]
