"""The chart and the units: they name values and settings that exist, let us do little, and give us time to end."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.schedule.stopping import DRAIN_SECONDS
from tests.deployed import DEPLOY, known_secrets, known_variables, settings_named

CHART = DEPLOY / "helm" / "paperbot"
UNITS = tuple(sorted((DEPLOY / "systemd").glob("*.service")))


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    return yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))


def templates() -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted((CHART / "templates").iterdir()))


def test_chart_uses_the_values_it_has(values: dict[str, Any]) -> None:
    """Each value that a template reads has a default, and each default is read somewhere."""
    words = templates()
    for path in re.findall(r"\.Values\.([\w.]+)", words):
        found: Any = values
        for key in path.split("."):
            assert key in found, path
            found = found[key]
    assert [key for key in values if f".Values.{key}" not in words and f'"{key}"' not in words] == []


def test_chart_says_what_its_values_may_be(values: dict[str, Any]) -> None:
    """The schema knows every value, allows no other, and takes the defaults' own types."""
    kinds = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object"}

    def compared(found: dict[str, Any], schema: dict[str, Any], path: str) -> None:
        assert schema["additionalProperties"] is False, path
        assert set(found) == set(schema["properties"]) - {"global"}, path
        for key, value in found.items():
            told: dict[str, Any] = schema["properties"][key]
            if "enum" in told:
                assert value in told["enum"], f"{path}.{key}"
                continue
            assert told["type"] == kinds[type(value)], f"{path}.{key}"
            if "pattern" in told:
                assert re.search(told["pattern"], value), f"{path}.{key}"
            if "properties" in told and key != "resources":
                compared(value, told, f"{path}.{key}")

    compared(values, json.loads((CHART / "values.schema.json").read_text(encoding="utf-8")), "values")


def test_chart_starts_pods_that_may_do_little() -> None:
    """The one description of a pod is as restricted as Kubernetes knows, and gives us time to end."""
    words = (CHART / "templates" / "_helpers.tpl").read_text(encoding="utf-8")
    for line in (
        "runAsNonRoot: true",
        "runAsUser: 10001",
        "seccompProfile: {type: RuntimeDefault}",
        "allowPrivilegeEscalation: false",
        "readOnlyRootFilesystem: true",
        "capabilities: {drop: [ALL]}",
        "automountServiceAccountToken: false",
        # A Service named paperbot would add PAPERBOT_PORT to the environment, which is no setting.
        "enableServiceLinks: false",
        "httpGet: {path: /livez, port: ops}",
        "httpGet: {path: /readyz, port: ops}",
    ):
        assert line in words
    (grace,) = re.findall(r"terminationGracePeriodSeconds: (\d+)", words)
    (pause,) = re.findall(r'command: \[sleep, "(\d+)"\]', words)
    assert int(grace) - int(pause) > DRAIN_SECONDS + 10
    assert settings_named(templates()) - {"PAPERBOT_PORT"} <= known_variables()


def unit_of(file: Path) -> dict[str, list[str]]:
    """The lines of [Service] by name."""
    section = file.read_text(encoding="utf-8").partition("[Service]")[2].partition("[Install]")[0]
    found: dict[str, list[str]] = {}
    for line in section.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_unit_is_a_unit(file: Path) -> None:
    """It has the three sections, runs our command with a role that exists, and names settings that exist."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign] - names keep their case
    parser.read(file)
    unit = unit_of(file)
    assert parser.sections() == ["Unit", "Service", "Install"]
    assert unit["ExecStart"][0].startswith("/opt/paperbot/bin/paperbot run ")
    assert settings_named(file.read_text(encoding="utf-8")) <= known_variables()
    assert {line.partition(":")[0] for line in unit["LoadCredential"]} <= known_secrets()
    assert "PAPERBOT_SECRETS_DIR=%d" in " ".join(unit["Environment"])


def test_units_are_hardened_alike() -> None:
    """Both run as nobody, see only their own folders, and have the time that Paperbot takes to end."""
    one, other = map(unit_of, UNITS)
    alike = set(one) - {"ExecStart", "StateDirectory", "CacheDirectory", "Environment", "LoadCredential"}
    assert {name: one[name] for name in alike} == {name: other[name] for name in alike}
    assert one["DynamicUser"] == ["yes"]
    assert one["ProtectSystem"] == ["strict"]
    assert one["CapabilityBoundingSet"] == [""]
    assert one["NoNewPrivileges"] == ["yes"]
    # Only the bot is told to end; it ends its store last.
    assert one["KillMode"] == ["mixed"]
    assert int(one["TimeoutStopSec"][0]) > DRAIN_SECONDS + 10
