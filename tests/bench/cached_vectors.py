"""Vectors of the quality bench's texts, kept from one run to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bot.matching import Floats
from bot.models import ModelTag


class CachedVectors:
    """Vectors by their text's hash in a file of ``$QUALITY_CACHE``, apart for each model: an embedder's cache."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is made when something is kept."""
        self._folder = folder
        self._known: dict[str, dict[bytes, Floats]] = {}
        self._has_grown = False

    async def cached(self, tag: ModelTag, hashes: Sequence[bytes]) -> Mapping[bytes, Floats]:
        """The vectors, float32[d], of those hashes that are known."""
        known = self._of(tag)
        return {one: known[one] for one in hashes if one in known}

    async def cache(self, tag: ModelTag, rows: Mapping[bytes, Floats]) -> None:
        """Keep these vectors, float32[d]; they are in the file after ``save``."""
        self._of(tag).update({one: np.array(row, np.float32) for one, row in rows.items()})
        self._has_grown = True

    def save(self) -> None:
        """Write what is new."""
        if not self._has_grown:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for key, rows in self._known.items():
            hashes = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1)
            partial = self._folder / f"{key}.part.npz"
            np.savez(partial, hashes=hashes, vectors=np.stack(list(rows.values())))
            partial.replace(self._folder / f"{key}.npz")
        self._has_grown = False

    def _of(self, tag: ModelTag) -> dict[bytes, Floats]:
        key = f"paperbot-{tag.key()}"
        if key not in self._known:
            self._known[key] = {}
            if (path := self._folder / f"{key}.npz").is_file():
                with np.load(path) as kept:
                    hashes: list[bytes] = [row.tobytes() for row in kept["hashes"]]
                    self._known[key] = dict(zip(hashes, kept["vectors"], strict=True))
        return self._known[key]
