"""A store that takes nothing more: when it is tried again, and that its host hears of it at once and once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot import blocks
from bot.clock import Clock
from bot.deliver.keeping import FULL_SECONDS
from bot.deliver.seams import Notifier
from bot.deliver.telling import key_of
from bot.errors import NotifierError
from bot.models import UserId

log = logging.getLogger(__name__)

#: After so many seconds in which nothing was refused it is another time that it is full.
_ANOTHER_TIME = 900.0
_SAID = (
    "The store takes nothing more: its memory or its disk is full, or it may only be read. Nothing is lost, and nothing "
    "new is sent until it has room again."
)


@dataclass
class Fullness:
    """Whether the store takes nothing more, as far as this process has seen. ``now`` is monotonic, in seconds."""

    notifier: Notifier
    clock: Clock
    #: The host's user id; None: nobody is told.
    operator: str | None
    now: Callable[[], float] = time.monotonic
    is_full: bool = False
    is_untold: bool = False
    _seen: float = 0.0

    def left(self) -> float:
        """Seconds until it is tried again."""
        return max(0.0, self._seen + FULL_SECONDS - self.now()) if self.is_full else 0.0

    def seen(self) -> None:
        """It took nothing."""
        if not self.is_full or self.now() - self._seen > _ANOTHER_TIME:
            log.error("the store takes nothing more: nothing new is sent until it has room")
            self.is_untold = self.operator is not None
        self.is_full, self._seen = True, self.now()

    def over(self) -> None:
        """It took something."""
        if self.is_full:
            log.info("the store has room again")
        self.is_full = self.is_untold = False

    async def tell(self, workspace: str) -> None:
        """Tell the host unless that was done; directly, for the store takes no note. What fails is logged."""
        if not (self.is_untold and self.operator and workspace):
            return
        self.is_untold = False
        operator = UserId(workspace, self.operator)
        key = key_of(workspace, f"note:{operator.user}:store-full:{self.clock.now():%Y-%m-%dT%H}")
        try:
            await self.notifier.send(operator, blocks.sentence_message(_SAID), key=key)
        except NotifierError as failure:
            log.warning("the operator was not told that the store is full: %s", failure.cause)
        except Exception:
            log.exception("the operator was not told that the store is full")
