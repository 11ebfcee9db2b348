"""``paperbot dead``: what was tried too often, or refused, and is tried no more until the host says so."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

IdsArgument = Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="As `paperbot dead list` shows them.")]
AllOption = Annotated[bool, typer.Option("--all", help="All of them.")]


@app.command("list")
def show(*, json: JsonOption = False, config: ConfigOption = None) -> None:
    """List them, oldest first, each with the reason."""
    from bot import settings
    from bot.terminal import dead

    raise typer.Exit(asyncio.run(dead.show(settings.load(config), as_json=json)))


@app.command()
def replay(
    ids: IdsArgument = None, *, every: AllOption = False, json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Send them after all: each gets all its tries again."""
    from bot import settings
    from bot.terminal import dead

    _choose(ids, every=every)
    raise typer.Exit(asyncio.run(dead.replay(settings.load(config), ids, as_json=json)))


@app.command()
def drop(
    ids: IdsArgument = None, *, every: AllOption = False, json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Forget them: they are never sent."""
    from bot import settings
    from bot.terminal import dead

    _choose(ids, every=every)
    raise typer.Exit(asyncio.run(dead.drop(settings.load(config), ids, as_json=json)))


def _choose(ids: list[str] | None, *, every: bool) -> None:
    if bool(ids) == every:
        raise typer.BadParameter("Name the ids, or say --all.")
