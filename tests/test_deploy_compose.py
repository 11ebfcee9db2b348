"""Compose: two profiles, containers that may do little, secrets in files, and a store with just the rights it needs."""

from __future__ import annotations

import hashlib
import re
import socket
import stat
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from redis.exceptions import NoPermissionError

from bot.schedule.stopping import DRAIN_SECONDS
from bot.store.binary import find
from tests.deployed import DEPLOY, TOP, known_secrets, known_variables, settings_named, text
from tests.installation import Installation

HARDENED = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"], "init": True}
#: Commands that between them read, write, count and run scripts in the store.
MAIN_JOB = (
    ("follow", "ada", "diffusion models for video"),
    ("ingest", str(min((TOP / "bot" / "samples").iterdir()))),
    ("backup", "all.jsonl.gz"),
    ("restore", "all.jsonl.gz", "--replace", "--yes"),
)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(text("compose.yaml"))


def ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that run Paperbot."""
    return {name: one for name, one in compose["services"].items() if name != "store"}


def test_compose_has_two_profiles(compose: dict[str, Any]) -> None:
    """One process alone, or a store with two of each role."""
    profiles = {name: tuple(one["profiles"]) for name, one in compose["services"].items()}
    assert [name for name, of in profiles.items() if of == ("single",)] == ["paperbot"]
    assert [name for name, of in profiles.items() if of == ("full",)] == ["store", "web", "worker", "scheduler"]
    assert {one["command"][-1]: one["deploy"]["replicas"] for one in ours(compose).values() if "deploy" in one} == {
        "web": 2,
        "worker": 2,
        "scheduler": 2,
    }


def test_compose_lets_containers_do_little(compose: dict[str, Any]) -> None:
    """Every container is read-only, without capabilities, with limits, as a user of its own, and started again."""
    for one in compose["services"].values():
        assert HARDENED.items() <= one.items()
        assert one["user"] in ("10001:10001", "999:999")
        assert one["mem_limit"]
        assert one["pids_limit"]
        assert one["restart"] == "unless-stopped"
        assert int(one["stop_grace_period"].removesuffix("s")) > DRAIN_SECONDS + 10


def test_compose_publishes_nothing_but_the_web(compose: dict[str, Any]) -> None:
    """Only the web is published, on this machine alone; the store's network leads nowhere."""
    ports = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}
    assert list(ports) == ["web"]
    assert all(port["host_ip"] == "127.0.0.1" for port in ports["web"])
    assert compose["services"]["store"]["networks"] == ["inside"]
    assert compose["networks"]["inside"] == {"internal": True}


def test_compose_reads_secrets_from_files(compose: dict[str, Any]) -> None:
    """No value of a secret stands in the file; each of our variables is a setting."""
    assert not re.search(r"xox[a-z]-|xapp-|redis://|requirepass", text("compose.yaml"))
    assert (
        settings_named(text("compose.yaml")) - {"PAPERBOT_IMAGE", "PAPERBOT_MEMORY", "PAPERBOT_MODE"}
        <= known_variables()
    )
    for one in ours(compose).values():
        assert one["environment"]["PAPERBOT_SECRETS_DIR"] in [
            mount["target"] for mount in one["volumes"] if isinstance(mount, dict) and mount["read_only"]
        ]


def made_secrets(folder: Path, answers: str) -> Path:
    """The folder that make-secrets.sh fills from these answers."""
    place = folder / "secrets"
    script = ["sh", str(DEPLOY / "make-secrets.sh"), str(place)]
    subprocess.run(script, input=answers, text=True, check=True, capture_output=True)
    return place


def test_secrets_are_made_once(tmp_path: Path) -> None:
    """What was given is kept by the next run, the folder is its owner's, and the store knows only a hash."""
    place = made_secrets(tmp_path, "xoxb-invented\nxapp-invented\n\n\n")
    files = {file.name: file.read_text() for file in place.rglob("*") if file.is_file()}
    again = made_secrets(tmp_path, "signed\n\n")
    later = {file.name: file.read_text() for file in again.rglob("*") if file.is_file()}
    password = re.search(r":([0-9a-f]{64})@store:6379", files["store__url"])
    assert password is not None
    assert set(files) == {"slack__bot_token", "slack__app_token", "store__url", "users.acl"}
    assert set(files) - {"users.acl"} <= known_secrets()
    assert later == {**files, "slack__signing_secret": "signed"}
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert password[1] not in files["users.acl"]
    assert hashlib.sha256(password[1].encode()).hexdigest() in files["users.acl"]
    assert (tmp_path / "config.toml").read_text() == ""


@contextmanager
def store_of(compose: dict[str, Any], secrets: Path, folder: Path) -> Generator[str]:
    """The store as compose starts it, on a port of this machine; gives the address with the password."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    places = {"/data": str(folder), "/run/secrets/store/users.acl": str(secrets / "store" / "users.acl")}
    words = [re.sub(r"\$\{\w+:-(.*)\}", r"\1", word) for word in compose["services"]["store"]["command"][1:]]
    server = str(find(None).path)
    command = [server, *(places.get(word, word) for word in words), "--port", str(port), "--bind", "127.0.0.1"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port, retry_on_error=[redis.ConnectionError]) as anybody:
            reach(anybody)
        url = (secrets / "paperbot" / "store__url").read_text()
        yield url.replace("@store:6379", f"@127.0.0.1:{port}")
    finally:
        running.terminate()
        running.wait()


def reach(client: redis.Redis) -> None:
    """Wait until the server answers, as its health check does: without a password."""
    for _ in range(500):
        try:
            if client.ping():
                return
        except redis.ConnectionError:
            threading.Event().wait(0.01)
    raise AssertionError("the store does not answer")


def test_store_of_compose_lets_us_do_all_we_do(
    compose: dict[str, Any], tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the rights that make-secrets.sh gives, the main job, a backup and its return work; foreign keys are refused."""
    secrets = made_secrets(tmp_path, "\n\n\n\n")
    (tmp_path / "files").mkdir()
    with store_of(compose, secrets, tmp_path / "files") as url:
        (secrets / "paperbot" / "store__url").chmod(0o600)
        (secrets / "paperbot" / "store__url").write_text(url)
        monkeypatch.setenv("PAPERBOT_SECRETS_DIR", str(secrets / "paperbot"))
        host = Installation(tmp_path / "host", model_folder)
        host.root.mkdir(exist_ok=True)
        jobs = [
            host.command(*(str(host.root / word) if word.endswith(".gz") else word for word in job)) for job in MAIN_JOB
        ]
        told = [subprocess.run(job, capture_output=True, text=True, check=False) for job in jobs]
        assert [(one.args[-3:], one.stderr) for one in told if one.returncode] == []
        port = int(url.rpartition(":")[2])
        with redis.Redis.from_url(url) as client, redis.Redis(port=port) as anybody:
            for refused in (("KEYS", "*"), ("FLUSHALL",), ("CONFIG", "GET", "*"), ("SET", "other", "1")):
                with pytest.raises(NoPermissionError):
                    client.execute_command(*refused)
            with pytest.raises(NoPermissionError):
                anybody.execute_command("GET", "pb:x")
