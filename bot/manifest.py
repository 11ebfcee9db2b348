"""The app as Slack has to know it: one template, a Socket Mode and an HTTP variant, every scope with its reason. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from string import Template
from typing import Literal, Protocol
from urllib.parse import urlsplit

from bot.errors import SettingsError

#: Slack's path on our server.
PATH = "/slack/events"
#: What the HTTP variant in the repository says until the host names an address.
EXAMPLE_URL = "https://paperbot.example.com"
#: Links that are shown with title and abstract; subdomains are covered.
UNFURL_DOMAINS = ("arxiv.org", "huggingface.co")

#: Each scope of the bot token with what it is there for.
SCOPES: Mapping[str, str] = {
    "commands": "the slash command and the shortcuts",
    "chat:write": "alerts, digests and answers",
    "im:history": "what you write to the bot in its own direct message, and whether its own message arrived there",
    "im:write": "opens that direct message, to look there",
    "channels:history": "whether its own digest arrived in a public channel; what others write is not kept",
    "groups:history": "the same in private channels that the bot was invited to",
    "app_mentions:read": "answers where the bot is mentioned",
    "reactions:read": "thumbs up, thumbs down and bookmark on its messages",
    "users:read": "your time zone, and whether an account is a guest's or was closed",
    "users:read.email": "the address of whoever chooses e-mail, asked for then and kept after a click of theirs",
    "channels:read": "whether the bot, and who changes its digest, is in a public channel",
    "groups:read": "the same for private channels that the bot was invited to",
    "files:read": "a list of papers that you give in the window that follows them; no other file is looked at",
    "files:write": "your reading list and your data as files",
}
#: And those only where links are shown with their papers.
UNFURL_SCOPES: Mapping[str, str] = {
    "links:read": "links to papers on the two sites named above",
    "links:write": "title and abstract under such a link",
}

#: As long as Slack lets them be.
_LONGEST_NAME, _LONGEST_COMMAND, _MOST_SHORTCUTS = 24, 32, 10
_COMMAND = re.compile(r"/[a-z0-9_-]+")


class ShortcutEntry(Protocol):
    """One shortcut, as the handlers' table has it."""

    @property
    def name(self) -> str:
        """Its callback_id."""
        ...

    @property
    def label(self) -> str:
        """What the menu says, at most 24 characters."""
        ...

    @property
    def kind(self) -> Literal["global", "message"]:
        """Where it is found."""
        ...


def required_scopes(*, unfurl: bool) -> tuple[str, ...]:
    """The scopes that the bot token must have."""
    return (*SCOPES, *(UNFURL_SCOPES if unfurl else ()))


def drift(scopes: Iterable[str], *, unfurl: bool) -> list[str]:
    """The required scopes that a live token does not have, in the manifest's order."""
    has = set(scopes)
    return [scope for scope in required_scopes(unfurl=unfurl) if scope not in has]


def manifest(
    command: str,
    mode: Literal["socket", "http"],
    url: str | None = None,
    *,
    unfurl: bool,
    events: Sequence[str],
    shortcuts: Sequence[ShortcutEntry],
) -> str:
    """The manifest as YAML.

    ``command`` is the slash command with its slash, ``url`` the public https address of the server, which HTTP needs;
    ``events`` are the names to subscribe to. Raises SettingsError for a command or an address that Slack refuses.
    """
    if not _COMMAND.fullmatch(command) or len(command) > _LONGEST_COMMAND:
        raise SettingsError("The slash command is a slash and 1 to 31 lower-case letters, digits, - or _.")
    request = _request_url(url) if mode == "http" else None
    _check_shortcuts(shortcuts)
    template = Template(resources.files("bot").joinpath("slack_manifest.yaml").read_text(encoding="utf-8"))
    return template.substitute(
        mode_words="over HTTP" if request else "over Socket Mode",
        command=_quoted(command),
        command_words=command,
        usage_hint=_quoted("[help | follow a phrase or a link | words to search for]"),
        command_url=_line(6, "url", request),
        shortcuts="".join(_shortcut(one) for one in shortcuts),
        unfurl_domains="\n  unfurl_domains:" + _list(4, UNFURL_DOMAINS) if unfurl else "",
        scopes=_scopes({**SCOPES, **(UNFURL_SCOPES if unfurl else {})}),
        events_url=_line(4, "request_url", request),
        events=_list(6, sorted(set(events))),
        interactivity_url=_line(4, "request_url", request),
        socket="false" if request else "true",
    )


def _request_url(url: str | None) -> str:
    """Where Slack sends requests, given the server's address with or without the path."""
    if not url:
        raise SettingsError("HTTP needs the address at which Slack reaches the bot: give it with --url https://…")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    path = parts.path.rstrip("/").removesuffix(PATH)
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment or not is_plain:
        raise SettingsError("Slack only calls addresses such as https://paperbot.example.com: https, and no query.")
    return f"https://{parts.netloc}{path}{PATH}"


def _check_shortcuts(shortcuts: Sequence[ShortcutEntry]) -> None:
    if len(shortcuts) > _MOST_SHORTCUTS or any(len(one.label) > _LONGEST_NAME for one in shortcuts):
        raise ValueError(f"Slack takes {_MOST_SHORTCUTS} shortcuts with names of {_LONGEST_NAME} characters at most")


def _shortcut(entry: ShortcutEntry) -> str:
    said = {"global": "Papers by words and meaning", "message": "Papers like the one in this message"}[entry.kind]
    return (
        f"\n    - name: {_quoted(entry.label)}\n      type: {entry.kind}\n      callback_id: {_quoted(entry.name)}"
        f"\n      description: {said}"
    )


def _scopes(scopes: Mapping[str, str]) -> str:
    room = max(map(len, scopes))
    return "".join(f"\n      - {scope:<{room}}  # {reason}" for scope, reason in scopes.items())


def _list(indent: int, items: Iterable[str]) -> str:
    return "".join(f"\n{' ' * indent}- {item}" for item in items)


def _line(indent: int, key: str, value: str | None) -> str:
    return f"\n{' ' * indent}{key}: {_quoted(value)}" if value else ""


def _quoted(text: str) -> str:
    """A string as YAML takes it, which reads JSON's."""
    return json.dumps(text, ensure_ascii=False)
