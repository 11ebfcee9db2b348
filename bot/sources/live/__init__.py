"""Sources that are asked over the network: which pages to ask for, and what their answers are called. Pure.

    settings, what is known of pages ─► wanted ─► (asked elsewhere) ─► compose ─► one dump, read like any other
                                                                   └─► suspicion: is it still what it was?

A new kind is one module with a ``KIND``, one line in ``KINDS`` and its name in ``settings.LIVE_KINDS``.
"""

from __future__ import annotations

from bot.sources.live import arxiv, feed, huggingface, page
from bot.sources.live.asking import Came, Judged, Kind, Known, NotThatPage, Wanted
from bot.sources.live.ending import breaks_off

__all__ = ["KINDS", "Came", "Judged", "Kind", "Known", "NotThatPage", "Wanted", "breaks_off"]

KINDS = {
    "huggingface": huggingface.KIND,
    "page": page.KIND,
    "arxiv": arxiv.KIND,
    "feed": feed.KIND,
}
