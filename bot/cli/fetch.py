"""The command that asks a live source, now or for days of the past."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise typer.BadParameter("write a day as 2025-01-31") from error


def fetch(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The name of a live source in config.toml.")],
    *,
    since: Annotated[
        date | None,
        typer.Option(metavar="DAY", parser=_day, help="Ask for all days since this one, such as 2025-01-01."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Ask for what is known, too, and take pages as they are now.")
    ] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Ask a live source now, and take in what it has.

    With --since, days of the past are asked for, one a second; broken off, the same command goes on where it stopped.
    """
    from bot import settings
    from bot.terminal import fetching

    loaded = settings.load(config)
    raise typer.Exit(asyncio.run(fetching.fetch(loaded, source, since=since, again=again, as_json=json)))
