"""Letters where much goes wrong at once: killed workers, slow servers, changed minds; nothing is doubled without need."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import failpoints
from bot.deliver import posting
from bot.deliver.outages import WORTH_TELLING
from bot.errors import NotifierUnavailable
from bot.models import DeliveryKind, DeliveryState, Ending, SlotEnd, Suspension, UserId, Via
from bot.store import Store
from tests.delivering import ADA, CHANNEL, HOST, NOW, TEAM, TODAY, A, B, C, D
from tests.mail_server import MailServer
from tests.mailing import ADDRESS, LIST, MailWorld, channel, copy_of, person, subjects


@pytest.fixture
def world(store: Store, tmp_path: Path, mail: MailServer) -> MailWorld:
    """Of what nobody knows, somebody asks soon."""
    return MailWorld(store, tmp_path, mail, lookup_after=0.3, send_timeout=0.1, reclaim_after=0.2)


class Killed(BaseException):
    """The process is gone."""


async def another_goes_on(world: MailWorld, *wanted: tuple[Any, DeliveryState]) -> None:
    """The process that was killed holds nothing any more; another one brings these so far."""
    mails = world.store.queue(world.mail.medium)
    mails._given.clear()  # pyright: ignore[reportPrivateUsage]
    other = world.mailer("two")
    task = asyncio.create_task(other.work(lambda: TEAM))
    async with asyncio.timeout(8):
        for one, state in wanted:
            while await world.state(one) is not state:  # noqa: ASYNC110 - another worker brings it there
                await asyncio.sleep(0.02)
    other.stop()
    await task


@pytest.mark.parametrize("point", ["after_claim", "before_post"])
async def test_a_letter_of_which_nothing_was_sent_is_not_in_doubt(
    world: MailWorld, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker is killed before it hands anything over: a list has its letters, each once, and none is held."""
    await world.store.subscriptions.put(channel())
    digest = await world.routed(CHANNEL, A)
    hit: list[str] = []

    def reach(at: str, _: object) -> None:
        if at == point and not hit:
            hit.append(at)
            raise Killed

    monkeypatch.setattr(failpoints, "reach", reach)
    with pytest.raises(Killed):
        await world.letters()
    await another_goes_on(world, *((copy_of(digest, one), DeliveryState.SENT) for one in LIST))
    assert Counter(one.recipients[0] for one in world.server.letters) == dict.fromkeys(LIST, 1)
    assert await world.store.outbox.dead(TEAM) == []


async def test_a_slow_server_is_handed_each_letter_once(world: MailWorld) -> None:
    """More letters than connections, and each takes the server most of the time that an attempt has."""
    people = [UserId(TEAM, f"U{number}") for number in range(10, 22)]
    for number, one in enumerate(people):
        await world.choose(one, Via.EMAIL, f"p{number}@example.org")
        await world.routed(one, A)
    answered = world.server.answered

    async def slowly(stage: str, talk: Any) -> Any:
        if stage == "reply":
            await asyncio.sleep(0.2)
        return await answered(stage, talk)

    world.server.answered = slowly  # pyright: ignore[reportAttributeAccessIssue]
    assert (await asyncio.gather(world.letters(), world.mailer("two").deliver_once(TEAM)))[0].ambiguous == 0
    assert Counter(one.recipients[0] for one in world.server.letters) == {f"p{n}@example.org": 1 for n in range(12)}


