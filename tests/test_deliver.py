"""Delivering on a real store: who is sent what and when, once, and what becomes of it when Slack does not take it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from bot import identity, settings
from bot.acts import Message
from bot.blocks import papers_in
from bot.clock import Clock
from bot.deliver import Deliver, DeliverReport
from bot.errors import (
    Concerns,
    SlackAmbiguous,
    SlackError,
    SlackRefused,
    SlackUnavailable,
    StoreError,
    StoreUnreachable,
)
from bot.models import (
    Alert,
    Cadence,
    Channel,
    Closeness,
    Interest,
    InterestKind,
    ModelTag,
    Paper,
    Rating,
    Save,
    Subscription,
    Suspension,
    Taste,
    UserId,
)
from bot.notify import BrokenOff, Posted
from bot.settings import Settings
from bot.store import PaperChange, Store, shard_of
from tests.store_values import row

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
TAG = ModelTag("a-model", "r1", 8)
ADA, BEN, CAY = UserId("T1", "U1"), UserId("T1", "U2"), UserId("T1", "U3")
CHANNEL = UserId("T1", "C1")
FLOWS = Interest("i00000000a", "flow matching", InterestKind.PHRASE, "flow matching", created=NOW)
HANDS = Interest("i00000000b", "robot hands", InterestKind.PHRASE, "robot hands", created=NOW)


@dataclass
class FakeSlack:
    """Takes what is sent, or fails as it is told to."""

    sent: list[tuple[UserId, Message, str]] = field(default_factory=list[tuple[UserId, Message, str]])
    failures: dict[UserId, Exception] = field(default_factory=dict[UserId, Exception])
    #: Messages of a thread that still arrive, and why the next one does not.
    thread: int = 99
    ended: SlackError | None = None

    async def send(self, reader: UserId, message: Message, *, key: str) -> Posted:
        await asyncio.sleep(0)
        if failure := self.failures.get(reader):
            raise failure
        self.sent.append((reader, message, key))
        channel = reader.user if reader.user.startswith("C") else f"D{reader.user}"
        number = len(self.sent)
        parts = tuple(f"{number}.{place:06}" for place in range(1, 1 + len(message.thread[: self.thread])))
        return Posted(channel, f"{number}.000000", parts, self.ended if len(parts) < len(message.thread) else None)

    def papers(self, reader: UserId) -> list[list[str]]:
        """Titles on each message to a reader, with its thread."""
        return [
            [TITLES[one] for part in (message, *message.thread) for one in papers_in(part.blocks)]
            for whom, message, _ in self.sent
            if whom == reader
        ]


TITLES: dict[str, str] = {}


def paper(title: str) -> Paper:
    paper_id = f"p{sha256(title.encode()).hexdigest()[:15]}"
    TITLES[paper_id] = title
    return Paper(paper_id, title, "An abstract.", NOW)


A, B, C, D = paper("A"), paper("B"), paper("C"), paper("D")


class World:
    """A store, Slack, a clock that can be set, and what delivers."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.slack = store, FakeSlack()
        self._file = folder / "clock"
        self.set(NOW)
        testing = settings.TestingSettings(enabled=True, clock=str(self._file))
        self.settings = Settings(slack=settings.SlackSettings(operator="U99"))
        self.clock = Clock(testing)
        self.deliver = Deliver(store, self.slack, self.clock, self.settings)

    def set(self, now: datetime) -> None:
        self._file.write_text(now.isoformat())

    async def follow(self, reader: UserId, *interests: Interest) -> None:
        for interest in interests or (FLOWS,):
            await self.store.profiles.put_interest(reader, interest, row(), TAG)

    async def queue(self, reader: UserId, *papers: Paper, interest: Interest = FLOWS) -> None:
        """Alerts of these papers, each weaker than the one before."""
        await self.store.papers.save([PaperChange(one, None, identity.aliases(one)) for one in papers])
        alerts = [
            Alert(
                reader=reader,
                paper_id=one.id,
                interest_id=interest.id,
                interest_name=interest.name,
                closeness=Closeness(0.6, 1, 507, 0.99),
                strength=9 - place / 10,
                why=f"Because you follow “{interest.name}”: closer than 99 % of papers",
                queued=NOW,
            )
            for place, one in enumerate(papers)
        ]
        await self.store.alerts.add(shard_of(reader), alerts)

    async def round(self) -> DeliverReport:
        return await self.deliver.deliver_due("T1")


