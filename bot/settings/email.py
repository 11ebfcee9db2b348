"""Settings of the mail server."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from bot.settings.forms import Group


class EmailSettings(Group):
    """The mail server that digests are handed to; without ``host`` there is no e-mail."""

    host: str | None = None
    port: int = Field(default=587, ge=1, le=65_535)
    username: str | None = None
    password: SecretStr | None = None
    #: Who mails are from: "papers@example.org", or "Paperbot <papers@example.org>".
    sender: str | None = None
    #: "starttls" (port 587), "tls" (port 465), or "none": only to a server on this machine.
    tls: Literal["starttls", "tls", "none"] = "starttls"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.host and not self.sender:
            raise ValueError("sender is missing: say who mails are from")
        if bool(self.username) != bool(self.password):
            raise ValueError("username and password go together")
        return self
