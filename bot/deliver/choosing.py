"""What of a delivery is still wanted when it is sent: read anew from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.models import Alert, Delivery, DeliveryKind, Near, Paper, Profile, Subscription, Taste
from bot.store import Store

#: Kinds whose papers the reader was matched with.
MATCHED = frozenset({DeliveryKind.PAPERS, DeliveryKind.DIGEST, DeliveryKind.THREAD})
#: Kinds that have nothing to say without papers.
_OF_PAPERS = MATCHED | {DeliveryKind.BROUGHT}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A delivery with what is true of it now. Papers are named by the ids that they were claimed under."""

    delivery: Delivery
    subscription: Subscription
    profile: Profile
    #: What goes out, in the order of the delivery, and why; under their ids then.
    papers: Mapping[str, Paper]
    alerts: Mapping[str, Alert]
    with_code: tuple[Paper, ...] = ()
    near: tuple[tuple[Paper, Near], ...] = ()
    trending: tuple[Paper, ...] = ()
    #: Ids of those of them that are on the reader's list.
    saved: frozenset[str] = frozenset()
    #: How many others saved each paper, by its id now.
    colleagues: Mapping[str, int] = field(default_factory=dict[str, int])
    #: Ids, as they were then, that the reader no longer wants: unfollowed, muted, disliked, or sent otherwise.
    dropped: tuple[str, ...] = ()
    _claimed: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_empty(self) -> bool:
        """Nothing is left to say."""
        if self.delivery.kind is DeliveryKind.TRENDING:
            # Who follows something gets what is near to that instead.
            return not self.trending or not self.subscription.trending or bool(self.profile.interests)
        return self.delivery.kind in _OF_PAPERS and not self.papers and not self.with_code

    @property
    def count(self) -> int:
        """How many papers it tells of."""
        return len(self.trending if self.delivery.kind is DeliveryKind.TRENDING else self.papers)

    def claimed_as(self, paper_id: str) -> str:
        """The id that a paper was claimed under, which it may have had before it was joined."""
        return self._claimed.get(paper_id, paper_id)


async def choose(store: Store, delivery: Delivery) -> Chosen:
    """Read what the delivery is about; what is no longer wanted falls out. Raises StoreError."""
    is_matched, own = delivery.kind in MATCHED, frozenset(delivery.paper_ids)
    draft = await store.drafts.of(delivery.reader, _named(delivery), delivery.told_ids if is_matched else ())
    # What this delivery itself claimed was not sent otherwise; a copy's papers are what it is a copy of that claimed.
    told = set[str]() if delivery.copy_of else {now for then, now in draft.sent.items() if then not in own}
    disliked = {paper_id for paper_id, rating in draft.ratings.items() if rating.taste is Taste.LESS}
    following = {interest.id for interest in draft.profile.interests if not interest.muted}
    papers = draft.papers
    wanted: dict[str, Paper] = {}
    dropped: list[str] = []
    for paper_id in delivery.told_ids:
        if (paper := papers.get(paper_id)) is None:
            continue
        alert = draft.alerts.get(paper_id)
        is_unwanted = is_matched and (
            alert is None or alert.interest_id not in following or bool(disliked & {paper_id, paper.id})
        )
        if is_unwanted or paper.id in told:
            dropped.append(paper_id)
        else:
            told.add(paper.id)
            wanted[paper_id] = paper
    return Chosen(
        delivery=delivery,
        subscription=draft.subscription,
        profile=draft.profile,
        papers=wanted,
        alerts=draft.alerts,
        with_code=_each([papers[one] for one in delivery.with_code if one in papers and papers[one].id in draft.saved]),
        near=tuple(
            (papers[near.paper_id], near)
            for near in delivery.near
            if near.paper_id in papers and papers[near.paper_id].id not in told | disliked
        ),
        trending=_each([papers[one] for one in delivery.trending if one in papers]),
        saved=draft.saved,
        colleagues=draft.colleagues,
        dropped=tuple(dropped),
        _claimed={papers[one].id: one for one in reversed(delivery.told_ids) if one in papers}
        | {one: one for one in delivery.told_ids},
    )


def _named(delivery: Delivery) -> list[str]:
    """Ids of all papers that it names, each once."""
    near = (one.paper_id for one in delivery.near)
    return list(dict.fromkeys((*delivery.told_ids, *delivery.with_code, *near, *delivery.trending)))


def _each(papers: Sequence[Paper]) -> tuple[Paper, ...]:
    """Two that were joined stand there once."""
    return tuple({paper.id: paper for paper in papers}.values())
