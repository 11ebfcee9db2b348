"""``paperbot demo``: the main job without Slack, on a store of its own that is gone afterwards."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from rich.rule import Rule

from bot import digests, dumps
from bot.models import Alert, IngestReport, Paper, SearchHit, UserId
from bot.progress import Report
from bot.services import Services, open_services
from bot.settings import Settings
from bot.terminal import rows, screen
from bot.terminal.papers import show_alerts, show_hits, show_refusals


@dataclass(frozen=True)
class Persona:
    """An invented reader: a name and what it follows; a leading minus asks for less."""

    name: str
    follows: tuple[str, ...]


READERS = (
    Persona("Amara", ("efficient inference for large language models", "speech recognition and synthesis")),
    Persona("Bogdan", ("image and video generation with diffusion models", "3D scene reconstruction")),
    Persona(
        "Chiyo",
        ("language model agents that use tools", "evaluating reasoning of language models", "-image generation"),
    ),
)
CHANNEL = Persona("#reading-group", ("retrieval augmented generation", "reinforcement learning for language models"))
_CAP = 5
SEARCHES = ("making transformers faster on long sequences", "benchmark authors:>3")


async def run(settings: Settings, paths: Sequence[Path], *, as_json: bool) -> int:
    """Take in the dumps (default: the sample dumps), then show alerts, a digest and two searches.

    1 if every dump was refused.
    """
    chosen = dumps.named(paths or [samples()])
    followed = [(UserId.parse(persona.name), what) for persona in (*READERS, CHANNEL) for what in persona.follows]
    with screen.progress(quiet=as_json) as report:
        async with _own_store(settings, report) as services:
            for number, (reader, what) in enumerate(followed, start=1):
                weight = -1.0 if what.startswith("-") else 1.0
                await services.curate.follow(reader, what.removeprefix("-"), weight=weight)
                report("Following", number, len(followed))
            ingested = await services.ingest.files(chosen, report=report)
            queued = {p.name: await services.readers.alerts(UserId.parse(p.name)) for p in (*READERS, CHANNEL)}
            answers = {query: (await services.search.papers(query, limit=3)).hits for query in SEARCHES}
    if as_json:
        _print_json(ingested, queued, answers)
    else:
        _print(ingested, queued, answers)
    return 1 if ingested.refusals and not ingested.papers else 0


def samples() -> Path:
    """The folder of invented dumps that comes with Paperbot."""
    return Path(str(files("bot") / "samples"))


@asynccontextmanager
async def _own_store(settings: Settings, report: Report) -> AsyncGenerator[Services]:
    """Everything open on a throw-away data folder; the model is the one of the settings."""
    with tempfile.TemporaryDirectory(prefix="paperbot-demo-") as folder:
        cache_dir = settings.model.cache_dir or settings.store.data_dir / "models"
        private = settings.model_copy(
            update={
                "store": settings.store.model_copy(update={"url": "embedded", "data_dir": Path(folder)}),
                "model": settings.model.model_copy(update={"cache_dir": cache_dir}),
                "sources": (),
            }
        )
        async with open_services(private, report=report) as services:
            yield services


def _print_json(
    ingested: IngestReport, queued: dict[str, list[tuple[Alert, Paper]]], answers: Mapping[str, Sequence[SearchHit]]
) -> None:
    digest = digests.compose(UserId.parse(CHANNEL.name), [alert for alert, _ in queued[CHANNEL.name]], cap=_CAP)
    papers = {paper.id: paper for _, paper in queued[CHANNEL.name]}
    screen.print_json(
        {
            "ingest": rows.report(ingested),
            "refused": [{"file": f, "refused": code, "reason": reason} for f, code, reason in ingested.refusals],
            "readers": [
                {
                    "reader": persona.name,
                    "follows": list(persona.follows),
                    "alerts": [rows.alert(alert, paper) for alert, paper in queued[persona.name]],
                }
                for persona in READERS
            ],
            "digest": {
                "channel": CHANNEL.name,
                "follows": list(CHANNEL.follows),
                "papers": [rows.alert(alert, papers[alert.paper_id]) for alert in digest.alerts],
            },
            "searches": [
                {"query": query, "results": [rows.hit(hit) for hit in hits]} for query, hits in answers.items()
            ],
        }
    )


def _print(
    ingested: IngestReport, queued: dict[str, list[tuple[Alert, Paper]]], answers: Mapping[str, Sequence[SearchHit]]
) -> None:
    show_refusals(ingested)
    console = screen.out()
    if not ingested.papers:
        console.print("No paper could be read, so there is nothing to show.")
        return
    console.print(
        f"[bold]{ingested.papers}[/] entries read, [bold green]{ingested.new}[/] papers, "
        f"{ingested.merged} told more than once, {ingested.rejected} refused, in {ingested.seconds:.1f} s"
    )
    console.print()
    console.print(Rule("Personal alerts", style="magenta"))
    for persona in READERS:
        _show_digest(persona, queued[persona.name])
    console.print()
    console.print(Rule("Channel digest", style="magenta"))
    _show_digest(CHANNEL, queued[CHANNEL.name])
    console.print()
    console.print(Rule("Searches", style="magenta"))
    for query, hits in answers.items():
        console.print()
        screen.print_hanging(screen.plain(f"paperbot search {shlex.quote(query)}", "bold"))
        show_hits(hits)


def _show_digest(persona: Persona, queued: Sequence[tuple[Alert, Paper]]) -> None:
    """One reader's or channel's message, as it reads in the terminal."""
    follows = " · ".join(f"less of {what[1:]}" if what.startswith("-") else what for what in persona.follows)
    screen.out().print()
    screen.out().print(screen.plain(persona.name, "bold"))
    screen.print_hanging(screen.plain(f"follows {follows}", "dim"), "  ")
    papers = {paper.id: paper for _, paper in queued}
    digest = digests.compose(UserId.parse(persona.name), [alert for alert, _ in queued], cap=_CAP)
    show_alerts([(alert, papers[alert.paper_id]) for alert in digest.alerts])
    if not digest.alerts:
        screen.out().print("  Nothing above the bar in these dumps.")
