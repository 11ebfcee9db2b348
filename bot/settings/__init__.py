"""What the host chooses: config.toml + environment + secret files -> ``Settings``.

groups, sources, email   one class a table of config.toml
forms                    what they are made of
loading                  where the values come from, and what is said of wrong ones
"""

from __future__ import annotations

from bot.settings.email import EmailSettings
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
    StoreSettings,
    TestingSettings,
    home,
)
from bot.settings.loading import DEFAULT_CONFIG, PREFIX, SECRETS_DIR, Settings, known_names, load
from bot.settings.sources import BY_ID, LIVE_EVERY, LIVE_KINDS, FetchSettings, SourceSettings

__all__ = [
    "BY_ID",
    "DEFAULT_CONFIG",
    "LIVE_EVERY",
    "LIVE_KINDS",
    "PREFIX",
    "SECRETS_DIR",
    "STORE_SCHEMES",
    "DeliverySettings",
    "DigestSettings",
    "EmailSettings",
    "Failpoint",
    "FetchSettings",
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
