"""`paperbot dead` and `paperbot status`: what the host sees of deliveries, and what the host may do about them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StoreUnreachable, UserError
from bot.models import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Ending,
    SlotEnd,
    SourceState,
    UserId,
)
from bot.notify.pacing import POSTING
from bot.settings import Settings
from bot.store import Store
from bot.terminal import dead, doctor, standing
from tests.delivering import FLOWS, TAG
from tests.store_values import row

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
ADA = UserId("T1", "U1")
HOSTILE = "It was \x1b[31mrefused[/]\u202e by Slack"


@pytest.fixture
def settings(store_servers: Callable[[str | None], Path], tmp_path: Path) -> Settings:
    """An installation on the store of the test, at nine (UTC) on 18 March 2026."""
    return Settings.model_validate(
        {
            "store": {"url": f"unix://{store_servers(None)}", "data_dir": tmp_path},
            "testing": {"enabled": True, "clock": NOW.isoformat()},
        }
    )


@pytest.fixture(autouse=True)
async def readers(store: Store) -> None:
    """Ada follows something."""
    await store.profiles.put_interest(ADA, FLOWS, row(), TAG)


async def bury(store: Store, *names: str) -> None:
    """These notes for Ada are dead."""
    for name in names:
        assert (
            await store.outbox.enqueue(Delivery(f"note:U1:{name}", ADA, DeliveryKind.NOTE, NOW, notes=("Hello.",)))
            == ()
        )
        [entry] = await store.outbox.read("T1", "run", 1, 0.0)
        await store.outbox.begin(entry, "run", 60.0)
        await store.outbox.bury(entry, HOSTILE, NOW)


def rows(out: pytest.CaptureFixture[bytes]) -> list[dict[str, Any]]:
    """The JSON lines that were printed."""
    return [json.loads(line) for line in out.readouterr().out.splitlines()]


async def test_they_are_listed(store: Store, settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Each with its reader, reason and tries; as text, nothing of it is obeyed by the terminal."""
    await bury(store, "one", "two")
    assert await dead.show(settings, as_json=True) == 0
    first, second = rows(capfdbinary)
    assert first == {
        "id": "note:U1:one",
        "reader": "T1/U1",
        "kind": "note",
        "papers": 0,
        "reason": HOSTILE,
        "medium": "slack",
        "to": "",
        "tries": 1,
        "at": NOW.isoformat(),
    }
    assert second["id"] == "note:U1:two"
    await dead.show(settings, as_json=False)
    shown = capfdbinary.readouterr().out.decode()
    assert [line for line in shown.splitlines() if line[:1] != " "] == ["note:U1:one", "note:U1:two"]
    assert "to T1/U1, dead since 18 Mar 09:00 UTC after 1 try: It was [31mrefused[/] " in shown
    assert {"\x1b", "\u202e"} & set(shown) == set()