@pytest.fixture
def world(store: Store, tmp_path: Path) -> World:
    return World(store, tmp_path)


async def test_a_person_is_written_to_at_once(world: World) -> None:
    """One message with the strongest paper first; what was sent, where and when is kept, and a reaction finds it."""
    await world.follow(ADA)
    await world.queue(ADA, A, B)
    report = await world.round()
    assert (report.readers, report.papers) == (1, 2)
    assert world.slack.papers(ADA) == [["A", "B"]]
    [(_, message, key)] = world.slack.sent
    assert message.text.startswith("2 papers for you:")
    assert "Because you follow “flow matching”" in message.text
    assert "mute_interest" in str(message.blocks)
    assert len(key) == 32
    sent = await world.store.sent.of(ADA)
    assert {(one.paper_id, one.at, one.channel, one.message) for one in sent} == {
        (one.id, NOW, "DU1", "1.000000") for one in (A, B)
    }
    assert await world.store.messages.papers("T1", "DU1", "1.000000") == (A.id, B.id)
    assert await world.store.messages.direct(ADA) == "DU1"


async def test_nothing_is_sent_twice(world: World) -> None:
    """Not in the next round, not by two rounds at once, not by two processes at once."""
    await world.follow(ADA)
    await world.queue(ADA, A)
    other = Deliver(world.store, world.slack, world.clock, world.settings)
    await asyncio.gather(world.round(), world.round(), other.deliver_due("T1"))
    await world.round()
    assert world.slack.papers(ADA) == [["A"]]
    await world.queue(ADA, B)
    await world.round()
    assert world.slack.papers(ADA) == [["A"], ["B"]]


async def test_a_channel_has_one_digest_a_day(world: World) -> None:
    """At its hour; papers that come later on wait for the next day, also when today's digest had been empty."""
    await world.follow(CHANNEL)
    await world.store.subscriptions.put(Subscription(CHANNEL, hour=9, zone="UTC", owner="U1"))
    world.set(NOW.replace(hour=8, minute=59))
    await world.queue(CHANNEL, A)
    assert (await world.round()).readers == 0
    world.set(NOW)
    assert (await world.round()).readers == 1
    [(_, message, _)] = world.slack.sent
    assert message.text.startswith("1 paper for this channel:")
    # What the channel follows is not for one person to mute.
    assert "mute_interest" not in str(message.blocks)
    await world.queue(CHANNEL, B)
    assert (await world.round()).readers == 0
    for days, expected in ((1, [["A"], ["B"]]), (2, [["A"], ["B"]])):
        world.set(NOW + timedelta(days=days))
        await world.round()
        assert world.slack.papers(CHANNEL) == expected
    await world.queue(CHANNEL, C)
    await world.round()
    assert world.slack.papers(CHANNEL) == [["A"], ["B"]]


async def test_the_first_digest_waits_for_a_paper(world: World) -> None:
    """A channel that is set up after its hour has its first digest as soon as there is something to say."""
    await world.follow(CHANNEL)
    await world.round()
    assert await world.store.sent.last_slot(CHANNEL) is None
    world.set(NOW + timedelta(hours=3))
    await world.queue(CHANNEL, A)
    await world.round()
    assert world.slack.papers(CHANNEL) == [["A"]]
    assert await world.store.sent.last_slot(CHANNEL) == TODAY


