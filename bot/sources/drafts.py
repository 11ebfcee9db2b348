"""A paper while its lines are being read, and the entry that becomes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.models import Entry, PrintedDate
from bot.sources.lines import ABSTRACT_LENGTH, Unit, without_bullets
from bot.sources.organisations import organisation_name
from bot.sources.wording import one_line, paragraphs

SHORT_ABSTRACT = 150
#: Summaries written by the site's model are one sentence; of ten real ones the longest has 290 characters.
_SUMMARY_LENGTH = 400
_INNER_STOP = re.compile(r"[.!?] [A-Z]")
_STOPS = (".", "!", "?")


@dataclass(slots=True)
class Draft:
    """What was read of one paper so far."""

    title: Unit
    #: From 1, counting every title of the page.
    position: int
    paragraphs: list[Unit] = field(default_factory=list[Unit])
    arxiv_id: str | None = None
    authors: int | None = None
    organisation: Unit | None = None
    date: PrintedDate | None = None
    comments: int | None = None
    upvotes: int | None = None
    code_url: str | None = None
    #: Numbers alone on their lines since the date: comments, or the upvotes of the next paper.
    numbers: list[int] = field(default_factory=list[int])
    is_cut: bool = False
    warnings: list[str] = field(default_factory=list[str])
    #: Its lines can be read in another way too.
    is_doubtful: bool = False

    @property
    def has_meta(self) -> bool:
        """Whether authors, an organisation or a date were read."""
        return self.date is not None or self.authors is not None or self.organisation is not None

    def warn(self, code: str) -> None:
        """Note a code once."""
        if code not in self.warnings:
            self.warnings.append(code)

    def abstract(self) -> str | None:
        """The paragraphs, parted by blank lines."""
        return "\n\n".join(paragraphs(unit.text) for unit in self.paragraphs) or None

    def take(self, other: Draft) -> None:
        """Fill what is missing from a second card of the same paper."""
        for name in ("arxiv_id", "authors", "organisation", "date", "comments", "upvotes", "code_url"):
            if getattr(self, name) is None:
                setattr(self, name, getattr(other, name))
        if not self.paragraphs:
            self.paragraphs = other.paragraphs

    def entry(self, *, is_last: bool, on_trending: bool, expects_meta: bool) -> Entry:
        """The entry, with a warning for everything unusual about it."""
        title, abstract, summary = one_line(self.title.text), self.abstract(), None
        if abstract is not None and _folded(abstract) == _folded(title):
            self.warn("ABSTRACT_IS_TITLE")
            abstract = None
        if abstract is not None and on_trending and is_summary(abstract):
            self.warn("AI_SUMMARY")
            abstract, summary = None, abstract
        if abstract is not None and is_last and len(abstract) <= ABSTRACT_LENGTH and not abstract.endswith(_STOPS):
            self.is_cut = True
        if self.is_cut:
            self.warn("TRUNCATED_LAST")
        elif abstract is not None and len(abstract) < SHORT_ABSTRACT:
            self.warn("SHORT_ABSTRACT")
        if expects_meta and not self.has_meta:
            self.warn("NO_META")
        printed, name = self._organisation()
        return Entry(
            position=self.position,
            line=self.title.line.number,
            title=title,
            abstract=abstract,
            arxiv_id=self.arxiv_id,
            author_count=self.authors,
            organisation=name,
            organisation_as_printed=printed,
            published=self.date,
            comments=self.comments,
            upvotes=self.upvotes,
            ai_summary=summary,
            abstract_partial=self.is_cut and abstract is not None,
            code_url=self.code_url,
            warnings=tuple(self.warnings),
        )

    def _organisation(self) -> tuple[str | None, str | None]:
        if self.organisation is None:
            return None, None
        printed = self.organisation.organisation or without_bullets(self.organisation.text)
        handles = [link.handle for link in self.organisation.links if link.handle]
        return printed, organisation_name(printed, handles)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")


def is_summary(text: str) -> bool:
    """Whether a paragraph of the trending page is a model's summary and not the abstract."""
    return len(text) < _SUMMARY_LENGTH and len(_INNER_STOP.findall(text)) <= 1
