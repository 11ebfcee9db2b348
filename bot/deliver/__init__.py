"""The verb ``Deliver``: queued deliveries to the people and channels they are for, each as one message or one letter.

    outbox ─► begin ─► what of it is still wanted ─► words ─► post ─► write down ─► remember the message ─► done
                   └► nobody knows how an attempt ended: ask Slack whether it has it; write it down, or send it

The ledger in the store says how far each delivery is, so that it is sent once by however many processes, whatever ends
them in between. Where Slack does not let us look, a person may hear twice, and a channel's message is held.

There is one for each way to people, with a queue and an idea of its own of how that way is doing: one that is down holds
up no other. What is said of Slack below is true of a mail server, but that nobody can ask it.

taking, sending      the loop of a worker; one attempt
posting              into words, out, and written down
ends, company        how attempts end that send nothing; which of them go alone
choosing, reach      what of a delivery is still wanted, and whether now
by_slack, by_email   the ways: words, and out
showing              it as a message
keeping, outcomes    what the store keeps of it; what is logged and counted
refusing, outages    what Slack's refusals and absences mean
fullness             a store that takes nothing more
telling              what the host and the owners of channels hear
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from bot.clock import Clock
from bot.deliver.by_email import ByEmail
from bot.deliver.by_slack import BySlack
from bot.deliver.ends import Ends
from bot.deliver.fullness import Fullness
from bot.deliver.outages import Outage
from bot.deliver.posting import Posting
from bot.deliver.seams import DeliverReport, Links, Notifier, Postman, Way
from bot.deliver.sending import Again, Sending
from bot.deliver.taking import Taking
from bot.models import Medium
from bot.settings import Settings
from bot.store import Store

__all__ = ["Deliver", "DeliverReport", "Links", "Notifier", "Postman"]


@dataclass(frozen=True)
class Deliver:
    """Sends what is queued for one way; each delivery is one message, or one letter."""

    store: Store
    #: Slack's, or for ``Medium.EMAIL`` the mail server's.
    notifier: Notifier | Postman
    clock: Clock
    settings: Settings
    #: Names this process among those that deliver; the same after a restart where only one process can have it.
    consumer: str
    medium: Medium = Medium.SLACK
    #: E-mail: who knows the addresses that end letters; None: they name none.
    links: Links | None = None
    #: How this way is doing, as far as this process has seen.
    outage: Outage = field(default_factory=Outage, init=False, repr=False, compare=False)
    _fullness: Fullness = field(init=False, repr=False, compare=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # The host hears of a full store in Slack, for there need be no address.
        notifier = cast("Notifier", self.notifier)
        operator = self.settings.slack.operator if self.medium is Medium.SLACK else None
        object.__setattr__(self, "_fullness", Fullness(notifier, self.clock, operator))

    async def work(self, workspace: Callable[[], str]) -> None:
        """Deliver until ``stop``; returns when what was begun has ended. ``workspace`` gives "": wait.

        Survives the store's and Slack's failures. When it is cancelled, what is being sent is broken off; whoever takes
        it up again asks Slack whether it has it.
        """
        await Taking(self._sending(), self._fullness, self._stopping).run(workspace)

    def stop(self) -> None:
        """Take nothing more; what was begun is ended."""
        self._stopping.set()

    async def store_is_full(self, workspace: str) -> None:
        """The store took nothing from somebody else of this process: nothing new is sent, and the host hears it, once."""
        self._fullness.seen()
        await self._fullness.tell(workspace)

    async def deliver_once(self, workspace: str) -> DeliverReport:
        """Send everything that can be sent now; gives what became of it. Raises StoreError.

        What is parked until later stays so, and Slack's failures are no error: they are counted and logged.
        """
        outbox, sending = self.store.queue(self.medium), self._sending()
        await outbox.move_due(workspace)
        entries = await outbox.left(workspace, self.consumer)
        most = sending.way.at_once
        while self.outage.room(most):
            entries = entries or await outbox.read(workspace, self.consumer, most, 0.0)
            if not entries and not await outbox.move_due(workspace):
                break
            outcomes = await asyncio.gather(*map(sending.serve, entries), return_exceptions=True)
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome.failure if isinstance(outcome, Again) else outcome
            entries = []
        return sending.ends.report

    def _sending(self) -> Sending:
        way: Way[Any]
        if self.medium is Medium.EMAIL:
            way = ByEmail(cast("Postman", self.notifier), self.store, self.settings, self.links)
        else:
            way = BySlack(cast("Notifier", self.notifier), self.settings)
        ends = Ends(self.store, self.clock, self.settings, self.outage, medium=self.medium)
        posting = Posting(self.store, way, self.clock, self.settings, self.consumer, ends, self._fullness.seen)
        return Sending(self.store, way, self.settings, self.consumer, ends, posting)
