"""``python -m tests.bench.quality``: the quality bench with our own scorer beside its baselines, and what each trick gives.

The bench itself stands outside this tree, in the folder of ``--bench``. Nothing is written into this tree; vectors are
kept in ``$QUALITY_CACHE``. ``--tricks`` measures our scorer once more without each trick of ``TRICKS``, by setting the
constant that it hangs on.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from unittest import mock

from tests.bench.figures import BEST, PEERS, Results, Values, table, tricks_table

PLUGIN = "tests.bench.plugin:Scorer"
BASELINES = (*PEERS, "minilm-max", "minilm-logreg", "bm25", "hybrid-rrf", BEST)
#: Needs vectors of abstracts alone, which are made for these tasks only.
OF_ABSTRACTS, ABSTRACTS = "zotero-arxiv-daily", ("rec_cul_abs", "mix_cul_abs")
#: Those that answer no query.
NO_SEARCH = (OF_ABSTRACTS, "minilm-max", "minilm-logreg")


#: What a trick hangs on: constants as "module:NAME", and what they are without it.
TRICKS: Mapping[str, Mapping[str, object]] = {
    "titles told twice": {"bot.ingest.embedding:TITLE_SHARE": 0.0},
    "papers among their neighbours": {"bot.matching.settling:LEAST_NEARNESS": 1e9},
    "few likes lean on neighbours": {"bot.feedback.placing:LEANING": 0.0},
    "common directions turned down": {"bot.matching.background:WHITENED": 0.0},
    "the mean turned down": {"bot.matching.background:COMMON": 0.0},
    "words beside meaning": {"bot.matching.evidence:IN_WORDS": 0.0},
    "likes weighed": {"bot.feedback.weighing:WEIGHED_FROM": 10**6},
    "likes grouped": {"bot.feedback.grouping:ALIKE": -9.0},
    "places by strength": {"bot.matching.dealing:BY_STRENGTH": 0.0},
    "dislikes": {"bot.matching.dealing:PUSHED": 0.0, "bot.matching.dealing:FAR_NEARER": 1e9},
    "words beside meaning, search": {"bot.index.ranking:_WORDS": 0.0},
    "pairs of words, search": {"bot.index.bm25:_PAIRS": 0.0},
    "text towards the best, search": {"bot.index.ranking:_TOWARDS": 0.0},
    "words, similar": {"bot.index.likeness:_WORDS": 0.0},
    "neighbours' scores, similar": {"bot.index.likeness:_NEIGHBOURS": 0.0},
}


class Unlike(Exception):
    """The results have another shape than the bench gives."""


def constants(names: Iterable[str]) -> dict[str, object]:
    """What these constants, "module:NAME" each, are now. Raises AttributeError for one that went."""
    split = {one: one.partition(":") for one in names}
    return {one: getattr(importlib.import_module(module), name) for one, (module, _, name) in split.items()}


@contextmanager
def without_trick(name: str) -> Generator[None]:
    """Our functions without a trick of ``TRICKS`` as long as this lasts. Raises AttributeError for a constant that went."""
    with ExitStack() as stack:
        for where, value in TRICKS[name].items():
            module, _, constant = where.partition(":")
            stack.enter_context(mock.patch.object(importlib.import_module(module), constant, value))
        yield


def read_results(path: Path) -> Results:
    """What the bench wrote. Raises OSError, ValueError, Unlike."""
    found = json.loads(path.read_text())
    if not isinstance(found, dict):
        raise Unlike(path.name)
    return found  # pyright: ignore[reportUnknownVariableType] - figure_of looks at what it needs


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; exit code 2 where it is not there, 1 where it fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.quality", description=__doc__)
    parser.add_argument("--bench", type=Path, default=Path(os.environ.get("QUALITY") or "../shared/quality"))
    parser.add_argument("--half", choices=("dev", "heldout", "both"), default="dev")
    parser.add_argument("--tasks", default="all", help="as the bench takes them")
    parser.add_argument("--scorers", default=",".join(BASELINES), help="baselines to run beside ours, or none")
    parser.add_argument("--tricks", action="store_true", help="measure ours without each trick, and no baseline")
    asked = parser.parse_args(arguments)
    program = asked.bench / "bench.py"
    if not program.is_file():
        print(f"there is no quality bench in {asked.bench}: name its folder by QUALITY=", file=sys.stderr)  # noqa: T201
        return 2
    with tempfile.TemporaryDirectory() as folder:
        if not asked.tricks:
            results = _beside(program, asked.half, asked.tasks, asked.scorers.split(","), Path(folder) / "whole.json")
            print(f"\n{table(results)}")  # noqa: T201 - this program's output
            return 0
        whole = _run(program, asked.half, asked.tasks, "none", Path(folder) / "whole.json")
        without: dict[str, Results] = {}
        for place, name in enumerate(TRICKS):
            with without_trick(name):
                without[name] = _run(program, asked.half, asked.tasks, "none", Path(folder) / f"{place}.json")
        print(f"\n{tricks_table(whole, without)}")  # noqa: T201 - this program's output
    return 0


def _beside(program: Path, half: str, tasks: str, scorers: Sequence[str], found: Path) -> Results:
    """Ours beside these baselines, each where it has its vectors."""
    begins = tuple(tasks.replace("all", "").split(","))
    wanted: list[str] = [task for task in _module(program).TASKS if task.startswith(begins)]
    searches = [task for task in wanted if task.startswith("search")]
    others = [task for task in wanted if task not in ABSTRACTS and task not in searches]
    groups = (
        ([task for task in wanted if task in ABSTRACTS], scorers),
        (others, [name for name in scorers if name != OF_ABSTRACTS]),
        (searches, [name for name in scorers if name not in NO_SEARCH]),
    )
    results: dict[str, Mapping[str, Mapping[str, Mapping[str, Values]]]] = {}
    for asked, names in groups:
        if asked:
            results |= _run(program, half, ",".join(asked), ",".join(names), found)
    return results


def _run(program: Path, half: str, tasks: str, scorers: str, found: Path) -> Results:
    """Run the bench in this process, where constants may be set. Raises SystemExit for what it cannot do."""
    bench = _module(program)
    asked = ["--half", half, "--tasks", tasks, "--scorers", scorers, "--plugin", PLUGIN, "--ref", BEST]
    with mock.patch.object(sys, "argv", [str(program), *asked, "--json", str(found)]):
        bench.main()
    return read_results(found)


def _module(program: Path) -> ModuleType:
    description = importlib.util.spec_from_file_location("quality_bench", program)
    if description is None or description.loader is None:
        raise SystemExit(f"{program} is no program")
    made = importlib.util.module_from_spec(description)
    sys.modules[description.name] = made
    description.loader.exec_module(made)
    return made


if __name__ == "__main__":
    sys.exit(main())
