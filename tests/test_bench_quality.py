"""The quality bench's plug-in ranks by what decides in the bot, and the tables tell what was measured."""

from __future__ import annotations

import asyncio
import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bot.models import ModelTag
from tests.bench import figures, quality
from tests.bench.cached_vectors import CachedVectors
from tests.bench.plugin import Scorer
from tests.fakes import hashing_embedder

SUBJECTS = {
    "tide": "tidal marsh sediment salinity estuary brackish mudflat",
    "lute": "lute tablature baroque luthier fretboard gut strings",
    "moth": "moth wing scale pheromone antenna nocturnal pollination",
}


@dataclass(frozen=True)
class Paper:
    """A paper as the bench hands it over."""

    id: str
    title: str
    abstract: str


def of_subject(name: str, count: int) -> list[Paper]:
    """Papers that share a subject's words, and have some of their own."""
    words = SUBJECTS[name].split()
    return [
        Paper(
            f"{name}{place}",
            f"{words[place % len(words)]} {name}{place}",
            f"{' '.join(words)} own{name}{place} {words[place % 3]}.",
        )
        for place in range(count)
    ]


CORPUS = [paper for name in SUBJECTS for paper in of_subject(name, 12)] + [
    Paper(f"fill{place}", f"filler{place} plain{place}", f"lone{place} bare{place} single{place}.")
    for place in range(40)
]
BY_ID = {paper.id: paper for paper in CORPUS}


@pytest.fixture(scope="module")
def scorer() -> Iterator[Scorer]:
    """A scorer that has taken in the corpus, with a model that needs no weights."""
    made = Scorer(hashing_embedder(dimension=256))
    made.prepare(CORPUS)
    yield made
    made.close()


def best(scores: list[float], candidates: list[Paper], count: int) -> list[str]:
    """The subjects of the best ``count`` candidates."""
    order = np.argsort(-np.array(scores), kind="stable")[:count]
    return [candidates[int(place)].id.rstrip("0123456789") for place in order]


def others(*rated: str) -> list[Paper]:
    """The papers that nobody rated."""
    return [paper for paper in CORPUS if paper.id not in rated]


def test_papers_like_the_liked_ones_come_first(scorer: Scorer) -> None:
    """One like is enough to bring its subject to the top; every candidate has a place of its own."""
    candidates = others("tide0")
    scores = scorer.recommend([BY_ID["tide0"]], [], candidates)
    assert best(scores, candidates, 8) == ["tide"] * 8
    assert len(set(scores)) == len(candidates)


def test_a_small_interest_is_served_beside_a_big_one(scorer: Scorer) -> None:
    """Ten likes of one subject leave room among the first ten for the only like of another."""
    liked = [f"tide{place}" for place in range(10)] + ["lute3"]
    candidates = others(*liked)
    scores = scorer.recommend([BY_ID[one] for one in liked], [], candidates)
    found = best(scores, candidates, 8)
    assert "lute" in found
    assert "tide" in found


def test_a_dislike_pushes_its_subject_back_and_no_other(scorer: Scorer) -> None:
    """Of two subjects that are liked, the one that a paper was disliked of gets fewer of the first places."""
    liked, disliked = ["tide0", "tide1", "moth0", "moth1"], ["moth2", "moth3"]
    candidates = others(*liked, *disliked)
    papers = [BY_ID[one] for one in liked]
    before = best(scorer.recommend(papers, [], candidates), candidates, 10)
    after = best(scorer.recommend(papers, [BY_ID[one] for one in disliked], candidates), candidates, 10)
    assert after.count("moth") < before.count("moth")
    assert after.count("tide") >= before.count("tide")


def test_similar_and_found_papers_are_of_the_subject(scorer: Scorer) -> None:
    """Similar papers and a search's answers are those of the index."""
    candidates = others("lute2")
    assert best(scorer.similar(BY_ID["lute2"], candidates), candidates, 6) == ["lute"] * 6
    assert best(scorer.search("pheromone antenna of a moth", CORPUS), CORPUS, 6) == ["moth"] * 6


