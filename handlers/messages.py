"""Plain words: direct messages, and messages that mention the bot."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from bot import blocks
from bot.acts import Act, Reply
from bot.services import Bot
from handlers import answers, commands
from handlers.commands.follow import pasted
from handlers.commands.naming import named_paper
from handlers.commands.routing import route, typed
from handlers.questions import About, Question
from handlers.tables import Event

_MENTION = re.compile(r"\s*<@([UW][A-Z0-9]+)(?:\|[^>]*)?>[\s,:]*")
_GREETINGS = frozenset({"hi", "hello", "hey", "hallo", "start", "good morning"})


async def direct(act: Act, reply: Reply, bot: Bot) -> None:
    """A direct message: a command without its slash, or else a search."""
    if not act.is_direct:
        return
    said = _said(act, bot)
    if typed(said).casefold().strip(" .!") in _GREETINGS:
        await reply.answer(blocks.welcome_message(bot.settings.slack.command))
        return
    await commands.run_words(act, said, reply, bot)


async def mention(act: Act, reply: Reply, bot: Bot) -> None:
    """A message that names the bot: what concerns everybody is answered in its thread, the rest to the person alone."""
    said = _said(act, bot)
    if pasted(said):
        await commands.run_words(act, said, reply, bot)
        return
    routed = route(typed(said), commands.TABLE)
    if routed.command is None:
        await _share(act, reply, bot, Question(About.SEARCH, routed.words))
    elif answer := _PUBLIC.get(routed.command.name):
        await answer(act, routed.words, reply, bot)
    else:
        await commands.run_words(act, said, reply, bot)


async def _search(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    await _share(act, reply, bot, Question(About.SEARCH, words))


async def _trending(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    await _share(act, reply, bot, Question(About.TRENDING, words.casefold() or "week"))


async def _similar(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    if paper := await named_paper(act, "similar", words, reply, bot):
        await _share(act, reply, bot, Question(About.SIMILAR, paper.id))


async def _share(act: Act, reply: Reply, bot: Bot, question: Question) -> None:
    await reply.share(await answers.page(bot, act.reader, question, is_shared=True))


_PUBLIC: Mapping[str, Callable[[Act, str, Reply, Bot], Awaitable[None]]] = {
    "search": _search,
    "trending": _trending,
    "similar": _similar,
}


def _said(act: Act, bot: Bot) -> str:
    """What was said without the bot's own name, wherever it stands; its lines as they were."""
    return _MENTION.sub(lambda named: " " if named[1] == bot.bot_user else named[0], act.text)


def _keeps(act: Act) -> bool:
    return commands.keeps(_MENTION.sub(" ", act.text))


EVENTS: tuple[Event, ...] = (
    Event("message", direct, keeps=_keeps, subscriptions=("message.im",), is_asking=True),
    Event("app_mention", mention, keeps=_keeps, is_asking=True),
)