async def test_a_letter_that_was_taken_over_is_not_handed_over(
    world: MailWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes too late to the letter itself sends nothing of it."""
    await world.store.subscriptions.put(person())
    await world.routed(ADA, A)

    async def lost(*_: object) -> bool:
        return False

    monkeypatch.setattr(posting.Posting, "renewed", lost)
    report = await world.letters()
    assert (report.sent, report.ambiguous, report.later) == (0, 0, 0)
    assert world.server.letters == []


async def test_what_a_letter_told_is_not_told_again(world: MailWorld) -> None:
    """Slack was away, the letter was out, and the reader left: the papers count as told, and so does the day."""
    await world.choose(ADA, Via.BOTH, ADDRESS)
    digest = await world.routed(ADA, A, B, slot=TODAY, end=SlotEnd(ADA, TODAY, Ending.SENT, NOW))
    world.slack.away = NotifierUnavailable("away")
    await world.round()
    assert (await world.letters()).sent == 1
    await world.choose(ADA, Via.BOTH, ADDRESS, holiday_until=TODAY + timedelta(days=1))
    world.slack.away = None
    async with asyncio.timeout(5):
        while await world.state(digest) is DeliveryState.QUEUED:
            await world.round()
    assert await world.state(digest) is DeliveryState.SENT
    assert {(one.paper_id, one.channel) for one in await world.store.sent.of(ADA)} == {(A.id, "email"), (B.id, "email")}
    assert await world.store.sent.last_slot(ADA) == TODAY
    assert world.slack.papers(ADA) == []
    end = await world.store.ends.of(ADA)
    assert end is not None
    assert (end.ending, end.papers) == (Ending.SENT, 2)


async def test_what_no_letter_told_is_free(world: MailWorld) -> None:
    """As above, but the letter was not out either: everything may be told again."""
    await world.choose(ADA, Via.BOTH, ADDRESS)
    digest = await world.routed(ADA, A, slot=TODAY)
    await world.choose(ADA, Via.BOTH, ADDRESS, suspended=Suspension.DEACTIVATED)
    assert (await world.round()).withdrawn == 1
    assert await world.state(digest) is None
    assert await world.store.sent.known(ADA) == set()


async def test_a_letter_in_doubt_is_not_told_in_slack_as_well(world: MailWorld) -> None:
    """Its reader leaves e-mail before it is known whether it arrived: nobody can look, and it counts as told."""
    await world.store.subscriptions.put(person())
    digest = await world.routed(ADA, A, slot=TODAY)
    world.server.lose("reply")
    assert (await world.letters()).ambiguous == 1
    await world.choose(ADA, Via.SLACK)
    await world.posted(digest)
    assert len(world.server.letters) == 1
    assert await world.store.sent.known(ADA) == {A.id}


async def test_papers_that_were_joined_while_a_letter_waits(world: MailWorld) -> None:
    """They have one place in it, both count as told, and nothing goes on in a thread that letters have not."""
    await world.store.subscriptions.put(person())
    await world.routed(ADA, A, B, C)
    await world.join(A, B)
    assert (await world.letters()).sent == 1
    assert {one.paper_id for one in await world.store.sent.of(ADA)} == {A.id, B.id, C.id}
    assert (await world.letters()).dead == 0
    assert await world.store.outbox.dead(TEAM) == []


async def test_papers_that_were_joined_while_a_message_waits(world: MailWorld) -> None:
    """In Slack no more than by e-mail: one card, and no second message with the same paper."""
    await world.queue(ADA, A, B)
    await world.join(A, B)
    assert (await world.round()).sent == 1
    assert {one.paper_id for one in await world.store.sent.of(ADA)} == {A.id, B.id}


async def test_three_addresses_in_a_row_are_no_coincidence(world: MailWorld) -> None:
    """A server that knows nobody any more costs two people their addresses, not everybody; then all wait."""
    people = [UserId(TEAM, f"U{number}") for number in range(10, 16)]
    for number, one in enumerate(people):
        await world.choose(one, Via.EMAIL, f"p{number}@example.org")
        await world.routed(one, A)
        world.server.refuse(f"p{number}@example.org")
    await world.letters()
    left = [one for one in people if (await world.store.subscriptions.get(one)).addresses]
    assert len(left) == 4
    await world.round()
    assert any(said.startswith("The mail server refuses everything") for said in world.slack.texts(HOST))


async def test_a_success_in_between_makes_it_a_coincidence(world: MailWorld) -> None:
    """Addresses that are gone are dropped, however many, while others are written to."""
    names = [f"{number}@example.org" for number in range(4)]
    for number, name in enumerate(names):
        await world.store.subscriptions.put(channel([name]))
        world.server.refuse(name)
        await world.routed(CHANNEL, (A, B, C, D)[number], name=str(number))
        await world.letters()
        assert (await world.store.subscriptions.get(CHANNEL)).addresses == ()
        await world.store.subscriptions.put(person())
        await world.routed(ADA, kind=DeliveryKind.QUIET, name=str(number))
        await world.letters()
    assert len(subjects(world.server)) == 4


async def test_the_last_address_of_a_list(world: MailWorld) -> None:
    """Nothing is said of others where there are none."""
    await world.store.subscriptions.put(channel(LIST[:1]))
    world.server.refuse(LIST[0])
    await world.routed(CHANNEL, A)
    await world.letters()
    await world.round()
    [said] = world.slack.texts(HOST)
    assert said.endswith("no more.")


async def test_the_host_hears_of_a_server_that_stays_away(world: MailWorld) -> None:
    """In Slack, while it lasts: once, and not for a moment's absence."""
    await world.store.subscriptions.put(person())
    moments = [10.0]
    world.mail.outage.now = lambda: moments[-1]
    world.server.fail("greeting", "421 4.3.0 Not now", times=99)
    for number, (later, told) in enumerate(((0, 0), (60, 0), (WORTH_TELLING + 1, 1), (WORTH_TELLING + 200, 1))):
        moments.append(10.0 + later)
        await world.routed(ADA, kind=DeliveryKind.QUIET, name=str(number))
        await world.letters()
        await world.round()
        sentence = "The mail server cannot be reached. Letters wait and nothing of them is lost: see `paperbot check`."
        assert world.slack.texts(HOST) == [sentence] * told


async def test_a_letter_in_doubt_whose_address_is_refused(world: MailWorld) -> None:
    """It may have arrived the first time, so what it tells counts as told; the address is dropped all the same."""
    await world.store.subscriptions.put(person())
    digest = await world.routed(ADA, A)
    world.server.lose("reply")
    assert (await world.letters()).ambiguous == 1
    world.server.refuse(ADDRESS)
    await world.posted(digest)
    assert (await world.store.subscriptions.get(ADA)).addresses == ()
    assert await world.store.sent.known(ADA) == {A.id}
