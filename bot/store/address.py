"""Where the store is: the setting ``store.url`` or the embedded server's socket -> clients.

=============================================  =====================================================
``redis://[user:password@]host[:port]``        one server, TCP
``rediss://…``                                 one server, TLS; certificates are checked
``unix:///path/of.sock``                       one server on this machine
``sentinel://[user:password@]h1:p1,h2:p2/name``  the primary that these Sentinels know by this name
``cluster://[user:password@]h1:p1,h2:p2``      a cluster
=============================================  =====================================================

Options of the two redis schemes that may follow a ``?`` are those of TLS, ``ssl_…``. Database 0 only: a cluster has no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import redis
import redis.asyncio
import redis.asyncio.retry
import redis.backoff
import redis.retry

from bot.errors import SettingsError
from bot.store.packing import quickened

#: Seconds to wait for an answer: the largest block is read in milliseconds, so this is a server in trouble.
ANSWER_SECONDS = 15.0
CONNECT_SECONDS = 5.0
#: The same where another server takes over from one that hangs: a command that waits shall be sent to that one.
FAILOVER_ANSWER_SECONDS = 5.0
FAILOVER_CONNECT_SECONDS = 2.0
#: For a Sentinel, which only names a server: one on a machine that is gone shall not hold up the others.
SENTINEL_SECONDS = 1.0
#: Read from a socket at once where blocks are streamed: a tenth faster than redis-py's 32 KiB, and no more after it.
READ_BYTES = 131_072

_PORTS = {"sentinel": 26379, "cluster": 6379}


@dataclass(frozen=True, slots=True)
class Address:
    """One way to reach a store; ``str`` gives it without user, password and options."""

    scheme: str
    #: As ``store.url`` has it; for ``socket`` the path itself.
    url: str
    shown: str
    hosts: tuple[tuple[str, int], ...] = ()
    name: str = ""
    username: str | None = None
    password: str | None = None
    #: What the server's list of connections calls ours.
    client: str = "paperbot"

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"Address({self.shown})"

    @classmethod
    def of_socket(cls, path: str, folder: Path) -> Address:
        """The socket of the embedded server that keeps its files in ``folder``."""
        return cls("socket", path, f"the embedded store in {folder}")

    @property
    def has_others(self) -> bool:
        """Another server takes over when the one that is asked goes."""
        return self.scheme in _PORTS

    @property
    def unreachable(self) -> str:
        """What to tell a person when nobody answers here."""
        if self.scheme == "socket":
            return f"Nobody answers for {self}: the end of server.log there tells why; then start again."
        return f"Nobody answers at {self}: start the store there, or check the setting store.url."

    @classmethod
    def parse(cls, url: str) -> Address:
        """Raises SettingsError, whose sentence never repeats user, password or options."""
        try:
            return cls._parse(url)
        except (ValueError, TypeError) as error:
            raise SettingsError(
                "The setting store.url is no address of a store: write redis://HOST:PORT, rediss://HOST:PORT, "
                "unix:///PATH, sentinel://HOST:PORT,HOST:PORT/NAME, cluster://HOST:PORT or embedded.",
                cause=type(error).__name__,
            ) from None

    @classmethod
    def _parse(cls, url: str) -> Address:
        parts = urlsplit(url)
        credentials, _, places = parts.netloc.rpartition("@")
        shown = f"{parts.scheme}://{places}{parts.path}"
        if any(not name.startswith("ssl_") for name, _ in parse_qsl(parts.query, strict_parsing=bool(parts.query))):
            raise SettingsError("The setting store.url may be followed by options for TLS only (ssl_ca_certs=…).")
        if parts.scheme in ("redis", "rediss"):
            if parts.path.strip("/") not in ("", "0"):
                raise SettingsError("The setting store.url names a database: Paperbot uses database 0 only.")
            if not parts.hostname or parts.port == 0:
                raise ValueError(shown)
        elif parts.scheme == "unix":
            if not parts.path:
                raise ValueError(shown)
        elif parts.scheme in _PORTS:
            username, _, password = credentials.partition(":")
            name = parts.path.strip("/")
            if bool(name) != (parts.scheme == "sentinel"):
                raise ValueError(shown)
            hosts = tuple(_host(place, _PORTS[parts.scheme]) for place in places.split(","))
            return cls(parts.scheme, url, shown, hosts, name, unquote(username) or None, unquote(password) or None)
        else:
            raise ValueError(shown)
        return cls(parts.scheme, url, shown)

    def connect(self) -> Any:  # noqa: ANN401 - redis-py's clients share their methods, not a type
        """A client for asyncio; connects with its first command."""
        return quickened(self._client(redis.asyncio, redis.asyncio.retry.Retry(redis.backoff.NoBackoff(), 0)))

    def connect_blocking(self) -> Any:  # noqa: ANN401 - as above
        """A client for a thread of its own; connects with its first command."""
        retry = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
        return self._client(redis, retry, socket_read_size=READ_BYTES)

    def _client(self, library: Any, retry: object, **more: object) -> Any:  # noqa: ANN401 - redis or redis.asyncio, alike in what is used
        # Connection repeats commands itself, within a bound in seconds; redis-py's retries would multiply with it.
        options: Mapping[str, Any] = {
            "socket_timeout": FAILOVER_ANSWER_SECONDS if self.has_others else ANSWER_SECONDS,
            "socket_connect_timeout": FAILOVER_CONNECT_SECONDS if self.has_others else CONNECT_SECONDS,
            "client_name": self.client,
            "decode_responses": False,
            "protocol": 2,
            "retry": retry,
            **more,
        }
        try:
            if self.scheme == "socket":
                return library.Redis(unix_socket_path=self.url, **options)
            if self.scheme == "sentinel":
                login = {"username": self.username, "password": self.password}
                soon = {"socket_timeout": SENTINEL_SECONDS, "socket_connect_timeout": SENTINEL_SECONDS}
                sentinel = library.sentinel.Sentinel(self.hosts, sentinel_kwargs={**options, **login, **soon})
                return sentinel.master_for(self.name, **options, **login)
            if self.scheme == "cluster":
                nodes = [library.cluster.ClusterNode(host, port) for host, port in self.hosts]
                login = {"username": self.username, "password": self.password}
                return library.cluster.RedisCluster(startup_nodes=nodes, **options, **login)
            return library.Redis.from_url(self.url, **options)
        except (ValueError, TypeError) as error:
            raise SettingsError(
                f"The setting store.url has an option that is not right (for {self}).", cause=type(error).__name__
            ) from None


def _host(place: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{place}")
    if not parts.hostname:
        raise ValueError(place)
    return parts.hostname, parts.port or port


def sentinels(client: Any) -> list[Any]:  # noqa: ANN401 - as above
    """The clients of the Sentinels behind a client, which does not close them itself."""
    manager = getattr(getattr(client, "connection_pool", None), "sentinel_manager", None)
    return list(manager.sentinels) if manager else []
