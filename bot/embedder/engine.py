"""What an engine is: one loaded model, texts in, unit vectors out; and the check that every vector passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.errors import BadVector
from bot.models import ModelTag

#: One vector (d,) or a matrix of them (n, d).
Vectors = npt.NDArray[np.float32]

#: A vector is of unit length when its norm is so near to 1; what float32 loses over a thousand squares is 1e-6.
NORM_TOLERANCE = 1e-3
#: A text is cut here before it is tokenised: no model reads so far, and a hostile text must not cost time.
MAX_CHARACTERS = 50_000


class Engine(Protocol):
    """A loaded model."""

    @property
    def tag(self) -> ModelTag:
        """Which model this is; the same for every engine that gives this model's vectors."""
        ...

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One row a text, float32 (n, d), in the order of the texts. Blocks; two threads may call it at once."""
        ...


def readable(text: str) -> str:
    """The text as a tokenizer takes it: bounded, and without lone surrogates, which JSON can spell but UTF-8 cannot."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def is_sound(rows: Vectors) -> npt.NDArray[np.bool_]:
    """Which rows of float32 (n, d) are finite and of unit length: bool (n,)."""
    squares = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    return np.abs(np.sqrt(squares) - 1.0) <= NORM_TOLERANCE  # False for NaN and infinity too


def checked(engine: Engine, texts: Sequence[str]) -> Vectors:
    """The engine's vectors of these texts, float32 (n, d). Raises BadVector unless all of them can be used."""
    tag = engine.tag
    rows = engine.vectors([readable(text) for text in texts])
    if rows.shape != (len(texts), tag.dimension) or rows.dtype != np.float32:
        raise BadVector(
            f"The model {tag.name} gave vectors of another shape than its own {tag.dimension} numbers. "
            "Nothing was stored; check the setting model.name, or make its export again.",
            cause=f"{rows.dtype}{list(rows.shape)} for {len(texts)} texts",
        )
    good = is_sound(rows)
    if not good.all():
        worst = int(np.argmin(good))
        raise BadVector(
            f"The model {tag.name} gave a vector that is not finite or not of unit length. "
            "Nothing of it was stored; try again, or make the model's export again.",
            cause=f"{int((~good).sum())} of {len(texts)} rows; the first for {texts[worst][:60]!r}",
        )
    return rows
