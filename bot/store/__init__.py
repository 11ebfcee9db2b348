"""The door to Redis: papers, their vectors, readers, what they did and what they were told.

    keys                             every key and how long it lives
    records, fields                  nouns <-> JSON, read back strictly
    address, lines, connection, joining, failures, heeding
                                     the setting store.url -> commands, repeated and with their failures named
    embedded, server, binary         the server that this program starts itself
    papers, vectors, terms, sources, pages
                                     what is stored for all readers
    profiles (rows, blocks), facts, subscriptions, people           who readers are and what they follow
    alerts, sent, messages, saved, ratings, pending, acts           what they are told, and what they do
    links                            addresses of ours that they have
    served                           which workspace a token serves
    outbox, ends, rounds, drafts     deliveries from the moment they are due until Slack has them
    lease, pacing, members           what processes share: who does what alone, turns to post, who is in a channel
    forgetting, export               all of a reader or of a workspace
    rewriting                        so that what was deleted is in no file
    schema, migrations               the form that all of it has, and the way from an earlier one
    kept, dumping, refilling         all of it for a backup, and back

What is stored in which order: which papers a dump tells of, the papers, their vectors, idempotently; then the alerts
of each shard in one script; then ``mark_matched``. A crash in between repeats, it never doubles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.errors import StoreError
from bot.models import Medium, UserId
from bot.settings import DeliverySettings, StoreSettings
from bot.store.acts import Acts
from bot.store.address import Address
from bot.store.alerts import Alerts
from bot.store.blocks import InterestBlock
from bot.store.connection import Connection
from bot.store.drafts import Draft, Drafts
from bot.store.dumping import Dumping, StoredPart
from bot.store.embedded import EmbeddedServer
from bot.store.ends import SlotEnds
from bot.store.export import export
from bot.store.facts import Facts
from bot.store.forgetting import forget, purge
from bot.store.haste import in_haste
from bot.store.keys import SHARD_NAMES, Shard, shard_of
from bot.store.lease import Leases
from bot.store.links import Links
from bot.store.members import Members
from bot.store.messages import Messages
from bot.store.outbox import LATER_VERSION_SECONDS, MOST_TRIES, Begin, Begun, Entry, Outbox
from bot.store.pacing import Turns
from bot.store.pages import SourcePages
from bot.store.papers import PaperChange, Papers, StoredPaper
from bot.store.pending import PendingPapers
from bot.store.people import Channels, People
from bot.store.profiles import LEAST_BAR, MOST_BAR, MOST_CAP, Profiles
from bot.store.ratings import Ratings
from bot.store.records import Skipped
from bot.store.refilling import Refilling, connection_name
from bot.store.rewriting import Rewriting
from bot.store.rounds import Rounds
from bot.store.rows import Measured
from bot.store.saved import SavedPapers
from bot.store.schema import VERSION, bring_up_to_date, stored_version
from bot.store.sent import SentPapers
from bot.store.served import ServedWorkspaces
from bot.store.sources import Sources
from bot.store.subscriptions import Subscriptions
from bot.store.terms import PaperTerms
from bot.store.vectors import Floats, PaperVector, Sample, VectorBlock, Vectors, read_shards

__all__ = [
    "LATER_VERSION_SECONDS",
    "LEAST_BAR",
    "MOST_BAR",
    "MOST_CAP",
    "MOST_TRIES",
    "VERSION",
    "Alerts",
    "Begin",
    "Begun",
    "Draft",
    "Entry",
    "Floats",
    "InterestBlock",
    "Measured",
    "Outbox",
    "PaperChange",
    "PaperVector",
    "Papers",
    "Profiles",
    "Sample",
    "Shard",
    "Store",
    "StoredPaper",
    "StoredPart",
    "VectorBlock",
    "Vectors",
    "in_haste",
    "open_store",
    "shard_of",
]

#: Seconds for which a command is repeated: a failover of Sentinel takes 3 to 10.
PATIENCE = 15.0
#: For an embedded server, which its next owner has started by then; loading is waited for longer.
EMBEDDED_PATIENCE = 30.0
#: For the very first command, which finds a wrong address.
FIRST_PATIENCE = 2.0


class Store:
    """An open store, for one event loop; close it when done."""

    def __init__(self, connection: Connection, server: EmbeddedServer | None, version: str, patience: float) -> None:
        self._connection = connection
        self._server = server
        self._rewriting = Rewriting(connection)
        #: Name and version of the server, for people.
        self.version = version
        self.papers = Papers(connection)
        self.vectors = Vectors(connection)
        self.terms = PaperTerms(connection)
        self.profiles = Profiles(connection, patience)
        self.facts = Facts(connection)
        self.alerts = Alerts(connection)
        self.subscriptions = Subscriptions(connection)
        self.saved = SavedPapers(connection)
        self.ratings = Ratings(connection)
        self.sent = SentPapers(connection)
        self.messages = Messages(connection)
        self.pending = PendingPapers(connection)
        self.people = People(connection)
        self.channels = Channels(connection)
        self.acts = Acts(connection)
        self.sources = Sources(connection)
        self.pages = SourcePages(connection)
        self.ends = SlotEnds(connection)
        self.outbox = Outbox(connection)
        self._queues = {Medium.SLACK: self.outbox, Medium.EMAIL: Outbox(connection, Medium.EMAIL)}
        self.members = Members(connection)
        self.leases = Leases(connection)
        self.links = Links(connection)
        self.served = ServedWorkspaces(connection)
        self.rounds = Rounds(connection)
        self.drafts = Drafts(connection, self.papers)
        self.dumping = Dumping(connection)
        self.refilling = Refilling(connection)

    @property
    def address(self) -> str:
        """Where it is, without secrets."""
        return str(self._connection.address)

    @property
    def skipped(self) -> int:
        """How many stored values could not be read since it was opened."""
        return self._connection.skipped.count

    @property
    def server(self) -> EmbeddedServer | None:
        """The embedded server, where there is one."""
        return self._server

    def queue(self, medium: Medium) -> Outbox:
        """The outbox, for who sends by this way; ``outbox`` is that of Slack."""
        return self._queues[medium]

    def turns(self, delivery: DeliverySettings, workspace: Callable[[], str]) -> Turns:
        """Turns to post in a workspace, shared by all processes; ``workspace`` gives "" while it is not known yet."""
        return Turns(self._connection, workspace, delivery.channel_rate, delivery.workspace_rate)

    async def schema_version(self) -> int:
        """The version of the form that everything in it has: ``VERSION``, or an earlier one while it is full."""
        return await stored_version(self._connection)

    async def answers(self, patience: float) -> bool:
        """Whether it answers within ``patience`` seconds."""
        try:
            await self._connection.write("EXISTS", SHARD_NAMES, patience=patience)
        except StoreError:
            return False
        return True

    async def workspaces(self) -> list[str]:
        """The workspaces that have readers, sorted."""
        return sorted({shard.workspace for shard in await read_shards(self._connection)})

    async def forget(self, reader: UserId) -> int:
        """Delete everything of a reader, see ``forgetting.forget``; gives how many keys and fields that were."""
        gone = await forget(self._connection, reader)
        self._rewrite()
        return gone

    async def purge(self, workspace: str) -> int:
        """Delete everything of a workspace; gives how many keys that were."""
        gone = await purge(self._connection, workspace)
        self._rewrite()
        return gone

    def _rewrite(self) -> None:
        # How long somebody else's server keeps its files is for who runs it to say.
        if self._server is not None:
            self._rewriting.ask()

    async def export(self, reader: UserId) -> dict[str, Any]:
        """Everything that is stored of a reader, as JSON knows it; vectors are left out."""
        return await export(self._connection, reader)

    async def close(self) -> None:
        """Let go of the connections, then of the embedded server."""
        await self._rewriting.close()
        for queue in self._queues.values():
            await queue.close()
        await self._connection.close()
        if self._server is not None:
            await self._server.close()


async def open_store(settings: StoreSettings, *, owner: bool = False, restoring: bool = False) -> Store:
    """Open the store that the settings name; ``embedded`` starts a server unless one is up for this data folder.

    ``owner``: this is `run`, of which a data folder has one. Raises StoreOwned for a second one, StoreUnsupported for
    a server that is missing or older than 6.2 and for a store of a later version, StoreInUse where a restore is not
    finished, StoreUnreachable, SettingsError for an address that makes no sense. A store of an earlier version is
    brought up to date; ``restoring``: whatever stands in it is left as it is.
    """
    server = None
    if settings.url == "embedded":
        server = EmbeddedServer(settings.data_dir, settings.server)
        await server.open(run=owner)
    try:
        address = server.address if server else Address.parse(settings.url)
        if restoring:
            address = replace(address, client=connection_name())
        patience = EMBEDDED_PATIENCE if server else PATIENCE
        connection = Connection(address, Skipped(), patience)
        try:
            # Who is to run for months may begin while one server takes over from another.
            waits = server is not None or (owner and address.has_others)
            version = await connection.check(patience if waits else FIRST_PATIENCE)
            if not restoring:
                await bring_up_to_date(connection)
        except BaseException:
            await connection.close()
            raise
    except BaseException:
        if server:
            await server.close()
        raise
    return Store(connection, server, version, patience)
