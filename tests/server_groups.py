"""Servers that stand in for each other, from the programs that the environment has: Sentinels, and a cluster.

    with sentinels(folder) as group:            # a primary, a replica and three Sentinels
        open_store(StoreSettings(url=group.url))
        group.primary.kill()                    # the replica takes over after group.down_after seconds
    with cluster(folder, replicas=1) as group:  # three primaries, each with so many replicas
        group.migrate(key_slot(b"{papers:0}"), group.servers[1])

Everything listens on loopback alone, ends with this program, and is there when the block begins.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import redis
from redis.crc import key_slot

from bot.store.binary import find

SLOTS = 16_384
#: Between the port of a node and that of its bus.
_BUS = 10_000
#: Away from the ports that the kernel gives to clients.
_PORTS = range(12_000, 22_000)
_PATIENCE = 30.0
#: Keys that are moved at once, as redis-cli has it.
_TOGETHER = 10
_LOOK = 0.02
#: Ends the server with this program, however that ends.
_LAUNCH = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass
class Server:
    """One server on a port of its own, with files of its own."""

    folder: Path
    port: int
    command: Sequence[str]
    node_id: str = ""
    _popen: subprocess.Popen[bytes] | None = None

    def ask(self, *command: bytes | str | int) -> Any:
        """The answer to one command, as the server gives it; texts are decoded."""
        with redis.Redis(port=self.port, socket_timeout=10, decode_responses=True, protocol=2) as client:
            client.response_callbacks.clear()
            return cast("Any", client.execute_command(*command))

    @property
    def is_killed(self) -> bool:
        """It was killed and not started again."""
        return self._popen is None

    def information(self, section: str) -> dict[str, str]:
        """What it says of itself."""
        told = str(self.ask("INFO", section))
        return dict(line.split(":", 1) for line in told.splitlines() if ":" in line)

    def start(self, *more: str) -> None:
        """Start it on its files, with these options too, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            launch = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *self.command, *more]
            self._popen = subprocess.Popen(
                launch, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        until(self._answers, f"an answer of {self.command}")

    def _answers(self) -> bool:
        with suppress(redis.ConnectionError):
            return bool(self.ask("PING"))
        return False

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._popen is not None:
            self._popen.kill()
            self._popen.wait()
            self._popen = None

    def signal(self, number: int) -> None:
        """Send it a signal: SIGSTOP and SIGCONT."""
        assert self._popen
        self._popen.send_signal(number)


def until(condition: Callable[[], Any], what: str, seconds: float = _PATIENCE) -> float:
    """Wait for something; the seconds it took. Raises TimeoutError."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise TimeoutError(what)
        time.sleep(_LOOK)
    return time.monotonic() - began


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on, with the one above each that a node's bus has."""
    found: list[int] = []
    while len(found) < number:
        port = random.choice(_PORTS)
        try:
            for one in (port, port + _BUS):
                socket.create_server(("127.0.0.1", one)).close()
        except OSError:
            continue
        if port not in found:
            found.append(port)
    return found


def _server(folder: Path, port: int, program: str | None, *options: str | int) -> Server:
    folder.mkdir(parents=True)
    words = ("--port", port, "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes", "--save", "", *options)
    return Server(folder, port, [str(find(program).path), *map(str, words)])


@dataclass
class Alone:
    """One server over TCP."""

    servers: list[Server]

    @property
    def url(self) -> str:
        """What ``store.url`` says."""
        return f"redis://127.0.0.1:{self.servers[0].port}"


@contextmanager
def alone(folder: Path, program: str | None = None) -> Generator[Alone]:
    """A server that nobody stands in for."""
    with _running([_server(folder / "server", free_ports(1)[0], program)]) as servers:
        yield Alone(servers)


@contextmanager
def _running(servers: list[Server]) -> Generator[list[Server]]:
    with ExitStack() as ends:
        for one in servers:
            ends.callback(one.kill)
        for one in servers:
            one.start()
        yield servers


@dataclass
class Watched:
    """A primary, its replica, and the Sentinels that watch both."""

    servers: list[Server]
    sentinels: list[Server]
    #: Seconds without an answer until a Sentinel calls a server down.
    down_after: float

    @property
    def url(self) -> str:
        """What ``store.url`` says."""
        return f"sentinel://{','.join(f'127.0.0.1:{one.port}' for one in self.sentinels)}/papers"

    def named(self) -> int:
        """The port of the primary, as most Sentinels have it."""
        told = [int(one.ask("SENTINEL", "get-master-addr-by-name", "papers")[1]) for one in self.sentinels]
        return max(set(told), key=told.count)

    @property
    def primary(self) -> Server:
        """The server that is the primary now."""
        port = self.named()
        return next(one for one in self.servers if one.port == port)

    @property
    def replica(self) -> Server:
        """The other one."""
        port = self.named()
        return next(one for one in self.servers if one.port != port)

    def failed_over(self, killed: Server) -> float:
        """Wait until another server is named than the one that was killed; the seconds it took."""
        return until(lambda: self.named() != killed.port, "another primary")

    def rejoin(self, killed: Server) -> None:
        """Start it again as a replica, which the Sentinels would make it after a while.

        Not before they all see the new primary well: one that comes back with what it had when it died, and is named at
        once because a busy machine did not answer in time, takes everything back that was written since.
        """
        since = time.monotonic()

        def is_calm() -> bool:
            nonlocal since
            if not all(self._sees_well(one, killed) for one in self.sentinels):
                since = time.monotonic()
            return time.monotonic() - since > self.down_after

        until(is_calm, "Sentinels that agree")
        killed.start("--replicaof", "127.0.0.1", str(self.named()))
        self.settle()

    def _sees_well(self, sentinel: Server, killed: Server) -> bool:
        told = _named(sentinel.ask("SENTINEL", "master", "papers"))
        return told["flags"] == "master" and told["port"] != str(killed.port)

    def settle(self) -> None:
        """Wait until the replica has everything and every Sentinel knows of all the others."""
        until(self._is_settled, "a replica in step, known to three Sentinels")

    def _is_settled(self) -> bool:
        with suppress(redis.RedisError, StopIteration):
            replica, primary = self.replica, self.primary
            told, mine = replica.information("replication"), primary.information("replication")
            return (
                (told["role"], mine["role"], told.get("master_link_status")) == ("slave", "master", "up")
                and "state=online" in mine.get("slave0", "")
                and all(self._knows_all(one) for one in self.sentinels)
            )
        return False

    def _knows_all(self, sentinel: Server) -> bool:
        told = _named(sentinel.ask("SENTINEL", "master", "papers"))
        replicas = [_named(row) for row in sentinel.ask("SENTINEL", "replicas", "papers")]
        return (
            (told["flags"], told["num-other-sentinels"]) == ("master", "2")
            and [one["flags"] for one in replicas] == ["slave"]
            and replicas[0]["master-port"] == told["port"]
        )


def _named(row: Sequence[str]) -> dict[str, str]:
    return dict(zip(row[::2], row[1::2], strict=True))


@contextmanager
def sentinels(folder: Path, *, down_after: float = 2.0, program: str | None = None) -> Generator[Watched]:
    """A primary, a replica in step with it, and three Sentinels of which two decide."""
    primary, replica, *watching = free_ports(5)
    sync = ("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", 0, "--repl-ping-replica-period", 1)
    servers = [
        _server(folder / "first", primary, program, *sync),
        _server(folder / "second", replica, program, *sync, "--replicaof", "127.0.0.1", primary),
    ]
    milliseconds = round(down_after * 1_000)
    watchers: list[Server] = []
    for port in watching:
        own = folder / f"sentinel-{port}"
        own.mkdir(parents=True)
        (own / "sentinel.conf").write_text(
            f"port {port}\nbind 127.0.0.1\ndir {own}\nsentinel monitor papers 127.0.0.1 {primary} 2\n"
            f"sentinel down-after-milliseconds papers {milliseconds}\nsentinel failover-timeout papers 3000\n"
        )
        watchers.append(Server(own, port, [str(find(program).path), "sentinel.conf", "--sentinel"]))
    with _running([*servers, *watchers]):
        group = Watched(servers, watchers, down_after)
        group.settle()
        yield group


@dataclass
class Cluster:
    """Servers that share the slots; the first three begin as primaries, the others as their replicas, in turn."""

    servers: list[Server]
    node_timeout: float

    @property
    def url(self) -> str:
        """What ``store.url`` says: two of them name all."""
        return f"cluster://{','.join(f'127.0.0.1:{one.port}' for one in self.servers[:2])}"

    def rows(self, asked: Server | None = None) -> list[list[str]]:
        """What a node that answers says of all: id, address, flags, primary, …, slots."""
        for one in [asked] if asked else self.servers:
            with suppress(redis.ConnectionError, redis.TimeoutError):
                return [line.split() for line in str(one.ask("CLUSTER", "NODES")).splitlines()]
        raise TimeoutError("no node answers")

    def owner(self, slot: int) -> Server:
        """Who has a slot."""
        for row in self.rows():
            for part in row[8:]:
                first, _, last = part.partition("-")
                if first.isdigit() and int(first) <= slot <= int(last or first):
                    return next(one for one in self.servers if one.node_id == row[0])
        raise LookupError(slot)

    def is_whole(self) -> bool:
        """Every node that runs says that all slots are served, by nodes that nobody calls failing."""
        with suppress(redis.RedisError, TimeoutError):
            for one in self.servers:
                if one.is_killed:
                    continue
                rows = self.rows(one)
                told = str(one.ask("CLUSTER", "INFO"))
                serving = [row for row in rows if len(row) > 8]
                if "cluster_state:ok" not in told or any("fail" in row[2] or "handshake" in row[2] for row in serving):
                    return False
            return True
        return False

    def settle(self) -> None:
        """Wait until it is whole, every node is known to all as alive, and every replica is in step."""
        until(lambda: self.is_whole() and all(self._in_step(one) for one in self.servers), "a whole cluster")

    def _in_step(self, one: Server) -> bool:
        with suppress(redis.RedisError, TimeoutError):
            rows = self.rows(one)
            alive = all(row[2].removeprefix("myself,") in ("master", "slave") for row in rows)
            told = one.information("replication")
            return alive and (told["role"] == "master" or told.get("master_link_status") == "up")
        return False

    def take_over(self, slot: int) -> float:
        """Wait until somebody else has the slot of a server that was killed; the seconds it took."""
        return until(lambda: not self.owner(slot).is_killed and self.is_whole(), "somebody who takes over")

    def move(self, slot: int, target: Server, *, seconds: float = 0.0) -> int:
        """Move a slot with everything in it while it is used, ten keys at a time; gives how many keys that were.

        ``seconds``: how long the last few stay behind, so that long some are here and some are there.
        """
        source = self.owner(slot)
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.node_id)
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.node_id)
        moved = 0
        with redis.Redis(port=source.port, socket_timeout=10) as client:
            while names := cast("list[bytes]", client.execute_command("CLUSTER GETKEYSINSLOT", slot, _TOGETHER)):
                if len(names) < _TOGETHER:
                    time.sleep(seconds)
                client.execute_command("MIGRATE", "127.0.0.1", target.port, "", 0, 5_000, "REPLACE", "KEYS", *names)
                moved += len(names)
        others = [one for one in self.servers if one not in (target, source) and not one.is_killed]
        for one in (target, source, *others):
            if "myself,master" in (row[2] for row in self.rows(one)):
                one.ask("CLUSTER", "SETSLOT", slot, "NODE", target.node_id)
        return moved


