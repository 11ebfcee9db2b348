"""The verb ``Readers``: everything of a reader that needs no model. What it follows, keeps and chose, and its leaving.

changing        what a subscription may be
learning        the bar that follows votes
reading_list    saved papers
exporting       everything about a reader as JSON
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bot import identity, interests
from bot.clock import Clock
from bot.interests import checked_reader
from bot.models import Alert, Interest, LinkPurpose, Paper, Pending, Profile, Save, Sent, Subscription, Taste, UserId
from bot.readers import changing, learning, reading_list
from bot.readers.exporting import exported
from bot.settings import Settings
from bot.store import Store

__all__ = ["Marks", "Readers"]


@dataclass(frozen=True, slots=True)
class Marks:
    """What the reader did with a paper."""

    saved: bool = False
    taste: Taste | None = None


@dataclass(frozen=True)
class Readers:
    """What is known of readers without asking the model."""

    store: Store
    clock: Clock
    settings: Settings

    async def get(self, reader: UserId) -> Profile:
        """The reader's profile; one that follows nothing for a reader never heard of."""
        return await self.store.profiles.get(checked_reader(reader))

    async def unfollow(self, reader: UserId, name: str) -> Interest:
        """Remove the interest of this id or name (case does not matter). Raises UnknownInterest."""
        interest = await self._interest(reader, name)
        await self.store.profiles.remove_interest(reader, interest.id)
        return interest

    async def rename(self, reader: UserId, interest_id: str, name: str) -> Interest:
        """Give an interest (by id or name) another name. Raises UnknownInterest, DuplicateInterest, UserError."""
        interest = await self._interest(reader, interest_id)
        renamed = replace(interest, name=interests.checked_name(name), renamed=True)
        others = [one for one in (await self.get(reader)).interests if one.id != interest.id]
        if refusal := interests.clash(reader, others, renamed):
            raise refusal
        await self.store.profiles.set_interest(reader, renamed)
        return renamed

    async def alerts(self, reader: UserId) -> list[tuple[Alert, Paper]]:
        """The reader's alerts with their papers, newest first, of one moment strongest first."""
        alerts = await self.store.alerts.of(checked_reader(reader))
        papers = await self.store.papers.get([alert.paper_id for alert in alerts])
        told: dict[str, tuple[Alert, Paper]] = {}
        for alert, stored in sorted(zip(alerts, papers, strict=True), key=lambda pair: pair[0].queued):
            # Two papers that turned out to be one are told once, as they were told first.
            if stored:
                told.setdefault(stored.paper.id, (replace(alert, paper_id=stored.paper.id), stored.paper))
        return sorted(told.values(), key=lambda one: (-one[0].queued.timestamp(), -one[0].strength, one[0].paper_id))

    async def matches(self, reader: UserId, days: int = 7) -> dict[str, int]:
        """How many papers above the bar each interest brought within so many days, by its id; one without is left out."""
        since = self.clock.now() - timedelta(days=days)
        alerts = await self.store.alerts.of(checked_reader(reader))
        return dict(Counter(alert.interest_id for alert in alerts if alert.queued > since and not alert.exploring))

    async def alerted(self, reader: UserId, paper_ids: Sequence[str]) -> dict[str, Alert]:
        """The reader's alerts of these papers, by the ids that were given; those that there are none of are left out."""
        return await self.store.alerts.given(checked_reader(reader), paper_ids)

    async def history(self, reader: UserId) -> list[tuple[Sent, Paper, Alert | None]]:
        """What the reader was sent, newest first, with the alert it came from where there was one."""
        sent = await self.store.sent.of(checked_reader(reader))
        why = {alert.paper_id: alert for alert in await self.store.alerts.of(reader)}
        papers = await self.store.papers.get([one.paper_id for one in sent])
        return [
            (one, stored.paper, why.get(one.paper_id) or why.get(stored.paper.id))
            for one, stored in zip(sent, papers, strict=True)
            if stored
        ]

    async def subscription(self, reader: UserId) -> Subscription:
        """How and when the reader is reached; defaults for one who chose nothing."""
        return await self.store.subscriptions.get(checked_reader(reader))

    async def change(self, reader: UserId, **fields: Any) -> Subscription:  # noqa: ANN401 - the fields of Subscription
        """Change these fields of the reader's subscription; another ``zone`` counts as chosen by hand.

        Raises UserError for what cannot be, in a sentence that says what can.
        """
        before = await self.subscription(reader)
        after = changing.changed(before, fields)
        if after.zone not in (None, before.zone) and "zone_chosen" not in fields:
            after = replace(after, zone_chosen=True)
        if after.counted != before.counted:
            await self.store.saved.set_counted(reader, after.counted)
        if after != before:
            await self.store.subscriptions.put(after)
        for address in sorted({*before.addresses} - {*after.addresses}):
            # What ends letters to it names it, and is of no more use.
            await self.store.links.remove(reader, LinkPurpose.UNSUBSCRIBE, address)
        return after

    async def pause(self, reader: UserId, until: date | None) -> Subscription:
        """Send nothing up to and including this day of the reader's; None: until ``resume``."""
        return await self.change(reader, paused=True, paused_until=until)

    async def resume(self, reader: UserId) -> Subscription:
        """Send again from now on: a pause ends, a holiday, and a suspension, for the next refusal suspends again."""
        return await self.change(reader, paused=False, paused_until=None, holiday_until=None, suspended=None)

    async def save(self, reader: UserId, paper_id: str) -> bool:
        """Put a paper on the reading list; False if it was there. Raises UnknownPaper."""
        paper = await reading_list.canonical(self.store, paper_id)
        if paper_id != paper.id and await self.store.saved.has(reader, [paper_id]):
            return False
        counted = (await self.subscription(reader)).counted
        # What has no code yet is told of when it has.
        save = Save(paper.id, self.clock.now(), had_code=paper.code_url is not None)
        return await self.store.saved.add(reader, save, counted)

    async def unsave(self, reader: UserId, paper_id: str) -> bool:
        """Take a paper off the reading list; False if it was not there."""
        ids = {paper_id, *(await self.store.papers.current_ids([paper_id])).values()}
        return any([await self.store.saved.remove(checked_reader(reader), one) for one in sorted(ids)])

    async def saved(self, reader: UserId, words: str = "") -> list[tuple[Save, Paper]]:
        """The reading list, newest first; only papers that have all of ``words`` in title, abstract or authors."""
        listed = await reading_list.with_papers(self.store, await self.store.saved.of(checked_reader(reader)))
        wanted = identity.folded(words).split()
        return [(save, paper) for save, paper in listed if reading_list.speaks_of(paper, wanted)]

    async def marks(self, reader: UserId, paper_ids: Sequence[str]) -> dict[str, Marks]:
        """What the reader did with each of these papers, by the ids that were given; every id is in it."""
        ids = list(dict.fromkeys(paper_ids))
        now = await self.store.papers.current_ids(ids)
        every = list(dict.fromkeys((*ids, *now.values())))
        saved = await self.store.saved.has(checked_reader(reader), every)
        given = await self.store.ratings.given(reader, every)
        ratings = {paper_id: rating.taste for paper_id, rating in given.items()}
        return {one: Marks(one in saved or now[one] in saved, ratings.get(now[one]) or ratings.get(one)) for one in ids}

    async def colleagues(self, reader: UserId, paper_ids: Sequence[str]) -> dict[str, int]:
        """How many others saved each of these papers; 0 for all where host, channel or reader does not want it told."""
        if not self.settings.slack.colleagues or not (await self.subscription(reader)).shows_colleagues:
            return dict.fromkeys(paper_ids, 0)
        return await reading_list.colleagues(self.store, reader, list(dict.fromkeys(paper_ids)))

    async def learn_bar(self, reader: UserId) -> float | None:
        """Let the bar follow the reader's votes; what it is from now on, None where it is as it was."""
        return await learning.learn_bar(self.store, checked_reader(reader), self.settings.digest)

    async def papers(self, paper_ids: Sequence[str]) -> list[Paper | None]:
        """The stored papers of these ids, in their order."""
        return [found.paper if found else None for found in await self.store.papers.get(paper_ids)]

    async def message_papers(self, workspace: str, channel: str, message: str) -> tuple[str, ...]:
        """Ids of the papers on a message of ours, by its conversation and ts; () for any other message."""
        return await self.store.messages.papers(workspace, channel, message)

    async def remember_message(
        self, workspace: str, channel: str, message: str, paper_ids: Sequence[str], *, reader: UserId | None = None
    ) -> None:
        """A message of ours shows these papers; ``reader`` is the person whose direct messages it is in, if it is."""
        await self.store.messages.remember(workspace, channel, message, paper_ids, reader=reader)

    async def pending(self, reader: UserId, arxiv_id: str, *, follow: bool) -> None:
        """Remember that the reader asked for a paper that no dump has told of."""
        normal = identity.normalise_arxiv_id(arxiv_id) or arxiv_id
        await self.store.pending.add(Pending(checked_reader(reader), normal, follow, self.clock.now()))

    async def export(self, reader: UserId) -> bytes:
        """Everything stored about the reader, as JSON (UTF-8) for people and programs."""
        return await exported(self.store, checked_reader(reader), self.clock.now())

    async def forget(self, reader: UserId) -> int:
        """Delete everything of this reader, for good; gives how many keys and fields that were."""
        return await self.store.forget(checked_reader(reader))

    async def purge(self, workspace: str) -> int:
        """Delete everything of this workspace, for good; gives how many keys that were."""
        return await self.store.purge(workspace)

    async def _interest(self, reader: UserId, wanted: str) -> Interest:
        profile = await self.get(reader)
        if (interest := interests.found(profile.interests, wanted)) is None:
            raise interests.unknown(reader, profile.interests, wanted)
        return interest
