"""Items of the Daily Papers API as they come: which papers they are of, and what they lack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from bot.arxiv_ids import normalise_arxiv_id
from bot.sources.item_fields import mapping
from bot.sources.json_api import papers_of
from bot.sources.json_scanning import decode_json

_TEXTS = ("title", "summary")


def items_of(content: bytes) -> list[object]:
    """The items of one answer. Raises ValueError where there is no list."""
    value = decode_json(content.decode("utf-8"))
    items = cast("list[object]", value) if isinstance(value, list) else papers_of(value)
    if items is None:
        raise ValueError("the answer is no list of papers")
    return items


def ids_of(items: Iterable[object]) -> list[str]:
    """The arXiv ids that the items name, in their order."""
    return [found for item in items if (found := _id(_paper(item)))]


def lacking(items: Iterable[object]) -> list[str]:
    """ArXiv ids of papers without title or abstract, each once."""
    found = ((_id(_paper(item)), mapping(item) or {}) for item in items)
    return list(dict.fromkeys(arxiv_id for arxiv_id, item in found if arxiv_id and _lacks(item)))


def _paper(item: object) -> dict[str, object]:
    told = mapping(item) or {}
    return mapping(told.get("paper")) or told


def _id(paper: Mapping[str, object]) -> str | None:
    told = paper.get("id")
    return normalise_arxiv_id(told) if isinstance(told, str) else None


def _lacks(item: Mapping[str, object]) -> bool:
    paper = _paper(item)
    return any(not _text(paper.get(name)) and not _text(item.get(name)) for name in _TEXTS)


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def with_detail(item: object, details: Mapping[str, bytes]) -> object:
    """The item, with what only the paper's own page tells."""
    paper = _paper(item)
    try:
        told = mapping(decode_json(details[_id(paper) or ""].decode("utf-8")))
    except (KeyError, ValueError):
        return item  # its own page tells nothing more, and the others of the day are not to blame
    if not told:
        return item
    whole = {**told, **{name: value for name, value in paper.items() if value not in (None, "")}}
    return {**(mapping(item) or {}), "paper": whole}
