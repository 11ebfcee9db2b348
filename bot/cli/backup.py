"""Commands about the store as a whole: as a file, and back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption

OutArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Where to; packed where the name ends in .gz.")]
InArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Packed or not.")]


def backup(file: OutArgument, *, json: JsonOption = False, config: ConfigOption = None) -> None:
    """Write everything that is stored into one file.

    The bot may go on meanwhile. Only `restore` reads the file; it holds what people follow, so keep it private.
    """
    from bot import settings
    from bot.terminal import backing_up

    raise typer.Exit(asyncio.run(backing_up.backup(settings.load(config), file, as_json=json)))


def restore(
    file: InArgument,
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Delete first what the store holds.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before that.")] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Fill an empty store from a backup, while no bot works on it.

    It goes on where the backup was made. What was waiting then is looked for in Slack before it is sent; letters to
    a channel's list are held: see `paperbot dead list`.
    """
    from bot import settings
    from bot.terminal import backing_up

    chosen = settings.load(config)
    raise typer.Exit(
        asyncio.run(backing_up.restore(chosen, file, replace=replace, ask=not yes, confirm=_confirm, as_json=json))
    )


def export(file: OutArgument, *, json: JsonOption = False, config: ConfigOption = None) -> None:
    """Write papers and readers into a file that people can read.

    It holds what readers follow, keep, rated and were sent; no queue and no vectors.
    """
    from bot import settings
    from bot.terminal import backing_up

    raise typer.Exit(asyncio.run(backing_up.export(settings.load(config), file, as_json=json)))


def import_(file: InArgument, *, json: JsonOption = False, config: ConfigOption = None) -> None:
    """Merge an export into the store.

    What is there wins where both say something; the same file again changes nothing.
    """
    from bot import settings
    from bot.terminal import backing_up

    raise typer.Exit(asyncio.run(backing_up.import_(settings.load(config), file, as_json=json)))


def _confirm(question: str) -> bool:
    return typer.confirm(question, err=True)
