"""The stand-in Slack as a process of its own, and the one who talks to it.

    with SlackProcess() as slack:
        slack.fail("chat.postMessage", Failure.unknown("500", is_done=True))
        slack.chance("chat.postMessage", 0.25, [Failure.unknown(way, is_done=True) for way in WAYS])
        slack.limits(channel=1, workspace=3)
        slack.refuse(); slack.accept(); slack.outage(Failure(503)); slack.outage(None)
        settings = slack.settings()
        keys = [message.key for message in slack.messages()]

Every method blocks until the process has done it, which takes a millisecond: the control door is on a port of its own,
so it answers while Slack itself is away.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

from bot.settings import Settings
from tests.slack_server import Failure, SlackServer, Stored

_ROOT = Path(__file__).resolve().parents[1]


class SlackProcess:
    """Starts it, orders things of it, asks it, ends it. It ends too when this process does."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.slack_server", "0", "0"]
        self._child = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._child.stdout
        port, control = map(int, self._child.stdout.readline().split())
        self.url, self._control = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{control}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.kill()
        self._child.communicate()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._child.pid

    def stop(self) -> None:
        """It hangs: connections are taken by the kernel, nothing answers."""
        self._child.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It hangs no more."""
        self._child.send_signal(signal.SIGCONT)

    def settings(self, mode: str = "http", **slack: Any) -> Settings:
        """As SlackServer.settings."""
        server = SlackServer()
        server.url = self.url
        return server.settings(mode, **slack)

    def messages(self, start: int = 0) -> list[Stored]:
        """Its messages, oldest first, from the one of this number on."""
        return [Stored(**one) for one in self._ask("messages", start=start)]

    def keys(self) -> list[str]:
        """The key of each message, oldest first; "" for those without."""
        return self._ask("keys")

    def count(self, method: str = "") -> int:
        """How many calls of a method it received, of all without one; ``messages`` counts what it stored."""
        return self._ask("count", method=method)

    def calls(self, method: str) -> list[tuple[float, dict[str, Any]]]:
        """When (its monotonic seconds: this machine's) and with which arguments a method was called."""
        return [(at, arguments) for at, arguments in self._ask("calls", method=method)]

    def figures(self) -> dict[str, int]:
        """``limited`` (429 because of limits), ``early`` (calls within a pause), ``messages``, ``calls``."""
        return self._ask("figures")

    def fail(self, method: str, *failures: Failure) -> None:
        """The next calls of a method fail, one after the other."""
        self._ask("fail", method=method, failures=[asdict(one) for one in failures])

    def chance(self, method: str, share: float, failures: Sequence[Failure], seed: int = 1) -> None:
        """From now on this share of a method's calls fails, each in one of these ways; 0 ends it."""
        self._ask("chance", method=method, share=share, failures=[asdict(one) for one in failures], seed=seed)

    def answer(self, method: str, given: Mapping[str, Any] | None) -> None:
        """What a method answers from now on; None: as usual."""
        self._ask("answer", method=method, given=given)

    def limits(self, channel: float = 0, workspace: float = 0, burst: int = 2) -> None:
        """Messages a second that are taken; 0: any number."""
        self._ask("limits", channel=channel, workspace=workspace, burst=burst)

    def members(self, channel: str, users: Sequence[str]) -> None:
        """Who is in a channel."""
        self._ask("members", channel=channel, users=list(users))

    def refusal(self, channel: str, code: str) -> None:
        """Posting to this conversation or person gets this error; "" ends it."""
        self._ask("refusal", channel=channel, code=code)

    def history_lag(self, seconds: float) -> None:
        """So long after it was posted a message stands in the history."""
        self._ask("history_lag", seconds=seconds)

    def outage(self, failure: Failure | None) -> None:
        """Every call gets this; None ends it."""
        self._ask("outage", failure=asdict(failure) if failure else None)

    def refuse(self) -> None:
        """Connections break and are refused."""
        self._ask("refuse")

    def accept(self) -> None:
        """Connections are taken again."""
        self._ask("accept")

    def clear(self) -> None:
        """As if nothing had happened so far."""
        self._ask("clear")

    def until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Wait for something; raises TimeoutError."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError
            time.sleep(0.01)

    def _ask(self, what: str, **arguments: Any) -> Any:
        body = json.dumps(arguments).encode()
        with urlopen(Request(f"{self._control}/{what}", body), timeout=30) as answer:  # noqa: S310 - loopback
            return json.load(answer)
