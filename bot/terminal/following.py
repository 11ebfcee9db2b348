"""``paperbot follow --from``: everything that a file holds, and what became of each entry."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.table import Table

from bot.curate import FollowedAll
from bot.errors import PageError, UserError
from bot.identity import normalise_arxiv_id
from bot.models import LOCAL_WORKSPACE, UserId
from bot.progress import Report
from bot.references import read_library, references
from bot.services import Services, look_up, open_services
from bot.settings import Settings
from bot.terminal import rows, screen

#: A library of some ten thousand entries.
MOST_BYTES = 20_000_000
_STDIN = Path("-")


async def follow_file(settings: Settings, reader: str, file: Path, *, as_json: bool) -> int:
    """Follow what a file holds ("-": standard input); 1 where all of it was refused. Raises UserError for what is no list."""
    text = _read(file)
    who = UserId.parse(reader)
    with screen.progress() as report:
        async with open_services(settings, report=report) as services:
            await _ask_for(services, settings, text, report)
            done = await services.curate.follow_all(who, text, report)
            if who.workspace != LOCAL_WORKSPACE:
                for arxiv_id in done.unknown:
                    await services.readers.pending(who, arxiv_id, follow=True)
    if as_json:
        screen.print_json(rows.followed(done))
    else:
        _show(reader, done, is_local=who.workspace == LOCAL_WORKSPACE)
    return 0 if done.followed or done.known or done.unknown else 1


def _read(file: Path) -> str:
    name = "Standard input" if file == _STDIN else f"“{file.name}”"
    if file == _STDIN:
        content = sys.stdin.buffer.read(MOST_BYTES + 1)
    else:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UserError(f"{name} is larger than {MOST_BYTES // 1_000_000} MB: give a part of it.")
    return read_library(content, name)


async def _ask_for(services: Services, settings: Settings, text: str, report: Report) -> None:
    """Ask live sources for the papers that the text names and nobody has told of; without an answer they stay unknown."""
    named = [known for one in references(text) for word in one.words if (known := normalise_arxiv_id(word))]
    if not (unknown := await services.curate.untold(named)):
        return
    try:
        await look_up(services, settings, unknown, report=report)
    except PageError as failure:
        screen.complain(failure.sentence)


def _show(reader: str, done: FollowedAll, *, is_local: bool) -> None:
    """A line for each entry, and what came of them in figures."""
    table = Table(title=screen.plain(f"What {reader} asked to follow"), title_justify="left")
    for heading in ("entry", "what became of it"):
        table.add_column(heading)
    later = (
        "in no dump yet: give it again once one tells of it"
        if is_local
        else "in no dump yet: followed once one tells of it"
    )
    shown = [
        *((one.interest.name, "followed") for one in done.followed),
        *((said, "followed before") for said, _ in done.known),
        *((arxiv_id, later) for arxiv_id in done.unknown),
        *((said, f"refused: {sentence}") for said, sentence in done.refused),
    ]
    for row in shown:
        table.add_row(*map(screen.plain, row))
    screen.out().print(table)
    counts = (
        (done.followed, "followed"),
        (done.known, "before"),
        (done.unknown, "unknown yet"),
        (done.refused, "refused"),
    )
    screen.out().print(", ".join(f"{len(some):,} {what}" for some, what in counts) + ".")