async def test_the_cap_is_the_message_and_the_rest_its_thread(world: World) -> None:
    """Cards beyond the cap follow in the thread; beyond four times the cap papers are counted and queued no longer."""
    await world.follow(ADA)
    await world.store.profiles.set_cap(ADA, 2)
    papers = [paper(f"Paper {number}") for number in range(9)]
    await world.queue(ADA, *papers)
    report = await world.round()
    [(_, message, _)] = world.slack.sent
    assert len(papers_in(message.blocks)) == 2
    assert world.slack.papers(ADA) == [[one.title for one in papers[:8]]]
    assert report.papers == 8
    assert await world.store.messages.papers("T1", "DU1", "1.000001") == (papers[2].id, papers[3].id)
    await world.round()
    assert len(world.slack.sent) == 1


async def test_every_interest_is_told_of(world: World) -> None:
    """Five strong papers of one interest leave room for one of another."""
    await world.follow(ADA, FLOWS, HANDS)
    await world.store.profiles.set_cap(ADA, 1)
    await world.queue(ADA, *(paper(f"Strong {number}") for number in range(5)))
    await world.queue(ADA, A, interest=HANDS)
    await world.round()
    assert "A" in world.slack.papers(ADA)[0]


async def test_what_a_reader_no_longer_wants_is_not_sent(world: World) -> None:
    """Unfollowed, muted or disliked since it was queued: dropped for good."""
    await world.follow(ADA, FLOWS, replace(HANDS, muted=True))
    other = Interest("i00000000c", "gone", InterestKind.PHRASE, "gone", created=NOW)
    await world.queue(ADA, A)
    await world.queue(ADA, B, interest=HANDS)
    await world.queue(ADA, C, interest=other)
    await world.store.ratings.put(Rating(ADA, A.id, Taste.LESS, "i00000000d", "A", opened=True, at=NOW))
    assert (await world.round()).readers == 0
    assert await world.store.alerts.of(ADA) == []


async def test_a_paper_that_was_joined_is_sent_once(world: World) -> None:
    """Sent under the id that it had before: its new id does not bring it again."""
    await world.follow(ADA)
    await world.queue(ADA, A)
    await world.round()
    [stored] = await world.store.papers.get([A.id])
    assert stored
    joined = PaperChange(B, None, identity.aliases(B), forwards=(A.id,), forward_versions=(stored.version,))
    assert await world.store.papers.save([joined]) == [True]
    await world.queue(ADA, B)
    assert (await world.round()).readers == 0


async def test_a_paper_that_was_joined_while_it_waited_is_known_as_sent(world: World) -> None:
    """Queued under an id that leads to another one now: sent as that one, and never again."""
    await world.follow(ADA)
    await world.queue(ADA, A)
    joined = PaperChange(B, None, identity.aliases(B), forwards=(A.id,))
    assert await world.store.papers.save([joined]) == [True]
    await world.round()
    assert world.slack.papers(ADA) == [["B"]]
    assert [one.paper_id for one in await world.store.sent.of(ADA)] == [A.id]
    assert await world.store.messages.papers("T1", "DU1", "1.000000") == (B.id,)
    assert (await world.round()).readers == 0


@pytest.mark.parametrize(
    "subscription",
    [
        Subscription(ADA, paused=True),
        Subscription(ADA, holiday_until=TODAY),
        Subscription(ADA, suspended=Suspension.DEACTIVATED),
        Subscription(ADA, cadence=Cadence.DAILY, hour=23),
        Subscription(ADA, cadence=Cadence.WEEKLY, weekdays=(3,)),
    ],
)
async def test_nobody_is_written_to_at_another_time(world: World, subscription: Subscription) -> None:
    """Pause, holiday, a closed account, another hour or day: the papers stay queued."""
    await world.follow(ADA)
    await world.store.subscriptions.put(subscription)
    await world.store.sent.take_slot(ADA, TODAY - timedelta(days=1))
    await world.queue(ADA, A)
    assert (await world.round()).readers == 0
    assert len(await world.store.alerts.of(ADA)) == 1


