"""``channel …``: what the channel follows as a reader of its own, and when its digest comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot import blocks
from bot.acts import Act, Reply
from bot.errors import UserError
from bot.models import UserId
from bot.services import Bot
from handlers.commands.channel_digest import change_digest, is_digest
from handlers.commands.follow import followed
from handlers.commands.interests import listed
from handlers.commands.mute import muted
from handlers.commands.unfollow import unfollowed
from handlers.forms import settings_view
from handlers.tables import Command, anything, nothing

_WHO = "This channel"


@dataclass(frozen=True, slots=True)
class Step:
    """What may follow ``channel``. ``run`` gets the act, the words after its name, the channel as a reader."""

    run: Callable[[Act, str, UserId, Reply, Bot], Awaitable[None]]
    fits: Callable[[str], bool]


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Change or show the channel's own profile. Raises NotAllowed, and what the change itself raises."""
    name, rest = _step(words)
    if not name:
        raise UserError(f"Say what to do with this channel: {bot.settings.slack.command} channel {COMMAND.usage}.")
    await bot.people.may_change(act.reader, act.channel)
    channel = UserId(act.reader.workspace, act.channel)
    if (await bot.readers.subscription(channel)).owner is None:
        # Somebody must hear of it when the channel can no longer be reached.
        await bot.readers.change(channel, owner=act.reader.user)
    await _STEPS[name].run(act, rest, channel, reply, bot)


async def _follow(_: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    await reply.answer(await followed(bot, channel, words, who=_WHO))


async def _unfollow(_: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    await reply.answer(await unfollowed(bot, channel, words, who=_WHO))


async def _mute(_: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    await reply.answer(await muted(bot, channel, words, who=_WHO))


async def _interests(_: Act, __: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    await reply.answer(await listed(bot, channel, is_channel=True))


async def _settings(_: Act, __: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    await reply.open(await settings_view(bot, channel, is_channel=True))


async def _colleagues(_: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    shows = words.casefold() == "on"
    await bot.readers.change(channel, shows_colleagues=shows)
    said = "say how many colleagues saved a paper" if shows else "no longer say how many colleagues saved a paper"
    await reply.answer(blocks.sentence_message(f"Cards in this channel {said}."))


async def _digest(act: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    await reply.answer(await change_digest(act, words, channel, bot))


def _on_or_off(words: str) -> bool:
    return words.casefold() in ("on", "off")


def _step(words: str) -> tuple[str, str]:
    name, _, rest = words.partition(" ")
    return name.casefold(), rest.strip()


def _fits(words: str) -> bool:
    name, rest = _step(words)
    return not words or (name in _STEPS and _STEPS[name].fits(rest))


_STEPS: Mapping[str, Step] = {
    "follow": Step(_follow, anything),
    "unfollow": Step(_unfollow, anything),
    "mute": Step(_mute, anything),
    "interests": Step(_interests, nothing),
    "digest": Step(_digest, is_digest),
    "colleagues": Step(_colleagues, _on_or_off),
    "settings": Step(_settings, nothing),
}

COMMAND = Command(
    name="channel",
    usage="follow … | unfollow … | mute … | interests | digest on/off/9 | colleagues on/off | settings",
    summary="what this channel follows, and its daily digest",
    run=run,
    fits=_fits,
    keeps=True,
)
