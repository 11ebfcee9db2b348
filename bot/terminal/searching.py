"""``paperbot search``: what ``/papers search`` answers."""

from __future__ import annotations

from bot.services import open_services
from bot.settings import Settings
from bot.terminal import rows, screen
from bot.terminal.papers import show_hits


async def search(settings: Settings, query: str, limit: int, *, as_json: bool) -> int:
    """Search the stored papers; what the person should know about the answer goes to stderr."""
    with screen.progress(quiet=True) as report:
        async with open_services(settings, report=report) as services:
            answer = await services.search.papers(query, limit=limit)
    if as_json:
        screen.print_rows(rows.hit(hit) for hit in answer.hits)
    elif answer.hits:
        show_hits(answer.hits)
    else:
        screen.out().print("No stored paper answers this.")
    for note in answer.notes:
        screen.complain(note, "yellow")
    return 0
