"""Papers that were asked for before any dump told of them: they come once, to whoever asked, with the paper's card."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import time
from typing import Any

import pytest

from bot.blocks import papers_in
from bot.curate import MOST_INTERESTS
from bot.models import UserId
from bot.services import Bot
from bot.store import Store
from handlers import route
from tests.fakes import paper
from tests.handling import AMARA, BEN, CHANNEL, RecordingReply, Slack, command, deliver, keep, open_test_bot, slack

KELP = paper(f"p{1:015x}", "Counting Kelp Quickly", "We count algae in drone images.", arxiv_id="2603.00001")
ASKED = ("why 2603.00001", "search 2603.00001", "similar 2603.00001", "follow 2603.00001")


@pytest.fixture
def workspace() -> Slack:
    """Slack, with Amara, Ben and the channel."""
    return slack()


@pytest.fixture
async def bot(store: Store, workspace: Slack) -> AsyncGenerator[Bot]:
    """A bot without papers and without folders to look into."""
    async with open_test_bot(store, directory=workspace) as opened:
        yield opened


async def ask(bot: Bot, *texts: str, **fields: Any) -> None:
    for text in texts:
        await route(bot).handle(command(text, **fields), RecordingReply())


async def tick(bot: Bot, store: Store, workspace: Slack, times: int = 2) -> None:
    """A dump tells of the paper, the clock ticks, and what is queued is sent."""
    await keep(store, [KELP])
    for _ in range(times):
        services = await bot.services()
        for pending in await services.curate.fulfil(AMARA.workspace):
            await bot.prepare.bring(pending)
        await deliver(bot, store, workspace)


async def follows(bot: Bot, reader: UserId = AMARA) -> list[str | None]:
    return [one.paper_id for one in (await bot.readers.get(reader)).interests]


@pytest.mark.parametrize("text", ASKED)
async def test_who_asked_is_told_once(bot: Bot, store: Store, workspace: Slack, text: str) -> None:
    """Followed or only asked for, the paper comes by direct message with its card, and never again."""
    await ask(bot, text)
    await tick(bot, store, workspace)
    [(reader, message)] = workspace.sent
    assert (reader, papers_in(message.blocks)) == (AMARA, (KELP.id,))
    assert message.text.startswith("The paper you asked for is here")
    is_followed = text.startswith("follow")
    assert await follows(bot) == [KELP.id] * is_followed
    assert ("You follow it now." in message.text) is is_followed
    assert await store.pending.of_workspace(AMARA.workspace) == []
    assert [one.paper_id for one in await store.sent.of(AMARA)] == [KELP.id]
    assert await bot.readers.message_papers(AMARA.workspace, "DUAMARA", "1.000000") == (KELP.id,)


async def test_everybody_who_asked_is_told(bot: Bot, store: Store, workspace: Slack) -> None:
    """Each for themselves; a channel that follows it is told as a channel."""
    await ask(bot, "why 2603.00001")
    await ask(bot, "follow 2603.00001", reader=BEN)
    await ask(bot, "channel follow 2603.00001", channel=CHANNEL.user)
    await tick(bot, store, workspace)
    assert {reader: "follow" in message.text.split(KELP.title)[0] for reader, message in workspace.sent} == {
        AMARA: False,
        BEN: True,
        CHANNEL: True,
    }
    [in_channel] = [message for reader, message in workspace.sent if reader == CHANNEL]
    assert "This channel follows it now." in in_channel.text
    assert "mute_interest" not in str(in_channel.blocks)


@pytest.mark.parametrize(
    "fields", [{"paused": True}, {"quiet_from": time(8), "quiet_to": time(12)}], ids=["paused", "quiet"]
)
async def test_nobody_is_disturbed(bot: Bot, store: Store, workspace: Slack, fields: dict[str, Any]) -> None:
    """Who paused or has quiet hours is told afterwards; what they unfollowed meanwhile is not followed again."""
    await ask(bot, "follow 2603.00001")
    await bot.readers.change(AMARA, **fields)
    await tick(bot, store, workspace)
    assert workspace.sent == []
    assert await follows(bot) == [KELP.id]
    await bot.readers.unfollow(AMARA, KELP.title)
    await bot.readers.change(AMARA, paused=False, quiet_from=None, quiet_to=None)
    await tick(bot, store, workspace)
    [(_, message)] = workspace.sent
    assert "You follow it now." not in message.text
    assert await follows(bot) == []


async def test_what_there_is_no_room_to_follow(bot: Bot, store: Store, workspace: Slack) -> None:
    """It comes all the same, and says why it is not followed."""
    await ask(bot, "follow 2603.00001", *(f"follow phrase number {number}" for number in range(MOST_INTERESTS)))
    await tick(bot, store, workspace)
    [(_, message)] = workspace.sent
    assert "unfollow something first" in message.text
    assert KELP.id not in await follows(bot)


async def test_who_was_forgotten_is_not_told(bot: Bot, store: Store, workspace: Slack) -> None:
    """Also by somebody who read just before who is waiting."""
    await ask(bot, "why 2603.00001")
    await keep(store, [KELP])
    [pending] = await (await bot.services()).curate.fulfil(AMARA.workspace)
    await bot.readers.forget(AMARA)
    assert await bot.prepare.bring(pending)
    await deliver(bot, store, workspace)
    assert workspace.sent == []
    assert await store.sent.known(AMARA) == set()
