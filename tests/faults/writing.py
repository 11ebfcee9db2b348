"""The results as a table: in the terminal, and as deploy/RELIABILITY.md. No dates: the same results give the same file."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from tests.faults import Outcome, Scenario

_BEFORE = """\
# What was broken on purpose, and what became of it

Written by `make faults`. Every row is a fault that was made so often, on a whole bot: real workers as processes of
their own that are killed (SIGKILL), stopped and started, a real store on its own files, and a stand-in for Slack in a
process of its own that keeps every message and fails on demand. Afterwards everything that was queued is compared with
everything that Slack has, paper by paper and conversation by conversation. *Lost*: a reader never got it.
*Duplicated*: a reader got it twice.

Waiting times are short here (`[delivery] send_timeout`, `reclaim_after`, `lookup_after` of a second or a few instead of
15, 60 and 60), so that all of it takes less than an hour on two cores. `make test` repeats a tenth of it.

"""
_AFTER = """
## What is promised, and what is not

- **Nothing is lost, and nothing is sent twice, wherever Slack's history may be read** (`im:history`, `channels:history`,
  `groups:history`). Slack has no key that makes a post idempotent. So each message carries an opaque key in its
  metadata, and an attempt of which nobody knows the end is looked up by it before anything is sent again.
- **Where history may not be read**, a direct message is sent again (at most one duplicate for each lost answer), and a
  digest in a channel is held for the host: `paperbot dead list` shows it, `paperbot dead replay` sends it.
- **A power cut of the store's machine** loses the last second of what it noted (`appendfsync everysec`). What was queued
  in it is derived again from the dumps; what was sent in it may be sent once more. `appendfsync always` on a server of
  your own closes this.
- **A store whose servers stand in for each other** copies its writes without waiting for the copy, so Redis itself
  promises none that were made in the last moments before a server died. F12 and F13 lost none in their kills; what is
  lost may be sent once more. One thing loses more than moments: a server that comes back with what it had when it died,
  and is made the primary before it has caught up. With `down-after-milliseconds 1000` on a machine that was too busy to
  answer in time, Sentinels did that three times in sixty kills: of 5,700 papers 170 came twice and 2 never. So leave
  `down-after-milliseconds` and `cluster-node-timeout` at five seconds or more, and set `min-replicas-to-write 1` on both
  servers: then a primary without a copy takes nothing in.
- **While another server takes over** people who ask are told within a second that the store is away, Slack repeats its
  events, and everything else waits. A slot that moves to another node is not noticed as long as it is here and there for
  less than a second; Redis lets no script touch keys that are here and there (`TRYAGAIN`), so a workspace of many
  thousand readers is moved at night, or at once with Valkey 9 (`CLUSTER MIGRATESLOTS`).
- **A worker that stands still for longer than `lookup_after`** and then goes on writes nothing that another one may have
  taken over meanwhile: it looks at the clock when it writes the request, so what is left is a stop between that look
  and the first byte. F19 counts none in its stops.
"""


def table(results: Sequence[tuple[Scenario, Outcome]]) -> Table:
    """For a terminal."""
    shown = Table(box=None, pad_edge=False)
    for name in ("", "what breaks", "runs", "lost", "duplicated", "figures"):
        shown.add_column(name, justify="right" if name in ("runs", "lost", "duplicated") else "left")
    for scenario, outcome in sorted(results, key=_number):
        figures = "; ".join(part for part in (outcome.figure, *outcome.broken) if part)
        style = None if outcome.kept else "red"
        counts = (f"{outcome.runs:,}", str(outcome.lost), str(outcome.duplicated))
        shown.add_row(scenario.fault, scenario.what, *counts, figures, style=style)
    return shown


def page(results: Sequence[tuple[Scenario, Outcome]], *, tenth: bool) -> str:
    """deploy/RELIABILITY.md."""
    lines = [_BEFORE]
    if tenth:
        lines.append("These are the figures of a tenth of it.\n\n")
    lines.append("| fault | what breaks | how | promised | runs | lost | duplicated | figures | kept |\n")
    lines.append("| --- | --- | --- | --- | ---: | ---: | ---: | --- | --- |\n")
    for scenario, outcome in sorted(results, key=_number):
        figures = "; ".join(part for part in (outcome.figure, *outcome.broken) if part)
        cells = (
            scenario.fault,
            scenario.what,
            scenario.done,
            scenario.promise,
            f"{outcome.runs:,}",
            str(outcome.lost),
            str(outcome.duplicated),
            figures,
            "yes" if outcome.kept else "**no**",
        )
        lines.append(f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |\n")
    return "".join([*lines, _AFTER])


def _number(result: tuple[Scenario, Outcome]) -> int:
    """``F7`` and ``F7-F9`` come seventh."""
    return int(result[0].fault.split("-")[0].removeprefix("F"))
