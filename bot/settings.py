"""What the host chooses: config.toml + environment + secret files -> ``Settings``.

Who wins, highest first: ``PAPERBOT_<GROUP>__<KEY>`` in the environment, ``PAPERBOT_<GROUP>__<KEY>_FILE`` (a file
that holds the value), the secrets folder named by ``PAPERBOT_SECRETS_DIR`` (one file a key, ``<group>__<key>``),
config.toml, the defaults below. Unknown keys and unknown ``PAPERBOT_*`` variables are refused with the nearest
known name. The value of a secret appears in no error.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSetting

from bot.errors import SettingsError

PREFIX = "PAPERBOT_"
SECRETS_DIR = "PAPERBOT_SECRETS_DIR"
DEFAULT_CONFIG = Path("config.toml")
STORE_SCHEMES = ("embedded", "redis://", "rediss://", "unix://", "sentinel://", "cluster://")
_DURATION = re.compile(r"\s*(\d{1,7})\s*([smhd])\s*")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def home() -> Path:
    """The folder for what Paperbot keeps when the host names none (XDG Base Directory Specification 0.8)."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "paperbot"


class Group(BaseModel):
    """One table of config.toml; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, protected_namespaces=())


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


class DeliverySettings(Group):
    """How fast and how patiently messages are sent."""

    #: Seconds for one call to Slack.
    send_timeout: float = Field(default=15.0, gt=0, le=120)
    #: Messages a second in one conversation, and in the workspace.
    channel_rate: float = Field(default=1.0, gt=0, le=1_000)
    workspace_rate: float = Field(default=3.0, gt=0, le=10_000)


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


class SourceSettings(Group):
    """One place that papers come from. A folder holds ``inbox/``, ``done/`` and ``rejected/``."""

    kind: Literal["folder"]
    name: str = Field(pattern=r"^[\w.-]{1,40}$")
    path: Path

    @field_validator("path")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()


class ScheduleSettings(Group):
    """When the bot works by itself."""

    #: Seconds, 1 to 86,400; written as "30s", "5m", "2h", "1d" or a number.
    ingest_every: int = Field(default=60, ge=1, le=86_400)

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

    @field_validator("ingest_every", mode="before")
    @classmethod
    def _duration(cls, written: object) -> object:
        if isinstance(written, str) and (parts := _DURATION.fullmatch(written.lower())):
            return int(parts[1]) * _SECONDS[parts[2]]
        if isinstance(written, str) and not written.strip().isdigit():
            raise ValueError('write "30s", "5m", "2h", "1d" or seconds')
        return written


class DigestSettings(Group):
    """How much a reader hears who has not chosen otherwise."""

    #: At most so many alerts from one ingest run.
    cap: int = Field(default=5, ge=1, le=50)
    #: Share of the stored papers that an alert must be closer than; 98 and 0.98 say the same.
    bar: float = Field(default=0.98, ge=0.5, le=0.9999)

    @field_validator("bar", mode="before")
    @classmethod
    def _percent(cls, written: object) -> object:
        share = float(written) if isinstance(written, int | float | str) else written
        return share / 100 if isinstance(share, float) and share > 1 else share


class TestingSettings(Group):
    """For tests of a whole installation: never on in production."""

    enabled: bool = False
    #: An ISO 8601 time, or the path of a file that holds one; UTC unless it says otherwise.
    clock: str | None = None


class Settings(BaseSettings):
    """Everything the host may choose; see config.example.toml for what each one does."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, env_prefix=PREFIX, env_nested_delimiter="__"
    )

    slack: SlackSettings = Field(default_factory=SlackSettings)
    http: HttpSettings = Field(default_factory=HttpSettings)
    store: StoreSettings = Field(default_factory=StoreSettings)
    model: ModelSettings = Field(default_factory=ModelSettings)
    sources: tuple[SourceSettings, ...] = ()
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)
    digest: DigestSettings = Field(default_factory=DigestSettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    testing: TestingSettings = Field(default_factory=TestingSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - replaced by one that leaves files to _SecretFiles
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over secret files over config.toml (which arrives as init arguments)."""
        return (_Environment(settings_cls), _SecretFiles(settings_cls), init_settings)

    def folders(self) -> tuple[SourceSettings, ...]:
        """The folder sources; the data folder itself is one when the host named none."""
        return self.sources or (SourceSettings(kind="folder", name="inbox", path=self.store.data_dir),)


class _Environment(EnvSettingsSource):
    """Values that stand in the environment itself."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name: value for name, value in super()._load_env_vars().items() if not name.endswith("_file")}


class _SecretFiles(EnvSettingsSource):
    """Values that stand in files: ``<variable>_FILE`` in the environment, or one file a key in the secrets folder."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        values: dict[str, str | None] = {}
        if folder := os.environ.get(SECRETS_DIR):
            files = Path(folder)
            if not files.is_dir():
                raise SettingsError(f"{SECRETS_DIR} names {folder}, which is no folder: make it or unset the variable.")
            known = sorted(f"{group}__{key}" for group, keys in known_names().items() for key in keys)
            # Mounted secrets come with hidden folders and links of their own.
            for file in sorted(f for f in files.iterdir() if f.is_file() and not f.name.startswith(".")):
                if file.name.lower() not in known:
                    near = difflib.get_close_matches(file.name.lower(), known, n=1)
                    hint = f" Did you mean {near[0]}?" if near else ""
                    raise SettingsError(f"The file {file} in {SECRETS_DIR} is no setting of Paperbot.{hint}")
                values[PREFIX.lower() + file.name.lower()] = _secret(file)
        for name, path in os.environ.items():
            if name.startswith(PREFIX) and name.endswith("_FILE") and "__" in name:
                values[name.removesuffix("_FILE").lower()] = _secret(Path(path))
        return values


def _secret(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The secret file {file} cannot be read: check its path, owner and mode.", cause=repr(error)
        ) from error


def load(config: Path | None = None) -> Settings:
    """Settings from ``config`` (default: ./config.toml if it is there), environment and secret files.

    Relative paths in the file are taken from the folder it stands in. Raises SettingsError.
    """
    file = config or DEFAULT_CONFIG
    values: dict[str, Any] = {}
    if config is not None or file.is_file():
        values = _read(file)
    _refuse_unknown_variables()
    try:
        return Settings(**values)
    except UnreadableSetting as error:
        raise SettingsError(
            f"A setting in the environment cannot be read ({error}): lists and tables are written as JSON.",
            cause=type(error.__cause__).__name__,
        ) from None
    except ValidationError as error:
        raise SettingsError(_sentence(error, file), cause=f"{error.error_count()} settings refused") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.", cause=repr(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        where = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "not UTF-8"
        raise SettingsError(f"{file} is not valid TOML: {where}.", cause=repr(error)) from error
    folder = file.absolute().parent
    for group, key in (("store", "data_dir"), ("model", "cache_dir")):
        _from_folder(values.get(group), key, folder)
    sources: object = values.get("sources")
    for source in cast("list[object]", sources) if isinstance(sources, list) else []:
        _from_folder(source, "path", folder)
    return values


def _from_folder(group: object, key: str, folder: Path) -> None:
    """Make a relative path of a table absolute."""
    if isinstance(group, dict):
        table = cast("dict[str, object]", group)
        path = table.get(key)
        if isinstance(path, str) and path:
            table[key] = str(folder / Path(path).expanduser())


def known_names() -> dict[str, tuple[str, ...]]:
    """Every group of settings with its keys, in the order they are documented."""
    names: dict[str, tuple[str, ...]] = {}
    for group, info in Settings.model_fields.items():
        model = SourceSettings if group == "sources" else cast("type[Group]", info.annotation)
        names[group] = tuple(model.model_fields)
    return names


def _refuse_unknown_variables() -> None:
    known = {f"{PREFIX}{group}__{key}".upper() for group, keys in known_names().items() for key in keys}
    known |= {SECRETS_DIR, f"{PREFIX}SOURCES"}
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or name in known or name.removesuffix("_FILE") in known:
            continue
        near = difflib.get_close_matches(name, sorted(known), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise SettingsError(f"The environment variable {name} is no setting of Paperbot.{hint}")


def _sentence(error: ValidationError, file: Path) -> str:
    """The first refused setting in one sentence; never its value."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = [str(part) for part in first["loc"]]
    name = ".".join(place)
    if first["type"] == "extra_forbidden":
        names = known_names()
        group = place[0] if len(place) > 1 else None
        choices = names.get(group, ()) if group else tuple(names)
        near = difflib.get_close_matches(place[-1], choices, n=1)
        nearest = f"{group}.{near[0]}" if near and group else (near[0] if near else "")
        hint = f" Did you mean {nearest}?" if nearest else f" Known here: {', '.join(choices)}."
        return f"{name} is no setting of Paperbot (in {file} or the environment).{hint}"
    reason = first["msg"].removeprefix("Value error, ")
    return f"The setting {name} is not right: {reason[0].lower()}{reason[1:]}."
