"""A reading list for other programs. Pure; all of them come as text to be written in UTF-8.

bibtex        for LaTeX
ris           for reference managers
spreadsheet   CSV
markdown      for eyes
lines         what all of them need: one line of plain text
"""

from __future__ import annotations

from bot.exporting.bibtex import bibtex
from bot.exporting.lines import ARXIV
from bot.exporting.markdown import markdown
from bot.exporting.ris import ris
from bot.exporting.spreadsheet import spreadsheet

__all__ = ["ARXIV", "bibtex", "markdown", "ris", "spreadsheet"]
