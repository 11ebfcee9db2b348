"""Who goes first on a busy machine: the loop that answers people, then what they wait for, then everything else."""

from __future__ import annotations

import os
import sys

#: How far a thread stands back behind the loop (19 is the most): computing an answer, and papers in bulk.
ANSWERS, BULK = 5, 19


def stand_back(by: int) -> None:
    """Let the loop go before the calling thread. Does nothing where a priority is not a thread's own."""
    if sys.platform == "linux":  # elsewhere it would be the whole program's
        os.setpriority(os.PRIO_PROCESS, 0, by)
