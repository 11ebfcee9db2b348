"""What stands beside a vector: which model made it, and how an interest's row is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

#: An interest speaks through the words of at most so many papers (or terms, for a phrase), the weightiest ones.
EVIDENCE = 8
#: An interest's row is its unit vector (d float32) followed by these float32, by their place after the vector. The first
#: four are of its whole score. SHARE: its share of the places, beside those of the reader's other interests. LEXICAL: the
#: deviation of its score in words, as a share of that of its score in meaning. Then EVIDENCE sources of its words (a
#: paper's ordinal + 1, minus a term's number, 0 for none) and what each of them weighs.
THRESHOLD, MEAN, DEVIATION, WEIGHT, SHARE, LEXICAL = range(6)
SOURCES = slice(6, 6 + EVIDENCE)
SOURCE_WEIGHTS = slice(6 + EVIDENCE, 6 + 2 * EVIDENCE)
ROW_EXTRA = 6 + 2 * EVIDENCE


@dataclass(frozen=True, slots=True)
class ModelTag:
    """Which model made a vector: vectors of different tags are never compared."""

    name: str
    revision: str
    dimension: int

    def key(self) -> str:
        """Short and safe for a key: the first 12 hex digits of a hash of the three."""
        return sha256(f"{self.name}\n{self.revision}\n{self.dimension}".encode()).hexdigest()[:12]

    def among(self) -> ModelTag:
        """The tag of the same papers' vectors after each was settled among its neighbours."""
        return ModelTag(self.name, f"{self.revision}+among", self.dimension)