async def test_cards_are_as_the_reader_left_their_papers(world: World) -> None:
    """What is saved says so, and how many colleagues saved it, unless the host or the reader does not want that."""
    for reader in (ADA, BEN):
        await world.follow(reader)
        await world.queue(reader, A)
    await world.store.saved.add(ADA, Save(A.id, NOW), counted=True)
    await world.store.subscriptions.put(Subscription(BEN, shows_colleagues=False))
    for other in (CAY, UserId("T1", "U4")):
        await world.store.saved.add(other, Save(A.id, NOW), counted=True)
    await world.round()
    texts = {reader: str(message.blocks) for reader, message, _ in world.slack.sent}
    assert "Saved ✓" in texts[ADA]
    assert "2 colleagues saved it" in texts[ADA]
    assert "Saved ✓" not in texts[BEN]
    assert "colleagues" not in texts[BEN]


def refused(code: str, concerns: Concerns) -> SlackRefused:
    return SlackRefused("No.", code=code, concerns=concerns)


async def test_what_was_surely_not_sent_is_sent_later(world: World) -> None:
    """Slack is away: nothing counts as sent, the day's digest is still due, and the next round sends both."""
    await world.store.subscriptions.put(Subscription(CHANNEL, hour=9, zone="UTC"))
    for reader in (ADA, CHANNEL):
        await world.follow(reader)
        await world.queue(reader, A)
        world.slack.failures[reader] = SlackUnavailable("Later.")
    assert (await world.round()).later == 2
    world.slack.failures.clear()
    assert (await world.round()).readers == 2


async def test_what_may_have_been_sent_is_not_sent_again(world: World) -> None:
    """The connection broke: nobody knows, so the reader is not told twice."""
    await world.follow(ADA)
    await world.queue(ADA, A)
    world.slack.failures[ADA] = SlackAmbiguous("Who knows.")
    assert (await world.round()).unknown == 1
    world.slack.failures.clear()
    assert (await world.round()).readers == 0
    assert await world.store.sent.of(ADA) == []


async def test_a_message_that_slack_finds_fault_with_is_not_repeated(world: World) -> None:
    """It would be refused every few seconds for ever; others are served."""
    for reader in (ADA, BEN):
        await world.follow(reader)
        await world.queue(reader, A)
    world.slack.failures[ADA] = refused("msg_too_long", Concerns.MESSAGE)
    assert (await world.round()).readers == 1
    world.slack.failures.clear()
    assert (await world.round()).readers == 0


@pytest.mark.parametrize(
    ("code", "suspension", "told"),
    [
        ("is_archived", Suspension.ARCHIVED, "it was archived"),
        ("not_in_channel", Suspension.REMOVED, "invite me"),
        ("restricted_action", Suspension.UNREACHABLE, "Slack refused it (restricted_action)"),
    ],
)
async def test_a_channel_that_cannot_be_reached(world: World, code: str, suspension: Suspension, told: str) -> None:
    """Nothing is sent there any more, its owner hears why, and the papers stay queued."""
    await world.follow(CHANNEL)
    await world.store.subscriptions.put(Subscription(CHANNEL, hour=9, owner="U2"))
    await world.store.channels.put(Channel("C1", "papers", is_member=True), "T1")
    await world.queue(CHANNEL, A)
    world.slack.failures[CHANNEL] = refused(code, Concerns.READER)
    assert (await world.round()).suspended == 1
    [(whom, note, _)] = world.slack.sent
    assert whom == BEN
    assert note.text.startswith("Nothing is sent to #papers any more")
    assert told in note.text
    assert (await world.store.subscriptions.get(CHANNEL)).suspended is suspension
    await world.round()
    assert len(world.slack.sent) == 1
    world.slack.failures.clear()
    await world.store.subscriptions.put(replace(await world.store.subscriptions.get(CHANNEL), suspended=None))
    assert (await world.round()).readers == 1


