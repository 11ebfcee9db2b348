"""A reading list as CSV (RFC 4180) that spreadsheets open as it is: with a byte order mark, and with no formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from bot.cleaning import display
from bot.exporting.lines import arxiv_url, categories, plain
from bot.models import Paper, Save

COLUMNS = ("title", "authors", "year", "date", "arxiv_id", "url", "categories", "code_url", "saved")
#: Without it spreadsheets take UTF-8 for something else.
_MARK = "\ufeff"
#: A cell that begins so is a formula to a spreadsheet: https://owasp.org/www-community/attacks/CSV_Injection.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def spreadsheet(rows: Sequence[tuple[Save, Paper]]) -> str:
    """One row a paper, in the order given, below the names of the columns. What is not known is empty.

    Several authors or categories are parted by "; ". Days are ISO dates. A cell that a spreadsheet would take for a formula
    begins with an apostrophe.
    """
    written = io.StringIO(newline="")
    # the module's own line ends are those of the RFC
    table = csv.writer(written)
    table.writerow(COLUMNS)
    table.writerows([_harmless(cell) for cell in _cells(save, paper)] for save, paper in rows)
    return _MARK + written.getvalue()


def _cells(save: Save, paper: Paper) -> Iterator[str]:
    day = paper.day()
    yield plain(display(paper.title))
    yield "; ".join(said for name in paper.authors if (said := plain(name)))
    yield f"{day.year}" if day else ""
    yield day.isoformat() if day else ""
    yield plain(paper.arxiv_id or "")
    yield arxiv_url(paper.arxiv_id) if paper.arxiv_id else ""
    yield "; ".join(categories(paper.categories))
    yield plain(paper.code_url or "")
    yield save.at.date().isoformat()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell
