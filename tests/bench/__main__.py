"""``python -m tests.bench [NAME…] [--json]``: run benches, print each result as it comes, exit 1 if one failed."""

from __future__ import annotations

import argparse
import importlib
import json
import sys

from tests.bench import SLACK, Result

#: A new bench is one file in this folder with ``run() -> Result``, and one line here.
NAMES = {
    "embed": "time of our embedder / SentenceTransformer.encode",
    "ingest": "time of the whole pipeline / embedding alone",
    "match": "time of matching a million interests / reading them and one matrix product",
    "search": "99th percentile of a search in 100,000 papers while papers are added",
    "start": "time of --help / a bare interpreter; first vector; first acked command; memory of the idle bot",
    "ack": "99th percentile of the ack under ingest / idle; over a bare Bolt app; the answers",
    "deliver": "deliveries a second through the outbox / a bare loop of chat.postMessage; the paced rate",
    "peers": "a day's cost for 1,000 readers done as other tools do / ours",
}


def shown(result: Result, indent: str = "") -> str:
    """A result in lines for a person."""
    verdict = "kept" if result.kept else f"within {SLACK:.0%} slack" if not result.failed else "FAILED"
    bound = "at least" if result.at_least else "at most"
    runs = f" (rounds: {', '.join(f'{run:.4g}' for run in result.runs)})" if result.runs else ""
    lines = [
        f"{indent}{result.bench}: {result.figure:.4g}, {bound} {result.limit:g}: {verdict}. {result.reference}{runs}"
    ]
    lines += [f"{indent}  {name}: {value}" for name, value in result.extra.items()]
    lines += [shown(one, indent + "  ") for one in result.also]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the benches asked for (all of them by default). Exit code: 0 kept or within slack, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="; ".join(f"{n}: {say}" for n, say in NAMES.items()))
    parser.add_argument("--json", action="store_true", help="one JSON object a line, nothing else on stdout")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in NAMES]:
        parser.error(f"no bench is called {unknown[0]}; there are: {', '.join(NAMES)}")
    failed = False
    for name in asked.names or NAMES:
        print(f"{name}: {NAMES[name]} …", file=sys.stderr, flush=True)  # noqa: T201 - this program's output
        result: Result = importlib.import_module(f"tests.bench.{name}").run()
        failed = failed or result.failed
        print(json.dumps(result.as_json()) if asked.json else shown(result), flush=True)  # noqa: T201 - likewise
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
