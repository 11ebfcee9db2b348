"""The way to the store: addresses, what is said when there is no way, and answers that are lost on it."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from redis.backoff import NoBackoff
from redis.retry import Retry
from store_values import ADA, BEN, TAG, alert, fill_reader, fill_workspace, interest, new, paper, row, save_one

import bot.store
from bot.errors import SettingsError, StoreUnreachable, StoreUnsupported
from bot.settings import StoreSettings
from bot.store import PaperChange, Store, binary, open_store, shard_of
from bot.store.acts import Acts
from bot.store.address import Address
from bot.store.connection import Connection
from bot.store.records import Skipped

SECRET = "s3cr3t-canary"  # noqa: S105 - what must not be seen again


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a server that is away."""
    monkeypatch.setattr(bot.store, "PATIENCE", 0.05)
    monkeypatch.setattr(bot.store, "FIRST_PATIENCE", 0.05)


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


@pytest.fixture
def tcp_server(tmp_path: Path) -> Generator[Callable[..., int]]:
    """Starts a server on a TCP port of this machine, with options of its own; gives the port."""
    started: list[subprocess.Popen[bytes]] = []

    def start_one(*options: str) -> int:
        port = free_port()
        command = [binary.find(None).path, *options, "--port", str(port), "--bind", "127.0.0.1", "--dir", tmp_path]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
            else:
                return port

    yield start_one
    for one in started:
        one.kill()
        one.wait()


async def use(store: Store) -> None:
    """A little of everything."""
    await store.papers.save([new(1), new(2)])
    assert await save_one(store, PaperChange(paper(1, "1 + 2"), 1, ("arxiv:1",), ("p2",)))
    assert await store.papers.count() == 1
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    [block] = await asyncio.to_thread(lambda: list(store.profiles.interest_blocks(shard_of(ADA), TAG)))
    assert block.fields == [b"ada\0i1"]
    assert await store.alerts.add(shard_of(ADA), [alert()]) == 1
    assert await store.alerts.of(ADA) == [alert()]
    await store.vectors.set_current_model(TAG)
    await store.vectors.drop_model(TAG)
    await fill_reader(store, ADA, "D7")
    await fill_workspace(store, "local")
    assert (await store.saved.savers("local", ["p1"], BEN), await store.saved.has(ADA, ["p1"])) == ({"p1": 1}, {"p1"})
    assert [act for act, _ in await store.acts.left("local")] == ["Ev1"]
    assert await store.forget(ADA) > 10
    assert await store.purge("local") > 3
    assert await store.profiles.readers() == []


@pytest.mark.usefixtures("impatient")
async def test_a_server_over_tcp_with_a_password(tcp_server: Callable[..., int]) -> None:
    """User and password of the address open it; a wrong password is told without repeating it."""
    port = tcp_server("--requirepass", SECRET)
    store = await open_store(StoreSettings(url=f"redis://:{SECRET}@127.0.0.1:{port}"))
    await use(store)
    assert store.address == f"redis://127.0.0.1:{port}"
    assert store.server is None
    await store.close()
    for wrong in (f"redis://127.0.0.1:{port}", f"redis://:{SECRET}x@127.0.0.1:{port}"):
        with pytest.raises(StoreUnreachable, match="password") as refused:
            await open_store(StoreSettings(url=wrong))
        assert SECRET not in refused.value.sentence + refused.value.cause


async def test_a_cluster(tcp_server: Callable[..., int], tmp_path: Path) -> None:
    """Everything works on a cluster: what one command or script touches shares a hash tag."""
    nodes = str(tmp_path / "nodes.conf")
    port = tcp_server("--cluster-enabled", "yes", "--cluster-config-file", nodes, "--cluster-port", str(free_port()))
    with redis.Redis(port=port) as client:
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while b"cluster_state:ok" not in cast("bytes", client.execute_command("CLUSTER", "INFO")):
            pass
    store = await open_store(StoreSettings(url=f"cluster://127.0.0.1:{port}"))
    await use(store)
    await store.close()


async def test_an_address_behind_sentinels(tcp_server: Callable[..., int], tmp_path: Path) -> None:
    """The Sentinels are asked which server is the primary, and that one is used."""
    port = tcp_server()
    configuration = tmp_path / "sentinel.conf"
    configuration.write_text(f"sentinel monitor papers 127.0.0.1 {port} 1\n")
    sentinel = tcp_server(str(configuration), "--sentinel")
    store = await open_store(StoreSettings(url=f"sentinel://127.0.0.1:{sentinel}/papers"))
    await use(store)
    await store.close()


