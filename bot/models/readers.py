"""A reader: who it is, what it follows, how and when it is reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

LOCAL_WORKSPACE = "local"


@dataclass(frozen=True, slots=True, order=True)
class UserId:
    """A reader: a person or a channel of one workspace; readers named at the terminal live in ``local``."""

    workspace: str
    user: str

    @classmethod
    def parse(cls, name: str) -> UserId:
        """``T123/U456`` is a Slack reader, any other name a local one."""
        workspace, slash, user = name.partition("/")
        return cls(workspace, user) if slash and workspace and user else cls(LOCAL_WORKSPACE, name)

    def __str__(self) -> str:
        return self.user if self.workspace == LOCAL_WORKSPACE else f"{self.workspace}/{self.user}"


class InterestKind(StrEnum):
    """What an interest was made from; the last three are matched by a paper's facts, not by its meaning."""

    PHRASE = "phrase"
    PAPER = "paper"
    LEARNT = "learnt"
    AUTHOR = "author"
    ORGANISATION = "org"
    CATEGORY = "cat"


#: Kinds that are matched by facts; they have no row among the vectors.
FACTS = frozenset({InterestKind.AUTHOR, InterestKind.ORGANISATION, InterestKind.CATEGORY})


@dataclass(frozen=True, slots=True)
class Interest:
    """One thing a reader follows. A negative weight asks for less of it; zero is not allowed."""

    #: Short, unique within the reader, and the same for the same phrase, paper or fact.
    id: str
    name: str
    kind: InterestKind
    #: What is embedded: the phrase, or the paper's title and abstract; for a fact, what is compared; "" for learnt.
    text: str
    weight: float = 1.0
    paper_id: str | None = None
    created: datetime | None = None
    #: Kept, but nothing comes from it.
    muted: bool = False
    #: Ids of the papers whose ratings moved it, oldest first. Its vector is made from ``text`` and these.
    learnt_from: tuple[str, ...] = ()
    #: When a rating last taught it, aware, UTC; None: none did.
    voted: datetime | None = None
    #: Its reader gave it this name; one that was learnt is then the reader's own, and no vote takes it apart.
    renamed: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """A reader's interests and how much the reader wants to hear."""

    reader: UserId
    interests: tuple[Interest, ...] = ()
    #: Share of stored papers an alert must beat, 0.5 to 0.9999; None: what was learnt, else the host's setting.
    bar: float | None = None
    #: The bar that the reader's votes ask for; None: there are too few votes.
    learnt_bar: float | None = None
    #: At most so many alerts from one ingest run; None: the host's setting.
    cap: int | None = None


class Cadence(StrEnum):
    """How often a reader is written to."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


class Suspension(StrEnum):
    """Why nothing can be sent to a reader, whatever the reader chose."""

    DEACTIVATED = "deactivated"
    ARCHIVED = "archived"
    REMOVED = "removed"
    UNREACHABLE = "unreachable"


class Via(StrEnum):
    """How a person wants to hear of papers; words about what somebody did in Slack stay there."""

    SLACK = "slack"
    EMAIL = "email"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Subscription:
    """How and when a reader, a person or a channel, is reached. None: the host's setting, or the default."""

    reader: UserId
    cadence: Cadence | None = None
    #: Hour of the digest, 0 to 23, in ``zone``.
    hour: int | None = None
    #: Days of the digest, 0 is Monday, ascending.
    weekdays: tuple[int, ...] | None = None
    #: IANA name, as chosen or as the Slack profile has it.
    zone: str | None = None
    #: The zone was chosen by hand: the Slack profile no longer changes it.
    zone_chosen: bool = False
    #: Nothing is sent from ``quiet_from`` to ``quiet_to`` (local, may span midnight); both or neither.
    quiet_from: time | None = None
    quiet_to: time | None = None
    #: Nothing is sent up to and including this local day.
    holiday_until: date | None = None
    paused: bool = False
    #: The pause ends with this local day; None with ``paused``: until resumed.
    paused_until: date | None = None
    #: The reader's saves count among "3 colleagues saved it".
    counted: bool = True
    #: Cards tell how many colleagues saved a paper.
    shows_colleagues: bool = True
    #: The weekly look back; None: people get it, channels do not.
    roll_up: bool | None = None
    suspended: Suspension | None = None
    #: Channels: the user who set it up, and is told when it breaks. None: nobody did.
    owner: str | None = None
    #: The reader's first steps were shown.
    welcomed: bool = False
    #: People: in Slack, by e-mail, or both; None: in Slack. Without an address it is Slack all the same.
    via: Via | None = None
    #: E-mail addresses that were confirmed by a click in Slack: one of a person's, up to 20 of a channel's.
    addresses: tuple[str, ...] = ()
    #: An address that waits for that click.
    asked_address: str = ""
    #: People: what is talked about, each expected day, while they follow nothing.
    trending: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack says of a user."""

    reader: UserId
    #: IANA name, None if Slack tells none.
    zone: str | None = None
    is_admin: bool = False
    is_guest: bool = False
    is_bot: bool = False
    deleted: bool = False
    #: Of another workspace, met through Slack Connect.
    is_external: bool = False
    #: The address in the Slack profile, "" where Slack tells none; never stored, only asked for.
    email: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """What Slack says of a conversation."""

    id: str
    name: str = ""
    #: A direct message with one person.
    is_direct: bool = False
    is_archived: bool = False
    #: Our bot is in it.
    is_member: bool = False


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that somebody gave in a window."""

    name: str
    #: The user who uploaded it.
    by: str
    #: None: larger than was asked for.
    content: bytes | None = field(repr=False)
