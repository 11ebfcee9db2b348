"""``saved``: the reading list, searched within or exported."""

from __future__ import annotations

from bot import blocks, exporting
from bot.acts import Act, Reply
from bot.errors import UserError
from bot.services import Bot
from handlers import answers
from handlers.questions import About, Question
from handlers.tables import Command, anything

_FORMATS = ("bibtex", "markdown")


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Answer with the first page, or send the whole list as a file. Raises UserError for nothing to export."""
    form = words.casefold()
    if form not in _FORMATS:
        await reply.answer(await answers.page(bot, act.reader, Question(About.SAVED, words)))
        return
    rows = await bot.readers.saved(act.reader)
    if not rows:
        raise UserError("Your reading list is empty: press Save under a paper to put it there.")
    if form == "bibtex":
        name, content = "reading-list.bib", exporting.bibtex([paper for _, paper in rows])
    else:
        name, content = "reading-list.md", exporting.markdown(rows)
    await reply.upload(name, "Your reading list", content.encode("utf-8"))
    papers = "1 paper" if len(rows) == 1 else f"{len(rows):,} papers"
    await reply.answer(
        blocks.sentence_message(f"{papers} of your reading list went to you as {name}, by direct message.")
    )


COMMAND = Command(
    name="saved",
    usage="[words to look for | bibtex | markdown]",
    summary="your reading list, also as a file",
    run=run,
    fits=anything,
)