@asynccontextmanager
async def old_server(path: Path, version: str) -> AsyncGenerator[None]:
    """Something that answers like a server of another version."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while wanted := await reader.read(4_096):
            body = f"# Server\r\nredis_version:{version}\r\n".encode()
            info = b"$%d\r\n%s\r\n" % (len(body), body)
            for command in re.findall(rb"\*\d+\r\n\$\d+\r\n(\w+)", wanted):
                writer.write(info if command == b"INFO" else b"+OK\r\n")
        writer.close()

    server = await asyncio.start_unix_server(answer, path)
    try:
        yield
    finally:
        server.close()


@pytest.mark.parametrize("version", ["6.0.16", "5.0.14", "", "unknown"])
async def test_a_server_that_is_too_old_is_refused(tmp_path: Path, version: str) -> None:
    """The sentence names the version that is needed."""
    async with old_server(tmp_path / "s", version):
        with pytest.raises(StoreUnsupported, match=r"6\.2"):
            await open_store(StoreSettings(url=f"unix://{tmp_path / 's'}"))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("scheme", ["redis://", "rediss://", "cluster://", "unix://", "sentinel://"])
async def test_nobody_answers(scheme: str, tmp_path: Path) -> None:
    """Each kind of address fails with a sentence that names it and keeps its password."""
    place = {
        "unix://": str(tmp_path / "nothing.sock"),
        "sentinel://": f"u:{SECRET}@127.0.0.1:{free_port()}/papers",
    }.get(scheme, f"u:{SECRET}@127.0.0.1:{free_port()}")
    with pytest.raises(StoreUnreachable, match="Nobody answers at") as refused:
        await open_store(StoreSettings(url=scheme + place))
    assert SECRET not in refused.value.sentence + refused.value.cause
    assert "127.0.0.1" in refused.value.sentence or "nothing.sock" in refused.value.sentence


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis://:p@",
        f"redis://u:{SECRET}@host:port",
        f"redis://u:{SECRET}@host:99999",
        f"redis://u:{SECRET}@host/3",
        f"redis://u:{SECRET}@host?db=3",
        f"redis://u:{SECRET}@host?decode_responses=true",
        f"redis://u:{SECRET}@[::1",
        "unix://",
        "sentinel://host",
        f"sentinel://u:{SECRET}@/name",
        f"cluster://u:{SECRET}@host/name",
        f"cluster://u:{SECRET}@a,,b",
        f"http://u:{SECRET}@host",
    ],
)
def test_an_address_that_makes_no_sense_is_refused(url: str) -> None:
    """The sentence names the setting and never repeats a password."""
    with pytest.raises(SettingsError, match=r"store\.url") as refused:
        Address.parse(url).connect()
    assert SECRET not in refused.value.sentence + refused.value.cause


@given(st.text(max_size=40), st.sampled_from(["redis://", "rediss://", "unix://", "sentinel://", "cluster://", ""]))
def test_any_text_is_an_address_or_is_refused(text: str, scheme: str) -> None:
    """No address fails in any other way, and none shows what stands before its last @."""
    try:
        shown = str(Address.parse(f"{scheme}u:{SECRET}@{text}"))
    except SettingsError:
        return
    assert SECRET not in shown


@pytest.mark.usefixtures("impatient")
async def test_a_stream_fails_with_a_sentence_when_the_store_is_gone(tcp_server: Callable[..., int]) -> None:
    """The thread that reads ahead hands its failure to whoever waits for blocks."""
    port = tcp_server()
    store = await open_store(StoreSettings(url=f"redis://127.0.0.1:{port}"))
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    with redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as client:
        client.shutdown(nosave=True)
    with pytest.raises(StoreUnreachable, match=f"127.0.0.1:{port}"):
        list(store.profiles.interest_blocks(shard_of(ADA), TAG))
    with pytest.raises(StoreUnreachable, match=f"127.0.0.1:{port}"):
        await store.papers.count()
    await store.close()


async def test_a_store_that_does_not_answer_is_told_in_time(tmp_path: Path) -> None:
    """Whether it hangs, is away or is loading: who has little patience is told when it ends."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def load(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4_096):
            writer.write(b"-LOADING Redis is loading the dataset in memory\r\n" * 3)
        writer.close()

    for name, answer in (("hangs", hang), ("loads", load), ("away", None)):
        server = await asyncio.start_unix_server(answer, tmp_path / name) if answer else None
        line = Connection(Address.parse(f"unix://{tmp_path / name}"), Skipped(), 15)
        began = time.monotonic()
        with pytest.raises(StoreUnreachable, match=name):
            await Acts(line).keep("T1", "Ev1", b"{}", patience=0.2)
        assert time.monotonic() - began < 0.6
        await line.close()
        if server:
            server.close()


async def test_a_line_works_on_after_its_patience_ended(store: Store, raw_store: Any) -> None:
    """An answer that came too late is not taken for the answer to the next command."""
    raw_store.execute_command("CLIENT", "PAUSE", 300, "WRITE")
    with pytest.raises(StoreUnreachable, match="Nobody answers"):
        await store.acts.keep("T1", "Ev1", b"{}", patience=0.05)
    await asyncio.sleep(0)
    assert [await store.acts.keep("T1", act, b"{}") for act in ("Ev2", "Ev3", "Ev2")] == [True, True, False]
    assert await store.papers.count() == 0
