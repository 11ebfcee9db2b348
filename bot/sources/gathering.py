"""The papers of one dump while they are gathered: what every format checks, and the reading that comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bot.errors import DumpRefused
from bot.identity import title_key
from bot.models import Entry, Format, Notice, PrintedDate, Reading, Rejected
from bot.sources.decoding import EXCERPT, MAX_PAPERS
from bot.sources.walls import wall
from bot.sources.wording import ABSTRACT_LONGEST, TITLE_LONGEST, one_line, paragraphs

#: Real abstracts begin at 165 characters.
SHORT_ABSTRACT = 150


class Unreadable(Exception):
    """One entry that cannot be read as a paper."""

    def __init__(self, code: str, reason: str, excerpt: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.excerpt = one_line(excerpt[: 2 * EXCERPT])[:EXCERPT]


def kind_of(value: object) -> str:
    """What a decoded value is, in words."""
    if isinstance(value, bool):
        return "a truth value"
    kinds = ((str, "text"), (int | float, "a number"), (list, "a list"), (dict, "an object"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "nothing")


def read_title(value: object) -> str:
    """A title on one line. Raises Unreadable with MISSING_TITLE, WRONG_TYPE or TITLE_TOO_LONG."""
    if value is None:
        raise Unreadable("MISSING_TITLE", "The entry has no title.")
    if not isinstance(value, str):
        raise Unreadable("WRONG_TYPE", f"The title is no text but {kind_of(value)}.", repr(value)[:EXCERPT])
    if len(value) > 2 * TITLE_LONGEST:
        raise Unreadable("TITLE_TOO_LONG", f"The title has {len(value):,} characters; real ones have 200.", value)
    title = one_line(value)
    if not title:
        raise Unreadable("MISSING_TITLE", "The entry's title is empty.")
    if len(title) > TITLE_LONGEST:
        raise Unreadable("TITLE_TOO_LONG", f"The title has {len(title):,} characters; real ones have 200.", value)
    return title


def read_abstract(value: object, title: str) -> tuple[str | None, tuple[str, ...]]:
    """An abstract in paragraphs, or None, with warnings. Raises Unreadable with WRONG_TYPE or ABSTRACT_TOO_LONG."""
    if value is None:
        return None, ("MISSING_ABSTRACT",)
    if not isinstance(value, str):
        raise Unreadable("WRONG_TYPE", f"The abstract is no text but {kind_of(value)}.", title)
    if len(value) > 2 * ABSTRACT_LONGEST:
        raise Unreadable(
            "ABSTRACT_TOO_LONG", f"The abstract has {len(value):,} characters; real ones have 2,000.", title
        )
    abstract = paragraphs(value)
    if not abstract:
        return None, ("MISSING_ABSTRACT",)
    if len(abstract) > ABSTRACT_LONGEST:
        raise Unreadable(
            "ABSTRACT_TOO_LONG", f"The abstract has {len(abstract):,} characters; real ones have 2,000.", title
        )
    if " ".join(abstract.split()).casefold() == title.casefold():
        return None, ("ABSTRACT_IS_TITLE",)
    return abstract, ("SHORT_ABSTRACT",) if len(abstract) < SHORT_ABSTRACT else ()


def checked(entry: Entry, today: date) -> Entry:
    """The entry if it tells enough to be a paper: an abstract, a model's summary, or an arXiv id to find one by.

    Raises Unreadable with MISSING_ABSTRACT or ABSTRACT_IS_TITLE.
    """
    if entry.abstract is None and entry.ai_summary is None and entry.arxiv_id is None:
        if "ABSTRACT_IS_TITLE" in entry.warnings:
            raise Unreadable(
                "ABSTRACT_IS_TITLE", "The abstract is the title over again, and no id tells more.", entry.title
            )
        raise Unreadable("MISSING_ABSTRACT", "The entry has neither an abstract nor an arXiv id.", entry.title)
    day = entry.published_at.date() if entry.published_at else None
    if day and day > today + timedelta(days=1) and "FUTURE_DATE" not in entry.warnings:
        return replace(entry, warnings=(*entry.warnings, "FUTURE_DATE"))
    return entry


@dataclass(slots=True)
class Gathering:
    """Entries and rejected ones in the order of the dump."""

    name: str
    entries: list[Entry] = field(default_factory=list[Entry])
    rejected: list[Rejected] = field(default_factory=list[Rejected])
    notices: list[Notice] = field(default_factory=list[Notice])
    _places: dict[str, list[Entry]] = field(default_factory=dict[str, list[Entry]])

    def take(self, entry: Entry) -> None:
        """Add an entry; one that was told before with the same day of listing is only noted."""
        same = self._places.setdefault(entry.arxiv_id or title_key(entry.title), [])
        first = next((other for other in same if other.listed == entry.listed), None)
        if first is None:
            same.append(entry)
            self.entries.append(entry)
            return
        sentence = f"The paper of position {first.position} stands here again, at position {entry.position}."
        self.notices.append(Notice("DUP_IN_FILE", entry.line, sentence))

    def reject(self, unreadable: Unreadable, line: int | None) -> None:
        """Note an entry that could not be read."""
        self.rejected.append(Rejected(unreadable.code, line, unreadable.reason, unreadable.excerpt))

    def refuse_too_many(self) -> DumpRefused:
        """The refusal of a dump that lists more than so many papers."""
        return DumpRefused(
            "TOO_LARGE",
            f"The file lists more than {MAX_PAPERS:,} papers. Split it and try again.",
            file=self.name,
        )

    def reading(
        self,
        told: Format,
        text: str,
        *,
        page_date: PrintedDate | None = None,
        query: str | None = None,
        entries: Sequence[Entry] | None = None,
    ) -> Reading:
        """The reading; raises DumpRefused where no paper was found."""
        kept = tuple(self.entries if entries is None else entries)
        if not kept:
            raise self.nothing_found(text)
        return Reading(told, kept, tuple(self.rejected), tuple(self.notices), None, page_date, query)

    def nothing_found(self, text: str) -> DumpRefused:
        """The refusal of a dump without papers: a wall, entries that are all unreadable, or none at all."""
        line, excerpt = beginning(text)
        if found := wall(text):
            return DumpRefused(*found, file=self.name, line=line, excerpt=excerpt)
        if self.rejected:
            bad = self.rejected[0]
            many = f"None of the {len(self.rejected)} entries" if len(self.rejected) > 1 else "The only entry"
            verb = "can" if len(self.rejected) > 1 else "cannot"
            return DumpRefused(
                "NO_PAPERS",
                f"{many} {verb} be read as a paper. {bad.reason}",
                file=self.name,
                line=bad.line,
                excerpt=bad.excerpt or excerpt,
            )
        sentence = "The file lists no papers. A day without papers is empty; try another day."
        return DumpRefused("NO_PAPERS", sentence, file=self.name, line=line, excerpt=excerpt)


def beginning(text: str) -> tuple[int, str]:
    """The first line that is not blank: its number from 1, and at most its first 60 characters."""
    start = len(text) - len(text.lstrip())
    return 1 + text.count("\n", 0, start), text[start : start + EXCERPT].partition("\n")[0]
