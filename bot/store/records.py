"""Nouns as JSON: written by pydantic, read back strictly, and never trusted.

Whatever stands in the store may have been cut short or written by somebody else: what cannot be read is counted in
``Skipped`` and left out, it never stops the rest.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from bot.models import (
    DELIVERY_VERSION,
    Alert,
    Channel,
    DeadDelivery,
    Delivery,
    Interest,
    Link,
    Medium,
    ModelTag,
    Near,
    PageState,
    Paper,
    Pending,
    Person,
    Rating,
    Save,
    Sent,
    SlotEnd,
    SourceState,
    Subscription,
)
from bot.store.keys import is_name

Noun = TypeVar("Noun")

_LONGEST_NUMBER = 15
#: The longest name of a reader, and what goes before and after it.
_LONGEST_DELIVERY_ID = 400
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_HOURS = 24
_WEEKDAYS = frozenset(range(7))


@dataclass(slots=True)
class Skipped:
    """Counts stored values that could not be read. Threads may share one."""

    count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int = 1) -> None:
        """So many more."""
        with self._lock:
            self.count += count

    def text(self, raw: object) -> str | None:
        """Bytes as text, or None."""
        if raw is None:
            return None
        try:
            return raw.decode() if isinstance(raw, bytes) else self._none()
        except UnicodeDecodeError:
            return self._none()

    def number(self, raw: object) -> int | None:
        """Bytes as a whole number from 0 to 10^15, or None."""
        if raw is None:
            return None
        if isinstance(raw, bytes) and raw.isdigit() and len(raw) <= _LONGEST_NUMBER:
            return int(raw)
        return self._none()

    def fraction(self, raw: object, least: float, most: float) -> float | None:
        """Bytes as a number from ``least`` to ``most``, or None."""
        if raw is None:
            return None
        try:
            value = float(raw) if isinstance(raw, bytes) else math.nan
        except ValueError:
            value = math.nan
        return value if least <= value <= most else self._none()

    def _none(self) -> None:
        self.add()


class Record(Generic[Noun]):
    """One noun's form in the store."""

    def __init__(self, noun: type[Noun], is_sound: Callable[[Noun], bool]) -> None:
        self._adapter = TypeAdapter(noun)
        self._is_sound = is_sound

    def dump(self, noun: Noun) -> bytes:
        """The noun as JSON; what is no character (a lone surrogate) becomes ``?``."""
        try:
            return self._adapter.dump_json(noun)
        except PydanticSerializationError:
            plain = self._adapter.dump_python(noun, mode="json")
            return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    def dump_over(self, noun: Noun, raw: object) -> bytes:
        """As ``dump``, with what ``raw``, the noun as it is stored, has beside its fields: a later Paperbot's."""
        whole = self.dump(noun)
        try:
            stored: Any = json.loads(raw) if isinstance(raw, bytes) else None
        except (ValueError, RecursionError):
            return whole
        own: dict[str, Any] = json.loads(whole)
        if not isinstance(stored, dict) or not (beside := {key: stored[key] for key in stored if key not in own}):  # pyright: ignore[reportUnknownVariableType]
            return whole
        return json.dumps({**own, **beside}, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    def load(self, raw: object, skipped: Skipped) -> Noun | None:
        """The noun that ``dump`` wrote; None for None, and counted for anything else."""
        if raw is None:
            return None
        try:
            if isinstance(raw, bytes) and self._is_sound(noun := self._adapter.validate_json(raw, strict=True)):
                return noun
        except (ValidationError, ValueError, OverflowError):
            pass
        skipped.add()
        return None

    def plain(self, noun: Noun) -> Any:  # noqa: ANN401 - what JSON knows
        """The noun as what JSON knows: texts, numbers, lists and dicts by text."""
        return self._adapter.dump_python(noun, mode="json")


def _is_aware(moment: datetime | None) -> bool:
    return moment is None or moment.tzinfo is not None


def _sound_paper(paper: Paper) -> bool:
    if paper.published is not None:
        paper.published.as_date()
    return _is_aware(paper.first_seen) and _is_aware(paper.published_at)


def _sound_interest(interest: Interest) -> bool:
    is_weight = math.isfinite(interest.weight) and interest.weight != 0
    return is_weight and _is_aware(interest.created) and _is_aware(interest.voted)


def _sound_alert(alert: Alert) -> bool:
    closer = alert.closeness.closer_than
    numbers = (alert.strength, alert.closeness.score, 0.0 if closer is None else closer)
    return all(map(math.isfinite, numbers)) and _is_aware(alert.queued)


def _sound_tag(tag: ModelTag) -> bool:
    return tag.dimension > 0


def _sound_subscription(subscription: Subscription) -> bool:
    hour, days = subscription.hour, subscription.weekdays
    quiet = (subscription.quiet_from, subscription.quiet_to)
    return (
        (hour is None or 0 <= hour < _HOURS)
        and (days is None or (bool(days) and set(days) <= _WEEKDAYS and list(days) == sorted(set(days))))
        and (quiet[0] is None) == (quiet[1] is None)
        and all(moment is None or moment.tzinfo is None for moment in quiet)
    )


def _sound_rating(rating: Rating) -> bool:
    return _is_aware(rating.at)


def _sound_save(save: Save) -> bool:
    return _is_aware(save.at)


def _sound_sent(sent: Sent) -> bool:
    return _is_aware(sent.at) and (not sent.channel or is_name(sent.channel))


def _sound_pending(pending: Pending) -> bool:
    return _is_aware(pending.asked)


def _sound_source(state: SourceState) -> bool:
    days = [day for day, _ in state.daily]
    return (
        _is_aware(state.looked)
        and _is_aware(state.brought)
        and _is_aware(state.next_look)
        and _is_aware(state.behind)
        and (state.drifted is None) == (state.drift is None)
        and min(state.papers, state.new, *(entries for _, entries in state.daily)) >= 0
        and days == sorted(set(days))
    )


def _sound_page(state: PageState) -> bool:
    return _is_aware(state.asked) and min(state.entries, state.most) >= 0 and bool(state.source and state.page)


def _sound_near(near: Near) -> bool:
    return bool(near.paper_id) and (near.closer_than is None or 0 <= near.closer_than <= 1)


def _sound_delivery(delivery: Delivery) -> bool:
    place = delivery.parent
    return (
        1 <= delivery.version <= DELIVERY_VERSION
        and is_delivery_id(delivery.id)
        and is_name(delivery.reader.workspace)
        and is_name(delivery.reader.user)
        and _is_aware(delivery.queued)
        and min(delivery.missed, delivery.most) >= 0
        and all((*delivery.paper_ids, *delivery.with_code, *delivery.trending))
        and all(map(_sound_near, delivery.near))
        and (delivery.medium is Medium.SLACK) == (not delivery.to)
        and all(min(day.seen, day.sent, day.liked) >= 0 for day in delivery.days)
        and (place is None or (is_name(place.channel) and bool(place.ts)))
        and (delivery.end is None or (_sound_end(delivery.end) and delivery.end.reader == delivery.reader))
    )


def _sound_dead(dead: DeadDelivery) -> bool:
    return _sound_delivery(dead.delivery) and dead.tries >= 0 and _is_aware(dead.at)


def _sound_end(end: SlotEnd) -> bool:
    counts = (end.papers, end.quiet_days, end.untold, *end.week)
    return _is_aware(end.at) and min(counts) >= 0 and (end.best is None or _sound_near(end.best))


def _sound_link(link: Link) -> bool:
    names = (link.reader.workspace, link.reader.user)
    is_written = not link.token or is_token(link.token)
    return all(map(is_name, names)) and is_written and _is_aware(link.made) and "\0" not in link.about


def is_token(written: str) -> bool:
    """Whether this can be the token of an address of ours."""
    return _TOKEN.fullmatch(written) is not None


def is_delivery_id(delivery_id: str) -> bool:
    """Whether a delivery of this id can be stored."""
    if not delivery_id or "\0" in delivery_id or len(delivery_id) > _LONGEST_DELIVERY_ID:
        return False
    try:
        delivery_id.encode()
    except UnicodeEncodeError:
        return False
    return True


def _any_sound(_noun: object) -> bool:
    return True


PAPER = Record(Paper, _sound_paper)
INTEREST = Record(Interest, _sound_interest)
ALERT = Record(Alert, _sound_alert)
TAG = Record(ModelTag, _sound_tag)
SUBSCRIPTION = Record(Subscription, _sound_subscription)
RATING = Record(Rating, _sound_rating)
SAVE = Record(Save, _sound_save)
SENT = Record(Sent, _sound_sent)
PENDING = Record(Pending, _sound_pending)
PERSON = Record(Person, _any_sound)
CHANNEL = Record(Channel, _any_sound)
SOURCE = Record(SourceState, _sound_source)
PAGE = Record(PageState, _sound_page)
DELIVERY = Record(Delivery, _sound_delivery)
DEAD = Record(DeadDelivery, _sound_dead)
SLOT_END = Record(SlotEnd, _sound_end)
LINK = Record(Link, _sound_link)
