"""Every command a person can type. Each one imports what it needs when it runs, so ``--help`` answers at once.

Exit codes: 0 done, 1 refused or failed (one sentence on stderr says why), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import asyncio
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from bot.errors import PaperbotError

app = typer.Typer(
    name="paperbot",
    help="Daily Papers to the right person, once, with the reason.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings; default ./config.toml if it is there.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]
ReaderArgument = Annotated[str, typer.Argument(metavar="READER", help="Any name, or TEAM/USER for a Slack reader.")]


class Role(StrEnum):
    """What one process of the bot does."""

    ALL = "all"
    WORKER = "worker"


@app.command()
def demo(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH...]", help="Your own dumps.")] = None,
    *,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show the main job without Slack: dumps in, three readers' alerts, a digest, two searches."""
    from bot import settings
    from bot.terminal import demo

    raise typer.Exit(asyncio.run(demo.run(settings.load(config), paths or [], as_json=json)))


@app.command()
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


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH...]", help="Dumps; none: the inboxes of the sources.")
    ] = None,
    *,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Store the papers of dumps and queue alerts for those who follow them."""
    from bot import settings
    from bot.terminal import errands

    raise typer.Exit(asyncio.run(errands.ingest(settings.load(config), paths or [], as_json=json)))


@app.command()
def follow(
    reader: ReaderArgument,
    what: Annotated[str, typer.Argument(metavar='PHRASE|LINK|"TITLE"', help="What to follow.")],
    *,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    weight: Annotated[float, typer.Option(help="How much it counts, 0.1 to 10.")] = 1.0,
    less: Annotated[bool, typer.Option("--less", help="Less of this instead of more.")] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Follow a phrase or a paper; papers that arrive from then on are matched against it."""
    from bot import settings
    from bot.terminal import errands

    chosen = settings.load(config)
    raise typer.Exit(
        asyncio.run(errands.follow(chosen, reader, what, name=name, weight=-weight if less else weight, as_json=json))
    )


@app.command()
def unfollow(
    reader: ReaderArgument,
    interest: Annotated[str, typer.Argument(metavar="NAME", help="Its name or id, as `interests` shows it.")],
    *,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Stop following something."""
    from bot import settings
    from bot.terminal import errands

    raise typer.Exit(asyncio.run(errands.unfollow(settings.load(config), reader, interest, as_json=json)))


@app.command()
def interests(reader: ReaderArgument, *, json: JsonOption = False, config: ConfigOption = None) -> None:
    """List what a reader follows."""
    from bot import settings
    from bot.terminal import errands

    raise typer.Exit(asyncio.run(errands.interests(settings.load(config), reader, as_json=json)))


@app.command()
def alerts(reader: ReaderArgument, *, json: JsonOption = False, config: ConfigOption = None) -> None:
    """List a reader's alerts, newest first, each with its reason."""
    from bot import settings
    from bot.terminal import errands

    raise typer.Exit(asyncio.run(errands.alerts(settings.load(config), reader, as_json=json)))


@app.command()
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
    from bot.terminal import errands

    raise typer.Exit(asyncio.run(errands.search(settings.load(config), " ".join(query), limit, as_json=json)))


@app.command()
def check(*, json: JsonOption = False, config: ConfigOption = None) -> None:
    """Look at settings, store, model and sources, and say what is wrong."""
    from bot.terminal import doctor

    raise typer.Exit(asyncio.run(doctor.run(config, as_json=json)))


@app.command()
def run(
    *,
    role: Annotated[Role, typer.Option(help="What this process does.")] = Role.ALL,
    config: ConfigOption = None,
) -> None:
    """Run the bot: it watches the sources and ingests what arrives, until it is stopped."""
    from bot import schedule, settings

    raise typer.Exit(asyncio.run(schedule.run(settings.load(config), role.value)))


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except TyperException as usage:
        sys.stderr.write(usage.format_message().strip() + "\n")
        sys.exit(2)
    except PaperbotError as failure:
        sys.stderr.write(failure.sentence + "\n")
        sys.exit(1)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("Interrupted.\n")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
