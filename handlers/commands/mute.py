"""``mute``: less of a phrase or an author; an interest of this name is silenced."""

from __future__ import annotations

from collections.abc import Sequence

from bot import blocks
from bot.acts import Act, Message, Reply
from bot.errors import UserError
from bot.interests import name_key, stated_fact, unquoted
from bot.models import FACTS, Interest, UserId
from bot.services import Bot
from handlers.tables import Command, anything


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Mute it for the person. Raises DuplicateInterest, TooManyInterests, UserError."""
    await reply.answer(await muted(bot, act.reader, words, who="You"))


async def muted(bot: Bot, reader: UserId, words: str, *, who: str) -> Message:
    """Mute it for a reader; ``who`` begins the answer. Raises DuplicateInterest, TooManyInterests, UserError."""
    if not words:
        raise UserError('Say what you want less of: a phrase, or an author as author:"Ada Lovelace".')
    services = await bot.services()
    if known := _known((await bot.readers.get(reader)).interests, words):
        if known.muted or known.weight < 0:
            return blocks.sentence_message(f"“{known.name}” is muted already.")
        await services.curate.mute(reader, known.id, muted=True)
        command = f"{bot.settings.slack.command} {'' if who == 'You' else 'channel '}interests"
        return blocks.sentence_message(f"“{known.name}” is muted: nothing comes from it until {command} unmutes it.")
    new = (await services.curate.follow(reader, words, weight=-1.0)).interest
    verb = "hear" if who == "You" else "hears"
    effect = (
        "papers with it are no longer sent" if new.kind in FACTS else f"{who.lower()} {verb} less of papers like this"
    )
    return blocks.sentence_message(f"“{new.name}” is muted: {effect}. Unfollow it to hear of them again.")


def _known(followed: Sequence[Interest], words: str) -> Interest | None:
    """What of this is followed under these words, by name or by what it stands for."""
    fact = stated_fact(words)
    keys = {name_key(unquoted(words)), name_key(fact.value) if fact else None}
    return next((one for one in followed if keys & {name_key(one.name), name_key(one.text)}), None)


COMMAND = Command(
    name="mute",
    usage='<phrase | author:"…">',
    summary="hear less of this",
    run=run,
    fits=anything,
    keeps=True,
)
