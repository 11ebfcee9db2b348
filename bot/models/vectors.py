"""What stands beside a vector: which model made it, and how an interest's row is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

#: An interest's row is its unit vector (d float32) followed by these four float32, by their place after the vector.
ROW_EXTRA = 4
THRESHOLD, MEAN, DEVIATION, WEIGHT = range(ROW_EXTRA)


@dataclass(frozen=True, slots=True)
class ModelTag:
    """Which model made a vector: vectors of different tags are never compared."""

    name: str
    revision: str
    dimension: int

    def key(self) -> str:
        """Short and safe for a key: the first 12 hex digits of a hash of the three."""
        return sha256(f"{self.name}\n{self.revision}\n{self.dimension}".encode()).hexdigest()[:12]
