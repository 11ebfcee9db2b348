"""What the host chooses: config.toml + environment + secret files -> ``Settings``.

groups          one class a table of config.toml
loading         where the values come from, and what is said of wrong ones
"""

from __future__ import annotations

from bot.settings.groups import (
    STORE_SCHEMES,
    DeliverySettings,
    DigestSettings,
    Failpoint,
    HttpSettings,
    LogSettings,
    ModelSettings,
    ScheduleSettings,
    SlackSettings,
    SourceSettings,
    StoreSettings,
    TestingSettings,
    home,
)
from bot.settings.loading import DEFAULT_CONFIG, PREFIX, SECRETS_DIR, Settings, known_names, load

__all__ = [
    "DEFAULT_CONFIG",
    "PREFIX",
    "SECRETS_DIR",
    "STORE_SCHEMES",
    "DeliverySettings",
    "DigestSettings",
    "Failpoint",
    "HttpSettings",
    "LogSettings",
    "ModelSettings",
    "ScheduleSettings",
    "Settings",
    "SlackSettings",
    "SourceSettings",
    "StoreSettings",
    "TestingSettings",
    "home",
    "known_names",
    "load",
]
