"""What answers a question: one page of papers each, in the words of what was asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

from bot import blocks
from bot.blocks import Button, QuietDays
from bot.errors import UserError
from bot.identity import normalise_arxiv_id
from bot.interests import LONGEST_PHRASE, unquoted
from bot.models import Alert, Interest, Paper, UserId
from bot.services import Bot
from handlers.questions import About, Question

#: Cards on a page: as many as a phone shows without losing the thread.
PAGE = 5
#: How the times of "trending" may be called.
PERIODS: Mapping[str, Literal["day", "week", "month"]] = {
    "": "week",
    "today": "day",
    "day": "day",
    "week": "week",
    "month": "month",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A paper of an answer: why it is there, and the interest it is there for."""

    paper: Paper
    why: str | None = None
    interest: Interest | None = None
    #: The sentence of the abstract that speaks most for it, and words of it that stand out; "": its opening is shown.
    passage: str = ""
    marked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Instead:
    """What is said where nothing was found, and what is offered: one button of each kind."""

    sentence: str
    buttons: tuple[Button, ...] = ()
    #: What the buttons are for; said with them, where nothing else is offered or to be noted.
    invitation: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of an answer."""

    heading: str
    rows: Sequence[Row]
    #: There are more after these.
    has_more: bool
    instead: Instead
    notes: tuple[str, ...] = ()


async def find(bot: Bot, reader: UserId, question: Question) -> Rows:
    """One page of what answers the question. Raises UserError for what cannot be asked, ModelMissing."""
    return await _FINDERS[question.about](bot, reader, question)


async def not_there_yet(bot: Bot, reader: UserId, arxiv_id: str) -> Instead:
    """What to say of a paper that no dump has told of; that the reader asked for it is kept, and it is asked for."""
    await bot.readers.pending(reader, arxiv_id, follow=False)
    return Instead(
        f"{arxiv_id} is not here yet. It is being asked for, and comes in a moment."
        if bot.asks_for_papers
        else f"{arxiv_id} is not in any dump yet. You are told as soon as it comes.",
        (Button("Follow it when it comes", "run_command", f"follow {arxiv_id}"),),
    )


async def _search(bot: Bot, reader: UserId, question: Question) -> Rows:
    services = await bot.services()
    answer = await services.search.papers(question.words, limit=PAGE, start=question.start)
    arxiv_id = normalise_arxiv_id(question.words)
    if arxiv_id and not answer.hits:
        instead = await not_there_yet(bot, reader, arxiv_id)
    else:
        instead = Instead(" ".join((f"No paper was found for “{unquoted(question.words)}”.", *answer.notes)))
        if ":" not in question.words and len(question.words) <= LONGEST_PHRASE:
            follow = Button("Follow it", "run_command", f"follow {question.words}")
            instead = replace(instead, buttons=(follow,), invitation="Follow it to hear of the first one that comes.")
    return Rows(
        heading=f"Papers for “{unquoted(question.words)}”",
        rows=[Row(hit.paper, _reason(hit.why)) for hit in answer.hits],
        has_more=answer.more,
        notes=answer.notes,
        instead=instead,
    )


async def _similar(bot: Bot, _: UserId, question: Question) -> Rows:
    services = await bot.services()
    answer = await services.search.similar(question.words, limit=PAGE, start=question.start)
    [paper] = await bot.readers.papers([question.words])
    title = f"“{paper.title}”" if paper else "this paper"
    return Rows(
        heading=f"Similar to {title}",
        rows=[Row(hit.paper, _reason(hit.why)) for hit in answer.hits],
        has_more=answer.more,
        notes=answer.notes,
        instead=Instead(f"No stored paper is near {title} yet: ask again when there are more."),
    )


async def _for_me(bot: Bot, reader: UserId, question: Question) -> Rows:
    services = await bot.services()
    picks = await services.recommend.for_reader(reader, limit=question.start + PAGE + 1)
    follows = (await bot.readers.get(reader)).interests
    return Rows(
        heading="Your best papers now",
        rows=[Row(pick.paper, pick.why, pick.interest) for pick in picks[question.start : question.start + PAGE]],
        has_more=len(picks) > question.start + PAGE,
        instead=Instead(
            "No stored paper is near what you follow yet: the next dump may bring one."
            if follows
            else f"You follow nothing yet: type {bot.settings.slack.command} follow and a phrase, a title, or all the links "
            "or BibTeX that you have. Or vote on five papers in App Home: they are chosen to learn most from."
        ),
    )


async def _try_it(bot: Bot, reader: UserId, question: Question) -> Rows:
    services = await bot.services()
    picks = await services.recommend.try_it(reader, question.words, limit=question.start + PAGE + 1)
    names = {one.id: one.name for one in (await bot.readers.get(reader)).interests}
    name = names.get(question.words, "this")
    return Rows(
        heading=f"Nearest to “{name}”",
        rows=[Row(pick.paper, pick.why, pick.interest) for pick in picks[question.start : question.start + PAGE]],
        has_more=len(picks) > question.start + PAGE,
        instead=Instead(f"No stored paper is near “{name}” yet: the next dump may bring one."),
    )


async def _anyway(bot: Bot, reader: UserId, question: Question) -> Rows:
    quiet = QuietDays.read(question.words)
    if quiet is None:
        raise UserError("This button is of an older version and does nothing any more.")
    since, until = await bot.status.came(reader, quiet)
    services = await bot.services()
    picks = await services.recommend.below(reader, since, question.start + PAGE + 1, until=until)
    days = f"of the week until {blocks.day_words(quiet.day)}" if quiet.is_week else f"of {blocks.day_words(quiet.day)}"
    return Rows(
        heading=f"The best {days}",
        rows=[Row(pick.paper, pick.why, pick.interest) for pick in picks[question.start : question.start + PAGE]],
        has_more=len(picks) > question.start + PAGE,
        notes=() if question.start else ("These were not sent. A vote teaches which should be.",),
        instead=Instead("Nothing is left of these days that came near and that you were not shown."),
    )


async def _trending(bot: Bot, reader: UserId, question: Question) -> Rows:
    services = await bot.services()
    # What colleagues did counts where the host and the reader let it be told: an order tells it too.
    counts = bot.settings.slack.colleagues and (await bot.readers.subscription(reader)).shows_colleagues
    whose = reader if counts else None
    period = PERIODS.get(question.words.casefold(), "week")
    trends = await services.recommend.trending(period, question.start + PAGE + 1, whose)
    time = "today" if period == "day" else f"this {period}"
    return Rows(
        heading=f"Most talked about {time}",
        rows=[Row(trend.paper, trend.why) for trend in trends[question.start : question.start + PAGE]],
        has_more=len(trends) > question.start + PAGE,
        instead=Instead(
            f"No stored paper has comments or upvotes from {time}: "
            + ("the next dump may bring some." if period == "month" else "try a longer time.")
        ),
    )


async def _saved(bot: Bot, reader: UserId, question: Question) -> Rows:
    saved = await bot.readers.saved(reader, question.words)
    zone = ZoneInfo(await bot.people.zone(reader))
    return Rows(
        heading="Your reading list" + (f" with “{question.words}”" if question.words else ""),
        rows=[
            Row(paper, f"Saved on {blocks.day_words(save.at.astimezone(zone).date())}")
            for save, paper in saved[question.start : question.start + PAGE]
        ],
        has_more=len(saved) > question.start + PAGE,
        instead=Instead(
            f"Nothing on your reading list has “{question.words}” in its title, abstract or authors."
            if question.words
            else "Your reading list is empty: press Save under a paper to put it there."
        ),
    )


async def _history(bot: Bot, reader: UserId, question: Question) -> Rows:
    history = await bot.readers.history(reader)
    zone = ZoneInfo(await bot.people.zone(reader))
    return Rows(
        heading="What you were sent",
        rows=[
            _as_sent(paper, blocks.day_words(sent.at.astimezone(zone).date()), alert)
            for sent, paper, alert in history[question.start : question.start + PAGE]
        ],
        has_more=len(history) > question.start + PAGE,
        instead=Instead("You were sent nothing yet: what you follow brings the first papers."),
    )


def _as_sent(paper: Paper, day: str, alert: Alert | None) -> Row:
    """A paper as it was sent, with the reason that was told then."""
    if alert is None:
        return Row(paper, f"Sent on {day}")
    different = " as something different" if alert.exploring else ""
    return Row(paper, f"Sent{different} on {day} · {alert.why}", passage=alert.passage, marked=alert.words)


def _reason(why: str) -> str:
    """A search's reason without the places in its lists, which the card's number sums up."""
    reason = why.partition(" (no. ")[0]
    return reason[:1].upper() + reason[1:]


_FINDERS: Mapping[About, Callable[[Bot, UserId, Question], Awaitable[Rows]]] = {
    About.SEARCH: _search,
    About.SIMILAR: _similar,
    About.FOR_ME: _for_me,
    About.TRY_IT: _try_it,
    About.ANYWAY: _anyway,
    About.TRENDING: _trending,
    About.SAVED: _saved,
    About.HISTORY: _history,
}
