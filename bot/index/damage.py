"""What tantivy and the file system say about the index folder, as one error."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from bot.errors import IndexDamaged


@contextmanager
def damage() -> Generator[None]:
    """Raise IndexDamaged for OSError and for the ValueError that tantivy raises for files torn, foreign or gone."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise IndexDamaged(
            "The search index cannot be read or written: check the space and the rights of the data folder.",
            cause=repr(error),
        ) from error
