"""How the bot says it is doing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot import blocks, settings
from bot.blocks import QuietDays
from bot.clock import Clock
from bot.models import (
    Cadence,
    Delivery,
    DeliveryKind,
    Ending,
    Near,
    QueueDepth,
    Sent,
    SlotEnd,
    SourceState,
    Subscription,
    Suspension,
    UserId,
)
from bot.settings import Settings, SourceSettings
from bot.status import LastSlot, Status
from bot.store import Store, shard_of
from tests.store_values import TAG, alert, interest, new, row, save_one

NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
ADA, BEN = UserId("T1", "U1"), UserId("T1", "U2")


def status(store: Store) -> Status:
    sources = tuple(SourceSettings(kind="folder", name=name, path=Path("/srv") / name) for name in ("daily", "weekly"))
    clock = Clock(settings.TestingSettings(enabled=True, clock=NOW.isoformat()))
    return Status(store, Settings(sources=sources), clock, "1.2.3")


async def test_a_fresh_installation_says_so(store: Store) -> None:
    """Every source that the host named is there, with nothing yet."""
    page = await status(store).page(ADA, is_awake=False)
    assert [(row.name, row.last_success, row.freshness, row.next_run) for row in page.sources] == [
        ("daily", None, "nothing yet", None),
        ("weekly", None, "nothing yet", None),
    ]
    assert (page.papers, page.readers, page.last_sent, page.waiting, page.version, page.is_awake) == (
        0, 0, None, 0, "1.2.3", False,
    )  # fmt: skip


async def test_sources_and_deliveries(store: Store) -> None:
    """What came when, what failed, when it is looked into next; what the reader was sent and what waits."""
    ago = timedelta(hours=2)
    await store.sources.tell(SourceState("daily", NOW - timedelta(seconds=20), NOW - ago, papers=12, new=3))
    await store.sources.tell(SourceState("weekly", NOW - ago, NOW - timedelta(days=6), 1, 1, "The folder is gone."))
    await store.sources.tell(SourceState("no longer configured", NOW))
    await save_one(store, new(1))
    for reader in (ADA, BEN, UserId("T2", "U1")):
        await store.profiles.put_interest(reader, interest(), row(), TAG)
        await store.alerts.add(shard_of(reader), [alert(reader, "p1"), alert(reader, "p2")])
    await store.sent.confirm(ADA, [Sent("p1", NOW - ago)])
    page = await status(store).page(ADA)
    daily, weekly = page.sources
    assert daily.freshness == "12 papers 2 hours ago, 3 of them new"
    assert daily.next_run == NOW + timedelta(seconds=40)
    assert weekly.freshness == "1 paper 6 days ago, all new"
    assert (daily.fault, weekly.fault) == (None, "No new papers have come in since 18 March; the host knows.")
    assert (weekly.failure, weekly.next_run) == ("it cannot be read now, and the host knows", NOW)
    assert page.faults == ("Some of the usual papers have not come in since 18 March; the host knows.",)
    assert (page.papers, page.readers, page.last_sent, page.waiting) == (1, 2, NOW - ago, 1)
    said = blocks.status_message(page).text
    assert said.startswith("Ready, but 1 source is at fault.")
    assert "12 papers 2 hours ago" in said
    assert "You: Last sent 18 Mar 2026, 07:00 UTC · 1 paper waiting" in said


async def test_a_live_source_says_what_it_is(store: Store) -> None:
    """Its kind, when it was asked last and when it is asked next: later than usual while it fails."""
    source = SourceSettings(kind="huggingface", name="papers", every=900)
    page_of = replace(status(store), settings=Settings(sources=(source,)))
    assert "papers: huggingface · Never asked yet" in blocks.status_message(await page_of.page(ADA)).text
    state = SourceState("papers", NOW - timedelta(minutes=5), is_live=True)
    await store.sources.tell(state)
    assert (await page_of.page(ADA)).sources[0].next_run == NOW + timedelta(minutes=10)
    await store.sources.tell(replace(state, failure="It does not answer.", next_look=NOW + timedelta(hours=2)))
    said = blocks.status_message(await page_of.page(ADA)).text
    assert "Last asked 18 Mar 2026, 08:55 UTC · nothing yet · next 18 Mar 2026, 11:00 UTC" in said
    assert "failed: it cannot be read now, and the host knows" in said


@pytest.mark.parametrize(
    ("passed", "papers", "new_ones", "words"),
    [
        (timedelta(seconds=59), 2, 0, "2 papers just now, none of them new"),
        (timedelta(minutes=1), 1, 0, "1 paper 1 minute ago, none of them new"),
        (timedelta(days=1), 1_500, 1_500, "1,500 papers 1 day ago, all new"),
    ],
)
async def test_freshness_in_words(store: Store, passed: timedelta, papers: int, new_ones: int, words: str) -> None:
    """Numbers agree with their nouns."""
    await store.sources.tell(SourceState("daily", NOW, NOW - passed, papers, new_ones))
    assert (await status(store).page(ADA)).sources[0].freshness == words


async def test_how_the_last_day_ended(store: Store) -> None:
    """In words as of the reader's own day, with the best there was; what was quiet can be shown, what was sent cannot."""
    status_of = status(store)
    assert await status_of.last_slot(ADA) is None
    assert (await status_of.page(ADA)).last_slot == ""
    await save_one(store, new(1))
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    await store.subscriptions.put(Subscription(ADA, cadence=Cadence.DAILY, zone="Pacific/Kiritimati"))
    best = Near(new(1).paper.id, 0.971, "speech")
    await store.ends.tell(SlotEnd(ADA, date(2026, 3, 18), Ending.QUIET, NOW, best=best))
    # There it is eleven at night.
    assert await status_of.last_slot(ADA) == LastSlot(
        f"Your last digest: nothing above your bar today. The best was “{new(1).paper.title}”, closer than 97.1 % of papers "
        "to “speech”.",
        QuietDays(date(2026, 3, 18)),
    )
    assert "nothing above your bar today" in blocks.status_message(await status_of.page(ADA)).text
    await store.subscriptions.put(Subscription(ADA, cadence=Cadence.WEEKLY))
    weekly = await status_of.last_slot(ADA)
    assert weekly is not None
    assert weekly.quiet == QuietDays(date(2026, 3, 18), is_week=True)
    await store.ends.tell(SlotEnd(ADA, date(2026, 3, 18), Ending.SENT, NOW, papers=2))
    assert await status_of.last_slot(ADA) == LastSlot("Your last digest: today, 2 papers.")


