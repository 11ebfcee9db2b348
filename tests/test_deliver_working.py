"""A worker on a real store: it takes, ends, survives failures of the store and of Slack, and stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from bot import metrics
from bot.deliver import Deliver
from bot.errors import Concerns, NotifierAmbiguous, NotifierUnavailable, StoreFull, StoreUnreachable
from bot.models import DeliveryKind, DeliveryState, UserId
from bot.store import Store
from tests.delivering import ADA, BEN, HOST, TEAM, A, B, World, paper, refused

FULL = StoreFull("The store is full.")


@pytest.fixture
def world(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Nothing takes long: what is parked or left is looked at all the time."""
    monkeypatch.setattr("bot.deliver.taking._BLOCK", 0.05)
    monkeypatch.setattr("bot.deliver.fullness.FULL_SECONDS", 0.02)
    monkeypatch.setattr("bot.deliver.keeping.FULL_SECONDS", 0.02)
    monkeypatch.setattr("bot.deliver.keeping.AWAY_SECONDS", 0.01)
    return World(store, tmp_path, lookup_after=0.1, reclaim_after=0.1, send_timeout=0.5)


@asynccontextmanager
async def working(deliver: Deliver, workspace: Callable[[], str] = lambda: TEAM) -> AsyncGenerator[asyncio.Task[None]]:
    """A worker; it is told to stop at the end, unless it has ended."""
    task = asyncio.create_task(deliver.work(workspace))
    try:
        yield task
        deliver.stop()
        async with asyncio.timeout(5):
            await task
    finally:
        task.cancel()
        await asyncio.wait({task})


