"""Several things followed at once: what became of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.curate.nearest import Near
from bot.errors import AlreadyFollowed, EmptyQuery, TooManyInterests, UnknownPaper, UserError
from bot.models import Interest
from bot.progress import Report, silent
from bot.references import Reference, references

#: A library of more is given in parts: each entry is looked up.
MOST_AT_ONCE = 1_000
_TOO_MANY = f"At most {MOST_AT_ONCE:,} at once are read: give the others later."


@dataclass(frozen=True, slots=True)
class Followed:
    """A new interest and the stored papers nearest to it: nearest first, for a fact newest first."""

    interest: Interest
    nearest: tuple[Near, ...]


@dataclass(frozen=True, slots=True)
class FollowedAll:
    """What became of everything that was pasted, each in the order of the text."""

    followed: tuple[Followed, ...] = ()
    #: What was followed before, in the words of the text, and a sentence that says so.
    known: tuple[tuple[str, str], ...] = ()
    #: arXiv ids of papers that no dump has told of yet: nothing was done for these.
    unknown: tuple[str, ...] = ()
    #: What was refused, in the words of the text, and why, in a sentence.
    refused: tuple[tuple[str, str], ...] = ()


async def followed_all(
    text: str, follow: Callable[[str], Awaitable[Followed]], report: Report = silent, *, asks: bool = False
) -> FollowedAll:
    """Follow everything that ``text`` means, one after the other. Raises EmptyQuery where it means nothing.

    ``asks``: an id that no dump has told of is asked for, and not followed by the title beside it.

    Once as much is followed as one reader may, all that is left is refused untried; so is what is beyond MOST_AT_ONCE.
    """
    every = references(text)
    meant = every[:MOST_AT_ONCE]
    if not meant:
        raise EmptyQuery("Say what to follow: a phrase, a title, an arXiv id or a link.")
    followed: list[Followed] = []
    known: list[tuple[str, str]] = []
    unknown: list[str] = []
    refused: list[tuple[str, str]] = []
    for place, one in enumerate(meant):
        report("Following", place, len(meant))
        try:
            followed.append(await _follow(one, follow, asks=asks))
        except AlreadyFollowed as refusal:
            known.append((one.said, refusal.sentence))
        except TooManyInterests as refusal:
            refused += ((left.said, refusal.sentence) for left in meant[place:])
            break
        except UserError as refusal:
            if isinstance(refusal, UnknownPaper) and refusal.arxiv_id:
                unknown.append(refusal.arxiv_id)
            else:
                refused.append((one.said, refusal.sentence))
    report("Following", len(meant), len(meant))
    refused += ((left.said, _TOO_MANY) for left in every[MOST_AT_ONCE:])
    return FollowedAll(tuple(followed), tuple(known), tuple(unknown), tuple(refused))


async def _follow(reference: Reference, follow: Callable[[str], Awaitable[Followed]], *, asks: bool) -> Followed:
    """Follow the first of its words that is known, else the last: a title that no dump has told of, as a phrase."""
    if not reference.words:
        raise UserError(reference.problem or "This entry has neither a title nor an arXiv id.")
    *first, last = reference.words
    for words in first:
        try:
            return await follow(words)
        except UnknownPaper as error:
            if asks and error.arxiv_id:
                raise
    return await follow(last)