async def test_a_channel_without_owner_is_told_of_to_the_operator(world: World) -> None:
    """And of a person who cannot be reached nobody is told."""
    for reader in (ADA, CHANNEL):
        await world.follow(reader)
        await world.queue(reader, A)
        world.slack.failures[reader] = refused("user_disabled", Concerns.READER)
    await world.round()
    assert [whom.user for whom, _, _ in world.slack.sent] == ["U99"]
    assert (await world.store.subscriptions.get(ADA)).suspended is Suspension.DEACTIVATED


async def test_a_workspace_that_refuses_ends_the_round(world: World) -> None:
    """A revoked token is no fault of the readers': nothing is lost, nobody is suspended."""
    for number in range(40):
        reader = UserId("T1", f"U1{number}")
        await world.follow(reader)
        await world.queue(reader, A)
        world.slack.failures[reader] = refused("token_revoked", Concerns.WORKSPACE)
    report = await world.round()
    assert report.ended_early
    assert report.later < 40
    world.slack.failures.clear()
    assert (await world.round()).readers == 40


@pytest.mark.parametrize(
    ("ended", "report", "again"),
    [
        (SlackUnavailable("Later."), DeliverReport(readers=1, papers=2, later=1), [["C", "D"]]),
        (refused("is_archived", Concerns.READER), DeliverReport(readers=1, papers=2), [["C", "D"]]),
        (SlackAmbiguous("Who knows."), DeliverReport(readers=1, papers=2, unknown=1), [["D"]]),
        (refused("msg_too_long", Concerns.MESSAGE), DeliverReport(readers=1, papers=2), [["D"]]),
        (None, DeliverReport(readers=1, papers=2), [["D"]]),
    ],
)
async def test_a_thread_that_breaks_off(
    world: World, ended: SlackError | None, report: DeliverReport, again: list[list[str]]
) -> None:
    """The cards that arrived are kept as sent, the others come later, but for those that nobody knows of."""
    await world.follow(ADA)
    await world.store.profiles.set_cap(ADA, 1)
    await world.queue(ADA, A, B, C, D)
    world.slack.thread, world.slack.ended = 1, ended
    assert await world.round() == report
    assert {one.paper_id for one in await world.store.sent.of(ADA)} == {A.id, B.id}
    world.slack.thread = 99
    await world.round()
    assert world.slack.papers(ADA)[1:] == again
    await world.round()
    assert len(world.slack.sent) == 2


@pytest.mark.parametrize(
    ("told", "again"),
    [
        (BrokenOff().cancelled(), [["A", "B", "C"]]),
        (BrokenOff(Posted("DU1", "1.1", (), SlackUnavailable("Stopped."))).cancelled(), [["B", "C"]]),
        (BrokenOff(Posted("DU1", "1.1", (), SlackAmbiguous("Stopped."))).cancelled(), [["C"]]),
        (asyncio.CancelledError(), []),
    ],
)
async def test_a_stop_in_the_middle_of_sending(
    world: World, told: asyncio.CancelledError, again: list[list[str]]
) -> None:
    """What had surely not left comes with the next start; what may have is not sent a second time."""
    await world.follow(ADA)
    await world.store.profiles.set_cap(ADA, 1)
    await world.queue(ADA, A, B, C)
    send = world.slack.send

    async def stopped(reader: UserId, message: Message, *, key: str) -> Posted:  # noqa: ARG001 - a notifier's shape
        raise told

    world.slack.send = stopped  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(asyncio.CancelledError):
        await world.round()
    world.slack.send = send  # pyright: ignore[reportAttributeAccessIssue]
    await world.round()
    assert world.slack.papers(ADA) == again