def failing(monkeypatch: pytest.MonkeyPatch, world: World, names: tuple[str, ...], failure: Exception) -> list[bool]:
    """The outbox's methods fail as long as the list holds something."""
    broken = [True]

    def breaking(does: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def fails(*arguments: Any, **more: Any) -> Any:
            if broken:
                raise failure
            return await does(*arguments, **more)

        return fails

    for name in names:
        monkeypatch.setattr(world.store.outbox, name, breaking(getattr(world.store.outbox, name)))
    return broken


async def test_a_worker_sends_what_comes(world: World) -> None:
    """What is there when it starts and what comes later; when it stops, nothing is left under its name."""
    await world.queue(ADA, A)
    async with working(world.deliver):
        await world.until(lambda: len(world.slack.posts) == 1)
        await world.queue(BEN, A)
        await world.until(lambda: len(world.slack.posts) == 2)
    assert (await world.store.outbox.depth(TEAM)).taken == 0
    assert await world.store.outbox.left(TEAM, "one") == []


async def test_it_waits_until_the_workspace_is_known(world: World) -> None:
    """Slack has not told yet who we are: nothing is taken."""
    known: list[str] = []
    await world.queue(ADA, A)
    async with working(world.deliver, lambda: known[0] if known else ""):
        await asyncio.sleep(0.02)
        assert world.slack.tried == 0
        known.append(TEAM)
        await world.until(lambda: world.slack.posts)


async def test_at_most_sixteen_are_sent_at_the_same_time(world: World) -> None:
    """However many wait."""
    for number in range(40):
        await world.queue(UserId(TEAM, f"U{number}"), A)
    busy, most = 0, 0
    go = asyncio.Event()

    async def counts(_: UserId) -> None:
        nonlocal busy, most
        busy, most = busy + 1, max(most, busy + 1)
        await go.wait()
        busy -= 1

    world.with_settings(delivery=world.settings.delivery.model_copy(update={"lookup_after": 30, "reclaim_after": 30}))
    world.slack.before = counts
    async with working(world.deliver):
        await world.until(lambda: busy == 16)
        go.set()
        await world.until(lambda: len(world.slack.posts) == 40)
    assert most == 16


async def test_a_stop_ends_what_was_begun_and_leaves_the_rest(world: World) -> None:
    """What is being posted is posted and written down; another worker sends the others at once."""
    world.with_settings(delivery=world.settings.delivery.model_copy(update={"lookup_after": 30, "reclaim_after": 30}))
    deliveries = [await world.queue(UserId(TEAM, f"U{number}"), A) for number in range(30)]
    go = asyncio.Event()

    async def stops(_: UserId) -> None:
        world.deliver.stop()
        await go.wait()

    world.slack.before = stops
    async with working(world.deliver) as task:
        await world.until(lambda: world.slack.tried)
        await asyncio.sleep(0.05)
        assert not task.done()
        go.set()
        async with asyncio.timeout(5):
            await task
    begun = len(world.slack.posts)
    assert 0 < begun <= 16
    states = [await world.state(one) for one in deliveries]
    assert states.count(DeliveryState.SENT) == begun
    assert states.count(DeliveryState.QUEUED) == 30 - begun
    world.slack.before = None
    assert (await world.worker("two").deliver_once(TEAM)).sent == 30 - begun


async def test_a_worker_that_is_broken_off_leaves_it_to_be_looked_up(world: World) -> None:
    """Cancelled while posting: whoever takes it over asks Slack first; the reader gets it once."""
    await world.queue(ADA, A)

    async def hangs(_: UserId) -> None:
        await asyncio.Event().wait()

    world.slack.before = hangs
    task = asyncio.create_task(world.deliver.work(lambda: TEAM))
    await world.until(lambda: world.slack.tried)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    world.slack.before = None
    reclaimed = metrics.RECLAIMED._value.get()  # pyright: ignore[reportPrivateUsage, reportUnknownVariableType]
    async with working(world.worker("two")):
        await world.until(lambda: world.slack.posts)
    assert len(world.slack.asked) == 1
    assert world.slack.papers(ADA) == [["A"]]
    assert metrics.RECLAIMED._value.get() > reclaimed  # pyright: ignore[reportPrivateUsage]


async def test_a_worker_that_starts_again_under_its_name_goes_on(world: World) -> None:
    """What it had taken and not begun is sent at once, without waiting for anybody to take it over."""
    world.with_settings(delivery=world.settings.delivery.model_copy(update={"reclaim_after": 60}))
    await world.queue(ADA, A)
    ended = world.outbox_of_another()
    assert len(await ended.read(TEAM, "one", 9, 0.0)) == 1
    await ended.close()
    async with working(world.deliver):
        await world.until(lambda: world.slack.posts)


async def test_two_workers_of_one_outbox(world: World) -> None:
    """Each delivery goes out once, though both look at what the other holds all the time."""
    papers = [paper(f"Paper {number}") for number in range(60)]
    for number, one in enumerate(papers):
        await world.queue(ADA, one, name=str(number))

    async def slowly(_: UserId) -> None:
        await asyncio.sleep(0.01)

    world.slack.before = slowly
    async with working(world.worker("one")), working(world.worker("two")):
        await world.until(lambda: len(world.slack.posts) >= 60)
        await asyncio.sleep(0.1)
    assert sorted(page[0] for page in world.slack.papers(ADA)) == sorted(one.title for one in papers)


async def test_slack_comes_and_goes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is away few are tried; when it is back all go out, each once, and the host hears if it was long."""
    monkeypatch.setattr("bot.deliver.outages.LONGEST", 0.05)
    monkeypatch.setattr("bot.deliver.outages.WORTH_TELLING", 0.0)
    readers = [UserId(TEAM, f"U{number}") for number in range(30)]
    for reader in readers:
        await world.queue(reader, A)
    world.slack.away = NotifierUnavailable("Later.")
    async with working(world.deliver):
        await world.until(lambda: world.deliver.outage.left() > 0)
        tried = world.slack.tried
        assert tried < 20
        await world.until(lambda: world.slack.tried > tried)
        world.slack.away = None
        await world.until(lambda: len(world.slack.posts) == 31)
    assert sorted(post.reader for post in world.slack.posts if post.reader != HOST) == sorted(readers)
    assert "could not be reached" in world.slack.texts(HOST)[0]


async def test_the_store_comes_and_goes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command fails for a while: the worker goes on by itself."""
    names = ("read", "begin", "later", "ack", "move_due", "reclaim", "left")
    broken = failing(monkeypatch, world, names, StoreUnreachable("The store is away."))
    await world.queue(ADA, A)
    async with working(world.deliver):
        await asyncio.sleep(0.05)
        broken.clear()
        await world.until(lambda: world.slack.posts)
    assert len(world.slack.posts) == 1


async def test_the_store_goes_between_taking_and_posting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same try goes on when it is back: nothing needs to be looked up."""
    world.with_settings(delivery=world.settings.delivery.model_copy(update={"lookup_after": 30, "reclaim_after": 30}))
    failures = [StoreUnreachable("The store is away.")] * 3
    reads = world.store.drafts.of

    async def fails(*asked: Any) -> Any:
        if failures:
            raise failures.pop()
        return await reads(*asked)

    monkeypatch.setattr(world.store.drafts, "of", fails)
    await world.queue(ADA, A)
    async with working(world.deliver):
        await world.until(lambda: world.slack.posts)
    assert world.slack.asked == []


async def test_a_full_store_takes_nothing_new(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host hears it once and at once, nobody else hears anything; with room everything goes out once."""
    broken = failing(monkeypatch, world, ("begin", "confirm", "later", "move_due"), FULL)
    for number in range(20):
        await world.queue(UserId(TEAM, f"U{number}"), A)
    async with working(world.deliver):
        await world.until(lambda: world.slack.texts(HOST))
        await asyncio.sleep(0.1)
        assert len(world.slack.posts) == 1
        broken.clear()
        await world.until(lambda: len(world.slack.posts) == 21)
        await asyncio.sleep(0.05)
    assert len(world.slack.texts(HOST)) == 1
    assert "The store takes nothing more" in world.slack.texts(HOST)[0]
    assert len({post.reader for post in world.slack.posts}) == 21


async def test_what_was_posted_when_the_store_was_full(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is kept in memory and written down when there is room; nobody is sent twice."""
    world.with_settings(delivery=world.settings.delivery.model_copy(update={"lookup_after": 30, "reclaim_after": 30}))
    broken = failing(monkeypatch, world, ("confirm",), FULL)
    delivery = await world.queue(ADA, A)
    async with working(world.deliver):
        await world.until(lambda: world.slack.papers(ADA))
        await asyncio.sleep(0.1)
        assert await world.state(delivery) is DeliveryState.SENDING
        broken.clear()
        async with asyncio.timeout(5):
            while await world.state(delivery) is not DeliveryState.SENT:  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.01)
    assert world.slack.papers(ADA) == [["A"]]


async def test_a_mistake_in_taking_does_not_end_the_worker(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is logged, and the next look goes on."""
    monkeypatch.setattr("bot.deliver.taking._LONGEST_WAIT", 0.01)
    broken = failing(monkeypatch, world, ("read", "reclaim"), ZeroDivisionError("a mistake"))
    await world.queue(ADA, A)
    async with working(world.deliver):
        await asyncio.sleep(0.03)
        broken.clear()
        await world.until(lambda: world.slack.posts)


async def test_what_may_end_the_process_goes_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its third try a delivery begins when nothing else is under way, so that nobody is counted with it."""
    world.with_settings(delivery=world.settings.delivery.model_copy(update={"lookup_after": 30, "reclaim_after": 30}))
    monkeypatch.setattr("bot.deliver.sending.APART_SECONDS", 0.01)
    suspects = [await world.queue(UserId(TEAM, f"U{number}"), A) for number in range(3)]
    crashed = world.outbox_of_another()
    for _ in range(2):
        for entry in await crashed.read(TEAM, "crashed", 9, 0.0):
            await crashed.begin(entry, "crashed", 30)
            await crashed.later(entry, 0.0)
        await crashed.move_due(TEAM)
    await crashed.close()
    for number in range(10, 22):
        await world.queue(UserId(TEAM, f"U{number}"), A)
    company: dict[UserId, int] = {}
    busy = 0

    async def counts(reader: UserId) -> None:
        nonlocal busy
        busy += 1
        await asyncio.sleep(0.01)
        company[reader] = busy
        busy -= 1

    world.slack.before = counts
    async with working(world.deliver):
        await world.until(lambda: len(world.slack.posts) == 15)
    assert [company[one.reader] for one in suspects] == [1, 1, 1]
    assert max(company.values()) > 1


async def test_others_tell_that_the_store_is_full(world: World) -> None:
    """The intake of papers met it: the host hears once, also where no worker runs."""
    for _ in range(3):
        await world.deliver.store_is_full(TEAM)
    assert len(world.slack.texts(HOST)) == 1


async def test_outcomes_are_counted(world: World) -> None:
    """By kind and outcome; no metric names anybody."""
    world.slack.failures[ADA] = [NotifierAmbiguous("Who knows.")]
    world.slack.takes = True
    world.slack.failures[BEN] = [refused("user_disabled", Concerns.READER)]
    await world.queue(ADA, A)
    await world.queue(BEN, B)
    await world.queue(HOST, kind=DeliveryKind.NOTE, notes=("A word.",))
    async with working(world.deliver):
        await world.until(lambda: world.slack.asked)
    told = generate_latest(metrics.REGISTRY).decode()
    for outcome in ("ambiguous", "found", "refused"):
        assert f'paperbot_deliveries_total{{kind="papers",outcome="{outcome}"}}' in told
    assert 'paperbot_deliveries_total{kind="note",outcome="sent"}' in told
    assert 'paperbot_ambiguous_total{resolution="found"}' in told
    assert ADA.user not in told.replace("U1_", "")
