"""Settings of where papers come from, and of how servers are asked for them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from bot.settings.forms import Group, WholeSeconds

#: Kinds of sources that are asked over the network.
LIVE_KINDS = ("huggingface", "page", "arxiv", "feed")
#: Those of them that know papers by their arXiv ids.
BY_ID = ("arxiv", "huggingface")
#: Seconds between two looks at a live source for which the host said nothing else.
LIVE_EVERY = 1_800
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:/?#@\[\]]+)(?::\d{1,5})?")
_CATEGORY = re.compile(r"[A-Za-z][A-Za-z-]{1,19}(\.[A-Za-z-]{2,20})?")


class SourceSettings(Group):
    """One place that papers come from. Every one has a folder with ``inbox/``, ``done/`` and ``rejected/``."""

    kind: Literal["folder", "huggingface", "page", "arxiv", "feed"]
    name: str
    #: The folder; a live source has one of its own in the data folder.
    path: Path | None = None
    #: page, feed: what is asked for. An address within this machine or its network needs ``fetch.allow_hosts``.
    url: str | None = None
    #: huggingface, arxiv: another server that answers as theirs does; its host and port are trusted.
    base_url: str | None = None
    #: arxiv: such as "cs.CL"; without any, arXiv is only asked for the papers that people paste.
    categories: tuple[str, ...] = ()
    #: Seconds between two looks into it; None: a folder as ``schedule.ingest_every``, a live source each half hour.
    every: WholeSeconds | None = Field(default=None, ge=1, le=7 * 86_400)

    @field_validator("name")
    @classmethod
    def _short(cls, name: str) -> str:
        if not re.fullmatch(r"[\w.-]{1,40}", name) or name.strip(".") == "":
            raise ValueError("must be 1 to 40 letters, digits and the signs . _ -")
        return name

    @field_validator("path")
    @classmethod
    def _absolute(cls, folder: Path | None) -> Path | None:
        return folder.expanduser().absolute() if folder else None

    @field_validator("url", "base_url")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        if url is not None and not url.lower().startswith(("https://", "http://")):
            raise ValueError("must start with https:// or http://")
        return url

    @field_validator("categories")
    @classmethod
    def _known_form(cls, categories: tuple[str, ...]) -> tuple[str, ...]:
        if any(not _CATEGORY.fullmatch(one) for one in categories):
            raise ValueError('must be names of arXiv\'s such as "cs.CL"')
        return categories

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == "folder" and self.path is None:
            raise ValueError("a source of the kind folder needs a path")
        if self.kind in ("page", "feed") and not self.url:
            raise ValueError(f"a source of the kind {self.kind} needs a url")
        if self.url and self.kind not in ("page", "feed"):
            raise ValueError(f"a source of the kind {self.kind} has no url; another server of its form is its base_url")
        return self

    @property
    def is_live(self) -> bool:
        """It is asked over the network."""
        return self.kind in LIVE_KINDS

    def place(self, data_dir: Path) -> Path:
        """Its folder."""
        return self.path or data_dir / "sources" / self.name


class FetchSettings(Group):
    """How live sources are asked."""

    #: Hosts, or hosts with a port, of this machine or its network that may be asked all the same: "wiki.lan",
    #: "10.0.0.5:8080", "[fd00::5]:8080". Without a port: 80 and 443.
    allow_hosts: tuple[str, ...] = ()
    #: An address or a page of who hosts this bot, told to every server in the User-Agent.
    contact: str | None = None

    @field_validator("allow_hosts")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if any(not _HOST.fullmatch(host) for host in hosts):
            raise ValueError("must be hosts, or hosts with a port, such as wiki.lan, 10.0.0.5:8080 or [fd00::5]:8080")
        return hosts

    @field_validator("contact")
    @classmethod
    def _one_word(cls, contact: str | None) -> str | None:
        if contact is not None and not re.fullmatch(r"[\x21-\x7e]{1,200}", contact):
            raise ValueError("must be an e-mail address or the address of a page")
        return contact
