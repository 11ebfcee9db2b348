"""Turns, so that a server is asked only so often, and servers that asked to be left alone."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Protocol, TypeAlias

from bot.errors import PageUnavailable

#: Waits for a host's turn, given the host and the seconds between two of its requests.
Turn: TypeAlias = Callable[[str, float], Awaitable[None]]


class Rests(Protocol):
    """Servers that asked to be left alone, as several processes know them; each may raise what its keeper raises."""

    async def leave(self, host: str, seconds: float) -> None:
        """Nobody asks the host for so many seconds."""
        ...

    async def left(self, host: str) -> float:
        """Seconds for which it is still to be left alone."""
        ...


#: Seconds between two requests to arXiv, all its hosts together, one at a time: its terms of use for its interfaces.
ARXIV_PACE = 3.0
#: Seconds to leave a server alone that asked for it and did not say how long.
USUAL_WAIT = 60.0
#: Seconds that a server is left alone at most, whatever it says.
LONGEST_WAIT = 6 * 3_600.0
_LEFT = re.compile(r"(?:^|[;,\s])r=(\d{1,9})(?=$|[;,\s])")
_RESET = re.compile(r"(?:^|[;,\s])t=(\d{1,9}(?:\.\d{1,6})?)(?=$|[;,\s])")


def shared(host: str) -> str:
    """Under which name a server's turns are kept: arXiv's servers have theirs together."""
    return "arxiv.org" if f".{host}".endswith(".arxiv.org") else host.removeprefix("www.")


def asked_to_wait(status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds for which an answer asks to be left alone, 0 to ``LONGEST_WAIT``; None where it does not say.

    ``headers``: names in lower case. By ``RateLimit`` (``"api";r=0;t=42``, also beside a page that came: it was the last
    for now), or, of an answer that is none, by ``Retry-After`` in seconds or as a date beside the answer's own.
    """
    limit = headers.get("ratelimit", "")
    left, reset = _LEFT.search(limit), _RESET.search(limit)
    if reset and (status == 429 or (left and not int(left[1]))):  # noqa: PLR2004 - too many requests
        return min(float(reset[1]), LONGEST_WAIT)
    written = headers.get("retry-after", "").strip()
    if not written or status < 400:  # noqa: PLR2004 - the first that is no answer
        return None
    try:
        seconds = float(written)
    except ValueError:
        try:
            # Both are the server's clock, so ours need not agree.
            seconds = (parsedate_to_datetime(written) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if isfinite(seconds) else LONGEST_WAIT


class Waiting:
    """Who may be asked when. A server is asked one thing at a time."""

    def __init__(
        self,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        turn: Turn | None = None,
        rests: Rests | None = None,
    ) -> None:
        """``turn``: instead of this process's own turns, such as ones that several processes share.

        ``rests``: beside this process's own, those that other processes heard of.
        """
        self._now, self._sleep, self._rests = now, sleep, rests
        self._turn: Turn = turn or self._own_turn
        self._next: dict[str, float] = {}
        self._until: dict[str, float] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def alone_with(self, server: str) -> AsyncGenerator[None]:
        """Nobody else asks this server meanwhile. Raises PageUnavailable while it is to be left alone."""
        self._heed(server)
        async with self._asking[shared(server)]:
            self._heed(server)
            if self._rests and (left := await self._rests.left(shared(server))):
                self.leave(server, min(left, LONGEST_WAIT))
                self._heed(server)
            yield

    async def turn(self, server: str, pace: float) -> None:
        """Wait until the server may be asked again, ``pace`` seconds after it was asked last (arXiv: at least 3)."""
        name = shared(server)
        await self._turn(name, max(pace, ARXIV_PACE) if name == "arxiv.org" else pace)

    def leave(self, server: str, seconds: float) -> None:
        """Ask the server nothing for so many seconds."""
        name = shared(server)
        self._until[name] = max(self._until.get(name, 0.0), self._now() + seconds)

    async def told(self, server: str, seconds: float) -> None:
        """The server asked this process to leave it alone: the others heed it too."""
        self.leave(server, seconds)
        if self._rests:
            await self._rests.leave(shared(server), seconds)

    def _heed(self, server: str) -> None:
        left = self._until.get(shared(server), 0.0) - self._now()
        if left > 0:
            raise PageUnavailable(
                f"{server} asked to be left alone for a while. It is asked again then.",
                retry_after=left,
                cause=f"{server}: left alone for {left:.0f} s more",
            )

    async def _own_turn(self, server: str, pace: float) -> None:
        moment = max(self._now(), self._next.get(server, 0.0))
        self._next[server] = moment + pace
        if (wait := moment - self._now()) > 0:
            await self._sleep(wait)
