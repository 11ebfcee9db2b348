"""The bench harness judges as it says, and its texts are as long as real ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from bot.embedder.locating import BUNDLED, find_model
from tests.bench import Result
from tests.bench.__main__ import main
from tests.bench.texts import papers, queries, texts


@pytest.mark.parametrize(
    ("figure", "at_least", "kept", "failed"),
    [
        (0.49, False, True, False),
        (0.60, False, False, False),
        (0.63, False, False, True),
        (0.51, True, True, False),
        (0.40, True, False, False),
        (0.37, True, False, True),
    ],
)
def test_slack_decides_the_exit_code_and_not_the_verdict(
    figure: float, at_least: bool, kept: bool, failed: bool
) -> None:
    """A figure beyond its limit is told as such; only a quarter beyond it is a failure."""
    result = Result("invented", figure, 0.5, "nothing", at_least=at_least)
    assert (result.kept, result.failed) == (kept, failed)
    assert Result("whole", 0, 1, "nothing", also=(result,)).failed == failed
    assert {"bench", "figure", "limit", "reference", "runs"} <= result.as_json().keys()
    assert result.as_json()["figure"] == figure


def test_an_unknown_bench_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """The names that there are stand in the message."""
    with pytest.raises(SystemExit) as left:
        main(["marathon"])
    assert left.value.code == 2
    assert "embed, ingest, match" in capsys.readouterr().err


def test_invented_texts_are_as_long_as_real_ones() -> None:
    """About 300 tokens on average and three of four beyond 256, as real abstracts have with this tokenizer."""
    folder: Path = find_model(BUNDLED, download=False).folder
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    lengths = [len(encoding) for encoding in tokenizer.encode_batch(texts(500))]
    assert 285 < sum(lengths) / len(lengths) < 315
    assert 0.70 < sum(length >= 256 for length in lengths) / len(lengths) < 0.80


def test_invented_papers_are_the_same_everywhere() -> None:
    """More of them extend fewer, none is there twice, and searches are short."""
    assert papers(20)[:10] == papers(10)
    assert papers(10, seed=1) != papers(10)
    assert len({paper.text for paper in papers(2_000)}) == 2_000
    assert {3 <= len(query.split()) <= 12 for query in queries(200)} == {True}
