"""Everything that is stored about a reader, in one JSON document that can be read without the store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from bot import identity
from bot.models import UserId
from bot.store import Store

#: Fields that name papers.
_PAPER_IDS = frozenset({"paper_id", "papers", "paper_ids", "learnt_from", "being_sent", "with_code", "trending"})


async def exported(store: Store, reader: UserId, now: datetime) -> bytes:
    """The reader's part of the store, and for each paper it names the title, arXiv id and link. UTF-8, indented."""
    held = await store.export(reader)
    ids = sorted(set(_paper_ids(held)))
    found = zip(ids, await store.papers.get(ids), strict=True)
    papers = {
        paper_id: {"title": one.paper.title, "arxiv_id": one.paper.arxiv_id, "url": identity.paper_url(one.paper)}
        for paper_id, one in found
        if one
    }
    document = {"exported": now.isoformat(), **held, "papers": papers}
    # what is no character cannot be written as UTF-8
    return json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "replace")


def _paper_ids(value: object, key: str = "") -> Iterator[str]:
    """Every paper id that the reader's part names."""
    if isinstance(value, dict):
        for name, inner in cast("dict[str, Any]", value).items():
            yield from _paper_ids(inner, name)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _paper_ids(inner, key)
    elif isinstance(value, str) and key in _PAPER_IDS:
        yield value