async def test_what_was_sent_since_is_told_before_how_the_day_ended(store: Store) -> None:
    """Papers at one after a quiet nine o'clock; at once, those before the slot too, and no digest is spoken of."""
    status_of = status(store)
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    await store.subscriptions.put(Subscription(ADA, zone="Asia/Tokyo"))
    slot = NOW - timedelta(hours=9)
    await store.ends.tell(SlotEnd(ADA, NOW.date(), Ending.QUIET, slot))
    assert await status_of.last_slot(ADA) == LastSlot("Nothing came near today.")
    await store.sent.confirm(ADA, [Sent("p1", slot - timedelta(hours=10)), Sent("p2", slot - timedelta(minutes=1))])
    assert await status_of.last_slot(ADA) == LastSlot("Nothing came near today.")
    await store.ends.tell(SlotEnd(ADA, NOW.date(), Ending.SENT, slot, papers=2))
    assert await status_of.last_slot(ADA) == LastSlot("Last papers: 1 today at 8:59.")
    await store.ends.tell(SlotEnd(ADA, NOW.date(), Ending.QUIET, slot, best=Near("p1", 0.95, "x")))
    await store.sent.confirm(ADA, [Sent("p2", slot + timedelta(hours=4)), Sent("p3", slot + timedelta(hours=4))])
    assert await status_of.last_slot(ADA) == LastSlot("Last papers: 2 today at 13:00.")
    assert "Last papers: 2 today at 13:00." in blocks.status_message(await status_of.page(ADA)).text
    await store.sent.confirm(ADA, [Sent("p4", slot + timedelta(hours=5))])
    assert await status_of.last_slot(ADA) == LastSlot("Last papers: 3 today, the last at 14:00.")
    # The digest of a slot is sent after the slot has ended.
    await store.subscriptions.put(Subscription(ADA, cadence=Cadence.DAILY))
    await store.ends.tell(SlotEnd(ADA, NOW.date(), Ending.SENT, slot, papers=2))
    assert await status_of.last_slot(ADA) == LastSlot("Your last digest: today, 2 papers.")


async def test_papers_before_the_first_slot_are_told(store: Store) -> None:
    """Who began this afternoon and was sent a paper has no slot yet."""
    await store.sent.confirm(ADA, [Sent("p1", NOW)])
    assert await status(store).last_slot(ADA) == LastSlot("Last papers: 1 today at 9:00.")


