"""Start here: ``paperbot`` and ``python -m bot``."""

import os

# Matching streams blocks of a thousand rows: more threads cost twice the processor time and gain nothing.
# It has to stand before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from bot.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
