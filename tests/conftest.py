"""What every test may use."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from hypothesis import strategies

from bot.settings import StoreSettings
from bot.store import Store, open_store
from bot.store.binary import find
from bot.store.embedded import FileLock
from bot.store.server import SOCKET, Answer, Child, ask, prepare, start
from tests.mail_server import mail, trusted
from tests.source_server import source_server

__all__ = ["mail", "source_server", "trusted"]


class NoMistakes(logging.Handler):
    """Fails the test in which a reader made a mistake that the program would refuse the page for."""

    def emit(self, record: logging.LogRecord) -> None:
        """Raise what went wrong."""
        raise AssertionError(record.getMessage()) from (record.exc_info or (None, None))[1]


@pytest.fixture(scope="session", autouse=True)
def no_reader_fails() -> Generator[None]:
    """No page of any test breaks a reader."""
    handler = NoMistakes(logging.ERROR)
    logging.getLogger("bot.sources").addHandler(handler)
    yield
    logging.getLogger("bot.sources").removeHandler(handler)


@pytest.fixture(scope="session", autouse=True)
def characters_are_known() -> None:
    """Hypothesis works out its tables of characters once on a machine; that second is no test's own."""

    @hypothesis.settings(max_examples=1, database=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
    @hypothesis.given(strategies.text())
    def any_text(_: str) -> None: ...

    any_text()


@pytest.fixture(scope="session")
def shared() -> Path | None:
    """The folder of real dumps beside the checkout, where there is one."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    return folder if (folder / "dumps").is_dir() else None


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ``cache_dir`` that holds the bundled model's export: the environment's, or one made for this session."""
    from bot.embedder.exported import find_export, installed_models
    from bot.embedder.locating import BUNDLED, find_model

    model = find_model(BUNDLED, download=False)
    if find_export([installed_models()], model.name, model.revision):
        return installed_models()
    folder = tmp_path_factory.mktemp("models")
    subprocess.run([sys.executable, "-m", "bot.embedder.export", "--into", str(folder)], check=True)
    return folder


@pytest.fixture
def store_settings(tmp_path: Path) -> StoreSettings:
    """An embedded store in a folder of the test's own."""
    return StoreSettings(data_dir=tmp_path / "data")


@pytest.fixture(scope="session")
def store_servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[Callable[[str | None], Path]]:
    """Gives the socket of a real server for the whole session, one for each program asked for."""
    children: dict[str | None, tuple[Child, Path]] = {}

    def socket_of(server: str | None) -> Path:
        if server not in children:
            folder = tmp_path_factory.mktemp("store") / "store"
            prepare(folder)
            lock = FileLock(folder / "server.lock")
            assert lock.take()
            children[server] = start(find(server), folder, lock.descriptor), folder / SOCKET
            lock.free()
            deadline = time.monotonic() + 30
            while ask(str(folder / SOCKET)) is not Answer.READY:
                assert time.monotonic() < deadline, children[server][0].last_words()
        return children[server][1]

    yield socket_of
    for child, _ in children.values():
        child.kill()


@pytest.fixture
def store_server(request: pytest.FixtureRequest) -> str | None:
    """The server program below ``store``: the one that a fresh installation finds, or the parameter."""
    return getattr(request, "param", None)


@pytest.fixture
def raw_store(store_servers: Callable[[str | None], Path], store_server: str | None) -> Generator[Any]:
    """A plain client of the emptied server below ``store``: what anybody may do to it."""
    with redis.Redis(unix_socket_path=str(store_servers(store_server))) as client:
        client.execute_command("FLUSHALL")
        yield client


@pytest.fixture
async def store(
    raw_store: Any,  # noqa: ARG001 - it empties the server
    store_servers: Callable[[str | None], Path],
    store_server: str | None,
) -> AsyncGenerator[Store]:
    """An empty store on a real server."""
    opened = await open_store(StoreSettings(url=f"unix://{store_servers(store_server)}"))
    yield opened
    await opened.close()
