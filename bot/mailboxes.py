"""Addresses for e-mail: which ones are written to at all, and how one is named without being told. Pure.

Much stricter than mail itself is (RFC 5321): letters, digits and the usual signs, a domain of the public internet's form,
and nothing that could end a header or begin another.
"""

from __future__ import annotations

import re
from hashlib import sha256

from bot.errors import UserError

#: As long as mail takes them: before the @, a label of the domain, and all of it.
_LONGEST_LOCAL, _LONGEST = 64, 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*", re.ASCII)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#: The last label is a name: an address by number is written to nobody.
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?=[A-Za-z0-9-]*[A-Za-z]){_LABEL}", re.ASCII)
_SHOWN = 60
_MARK = 12


def checked(written: str) -> str:
    """The address, its domain in lower case; ``<ada@example.org>`` and ``mailto:`` are taken off it.

    Raises UserError for what is none, and for one of a kind that is not written to.
    """
    bare = written.strip().removeprefix("<").removesuffix(">").removeprefix("mailto:")
    local, at, domain = bare.rpartition("@")
    is_sound = (
        at
        and len(local) <= _LONGEST_LOCAL
        and len(bare) <= _LONGEST
        and _LOCAL.fullmatch(local)
        and _DOMAIN.fullmatch(domain)
    )
    if not is_sound:
        shown = "".join(character if character.isprintable() else " " for character in written.strip())[:_SHOWN]
        raise UserError(f"“{shown}” is no address that I can write to: write one such as ada@example.org.")
    return f"{local}@{domain.lower()}"


def mark(*addresses: str) -> str:
    """What stands for these addresses where they are not to be read: 12 hexadecimal digits."""
    return sha256("\n".join(addresses).encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]
