"""The nouns: frozen values, no I/O, nothing imported but the standard library.

A paper's life by type: a dump's bytes are read into a ``Reading`` of ``Entry`` and ``Rejected``; entries that
speak of one paper are merged into a ``Paper``; a ``Match`` says whom it concerns and why; an ``Alert`` is a
match queued once for that reader; alerts are delivered together as a ``Digest`` and kept as ``Sent``; a ``Rating``
moves an ``Interest``.

Vectors travel beside the nouns, never in them, so nouns stay comparable.
"""

from __future__ import annotations

from bot.models.alerts import Alert, Closeness, Digest, Match, Pending, Rating, Save, Sent, Taste
from bot.models.deliveries import (
    DELIVERY_VERSION,
    DayCount,
    DeadDelivery,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Ending,
    Medium,
    Near,
    Place,
    QueueDepth,
    SlotEnd,
)
from bot.models.dumps import Entry, Format, Notice, PrintedDate, Reading, Rejected, YearOrigin
from bot.models.links import Link, LinkPurpose
from bot.models.pages import FetchReport, PageState, mark_of
from bot.models.papers import Appearance, Count, Origin, Paper, SearchHit, Told
from bot.models.readers import (
    FACTS,
    LOCAL_WORKSPACE,
    Attached,
    Cadence,
    Channel,
    Interest,
    InterestKind,
    Person,
    Profile,
    Subscription,
    Suspension,
    UserId,
    Via,
)
from bot.models.reports import IngestReport, SourceState
from bot.models.vectors import (
    DEVIATION,
    EVIDENCE,
    LEXICAL,
    MEAN,
    ROW_EXTRA,
    SHARE,
    SOURCE_WEIGHTS,
    SOURCES,
    THRESHOLD,
    WEIGHT,
    ModelTag,
)

__all__ = [
    "DELIVERY_VERSION",
    "DEVIATION",
    "EVIDENCE",
    "FACTS",
    "LEXICAL",
    "LOCAL_WORKSPACE",
    "MEAN",
    "ROW_EXTRA",
    "SHARE",
    "SOURCES",
    "SOURCE_WEIGHTS",
    "THRESHOLD",
    "WEIGHT",
    "Alert",
    "Appearance",
    "Attached",
    "Cadence",
    "Channel",
    "Closeness",
    "Count",
    "DayCount",
    "DeadDelivery",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Digest",
    "Ending",
    "Entry",
    "FetchReport",
    "Format",
    "IngestReport",
    "Interest",
    "InterestKind",
    "Link",
    "LinkPurpose",
    "Match",
    "Medium",
    "ModelTag",
    "Near",
    "Notice",
    "Origin",
    "PageState",
    "Paper",
    "Pending",
    "Person",
    "Place",
    "PrintedDate",
    "Profile",
    "QueueDepth",
    "Rating",
    "Reading",
    "Rejected",
    "Save",
    "SearchHit",
    "Sent",
    "SlotEnd",
    "SourceState",
    "Subscription",
    "Suspension",
    "Taste",
    "Told",
    "UserId",
    "Via",
    "YearOrigin",
    "mark_of",
]
