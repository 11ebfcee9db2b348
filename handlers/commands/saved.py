"""``saved``: the reading list, searched within or exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from bot import blocks, exporting
from bot.acts import Act, Reply
from bot.errors import UserError
from bot.models import Paper, Save
from bot.services import Bot
from handlers import answers
from handlers.questions import About, Question
from handlers.tables import Command, anything

_Rows: TypeAlias = Sequence[tuple[Save, Paper]]

#: Each form by its name: how the file's name ends, and what writes it.
_FORMATS: Mapping[str, tuple[str, Callable[[_Rows], str]]] = {
    "bibtex": (".bib", lambda rows: exporting.bibtex([paper for _, paper in rows])),
    "ris": (".ris", lambda rows: exporting.ris([paper for _, paper in rows])),
    "csv": (".csv", exporting.spreadsheet),
    "markdown": (".md", exporting.markdown),
}


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Answer with the first page, or send the whole list as a file. Raises UserError for nothing to export."""
    form = _FORMATS.get(words.casefold())
    if form is None:
        await reply.answer(await answers.page(bot, act.reader, Question(About.SAVED, words)))
        return
    rows = await bot.readers.saved(act.reader)
    if not rows:
        raise UserError("Your reading list is empty: press Save under a paper to put it there.")
    suffix, write = form
    name = f"reading-list{suffix}"
    await reply.upload(name, "Your reading list", write(rows).encode("utf-8"))
    papers = "1 paper" if len(rows) == 1 else f"{len(rows):,} papers"
    await reply.answer(
        blocks.sentence_message(f"{papers} of your reading list went to you as {name}, by direct message.")
    )


COMMAND = Command(
    name="saved",
    usage="[words to look for | bibtex | ris | csv | markdown]",
    summary="your reading list, also as a file",
    run=run,
    fits=anything,
)
