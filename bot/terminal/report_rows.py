"""What ``paperbot report --json`` prints: figures to plain rows. No row names a reader."""

from __future__ import annotations

from bot import reporting
from bot.reporting import Figure, Medians, Standing, Week
from bot.terminal.rows import Row

_DIGITS = 4


def week(counted: Week) -> Row:
    """What was sent in one week, which begins on the day ``week``; shares are None where there is nothing to divide."""
    return {
        "week": counted.first.isoformat(),
        "sent": counted.sent,
        "voted": counted.voted,
        "liked": counted.liked,
        "disliked": counted.disliked,
        "saved": counted.saved,
        "readers": counted.readers,
        "liking": counted.liking,
        "precision": _rounded(counted.precision),
        "liked_share": _rounded(counted.liked_share),
        "coverage": _rounded(counted.coverage),
        "elsewhere": counted.elsewhere,
    }


def together(counted: Week) -> Row:
    """All weeks as one, with the 95 % interval of the precision."""
    low, high = reporting.interval(counted.liked, counted.voted)
    row = week(counted)
    del row["week"]
    row["precision_from"], row["precision_to"] = _rounded(low), _rounded(high)
    return row


def medians(found: Medians | None) -> Row | None:
    """The reader in the middle; None where too few readers hide nobody."""
    if found is None:
        return None
    return {
        "readers": found.readers,
        "sent_a_week": _rounded(found.sent_a_week),
        "voted_share": _rounded(found.voted_share),
        "precision": _rounded(found.precision),
    }


def standing(ranking: Standing) -> Row:
    """How one ranking did; each figure with its 95 % interval, None where no vote speaks of it."""
    return {
        "name": ranking.name,
        "liked": _figure(ranking.liked),
        "disliked": _figure(ranking.disliked),
        "first_three": _figure(ranking.first_three),
        "over_disliked": _figure(ranking.over_disliked),
        "behind": _figure(ranking.behind),
    }


def _figure(figure: Figure | None) -> Row | None:
    if figure is None:
        return None
    return {"value": _rounded(figure.value), "from": _rounded(figure.low), "to": _rounded(figure.high)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
