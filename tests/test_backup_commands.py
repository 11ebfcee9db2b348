"""``paperbot backup``, ``restore``, ``export`` and ``import`` as a person types them."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from store_values import ADA, fill_reader, new

from bot.cli import app
from bot.errors import UserError
from bot.settings import StoreSettings
from bot.store import open_store


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config of a fresh embedded store."""
    file = tmp_path / "config.toml"
    file.write_text('[store]\ndata_dir = "data"\n')
    return file


def do(*arguments: str | Path) -> int:
    """Run a command in this process; gives its exit code."""
    return int(app([*map(str, arguments)], prog_name="paperbot", standalone_mode=False) or 0)


def filled(config: Path) -> None:
    """Something in the store."""

    async def fill() -> None:
        store = await open_store(StoreSettings(data_dir=config.parent / "data"))
        await store.papers.save([new(1), new(2)])
        await fill_reader(store, ADA, "D7")
        await store.close()

    asyncio.run(fill())


def test_a_backup_and_its_restore(config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each prints one JSON object, or a few words; into a store that is not empty only when told to, and asked."""
    filled(config)
    file, other = tmp_path / "all.jsonl.gz", tmp_path / "other.toml"
    other.write_text('[store]\ndata_dir = "other"\n')
    assert do("backup", file, "--config", config, "--json") == 0
    told = json.loads(capfd.readouterr().out)
    assert set(told) == {"file", "keys", "lines", "bytes", "sha256", "seconds"}
    (tmp_path / "other" / "index").mkdir(parents=True)
    assert do("restore", file, "--config", other, "--json") == 0
    done = json.loads(capfd.readouterr().out)
    assert (done["keys"], done["over"]) == (told["keys"], 0)
    assert not (tmp_path / "other" / "index").exists()
    with pytest.raises(Exception, match="--replace"):
        do("restore", file, "--config", other)
    with pytest.raises(Exception, match="say --yes"):
        do("restore", file, "--config", other, "--replace")
    assert do("restore", file, "--config", other, "--replace", "--yes") == 0
    assert do("backup", file, "--config", other) == 0
    said = capfd.readouterr()
    assert "is as it was on" in said.out.replace("\n", " ")
    assert f"{told['keys']} keys" in said.out.replace("\n", " ")


def test_whoever_is_asked_may_say_no(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing is changed then, and the exit code says so."""
    filled(config)
    assert do("backup", tmp_path / "all", "--config", config) == 0
    asked: list[str] = []

    def no(question: str, **_: Any) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.confirm", no)
    assert do("restore", tmp_path / "all", "--config", config, "--replace") == 1
    assert "Delete the" in asked[0]
    assert "Nothing was changed." in capfd.readouterr().err
    assert do("export", tmp_path / "some.jsonl", "--config", config, "--json") == 0
    assert json.loads(capfd.readouterr().out)["lines"]["paper"] == 2


def test_what_cannot_be_written_or_read_is_named_as_it_was_typed(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder, a folder that is not there, and a file that is not there, which is noticed before the model is loaded."""

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("nothing is opened for a file that is not there")

    monkeypatch.setattr("bot.terminal.backing_up.open_services", never)
    for command, file, kind in (
        ("backup", tmp_path, IsADirectoryError),
        ("export", tmp_path / "nowhere" / "all", FileNotFoundError),
        ("import", tmp_path / "nothing", FileNotFoundError),
    ):
        with pytest.raises(kind) as failed:
            do(command, file, "--config", config)
        assert failed.value.filename == str(file) or failed.value.filename == file
    assert not [name for name in tmp_path.iterdir() if name.suffix == ".part"]


@pytest.mark.parametrize("command", ["backup", "export"])
def test_a_pipe_is_not_replaced_by_a_file(config: Path, tmp_path: Path, command: str) -> None:
    """What is there and is no file, or stands for a stream, is refused and left as it is; a link leads to its file."""
    pipe, aim, link = tmp_path / "pipe", tmp_path / "aim.jsonl", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(aim)
    for refused in (pipe, tmp_path / "-"):
        with pytest.raises(UserError, match="is no file"):
            do(command, refused, "--config", config)
    assert do(command, link, "--config", config) == 0
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert aim.is_file()
    assert not (tmp_path / "-").exists()


def test_a_running_bot_keeps_a_restore_away(config: Path, tmp_path: Path) -> None:
    """Its data folder is its own; a backup may be made meanwhile."""
    filled(config)

    async def while_it_runs() -> None:
        store = await open_store(StoreSettings(data_dir=config.parent / "data"), owner=True)
        try:
            assert await asyncio.to_thread(do, "backup", tmp_path / "all", "--config", config) == 0
            with pytest.raises(Exception, match="Another `paperbot run`"):
                await asyncio.to_thread(do, "restore", tmp_path / "all", "--config", config, "--replace", "--yes")
        finally:
            await store.close()

    asyncio.run(while_it_runs())
