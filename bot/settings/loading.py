"""What the host chooses: config.toml + environment + secret files -> ``Settings``.

Who wins, highest first: ``PAPERBOT_<GROUP>__<KEY>`` in the environment, ``PAPERBOT_<GROUP>__<KEY>_FILE`` (a file
that holds the value), the secrets folder named by ``PAPERBOT_SECRETS_DIR`` (one file a key, ``<group>__<key>``),
config.toml, the defaults below. Unknown keys and unknown ``PAPERBOT_*`` variables are refused with the nearest
known name. The value of a secret appears in no error.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSetting

from bot.errors import SettingsError
from bot.settings.email import EmailSettings
from bot.settings.forms import Group
from bot.settings.groups import (
    DeliverySettings,
    DigestSettings,
    HttpSettings,
    LogSettings,
    ModelSettings,
    ScheduleSettings,
    SlackSettings,
    StoreSettings,
    TestingSettings,
)
from bot.settings.sources import BY_ID, LIVE_EVERY, FetchSettings, SourceSettings

PREFIX = "PAPERBOT_"
SECRETS_DIR = "PAPERBOT_SECRETS_DIR"
DEFAULT_CONFIG = Path("config.toml")


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
    fetch: FetchSettings = Field(default_factory=FetchSettings)
    email: EmailSettings = Field(default_factory=EmailSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    testing: TestingSettings = Field(default_factory=TestingSettings)

    @field_validator("sources")
    @classmethod
    def _each_its_own_name(cls, sources: tuple[SourceSettings, ...]) -> tuple[SourceSettings, ...]:
        names = [source.name for source in sources]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two of them are called {twice[0]}, and each needs a name of its own")
        return sources

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

    def places(self) -> tuple[SourceSettings, ...]:
        """The sources; the data folder itself is one when the host named none."""
        return self.sources or (SourceSettings(kind="folder", name="inbox", path=self.store.data_dir),)

    def cadence(self, source: SourceSettings) -> int:
        """Seconds between two looks at a source."""
        return source.every or (LIVE_EVERY if source.is_live else self.schedule.ingest_every)

    @property
    def knows_papers(self) -> bool:
        """A source can be asked for papers by their arXiv ids."""
        return any(source.kind in BY_ID for source in self.sources)


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
    # People count their sources from one.
    place = [f"source {part + 1}" if isinstance(part, int) else part for part in first["loc"]]
    name = ".".join(place)
    if first["type"] == "extra_forbidden":
        names = known_names()
        group = place[0] if len(place) > 1 else None
        choices = names.get(group, ()) if group else tuple(names)
        near = difflib.get_close_matches(place[-1], choices, n=1)
        nearest = f"{group}.{near[0]}" if near and group else (near[0] if near else "")
        hint = f" Did you mean {nearest}?" if nearest else f" Known here: {', '.join(choices)}."
        return f"{name} is no setting of Paperbot (in {file} or the environment).{hint}"
    reason = "it must be a list" if first["type"] == "tuple_type" else first["msg"].removeprefix("Value error, ")
    return f"The setting {name} is not right: {reason[0].lower()}{reason[1:]}."
