"""App Home: what it shows, and its own buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot import blocks, interests, matching
from bot.acts import Act, Reply
from bot.blocks import Card, HomePage, InterestRow, Preview, QuietDays
from bot.errors import UserError
from bot.models import Interest, InterestKind, Taste, UserId
from bot.services import Bot, Services
from handlers import answers, forms
from handlers.answers import Row
from handlers.reaching import asked_blocks, change_trending, sends_email
from handlers.tables import Action, Event, always

#: Cards of each part: Home is looked at on a phone.
_PICKS, _SAVED, _VOTES = 5, 3, 5
#: Sources that the status line has room for.
_SOURCES = 2
#: Said to who follows something and never had a day that ended.
_NO_SLOT = "No papers yet: the first message comes with the first paper above your bar."
#: Papers of the preview while somebody types what to follow.
_PREVIEWED = 3


async def opened(act: Act, reply: Reply, bot: Bot) -> None:
    """Somebody looks at the app: Home is brought up to date, and who is new is welcomed in the messages."""
    if act.value == "messages":
        await _welcome(act, reply, bot)
    else:
        await publish(act, reply, bot)


async def publish(act: Act, reply: Reply, bot: Bot, *, touched: Row | None = None) -> None:
    """Show the person's App Home as things stand now.

    ``touched`` is the paper whose button was just pressed: it stays in sight, to be taken back. While the model is
    still loading, Home comes without papers first.
    """
    if not bot.is_awake:
        await reply.publish(blocks.home_view(await _page(bot, act.reader)))
    services = await bot.services()
    page = await _page(bot, act.reader)
    follows = [row.interest for row in page.interests]
    votes = await _votes(bot, services, act.reader, follows)
    picks = await services.recommend.for_reader(act.reader, limit=_PICKS) if follows else []
    rows = _with(touched, [Row(pick.paper, pick.why, pick.interest) for pick in picks], votes)
    shown = replace(
        page,
        quiet=page.quiet if await _has_misses(bot, services, act.reader, page.quiet) else None,
        picks=_told(await answers.cards(bot, act.reader, rows), follows) if follows else (),
        votes=_told(await answers.cards(bot, act.reader, votes), follows),
    )
    await reply.publish(blocks.home_view(shown))


async def _has_misses(bot: Bot, services: Services, reader: UserId, quiet: QuietDays | None) -> bool:
    """Whether anything of the quiet days is left to be shown."""
    if quiet is None:
        return False
    since, until = await bot.status.came(reader, quiet)
    return bool(await services.recommend.below(reader, since, 1, until=until))


async def _votes(bot: Bot, services: Services, reader: UserId, follows: Sequence[Interest]) -> list[Row]:
    """Papers to vote on, then those that have their vote; none where more votes would not help much."""
    voted = [paper_id for one in follows for paper_id in one.learnt_from]
    if len(voted) >= _VOTES or any(one.kind is not InterestKind.LEARNT for one in follows):
        return []
    fresh = await services.recommend.votes(reader, limit=_VOTES - len(voted))
    return [Row(paper) for paper in (*fresh, *await bot.readers.papers(voted)) if paper]


async def _page(bot: Bot, reader: UserId) -> HomePage:
    """What needs no model."""
    profile, subscription = await bot.readers.get(reader), await bot.readers.subscription(reader)
    matches = await bot.readers.matches(reader)
    saved = await bot.readers.saved(reader)
    rows = [Row(paper) for _, paper in saved[:_SAVED]]
    last = await bot.status.last_slot(reader)
    ended, now = last.words if last else _NO_SLOT, bot.clock.now()
    return HomePage(
        interests=[InterestRow(one, matches.get(one.id, 0), interests.quiet(one, now)) for one in profile.interests],
        saved=_told(await answers.cards(bot, reader, rows), profile.interests),
        saved_count=len(saved),
        last_slot=f"{await bot.status.held(reader)} {ended}".strip() if profile.interests else "",
        quiet=last.quiet if last else None,
        subscription=blocks.subscription_words(
            subscription,
            bot.settings.schedule,
            bar=profile.bar,
            learnt=profile.learnt_bar if bot.settings.digest.learn_bar else None,
            cap=profile.cap or bot.settings.digest.cap,
            today=await answers.local_day(bot, reader),
            has_email=sends_email(bot),
        ),
        asked=asked_blocks(bot, subscription),
        trending=None if profile.interests else subscription.trending,
        status=await _status(bot, reader),
        command=bot.settings.slack.command,
    )


async def _status(bot: Bot, reader: UserId) -> str:
    """How things are, in a sentence: what keeps papers away comes before how many there are."""
    if not bot.is_awake:
        return "Waking up: papers are shown in a moment."
    page = await bot.status.page(reader)
    if page.is_full:
        return "My memory takes nothing more: nothing new comes in or goes out until the host makes room."
    if page.faults:
        return " ".join(page.faults)
    if failed := next((source for source in page.sources if source.failure), None):
        return f"The source {failed.name} brings nothing now: {failed.failure}"
    papers = f"{page.papers:,} papers" if page.papers != 1 else "1 paper"
    sources = ", ".join(f"{source.name}: {source.freshness}" for source in page.sources[:_SOURCES])
    return f"{papers} stored ({sources}). Type {bot.settings.slack.command} status for more."


def _with(touched: Row | None, picks: list[Row], votes: Sequence[Row]) -> list[Row]:
    if touched is None or any(row.paper.id == touched.paper.id for row in (*picks, *votes)):
        return picks
    return [touched, *picks][:_PICKS]


def _told(cards: Sequence[Card], follows: Sequence[Interest]) -> list[Card]:
    """The cards, each saying what was learnt from it; what is saved or rated has ids of its own."""
    return [_tells(card, follows) for card in cards]


def _tells(card: Card, follows: Sequence[Interest]) -> Card:
    learnt = next((one for one in follows if card.paper.id in one.learnt_from), None)
    turn = 2 * (0 if card.taste is None else 1 if card.taste is Taste.MORE else 2) + card.saved
    if card.taste is None:
        return replace(card, turn=turn)
    return replace(card, turn=turn, said=f"Learnt: {card.taste}", said_name=learnt.name if learnt else None)


def says_saved(block_id: str) -> bool:
    """The card in App Home whose block has this id says that its paper is saved: the reading list's, or an odd turn."""
    card = blocks.parse_card_id(block_id)
    return card.turn % 2 == 1 if card else block_id.endswith(":saved")


