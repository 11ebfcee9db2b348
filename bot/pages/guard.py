"""Which addresses may be asked: every URL is taken apart, resolved and judged before anything connects.

What is connected to is the address that was judged, so a name that resolves to another one a moment later leads nowhere
else. Only what whoever hosts this bot wrote down is trusted, and exactly that host and port.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias
from urllib.parse import quote, urlsplit

import httpx

from bot.errors import PageRefused, PageUnavailable, SettingsError
from bot.pages.publicity import is_public, literal

#: The addresses (IPv4 and IPv6, as text) of a host at a port; raises OSError for a name that has none for now.
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

PORTS = {"http": 80, "https": 443}
#: Characters of the longest URL that is asked for.
LONGEST = 8_000
#: What browsers drop, turn round or stop at, each in its own way.
_UNCLEAR = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_SERVER = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)\]|(?P<host>[^\s:/\[\]@?#*\\]+))(?::(?P<port>[0-9]{0,5}))?"
)
_PATH = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class Trusted:
    """Hosts with their ports that whoever hosts this bot wrote down: they may be of this machine or its network."""

    pairs: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def of(cls, allow_hosts: Sequence[str], base_urls: Sequence[str]) -> Self:
        """From ``fetch.allow_hosts`` (without a port: 80 and 443) and the sources' ``base_url``.

        Raises SettingsError for an entry that is no host, no host with a port, or no URL.
        """
        pairs: set[tuple[str, int]] = set()
        for entry in allow_hosts:
            try:
                # An IPv6 address without brackets has no place for a port.
                host, port = (
                    (literal(entry) or "", None) if entry.count(":") > 1 and "[" not in entry else _server(entry)
                )
                pairs.update((host, one) for one in ([port] if port else PORTS.values()))
            except ValueError:
                raise SettingsError(
                    f"fetch.allow_hosts: {entry!r} is no host. Write one as wiki.lan, 10.0.0.5:8080 or [fd00::5]:8080."
                ) from None
        for url in base_urls:
            try:
                _, host, port, _ = _parts(url)
            except PageRefused as refusal:
                raise SettingsError(f"sources.base_url: {refusal.sentence}") from None
            pairs.add((host, port))
        return cls(frozenset(pairs))


@dataclass(frozen=True, slots=True)
class Checked:
    """A URL that may be asked for, and where it leads.

    ``url`` is in one spelling, without a fragment; ``host`` a name in lower-case ASCII without a final dot, or an
    address without brackets; ``addresses`` what may be connected to, each judged, the preferred one first.
    """

    url: str
    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def address(self) -> str:
        """The address to connect to first."""
        return self.addresses[0]

    @property
    def netloc(self) -> str:
        """The host, with its port where it is not its scheme's own."""
        return _netloc(self.scheme, self.host, self.port)

    @property
    def path(self) -> str:
        """The path without the query, for logs: queries may hold keys."""
        return urlsplit(self.url).path


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a host by the system's resolver, in its order. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


async def checked(url: str, trusted: Trusted, resolve: Resolve = resolved) -> Checked:
    """Judge a URL.

    http and https only, ports 80 and 443, no user name, and every address of the host must be public; a trusted host
    and port may be anywhere. Raises PageRefused with the code SCHEME, PORT, ADDRESS, USERINFO or HOST, and
    PageUnavailable for a name that has no address for now.
    """
    scheme, host, port, target = _parts(url)
    is_trusted = (host, port) in trusted.pairs
    if port not in PORTS.values() and not is_trusted:
        raise PageRefused(
            f"{_netloc(scheme, host, port)} is not asked: only the ports 80 and 443 are. "
            "Another one needs its host and port in allow_hosts of [fetch].",
            code="PORT",
        )
    known = literal(host)
    try:
        addresses = (known,) if known else tuple(dict.fromkeys(await resolve(host, port)))
    except OSError as error:
        raise PageUnavailable(
            f"{host} was not found. If it is spelt right, it may work later.", cause=f"{host}: {error}"
        ) from error
    if not addresses:
        raise PageUnavailable(f"{host} was not found. It may work later.", cause=f"{host}: no address")
    closed = [] if is_trusted else [one for one in addresses if not is_public(one)]
    if closed:
        raise PageRefused(
            f"{host} is not asked: it is of this machine or its network, and not of the public internet. "
            "If it may be asked, put its host and port in allow_hosts of [fetch].",
            code="ADDRESS",
            cause=f"ADDRESS {host}: {', '.join(closed[:3])}",
        )
    return Checked(f"{scheme}://{_netloc(scheme, host, port)}{target}", scheme, host, port, addresses)


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port, and path with query; raises PageRefused."""
    if len(url) > LONGEST or _UNCLEAR.search(url):
        raise PageRefused("This address is too long or has characters that no address has. Check it.", code="HOST")
    unreadable = PageRefused("This address has no host and port that can be read. Check it.", code="HOST")
    try:
        split = urlsplit(url)
    except ValueError:
        raise unreadable from None
    scheme = split.scheme.lower()
    if scheme not in PORTS:
        raise PageRefused("Only addresses that begin with https:// or http:// are asked.", code="SCHEME")
    if "@" in split.netloc:
        raise PageRefused(
            "An address with a user name or a password in it is not asked. Write it without.", code="USERINFO"
        )
    try:
        # urllib's own reading of hosts and ports takes more than there is.
        host, port = _server(split.netloc)
    except ValueError:
        raise unreadable from None
    query = f"?{quote(split.query, safe=_PATH + '?')}" if split.query else ""
    return scheme, host, port or PORTS[scheme], (quote(split.path, safe=_PATH) or "/") + query


def _server(written: str) -> tuple[str, int | None]:
    """Host and port, None where none is written, of ``host``, ``host:port`` or ``[address]:port``. Raises ValueError."""
    found = _SERVER.fullmatch(written)
    if not found:
        raise ValueError(written)
    port = int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port <= 65_535:  # noqa: PLR2004 - the last there is
        raise ValueError(written)
    return _host(found["six"] or found["host"]), port


def _host(written: str) -> str:
    """A host in its one spelling: lower case, ASCII, without a final dot; addresses as they are. Raises ValueError."""
    host = written.lower().removesuffix(".")
    if not host.isascii():
        try:
            host = httpx.URL(f"http://{host}").raw_host.decode("ascii")
        except httpx.InvalidURL as error:
            raise ValueError(written) from error
    address = literal(host)
    if address is None and not _NAME.fullmatch(host):
        raise ValueError(written)
    return address or host


def _netloc(scheme: str, host: str, port: int) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port == PORTS[scheme] else f"{bracketed}:{port}"
