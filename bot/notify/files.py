"""Gives Slack files: first their bytes, then what they are and where they belong."""

from __future__ import annotations

from bot.notify.calling import WebApi

_LONGEST_ALT, _LONGEST_TITLE = 1_000, 200


async def upload(api: WebApi, name: str, content: bytes, alt: str = "") -> str:
    """Upload bytes; gives the file's id, of no use before ``complete``. ``alt`` says what a picture shows.

    Raises SlackRefused or SlackUnavailable.
    """
    told: dict[str, str | int] = {"filename": name, "length": len(content)}
    if alt:
        told["alt_txt"] = alt[:_LONGEST_ALT]
    place, _ = await api.read("files.getUploadURLExternal", told)
    await api.send_bytes(str(place.get("upload_url") or ""), content)
    return str(place.get("file_id") or "")


async def complete(api: WebApi, file: str, title: str, channel: str | None = None) -> None:
    """Make a file of it, posted in ``channel`` if given. Raises SlackError."""
    given = {"files": [{"id": file, "title": title[:_LONGEST_TITLE]}], "channel_id": channel}
    await api.write("files.completeUploadExternal", given)