async def test_ids_are_never_broken(
    store: Store, settings: Settings, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However narrow the terminal: they are copied from there."""
    monkeypatch.setenv("COLUMNS", "30")
    await bury(store, "a-name-that-is-longer-than-a-line")
    await dead.show(settings, as_json=False)
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert lines[0] == "note:U1:a-name-that-is-longer-than-a-line"
    assert max(map(len, lines[1:])) <= 30


async def test_nothing_is_dead(settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The list is empty, and that is said."""
    await dead.show(settings, as_json=False)
    assert b"Nothing is dead" in capfdbinary.readouterr().out


async def test_they_are_sent_after_all(
    store: Store, settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Replayed, they wait in the queue again; whatever else was named is told."""
    await bury(store, "one", "two")
    assert await dead.replay(settings, ["note:U1:one", "nobody"], as_json=True) == 0
    assert rows(capfdbinary) == [{"queued_again": ["note:U1:one"], "unknown": ["nobody"]}]
    assert await store.outbox.state(ADA, "note:U1:one") is not DeliveryState.DEAD
    assert (await store.outbox.depth("T1")).dead == 1
    with pytest.raises(UserError, match="paperbot dead list"):
        await dead.replay(settings, ["nobody"], as_json=False)


async def test_they_are_dropped(store: Store, settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """All of them at once; none is ever sent."""
    await bury(store, "one", "two")
    assert await dead.drop(settings, None, as_json=False) == 0
    assert capfdbinary.readouterr().out == b"2 deliveries dropped.\n"
    depth = await store.outbox.depth("T1")
    assert (depth.dead, depth.queued, depth.parked) == (0, 0, 0)


async def test_how_it_stands(store: Store, settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The sources with what is wrong, who leads, what waits, and how the readers' last days ended."""
    await bury(store, "one")
    await store.outbox.enqueue(Delivery("note:U1:two", ADA, DeliveryKind.NOTE, NOW, notes=("Hello.",)))
    await store.leases.hold("scheduler", "laptop-1")
    looked = datetime(2026, 3, 18, 8, tzinfo=UTC)
    await store.sources.tell(SourceState("inbox", looked=looked, brought=datetime(2026, 3, 9, tzinfo=UTC), papers=40))
    await store.ends.tell(SlotEnd(ADA, date(2026, 3, 17), Ending.QUIET, NOW, note=HOSTILE))
    assert await standing.run(settings, as_json=True) == 0
    [told] = rows(capfdbinary)
    assert told["leader"] == "laptop-1"
    [source] = told["sources"]
    assert (source["name"], source["papers"], source["fault"] is None) == ("inbox", 40, False)
    assert (source["kind"], datetime.fromisoformat(source["next"]) >= looked) == ("folder", True)
    [workspace] = told["workspaces"]
    assert (workspace["workspace"], workspace["readers"]) == ("T1", 1)
    assert {name: workspace["queue"][name] for name in ("queued", "parked", "taken", "dead")} == {
        "queued": 1,
        "parked": 0,
        "taken": 0,
        "dead": 1,
    }
    assert [(day["day"], day["ending"]) for day in workspace["days"]] == [("2026-03-17", "quiet")]
    await standing.run(settings, as_json=False)
    shown = capfdbinary.readouterr().out.decode()
    assert [word for word in ("laptop-1", "stale", "T1: 1 reader", "1 dead", "quiet") if word not in shown] == []
    assert "queue: 1 queued, 0 parked, 0 being sent, 1 dead; oldest " in shown
    assert {"\x1b", "\u202e"} & set(shown) == set()


async def test_a_pause_of_slacks(store: Store, settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """While Slack wants no message, and where something has waited long, it is said."""
    await store.outbox.enqueue(Delivery("note:U1:two", ADA, DeliveryKind.NOTE, NOW, notes=("Hello.",)))
    await store.turns(settings.delivery, lambda: "T1").pause(POSTING, 600)
    await standing.run(settings, as_json=False)
    assert "Slack asked for a pause: nothing is posted for 10 min" in capfdbinary.readouterr().out.decode()
    await standing.run(settings, as_json=True)
    assert 590 < rows(capfdbinary)[0]["workspaces"][0]["pause"] <= 600


async def test_nobody_leads(settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Where no bot runs, that is what is said first."""
    await standing.run(settings, as_json=False)
    assert "is `paperbot run` up?" in capfdbinary.readouterr().out.decode().partition("Sources")[0].replace("\n", " ")


async def test_a_store_that_takes_nothing_more(
    settings: Settings, raw_store: Any, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """It is what is said first, with what to do; and the set-up is not all right."""
    raw_store.execute_command("CONFIG", "SET", "maxmemory", "1")
    try:
        await standing.run(settings, as_json=True)
        await standing.run(settings, as_json=False)
        checked = await doctor.store_check(settings)
    finally:
        raw_store.execute_command("CONFIG", "SET", "maxmemory", "0")
    as_json, shown = capfdbinary.readouterr().out.decode().split("\n", 1)
    assert "is out of memory: give its server more (maxmemory)." in json.loads(as_json)["full"]
    assert shown.startswith("The store takes nothing more")
    assert (checked.ok, checked.say) == (False, json.loads(as_json)["full"])
    await standing.run(settings, as_json=True)
    assert rows(capfdbinary)[0]["full"] is None
    assert (await doctor.store_check(settings)).ok


@pytest.mark.parametrize("command", [standing.run, dead.show], ids=["status", "dead list"])
async def test_a_store_that_hangs(command: Any, settings: Settings, raw_store: Any) -> None:
    """Who looks what is wrong hears within three seconds that nobody answers."""
    raw_store.execute_command("CLIENT", "PAUSE", 2_500, "ALL")
    began = time.monotonic()
    with pytest.raises(StoreUnreachable, match="Nobody answers at"):
        await command(settings, as_json=True)
    assert time.monotonic() - began < 3
