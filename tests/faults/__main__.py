"""``python -m tests.faults [--tenth] [--lanes N] [--write FILE] [NAME…]``: break everything, count, exit 1 if a promise broke."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tests.faults import Outcome, Scenario, lives
from tests.faults.ground import prepared
from tests.faults.scenarios import SCENARIOS
from tests.faults.writing import page, table


def chosen(names: Sequence[str]) -> list[Scenario]:
    """The faults asked for: ``F4``, or the number of a row; all without a name."""
    return [
        one
        for number, one in enumerate(SCENARIOS, 1)
        if not names or any(name.upper() in (one.fault, f"#{number}") for name in names)
    ]


async def run_one(folder: Path, scenario: Scenario, times: int, tell: Progress | None, task: TaskID | None) -> Outcome:
    """One fault on a ground of its own. What goes wrong in making it is told as a broken promise."""

    def progress(done: int, of: int) -> None:
        if tell and task is not None:
            tell.update(task, completed=done, total=of)

    try:
        async with prepared(folder) as ground:
            return await scenario.run(ground, times, progress)
    except Exception as error:  # noqa: BLE001 - one fault's mistake ends no other
        return Outcome(times, broken=(f"{type(error).__name__}: {error}",))


async def run_all(
    scenarios: Sequence[Scenario], *, tenth: bool, lanes: int, console: Console
) -> list[tuple[Scenario, Outcome]]:
    """All of them, ``lanes`` at a time, the results in the order of the table."""
    results: dict[int, Outcome] = {}
    waiting = list(enumerate(scenarios))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="faults") as root, Progress(*columns, console=console) as tell:

        async def lane(name: str) -> None:
            while waiting:
                number, scenario = waiting.pop(0)
                times = scenario.count(tenth=tenth)
                task = tell.add_task(f"{scenario.fault} {scenario.what}", total=times)
                began = time.monotonic()
                outcome = await run_one(Path(root) / f"{name}{number}", scenario, times, tell, task)
                results[number] = outcome
                tell.remove_task(task)
                verdict = "kept" if outcome.kept else "BROKEN"
                tell.console.print(
                    f"{scenario.fault} {scenario.what}: {outcome.runs} runs, {outcome.lost} lost, "
                    f"{outcome.duplicated} duplicated, {verdict}, {time.monotonic() - began:.0f} s",
                    *(f"\n    {sentence}" for sentence in outcome.broken),
                    markup=False,
                    highlight=False,
                    soft_wrap=True,
                )

        await asyncio.gather(*(lane(f"{name}-") for name in "abcdefgh"[:lanes]))
    return [(scenario, results[number]) for number, scenario in enumerate(scenarios)]


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0: every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="F1 … F38, or #3 for the third row; all by default")
    parser.add_argument("--tenth", action="store_true", help="a tenth of it, as the suite does")
    parser.add_argument("--lanes", type=int, default=2, help="faults at a time")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table as Markdown")
    asked = parser.parse_args(arguments)
    scenarios = chosen(asked.names)
    if not scenarios:
        parser.error(f"no fault is called {asked.names[0]}")
    console = Console(file=sys.stdout)
    lives.warm()
    results = asyncio.run(run_all(scenarios, tenth=asked.tenth, lanes=asked.lanes, console=console))
    console.print(table(results))
    if asked.write:
        asked.write.write_text(page(results, tenth=asked.tenth), encoding="utf-8")
    return 0 if all(outcome.kept for _, outcome in results) else 1


if __name__ == "__main__":
    sys.exit(main())
