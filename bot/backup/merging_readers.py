"""Readers of an export among those of the store: what the store does not say yet is added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Protocol

from bot import interests
from bot.backup.nouns import AnyNoun, Saved, WasSent
from bot.errors import TooManyInterests
from bot.models import FACTS, Alert, Interest, ModelTag, Pending, Profile, Rating, Sent, Subscription, UserId
from bot.progress import Report
from bot.store import LEAST_BAR, MOST_BAR, MOST_CAP, Floats, Store, shard_of


class Placing(Protocol):
    """What knows where interests stand: the part of the verb ``Ingest`` that is needed."""

    @property
    def tag(self) -> ModelTag:
        """The model."""
        ...

    async def catch_up(self, report: Report) -> None:
        """Give every stored paper its vectors; nobody is matched with anything."""
        ...

    async def rows(self, profile: Profile, only: Collection[str]) -> Mapping[str, Floats]:
        """The rows of these interests of a profile by id; one that cannot be placed is left out."""
        ...


@dataclass(frozen=True)
class ReaderMerging:
    """The readers of one file."""

    store: Store
    placing: Placing
    #: Id of a paper in the file -> its id in the store, where that is another one.
    ids: Mapping[str, str]
    #: Who is a reader in the store.
    readers: set[UserId]
    #: Papers that those who were met in the file were sent, or are being sent, here.
    _sent_to: dict[UserId, set[str]] = field(default_factory=dict[UserId, set[str]])

    async def take(self, noun: AnyNoun) -> Counter[str]:  # noqa: PLR0911 - one for each noun
        """Add what one line says; gives what is new of it. Raises UserError, ValueError, BadVector."""
        match noun:
            case Profile():
                return await self._profile(noun)
            case Subscription():
                return _one("subscriptions", await self._subscription(noun))
            case Alert():
                here = replace(noun, paper_id=self._id(noun.paper_id))
                return _one("alerts", await self.store.alerts.add(shard_of(noun.reader), [here]) == 1)
            case Saved(reader, save, counted):
                here_too = replace(save, paper_id=self._id(save.paper_id))
                return _one("saved", await self.store.saved.add(reader, here_too, counted=counted))
            case Rating():
                return _one("ratings", await self._rating(replace(noun, paper_id=self._id(noun.paper_id))))
            case WasSent(reader, sent):
                return _one("sent", await self._sent(reader, replace(sent, paper_id=self._id(sent.paper_id))))
            case Pending():
                return _one("pending", await self._pending(noun))
            case _:
                raise ValueError(type(noun).__name__)

    def _id(self, paper_id: str) -> str:
        return self.ids.get(paper_id, paper_id)

    async def _profile(self, told: Profile) -> Counter[str]:
        """Bar and cap where none is chosen, and the interests that the reader does not have."""
        profiles, reader = self.store.profiles, interests.checked_reader(told.reader)
        known = await profiles.get(reader)
        fresh: list[Interest] = []
        for one in map(self._here, told.interests):
            if not interests.clash(reader, (*known.interests, *fresh), one):
                fresh.append(one)
        added = fresh[: max(0, interests.MOST_INTERESTS - len(known.interests))]
        cap = None if told.cap is None else min(MOST_CAP, max(1, told.cap))
        await profiles.set_cap(reader, known.cap or cap)
        if known.bar is None and (bar := _within(told.bar, LEAST_BAR, MOST_BAR)) is not None:
            await profiles.set_bar(reader, bar)
        if known.learnt_bar is None and (learnt := _within(told.learnt_bar, LEAST_BAR, MOST_BAR)) is not None:
            await profiles.set_learnt_bar(reader, learnt)
        lost = await self._follow(await profiles.get(reader), added)
        is_new = reader not in self.readers
        self.readers.add(reader)
        if len(added) < len(fresh):
            raise TooManyInterests(
                f"{reader} has no room for {len(fresh) - len(added)} of its interests: {interests.MOST_INTERESTS} is all."
            )
        if lost:
            raise ValueError(f"papers that these were learnt from are in no dump here: {', '.join(lost)}")
        return +Counter({"readers": int(is_new), "interests": len(added)})

    async def _follow(self, known: Profile, added: list[Interest]) -> list[str]:
        """Store interests with their rows; gives the names of those that nobody can place."""
        wanted = replace(known, interests=(*known.interests, *added))
        worded = [one.id for one in added if one.kind not in FACTS]
        rows: Mapping[str, Floats] = await self.placing.rows(wanted, worded) if worded else {}
        lost: list[str] = []
        for interest in added:
            if interest.kind in FACTS:
                await self.store.profiles.put_interest(known.reader, interest, None)
            elif interest.id in rows:
                await self.store.profiles.put_interest(known.reader, interest, rows[interest.id], self.placing.tag)
            else:
                lost.append(interest.name)
        return lost

    def _here(self, told: Interest) -> Interest:
        """The interest with the ids that its papers have here."""
        paper_id = told.paper_id and self._id(told.paper_id)
        return replace(told, paper_id=paper_id, learnt_from=tuple(map(self._id, told.learnt_from)))

    async def _subscription(self, told: Subscription) -> bool:
        """Each choice that the reader has not made here."""
        known, default = await self.store.subscriptions.get(told.reader), Subscription(told.reader)
        names = [one.name for one in fields(Subscription) if getattr(known, one.name) == getattr(default, one.name)]
        after = replace(known, **{name: getattr(told, name) for name in names})
        if (after.quiet_from is None) != (after.quiet_to is None):
            after = replace(after, quiet_from=known.quiet_from, quiet_to=known.quiet_to)
        if after == known:
            return False
        await self.store.subscriptions.put(after)
        return True

    async def _rating(self, told: Rating) -> bool:
        if await self.store.ratings.get(told.reader, told.paper_id):
            return False
        await self.store.ratings.put(told)
        return True

    async def _sent(self, reader: UserId, told: Sent) -> bool:
        known = self._sent_to.get(reader)
        if known is None:
            known = self._sent_to[reader] = await self.store.sent.known(reader)
        if told.paper_id in known:
            return False
        known.add(told.paper_id)
        await self.store.sent.confirm(reader, [told])
        return True

    async def _pending(self, told: Pending) -> bool:
        if await self.store.pending.has(told.reader, told.arxiv_id):
            return False
        await self.store.pending.add(told)
        return True


def _one(kind: str, is_new: bool) -> Counter[str]:
    return Counter({kind: 1}) if is_new else Counter()


def _within(value: float | None, least: float, most: float) -> float | None:
    return value if value is not None and least <= value <= most else None
