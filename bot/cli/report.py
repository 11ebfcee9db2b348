"""``paperbot report``: how useful the bot is to its readers."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption


def report(
    *,
    weeks: Annotated[int, typer.Option(min=1, max=104, help="So many weeks back, this one included.")] = 8,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Replay with this model too: its name, or the path of its folder."),
    ] = None,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Say how useful the bot is to its readers.

    It tells what was sent each week and what was liked of it, and replays the votes with other rankings. No reader is
    named.
    """
    from bot import settings
    from bot.terminal import report as reported

    raise typer.Exit(asyncio.run(reported.run(settings.load(config), weeks, model, as_json=json)))
