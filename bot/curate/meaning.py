"""What a person's words mean as an interest: a stored paper, a fact, or a phrase."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot import cleaning, identity, interests
from bot.errors import EmptyQuery, UnknownPaper, UserError
from bot.models import Interest, InterestKind, Paper
from bot.store import Papers


async def meant(
    papers: Papers,
    what: str,
    *,
    name: str | None = None,
    weight: float = 1.0,
    followed: Collection[Interest] = (),
    now: datetime,
) -> Interest:
    """The interest that these words ask for, not stored. ``followed`` are those that the reader has.

    A title is looked for first, so a paper called "author: …" can be followed. Raises EmptyQuery, UnknownPaper for an
    arXiv id or link that no dump has told of, UserError for a weight, name or phrase that is out of bounds.
    """
    interests.checked_weight(weight)
    words = interests.unquoted(what)
    if not identity.title_key(words) or not any(character.isalnum() for character in words):
        raise EmptyQuery("Say what to follow: a phrase, a title, an arXiv id or a link.")
    if paper := await _paper(papers, words):
        return Interest(
            id=interests.interest_id(paper.id),
            name=_called(name) or interests.short(cleaning.display(paper.title)),
            kind=InterestKind.PAPER,
            text=cleaning.paper_text(paper),
            weight=weight,
            paper_id=paper.id,
            created=now,
        )
    if fact := interests.stated_fact(words):
        key = fact.value.casefold() if fact.kind is InterestKind.CATEGORY else identity.folded(fact.value)
        fact_id = interests.interest_id(f"{fact.kind}:{key}")
        others = [interest.name for interest in followed if interest.id != fact_id]
        return Interest(
            id=fact_id,
            name=_called(name) or interests.free_name(fact.value, others, beside=fact.kind),
            kind=fact.kind,
            text=fact.value,
            weight=weight,
            created=now,
        )
    if len(words) > interests.LONGEST_PHRASE:
        raise UserError(f"A phrase has at most {interests.LONGEST_PHRASE} characters: say it shorter.")
    return Interest(
        id=interests.interest_id(words.casefold()),
        name=_called(name) or interests.short(words),
        kind=InterestKind.PHRASE,
        text=words,
        weight=weight,
        created=now,
    )


def _called(name: str | None) -> str | None:
    return None if name is None else interests.checked_name(name)


async def _paper(papers: Papers, words: str) -> Paper | None:
    """The stored paper that is meant; None if the words are no paper's id, link or title."""
    arxiv_id = identity.normalise_arxiv_id(words)
    alias = identity.arxiv_alias(arxiv_id) if arxiv_id else f"title:{identity.title_key(words)}"
    if paper_id := (await papers.resolve([alias])).get(alias):
        [found] = await papers.get([paper_id])
        if found:
            return found.paper
    if arxiv_id:
        raise UnknownPaper(
            f"No dump has told of {arxiv_id} yet: ingest one that lists it, or follow its title or a phrase.",
            arxiv_id=arxiv_id,
        )
    if refused := identity.refused_arxiv_id(words):
        raise UnknownPaper(f"{refused} is no arXiv id: one has year, month and number, such as 2501.01230.")
    if words.casefold().startswith(("http://", "https://")):
        raise UnknownPaper("This link names no paper: give one of arXiv or of Daily Papers, or a phrase.")
    return None
