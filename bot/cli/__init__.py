"""Every command a person can type. Each one imports what it needs when it runs, so ``--help`` answers at once.

papers      dumps, the demo and search
fetch       asking live sources
readers     what readers follow and were told
hosting     setting up, running, how it is doing
report      how useful it is to its readers
dead        deliveries that are tried no more
backup      the store as a file, and back
options     what several of them take
streams     output that cannot be written

Exit codes: 0 done, 1 refused or failed (one sentence on stderr says why), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import typer
from typer.exceptions import TyperException

from bot.cli import backup, dead, fetch, hosting, papers, readers, report
from bot.cli.options import Handlers
from bot.cli.streams import complain, end_output, prepare_streams
from bot.errors import PaperbotError

__all__ = ["Handlers", "app", "main"]

app = typer.Typer(
    name="paperbot",
    help="Daily Papers to the right person, once, with the reason.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

#: In the order of the help.
COMMANDS = (
    papers.demo,
    papers.dump,
    papers.ingest,
    fetch.fetch,
    readers.follow,
    readers.unfollow,
    readers.interests,
    readers.alerts,
    papers.search,
    hosting.check,
    hosting.manifest,
    hosting.run,
    hosting.status,
    report.report,
    backup.backup,
    backup.restore,
    backup.export,
    backup.import_,
)
for command in COMMANDS:
    app.command(command.__name__.rstrip("_"))(command)
app.add_typer(dead.app, name="dead", help="List, replay or drop deliveries that are tried no more.")

_INTERRUPTED = 130


def main(handlers: Handlers) -> None:
    """Run the command line and end the process with its exit code."""
    prepare_streams()
    try:
        code = app(prog_name="paperbot", standalone_mode=False, obj=handlers)
    except TyperException as usage:
        code = complain(usage.format_message(), 2)
    except PaperbotError as failure:
        code = complain(failure.sentence, 1)
    except typer.Abort:
        code = _INTERRUPTED
    except OSError as failure:
        place = f" ({failure.filename})" if failure.filename else ""
        code = complain(f"The system refused{place}: {failure.strerror or failure}.", 1)
    except Exception as mistake:  # the last resort: a person gets a sentence, whoever mends it asks for more
        if sys.flags.dev_mode:
            raise
        code = complain(_sentence_of(mistake), 1)
    if code == _INTERRUPTED:
        complain("Interrupted.", _INTERRUPTED)
    sys.exit(end_output(code if isinstance(code, int) else 0))


def _sentence_of(mistake: Exception) -> str:
    frame = traceback.extract_tb(mistake.__traceback__)[-1]
    what = f"{type(mistake).__name__} in {Path(frame.filename).name}:{frame.lineno}: {mistake}"
    return f"Paperbot made a mistake ({what[:200]}): please report it; PYTHONDEVMODE=1 shows where it came from."
