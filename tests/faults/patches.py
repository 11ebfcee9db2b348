"""What is put over a part of a worker to break it from inside. Each is found by name, for it is sent to the worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

#: In the title of a paper that no worker survives.
POISON = "POISON"


def poisoned(shown: Callable[..., Any]) -> Callable[..., Any]:
    """Putting a message with such a paper into words kills the process."""

    def wrapper(*arguments: Any, **options: Any) -> Any:
        message = shown(*arguments, **options)
        if POISON in repr(message):
            os.kill(os.getpid(), signal.SIGKILL)
        return message

    return wrapper


poisoned.wraps = True  # pyright: ignore[reportFunctionMemberAccess] - told to ``lives``