async def _welcome(act: Act, reply: Reply, bot: Bot) -> None:
    if not (await bot.readers.subscription(act.reader)).welcomed:
        await bot.readers.change(act.reader, welcomed=True)
        await reply.answer(blocks.welcome_message(bot.settings.slack.command))


async def follow(_: Act, reply: Reply, __: Bot) -> None:
    """Open the window that takes what to follow."""
    await reply.open(blocks.follow_modal())


async def preview(act: Act, reply: Reply, bot: Bot) -> None:
    """Show in that window what following the typed phrase would bring now."""
    typed = str(act.fields.get("phrase") or act.value)
    try:
        services = await bot.services()
        near = await services.curate.preview(typed)
    except UserError as refusal:
        view = blocks.follow_modal(typed, problem=refusal.sentence)
    else:
        view = blocks.follow_modal(
            typed, [Preview(one.paper, matching.words(one.closeness)) for one in near[:_PREVIEWED]]
        )
    await reply.update(act.view_id, view)


async def settings(act: Act, reply: Reply, bot: Bot) -> None:
    """Open the person's settings."""
    await reply.open(await forms.settings_view(bot, act.reader))


async def trending(act: Act, reply: Reply, bot: Bot) -> None:
    """Begin or end that what is talked about comes while nothing is followed."""
    await change_trending(bot, act.reader, act.value)
    await publish(act, reply, bot)


ACTIONS: tuple[Action, ...] = (
    Action("home_follow", follow),
    Action("home_settings", settings),
    Action("home_trending", trending, keeps=always),
    Action("phrase", preview),
)
EVENTS: tuple[Event, ...] = (Event("app_home_opened", opened),)
