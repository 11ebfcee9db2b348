"""Answers that several handlers share: papers become cards with the reader's own marks, long answers become pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from bot import blocks
from bot.acts import Act, Message
from bot.blocks import Card, Paging
from bot.interests import is_channel
from bot.models import UserId
from bot.services import Bot
from handlers.found import PAGE, Instead, Row, find
from handlers.questions import About, Question

#: What is answered in the same way to everybody.
_SHAREABLE = frozenset({About.SEARCH, About.SIMILAR, About.TRENDING})


async def cards(
    bot: Bot, reader: UserId, rows: Sequence[Row], *, first: int | None = None, is_shared: bool = False
) -> list[Card]:
    """A card for each row, saved and rated as the reader left it, numbered from ``first`` if that is given.

    What everybody will see (``is_shared``) tells nothing of the reader: no marks, no interests, no colleagues.
    """
    numbers = [None if first is None else first + place for place in range(len(rows))]
    if is_shared:
        return [Card(row.paper, why=row.why, number=number) for row, number in zip(rows, numbers, strict=True)]
    ids = [row.paper.id for row in rows]
    marks = await bot.readers.marks(reader, ids)
    colleagues = await bot.readers.colleagues(reader, ids)
    rows = await _with_passages(bot, reader, rows)
    return [
        Card(
            row.paper,
            why=row.why,
            passage=row.passage,
            marked=row.marked,
            interest_id=row.interest.id if row.interest else None,
            interest_name=row.interest.name if row.interest else None,
            colleagues=colleagues.get(row.paper.id, 0),
            saved=row.paper.id in marks and marks[row.paper.id].saved,
            taste=marks[row.paper.id].taste if row.paper.id in marks else None,
            number=number,
        )
        for row, number in zip(rows, numbers, strict=True)
    ]


async def _with_passages(bot: Bot, reader: UserId, rows: Sequence[Row]) -> list[Row]:
    """The rows with the passages that were looked for when their papers were queued for the same interest."""
    alerts = await bot.readers.alerted(reader, [row.paper.id for row in rows if row.interest and not row.passage])
    return [
        replace(row, passage=alert.passage, marked=alert.words)
        if (alert := alerts.get(row.paper.id)) and row.interest and alert.interest_id == row.interest.id
        else row
        for row in rows
    ]


def can_share(act: Act) -> bool:
    """There are others in the conversation who could be shown the answer."""
    return bool(act.channel) and not act.is_direct


async def page(
    bot: Bot,
    reader: UserId,
    question: Question,
    *,
    is_shared: bool = False,
    shared_by: str = "",
    can_share: bool = False,
    notes: Sequence[str] = (),
    offered: Instead | None = None,
) -> Message:
    """The answer to a question, with buttons for the next page and, where it can be shown to others (``can_share``), for that.

    ``notes`` and what is ``offered`` beside the answer are said first. What is shared is what everybody may be told, and
    has no buttons of its own; ``shared_by`` is the id of the person who did. Raises what the verbs raise: UserError for what cannot be asked, ModelMissing.
    """
    found = await find(bot, reader, question)
    if not found.rows:
        instead = found.instead
        if notes or offered:
            said = (*notes, *([offered.sentence] if offered else []), instead.sentence)
            return blocks.offer_message(" ".join(said), offered.buttons if offered else ())
        return blocks.offer_message(f"{instead.sentence} {instead.invitation}".rstrip(), instead.buttons)
    is_personal = question.about not in _SHAREABLE
    rows = (
        [replace(row, why=None) for row in found.rows]
        if is_shared and is_personal and not is_channel(reader)
        else found.rows
    )
    following = replace(question, start=question.start + PAGE).value()
    shareable = can_share and not (is_shared or is_personal)
    message = blocks.papers_message(
        found.heading,
        await cards(bot, reader, rows, first=1 if is_shared else question.start + 1, is_shared=is_shared),
        notes=(*notes, *found.notes),
        paging=Paging(following) if found.has_more and not is_shared else None,
        shareable=shareable,
        share_value=question.value() if shareable else "",
        shared_by=shared_by,
    )
    if not offered:
        return message
    offer = blocks.offer_message(offered.sentence, offered.buttons)
    return Message(f"{offer.text}\n{message.text}", (*offer.blocks, *message.blocks))


async def why(bot: Bot, reader: UserId, paper_id: str) -> Message:
    """Why the reader was sent this paper, or was not. Raises UnknownPaper."""
    services = await bot.services()
    zone = ZoneInfo(await bot.people.zone(reader))
    answer = await services.recommend.why(reader, paper_id, zone)
    colleagues = await bot.readers.colleagues(reader, [answer.paper.id])
    return blocks.why_message(replace(answer, colleagues=colleagues[answer.paper.id]))


async def local_day(bot: Bot, reader: UserId) -> date:
    """What day it is now where the reader is. Raises NotifierError where Slack has to be asked for the zone."""
    return bot.clock.now().astimezone(ZoneInfo(await bot.people.zone(reader))).date()
