"""What makes a page suspicious: it lists far less than it did, or most of it cannot be read any more."""

from __future__ import annotations

from bot.sources.live.asking import LEAST, Judged


def shrunk(judged: Judged) -> str | None:
    """A page that had papers and has none, or less than half of the most that it ever had."""
    most = judged.before.most if judged.before else 0
    if most < LEAST or 2 * judged.entries >= most:
        return None
    if not judged.entries:
        return f"lists no papers any more, where it had {most:,}."
    papers = "only 1 paper" if judged.entries == 1 else f"only {judged.entries:,} papers"
    return f"lists {papers}, where it had {most:,}."


def partly_read(judged: Judged) -> str | None:
    """A page of which more entries cannot be read than can: it is written in another way now."""
    rejected = judged.unread
    if len(rejected) < LEAST or len(rejected) <= judged.entries:
        return None
    total = len(rejected) + judged.entries
    return f"is written in another way: {len(rejected):,} of its {total:,} entries cannot be read. {rejected[0].reason}"
