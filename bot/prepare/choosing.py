"""What of a reader's queued alerts is worth a message now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from bot import digests
from bot.models import Alert, Digest, Paper, Taste, UserId
from bot.prepare.weighing import Weights, weighed
from bot.store import Store

#: A digest with its thread holds so many times the cap; what is beyond that was too long ago, or too much.
TIMES_CAP = 4

#: Tells which of these papers a reader saw in a channel, and which are on their way to one.
Seen: TypeAlias = Callable[[Collection[str]], Awaitable[tuple[set[str], set[str]]]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Papers for one message and its thread. Papers are named by the ids that their alerts have."""

    #: What a message has room for, strongest first, then what its thread has, in the same order.
    digest: Digest
    #: Nothing will come of these alerts; for these there is no place.
    dropped: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    #: These stood in a channel where the reader is.
    elsewhere: tuple[str, ...] = ()
    #: Something waits until it is known whether the reader sees it in a channel.
    is_waiting: bool = False
    #: So many papers the message has room for, as the reader chose or the host.
    cap: int = 0

    @classmethod
    def nothing(cls, reader: UserId) -> Chosen:
        """There is none."""
        return cls(Digest(reader, ()))

    @property
    def paper_ids(self) -> tuple[str, ...]:
        """What is told, in the order of the digest."""
        return tuple(alert.paper_id for alert in self.digest.alerts)


async def choose(store: Store, reader: UserId, cap: int, *, times: int = TIMES_CAP, seen: Seen | None = None) -> Chosen:
    """At most ``times`` the cap of the papers that are queued for the reader and were not sent. Raises StoreError.

    What the reader disliked, unfollowed or muted since it was queued is dropped, and so is what was sent under another
    id, what is another paper of the digest over again, and what a digest that was never sent had as something different.
    What was seen in a channel is told apart from that: it was above the bar. ``cap`` is the host's, the reader's own goes before it.
    """
    waiting = await store.alerts.waiting(reader)
    queued = [alert for alert in waiting if not alert.exploring]
    dropped = [alert.paper_id for alert in waiting if alert.exploring]
    if not queued:
        return Chosen(Digest(reader, ()), tuple(dropped))
    # What is claimed meanwhile is left to the claim: it may yet be released.
    known = await store.sent.known(reader) - {alert.paper_id for alert in waiting}
    profile = await store.profiles.get(reader)
    following = {interest.id for interest in profile.interests if not interest.muted}
    wanted = [alert for alert in queued if alert.interest_id in following]
    dropped += [alert.paper_id for alert in queued if alert.interest_id not in following]
    disliked = {one.paper_id for one in await store.ratings.of(reader) if one.taste is Taste.LESS}
    found = await store.papers.get([alert.paper_id for alert in wanted])
    gone = await _present(store, known | disliked) if wanted else set[str]()
    candidates: dict[str, Alert] = {}
    papers: dict[str, Paper] = {}
    for alert, stored in sorted(zip(wanted, found, strict=True), key=lambda pair: digests.strongest_first(pair[0])):
        if stored is None:
            continue
        if stored.paper.id in gone or stored.paper.id in candidates:
            dropped.append(alert.paper_id)
        else:
            candidates[stored.paper.id], papers[alert.paper_id] = alert, stored.paper
    is_waiting, elsewhere = False, list[str]()
    if seen and candidates:
        sent, coming = await seen({*candidates, *(alert.paper_id for alert in candidates.values())})
        elsewhere = [alert.paper_id for one, alert in candidates.items() if {one, alert.paper_id} & sent]
        is_waiting = any({one, alert.paper_id} & coming - sent for one, alert in candidates.items())
        candidates = {one: at for one, at in candidates.items() if not {one, at.paper_id} & (sent | coming)}
    weights = Weights()
    if len(candidates) > 1:
        weights, again = await weighed(store, reader, [(one, papers[one.paper_id]) for one in candidates.values()])
        dropped += again
        candidates = {one: alert for one, alert in candidates.items() if alert.paper_id not in again}
    most = profile.cap or cap
    digest = digests.compose(
        reader, candidates.values(), times * most, first=most, shares=weights.shares, vectors=weights.vectors
    )
    told = {alert.paper_id for alert in digest.alerts}
    left_out = tuple(alert.paper_id for alert in candidates.values() if alert.paper_id not in told)
    return Chosen(digest, tuple(dropped), left_out, tuple(elsewhere), is_waiting, most)


async def with_code(store: Store, reader: UserId, most: int = 20) -> tuple[str, ...]:
    """Ids, as they were saved, of papers on the reader's list that have code now and had none; the latest saves first."""
    without = [save.paper_id for save in await store.saved.of(reader) if not save.had_code]
    if not without:
        return ()
    found = await store.papers.get(without)
    have = [one for one, stored in zip(without, found, strict=True) if stored and stored.paper.code_url]
    return tuple(have[:most])


async def _present(store: Store, ids: Iterable[str]) -> set[str]:
    """These ids and those that their papers have now."""
    wanted = list(ids)
    return {*wanted, *(await store.papers.current_ids(wanted)).values()}
