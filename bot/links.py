"""The verb ``Links``: addresses of ours that work without Slack.

Whoever has one may use it, so nobody can guess it, and it can be taken back. What opens it stands in the store only as
its hash; the address itself beside the reader, so that it can be told again.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from bot import atom
from bot.blocks import Card
from bot.clock import Clock
from bot.interests import checked_reader, is_channel
from bot.models import Delivery, DeliveryKind, Link, LinkPurpose, UserId
from bot.settings import Settings
from bot.store import Store

#: Papers in a feed; a feed reader that asks once a week misses none of them.
MOST_ENTRIES = 50
_TOKEN_BYTES = 32
#: Where below ``http.public_url`` each purpose is answered.
PATHS: Mapping[LinkPurpose, str] = MappingProxyType({LinkPurpose.FEED: "feeds", LinkPurpose.UNSUBSCRIBE: "mail"})


@dataclass(frozen=True)
class Links:
    """Makes, takes back and opens addresses. Every method raises StoreError."""

    store: Store
    clock: Clock
    settings: Settings

    async def address(self, reader: UserId, purpose: LinkPurpose, about: str = "") -> str | None:
        """The reader's address for this purpose, made when it is first asked for; None without ``http.public_url``.

        ``about``: of UNSUBSCRIBE, the e-mail address whose letters it ends.
        """
        if self.settings.http.public_url is None:
            return None
        return self._url(await self.store.links.keep(self._made(reader, purpose, about)))

    async def known(self, reader: UserId, purpose: LinkPurpose, about: str = "") -> str | None:
        """As ``address``, and nothing is made: None where there is none."""
        if self.settings.http.public_url is None:
            return None
        link = await self.store.links.get(checked_reader(reader), purpose, about)
        return self._url(link) if link else None

    async def renew(self, reader: UserId, purpose: LinkPurpose, about: str = "") -> str | None:
        """Another address in place of the one there is, which opens nothing any more; None without ``http.public_url``."""
        if self.settings.http.public_url is None:
            return None
        link = self._made(reader, purpose, about)
        await self.store.links.put(link)
        return self._url(link)

    async def revoke(self, reader: UserId, purpose: LinkPurpose, about: str = "") -> bool:
        """Take the address back; whether there was one."""
        return await self.store.links.remove(checked_reader(reader), purpose, about)

    async def feed(self, token: str) -> bytes | None:
        """The last 50 papers that the reader of this token was sent, each with its reason, as Atom; None: no such address."""
        link = await self.store.links.opened(token)
        if link is None or link.purpose is not LinkPurpose.FEED:
            return None
        reader = link.reader
        sent = (await self.store.sent.of(reader))[:MOST_ENTRIES]
        papers = await self.store.papers.get([one.paper_id for one in sent])
        alerts = await self.store.alerts.given(reader, [one.paper_id for one in sent])
        entries: dict[str, atom.Entry] = {}
        for one, stored in zip(sent, papers, strict=True):
            if stored is None:
                continue
            alert = alerts.get(one.paper_id)
            card = Card(stored.paper)
            if alert is not None:
                card = Card(
                    stored.paper, alert.why, passage=alert.passage, marked=alert.words, exploring=alert.exploring
                )
            # Of two that were joined since, the one that came later stands there.
            entries.setdefault(stored.paper.id, atom.Entry(card, one.paper_id, one.at))
        return atom.feed(reader, await self._title(reader), self._url(link), tuple(entries.values()), made=link.made)

    async def recipient(self, token: str) -> str | None:
        """The e-mail address whose letters this token ends; None: no such address of ours. Changes nothing."""
        link = await self.store.links.opened(token)
        return link.about if link is not None and link.purpose is LinkPurpose.UNSUBSCRIBE else None

    async def is_over(self, token: str) -> bool:
        """Whether the letters that this token ends have ended already; False: no such address of ours."""
        link = await self.store.links.opened(token)
        if link is None or link.purpose is not LinkPurpose.UNSUBSCRIBE:
            return False
        return link.about not in (await self.store.subscriptions.get(link.reader)).addresses

    async def unsubscribe(self, token: str) -> str | None:
        """End the letters to that e-mail address, which is given; a person hears in Slack again. None: no such address.

        Letters are passed on, and whoever has one may end them: so the person, or who set the channel up, is told.
        """
        link = await self.store.links.opened(token)
        if link is None or link.purpose is not LinkPurpose.UNSUBSCRIBE:
            return None
        subscription = await self.store.subscriptions.get(link.reader)
        if link.about in subscription.addresses:
            # Told first: if this is broken off in between, it is done again, and the same note is queued once.
            await self._tell(link, subscription.owner)
            await self.store.subscriptions.drop_address(link.reader, link.about)
        return link.about

    async def _tell(self, link: Link, owner: str | None) -> None:
        now, command = self.clock.now(), self.settings.slack.command
        reader = link.reader
        if is_channel(reader):
            if owner is None:
                return
            whom = UserId(reader.workspace, owner)
            known = await self.store.channels.get(reader.workspace, reader.user)
            name = f"#{known.name}" if known and known.name else "a channel that you set up"
            said = f"The digest of {name} no longer goes to {link.about}"
            more = f"In that channel {command} channel mail sets it up again."
        else:
            whom, said = reader, f"Your papers no longer go to {link.about}, and come here again"
            more = f"{command} settings changes that."
        # Somebody who was forgotten is named nowhere.
        about = sha256(f"{reader}\n{link.about}".encode()).hexdigest()[:16]
        note_id = f"note:{whom.user}:mail-ended-{about}:{now:%Y-%m-%d}"
        sentence = f"{said}: somebody followed the link at the end of a letter that stops them. {more}"
        await self.store.outbox.enqueue(Delivery(note_id, whom, DeliveryKind.NOTE, now, notes=(sentence,)))

    async def _title(self, reader: UserId) -> str:
        if not is_channel(reader):
            return "Papers for you"
        known = await self.store.channels.get(reader.workspace, reader.user)
        return f"Papers for #{known.name}" if known and known.name else "Papers for a channel"

    def _made(self, reader: UserId, purpose: LinkPurpose, about: str) -> Link:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        return Link(checked_reader(reader), purpose, token, self.clock.now(), about)

    def _url(self, link: Link) -> str:
        return f"{self.settings.http.public_url}/{PATHS[link.purpose]}/{link.token}"