DAILY = Subscription(ADA, cadence=Cadence.DAILY, hour=9, zone="Europe/Berlin")
THURSDAY, FRIDAY = date(2026, 3, 19), date(2026, 3, 20)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (DAILY, ""),
        (replace(DAILY, paused=True), "Paused: nothing is sent until you resume."),
        (
            replace(DAILY, paused=True, paused_until=FRIDAY),
            "Paused until Friday, 20 March 2026; the next digest is due on Monday, 23 March 2026 at 9:00.",
        ),
        (replace(DAILY, paused=True, paused_until=date(2026, 3, 17)), ""),
        (
            replace(DAILY, holiday_until=THURSDAY, weekdays=(0, 4)),
            "On holiday until Thursday, 19 March 2026; the next digest is due on Friday, 20 March 2026 at 9:00.",
        ),
        (
            replace(DAILY, holiday_until=NOW.date(), quiet_from=time(20), quiet_to=time(9, 30)),
            "On holiday until Wednesday, 18 March 2026; the next digest is due tomorrow at 9:30.",
        ),
        (
            replace(DAILY, cadence=None, paused=True, paused_until=FRIDAY, holiday_until=THURSDAY),
            "Paused until Friday, 20 March 2026; what came meanwhile follows on Monday, 23 March 2026 at 9:00.",
        ),
        (
            replace(DAILY, cadence=Cadence.WEEKLY, weekdays=(2,), holiday_until=THURSDAY),
            "On holiday until Thursday, 19 March 2026; the next digest is due on Wednesday, 25 March 2026 at 9:00.",
        ),
        (
            replace(DAILY, quiet_from=time(22), quiet_to=time(11, 30)),
            "Quiet hours until 11:30; the next digest is due today at 11:30.",
        ),
        (
            replace(DAILY, hour=16, quiet_from=time(22), quiet_to=time(11, 30)),
            "Quiet hours until 11:30; the next digest is due today at 16:00.",
        ),
        (
            replace(DAILY, cadence=Cadence.AT_ONCE, hour=16, quiet_from=time(10), quiet_to=time(8)),
            "Quiet hours until 08:00; what came meanwhile follows tomorrow at 8:00.",
        ),
        (
            replace(DAILY, suspended=Suspension.UNREACHABLE, paused=True),
            "Nothing is sent, because Slack refused it: the command “resume” tries again.",
        ),
    ],
)
async def test_what_keeps_messages_back_comes_first(store: Store, chosen: Subscription, words: str) -> None:
    """A pause, a holiday, quiet hours, a refusal: until when, and when the next digest is due; over ones say nothing."""
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    await store.subscriptions.put(chosen)
    page = await status(store).page(ADA)
    assert page.held == words
    said = blocks.status_message(page).text
    assert f"You: {words}\nNothing sent yet" in said if words else "You: Nothing sent yet" in said


async def test_a_store_that_takes_nothing_more_is_not_all_well(store: Store) -> None:
    """Everybody reads that nothing comes in or goes out."""

    async def has_room() -> bool:
        return False

    said = blocks.status_message(await replace(status(store), has_room=has_room).page(ADA)).text
    assert said.startswith("My memory takes nothing more: nothing new comes in or goes out until the host makes room.")
    assert "Everything is ready." in blocks.status_message(await status(store).page(ADA)).text


async def test_when_the_papers_of_a_quiet_day_came(store: Store) -> None:
    """Since the slot before, on the reader's own weekdays and clock, up to the end of the day; a week is seven days."""
    await store.subscriptions.put(Subscription(ADA, hour=8, zone="Europe/Berlin"))
    friday, monday = date(2026, 3, 20), date(2026, 3, 23)
    came = await status(store).came(ADA, QuietDays(monday))
    assert came == (datetime(2026, 3, 20, 7, tzinfo=UTC), datetime(2026, 3, 23, 23, tzinfo=UTC))
    came = await status(store).came(ADA, QuietDays(friday, is_week=True))
    assert came == (datetime(2026, 3, 13, 7, tzinfo=UTC), datetime(2026, 3, 20, 23, tzinfo=UTC))


async def test_only_the_host_sees_the_outbox(store: Store) -> None:
    """What waits in the workspace is told to who runs the bot, and to nobody else."""
    hosted = status(store)
    slack = hosted.settings.slack.model_copy(update={"operator": BEN.user})
    hosted = replace(hosted, settings=hosted.settings.model_copy(update={"slack": slack}))
    await store.outbox.enqueue(Delivery("note:U1:hello", BEN, DeliveryKind.NOTE, NOW, notes=("Hello.",)))
    assert (await hosted.page(ADA)).queue is None
    page = await hosted.page(BEN)
    assert page.queue is not None
    assert (page.queue.queued, page.queue.dead) == (1, 0)
    failing = SourceState("daily", NOW - timedelta(hours=2), failure="/srv/daily cannot be read.")
    await store.sources.tell(failing)
    whole = (await hosted.page(BEN)).sources[0]
    assert (whole.failure, whole.fault) == (
        failing.failure,
        "The source daily has been failing since 18 March 2026: /srv/daily cannot be read.",
    )
    assert "/srv" not in blocks.status_message(await hosted.page(ADA)).text
    assert "Outbox: 1 waiting" in blocks.status_message(page).text
    assert "Outbox: Nothing waits\n" in blocks.status_message(replace(page, queue=QueueDepth())).text
    dead = blocks.status_message(replace(page, queue=QueueDepth(dead=2, oldest=7_300))).text
    assert "Outbox: Nothing waits · 2 given up (paperbot dead list tells why)\n" in dead
    old = blocks.status_message(replace(page, queue=QueueDepth(taken=1, parked=4, oldest=7_300))).text
    assert "Outbox: 4 put off, 1 being sent · the oldest for 2 hours\n" in old
