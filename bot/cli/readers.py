"""Commands about readers: what they follow, and what they were told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption, ReaderArgument


def follow(
    reader: ReaderArgument,
    what: Annotated[str | None, typer.Argument(metavar='PHRASE|LINK|"TITLE"', help="What to follow.")] = None,
    *,
    file: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="BibTeX, RIS, or a list of links and ids; - for stdin."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    weight: Annotated[float, typer.Option(help="How much it counts, 0.1 to 10.")] = 1.0,
    less: Annotated[bool, typer.Option("--less", help="Less of this instead of more.")] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Follow a phrase or a paper, or all that a file holds.

    Papers that arrive from then on are matched against it.
    """
    from bot import settings
    from bot.terminal import following, readers

    chosen = settings.load(config)
    if file is not None:
        if what or name or less:
            raise typer.BadParameter("--from takes nothing beside the reader and the file.")
        raise typer.Exit(asyncio.run(following.follow_file(chosen, reader, file, as_json=json)))
    if what is None:
        raise typer.BadParameter('Say what to follow: a phrase, a link or a "title", or --from FILE.')
    raise typer.Exit(
        asyncio.run(
            readers.follow(chosen, reader, what, name=name, weight=-abs(weight) if less else weight, as_json=json)
        )
    )


def unfollow(
    reader: ReaderArgument,
    interest: Annotated[str, typer.Argument(metavar="NAME", help="Its name or id, as `interests` shows it.")],
    *,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Stop following something."""
    from bot import settings
    from bot.terminal import readers

    raise typer.Exit(asyncio.run(readers.unfollow(settings.load(config), reader, interest, as_json=json)))


def interests(
    reader: ReaderArgument,
    *,
    bar: Annotated[float | None, typer.Option(help="Alert above this percentage of papers, 50 to 99.99.")] = None,
    cap: Annotated[int | None, typer.Option(help="At most so many alerts from one ingest.")] = None,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List what a reader follows; set its bar and cap."""
    from bot import settings
    from bot.terminal import readers

    chosen = settings.load(config)
    raise typer.Exit(asyncio.run(readers.interests(chosen, reader, bar=bar, cap=cap, as_json=json)))


def alerts(reader: ReaderArgument, *, json: JsonOption = False, config: ConfigOption = None) -> None:
    """List a reader's alerts, newest first, each with its reason."""
    from bot import settings
    from bot.terminal import readers

    raise typer.Exit(asyncio.run(readers.alerts(settings.load(config), reader, as_json=json)))
