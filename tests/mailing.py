"""A world in which letters are sent: that of ``tests.delivering``, with a mail server beside Slack."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.deliver import Deliver, DeliverReport
from bot.mailboxes import mark
from bot.models import Delivery, DeliveryKind, DeliveryState, LinkPurpose, Medium, Paper, Subscription, UserId, Via
from bot.notify.email import EmailNotifier
from bot.prepare.ways import queue
from bot.store import Store
from tests.delivering import ADA, CHANNEL, HOST, NOW, TEAM, World
from tests.mail_server import MailServer

ADDRESS = "ada@example.org"
LIST = ("lab@example.org", "reading@example.org", "old@example.org")


class FakeLinks:
    """Knows an address for everybody."""

    async def address(self, reader: UserId, purpose: LinkPurpose, about: str = "") -> str | None:
        assert (purpose, bool(about)) == (LinkPurpose.UNSUBSCRIBE, True)
        return f"https://papers.example.org/mail/{reader.user}"


class MailWorld(World):
    """What delivers by both ways."""

    def __init__(self, store: Store, folder: Path, server: MailServer, **delivery: Any) -> None:
        super().__init__(store, folder, **delivery)
        self.server = server
        self.with_settings(email=server.settings())
        self.postman = EmailNotifier(self.settings.email, answer=2, taken=2)
        self.mail = self.mailer("one")

    def mailer(self, name: str) -> Deliver:
        """Another process that sends letters."""
        told = (self.store, self.postman, self.clock, self.settings, name)
        return Deliver(*told, medium=Medium.EMAIL, links=FakeLinks())

    async def choose(self, reader: UserId, via: Via | None, *addresses: str, **more: Any) -> None:
        """How and where the reader hears."""
        known = await self.store.subscriptions.get(reader)
        await self.store.subscriptions.put(replace(known, via=via, addresses=addresses, **more))

    async def routed(
        self, reader: UserId, *papers: Paper, kind: DeliveryKind = DeliveryKind.DIGEST, name: str = "1", **more: Any
    ) -> Delivery:
        """Queue a delivery by the ways that its reader chose; gives it as it was before that."""
        if papers:
            if not (await self.store.profiles.get(reader)).interests:
                await self.follow(reader)
            await self.alert(reader, *papers)
        ids = tuple(one.id for one in papers)
        delivery = Delivery(f"{kind.value}:{reader.user}:{name}", reader, kind, NOW, paper_ids=ids, **more)
        subscription = await self.store.subscriptions.get(reader)
        assert await queue(self.store, self.settings, delivery, subscription) is not None
        return delivery

    async def letters(self) -> DeliverReport:
        """Every letter that can be sent now is."""
        return await self.mail.deliver_once(TEAM)

    async def posted(self, *deliveries: Delivery, state: DeliveryState = DeliveryState.SENT) -> None:
        """Send letters again and again until these are that far."""
        async with asyncio.timeout(5):
            while [await self.state(one) for one in deliveries] != [state] * len(deliveries):
                await self.letters()
                await asyncio.sleep(0.01)


def copy_of(delivery: Delivery, address: str = ADDRESS) -> Delivery:
    """What the copy to an address is called."""
    return replace(delivery, id=f"{delivery.id}@{mark(address)}")


def subjects(server: MailServer, address: str = ADDRESS) -> list[str]:
    """What was sent there."""
    return [str(letter.message["Subject"]) for letter in server.to(address)]


def person(**more: Any) -> Subscription:
    """Ada, by e-mail alone."""
    return Subscription(ADA, via=Via.EMAIL, addresses=(ADDRESS,), **more)


def channel(addresses: Sequence[str] = LIST) -> Subscription:
    """A channel with a mailing list."""
    return Subscription(CHANNEL, addresses=tuple(addresses), owner=HOST.user)
