"""Faults that the suite makes without a worker, here as often as promised: lost answers of the store, changes of clocks."""

from __future__ import annotations

import asyncio

from bot.models import DeliveryState
from tests.clock_changes import check, zones
from tests.faults import Outcome, Progress
from tests.faults.ground import Ground
from tests.outbox_cuts import on_lines_that_cut

#: Cuts of one delivery's life and of its thread's, about.
_CUTS_A_LIFE = 11
_AT_A_TIME = 80


async def answers_lost(ground: Ground, times: int, progress: Progress) -> Outcome:
    """The answer to every script is lost once, so that it is sent again; ``times`` connections are cut."""
    cuts = queued = lost = doubled = entries = 0
    unended = 0
    while cuts < times:
        await ground.fresh()
        folder = ground.folder / f"lines-{cuts}"
        folder.mkdir()
        lives = await on_lines_that_cut(ground.socket, folder, min(_AT_A_TIME, max(8, (times - cuts) // _CUTS_A_LIFE)))
        cuts += lives.cuts
        queued += 2 * lives.queued
        entries += sum(lives.taken.values())
        unended += sum(count for state, count in lives.states.items() if state is not DeliveryState.SENT)
        lost += 2 * lives.queued - sum(lives.states.values())
        # Taken at first, after it was put off; its thread at first, after it was replayed.
        doubled += sum(max(0, count - 2) for count in lives.taken.values())
        progress(min(cuts, times), times)
    broken = [f"{unended} deliveries are not in the ledger as sent"] if unended else []
    figure = f"{queued} deliveries; {entries} entries in the queue, none twice"
    return Outcome(cuts, lost, doubled, figure, tuple(broken))


async def clocks_change(_ground: Ground, times: int, progress: Progress) -> Outcome:
    """Every zone's changes from 2026 to 2030; every tenth of them in a tenth."""
    alike = list(zones().items())
    step = max(1, 1_000 // times)
    days = changes = 0
    for number, (found, names) in enumerate(alike[::step]):
        for at, _, _ in found:
            days += check(names[0], at, (0, 2, 9, 23))
            changes += 1
        progress(number + 1, len(alike[::step]))
        await asyncio.sleep(0)
    figure = (
        f"{changes} changes in {sum(len(names) for _, names in alike[::step])} zones; {days} local days, one slot each"
    )
    return Outcome(changes, figure=figure)
