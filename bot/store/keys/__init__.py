"""Every key in the store and how long it lives.

Two families, told by their hash tag (the part in braces decides the node in a cluster, so everything one script
touches shares it): papers are the same for all readers, ``{papers:0}``; readers live in shards of their workspace,
``{<workspace>:<shard>}``. Workspaces are percent-encoded, so no name leaves its braces.

    table    every kind of key, its lifetime and what makes it leave
    papers   what is the same for all readers
    shards   what belongs to readers, and where a reader's keys are
"""

from __future__ import annotations

from bot.store.keys.papers import (
    ALIASES,
    BLOCK,
    CHANGE,
    CHANGES,
    FENCE,
    FORWARDS,
    MODEL,
    MOST,
    ORDINAL,
    SHARD_NAMES,
    SOURCES,
    UNMATCHED,
    YEARS,
    blocks,
    dump,
    embedding,
    lease,
    paper,
    paper_vectors,
    reached,
    settled,
    terms,
)
from bot.store.keys.shards import SHARDS, Shard, field, is_name, shard_of, shards_of
from bot.store.keys.table import (
    ACTS_SECONDS,
    CHANNEL_SECONDS,
    DAY,
    DUMP_SECONDS,
    EMBEDDING_SECONDS,
    LEASE_SECONDS,
    LEDGER_SECONDS,
    MEMBERS_SECONDS,
    MESSAGES_SECONDS,
    PERSON_SECONDS,
    RECEIPT_SECONDS,
    SEEN_SECONDS,
    TABLE,
    TURN_SECONDS,
    Kind,
)

__all__ = [
    "ACTS_SECONDS",
    "ALIASES",
    "BLOCK",
    "CHANGE",
    "CHANGES",
    "CHANNEL_SECONDS",
    "DAY",
    "DUMP_SECONDS",
    "EMBEDDING_SECONDS",
    "FENCE",
    "FORWARDS",
    "LEASE_SECONDS",
    "LEDGER_SECONDS",
    "MEMBERS_SECONDS",
    "MESSAGES_SECONDS",
    "MODEL",
    "MOST",
    "ORDINAL",
    "PERSON_SECONDS",
    "RECEIPT_SECONDS",
    "SEEN_SECONDS",
    "SHARDS",
    "SHARD_NAMES",
    "SOURCES",
    "TABLE",
    "TURN_SECONDS",
    "UNMATCHED",
    "YEARS",
    "Kind",
    "Shard",
    "blocks",
    "dump",
    "embedding",
    "field",
    "is_name",
    "lease",
    "paper",
    "paper_vectors",
    "reached",
    "settled",
    "shard_of",
    "shards_of",
    "terms",
]
