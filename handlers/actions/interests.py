"""The menu beside an interest: try it, rename it, mute it, remove it. A channel's is changed by who may change the channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from bot import blocks
from bot.acts import Act, Reply, Surface, View
from bot.blocks import Preview
from bot.errors import UnknownInterest, UserError
from bot.models import Interest, UserId
from bot.services import Bot
from handlers import answers, home, places
from handlers.actions.showing import interest_of
from handlers.commands.interests import listed
from handlers.questions import About, Question
from handlers.tables import Action

#: Papers of a preview in the editor.
_PREVIEWED = 3

_Choice: TypeAlias = Callable[[Act, Reply, Bot, UserId, Interest], Awaitable[None]]


async def interest(act: Act, reply: Reply, bot: Bot) -> None:
    """What was chosen. Raises NotAllowed, UnknownInterest, UserError for a choice of an older version."""
    reference, choose = blocks.parse_interest_id(act.block_id), _CHOICES.get(act.value)
    if reference is None or choose is None:
        raise UserError("This choice is of an older version and does nothing any more.")
    reader = act.reader
    if reference.is_channel:
        await bot.people.may_change(act.reader, act.channel)
        reader = UserId(act.reader.workspace, act.channel)
    found = await interest_of(bot, reader, reference.interest_id)
    if found is None:
        raise UnknownInterest("This is not followed any more.")
    await choose(act, reply, bot, reader, found)


async def _try_it(act: Act, reply: Reply, bot: Bot, reader: UserId, found: Interest) -> None:
    question = Question(About.TRY_IT, found.id)
    # The pages of a channel's interest would be those of whoever presses the button: there is one.
    is_shared = reader != act.reader
    await places.tell(act, reply, "Try it", lambda: answers.page(bot, reader, question, is_shared=is_shared))


async def _rename(_: Act, reply: Reply, bot: Bot, reader: UserId, found: Interest) -> None:
    async def editor() -> View:
        services = await bot.services()
        picks = await services.recommend.try_it(reader, found.id, limit=_PREVIEWED)
        return blocks.interest_modal(
            found,
            [Preview(pick.paper, pick.why or "") for pick in picks],
            (await bot.readers.matches(reader)).get(found.id, 0),
            channel="" if reader.user.startswith(("U", "W")) else reader.user,
        )

    await places.open_view(reply, "Edit interest", editor, is_quick=bot.is_awake)


async def _mute(act: Act, reply: Reply, bot: Bot, reader: UserId, found: Interest) -> None:
    services = await bot.services()
    await services.curate.mute(reader, found.id, muted=act.value == "mute")
    await _show(act, reply, bot, reader)


async def _remove(act: Act, reply: Reply, bot: Bot, reader: UserId, found: Interest) -> None:
    await bot.readers.unfollow(reader, found.id)
    await _show(act, reply, bot, reader)


async def _show(act: Act, reply: Reply, bot: Bot, reader: UserId) -> None:
    """The list as it is now, where it was."""
    if act.surface is Surface.HOME:
        await home.publish(act, reply, bot)
    else:
        await reply.replace(await listed(bot, reader, is_channel=reader != act.reader))


_CHOICES: Mapping[str, _Choice] = {
    "try_it": _try_it,
    "rename": _rename,
    "mute": _mute,
    "unmute": _mute,
    "remove": _remove,
}

ACTIONS: tuple[Action, ...] = (
    Action("interest", interest, keeps=lambda act: act.value in {"mute", "unmute", "remove"}),
)
