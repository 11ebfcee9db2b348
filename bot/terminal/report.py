"""``paperbot report``: what became of what readers were sent, week by week, and their votes replayed with other rankings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from rich.table import Table

from bot import reporting
from bot.clock import Clock
from bot.reporting import ENOUGH, HIDDEN_BELOW, Figure, Medians, Standing, Week
from bot.settings import Settings
from bot.store import open_store
from bot.terminal import replaying, report_reading, report_rows, screen

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


async def run(settings: Settings, weeks: int, model: str | None, *, as_json: bool) -> int:
    """Print the last ``weeks`` weeks; ``model`` is one to replay the votes with beside that of the settings.

    0, whatever there is to tell. Raises ModelMissing where votes are replayed with a model that is not there.
    """
    zone, now = ZoneInfo(settings.schedule.zone), Clock(settings.testing).now()
    store = await open_store(settings.store)
    try:
        people = await report_reading.people(store)
        acts = [one.acts for one in people]
        told = reporting.weekly(acts, weeks, now.astimezone(zone).date(), zone)
        with screen.progress(quiet=as_json) as progress:
            replay = await replaying.replay(store, settings, people, first=told[0].first, model=model, report=progress)
    finally:
        await store.close()
    together, middle = reporting.total(acts, told, zone), reporting.medians(acts, _begun(told), zone)
    if as_json:
        screen.print_json(
            {
                "from": told[0].first.isoformat(),
                "until": (told[-1].end - timedelta(days=1)).isoformat(),
                "weeks": [report_rows.week(one) for one in told],
                "all": report_rows.together(together),
                "medians": report_rows.medians(middle),
                "replay": {
                    "likes": replay.likes,
                    "dislikes": replay.dislikes,
                    "readers": replay.readers,
                    "enough": replay.likes >= ENOUGH,
                    "rankings": [report_rows.standing(one) for one in replay.standings],
                },
            }
        )
        return 0
    _show_weeks(told, together)
    _show_readers(together, middle)
    _show_replay(replay)
    return 0


def _show_weeks(weeks: Sequence[Week], together: Week) -> None:
    if not together.sent and not together.elsewhere:
        since = f"{_day(together.first).strip()} {together.first.year}"
        _say(f"Nothing was sent to anybody since {since}, and nobody voted.")
        return
    title = f"What readers were sent until {_day(together.end - timedelta(days=1)).strip()} {together.end.year}"
    table = Table(title=f"{title}, and what became of it", title_justify="left")
    table.add_column("week of")
    for heading in ("sent", "voted", "liked", "disliked", "precision", "coverage", "saved"):
        table.add_column(heading, justify="right")
    for one in _begun(weeks):
        table.add_row(_day(one.first), *_cells(one))
    table.add_section()
    table.add_row("all", *_cells(together), style="bold")
    screen.out().print(table)


def _begun(weeks: Sequence[Week]) -> Sequence[Week]:
    """The weeks from the first one on in which anything happened."""
    return weeks[next((place for place, one in enumerate(weeks) if one.sent or one.elsewhere), 0) :]


def _cells(week: Week) -> list[str]:
    counts = (week.sent, week.voted, week.liked, week.disliked)
    coverage = f"{week.liking:,} of {week.readers:,}" if week.readers else "-"
    return [*(f"{one:,}" for one in counts), _share(week.precision), coverage, f"{week.saved:,}"]


def _show_readers(together: Week, middle: Medians | None) -> None:
    if together.voted:
        low, high = reporting.interval(together.liked, together.voted)
        _say(
            f"Precision, likes among the votes, is {_share(together.precision)}: between {_share(low)} and {_share(high)} "
            f"with 95 % confidence. {_share(together.liked_share)} of all that was sent was liked. Coverage: "
            f"{together.liking} of {_many(together.readers, 'reader')} liked something."
        )
    elif together.sent:
        _say("Nobody voted on what was sent: precision is told from the first vote on.")
    if together.elsewhere:
        _say(f"{_many(together.elsewhere, 'vote')} besides, on papers found otherwise: searches, channels, lists.")
    if middle:
        precision = f", and likes {_share(middle.precision)} of these" if middle.precision is not None else ""
        _say(
            f"The reader in the middle gets {middle.sent_a_week:.1f} papers a week, votes on "
            f"{_share(middle.voted_share)} of them{precision}."
        )
    elif together.readers:
        _say(f"Medians of readers are told from {HIDDEN_BELOW} readers on, so that they tell of nobody.")


def _show_replay(replay: replaying.Replay) -> None:
    screen.out().print()
    if not replay.standings:
        _say("No vote can be replayed yet: that takes a reader who follows or liked something before.")
        return
    likes, dislikes = _many(replay.likes, "like"), _many(replay.dislikes, "dislike")
    table = Table(title=f"Replay of {likes} and {dislikes} of {_many(replay.readers, 'reader')}", title_justify="left")
    table.add_column("ranking")
    for heading in ("liked", "disliked", "first 3", "over", "lead"):
        table.add_column(heading, justify="right")
    for place, one in enumerate(replay.standings):
        table.add_row(screen.plain(one.name, "bold" if place == 0 else ""), *_figures(one))
    screen.out().print(table)
    _say(
        "Each vote is ranked among the papers of its week by what was known before it. liked: share of the others that "
        "stand below a liked paper (chance is 50 %, more is better); disliked: the same of a disliked one (less is "
        "better); first 3: how often a liked one is among the first three; over: how often a liked one stands above a "
        "disliked one; lead: by how many points this bot is ahead in “liked”. Below each: where it lies with 95 % "
        "confidence."
    )
    _say(_verdict(replay.standings))
    if replay.likes < ENOUGH:
        _say(
            f"These are few: below {ENOUGH} likes, chance tells more than the ranking. Do not choose by this table.",
            "yellow",
        )
    _say("Most votes are on papers that this bot chose, which flatters the ranking it used: take a small lead as none.")


def _verdict(standings: Sequence[Standing]) -> str:
    """Which leads are more than chance, in a sentence each."""
    behind = [(one.name, one.behind) for one in standings if one.behind]
    kinds = {
        "is ahead of": [name for name, lead in behind if lead.low > 0],
        "is behind": [name for name, lead in behind if lead.high < 0],
        "cannot be told apart from": [name for name, lead in behind if lead.low <= 0 <= lead.high],
    }
    told = [f"{verb} {', '.join(names)}" for verb, names in kinds.items() if names]
    return f"In “liked”, {standings[0].name} {'; it '.join(told)}." if told else "No like was replayed."


def _figures(standing: Standing) -> list[str]:
    shares = (standing.liked, standing.disliked, standing.first_three, standing.over_disliked)
    return [*(_figure(one) for one in shares), _lead(standing.behind)]


def _figure(figure: Figure | None) -> str:
    return f"{_share(figure.value)}\n{100 * figure.low:.0f} to {100 * figure.high:.0f}" if figure else "-"


def _lead(figure: Figure | None) -> str:
    if figure is None:
        return ""
    return f"{100 * figure.value:+.1f}\n{100 * figure.low:+.1f} to {100 * figure.high:+.1f}"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def _day(day: date) -> str:
    return f"{day.day:2d} {_MONTHS[day.month - 1]}"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _say(sentence: str, style: str = "") -> None:
    screen.print_hanging(screen.plain(sentence, style))
