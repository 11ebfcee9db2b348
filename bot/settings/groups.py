"""The groups of settings: one class a table of config.toml, with every key's default and range."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator

from bot.errors import SettingsError
from bot.settings.forms import Group, Seconds, WholeSeconds

STORE_SCHEMES = ("embedded", "redis://", "rediss://", "unix://", "sentinel://", "cluster://")


def home() -> Path:
    """The folder for what Paperbot keeps when the host names none (XDG Base Directory Specification 0.8).

    Raises SettingsError for a user without a home, as service users are.
    """
    try:
        return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "paperbot"
    except RuntimeError as error:
        raise SettingsError(
            "This user has no home folder: say with store.data_dir where Paperbot shall keep its files.",
            cause=str(error),
        ) from error


class SlackSettings(Group):
    """The workspace: how the bot is reached there, and who may do what."""

    #: "socket" needs an app-level token and no public address; "http" needs the signing secret.
    mode: Literal["socket", "http"] = "socket"
    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    api_url: str = "https://slack.com/api/"
    command: str = Field(default="/papers", pattern=r"^/[a-z0-9_-]{1,31}$")
    #: The user who hosts the bot, and hears when something needs a hand.
    operator: str | None = None
    #: Who may change what a channel follows: its members, or workspace admins among them.
    channel_changes: Literal["members", "admins"] = "members"
    #: Cards tell how many colleagues saved a paper.
    colleagues: bool = True
    #: Links to papers are shown with title and abstract; needs the manifest's variant for it.
    unfurl: bool = False

    @field_validator("bot_token", "app_token", "signing_secret")
    @classmethod
    def _filled(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not secret.get_secret_value().strip():
            raise ValueError("must not be empty")
        return secret

    @field_validator("operator")
    @classmethod
    def _person(cls, user: str | None) -> str | None:
        if user is not None and not re.fullmatch(r"[UW][A-Z0-9]{2,30}", user):
            raise ValueError("must be a person's member ID, as U012AB3CD: Slack shows it in the profile, under ⋮")
        return user

    @field_validator("api_url")
    @classmethod
    def _address(cls, url: str) -> str:
        if not url.startswith(("https://", "http://")):
            raise ValueError("must start with https:// or http://")
        return url if url.endswith("/") else f"{url}/"


class HttpSettings(Group):
    """Where the bot listens: for Slack in HTTP mode, and for its host's probes in every mode."""

    host: str = "0.0.0.0"  # noqa: S104 - Slack must reach it; everything but signed requests is refused
    port: int = Field(default=3000, ge=0, le=65_535)
    ops_host: str = "127.0.0.1"
    ops_port: int = Field(default=3001, ge=0, le=65_535)
    #: Where ``port`` is reached from outside, as https://papers.example.org: feeds and links in e-mails need it.
    public_url: str | None = None

    @field_validator("public_url")
    @classmethod
    def _public(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if not url.startswith(("https://", "http://")) or not parts.hostname:
            raise ValueError("must be an address such as https://papers.example.org")
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError("must be an address alone, without a login and without ? and #")
        return url.rstrip("/")


class DeliverySettings(Group):
    """How fast and how patiently messages are sent."""

    #: Seconds for one call to Slack.
    send_timeout: Seconds = Field(default=15.0, gt=0, le=120)
    #: Seconds after which a message that a process took and did not end is taken over by another.
    reclaim_after: Seconds = Field(default=60.0, gt=0, le=3_600)
    #: Seconds after the beginning of an attempt of which nobody knows the end; then Slack is asked whether it has it.
    lookup_after: Seconds = Field(default=60.0, gt=0, le=3_600)
    #: Messages a second in one conversation, and in the workspace; 0 sets no limit.
    channel_rate: float = Field(default=1.0, ge=0, le=1_000)
    workspace_rate: float = Field(default=3.0, ge=0, le=10_000)


class StoreSettings(Group):
    """Where papers, interests and alerts are kept."""

    url: str = "embedded"
    data_dir: Path = Field(default_factory=home)
    server: str | None = None

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, url: str) -> str:
        if url == "embedded" or url.startswith(STORE_SCHEMES[1:]):
            return url
        raise ValueError(f"must be embedded or start with one of {', '.join(STORE_SCHEMES[1:])}")

    @field_validator("data_dir", mode="before")
    @classmethod
    def _named(cls, folder: object) -> object:
        if folder == "":
            raise ValueError("must name a folder")
        return folder

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()


class ModelSettings(Group):
    """Which model embeds, and how."""

    name: str = "bundled"
    engine: Literal["auto", "onnx", "sentence-transformers"] = "auto"
    device: str = "auto"
    batch_size: int = Field(default=8, ge=1, le=512)
    cache_dir: Path | None = None
    download: bool = False


class ScheduleSettings(Group):
    """When the bot works by itself."""

    #: Seconds, 1 to 86,400; written as "30s", "5m", "2h", "1d" or a number.
    ingest_every: WholeSeconds = Field(default=60, ge=1, le=86_400)

    #: When digests are sent to readers who chose nothing: local hour, days ("mon" to "sun"), IANA zone.
    digest_hour: int = Field(default=9, ge=0, le=23)
    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ("mon", "tue", "wed", "thu", "fri")
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            return ZoneInfo(zone).key
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be an IANA name such as Europe/Berlin") from error


class DigestSettings(Group):
    """How much a reader hears who has not chosen otherwise."""

    #: At most so many alerts from one ingest run.
    cap: int = Field(default=5, ge=1, le=50)
    #: Share of the stored papers that an alert must be closer than; 98 and 0.98 say the same.
    bar: float = Field(default=0.98, ge=0.5, le=0.9999)
    #: When a day without papers is explained: "daily" each one, "when_it_matters" when a source is at fault or a week
    #: had none, "weekly" once a week. App Home always tells.
    silence: Literal["daily", "when_it_matters", "weekly"] = "when_it_matters"
    #: People get a weekly look back: near misses, what is talked about, what was learnt.
    roll_up: bool = True
    #: What a channel was sent is not sent again to who is in that channel.
    skip_seen_in_channels: bool = True
    #: A digest of two papers or more has one more, a little outside what its reader follows, and says so.
    explore: bool = True
    #: The bar of a reader who chose none follows the reader's votes.
    learn_bar: bool = True

    @field_validator("bar", mode="before")
    @classmethod
    def _percent(cls, written: object) -> object:
        share = float(written) if isinstance(written, int | float | str) else written
        return share / 100 if isinstance(share, float) and share > 1 else share


Failpoint = Literal["after_claim", "before_post", "after_post", "after_ledger", "before_ack"]


class TestingSettings(Group):
    """For tests of a whole installation: never on in production."""

    enabled: bool = False
    #: An ISO 8601 time, or the path of a file that holds one; UTC unless it says otherwise.
    clock: str | None = None
    #: Where the process kills itself while it delivers.
    failpoint: Failpoint | None = None


class LogSettings(Group):
    """What the bot writes to stderr while it runs."""

    #: "json" is one object a line, "text" is for eyes; "auto" is text in a terminal, else json.
    format: Literal["auto", "json", "text"] = "auto"
    #: Ids of people, channels and papers are written as hashes.
    hash_ids: bool = False
