"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

#: Called with a step's name, what is done and what there is to do (None while that is unknown).
Report: TypeAlias = Callable[[str, int, int | None], None]


def silent(_step: str, _done: int, _of: int | None) -> None:
    """Report to nobody."""
