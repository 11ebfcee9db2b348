"""``follow``: a phrase, a paper or a fact becomes an interest, and the nearest stored papers answer at once."""

from __future__ import annotations

from collections.abc import Sequence

from bot import blocks, matching
from bot.acts import Act, Message, Reply
from bot.errors import UnknownPaper, UserError
from bot.models import FACTS, UserId
from bot.references import is_library, references
from bot.services import Bot
from handlers import answers
from handlers.found import Row
from handlers.tables import Command, anything

#: Of so many things at once each has its line, in their order; of more is told how many, and what came of the others.
_LINES = 5
#: Names, and papers, that an answer about many things has room for.
_NAMED, _SHOWN = 8, 5

#: As long as a text that is pasted may be: some hundred entries.
_LONGEST = 40_000


def pasted(text: str) -> str:
    """What stands behind the command where it is a list of lines, of links, or BibTeX, as it was pasted; else "".

    Links may be parted by blanks alone. Everything else that is typed is one line. Raises UserError for what is too long.
    """
    first, *rest = text.split(maxsplit=1)[:2] or [""]
    words = rest[0].strip() if rest else ""
    if first.casefold() != COMMAND.name:
        return ""
    is_exported = is_library(words)
    if not (is_exported or len(words.splitlines()) > 1 or len(blocks.links_apart(words)) > 1):
        return ""
    if len(words) > _LONGEST:
        raise UserError(
            f"That is {len(words):,} characters long, and at most {_LONGEST:,} are read: paste a part of it."
        )
    return words if is_exported else "\n".join(blocks.clean(line) for line in words.splitlines())


async def run(act: Act, words: str, reply: Reply, bot: Bot) -> None:
    """Follow it for the person. Raises DuplicateInterest, TooManyInterests, UserError."""
    await reply.answer(await followed(bot, act.reader, words, who="You"))


async def followed(bot: Bot, reader: UserId, words: str, *, who: str) -> Message:
    """Follow it for a reader; a paper that no dump has told of yet is followed as soon as one does.

    ``who`` begins the answer: "You", "This channel". Of several links or lines each is followed, and said in a line of
    its own; of many, or of BibTeX, is told what came of them.
    Raises DuplicateInterest, TooManyInterests, UserError.
    """
    if not words:
        raise UserError(
            'Say what to follow: a phrase, a paper\'s link or "title", author:"…", org:… or cat:… (such as cat:cs.CL).'
        )
    if is_library(words):
        return await _pasted(bot, reader, words, who=who)
    things = references(words)
    if len(things) < 2:  # noqa: PLR2004 - several
        return await _followed(bot, reader, words, who=who)
    if len(things) > _LINES:
        return await _pasted(bot, reader, words, who=who)
    lines: list[str] = []
    unknown: list[str] = []
    for one in things:
        try:
            lines.append((await _new(bot, reader, one.words[0], who=who))[0])
        except UserError as refusal:
            if isinstance(refusal, UnknownPaper) and refusal.arxiv_id:
                unknown.append(refusal.arxiv_id)
            else:
                lines.append(f"{one.words[0]}: {refusal.sentence}")
    lines += [await _waiting(bot, reader, unknown, who=who, is_list=len(unknown) > 1)] if unknown else []
    return blocks.sentence_message("\n".join(lines))


async def _pasted(bot: Bot, reader: UserId, text: str, *, who: str) -> Message:
    """Follow everything that a text means, and tell what came of it. Raises EmptyQuery."""
    services = await bot.services()
    done = await services.curate.follow_all(reader, text, asks=bot.asks_for_papers)
    waiting = await _waiting(bot, reader, done.unknown, who=who, is_list=True) if done.unknown else ""
    if done.followed:
        await bot.people.meet(reader)
    follow = "follow" if who == "You" else "follows"
    names = [f"“{one.interest.name}”" for one in done.followed]
    notes = [f"{who} now {follow} {_named(names)}."] if names else []
    if done.known:
        notes.append(f"Followed before: {_named([said for said, _ in done.known])}.")
    notes += [waiting] if waiting else []
    notes += [f"{said}: {sentence}" for said, sentence in done.refused[:_NAMED]]
    if more := len(done.refused[_NAMED:]):
        notes.append(f"{more} more could not be followed.")
    nearest = {near.paper.id: (near, one.interest) for one in done.followed for near in one.nearest[:1]}
    rows = [
        Row(near.paper, None if one.kind in FACTS else _sentence(matching.words(near.closeness)), one)
        for near, one in list(nearest.values())[:_SHOWN]
    ]
    if not rows:
        return blocks.sentence_message("\n".join(notes))
    return blocks.papers_message("The nearest papers so far", await answers.cards(bot, reader, rows), notes=notes)


def _named(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


async def _waiting(bot: Bot, reader: UserId, arxiv_ids: Sequence[str], *, who: str, is_list: bool = False) -> str:
    """Keep that these are to be followed as soon as they are there, and say so."""
    for arxiv_id in arxiv_ids:
        await bot.readers.pending(reader, arxiv_id, follow=True)
    if is_list:
        where = "Not here yet, being asked for, and followed as soon as they come"
        how = where if bot.asks_for_papers else "In no dump yet, and followed as soon as one tells of it"
        return f"{how}: {_named(arxiv_ids)}."
    [arxiv_id] = arxiv_ids
    if bot.asks_for_papers:
        asked = f"{arxiv_id} is not here yet. It is being asked for"
        return f"{asked}: {who[:1].lower()}{who[1:]} will follow it in a moment."
    return f"{arxiv_id} is not in any dump yet. {who} will follow it as soon as one tells of it."


async def _followed(bot: Bot, reader: UserId, words: str, *, who: str) -> Message:
    """The answer about one thing."""
    try:
        return (await _new(bot, reader, words, who=who))[1]
    except UnknownPaper as error:
        if not error.arxiv_id:
            raise
        return blocks.sentence_message(await _waiting(bot, reader, [error.arxiv_id], who=who))


async def _new(bot: Bot, reader: UserId, words: str, *, who: str) -> tuple[str, Message]:
    """Follow it: a sentence, and the whole answer. Raises UnknownPaper."""
    services = await bot.services()
    follow = "follow" if who == "You" else "follows"
    new = await services.curate.follow(reader, words)
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
    usage='<phrase | links | "title" | author:"…" | org:… | cat:… | BibTeX>',
    summary="hear of new papers like this",
    run=run,
    fits=anything,
    keeps=True,
)
