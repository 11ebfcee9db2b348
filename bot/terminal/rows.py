"""What ``--json`` prints: nouns to plain rows, with the names that the commands promise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.curate import FollowedAll
from bot.errors import DumpRefused
from bot.identity import paper_url
from bot.models import (
    Alert,
    Closeness,
    DeadDelivery,
    Entry,
    IngestReport,
    Interest,
    Paper,
    QueueDepth,
    SearchHit,
    SlotEnd,
    SourceState,
)

Row = dict[str, object]


def entry(told: Entry, file: str) -> Row:
    """One paper as a dump tells it; ``published`` is the ISO date or None."""
    printed = told.published
    exact = told.published_at.date() if told.published_at else None
    day = exact or (printed.as_date() if printed else None)
    return {
        "file": file,
        "line": told.line,
        "position": told.position,
        "title": told.title,
        "abstract": told.abstract,
        "arxiv_id": told.arxiv_id,
        "n_authors": told.author_count,
        "organisation": told.organisation,
        "published": day.isoformat() if day else None,
        "month": printed.month if printed else (day.month if day else None),
        "day": printed.day if printed else (day.day if day else None),
        "year": printed.year if printed else (day.year if day else None),
        "comments": told.comments,
        "upvotes": told.upvotes,
        "warnings": list(told.warnings),
    }


def refusal(refused: DumpRefused) -> Row:
    """A file, or an entry of one, that was not read."""
    return {"refused": refused.code, "file": refused.file, "line": refused.line, "reason": refused.reason}


def report(ingested: IngestReport) -> Row:
    """The last line of ``ingest``."""
    return {
        "papers": ingested.papers,
        "new": ingested.new,
        "merged": ingested.merged,
        "rejected": ingested.rejected,
        "alerts": ingested.alerts,
        "seconds": round(ingested.seconds, 3),
    }


def interest(followed: Interest) -> Row:
    """One thing a reader follows."""
    return {
        "id": followed.id,
        "name": followed.name,
        "kind": followed.kind.value,
        "weight": followed.weight,
        "paper_id": followed.paper_id,
    }


def followed(done: FollowedAll) -> Row:
    """What became of everything that a file holds."""
    return {
        "followed": [interest(one.interest) for one in done.followed],
        "known": [{"said": said, "reason": sentence} for said, sentence in done.known],
        "unknown": list(done.unknown),
        "refused": [{"said": said, "reason": sentence} for said, sentence in done.refused],
    }


def alert(queued: Alert, paper: Paper) -> Row:
    """One alert: ``score`` is the cosine to the interest, ``closer_than`` a share (0 to 1) or None."""
    return {
        "title": paper.title,
        "arxiv_id": paper.arxiv_id,
        "url": paper_url(paper),
        "interest": queued.interest_name,
        "score": round(queued.closeness.score, 6),
        "closer_than": queued.closeness.closer_than,
        "why": queued.why,
    }


def near(paper: Paper, closeness: Closeness) -> Row:
    """A stored paper that is close to a new interest."""
    return {
        "title": paper.title,
        "arxiv_id": paper.arxiv_id,
        "url": paper_url(paper),
        "score": round(closeness.score, 6),
        "closer_than": closeness.closer_than,
    }


def hit(found: SearchHit) -> Row:
    """One answer of a search."""
    day = found.paper.day()
    return {
        "rank": found.rank,
        "title": found.paper.title,
        "arxiv_id": found.paper.arxiv_id,
        "url": paper_url(found.paper),
        "score": round(found.score, 6),
        "n_authors": found.paper.author_count,
        "date": day.isoformat() if day else None,
        "why": found.why,
    }


def dead(one: DeadDelivery) -> Row:
    """A delivery that is tried no more."""
    return {
        "id": one.delivery.id,
        "reader": str(one.delivery.reader),
        "kind": one.delivery.kind.value,
        "medium": one.delivery.medium.value,
        "to": one.delivery.to,
        "papers": len(one.delivery.paper_ids),
        "reason": one.reason,
        "tries": one.tries,
        "at": one.at.isoformat(),
    }


def source(state: SourceState, fault: str | None, kind: str, next_look: datetime | None) -> Row:
    """How a source is doing; times are ISO 8601, UTC, None where that never was."""
    return {
        "name": state.name,
        "kind": kind,
        "looked": state.looked.isoformat() if state.looked else None,
        "brought": state.brought.isoformat() if state.brought else None,
        "papers": state.papers,
        "new": state.new,
        "next": next_look.isoformat() if next_look else None,
        "failure": state.failure,
        "fault": fault,
    }


def slot_end(end: SlotEnd) -> Row:
    """How a reader's last day ended."""
    return {
        "reader": str(end.reader),
        "day": end.day.isoformat(),
        "ending": end.ending.value,
        "papers": end.papers,
        "note": end.note,
        "at": end.at.isoformat(),
    }


def workspace(name: str, depth: QueueDepth, readers: int, ends: Sequence[SlotEnd], pause: float) -> Row:
    """What waits in a workspace, and how its readers' last days ended, the latest first.

    ``pause``: seconds for which Slack wants no message.
    """
    return {
        "workspace": name,
        "readers": readers,
        "queue": {
            "queued": depth.queued,
            "parked": depth.parked,
            "taken": depth.taken,
            "dead": depth.dead,
            "oldest": round(depth.oldest, 1),
        },
        "pause": round(pause, 1),
        "days": [slot_end(end) for end in ends],
    }
