"""Settings: what the host writes is what holds, and what is wrong is said without giving a secret away."""

from __future__ import annotations

import os
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import settings
from bot.clock import Clock
from bot.errors import SettingsError
from bot.settings import TestingSettings as ClockSettings

EXAMPLE = Path(__file__).resolve().parents[1] / "config.example.toml"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine reaches a test."""
    for name in [n for n in os.environ if n.startswith("PAPERBOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def uncommented(text: str) -> str:
    """The example with every setting switched on."""
    return re.sub(r"(?m)^# ((?:\[\[?\w+\]\]?|\w+ = .*))$", r"\1", text)


def test_the_example_documents_every_setting_and_no_other() -> None:
    """config.example.toml names exactly the settings that the code knows."""
    written: dict[str, dict[str, Any] | list[dict[str, Any]]] = tomllib.loads(
        uncommented(EXAMPLE.read_text(encoding="utf-8"))
    )
    documented = {
        group: sorted({key for one in table for key in one} if isinstance(table, list) else table)
        for group, table in written.items()
    }
    assert documented == {group: sorted(keys) for group, keys in settings.known_names().items()}


def test_the_example_is_accepted_as_it_is_and_switched_on(tmp_path: Path) -> None:
    """Both the example and the example with every line uncommented load."""
    plain, full = tmp_path / "plain.toml", tmp_path / "full.toml"
    plain.write_text(EXAMPLE.read_text(encoding="utf-8"))
    full.write_text(uncommented(EXAMPLE.read_text(encoding="utf-8")))
    assert settings.load(plain) == settings.load()
    assert settings.load(full).sources[0].path == Path("/srv/paperbot")


def test_the_defaults_that_the_example_shows_are_the_defaults(tmp_path: Path) -> None:
    """Uncommenting a default changes nothing, but for the paths and addresses that have none."""
    full = tmp_path / "full.toml"
    full.write_text(uncommented(EXAMPLE.read_text(encoding="utf-8")))
    shown, default = settings.load(full), settings.load()
    assert shown.schedule == default.schedule
    assert shown.digest == default.digest
    assert shown.model.model_copy(update={"cache_dir": None}) == default.model
    assert shown.store.url == default.store.url


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable beats a secret file, which beats config.toml; what none names keeps its default."""
    (tmp_path / "config.toml").write_text('[digest]\ncap = 3\nbar = 97\n[store]\nurl = "redis://file"\n')
    (tmp_path / "secret").write_text("redis://secret\n")
    monkeypatch.setenv("PAPERBOT_STORE__URL_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("PAPERBOT_DIGEST__CAP", "7")
    chosen = settings.load()
    assert (chosen.digest.cap, chosen.digest.bar, chosen.store.url) == (7, 0.97, "redis://secret")
    monkeypatch.setenv("PAPERBOT_STORE__URL", "redis://variable")
    assert settings.load().store.url == "redis://variable"


def test_a_secrets_folder_gives_one_value_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files named group__key in the secrets folder are settings."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "store__url").write_text("unix:///run/redis.sock\n")
    monkeypatch.setenv("PAPERBOT_SECRETS_DIR", str(folder))
    assert settings.load().store.url == "unix:///run/redis.sock"
    (folder / "stoer__url").write_text("redis://x")
    with pytest.raises(SettingsError, match=r"stoer__url.*Did you mean store__url\?"):
        settings.load()


def test_a_list_that_is_no_json_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources in the environment that cannot be read are a wrong setting, not a mistake of the program."""
    monkeypatch.setenv("PAPERBOT_SOURCES", "folder")
    with pytest.raises(SettingsError, match="sources"):
        settings.load()


def test_a_duration_that_is_none_says_how_to_write_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no duration is refused with the ways to write one."""
    monkeypatch.setenv("PAPERBOT_SCHEDULE__INGEST_EVERY", "soon")
    with pytest.raises(SettingsError, match='write "30s"'):
        settings.load()


def test_an_empty_data_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty path does not make the current folder the data folder."""
    monkeypatch.setenv("PAPERBOT_STORE__DATA_DIR", "")
    with pytest.raises(SettingsError, match="must name a folder"):
        settings.load()


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    """A relative data folder and source folder lie beside the config file, wherever the command runs."""
    folder = tmp_path / "etc"
    folder.mkdir()
    config = folder / "config.toml"
    config.write_text('[store]\ndata_dir = "d"\n[[sources]]\nkind = "folder"\nname = "a"\npath = "drop"\n')
    chosen = settings.load(config)
    assert (chosen.store.data_dir, chosen.sources[0].path) == (folder / "d", folder / "drop")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[digest]\nbarr = 1",
            "digest.barr is no setting of Paperbot (in {file} or the environment). Did you mean digest.bar?",
        ),
        ("[stroe]\n", "stroe is no setting of Paperbot (in {file} or the environment). Did you mean store?"),
        ("[digest]\ncap = 0", "The setting digest.cap is not right: input should be greater than or equal to 1."),
        ("[digest\n", "{file} is not valid TOML: "),
        ('[slack]\noperator = "alice"', "The setting slack.operator is not right: must be a person's member ID, as U"),
        ('[store]\nurl = "ftp://me:hunter2@x"', "The setting store.url is not right: must be embedded or start with"),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    """Unknown keys come with the nearest known one, wrong values with what is allowed, and never with the value."""
    config = tmp_path / "c.toml"
    config.write_text(text)
    with pytest.raises(SettingsError) as refused:
        settings.load(config)
    assert refused.value.sentence.startswith(sentence.format(file=config))
    assert "hunter2" not in refused.value.sentence + refused.value.cause + str(refused.value)


def test_an_unknown_variable_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt variable does not pass in silence."""
    monkeypatch.setenv("PAPERBOT_STORE__DATADIR", "/x")
    with pytest.raises(SettingsError, match=r"PAPERBOT_STORE__DATADIR is no setting.*PAPERBOT_STORE__DATA_DIR\?"):
        settings.load()


def test_a_config_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    """--config with a missing file is an error; a missing ./config.toml is not."""
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.load(tmp_path / "no.toml")
    assert settings.load().digest.cap == 5


@pytest.mark.parametrize(("written", "seconds"), [('"30s"', 30), ('"5m"', 300), ('"2h"', 7200), ("45", 45)])
def test_durations_are_written_as_people_write_them(tmp_path: Path, written: str, seconds: int) -> None:
    """A duration of 5m and one of 300 seconds say the same."""
    (tmp_path / "config.toml").write_text(f"[schedule]\ningest_every = {written}\n")
    assert settings.load().schedule.ingest_every == seconds


def test_a_testing_clock_stands_where_it_is_put(tmp_path: Path) -> None:
    """The clock of the testing settings is an ISO time or a file that holds one, and only when enabled."""
    file = tmp_path / "now"
    file.write_text("2026-03-18T10:00:00+01:00\n")
    nine = datetime(2026, 3, 18, 9, tzinfo=UTC)
    assert Clock(ClockSettings(enabled=True, clock="2026-03-18T09:00:00")).now() == nine
    assert Clock(ClockSettings(enabled=True, clock=str(file))).now() == nine
    assert Clock(ClockSettings(enabled=False, clock=str(file))).now() != nine
    with pytest.raises(SettingsError, match=r"testing\.clock"):
        Clock(ClockSettings(enabled=True, clock="tomorrow")).now()
