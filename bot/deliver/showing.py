"""A delivery as the message that the reader gets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime

from bot import blocks, charts, trending
from bot.acts import Message
from bot.blocks import Card
from bot.deliver.choosing import Chosen
from bot.deliver.seams import Notifier, Picture
from bot.due import cadence, zone_of
from bot.errors import NotifierAmbiguous, NotifierRefused
from bot.interests import is_channel
from bot.models import Cadence, DayCount, DeliveryKind
from bot.settings import Settings


def shown(  # noqa: PLR0911 - one for each kind
    settings: Settings, chosen: Chosen, picture: Picture | None, now: datetime
) -> Message:
    """The message; what has no room in it is in its ``thread``. ``picture``: of a look back, as ``picture_of`` gives it.

    ``now`` is aware.
    """
    match chosen.delivery.kind:
        case DeliveryKind.PAPERS | DeliveryKind.DIGEST:
            return _digest(chosen, cards_of(settings, chosen), settings, now)
        case DeliveryKind.THREAD:
            return blocks.thread_message(cards_of(settings, chosen))
        case DeliveryKind.BROUGHT:
            return _brought(chosen)
        case DeliveryKind.QUIET:
            return _quiet(chosen, settings, now)
        case DeliveryKind.ROLL_UP:
            return _roll_up(settings, chosen, picture, now)
        case DeliveryKind.TRENDING:
            return blocks.trending_message(
                chosen.trending, told=talked(chosen), saved=chosen.saved, command=settings.slack.command
            )
        case DeliveryKind.NOTE:
            return blocks.sentence_message("\n".join(chosen.delivery.notes))
        case DeliveryKind.WELCOME:
            return blocks.welcome_message(settings.slack.command)


def talked(chosen: Chosen) -> dict[str, str]:
    """How much the papers that are talked about are, by their ids."""
    return {paper.id: trending.counted(paper) for paper in chosen.trending}


async def picture_of(notifier: Notifier, days: Sequence[DayCount]) -> Picture | None:
    """A week as a picture that Slack has then (its id, and what is on it); None for nothing to draw, or if it takes none.

    Raises NotifierUnavailable where it could not be handed over for now.
    """
    if not any(day.seen or day.sent or day.liked for day in days):
        return None
    alt = charts.alt_text(days)
    image = await asyncio.to_thread(charts.week, days)
    try:
        file_id = await notifier.upload_image("week.png", alt, image)
    except (NotifierRefused, NotifierAmbiguous):
        # The figures stand there in words instead.
        return None
    return (file_id, alt) if file_id else None


def cards_of(settings: Settings, chosen: Chosen) -> list[Card]:
    """The papers as the reader left them, with the reasons for which they were queued."""
    of_channel = is_channel(chosen.delivery.reader)
    counts = settings.slack.colleagues and chosen.subscription.shows_colleagues
    names = {interest.id: interest.name for interest in chosen.profile.interests}
    return [
        Card(
            paper,
            why=alert.why,
            # What a channel follows is not for each of its readers to mute.
            interest_id=None if of_channel else alert.interest_id,
            interest_name=names.get(alert.interest_id, alert.interest_name),
            passage=alert.passage,
            marked=alert.words,
            exploring=alert.exploring,
            colleagues=chosen.colleagues.get(paper.id, 0) if counts else 0,
            saved=paper.id in chosen.saved,
        )
        for paper_id, paper in chosen.papers.items()
        for alert in (chosen.alerts[paper_id],)
    ]


def heading_of(chosen: Chosen, cards: Sequence[Card], settings: Settings, now: datetime) -> str:
    """What a digest of these cards says that was found, plain. ``now`` is aware."""
    delivery = chosen.delivery
    of_channel = is_channel(delivery.reader)
    if not cards:
        return blocks.code_heading(len(chosen.with_code))
    if delivery.missed:
        today = today_of(chosen, settings, now)
        return blocks.catch_up_heading(
            len(cards), delivery.missed, since=delivery.since, today=today, is_channel=of_channel
        )
    return _found(cards, of_channel=of_channel)


def today_of(chosen: Chosen, settings: Settings, now: datetime) -> date:
    """The reader's local day at ``now`` (aware)."""
    return now.astimezone(zone_of(chosen.subscription, settings.schedule)).date()


def _digest(chosen: Chosen, cards: Sequence[Card], settings: Settings, now: datetime) -> Message:
    return blocks.digest_message(
        heading_of(chosen, cards, settings, now),
        cards,
        most=chosen.profile.cap or settings.digest.cap,
        notes=chosen.delivery.notes,
        with_code=chosen.with_code,
    )


def _found(cards: Sequence[Card], *, of_channel: bool) -> str:
    """``3 papers for you, and something different``: what is below the bar is not counted among what is above it."""
    above = sum(not card.exploring for card in cards) or len(cards)
    count = "1 paper" if above == 1 else f"{above} papers"
    different = ", and something different" if above < len(cards) else ""
    return f"{count} for {'this channel' if of_channel else 'you'}{different}"


def _brought(chosen: Chosen) -> Message:
    """The paper that was asked for; whether it is followed is as it is now."""
    delivery = chosen.delivery
    of_channel = is_channel(delivery.reader)
    [(paper_id, paper), *_] = chosen.papers.items()
    mine = {paper_id, paper.id}
    interest = next((one for one in chosen.profile.interests if one.paper_id in mine), None)
    heading = "A paper that was asked for here has come" if of_channel else "The paper you asked for is here"
    followed = "This channel follows it now." if of_channel else "You follow it now."
    card = Card(
        paper,
        interest_id=interest.id if interest and not of_channel else None,
        interest_name=interest.name if interest else None,
        saved=paper.id in chosen.saved,
    )
    return blocks.papers_message(heading, [card], notes=[followed] if interest else delivery.notes)


def _quiet(chosen: Chosen, settings: Settings, now: datetime) -> Message:
    delivery = chosen.delivery
    of_channel, today = is_channel(delivery.reader), today_of(chosen, settings, now)
    return blocks.quiet_message(
        delivery.slot or today,
        chosen.near[0] if chosen.near else None,
        delivery.notes,
        silence=settings.digest.silence,
        silence_notes=delivery.silence,
        today=today,
        is_weekly=cadence(chosen.subscription, is_channel=of_channel) is Cadence.WEEKLY,
        is_channel=of_channel,
    )


def _roll_up(settings: Settings, chosen: Chosen, picture: Picture | None, now: datetime) -> Message:
    delivery = chosen.delivery
    days = delivery.days
    return blocks.roll_up_message(
        delivery.slot or (days[-1].day if days else today_of(chosen, settings, now)),
        chosen.near,
        chosen.trending,
        delivery.notes,
        picture,
        days=days,
        silence_notes=delivery.silence,
        saved=chosen.saved,
        command=settings.slack.command,
        is_channel=is_channel(delivery.reader),
    )
