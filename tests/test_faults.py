"""A tenth of ``make faults``: everything is broken on purpose, and nothing is lost or said twice."""

from __future__ import annotations

import asyncio
import io

import pytest
from rich.console import Console

from tests.faults import Outcome, Scenario, lives
from tests.faults.__main__ import run_all
from tests.faults.scenarios import SCENARIOS
from tests.faults.writing import page

pytestmark = pytest.mark.alone

#: They mostly wait, so more of them than there are cores go on at the same time.
LANES = 8
HERE = [scenario for scenario in SCENARIOS if scenario.in_suite]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """What became of each fault."""
    lives.warm()
    results = asyncio.run(run_all(HERE, tenth=True, lanes=LANES, console=Console(file=io.StringIO())))
    return {scenario.what: outcome for scenario, outcome in results}


# The first of them waits for all.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("scenario", HERE, ids=lambda scenario: f"{scenario.fault}-{scenario.what}")
def test_promise_is_kept(scenario: Scenario, outcomes: dict[str, Outcome]) -> None:
    """What is promised for this fault was kept: nobody lost a paper, nobody got one twice."""
    outcome = outcomes[scenario.what]
    assert outcome.kept, (outcome.lost, outcome.duplicated, outcome.broken)


def test_the_page_names_every_fault_and_says_what_broke() -> None:
    """A row a fault; a broken promise stands in it in words, and a bar in a text breaks no column."""
    kept, broken = Outcome(10, figure="1 | 2"), Outcome(3, 1, 2, broken=("a worker ended",))
    written = page([(SCENARIOS[0], kept), (SCENARIOS[1], broken)], tenth=False)
    rows = [line for line in written.splitlines() if line.startswith("| F")]
    assert [row.count("|") for row in rows] == [10, 10]
    assert "| 10 | 0 | 0 | 1 / 2 | yes |" in rows[0]
    assert "| 3 | 1 | 2 | a worker ended | **no** |" in rows[1]
