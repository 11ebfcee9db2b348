"""What a reader follows and what it brought: ``paperbot follow``, ``unfollow``, ``interests``, ``alerts``."""

from __future__ import annotations

from rich.table import Table

from bot import matching
from bot.bars import bar_of
from bot.models import FACTS, UserId
from bot.services import followed_or_asked, open_readers, open_services
from bot.settings import Settings
from bot.terminal import rows, screen
from bot.terminal.papers import facts, show_alerts, show_paper


async def follow(settings: Settings, reader: str, what: str, *, name: str | None, weight: float, as_json: bool) -> int:
    """Add an interest and show the nearest stored papers."""
    with screen.progress(quiet=True) as report:
        async with open_services(settings, report=report) as services:
            followed = await followed_or_asked(
                services, settings, UserId.parse(reader), what, name=name, weight=weight, report=report
            )
    if as_json:
        nearest = [rows.near(near.paper, near.closeness) for near in followed.nearest]
        screen.print_json({**rows.interest(followed.interest), "nearest": nearest})
        return 0
    is_fact = followed.interest.kind in FACTS
    verb = "wants less of" if followed.interest.weight < 0 else "follows"
    what = f"the {matching.FACT_WORDS[followed.interest.kind]} " if is_fact else ""
    screen.print_hanging(screen.plain(f"{reader} {verb} {what}“{followed.interest.name}”.", "bold"))
    if followed.nearest:
        screen.out().print("Newest such papers already stored:" if is_fact else "Nearest papers already stored:")
        for near in followed.nearest:
            show_paper(near.paper, facts(near.paper).removesuffix(" · ") if is_fact else matching.words(near.closeness))
    return 0


async def unfollow(settings: Settings, reader: str, interest: str, *, as_json: bool) -> int:
    """Remove an interest by its name or id."""
    async with open_readers(settings) as readers:
        removed = await readers.unfollow(UserId.parse(reader), interest)
    if as_json:
        screen.print_json(rows.interest(removed))
    else:
        screen.print_hanging(screen.plain(f"{reader} no longer follows “{removed.name}”.", "bold"))
    return 0


async def interests(settings: Settings, reader: str, *, bar: float | None, cap: int | None, as_json: bool) -> int:
    """List what a reader follows, after setting the bar and cap that were given."""
    if bar is not None or cap is not None:
        with screen.progress(quiet=True) as report:
            async with open_services(settings, report=report) as services:
                profile = await services.curate.choose(UserId.parse(reader), bar=bar, cap=cap)
    else:
        async with open_readers(settings) as readers:
            profile = await readers.get(UserId.parse(reader))
    if as_json:
        screen.print_rows(rows.interest(followed) for followed in profile.interests)
        return 0
    if not profile.interests:
        screen.out().print(screen.plain(f"{reader} follows nothing yet: paperbot follow {reader} “a phrase”"))
        return 0
    table = Table(title=screen.plain(f"{reader} follows"), title_justify="left")
    for heading in ("id", "name", "from", "weight"):
        table.add_column(heading)
    for followed in profile.interests:
        weight = f"{'less' if followed.weight < 0 else 'more'}, {abs(followed.weight):g}{', muted' * followed.muted}"
        table.add_row(*map(screen.plain, (followed.id, followed.name, followed.kind.value, weight)))
    screen.out().print(table)
    bar_now, cap_now = bar_of(profile, settings.digest), profile.cap or settings.digest.cap
    screen.out().print(f"Alerts: closer than {bar_now * 100:g} % of papers, at most {cap_now} from one ingest.")
    return 0


async def alerts(settings: Settings, reader: str, *, as_json: bool) -> int:
    """List a reader's alerts, newest first."""
    async with open_readers(settings) as readers:
        queued = await readers.alerts(UserId.parse(reader))
    if as_json:
        screen.print_rows(rows.alert(alert, paper) for alert, paper in queued)
    elif not queued:
        screen.out().print(screen.plain(f"No alert for {reader} yet: they come with papers that arrive from now on."))
    else:
        show_alerts(queued)
    return 0