def test_vectors_are_kept_between_runs(tmp_path: Path) -> None:
    """What one run embedded the next one reads; another model reads nothing of it."""
    tag, rows = ModelTag("some", "1", 3), {b"a" * 32: np.ones(3, np.float32)}
    first = CachedVectors(tmp_path)
    asyncio.run(first.cache(tag, rows))
    first.save()
    second = CachedVectors(tmp_path)
    assert asyncio.run(second.cached(tag, [b"a" * 32, b"b" * 32]))[b"a" * 32].tolist() == [1, 1, 1]
    assert asyncio.run(second.cached(ModelTag("other", "1", 3), [b"a" * 32])) == {}


def test_an_interval_is_that_of_paired_differences() -> None:
    """It holds the mean, is a point where all differences are alike, and tasks count alike whatever their size."""
    assert figures.interval([[0.1] * 20]) == pytest.approx((0.1, 0.1, 0.1))
    mean, low, high = figures.interval([[0.0, 1.0] * 50, [3.0]])
    assert mean == pytest.approx(1.75)
    assert low < mean < high
    assert figures.differences({"a": 1.0, "b": 2.0}, {"b": 0.5, "c": 9.0}) == [1.5]


def test_every_trick_hangs_on_a_constant_that_is_there() -> None:
    """Each can be taken away, and is back afterwards."""
    for name, constants in quality.TRICKS.items():
        before = quality.constants(constants)
        with quality.without_trick(name):
            assert quality.constants(constants) == dict(constants)
        assert quality.constants(constants) == before != dict(constants)


BENCH = """
    import json, sys
    TASKS = ["rec_cul_abs", "sim_cul_cite"]
    values = {"paperbot": {"u1": 0.5, "u2": 0.7}, "best": {"u1": 0.4, "u2": 0.6}, "minilm-mean": {"u1": 0.1, "u2": 0.2}}
    def main():
        asked = sys.argv[sys.argv.index("--tasks") + 1].split(",")
        found = {task: {name: {"k=5": {"MAP": one}} for name, one in values.items()} for task in asked}
        with open(sys.argv[sys.argv.index("--json") + 1], "w") as file:
            json.dump(found, file)
"""


def test_the_table_tells_who_is_above_whom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ours beside the best recipe and the best peer, with intervals; only what was measured has a line."""
    (tmp_path / "bench.py").write_text(textwrap.dedent(BENCH))
    assert quality.main(["--bench", str(tmp_path)]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert len(lines) == 3
    assert lines[2].startswith("| five likes, MAP | 0.6000 | 0.5000 | +0.1000 [+0.1000, +0.1000] *")
    assert "minilm-mean 0.1500" in lines[2]


def test_each_trick_is_told_where_it_changes_something() -> None:
    """What it gives stands in thousandths, with its interval; a trick that a figure does not hang on has no line there."""
    whole = {"rec_cul_abs": {"paperbot": {"k=5": {"MAP": {"u1": 0.5, "u2": 0.7}}, "k=10": {"MAP": {"u1": 0.3}}}}}
    worse = {"rec_cul_abs": {"paperbot": {"k=5": {"MAP": {"u1": 0.4, "u2": 0.6}}, "k=10": {"MAP": {"u1": 0.3}}}}}
    assert figures.tricks_table(whole, {"words": worse, "weights": whole}).splitlines() == [
        "| without | five likes, MAP | ten likes, MAP |",
        "| --- | --- | --- |",
        "| words | +100.0 [+100.0, +100.0] | 0 |",
    ]


def test_ours_is_measured_once_without_each_trick(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No baseline is run then; where nothing changes, there is no table."""
    (tmp_path / "bench.py").write_text(textwrap.dedent(BENCH))
    assert quality.main(["--bench", str(tmp_path), "--tasks", "rec_cul_abs", "--tricks"]) == 0
    assert "|" not in capsys.readouterr().out


def test_without_the_bench_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The bench stands outside this tree; a machine without it is told how to name its folder."""
    assert quality.main(["--bench", str(tmp_path / "nowhere")]) == 2
    assert "QUALITY=" in capsys.readouterr().err


def test_results_of_another_shape_are_refused(tmp_path: Path) -> None:
    """What is no table of results is not read as one."""
    path = tmp_path / "found.json"
    path.write_text(json.dumps([1, 2]))
    with pytest.raises(quality.Unlike):
        quality.read_results(path)
