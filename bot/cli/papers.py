"""Commands about papers: read dumps, take them in, show the main job, search."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption


def demo(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH...]", help="Your own dumps.")] = None,
    *,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show the main job in this terminal, without Slack.

    Dumps are taken in; then come three readers' alerts, a channel's digest and two searches. Nothing is kept.
    """
    from bot import settings
    from bot.terminal import demo

    raise typer.Exit(asyncio.run(demo.run(settings.load(config), paths or [], as_json=json)))


def dump(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Dumps, or folders of them.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Keep the certain papers of a page in doubt.")] = False,
    year: Annotated[int | None, typer.Option(help="The year of the pages, if they do not print it.")] = None,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Read dumps and print what they say; nothing is stored."""
    from bot import settings
    from bot.terminal import reading

    raise typer.Exit(reading.run(settings.load(config), paths, force=force, year=year, as_json=json))


def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH...]", help="Dumps; none: the inboxes of the sources.")
    ] = None,
    *,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Store the papers of dumps and queue alerts.

    Whoever follows something near to a new paper gets an alert. The same dump again changes nothing.
    """
    from bot import settings
    from bot.terminal import ingesting

    raise typer.Exit(asyncio.run(ingesting.ingest(settings.load(config), paths or [], as_json=json)))


def search(
    query: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY",
            help='Words, a title, an arXiv id; filters: since:2025-01 until:2025-06 authors:">10" has:code org:name.',
        ),
    ],
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many papers.")] = 10,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Search the stored papers by words and by meaning."""
    from bot import settings
    from bot.terminal import searching

    raise typer.Exit(asyncio.run(searching.search(settings.load(config), " ".join(query), limit, as_json=json)))
