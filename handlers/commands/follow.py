"""``follow``: a phrase, a paper or a fact becomes an interest, and the nearest stored papers answer at once."""

from __future__ import annotations

from bot import blocks, matching
from bot.acts import Act, Message, Reply
from bot.errors import UnknownPaper, UserError
from bot.models import FACTS, UserId
from bot.services import Bot
from handlers import answers
from handlers.found import Row
from handlers.tables import Command, anything


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Follow it for the person. Raises DuplicateInterest, TooManyInterests, UserError."""
    await reply.answer(await followed(bot, act.reader, words, who="You"))


async def followed(bot: Bot, reader: UserId, words: str, *, who: str) -> Message:
    """Follow it for a reader; a paper that no dump has told of yet is followed as soon as one does.

    ``who`` begins the answer: "You", "This channel". Of several links each is followed, and said in a line of its own.
    Raises DuplicateInterest, TooManyInterests, UserError.
    """
    if not words:
        raise UserError(
            'Say what to follow: a phrase, a paper\'s link or "title", author:"…", org:… or cat:… (such as cat:cs.CL).'
        )
    links = blocks.links_apart(words)
    if len(links) < 2:  # noqa: PLR2004 - several
        return (await _followed(bot, reader, words, who=who))[1]
    lines = [await _line(bot, reader, link, who=who) for link in links]
    return blocks.sentence_message("\n".join(lines))


async def _line(bot: Bot, reader: UserId, link: str, *, who: str) -> str:
    try:
        return (await _followed(bot, reader, link, who=who))[0]
    except UserError as refusal:
        return f"{link}: {refusal.sentence}"


async def _followed(bot: Bot, reader: UserId, words: str, *, who: str) -> tuple[str, Message]:
    """A sentence, and the whole answer."""
    services = await bot.services()
    follow = "follow" if who == "You" else "follows"
    try:
        new = await services.curate.follow(reader, words)
    except UnknownPaper as error:
        if not error.arxiv_id:
            raise
        await bot.readers.pending(reader, error.arxiv_id, follow=True)
        said = f"{error.arxiv_id} is not in any dump yet. {who} will follow it as soon as one tells of it."
        return said, blocks.sentence_message(said)
    await bot.people.meet(reader)
    is_fact = new.interest.kind in FACTS
    rows = [
        Row(near.paper, None if is_fact else _sentence(matching.words(near.closeness)), new.interest)
        for near in new.nearest
    ]
    heading = f"{who} now {follow} “{new.interest.name}”"
    if not rows:
        said = f"{heading}. No stored paper is about it yet: the first one that comes is sent."
        return said, blocks.sentence_message(said)
    shown = "The newest papers" if is_fact else "The nearest papers so far"
    return f"{heading}.", blocks.papers_message(f"{heading}. {shown}", await answers.cards(bot, reader, rows))


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


COMMAND = Command(
    name="follow",
    usage='<phrase | link | "title" | author:"…" | org:… | cat:…>',
    summary="hear of new papers like this",
    run=run,
    fits=anything,
    keeps=True,
)
