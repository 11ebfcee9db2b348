"""The doors to people: each notifier reaches a reader in one way.

A notifier has ``async send(reader, message, *, key) -> Posted`` and raises SlackRefused, SlackUnavailable or
SlackAmbiguous. A new one is a file here and a line in ``TABLE``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.notify.posted import BrokenOff, Identity, Posted

#: Notifiers by name: the module that opens each, imported only when it is used.
TABLE: Mapping[str, str] = MappingProxyType({"slack": "bot.notify.slack"})

__all__ = ["TABLE", "BrokenOff", "Identity", "Posted"]
