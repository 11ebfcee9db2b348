"""``/papers feed``: an address that is told to who asks, renewed and taken back; and the same for a channel."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator

import pytest

from bot.errors import NotAllowed, UserError
from bot.models import UserId
from bot.services import Bot
from bot.settings import HttpSettings, Settings
from bot.store import Store
from handlers import route
from handlers.commands.feed import channel_feed, is_feed
from tests.fakes import paper
from tests.handling import AMARA, BEN, CHANNEL, DIRECT, GUEST, RecordingReply, command, open_test_bot

PAPERS = (paper("p" + "1" * 15, "Feed Forward Networks", "Networks that feed forward."),)
_ADDRESS = re.compile(r"https://papers\.example\.org/feeds/([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])")


@pytest.fixture
async def bot(store: Store) -> AsyncGenerator[Bot]:
    """The host said how it is reached."""
    settings = Settings(http=HttpSettings(public_url="https://papers.example.org"))
    async with open_test_bot(store, PAPERS, settings) as opened:
        yield opened


async def typed(bot: Bot, text: str, *, reader: UserId = AMARA, channel: str = DIRECT) -> RecordingReply:
    """What ``/papers`` with this text answers."""
    reply = RecordingReply()
    await route(bot).handle(command(text, reader=reader, channel=channel), reply)
    assert not reply.shared
    return reply


def token_in(reply: RecordingReply) -> str:
    """The token of the one address that was told."""
    [token] = _ADDRESS.findall(reply.said)
    return token


async def test_a_feed_is_told_renewed_and_taken_back(bot: Bot) -> None:
    """Always the same address until another one is asked for; each answer says what it is worth."""
    first = await typed(bot, "feed")
    assert "Whoever has this address can read it" in first.said
    assert token_in(first) == token_in(await typed(bot, "Feed"))
    renewed = await typed(bot, "feed new")
    assert "The address before this one opens nothing any more." in renewed.said
    assert token_in(renewed) != token_in(first)
    assert await bot.links.feed(token_in(first)) is None
    assert await bot.links.feed(token_in(renewed)) is not None
    assert (await typed(bot, "feed off")).said.startswith("The feed is off")
    assert await bot.links.feed(token_in(renewed)) is None
    assert (await typed(bot, "feed off")).said.startswith("There was no feed to switch off.")


async def test_each_reader_has_a_feed_of_its_own(bot: Bot) -> None:
    """Nobody is told another one's address."""
    assert token_in(await typed(bot, "feed")) != token_in(await typed(bot, "feed", reader=BEN))


async def test_other_words_after_it_are_searched(bot: Bot) -> None:
    """Who looks for feed forward networks finds papers."""
    assert is_feed("") and is_feed("NEW") and not is_feed("forward networks")  # noqa: PT018 - one table
    assert "Feed Forward Networks" in (await typed(bot, "feed forward networks")).said


async def test_without_an_outside_there_is_no_feed(store: Store) -> None:
    """Who asks learns whom to ask, and what is missing."""
    async with open_test_bot(store) as bot:
        with pytest.raises(UserError, match=r"http\.public_url"):
            await typed(bot, "feed")


async def test_a_channels_feed_is_the_channels(bot: Bot) -> None:
    """It is told to who asked alone, and is not that person's."""
    reply = RecordingReply()
    await channel_feed(command("channel feed", channel=CHANNEL.user), "", CHANNEL, reply, bot)
    assert reply.said.startswith("What this channel was sent, as an Atom feed")
    assert not reply.shared
    assert token_in(reply) != token_in(await typed(bot, "feed"))


async def test_a_guest_changes_no_channels_feed(bot: Bot) -> None:
    """Who may not change a channel is not told where it is read, either."""
    with pytest.raises(NotAllowed):
        await typed(bot, "channel feed", reader=GUEST, channel=CHANNEL.user)
