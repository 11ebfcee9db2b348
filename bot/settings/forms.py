"""What the groups of settings are made of: how a group refuses, and how lengths of time are written."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

_DURATION = re.compile(r"\s*(\d{1,7}(?:\.\d{1,3})?)\s*(ms|[smhd])\s*")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def _seconds(written: object) -> object:
    """``90``, ``"90"``, ``"90s"``, ``"1.5m"``, ``"2h"``, ``"1d"`` as seconds."""
    if not isinstance(written, str):
        return written
    if parts := _DURATION.fullmatch(written.lower()):
        seconds = float(parts[1]) * _SECONDS[parts[2]]
        return int(seconds) if seconds.is_integer() else seconds
    if not re.fullmatch(r"\s*\d+(\.\d+)?\s*", written):
        raise ValueError('write "30s", "5m", "2h", "1d" or seconds')
    return written


#: A time in whole seconds, or in seconds; both may be written with a unit.
WholeSeconds = Annotated[int, BeforeValidator(_seconds)]
Seconds = Annotated[float, BeforeValidator(_seconds)]


class Group(BaseModel):
    """One table of config.toml; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, protected_namespaces=())