async def test_after_a_stop_no_digest_begins(world: World) -> None:
    """The one that is being sent is sent, the next round of another process sends the others."""
    readers = [UserId("T1", f"U1{number}") for number in range(20)]
    for reader in readers:
        await world.follow(reader)
        await world.queue(reader, A)
    send = world.slack.send

    async def last(reader: UserId, message: Message, *, key: str) -> Posted:
        world.deliver.stop()
        return await send(reader, message, key=key)

    world.slack.send = last  # pyright: ignore[reportAttributeAccessIssue]
    begun = (await world.round()).readers
    assert 0 < begun <= 8
    assert (await world.round()).readers == 0
    other = Deliver(world.store, world.slack, world.clock, world.settings)
    assert (await other.deliver_due("T1")).readers == 20 - begun


async def test_a_store_that_fails_before_the_claim(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day's digest is still due, and is sent once the store is back."""
    await world.follow(CHANNEL)
    await world.store.subscriptions.put(Subscription(CHANNEL, hour=9, zone="UTC"))
    await world.queue(CHANNEL, A)

    async def fails(*_: object) -> list[str]:
        raise StoreUnreachable("The store is away.")

    with monkeypatch.context() as patched:
        patched.setattr(world.store.sent, "claim", fails)
        with pytest.raises(StoreUnreachable):
            await world.round()
    assert (await world.round()).readers == 1


async def test_what_was_sent_is_not_looked_at_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round in which nothing waits reads neither a reader's old alerts nor what it was sent."""
    await world.follow(ADA)
    await world.queue(ADA, A, B)
    await world.round()

    async def never(_: UserId) -> list[object]:
        raise AssertionError

    for reading in ((world.store.alerts, "of"), (world.store.sent, "known"), (world.store.sent, "of")):
        monkeypatch.setattr(*reading, never)
    assert await world.round() == DeliverReport()


async def test_a_paper_that_another_sender_gives_back_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claimed by another process just after it was found waiting, and released: it is still queued."""
    await world.follow(ADA)
    await world.queue(ADA, A)
    waiting = world.store.alerts.waiting

    async def claimed_meanwhile(reader: UserId) -> list[Alert]:
        found = await waiting(reader)
        await world.store.sent.claim(ADA, [A.id], NOW)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(world.store.alerts, "waiting", claimed_meanwhile)
        assert await world.round() == DeliverReport()
    await world.store.sent.release(ADA, [A.id])
    assert (await world.round()).readers == 1


async def test_one_readers_failure_stops_nobody_else(world: World) -> None:
    """A mistake for one reader is raised, after everybody else was served."""
    for reader in (ADA, BEN):
        await world.follow(reader)
        await world.queue(reader, A)
    world.slack.failures[ADA] = StoreError("Broken.")
    with pytest.raises(StoreError):
        await world.round()
    assert world.slack.papers(BEN) == [["A"]]


async def test_only_the_workspace_that_was_asked_for(world: World) -> None:
    """Readers of other workspaces, and those named at the terminal, are left alone."""
    for reader in (UserId("T2", "U1"), UserId("local", "ada")):
        await world.follow(reader)
        await world.queue(reader, A)
    assert await world.round() == DeliverReport()


async def test_who_is_forgotten_while_being_written_to_leaves_no_trace(world: World) -> None:
    """The message is out, but nothing of it is kept."""
    await world.follow(ADA)
    await world.queue(ADA, A)
    send = world.slack.send

    async def forgets(reader: UserId, message: Message, *, key: str) -> Posted:
        await world.store.forget(reader)
        return await send(reader, message, key=key)

    world.slack.send = forgets  # pyright: ignore[reportAttributeAccessIssue]
    await world.round()
    assert await world.store.sent.of(ADA) == []
    assert await world.store.messages.direct(ADA) is None


async def test_a_note_that_slack_does_not_take(world: World) -> None:
    """It is told of as not sent, and is no error."""
    note = Message("A note.")
    assert await world.deliver.tell(ADA, note) is True
    world.slack.failures[ADA] = SlackUnavailable("Later.")
    assert await world.deliver.tell(ADA, note) is False
