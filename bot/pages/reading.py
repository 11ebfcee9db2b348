"""An answer's bytes: unpacked as they come, and never more of them than there is room for."""

from __future__ import annotations

import zlib

import httpx

from bot.errors import PageRefused, PageUnavailable

#: What may be asked for; nothing else is unpacked.
ENCODINGS = "gzip, identity"
_GZIP = zlib.MAX_WBITS | 16
_MAGIC = b"\x1f\x8b"


async def content(response: httpx.Response, most: int, where: str) -> bytes:
    """The whole body, unpacked, at most ``most`` bytes. ``where`` names it in logs.

    Raises PageRefused (TOO_LARGE), PageUnavailable for what is packed otherwise, damaged or cut off, and httpx's errors.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("gzip", "x-gzip", "identity", ""):
        raise PageUnavailable(
            "The server packs its answers in a way that was not asked for. It may work later.",
            cause=f"{where}: content-encoding {encoding[:40]!r}",
        )
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise too_large(most, where)
    unpacking = _Unpacking(most, where) if encoding.endswith("gzip") else None
    body, received = bytearray(), 0
    async for piece in response.aiter_raw():
        received += len(piece)
        body += unpacking.unpacked(piece, most - len(body)) if unpacking else piece
        if max(received, len(body)) > most:
            raise too_large(most, where)
    if unpacking:
        unpacking.close()
    return bytes(body)


def too_large(most: int, where: str) -> PageRefused:
    """It is more than there is room for."""
    return PageRefused(
        f"The page has more than {most / 1e6:.0f} MB, and no more is read of one: name a shorter one.",
        code="TOO_LARGE",
        cause=f"{where}: more than {most} bytes",
    )


class _Unpacking:
    """gzip, which may be several members one after the other; whatever else follows is no part of it."""

    def __init__(self, most: int, where: str) -> None:
        self._most, self._where = most, where
        self._member = zlib.decompressobj(_GZIP)
        self._has_begun = False
        #: Too little to tell whether another member begins.
        self._rest = b""

    def unpacked(self, piece: bytes, room: int) -> bytes:
        """What the next piece holds, at most a byte more than ``room``."""
        found = bytearray()
        piece, self._rest = self._rest + piece, b""
        while piece:
            if self._member.eof:
                if len(piece) < len(_MAGIC):
                    self._rest = piece
                    break
                if not piece.startswith(_MAGIC):
                    break
                self._member = zlib.decompressobj(_GZIP)
            self._has_begun = True
            try:
                found += self._member.decompress(piece, room - len(found) + 1)
            except zlib.error as error:
                raise self._damaged(str(error)) from error
            if len(found) > room:
                raise too_large(self._most, self._where)
            piece = self._member.unused_data
        return bytes(found)

    def close(self) -> None:
        """Raises PageUnavailable where the end is missing."""
        if self._has_begun and not self._member.eof:
            raise self._damaged("cut off")

    def _damaged(self, cause: str) -> PageUnavailable:
        return PageUnavailable(
            "The page came damaged. It is asked for again later.", cause=f"{self._where}: gzip: {cause}"
        )
