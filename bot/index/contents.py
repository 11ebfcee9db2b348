"""What the index asks of the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.models import ModelTag, Paper


class Held(Protocol):
    """A stored paper with the store's number of it."""

    @property
    def paper(self) -> Paper:
        """The paper."""
        ...

    @property
    def ordinal(self) -> int:
        """A number of its own, which never changes."""
        ...


class Standing(Protocol):
    """Where the store stands."""

    @property
    def history(self) -> str:
        """Another store has another, and so has this one once it was restored."""
        ...

    @property
    def number(self) -> int:
        """Of the last change; 0 before the first."""
        ...


class PaperLog(Protocol):
    """Papers and the log of their changes."""

    async def news(self, number: int, limit: int) -> tuple[Standing, Sequence[tuple[int, str]]]:
        """Where the store stands, and change numbers above ``number`` with paper ids, lowest first."""
        ...

    async def changes_of(self, ids: Sequence[str]) -> tuple[Standing, Sequence[int | None]]:
        """Where the store stands, and the number of each paper's last change; None for one that it never had."""
        ...

    async def get(self, ids: Sequence[str]) -> Sequence[Held | None]:
        """The papers of these ids, in their order; joined papers under the id they have now."""
        ...


class Embedded(Protocol):
    """The vector of one paper."""

    @property
    def text_hash(self) -> bytes:
        """Of the text that it was made from (``identity.text_hash``)."""
        ...

    @property
    def vector(self) -> NDArray[np.float32]:
        """Unit, float32[d]."""
        ...


class Block(Protocol):
    """Vectors of many papers."""

    @property
    def ids(self) -> Sequence[str]:
        """Whose they are."""
        ...

    @property
    def text_hashes(self) -> Sequence[bytes]:
        """Of which texts they are."""
        ...

    @property
    def rows(self) -> NDArray[np.float32]:
        """Unit rows, float32[n, d]."""
        ...


class PaperVectors(Protocol):
    """What a model made of the papers."""

    async def get(self, tag: ModelTag, papers: Any) -> Mapping[str, Embedded]:  # noqa: ANN401 - takes what PaperLog gave
        """The vectors of papers that ``PaperLog.get`` gave, by id; papers without one are left out."""
        ...

    def iterate(self, tag: ModelTag) -> AsyncIterator[Block]:
        """All vectors."""
        ...


class Contents(Protocol):
    """The store, as far as the index reads it."""

    @property
    def papers(self) -> PaperLog:
        """Its papers."""
        ...

    @property
    def vectors(self) -> PaperVectors:
        """Their vectors."""
        ...
