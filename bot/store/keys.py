"""Every key in the store and how long it lives.

Two families, told by their hash tag (the part in braces decides the node in a cluster, so everything one script
touches shares it): papers are the same for all readers, ``{papers:0}``; readers live in shards of their workspace,
``{<workspace>:<shard>}``. Workspaces are percent-encoded, so no name leaves its braces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote
from zlib import crc32

from bot.errors import UserError
from bot.models import ModelTag, UserId

#: Shards of one workspace. The keys are ready for 64; a change moves readers, so it needs a migration.
SHARDS = 1
#: A counter that says more was tampered with, and is not counted up to.
MOST = 100_000_000
#: Fields of one block of vectors: paper or interest number n stands in block n // 1,000.
BLOCK = 1_000

DAY = 86_400
DUMP_SECONDS = 400 * DAY
EMBEDDING_SECONDS = 30 * DAY
RECEIPT_SECONDS = 600


class Kind(NamedTuple):
    """One row of the table: a kind of key."""

    pattern: str
    type: str
    #: Seconds it lives after it was last written; None: it stays until ``leaves``.
    lifetime: int | None
    leaves: str
    holds: str


TABLE = (
    # pattern                                 type     lifetime           leaves                  holds
    Kind("pb:{papers:0}:paper:<id>",          "hash",   None,              "when joined",          "paper (JSON), version, ordinal, aliases"),
    Kind("pb:{papers:0}:aliases",             "hash",   None,              "never",                "alias -> paper id"),
    Kind("pb:{papers:0}:forwards",            "hash",   None,              "never",                "id of a joined paper -> id of the paper it is now"),
    Kind("pb:{papers:0}:changes",             "zset",   None,              "never",                "paper id by the number of its last change"),
    Kind("pb:{papers:0}:change",              "string", None,              "never",                "number of the last change"),
    Kind("pb:{papers:0}:ordinal",             "string", None,              "never",                "number of papers ever stored"),
    Kind("pb:{papers:0}:unmatched",           "set",    None,              "when all are matched", "ids of papers that no reader was matched with"),
    Kind("pb:{papers:0}:dump:<digest>",       "set",    DUMP_SECONDS,      "when it ends",         "ids of the papers that a dump tells of"),
    Kind("pb:{papers:0}:years",               "string", None,              "never",                "number of the change up to which years of pages were raised"),
    Kind("pb:{papers:0}:model",               "string", None,              "with its model",       "which model the vectors are of (JSON)"),
    Kind("pb:{papers:0}:vectors:<model>:<n>", "hash",   None,              "with its model",       "ordinal -> text hash, float32 vector, paper id"),
    Kind("pb:{papers:0}:reached:<model>",     "string", None,              "with its model",       "number of the change up to which papers have vectors"),
    Kind("pb:{papers:0}:embedding:<model>:<hash>", "string", EMBEDDING_SECONDS, "when it ends",    "float32 vector of a text"),
    Kind("pb:{papers:0}:shards",              "set",    None,              "never",                "shards that have readers"),
    Kind("pb:{<shard>}:readers",              "set",    None,              "never",                "user names"),
    Kind("pb:{<shard>}:profile:<user>",       "hash",   None,              "with its last setting", "bar, cap, interest:<id> (JSON)"),
    Kind("pb:{<shard>}:places",               "hash",   None,              "with its last interest", "user NUL interest id -> place among the vectors"),
    Kind("pb:{<shard>}:place",                "string", None,              "never",                "number of interests ever stored"),
    Kind("pb:{<shard>}:models",               "set",    None,              "with its last model",  "models that interests have vectors of"),
    Kind("pb:{<shard>}:vectors:<model>:<n>",  "hash",   None,              "with its model",       "user NUL interest id -> float32 row"),
    Kind("pb:{<shard>}:calibrated:<model>",   "string", None,              "with its model",       "number of papers that interests were measured against"),
    Kind("pb:{<shard>}:alerts:<user>",        "hash",   None,              "never",                "paper id -> alert (JSON): nobody hears of a paper twice"),
    Kind("pb:{<shard>}:receipt:<token>",      "string", RECEIPT_SECONDS,   "when it ends",         "how many alerts one call added, for its retry"),
)  # fmt: skip

_PAPERS = "pb:{papers:0}:"
ALIASES = f"{_PAPERS}aliases"
FORWARDS = f"{_PAPERS}forwards"
CHANGES = f"{_PAPERS}changes"
CHANGE = f"{_PAPERS}change"
ORDINAL = f"{_PAPERS}ordinal"
UNMATCHED = f"{_PAPERS}unmatched"
YEARS = f"{_PAPERS}years"
MODEL = f"{_PAPERS}model"
SHARD_NAMES = f"{_PAPERS}shards"


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


def embedding(tag: ModelTag, text_hash: bytes) -> str:
    """The cached vector of one text."""
    return f"{_PAPERS}embedding:{tag.key()}:{text_hash.hex()}"


def blocks(count: int) -> range:
    """The numbers of the blocks that ``count`` papers or interests stand in."""
    return range(min(count, MOST) // BLOCK + 1)


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """Some of a workspace's readers: whatever is written in one script or scored in one pass."""

    workspace: str
    number: int

    def __str__(self) -> str:
        return f"{self.number}:{self.workspace}"

    @classmethod
    def parse(cls, name: str) -> Shard:
        """The shard that ``str`` wrote. Raises ValueError."""
        number, colon, workspace = name.partition(":")
        if not (colon and number.isascii() and number.isdigit() and len(number) <= 4):  # noqa: PLR2004 - 64 at most
            raise ValueError(name)
        return cls(workspace, int(number))

    def _key(self, rest: str) -> str:
        workspace = quote(self.workspace, safe="")
        # the tag of the papers belongs to no workspace
        workspace = "%70apers" if workspace == "papers" else workspace
        return f"pb:{{{workspace}:{self.number}}}:{rest}"

    @property
    def readers(self) -> str:
        """The names of its readers."""
        return self._key("readers")

    @property
    def places(self) -> str:
        """Where each interest's vector stands."""
        return self._key("places")

    @property
    def place(self) -> str:
        """The counter behind ``places``."""
        return self._key("place")

    @property
    def models(self) -> str:
        """Which models its interests have vectors of."""
        return self._key("models")

    def profile(self, user: str) -> str:
        """One reader's settings and interests."""
        return self._key(f"profile:{user}")

    def vectors(self, model: str, block: int) -> str:
        """One block of interest vectors; ``model`` is ``ModelTag.key()``."""
        return self._key(f"vectors:{model}:{block}")

    def calibrated(self, model: str) -> str:
        """Against how many papers its interests were measured; ``model`` is ``ModelTag.key()``."""
        return self._key(f"calibrated:{model}")

    def alerts(self, user: str) -> str:
        """One reader's alerts."""
        return self._key(f"alerts:{user}")

    def receipt(self, token: str) -> str:
        """What one call of ``Alerts.add`` did."""
        return self._key(f"receipt:{token}")


_LONGEST_NAME = 200


def shard_of(reader: UserId) -> Shard:
    """Where this reader's keys are. Raises UserError for a name that cannot be stored."""
    for name in (reader.workspace, reader.user):
        if not name or "\0" in name or len(name) > _LONGEST_NAME or not _is_unicode(name):
            raise UserError(f"A reader's name is 1 to {_LONGEST_NAME} ordinary characters: this one cannot be stored.")
    return Shard(reader.workspace, crc32(reader.user.encode()) % SHARDS)


def field(reader: UserId, interest_id: str) -> bytes:
    """The name of one interest's field in a block. Raises ValueError for an id that is empty or holds a NUL."""
    if not interest_id or "\0" in interest_id:
        raise ValueError(interest_id)
    return f"{reader.user}\0{interest_id}".encode()


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
