"""The image: what it is made of, what it may do, and whether its health check tells the truth."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import distributions
from typing import cast

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deployed import TOP, text


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their words, lines joined, comments left out."""
    lines = [line for line in text("Dockerfile").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(name, words) for name, _, words in (line.partition(" ") for line in joined.splitlines() if line.strip())]


def test_image_is_of_an_exact_python(steps: list[tuple[str, str]]) -> None:
    """Both stages stand on one Python, whose tag names every digit."""
    (image,) = [words for name, words in steps if name == "ARG" and words.startswith("PYTHON_IMAGE=")]
    assert re.fullmatch(r"PYTHON_IMAGE=[\w./-]+:\d+\.\d+\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?", image)
    assert [words.split()[0] for name, words in steps if name == "FROM"] == ["${PYTHON_IMAGE}"] * 2


def test_image_installs_only_what_is_locked(steps: list[tuple[str, str]]) -> None:
    """Each pip line takes locked packages, or none at all, and nothing comes from Debian or by an address."""
    runs = " && ".join(words for name, words in steps if name == "RUN")
    installs = re.findall(r"pip install (.*?)(?= && |$)", runs)
    assert len(installs) == 3
    assert all("--no-deps" in words for words in installs)
    assert [words for words in installs if "--require-hashes" in words] == [
        "--no-deps --require-hashes --requirement deploy/requirements.txt"
    ]
    assert not re.search(r"\b(apt-get|apt|curl|wget|sudo)\b", runs)
    assert "ADD" not in dict(steps)


def test_image_runs_as_nobody_in_particular(steps: list[tuple[str, str]]) -> None:
    """The last stage ends as uid 10001, with one volume, in exec form, and builds nothing."""
    last = steps[max(place for place, (name, _) in enumerate(steps) if name == "FROM") :]
    told = dict(last)
    assert told["USER"] == "10001:10001"
    assert json.loads(told["VOLUME"]) == ["/data"]
    assert json.loads(told["ENTRYPOINT"]) == ["paperbot"]
    assert json.loads(told["CMD"]) == ["run"]
    assert not any("pip" in words for name, words in last if name == "RUN")


def test_image_holds_no_secret(steps: list[tuple[str, str]]) -> None:
    """No layer is told a secret, and what the builder gets are exactly the things that are copied."""
    given = " ".join(words for name, words in steps if name in ("ARG", "ENV"))
    assert not re.search(r"(?i)token|secret|password", given)
    copied = [word for name, words in steps if name == "COPY" and "--from" not in words for word in words.split()[:-1]]
    rules = text("Dockerfile.dockerignore").splitlines()
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert "*" in rules
    assert set(copied) == allowed
    assert all((TOP / name).exists() for name in copied)


def test_lock_is_whole_for_the_python_of_the_image(steps: list[tuple[str, str]]) -> None:
    """The lock was made on another Python than the image has, and misses nothing there."""
    (image,) = [words for name, words in steps if name == "ARG" and words.startswith("PYTHON_IMAGE=")]
    found = re.search(r":(\d+\.\d+)(\.\d+)", image)
    assert found is not None
    place = {
        **default_environment(),
        "python_version": found[1],
        "python_full_version": found[1] + found[2],
        "extra": "",
    }
    lock = re.findall(r"^([\w.-]+)==([\w.]+)", text("requirements.txt") + text("torch.txt"), re.MULTILINE)
    locked = {canonicalize_name(name): number for name, number in lock}
    wanted = [
        (package.name, needed)
        for package in distributions()
        # What PyTorch needs depends on its build: the image takes the one without CUDA, whoever runs this perhaps not.
        if canonicalize_name(package.name) in locked and package.name != "torch"
        for needed in map(Requirement, package.requires or ())
        if needed.marker is None or needed.marker.evaluate(cast("dict[str, str | set[str]]", place))
    ]
    assert len(wanted) > 100
    missed = [
        f"{name} needs {needed}"
        for name, needed in wanted
        if not needed.specifier.contains(locked.get(canonicalize_name(needed.name), "0"), prereleases=True)
        or canonicalize_name(needed.name) not in locked
    ]
    assert not missed


@contextmanager
def answering(status: int) -> Generator[int]:
    """A server of this machine that gives this status to everything; gives its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/livez" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
            """Nothing is printed."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_health_check_tells_the_living_from_the_dead(steps: list[tuple[str, str]]) -> None:
    """The image's own check passes at 200, fails at 503 and where nobody answers."""
    (words,) = [words for name, words in steps if name == "HEALTHCHECK"]
    command: list[str] = json.loads(words.partition(" CMD ")[2])

    def checked(port: int) -> bool:
        environment = {**os.environ, "PAPERBOT_HTTP__OPS_PORT": str(port)}
        return not subprocess.run(
            [sys.executable, *command[1:]], env=environment, capture_output=True, check=False
        ).returncode

    assert command[0] == "python"
    with answering(200) as port:
        assert checked(port)
    with answering(503) as port:
        assert not checked(port)
    assert not checked(port)
