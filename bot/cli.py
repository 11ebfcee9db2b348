"""Every command a person can type. Each one imports what it needs when it runs, so ``--help`` answers at once.

Exit codes: 0 done, 1 refused or failed (one sentence on stderr says why), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol, cast

import typer
from typer.exceptions import TyperException

from bot.errors import PaperbotError

if TYPE_CHECKING:
    # Loaded by what uses them, when it runs.
    from collections.abc import Sequence

    from bot.acts import Router
    from bot.manifest import ShortcutEntry
    from bot.services import Bot


class Handlers(Protocol):
    """What the entry file knows of the handlers, which stand above this module."""

    def route(self, bot: Bot) -> Router:
        """What does the acts."""
        ...

    def events(self, *, unfurl: bool) -> Sequence[str]:
        """What Slack has to tell us of."""
        ...

    def shortcuts(self) -> Sequence[ShortcutEntry]:
        """What Slack has to show in its menus."""
        ...


app = typer.Typer(
    name="paperbot",
    help="Daily Papers to the right person, once, with the reason.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_INTERRUPTED = 130

ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings; default ./config.toml if it is there.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]
ReaderArgument = Annotated[str, typer.Argument(metavar="READER", help="Any name, or TEAM/USER for a Slack reader.")]


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


@app.command()
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
    """Store the papers of dumps and queue alerts.

    Whoever follows something near to a new paper gets an alert. The same dump again changes nothing.
    """
    from bot import settings
    from bot.terminal import ingesting

    raise typer.Exit(asyncio.run(ingesting.ingest(settings.load(config), paths or [], as_json=json)))


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
    """Follow a phrase or a paper.

    Papers that arrive from then on are matched against it.
    """
    from bot import settings
    from bot.terminal import readers

    chosen = settings.load(config)
    raise typer.Exit(
        asyncio.run(
            readers.follow(chosen, reader, what, name=name, weight=-abs(weight) if less else weight, as_json=json)
        )
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
    from bot.terminal import readers

    raise typer.Exit(asyncio.run(readers.unfollow(settings.load(config), reader, interest, as_json=json)))


@app.command()
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


@app.command()
def alerts(reader: ReaderArgument, *, json: JsonOption = False, config: ConfigOption = None) -> None:
    """List a reader's alerts, newest first, each with its reason."""
    from bot import settings
    from bot.terminal import readers

    raise typer.Exit(asyncio.run(readers.alerts(settings.load(config), reader, as_json=json)))


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
    from bot.terminal import searching

    raise typer.Exit(asyncio.run(searching.search(settings.load(config), " ".join(query), limit, as_json=json)))


@app.command()
def check(*, json: JsonOption = False, config: ConfigOption = None) -> None:
    """Say what is wrong with the set-up.

    It looks at settings, store, model, sources and Slack.
    """
    from bot.terminal import doctor

    raise typer.Exit(asyncio.run(doctor.run(config, as_json=json)))


@app.command()
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


@app.command()
def run(
    context: typer.Context,
    *,
    role: Annotated[
        Role, typer.Option(help="all; or web, which answers Slack, and worker, which takes in and sends.")
    ] = Role.ALL,
    config: ConfigOption = None,
) -> None:
    """Run the bot until it is stopped.

    It answers Slack, watches the sources, takes in what arrives and sends it. Other commands may be used meanwhile.
    """
    from bot import schedule, settings

    handlers = cast("Handlers", context.obj)
    raise typer.Exit(asyncio.run(schedule.run(settings.load(config), role.value, handlers.route)))


def main(handlers: Handlers) -> None:
    """Run the command line and end the process with its exit code."""
    _prepare_streams()
    try:
        code = app(prog_name="paperbot", standalone_mode=False, obj=handlers)
    except TyperException as usage:
        code = _complain(usage.format_message(), 2)
    except PaperbotError as failure:
        code = _complain(failure.sentence, 1)
    except typer.Abort:
        code = _INTERRUPTED
    except OSError as failure:
        place = f" ({failure.filename})" if failure.filename else ""
        code = _complain(f"The system refused{place}: {failure.strerror or failure}.", 1)
    except Exception as mistake:  # the last resort: a person gets a sentence, whoever mends it asks for more
        if sys.flags.dev_mode:
            raise
        code = _complain(_sentence_of(mistake), 1)
    if code == _INTERRUPTED:
        _complain("Interrupted.", _INTERRUPTED)
    sys.exit(_end_output(code if isinstance(code, int) else 0))


def _complain(sentence: str, code: int) -> int:
    """Say what went wrong; returns the exit code."""
    from bot.terminal import screen

    screen.complain(sentence.strip())
    return code


def _sentence_of(mistake: Exception) -> str:
    frame = traceback.extract_tb(mistake.__traceback__)[-1]
    what = f"{type(mistake).__name__} in {Path(frame.filename).name}:{frame.lineno}: {mistake}"
    return f"Paperbot made a mistake ({what[:200]}): please report it; PYTHONDEVMODE=1 shows where it came from."


def _prepare_streams() -> None:
    """A closed stdout or stderr swallows what is written, and no character fails for want of an encoding."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:
            _silence(descriptor)
            setattr(sys, name, os.fdopen(descriptor, "w", encoding="utf-8", closefd=False))
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _end_output(code: int) -> int:
    """Write what is still held back; 1 if it cannot be written, which is no error when its reader has gone."""
    try:
        sys.stdout.flush()
    except OSError as failure:
        # Python would try again at exit and complain in words of its own.
        _silence(1)
        # With a code, the reason was said when the command itself met it.
        if not code and not isinstance(failure, BrokenPipeError):
            _complain(f"The output cannot be written: {failure.strerror}.", 1)
        return code or 1
    return code


def _silence(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    if null != descriptor:
        os.dup2(null, descriptor)
        os.close(null)
