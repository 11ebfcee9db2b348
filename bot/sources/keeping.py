"""Which drafts become entries: repeated cards are one paper, titles without an abstract are rejected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import DumpRefused
from bot.identity import title_key
from bot.models import Entry, Notice, Rejected
from bot.sources.body import MOST_TITLES
from bot.sources.decoding import EXCERPT, MAX_LINE, MAX_PAPERS
from bot.sources.drafts import Draft

_DOUBTFUL_SHARE = 0.10
_FEWEST_DOUBTS = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a page's drafts."""

    entries: tuple[Entry, ...]
    rejected: tuple[Rejected, ...]
    notices: tuple[Notice, ...]


def kept(drafts: Sequence[Draft], *, name: str, is_trending: bool, force: bool) -> Kept:
    """Entries and rejected ones in page order.

    Raises DumpRefused with ``TOO_LARGE``, or, unless ``force``, with ``AMBIGUOUS`` when over a tenth of the papers, at
    least three, can be read in more than one way; with ``force`` those are rejected.
    """
    single, notices = _without_repeated(drafts)
    if len(single) > MAX_PAPERS or len(drafts) > MOST_TITLES:
        raise DumpRefused(
            "TOO_LARGE", f"The page lists more than {MAX_PAPERS:,} papers. Split it and try again.", file=name
        )
    doubtful = [draft for draft in single if draft.is_doubtful or not (draft.paragraphs or draft.has_meta)]
    is_ambiguous = len(doubtful) >= _FEWEST_DOUBTS and len(doubtful) > _DOUBTFUL_SHARE * len(single)
    if is_ambiguous and not force:
        title = doubtful[0].title
        raise DumpRefused(
            "AMBIGUOUS",
            f"{len(doubtful)} of {len(single)} papers can be read in more than one way. Use --force to keep the others.",
            file=name,
            line=title.line.number,
            excerpt=title.text[:EXCERPT],
        )
    complete = [draft for draft in single if draft.paragraphs]
    expects_meta = bool(complete) and sum(draft.has_meta for draft in complete) * 2 >= len(complete)
    entries: list[Entry] = []
    rejected: list[Rejected] = []
    for draft in single:
        entry = draft.entry(is_last=draft is single[-1], on_trending=is_trending, expects_meta=expects_meta)
        problem = _problem(draft, entry, is_ambiguous=is_ambiguous)
        if problem is None:
            entries.append(entry)
        else:
            rejected.append(Rejected(problem[0], entry.line, problem[1], entry.title[:EXCERPT]))
    return Kept(tuple(entries), tuple(rejected), tuple(notices))


def _problem(draft: Draft, entry: Entry, *, is_ambiguous: bool) -> tuple[str, str] | None:
    """Why a draft is rejected: a code and a sentence; None for one that is kept."""
    if not draft.paragraphs:
        return "MISSING_ABSTRACT", "The title has no abstract."
    if is_ambiguous and draft.is_doubtful:
        return "AMBIGUOUS", "The lines of this paper can be read in more than one way."
    if entry.abstract is None and entry.ai_summary is None and entry.arxiv_id is None:
        return "ABSTRACT_IS_TITLE", "The abstract is the title over again."
    if entry.abstract is not None and len(entry.abstract) > MAX_LINE:
        return "ABSTRACT_TOO_LONG", f"The abstract has {len(entry.abstract):,} characters; real ones have 2,000."
    return None


def _without_repeated(drafts: Sequence[Draft]) -> tuple[list[Draft], list[Notice]]:
    """The drafts without repeated papers, which fill what the first card left out.

    A repetition right after its paper is the same card drawn for another screen and takes no position. Two arXiv
    ids are two papers, whatever their titles.
    """
    first_of: dict[str, dict[str | None, Draft]] = {}
    single: list[Draft] = []
    notices: list[Notice] = []
    doubled = 0
    previous: Draft | None = None
    for draft in drafts:
        draft.position -= doubled
        same = first_of.setdefault(title_key(draft.title.text), {})
        first = same.get(draft.arxiv_id) or same.pop(None, None)
        if first is None and draft.arxiv_id is None:
            first = next(iter(same.values()), None)
        if first is None:
            single.append(draft)
            first = draft
        else:
            first.take(draft)
            first.warn("DUP_IN_FILE")
            if first is previous:
                doubled += 1
            else:
                sentence = f"The paper of position {first.position} stands here again, at position {draft.position}."
                notices.append(Notice("DUP_IN_FILE", draft.title.line.number, sentence))
        same[first.arxiv_id] = first
        previous = first
    if doubled:
        notices.append(
            Notice("DUP_IN_FILE", None, f"The page shows {doubled} papers twice in a row; each was read once.")
        )
    return single, notices
