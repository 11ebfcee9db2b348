"""What several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

if TYPE_CHECKING:
    # Loaded by what uses them, when it runs.
    from collections.abc import Sequence

    from bot.acts import Router
    from bot.manifest import ShortcutEntry
    from bot.services import Bot


class Handlers(Protocol):
    """What the entry file knows of the handlers, which stand above this module."""

    def route(self, bot: Bot) -> Router:
        """What does the acts."""
        ...

    def events(self, *, unfurl: bool) -> Sequence[str]:
        """What Slack has to tell us of."""
        ...

    def shortcuts(self) -> Sequence[ShortcutEntry]:
        """What Slack has to show in its menus."""
        ...


ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings; default ./config.toml if it is there.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]
ReaderArgument = Annotated[str, typer.Argument(metavar="READER", help="Any name, or TEAM/USER for a Slack reader.")]
