"""Stand-ins: a model that needs no weights, and a store that needs no server."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.cleaning import plain
from bot.embedder import Embedder, EmbeddingCache
from bot.identity import text_hash
from bot.models import ModelTag, Paper

FIRST_SEEN = datetime(2025, 3, 1, 12, tzinfo=UTC)


def paper(paper_id: str, title: str, abstract: str | None = None, **fields: Any) -> Paper:
    """A paper with these fields, first seen at noon on 1 March 2025."""
    return Paper(paper_id, title, abstract, FIRST_SEEN, **fields)


class HashingEngine:
    """A model without weights: each word has a place and a sign in the vector, so shared words make texts near."""

    def __init__(self, dimension: int = 1024, name: str = "hashing") -> None:
        self.tag = ModelTag(name, "1", dimension)

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, float32 (n, d); the same text always has the same one."""
        rows = np.zeros((len(texts), self.tag.dimension), np.float64)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                digest = sha256(word.encode()).digest()
                row[int.from_bytes(digest[:4], "big") % len(row)] += 1 if digest[4] % 2 else -1
            if not row.any():
                row[0] = 1
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def hashing_embedder(cache: EmbeddingCache | None = None, *, dimension: int = 1024) -> Embedder:
    """A whole Embedder on a HashingEngine."""
    return Embedder(HashingEngine(dimension), cache)


@dataclass(frozen=True)
class Held:
    """A paper with its ordinal."""

    paper: Paper
    ordinal: int


@dataclass(frozen=True)
class Standing:
    """Where a store stands."""

    history: str
    number: int


class MemoryPapers:
    """Papers with a log of changes, as far as the index reads them."""

    def __init__(self) -> None:
        self.history = "one"
        self.held: dict[str, Held] = {}
        self.forwards: dict[str, str] = {}
        self.changes: dict[str, int] = {}
        self.number = 0
        #: Ids asked for, in order.
        self.read: list[str] = []

    def keep(self, papers: Iterable[Paper]) -> None:
        """Store papers, or what has become of them."""
        for one in papers:
            ordinal = self.held[one.id].ordinal if one.id in self.held else len(self.changes) + 1
            self.held[one.id] = Held(one, ordinal)
            self.touch(one.id)

    def touch(self, paper_id: str) -> None:
        """The paper changed."""
        self.number += 1
        self.changes[paper_id] = self.number

    def join(self, gone: str, into: Paper) -> None:
        """One paper turned out to be another."""
        del self.held[gone]
        self.forwards[gone] = into.id
        self.touch(gone)
        self.keep([into])

    async def changed_since(self, number: int, limit: int) -> list[tuple[int, str]]:
        """Changes above ``number``, lowest first."""
        log = sorted((change, paper_id) for paper_id, change in self.changes.items())
        start = bisect_right(log, number, key=lambda entry: entry[0])
        return log[start : start + limit]

    async def news(self, number: int, limit: int) -> tuple[Standing, list[tuple[int, str]]]:
        """Where it stands, and changes above ``number``."""
        return Standing(self.history, self.number), await self.changed_since(number, limit)

    async def changes_of(self, ids: Sequence[str]) -> tuple[Standing, list[int | None]]:
        """Where it stands, and the last changes of these papers."""
        return Standing(self.history, self.number), [self.changes.get(paper_id) for paper_id in ids]

    async def get(self, ids: Sequence[str]) -> list[Held | None]:
        """The papers of these ids."""
        self.read += ids
        return [self.held.get(self.forwards.get(paper_id, paper_id)) for paper_id in ids]


@dataclass(frozen=True)
class Row:
    """A vector with the hash of its text."""

    text_hash: bytes
    vector: NDArray[np.float32]


@dataclass(frozen=True)
class Block:
    """Many vectors."""

    ids: list[str]
    text_hashes: list[bytes]
    rows: NDArray[np.float32]


class MemoryVectors:
    """Vectors by paper id."""

    def __init__(self, papers: MemoryPapers) -> None:
        self.papers = papers
        self.rows: dict[str, Row] = {}

    def embed(self, engine: HashingEngine) -> None:
        """Give every paper the vector of its text."""
        for paper_id, held in self.papers.held.items():
            text = plain(held.paper.title, held.paper.abstract)
            self.rows[paper_id] = Row(text_hash(text), engine.vectors([text])[0])

    async def get(self, tag: ModelTag, papers: Iterable[Held]) -> dict[str, Row]:  # noqa: ARG002 - there is one model
        """The vectors that there are."""
        return {one.paper.id: self.rows[one.paper.id] for one in papers if one.paper.id in self.rows}

    async def iterate(self, tag: ModelTag) -> AsyncIterator[Block]:
        """All vectors in one block."""
        matrix = np.array([row.vector for row in self.rows.values()], np.float32).reshape(-1, tag.dimension)
        yield Block(list(self.rows), [row.text_hash for row in self.rows.values()], matrix)


class MemoryStore:
    """As much of a store as the index reads."""

    def __init__(self) -> None:
        self.papers = MemoryPapers()
        self.vectors = MemoryVectors(self.papers)
