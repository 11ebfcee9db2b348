"""Files: gives them to Slack, first their bytes, then what they are and where they belong; and reads one that was given."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.errors import NotifierRefused, NotifierUnavailable
from bot.models import Attached
from bot.notify.calling import WebApi
from bot.notify.sorting import LATER

_LONGEST_ALT, _LONGEST_TITLE, _LONGEST_NAME = 1_000, 200, 80
#: What Slack says of files that there are not, or not for us.
_NOT_THERE = frozenset({"file_not_found", "file_deleted", "files_not_found", "access_denied", "not_found"})


async def upload(api: WebApi, name: str, content: bytes, alt: str = "") -> str:
    """Upload bytes; gives the file's id, of no use before ``complete``. ``alt`` says what a picture shows.

    Raises NotifierRefused or NotifierUnavailable.
    """
    told: dict[str, str | int] = {"filename": name, "length": len(content)}
    if alt:
        told["alt_txt"] = alt[:_LONGEST_ALT]
    place, _ = await api.read("files.getUploadURLExternal", told)
    await api.send_bytes(str(place.get("upload_url") or ""), content)
    return str(place.get("file_id") or "")


async def complete(api: WebApi, file: str, title: str, channel: str | None = None) -> None:
    """Make a file of it, posted in ``channel`` if given. Raises NotifierError."""
    given = {"files": [{"id": file, "title": title[:_LONGEST_TITLE]}], "channel_id": channel}
    await api.write("files.completeUploadExternal", given)


async def download(api: WebApi, file: str, most_bytes: int) -> Attached | None:
    """A file by its id; None if it is not there or not for us to see. Of one that is larger there is no content.

    It is read with our token, so only from Slack itself. Raises NotifierRefused or NotifierUnavailable.
    """
    try:
        return await _download(api, file, most_bytes)
    except NotifierRefused as failure:
        if failure.code in _NOT_THERE:
            return None
        raise


async def _download(api: WebApi, file: str, most_bytes: int) -> Attached:
    answer, _ = await api.read("files.info", {"file": file})
    told = answer.get("file")
    known: dict[str, object] = told if isinstance(told, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    name, by, size = (known.get(one) for one in ("name", "user", "size"))
    url = known.get("url_private_download") or known.get("url_private")
    if not isinstance(url, str) or not is_slacks(url, api.url):
        raise NotifierUnavailable(LATER, cause="files.info: the file has no address at Slack")
    is_larger = isinstance(size, int) and size > most_bytes
    content = None if is_larger else await api.receive_bytes(url, most_bytes)
    return Attached(str(name or "The file")[:_LONGEST_NAME], str(by or ""), content)


def is_slacks(url: str, api_url: str) -> bool:
    """Our token may be sent there: to the very server that answers our calls, or over https to one of slack.com."""
    try:
        there, ours = urlsplit(url), urlsplit(api_url)
        if (there.scheme, there.hostname, there.port) == (ours.scheme, ours.hostname, ours.port):
            return there.username is None
    except ValueError:
        return False
    host = (there.hostname or "").lower()
    is_theirs = host == "slack.com" or host.endswith(".slack.com")
    return there.scheme == "https" and is_theirs and there.port in (None, 443) and there.username is None
