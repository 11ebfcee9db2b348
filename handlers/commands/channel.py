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
from handlers.commands.channel_mail import change_mail
from handlers.commands.feed import channel_feed, is_feed
from handlers.commands.follow import followed
from handlers.commands.interests import listed
from handlers.commands.mute import muted
from handlers.commands.unfollow import unfollowed
from handlers.forms import open_settings
from handlers.tables import Command, anything, nothing

_WHO = "This channel"


@dataclass(frozen=True, slots=True)
class Step:
    """What may follow ``channel``. ``run`` gets the act, the words after its name, the channel as a reader."""

    run: Callable[[Act, str, UserId, Reply, Bot], Awaitable[None]]
    fits: Callable[[str], bool]
    #: What follows its name, in words, for who wrote something else.
    takes: str = "nothing more"


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Change or show the channel's own profile. Raises NotAllowed, and what the change itself raises."""
    name, rest = _step(words)
    if not name:
        raise UserError(f"Say what to do with this channel: {bot.settings.slack.command} channel {COMMAND.usage}.")
    step = _STEPS[name]
    if not step.fits(rest):
        raise UserError(f"After {bot.settings.slack.command} channel {name} comes {step.takes}.")
    await bot.people.may_change(act.reader, act.channel)
    await step.run(act, rest, UserId(act.reader.workspace, act.channel), reply, bot)


async def _own(act: Act, channel: UserId, bot: Bot) -> None:
    """Who first sets a channel up is its owner: somebody must hear of it when it can no longer be reached."""
    if (await bot.readers.subscription(channel)).owner is None:
        await bot.readers.change(channel, owner=act.reader.user)


async def _follow(act: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    said = await followed(bot, channel, words, who=_WHO)
    await _own(act, channel, bot)
    await reply.answer(said)


async def _unfollow(_: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    await reply.answer(await unfollowed(bot, channel, words, who=_WHO))


async def _mute(act: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    said = await muted(bot, channel, words, who=_WHO)
    await _own(act, channel, bot)
    await reply.answer(said)


async def _interests(_: Act, __: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    await reply.answer(await listed(bot, channel, is_channel=True))


async def _settings(act: Act, _: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    await open_settings(act, reply, bot, channel, is_channel=True)


async def _colleagues(_: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    shows = words.casefold() == "on"
    await bot.readers.change(channel, shows_colleagues=shows)
    said = "says how many colleagues saved a paper" if shows else "no longer says how many colleagues saved a paper"
    await reply.answer(blocks.sentence_message(f"The digest of this channel {said}."))


async def _mail(_: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    await reply.answer(await change_mail(words, channel, bot))


async def _digest(act: Act, words: str, channel: UserId, reply: Reply, bot: Bot) -> None:
    said = await change_digest(act, words, channel, bot)
    if words.casefold() != "off":
        await _own(act, channel, bot)
    await reply.answer(said)


def _on_or_off(words: str) -> bool:
    return words.casefold() in ("on", "off")


def _step(words: str) -> tuple[str, str]:
    name, _, rest = words.partition(" ")
    return name.casefold(), rest.strip()


def _fits(words: str) -> bool:
    return not words or _step(words)[0] in _STEPS


_STEPS: Mapping[str, Step] = {
    "follow": Step(_follow, anything),
    "unfollow": Step(_unfollow, anything),
    "mute": Step(_mute, anything),
    "interests": Step(_interests, nothing),
    "digest": Step(_digest, is_digest, "on, off or a full hour, such as 9 or 9 Europe/Berlin"),
    "mail": Step(_mail, anything),
    "feed": Step(channel_feed, is_feed, "new, off or nothing"),
    "colleagues": Step(_colleagues, _on_or_off, "on or off"),
    "settings": Step(_settings, nothing),
}

COMMAND = Command(
    name="channel",
    usage="follow … | unfollow … | mute … | interests | digest on/off/9 | mail address/off | feed new/off | colleagues on/off | settings",
    summary="what this channel follows, and its daily digest",
    run=run,
    fits=_fits,
    keeps=True,
)
