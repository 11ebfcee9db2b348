"""The quality bench's results as tables: what was measured, beside whom, and what each trick gives.

Differences are paired, reader by reader or query by query, with 95 % bootstrap intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: Values of one measure by the reader or the query that they are of.
Values = Mapping[str, float]
#: Values by task, scorer, variant and measure: what the bench writes with ``--json``.
Results = Mapping[str, Mapping[str, Mapping[str, Mapping[str, Values]]]]

OURS = "paperbot"
#: The best recipe that came with the bench.
BEST = "best"
PEERS = ("arxiv-sanity-lite", "zotero-arxiv-daily", "minilm-mean")
DRAWS = 4_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the table: the mean of a measure over the readers or queries of some tasks, each task alike."""

    name: str
    tasks: tuple[str, ...]
    variant: str
    measure: str


_SEARCHES = tuple(f"search_{name}" for name in ("scifact", "doris", "cisi", "cacm", "npl"))
FIGURES = (
    Figure("one like, MAP", ("rec_cul_abs",), "k=1", "MAP"),
    Figure("three likes, MAP", ("rec_cul_abs",), "k=3", "MAP"),
    Figure("five likes, MAP", ("rec_cul_abs",), "k=5", "MAP"),
    Figure("ten likes, MAP", ("rec_cul_abs",), "k=10", "MAP"),
    Figure("five likes, five dislikes, MAP", ("rec_cul_abs",), "k=5,-5", "MAP"),
    Figure("the same without the dislikes", ("rec_cul_abs",), "k=5,-0", "MAP"),
    Figure("10:1, small R@50", ("mix_cul_abs",), "10:1", "small R@50"),
    Figure("10:1, small hit@10", ("mix_cul_abs",), "10:1", "small hit@10"),
    Figure("10:1, big R@50", ("mix_cul_abs",), "10:1", "big R@50"),
    Figure("10:1, nDCG@10 of both", ("mix_cul_abs",), "10:1", "nDCG@10"),
    Figure("10:2, small R@50", ("mix_cul_abs",), "10:2", "small R@50"),
    Figure("10:2, nDCG@10 of both", ("mix_cul_abs",), "10:2", "nDCG@10"),
    Figure("bare titles, five likes, nDCG@10", ("rec_cul_title",), "k=5", "nDCG@10"),
    Figure("own papers, five, nDCG@10", ("rec_gs_own",), "k=5", "nDCG@10"),
    Figure("rated papers, 20 likes, pairs", ("rate_gs",), "k=20", "pair-acc"),
    Figure("similar, citations, nDCG@10", ("sim_cul_cite",), "", "nDCG@10"),
    Figure("similar, graded, nDCG%20", ("sim_csfcube",), "", "nDCG%20"),
    Figure("search, five sets, nDCG@10", _SEARCHES, "", "nDCG@10"),
)
#: How the names of tasks begin, for a table each.
KINDS = ("rec_cul_abs", "mix", ("rec_cul_title", "rec_gs", "rate"), ("sim", "search"))


def differences(ours: Values, theirs: Values) -> list[float]:
    """Ours minus theirs for everything that both measured, in a fixed order."""
    return [ours[one] - theirs[one] for one in sorted(ours.keys() & theirs.keys())]


def interval(tasks: Sequence[Sequence[float]], draws: int = DRAWS) -> tuple[float, float, float]:
    """The mean of paired differences with its 95 % bootstrap interval: drawn within each task, tasks counting alike."""
    random = np.random.default_rng(0)
    means = np.zeros(draws)
    for found in tasks:
        values = np.array(found)
        means += values[random.integers(0, len(values), (draws, len(values)))].mean(axis=1) / len(tasks)
    low, high = np.percentile(means, [2.5, 97.5])
    return sum(float(np.mean(found)) for found in tasks) / len(tasks), float(low), float(high)


def figure_of(results: Results, scorer: str, figure: Figure) -> float | None:
    """The figure of one scorer; None where it has none."""
    found = [_values(results, task, scorer, figure) for task in figure.tasks]
    if not all(found):
        return None
    return sum(float(np.mean(list(values.values()))) for values in found) / len(found)


def compared(results: Results, theirs: str, figure: Figure, ours: str = OURS) -> tuple[float, float, float] | None:
    """How far we are above another scorer, with the interval; None where one of both has no such figure."""
    pairs = [(_values(results, task, ours, figure), _values(results, task, theirs, figure)) for task in figure.tasks]
    if not all(mine and other for mine, other in pairs):
        return None
    return interval([differences(mine, other) for mine, other in pairs])


def table(results: Results) -> str:
    """Ours beside ``best`` and the best peer of each figure, with intervals; a star where ours is surely above."""
    lines = [
        "| figure | ours | best | ours - best | best peer | ours - peer |",
        "| --- | ---: | ---: | --- | --- | --- |",
    ]
    for figure in FIGURES:
        mine = figure_of(results, OURS, figure)
        if mine is None:
            continue
        peers = [(found, name) for name in PEERS if (found := figure_of(results, name, figure)) is not None]
        value, peer = max(peers, default=(None, ""))
        best = figure_of(results, BEST, figure)
        lines.append(
            f"| {figure.name} | {mine:.4f} | {_shown(best)} | {_told(compared(results, BEST, figure))} "
            f"| {peer} {_shown(value)} | {_told(compared(results, peer, figure))} |"
        )
    return "\n".join(lines)


def tricks_table(whole: Results, without: Mapping[str, Results]) -> str:
    """What each trick gives, in thousandths: ours with everything minus ours without it, with intervals.

    A trick has a line where it changes a figure, and a figure a column where it was measured.
    """
    tables: list[str] = []
    for kind in KINDS:
        figures = [one for one in FIGURES if one.tasks[0].startswith(kind) and figure_of(whole, OURS, one) is not None]
        lines = [f"| {' | '.join(['without', *(one.name for one in figures)])} |", f"| --- |{' --- |' * len(figures)}"]
        for name, results in without.items():
            found = [_given(whole, results, figure) for figure in figures]
            if any(found):
                lines.append(f"| {' | '.join([name, *(one or '0' for one in found)])} |")
        if len(lines) > 2:
            tables.append("\n".join(lines))
    return "\n\n".join(tables)


def _values(results: Results, task: str, scorer: str, figure: Figure) -> Values:
    return results.get(task, {}).get(scorer, {}).get(figure.variant, {}).get(figure.measure, {})


def _given(whole: Results, without: Results, figure: Figure) -> str:
    """What it is worth not to be without something, in thousandths; nothing where it changes nothing."""
    pairs = [(_values(whole, task, OURS, figure), _values(without, task, OURS, figure)) for task in figure.tasks]
    found = [differences(mine, other) for mine, other in pairs]
    if not all(found) or not any(one for task in found for one in task):
        return ""
    mean, low, high = (1000 * one for one in interval(found))
    return f"{mean:+.1f} [{low:+.1f}, {high:+.1f}]"


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _told(found: tuple[float, float, float] | None) -> str:
    if found is None:
        return ""
    mean, low, high = found
    return f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]{' *' if low > 0 else ''}"
