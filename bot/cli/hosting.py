"""Commands of who hosts the bot: set it up, run it, see how it is doing."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum
from typing import Annotated, cast

import typer

from bot.cli.options import ConfigOption, Handlers, JsonOption


class Role(StrEnum):
    """What one process of the bot does."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"


class Mode(StrEnum):
    """How Slack reaches the bot."""

    SOCKET = "socket"
    HTTP = "http"


def check(*, json: JsonOption = False, config: ConfigOption = None) -> None:
    """Say what is wrong with the set-up.

    It looks at settings, store, model, sources (each live one is asked for one page), Slack and the mail server.
    """
    from bot.terminal import doctor

    raise typer.Exit(asyncio.run(doctor.run(config, as_json=json)))


def manifest(
    context: typer.Context,
    *,
    mode: Annotated[Mode | None, typer.Option(help="How Slack reaches the bot; default: the setting.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="For http: https://… where the bot is.")] = None,
    unfurl: Annotated[bool, typer.Option("--unfurl", help="Show links to papers with their papers.")] = False,
    config: ConfigOption = None,
) -> None:
    """Print the manifest from which Slack makes the app."""
    from bot import manifest as making
    from bot import settings

    slack = settings.load(config).slack
    handlers = cast("Handlers", context.obj)
    shows_links = unfurl or slack.unfurl
    made = making.manifest(
        slack.command,
        mode.value if mode else slack.mode,
        url,
        unfurl=shows_links,
        events=handlers.events(unfurl=shows_links),
        shortcuts=handlers.shortcuts(),
    )
    sys.stdout.write(made)


def run(
    context: typer.Context,
    *,
    role: Annotated[
        Role,
        typer.Option(help="all; or web (answers Slack), worker (sends), scheduler (takes in, and queues what is due)."),
    ] = Role.ALL,
    config: ConfigOption = None,
) -> None:
    """Run the bot until it is stopped.

    It answers Slack, watches the sources, takes in what arrives and sends it. Other commands may be used meanwhile.
    """
    from bot import schedule, settings

    handlers = cast("Handlers", context.obj)
    raise typer.Exit(asyncio.run(schedule.run(settings.load(config), role.value, handlers.route)))


def status(*, json: JsonOption = False, config: ConfigOption = None) -> None:
    """Say how the bot is doing.

    It tells of the sources, the queue, who leads, and how each reader's last day ended.
    """
    from bot import settings
    from bot.terminal import standing

    raise typer.Exit(asyncio.run(standing.run(settings.load(config), as_json=json)))
