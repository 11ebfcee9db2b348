"""Which stored paper a person's words name: an id, a link, a title, or nearly a title."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from bot import identity, interests
from bot.errors import EmptyQuery, UnknownPaper
from bot.models import Paper
from bot.recommend.catalogue import Known
from bot.store import Papers

#: Our own id of a paper.
_PAPER_ID = re.compile(r"p[0-9a-f]{15}")
#: How Slack hands on a link: ``<https://…|label>``.
_LINK = re.compile(r"<(https?://[^|>\s]+)(?:\|[^>]*)?>")
_LONGEST = 500
#: From this likeness (difflib, 0 to 1) on, a title is meant although it is written otherwise.
_ALIKE = 0.85
#: A part of a title in quotation marks has at least so many words.
_FEWEST_WORDS = 3
#: Titles that share the most words are compared letter by letter.
_COMPARED = 20


async def exactly(papers: Papers, words: str) -> Paper | None:
    """The paper of this id, link or exact title, None where the words are something else.

    Raises EmptyQuery, and UnknownPaper for an arXiv id (which it carries) or a link that no stored paper has.
    """
    plain = _unlinked(words)
    if not any(character.isalnum() for character in plain):
        raise EmptyQuery("Say which paper: a link, an arXiv id or its title.")
    if _PAPER_ID.fullmatch(plain):
        return await _of_id(papers, plain)
    arxiv_id = identity.normalise_arxiv_id(plain)
    alias = identity.arxiv_alias(arxiv_id) if arxiv_id else f"title:{identity.title_key(plain)}"
    if (paper_id := (await papers.resolve([alias])).get(alias)) and (found := await _of_id(papers, paper_id)):
        return found
    if arxiv_id:
        raise UnknownPaper(f"No dump has told of {arxiv_id} yet: search for its title.", arxiv_id=arxiv_id)
    if refused := identity.refused_arxiv_id(plain):
        raise UnknownPaper(f"{refused} is no arXiv id: one has year, month and number, such as 2501.01230.")
    if plain.casefold().startswith(("http://", "https://")):
        raise UnknownPaper("This link names no stored paper: give one of arXiv or of Daily Papers, or a title.")
    return None


def nearly(known: Iterable[Known], words: str) -> str | None:
    """The id of the one paper whose title these words nearly are; in quotation marks a part of a title is enough."""
    wanted = identity.folded(_unlinked(words))
    if not wanted:
        return None
    is_quoted = interests.unquoted(words) != " ".join(words.split())
    parts = set(wanted.split())
    near: list[tuple[int, str, str]] = []
    holding: list[str] = []
    for one in known:
        title = identity.folded(one.paper.title)
        if is_quoted and len(parts) >= _FEWEST_WORDS and f" {wanted} " in f" {title} ":
            holding.append(one.paper.id)
        if 2 * (shared := len(parts & set(title.split()))) >= len(parts):
            near.append((shared, one.paper.id, title))
    if len(holding) == 1:
        return holding[0]
    near.sort(key=lambda one: (-one[0], abs(len(one[2]) - len(wanted)), one[1]))
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    alike: list[tuple[float, str]] = []
    for _, paper_id, title in near[:_COMPARED]:
        matcher.set_seq1(title)
        if matcher.real_quick_ratio() >= _ALIKE and (ratio := matcher.ratio()) >= _ALIKE:
            alike.append((ratio, paper_id))
    return max(alike)[1] if alike else None


def _unlinked(words: str) -> str:
    """The words without quotation marks, Slack's link marks, or the site's search around a title."""
    plain = interests.unquoted(words)[:_LONGEST]
    if link := _LINK.fullmatch(plain):
        plain = link[1]
    if plain.startswith(f"{identity.SITE}?"):
        asked = parse_qs(urlsplit(plain).query).get("q")
        plain = " ".join(asked[0].split()) if asked else plain
    return plain


async def _of_id(papers: Papers, paper_id: str) -> Paper | None:
    [found] = await papers.get([paper_id])
    return found.paper if found else None
