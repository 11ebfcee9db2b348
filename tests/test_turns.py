"""Servers are asked by all processes of an installation as if these were one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.errors import PageUnavailable
from bot.pages import Ask
from bot.pages.waiting import LONGEST_WAIT
from bot.services import HostTurns
from bot.services.opening import open_pages
from bot.settings import Settings
from bot.store import Store
from tests.source_server import Fault, SourceServer


@dataclass
class Leases:
    """Leases by a clock that passes only while somebody sleeps."""

    seconds: float = 1_000_000.0
    held: dict[str, tuple[str, float]] = field(default_factory=dict[str, tuple[str, float]])

    async def hold(self, name: str, token: str, seconds: float, **_: Any) -> int | None:
        holder, until = self.held.get(name, ("", 0.0))
        if until > self.seconds and holder != token:
            return None
        self.held[name] = token, self.seconds + seconds
        return 1

    async def holder(self, name: str) -> str | None:
        holder, until = self.held.get(name, ("", 0.0))
        return holder if until > self.seconds else None

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def turns(self) -> HostTurns:
        leases: Any = self
        return HostTurns(leases, self.sleep, lambda: self.seconds)


async def test_two_processes_take_turns() -> None:
    """Each host at its pace, whoever asks; another host waits for nobody."""
    leases = Leases()
    one, other = leases.turns(), leases.turns()
    began, moments = leases.seconds, list[float]()
    for turns in (one, other, one):
        await turns.turn("arxiv.org", 3.0)
        moments.append(leases.seconds - began)
    await other.turn("papers.example.org", 1.0)
    assert moments == [pytest.approx(0), pytest.approx(3, abs=0.4), pytest.approx(6, abs=0.8)]
    assert leases.seconds - began == pytest.approx(moments[-1])


async def test_a_rest_that_one_process_heard_of_is_heeded_by_all(store: Store) -> None:
    """It is asked nothing, and the seconds that are left are told."""
    leases = Leases()
    one, other = leases.turns(), leases.turns()
    await one.leave("papers.example.org", 42)
    leases.seconds += 2
    assert (await other.left("papers.example.org"), await other.left("arxiv.org")) == (40, 0)
    await HostTurns(store.leases).leave("x.org:8080", LONGEST_WAIT)
    assert await HostTurns(store.leases).left("x.org:8080") == pytest.approx(LONGEST_WAIT, abs=5)
    await store.leases.hold("rest:broken.org", "no number")
    assert await HostTurns(store.leases).left("broken.org") == 0


async def test_doors_over_one_store_ask_in_turn(store: Store) -> None:
    """Two of them: the second one's request comes a pace after the first one's, and a 429 is both's."""
    async with SourceServer() as server:
        source = {"kind": "arxiv", "name": "preprints", "base_url": server.base_url}
        settings = Settings.model_validate({"sources": [source]})
        async with open_pages(settings, store) as one, open_pages(settings, store) as other:
            ask = Ask(f"{server.base_url}/rss/cs.CL", pace=0.5)
            await asyncio.gather(one.get(ask), other.get(ask))
            first, second = (asked.at for asked in server.requests)
            assert second - first > 0.4
            server.fail("/rss/", Fault.limited(42))
            with pytest.raises(PageUnavailable):
                await one.get(ask)
            server.mend()
            with pytest.raises(PageUnavailable) as left:
                await other.get(ask)
        assert len(server.requests) == 3
        assert left.value.retry_after == pytest.approx(42, abs=3)
