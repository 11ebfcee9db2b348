"""Windows that are sent: what to follow, an interest's new name and weight, settings, a search."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot import blocks, queries
from bot.acts import Act, Message, Reply
from bot.errors import NotifierError, UnknownInterest, UserError
from bot.models import UserId
from bot.references import is_library
from bot.services import Bot
from handlers import answers, home, places
from handlers.actions.showing import interest_of
from handlers.commands.follow import followed
from handlers.forms import settings_form
from handlers.questions import About, Question
from handlers.reaching import chosen_way, sends_email
from handlers.tables import Submission, never

log = logging.getLogger(__name__)

#: Fields of the settings that are the subscription's, under the same names.
_SUBSCRIBED = (
    "cadence",
    "hour",
    "weekdays",
    "zone",
    "quiet_from",
    "quiet_to",
    "holiday_until",
    "counted",
    "shows_colleagues",
    "roll_up",
    "trending",
)


async def follow(act: Act, reply: Reply, bot: Bot) -> None:
    """Follow each line, and all that a file holds. Home shows what they bring; what cannot be followed now is said."""
    refused: list[str] = []
    told: list[Message] = []
    lines = _follow_lines(act)
    if files := blocks.follow_files(act.fields):
        try:
            told.append(await followed(bot, act.reader, await bot.people.attached(act.reader, files[0]), who="You"))
        except UserError as refusal:
            refused.append(refusal.sentence)
    for line in lines:
        try:
            answer = await followed(bot, act.reader, line, who="You")
        except UserError as refusal:
            refused.append(f"{line}: {refusal.sentence}" if len(lines) > 1 else refusal.sentence)
        else:
            if is_library(line):
                told.append(answer)
            # A paper that no dump has told of yet brings nothing that Home could show.
            elif not blocks.papers_in(answer.blocks):
                refused.append(answer.text)
    await home.publish(act, reply, bot)
    for answer in told:
        await reply.answer(answer)
    if refused:
        await reply.answer(blocks.sentence_message("\n".join(refused)))


async def interest(act: Act, reply: Reply, bot: Bot) -> None:
    """Rename and weigh an interest. Raises NotAllowed, UnknownInterest, DuplicateInterest, UserError."""
    form, _ = blocks.read_interest(act.fields)
    interest_id, channel = blocks.parse_interest_private(act.private)
    if form is None:
        raise UserError("Nothing was changed: open the editor again.")
    reader = await _reader(act, channel, bot)
    found = await interest_of(bot, reader, interest_id)
    if found is None:
        raise UnknownInterest("This is not followed any more, so nothing was changed.")
    if form.name != found.name:
        await bot.readers.rename(reader, found.id, form.name)
    if form.weight != found.weight:
        services = await bot.services()
        await services.curate.reweigh(reader, found.id, form.weight)
    if not channel:
        await home.publish(act, reply, bot)


async def settings(act: Act, reply: Reply, bot: Bot) -> None:
    """Change how much, when and how the person, or a channel, is written to. Raises NotAllowed, UserError.

    What was only left as it stood is not chosen: it goes on following the host's settings and the Slack profile.
    """
    form, _ = blocks.read_settings(act.fields)
    if form is None:
        raise UserError("Nothing was changed: open the settings again.")
    reader = await _reader(act, act.private, bot)
    now = await settings_form(bot, reader, is_channel=reader != act.reader)
    form = replace(
        form,
        roll_up=now.roll_up if form.roll_up is None else form.roll_up,
        trending=now.trending if form.trending is None else form.trending,
    )
    changed = {name: chosen for name in _SUBSCRIBED if (chosen := getattr(form, name)) != getattr(now, name)}
    way: Mapping[str, Any] = {}
    asked: Message | None = None
    if reader == act.reader and form.via is not None:
        try:
            way, asked = await chosen_way(bot, reader, form.via, await bot.readers.subscription(reader))
        except NotifierError as failure:
            # What was chosen before stands without Slack: everything else is saved all the same.
            if form.via is not now.via:
                raise
            log.info("whether a profile has another address now is not known: %s", failure.cause)
    subscription = await bot.readers.change(reader, **changed, **way)
    await bot.people.meet(reader)
    services = await bot.services()
    is_chosen = (form.bar, form.learns) != (now.bar, now.learns)
    profile = await services.curate.choose(
        reader,
        # "Balanced" is the host's own bar.
        bar=(form.bar or bot.settings.digest.bar) if is_chosen and not form.learns else None,
        learns=is_chosen and form.learns,
        cap=form.cap if form.cap != now.cap else None,
    )
    if reader == act.reader:
        await home.publish(act, reply, bot)
        if asked:
            await reply.answer(asked)
        return
    words = blocks.subscription_words(
        subscription, bot.settings.schedule, bar=profile.bar, cap=form.cap, is_channel=True, has_email=sends_email(bot)
    )
    await reply.answer(blocks.sentence_message(f"Saved for the channel. {words}"))


async def search(act: Act, reply: Reply, bot: Bot) -> None:
    """Answer a search where it was asked for."""
    words = str(act.fields.get("query") or "")
    question = Question(About.SEARCH, words)
    can_share = answers.can_share(act)
    await places.tell(act, reply, "Search papers", lambda: answers.page(bot, act.reader, question, can_share=can_share))


async def _reader(act: Act, channel: str, bot: Bot) -> UserId:
    """The person, or the channel if the person may change it: that was asked when the window was opened, too."""
    if not channel:
        return act.reader
    await bot.people.may_change(act.reader, channel)
    return UserId(act.reader.workspace, channel)


def _interest_complaints(act: Act) -> Mapping[str, str]:
    return blocks.read_interest(act.fields)[1]


def _settings_complaints(act: Act) -> Mapping[str, str]:
    return blocks.read_settings(act.fields)[1]


def _follow_lines(act: Act) -> tuple[str, ...]:
    """What to follow, one after the other; a pasted library is one, whatever lines it has."""
    pasted = str(act.fields.get("links") or "")
    if not is_library(pasted):
        return blocks.follow_lines(act.fields)
    return (*blocks.follow_lines({**act.fields, "links": ""}), pasted)


def _follow_complaints(act: Act) -> Mapping[str, str]:
    if not is_library(str(act.fields.get("links") or "")):
        return blocks.follow_complaints(act.fields)
    # without a phrase a library alone is enough
    return {} if not act.fields.get("phrase") else blocks.follow_complaints({**act.fields, "links": ""})


def _search_complaints(act: Act) -> Mapping[str, str]:
    try:
        queries.parse(str(act.fields.get("query") or ""))
    except UserError as refusal:
        return {"query": refusal.sentence}
    return {}


SUBMISSIONS: tuple[Submission, ...] = (
    Submission("follow", follow, complaints=_follow_complaints),
    Submission("interest", interest, complaints=_interest_complaints),
    Submission("settings", settings, complaints=_settings_complaints),
    Submission("search", search, complaints=_search_complaints, keeps=never),
)
