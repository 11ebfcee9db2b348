"""Papers that are asked for by their ids: had from a live source and taken in at once."""

from __future__ import annotations

from collections.abc import Sequence

from bot.curate import Followed
from bot.errors import UnknownPaper
from bot.models import UserId
from bot.progress import Report, silent
from bot.services.running import Services
from bot.settings import Settings


async def look_up(
    services: Services, settings: Settings, arxiv_ids: Sequence[str], *, report: Report = silent
) -> tuple[str, ...]:
    """Take in the papers of these arXiv ids; gives those that nobody knows, all of them where no source can be asked.

    Nobody is alerted to them but for those that are new in the world: they are what one person asked for.
    Raises PageError where nobody answers, and what taking in raises.
    """
    if services.fetch is None or not settings.knows_papers:
        return tuple(arxiv_ids)
    report("Asking for papers", 0, 1)
    asked = await services.fetch.papers(arxiv_ids)
    report("Asking for papers", 1, 1)
    for source, folder in zip(settings.places(), services.folders, strict=True):
        if source.name == asked.source:
            await services.ingest.folder(folder, report=report)
            await services.search.refresh()
    unknown = {arxiv_id for arxiv_id, _ in asked.notices}
    return tuple(one for one in arxiv_ids if one in unknown)


async def followed_or_asked(
    services: Services,
    settings: Settings,
    reader: UserId,
    what: str,
    *,
    name: str | None = None,
    weight: float = 1.0,
    report: Report = silent,
) -> Followed:
    """As ``Curate.follow``; a paper that no dump has told of is asked for, and followed if anybody knows it.

    Raises what ``follow`` and ``look_up`` raise.
    """
    try:
        return await services.curate.follow(reader, what, name=name, weight=weight)
    except UnknownPaper as error:
        if not error.arxiv_id or services.fetch is None or not settings.knows_papers:
            raise
        if await look_up(services, settings, [error.arxiv_id], report=report):
            raise UnknownPaper(_nobody_knows(error.arxiv_id), arxiv_id=error.arxiv_id) from error
    return await services.curate.follow(reader, what, name=name, weight=weight)


def _nobody_knows(arxiv_id: str) -> str:
    return f"No source knows the paper {arxiv_id}: check the number, or follow its title or a phrase."
