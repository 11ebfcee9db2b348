"""What several dumps tell of one paper, as one paper.

Pure. A paper keeps every distinct value it was told with where it came from, in an order that depends on nothing but
the values and their origins; what is shown is the first of each. So dumps may be read in any order: only the internal
id and ``first_seen`` tell which came first. ``+`` below is ``unite``::

    entry ─► new_paper ─┐
    stored paper ───────┴─► place: which papers are meant ─► + ─► paper, aliases to claim, ids that were joined

Rules of each field: ``uniting``. Which papers are one: ``placing``. Years that pages leave out: ``years``.
"""

from bot.merging.placing import Placement, join, merge, place, same_paper
from bot.merging.uniting import new_paper
from bot.merging.years import known_origin, may_gain_year, raise_years

__all__ = [
    "Placement",
    "join",
    "known_origin",
    "may_gain_year",
    "merge",
    "new_paper",
    "place",
    "raise_years",
    "same_paper",
]
