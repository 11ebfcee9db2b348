"""Killed with -9 at any point, the next run finishes the job: no paper is lost and nobody is told twice."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.pages import Invented, invented, json_page, text_page

TOPICS = ("speech recognition", "robot grasping", "protein folding", "weather forecasting")
PAPERS = [invented(topic, number) for topic in TOPICS for number in range(20)]
KILLS = 8
LONG_AGO = 1_700_000_000


class Host:
    """One installation: a config, a data folder, an inbox, and the real program."""

    def __init__(self, root: Path, model_folder: Path) -> None:
        root.mkdir()
        self.root = root / "data"
        self.config = root / "config.toml"
        self.config.write_text(f'[store]\ndata_dir = "data"\n[model]\ncache_dir = "{model_folder}"\n')

    def fill_inbox(self) -> None:
        known = [Invented(p.title, p.abstract, f"2603.{number:05d}") for number, p in enumerate(PAPERS[30:])]
        pages = {"a.txt": text_page(PAPERS[:35]), "b.txt": text_page(PAPERS[25:60]), "c.json": json_page(known)}
        inbox = self.root / "inbox"
        inbox.mkdir(parents=True)
        for name, content in pages.items():
            (inbox / name).write_bytes(content)
            os.utime(inbox / name, (LONG_AGO, LONG_AGO))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "bot", *arguments, "--json", "--config", str(self.config)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def say(self, *arguments: str) -> list[dict[str, Any]]:
        program = self.start(*arguments)
        out, err = program.communicate(timeout=60)
        assert program.returncode == 0, err
        return [json.loads(line) for line in out.splitlines()]

    def outcome(self) -> dict[str, object]:
        return {
            "alerts": {
                reader: sorted(row["title"] for row in self.say("alerts", reader)) for reader in ("amara", "bo")
            },
            "papers": self.say("status")[0]["papers"],
            "inbox": sorted(path.name for path in (self.root / "inbox").iterdir()),
            "done": sorted(path.name for path in (self.root / "done").iterdir()),
            "rejected": sorted(path.name for path in (self.root / "rejected").iterdir()),
        }

    def follow(self) -> None:
        self.say("follow", "amara", "speech recognition")
        self.say("follow", "amara", "predicting the weather")
        self.say("follow", "bo", "robots that grasp objects")


def test_killed_at_any_point(tmp_path: Path, model_folder: Path) -> None:
    """Eight runs killed at random moments and one that ends give what a single quiet run gives."""
    quiet, killed = Host(tmp_path / "quiet", model_folder), Host(tmp_path / "killed", model_folder)
    quiet.fill_inbox()
    quiet.follow()
    shutil.copytree(quiet.root, killed.root)
    [report] = quiet.say("ingest")
    assert (report["new"], report["papers"]) == (80, 120)
    expected = quiet.outcome()
    moments = random.Random(20)
    deaths = 0
    for _ in range(KILLS):
        program = killed.start("ingest")
        try:
            program.communicate(timeout=moments.uniform(0.3, report["seconds"] + 1.5))
        except subprocess.TimeoutExpired:
            program.send_signal(signal.SIGKILL)
            program.communicate()
            deaths += 1
    killed.say("ingest")
    assert deaths > 0
    assert killed.outcome() == expected
    assert expected["done"] == ["a.txt", "b.txt", "c.json"]