@contextmanager
def cluster(
    folder: Path, *, replicas: int = 0, node_timeout: float = 1.0, program: str | None = None
) -> Generator[Cluster]:
    """Three primaries with an equal share of the slots, each with so many replicas."""
    number = 3 * (1 + replicas)
    ports = free_ports(number)
    ids = [f"{place:040x}" for place in range(1, number + 1)]
    share = SLOTS // 3 + 1
    milliseconds = round(node_timeout * 1_000)
    options = (
        "--cluster-enabled",
        "yes",
        "--cluster-node-timeout",
        milliseconds,
        "--cluster-config-file",
        "nodes.conf",
    )
    sync = ("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", 0, "--repl-ping-replica-period", 1)
    servers: list[Server] = []
    for place, port in enumerate(ports):
        one = _server(folder / f"node-{place}", port, program, *options, *sync)
        one.node_id = ids[place]
        servers.append(one)
        rows: list[str] = []
        for other, at in enumerate(ports):
            mine = "myself," if other == place else ""
            address = f"{ids[other]} 127.0.0.1:{at}@{at + _BUS}"
            if other < 3:
                slots = f"{other * share}-{min((other + 1) * share, SLOTS) - 1}"
                rows.append(f"{address} {mine}master - 0 0 {other + 1} connected {slots}")
            else:
                rows.append(f"{address} {mine}slave {ids[other % 3]} 0 0 {other % 3 + 1} connected")
        # What the nodes would have told each other after a while.
        (one.folder / "nodes.conf").write_text("\n".join([*rows, f"vars currentEpoch {number} lastVoteEpoch 0", ""]))
    with _running(servers):
        group = Cluster(servers, node_timeout)
        group.settle()
        yield group


def slot_of(prefix: str) -> int:
    """The slot of all keys that begin so: ``pb:{papers:0}:``."""
    return key_slot(prefix.encode())
