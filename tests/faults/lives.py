"""Workers as processes that may be killed: forked from a server that has imported everything, so that each is quick.

Every life ends with the server that it was forked from, and that one with this program.
"""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import pkgutil
import signal
import sys
from collections.abc import Callable, Mapping
from functools import cache
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from bot.settings import Settings

_DEATH_SIGNAL = 1
#: What a life uses; the server imports it once.
_PRELOADED = [
    "apscheduler.schedulers.asyncio",
    "redis.asyncio",
    "slack_sdk.web.async_client",
    "bot.charts",
    "bot.deliver",
    "bot.notify.slack",
    "bot.schedule",
    "bot.services.opening",
    "bot.slack.opening",
    "handlers",
]


@cache
def _server() -> ForkServerContext:
    # As the bot's own entry has it; the server and all lives inherit it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


class Life:
    """One process that runs the bot; ``start`` makes it."""

    def __init__(self, process: ForkServerProcess, log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid or 0

    @property
    def is_alive(self) -> bool:
        """It runs."""
        return self._process.is_alive()

    @property
    def status(self) -> int | None:
        """None while it runs, else its exit code, minus the signal that ended it."""
        return self._process.exitcode

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to stop."""
        self._process.terminate()

    async def ended(self, seconds: float = 60.0) -> int:
        """Its exit code, minus the signal that ended it. Raises TimeoutError while it still runs after ``seconds``."""
        loop, sentinel = asyncio.get_running_loop(), self._process.sentinel
        over = asyncio.Event()
        loop.add_reader(sentinel, over.set)
        try:
            async with asyncio.timeout(seconds):
                await over.wait()
        except TimeoutError:
            raise TimeoutError(f"the worker still runs after {seconds:g} s: {self.said()}") from None
        finally:
            loop.remove_reader(sentinel)
        self._process.join()
        return self._process.exitcode or 0

    async def killed(self) -> None:
        """End it at once and wait until it is gone; one that ended already is left alone."""
        if self.is_alive:
            self.kill()
        await self.ended()

    def said(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-3_000:] if self._log.exists() else ""

    def has_said(self, words: str) -> bool:
        """Whether its log holds these words."""
        return self._log.exists() and words in self._log.read_text(errors="replace")


def start(settings: Settings, log: Path, role: str = "worker", patches: Mapping[str, object] | None = None) -> Life:
    """Start a bot of this role. ``patches``: values put over names of modules (``bot.deliver.working.PAUSE``) in it."""
    process = _server().Process(target=_live, args=(settings, role, str(log), dict(patches or {})), daemon=True)
    process.start()
    return Life(process, log)


def warm() -> None:
    """Have the server import everything."""
    process = _server().Process(target=_nothing)
    process.start()
    process.join()


def _nothing() -> None:
    pass


def _live(settings: Settings, role: str, log: str, patches: Mapping[str, object]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    for name, value in patches.items():
        module, _, attribute = name.rpartition(".")
        changed: Any = pkgutil.resolve_name(module)
        if callable(value) and getattr(value, "wraps", False):
            make: Callable[[Any], Any] = value
            value = make(getattr(changed, attribute))  # noqa: PLW2901 - a wrapper is made of what it wraps
        setattr(changed, attribute, value)
    import handlers
    from bot import schedule

    sys.exit(asyncio.run(schedule.run(settings, role, handlers.route)))
