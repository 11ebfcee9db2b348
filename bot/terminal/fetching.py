"""``paperbot fetch``: ask a live source, then take in what stands in its inbox."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import date

from rich.table import Table

from bot.errors import UserError
from bot.models import FetchReport, IngestReport
from bot.progress import Report
from bot.services import Services, Telling, open_services
from bot.settings import Settings, SourceSettings
from bot.terminal import screen
from bot.terminal.papers import show_notices, show_refusals

_SHOWN = 20


async def fetch(settings: Settings, name: str, *, since: date | None, again: bool, as_json: bool) -> int:
    """Ask the source of that name; 1 if everything failed. Raises UserError for a name that is no live source's."""
    place = _place(settings.places(), name)
    source = settings.places()[place]
    with screen.progress(quiet=as_json) as report:
        async with open_services(settings, report=report) as services:
            store, telling = services.ingest.store, Telling(services.ingest.store, services.ingest.clock, settings)
            before = await store.papers.count()
            fetched = await _fetched(services, source, since, report, again=again)
            ingested = await services.ingest.folder(services.folders[place], report=report)
            # A bot that runs beside this command may have taken in what stood there.
            new = max(ingested.new, await store.papers.count() - before)
            if since is None and (fetched.new or fetched.unchanged or fetched.drift):
                await telling.tell(name, fetched)
                await telling.tell(name, ingested)
    _complain(fetched)
    show_refusals(ingested)
    show_notices(ingested)
    if as_json:
        screen.print_json(_row(fetched, ingested, new))
    else:
        screen.out().print(_table(fetched, ingested, new))
    return 1 if (fetched.failures or fetched.drift) and not (fetched.new or fetched.unchanged) else 0


async def _fetched(
    services: Services, source: SourceSettings, since: date | None, report: Report, *, again: bool
) -> FetchReport:
    if services.fetch is None:
        raise UserError("No live source is set up: add one to config.toml.")
    if since is None:
        return await services.fetch.ask(source, again=again, report=report)
    return await services.fetch.backfill(source, since, again=again, report=report)


def _place(sources: Sequence[SourceSettings], name: str) -> int:
    """Which source is meant."""
    live = [source.name for source in sources if source.is_live]
    for place, source in enumerate(sources):
        if source.name == name and source.is_live:
            return place
        if source.name == name:
            raise UserError(f"{name} is a folder: nothing is fetched. `paperbot ingest` takes in what stands in it.")
    if not live:
        raise UserError(f"There is no source {name}, nor any live one: add one to config.toml.")
    [near] = difflib.get_close_matches(name, live, n=1, cutoff=0.5) or [""]
    hint = f"did you mean {near}?" if near else f"there is {', '.join(live)}."
    raise UserError(f"There is no live source {name}: {hint}")


def _complain(fetched: FetchReport) -> None:
    if fetched.drift:
        screen.complain(fetched.drift, "red")
    told = [(line, "red") for line in once_each(fetched.failures)]
    told += [(line, "yellow") for line in once_each(fetched.notices)]
    for line, style in told[:_SHOWN]:
        screen.complain(line, style)
    if (more := len(told) - _SHOWN) > 0:
        screen.complain(f"… and {more} more; --json shows each.", "yellow")


def once_each(told: Sequence[tuple[str, str]]) -> list[str]:
    """What was told of pages, each sentence once, with the first page that it is about and how many more."""
    pages: dict[str, list[str]] = {}
    for page, sentence in told:
        pages.setdefault(sentence, []).append(page)
    return [
        f"{first} and {len(more):,} more: {sentence}" if more else f"{first}: {sentence}"
        for sentence, (first, *more) in pages.items()
    ]


def _table(fetched: FetchReport, ingested: IngestReport, new: int) -> Table:
    table = Table(title=screen.plain(fetched.source), box=None, title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for what, count in (
        ("pages asked for", fetched.pages),
        ("unchanged", fetched.unchanged),
        ("entries read", fetched.entries),
        ("entries not readable", fetched.rejected),
        ("new papers", new),
        ("alerts queued", ingested.alerts),
        ("failures", len(fetched.failures)),
    ):
        table.add_row(what, f"{count:,}")
    table.add_row("seconds", f"{fetched.seconds + ingested.seconds:.1f}")
    return table


def _row(fetched: FetchReport, ingested: IngestReport, new: int) -> dict[str, object]:
    return {
        "source": fetched.source,
        "pages": fetched.pages,
        "unchanged": fetched.unchanged,
        "new": fetched.new,
        "entries": fetched.entries,
        "rejected": fetched.rejected,
        "papers": ingested.papers,
        "new_papers": new,
        "alerts": ingested.alerts,
        "failures": [{"page": page, "reason": sentence} for page, sentence in fetched.failures],
        "notices": [{"page": page, "say": sentence} for page, sentence in fetched.notices],
        "drift": fetched.drift or None,
        "seconds": round(fetched.seconds + ingested.seconds, 3),
    }
