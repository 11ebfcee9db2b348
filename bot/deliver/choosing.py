"""What of a reader's queued alerts goes into the digest that is due."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot import digests
from bot.models import Alert, Digest, Paper, Taste, UserId
from bot.store import Store

#: A digest with its thread holds so many times the cap; what is beyond that was too long ago, or too much.
_TIMES_CAP = 4


@dataclass(frozen=True, slots=True)
class Chosen:
    """A digest, strongest first, with its papers under the ids that its alerts have."""

    digest: Digest
    papers: Mapping[str, Paper]
    #: What the reader calls its interests now, by their ids.
    names: Mapping[str, str]
    #: So many cards stand in the message itself.
    cap: int
    #: Paper ids of alerts that nothing will come of, and of those that there is no place for.
    dropped: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    _as: Mapping[str, str] = field(default_factory=dict[str, str])

    def only(self, paper_ids: Collection[str]) -> Chosen:
        """With these papers alone: somebody else sends the others."""
        alerts = tuple(alert for alert in self.digest.alerts if alert.paper_id in paper_ids)
        return replace(self, digest=replace(self.digest, alerts=alerts))

    def claimed_as(self, paper_id: str) -> str:
        """The id that a paper was claimed under: that of its alert, which it may have had before it was joined."""
        return self._as.get(paper_id, paper_id)


async def choose(store: Store, reader: UserId, cap: int) -> Chosen | None:
    """The digest of everything that is queued for the reader and was not sent; None if there is nothing.

    What the reader disliked, unfollowed or muted since it was queued is dropped, and so is a paper that was sent under
    another id. ``cap`` is the host's, the reader's own goes before it.
    """
    queued = await store.alerts.waiting(reader)
    if not queued:
        return None
    # What another sender claims meanwhile is left to the claim: that sender may yet release it.
    known = await store.sent.known(reader) - {alert.paper_id for alert in queued}
    profile = await store.profiles.get(reader)
    following = {interest.id for interest in profile.interests if not interest.muted}
    wanted = [alert for alert in queued if alert.interest_id in following]
    dropped = [alert.paper_id for alert in queued if alert.interest_id not in following]
    disliked = {one.paper_id for one in await store.ratings.of(reader) if one.taste is Taste.LESS}
    found = await store.papers.get([alert.paper_id for alert in wanted])
    gone = await _present(store, known | disliked) if wanted else set[str]()
    alerts: dict[str, Alert] = {}
    papers: dict[str, Paper] = {}
    for alert, stored in sorted(zip(wanted, found, strict=True), key=lambda pair: -pair[0].strength):
        if stored is None:
            continue
        if stored.paper.id in gone or stored.paper.id in alerts:
            dropped.append(alert.paper_id)
        else:
            alerts[stored.paper.id] = alert
            papers[alert.paper_id] = stored.paper
    chosen_cap = profile.cap or cap
    digest = digests.compose(reader, alerts.values(), _TIMES_CAP * chosen_cap)
    told = {alert.paper_id for alert in digest.alerts}
    return Chosen(
        digest=digest,
        papers=papers,
        names={interest.id: interest.name for interest in profile.interests},
        cap=chosen_cap,
        dropped=tuple(dropped),
        left_out=tuple(one for one in papers if one not in told),
        _as={paper_id: alert.paper_id for paper_id, alert in alerts.items()},
    )


async def _present(store: Store, ids: Iterable[str]) -> set[str]:
    """These ids and those that their papers have now."""
    wanted = list(ids)
    found = await store.papers.get(wanted)
    return {*wanted, *(stored.paper.id for stored in found if stored)}
