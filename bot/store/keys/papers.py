"""Keys of what is the same for all readers: papers, their vectors, sources, and which shards there are."""

from __future__ import annotations

from bot.models import ModelTag

#: A counter that says more was tampered with, and is not counted up to.
MOST = 100_000_000
#: Fields of one block of vectors: paper or interest number n stands in block n // 1,000.
BLOCK = 1_000

_PAPERS = "pb:{papers:0}:"
ALIASES = f"{_PAPERS}aliases"
FORWARDS = f"{_PAPERS}forwards"
CHANGES = f"{_PAPERS}changes"
CHANGE = f"{_PAPERS}change"
ORDINAL = f"{_PAPERS}ordinal"
UNMATCHED = f"{_PAPERS}unmatched"
YEARS = f"{_PAPERS}years"
MODEL = f"{_PAPERS}model"
SOURCES = f"{_PAPERS}sources"
SHARD_NAMES = f"{_PAPERS}shards"
SCHEMA = f"{_PAPERS}schema"
HISTORY = f"{_PAPERS}history"
PAGES = f"{_PAPERS}pages"
LINKS = f"{_PAPERS}links"
SERVED = f"{_PAPERS}served"

FENCE = f"{_PAPERS}fence"
#: What the keys of cached vectors of texts begin with.
EMBEDDINGS = f"{_PAPERS}embedding:"


def lease(name: str) -> str:
    """Who does something alone, for a while."""
    return f"{_PAPERS}lease:{name}"


def paper(paper_id: str) -> str:
    """The record of one paper."""
    return f"{_PAPERS}paper:{paper_id}"


def dump(digest: str) -> str:
    """The papers that one dump tells of."""
    return f"{_PAPERS}dump:{digest}"


def paper_vectors(tag: ModelTag, block: int) -> str:
    """One block of paper vectors."""
    return f"{_PAPERS}vectors:{tag.key()}:{block}"


def reached(tag: ModelTag) -> str:
    """Up to which change papers have vectors."""
    return f"{_PAPERS}reached:{tag.key()}"


def settled(tag: ModelTag) -> str:
    """Among how many papers all of them were settled."""
    return f"{_PAPERS}settled:{tag.key()}"


def terms(block: int) -> str:
    """One block of papers' terms."""
    return f"{_PAPERS}terms:{block}"


def embedding(tag: ModelTag, text_hash: bytes) -> str:
    """The cached vector of one text."""
    return f"{EMBEDDINGS}{tag.key()}:{text_hash.hex()}"


def blocks(count: int) -> range:
    """The numbers of the blocks that ``count`` papers or interests stand in."""
    return range(min(count, MOST) // BLOCK + 1)
