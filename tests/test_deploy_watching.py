"""Alerts, the dashboard and the operator's guide speak of what is really counted, and of commands that there are."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from bot.cli import app
from tests.deployed import DEPLOY, all_series, counted, known_variables, metrics_named, settings_named, text

GUIDE = text("OPERATIONS.md")


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(text("prometheus", "rules.yaml"))["groups"] for rule in group["rules"]]


def test_alerts_are_about_what_is_counted() -> None:
    """Each alert asks for series that exist, has a severity, and is explained to whoever it wakes."""
    series = all_series()
    for rule in rules():
        assert metrics_named(rule["expr"]) <= series, rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"].endswith(".")
        assert re.search(rf"^\|.*\b{rule['alert']}\b.*\|$", GUIDE, re.MULTILINE), rule["alert"]


def test_alerts_have_tests() -> None:
    """For each alert a test says when it fires, and another that it does not while all is well."""
    tests = yaml.safe_load(text("prometheus", "rules.test.yaml"))["tests"]
    checks = [check for test in tests for check in test["alert_rule_test"]]
    names = sorted(rule["alert"] for rule in rules())
    assert sorted({check["alertname"] for check in checks if check.get("exp_alerts")}) == names
    assert sorted({check["alertname"] for check in tests[0]["alert_rule_test"]}) == names
    assert metrics_named(text("prometheus", "rules.test.yaml")) <= all_series()


def panels() -> list[dict[str, Any]]:
    return json.loads(text("grafana", "paperbot.json"))["panels"]


def test_dashboard_shows_all_that_is_counted() -> None:
    """Each metric has its place, nothing else is asked for, and each panel says what it shows."""
    shown = [panel for panel in panels() if panel["type"] != "row"]
    asked = metrics_named(" ".join(target["expr"] for panel in shown for target in panel["targets"]))
    assert asked <= all_series()
    assert [name for name, series in counted().items() if not series & asked] == []
    assert all(panel["description"] and panel["title"] for panel in shown)


def test_dashboard_has_room_for_each_panel() -> None:
    """No two panels share an id or a place, and none is wider than the page."""
    places: dict[tuple[int, int], int] = {}
    for panel in panels():
        box = panel["gridPos"]
        assert box["x"] + box["w"] <= 24
        for x in range(box["x"], box["x"] + box["w"]):
            for y in range(box["y"], box["y"] + box["h"]):
                assert places.setdefault((x, y), panel["id"]) == panel["id"]
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_guide_explains_every_metric_and_secret() -> None:
    """Each metric and each secret has a row in the guide, and the guide names no other."""
    table = GUIDE.partition("## What each metric means")[2].partition("\n## ")[0]
    assert set(re.findall(r"paperbot_\w+", table)) == set(counted())
    secrets = {"slack__bot_token", "slack__app_token", "slack__signing_secret", "store__url", "email__password"}
    assert set(re.findall(r"`(\w+__\w+)`", GUIDE)) == secrets
    assert settings_named(GUIDE) - {"PAPERBOT_MEMORY", "PAPERBOT_MODE"} <= known_variables()


def test_guide_names_commands_and_files_that_exist() -> None:
    """Every command of ours that the guide tells to type, and every file that it links to, is there."""
    commands = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    commands |= {str(group.name) for group in app.registered_groups}
    told = re.findall(r"(?:^|[ `/])paperbot ([a-z]+)", " ".join(re.findall(r"`[^`]+`|^[$#].*$", GUIDE, re.MULTILINE)))
    assert set(told) - {"deploy", "paperbot"} <= commands
    headings = {
        re.sub(r"[^\w -]", "", line).replace(" ", "-").lower() for line in re.findall(r"^#+ (.*)", GUIDE, re.MULTILINE)
    }
    for link in re.findall(r"\]\(([^)]+)\)", GUIDE):
        assert link.removeprefix("#") in headings if link.startswith("#") else (DEPLOY / link).exists(), link
