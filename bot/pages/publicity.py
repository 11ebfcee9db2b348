"""Which IP addresses are of the public internet, and not of this machine, its network or its cloud.

Pure. Ranges: IANA's registries of special-purpose addresses for IPv4 and IPv6, as of 2026. For IPv6 it is the other way
round: what IANA has given out as global unicast (2000::/3) is public, but for the ranges in it that are not.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

#: Not public, of IPv4.
_CLOSED = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own; in it 100.100.100.200, metadata at Alibaba
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own server, public by its number only
        "169.254.0.0/16",  # link-local; in it 169.254.169.254, metadata at most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # in it 192.0.0.192, metadata at Oracle
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_UNICAST = IPv6Network("2000::/3")
#: Not public, of global unicast.
_CLOSED_SIX = tuple(
    IPv6Network(one)
    for one in (
        "2001::/23",  # protocols' own; in it Teredo, 2001::/32
        "2001:db8::/32",
        "2002::/16",  # 6to4: leads to the IPv4 address inside
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
#: Networks without IPv4 reach it through these; the address is in the last four bytes.
_TRANSLATED = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether ``address``, in the usual notation of IPv4 or IPv6, is global unicast; False for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return _is_public_four(found) if isinstance(found, IPv4Address) else _is_public_six(found)


def literal(host: str) -> str | None:
    """The address that ``host`` is in any notation that resolvers take, None where it is a name.

    "127.1", "0x7f000001", "017700000001" and "2130706433" are all 127.0.0.1. Raises ValueError for a host that ends as
    an address does and is none: who asked for it may read it otherwise than who connects.
    """
    if ":" in host:
        return str(IPv6Address(host))
    last = host.rpartition(".")[2]
    if not last.isdecimal() and not last.startswith("0x"):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError as error:
        raise ValueError(host) from error


def _is_public_four(address: IPv4Address) -> bool:
    return not any(address in network for network in _CLOSED)


def _is_public_six(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    if address in _TRANSLATED:
        return _is_public_four(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _UNICAST and not any(address in network for network in _CLOSED_SIX)
