"""Start here: ``paperbot`` and ``python -m bot``. The only place where the bot meets the handlers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

# Matching streams blocks of a thousand rows: more threads cost twice the processor time and gain nothing.
# It has to stand before anything imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from bot import cli

if TYPE_CHECKING:
    # Loaded when a command needs the handlers.
    from collections.abc import Sequence

    from bot.acts import Router
    from bot.manifest import ShortcutEntry
    from bot.services import Bot

__all__ = ["main"]


class _Handlers:
    """The handlers, loaded when they are used."""

    def route(self, bot: Bot) -> Router:
        """What does the acts."""
        import handlers

        return handlers.route(bot)

    def events(self, *, unfurl: bool) -> Sequence[str]:
        """What Slack has to tell us of."""
        import handlers

        return handlers.event_names(unfurl=unfurl)

    def shortcuts(self) -> Sequence[ShortcutEntry]:
        """What Slack has to show in its menus."""
        import handlers

        return tuple(handlers.SHORTCUTS.values())


def main() -> None:
    """Run the command line."""
    cli.main(_Handlers())


if __name__ == "__main__":
    main()
