"""What hosts are given, as tests read it: the files of deploy/, and the names that the program knows."""

from __future__ import annotations

import re
from pathlib import Path

from bot import metrics, settings

TOP = Path(__file__).parent.parent
DEPLOY = TOP / "deploy"


def text(*names: str) -> str:
    return DEPLOY.joinpath(*names).read_text(encoding="utf-8")


def settings_named(words: str) -> set[str]:
    """Environment variables of ours in a text."""
    return set(re.findall(r"PAPERBOT_[A-Z_]+[A-Z]", words))


def known_variables() -> set[str]:
    """All that may stand in the environment."""
    known = {f"PAPERBOT_{group}__{key}".upper() for group, keys in settings.known_names().items() for key in keys}
    return known | {f"{name}_FILE" for name in known} | {settings.SECRETS_DIR, "PAPERBOT_SOURCES"}


def known_secrets() -> set[str]:
    """All names that a file of a secrets folder may have."""
    return {f"{group}__{key}" for group, keys in settings.known_names().items() for key in keys}


def counted() -> dict[str, set[str]]:
    """Every metric, with the series that /metrics gives of it."""
    found: dict[str, set[str]] = {}
    for family in metrics.REGISTRY.collect():
        match family.type:
            case "histogram":
                found[family.name] = {f"{family.name}{end}" for end in ("_bucket", "_sum", "_count")}
            case "counter":
                found[f"{family.name}_total"] = {f"{family.name}_total"}
            case _:
                found[family.name] = {family.name}
    return found


def all_series() -> set[str]:
    return {name for series in counted().values() for name in series}


def metrics_named(words: str) -> set[str]:
    return set(re.findall(r"\bpaperbot_\w+", words))
