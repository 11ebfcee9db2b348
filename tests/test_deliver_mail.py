"""Delivering by e-mail, on a real store and to a real mail server: who gets what, what is kept, and what is sent anew."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.deliver import ends
from bot.errors import NotifierUnavailable
from bot.models import (
    Channel,
    DayCount,
    DeliveryKind,
    DeliveryState,
    Ending,
    Interest,
    InterestKind,
    LinkPurpose,
    Near,
    Place,
    SlotEnd,
    Suspension,
    Via,
)
from bot.store import Store
from tests.delivering import ADA, CHANNEL, FLOWS, HOST, NOW, TEAM, TODAY, A, B, C
from tests.mail_server import MailServer
from tests.mailing import ADDRESS, LIST, MailWorld, channel, copy_of, person, subjects
from tests.store_values import link


@pytest.fixture
def world(store: Store, tmp_path: Path, mail: MailServer) -> MailWorld:
    """Of what nobody knows, somebody asks soon."""
    return MailWorld(store, tmp_path, mail, lookup_after=0.3, send_timeout=0.2)


async def test_a_digest_by_e_mail_alone(world: MailWorld) -> None:
    """One letter with all papers, over TLS; they are told, the day has ended, and Slack has nothing."""
    await world.store.subscriptions.put(person(cadence=None))
    await world.store.profiles.set_cap(ADA, 1)
    digest = await world.routed(ADA, A, B, C, slot=TODAY, end=SlotEnd(ADA, TODAY, Ending.SENT, NOW))
    assert (await world.round()).sent == 0
    report = await world.letters()
    assert (report.sent, report.papers) == (1, 3)
    [letter] = world.server.letters
    assert (letter.recipients, letter.sender, letter.is_encrypted) == ((ADDRESS,), "papers@example.org", True)
    assert letter.message["Subject"] == "3 papers for you: A"
    assert "Because you follow “flow matching”" in letter.text
    # the cap in full, the others in a line each: Slack has them in the thread
    in_full, _, named = letter.text.partition("More papers:")
    assert "* A" in in_full
    assert "* B" not in in_full
    assert "* B" in named
    assert "* C" in named
    assert "https://papers.example.org/mail/U1" in letter.message["List-Unsubscribe"]
    assert letter.message["Date"] == "Wed, 18 Mar 2026 09:30:00 +0000"
    assert {one.paper_id for one in await world.store.sent.of(ADA)} == {A.id, B.id, C.id}
    assert await world.state(digest) is DeliveryState.SENT
    end = await world.store.ends.of(ADA)
    assert end is not None
    assert (end.ending, end.papers) == (Ending.SENT, 3)
    assert world.slack.posts == []
    assert (await world.letters()).sent == 0


async def test_both_ways_say_the_same_once(world: MailWorld) -> None:
    """What Slack's message claimed is in the letter too; each is sent once, and a paper is told once."""
    await world.choose(ADA, Via.BOTH, ADDRESS)
    digest = await world.routed(ADA, A, B)
    assert (await world.round()).papers == 2
    report = await world.letters()
    assert (report.sent, report.papers) == (1, 0)
    assert world.slack.papers(ADA) == [["A", "B"]]
    assert subjects(world.server) == ["2 papers for you: A"]
    assert [one.channel for one in await world.store.sent.of(ADA)] == ["DU1", "DU1"]
    assert await world.state(copy_of(digest)) is DeliveryState.SENT


async def test_a_copy_may_be_sent_before_what_it_is_a_copy_of(world: MailWorld) -> None:
    """It claims nothing and gives nothing back: Slack's message still has all its papers."""
    await world.choose(ADA, Via.BOTH, ADDRESS)
    await world.routed(ADA, A, B)
    assert (await world.letters()).sent == 1
    assert await world.store.sent.of(ADA) == []
    assert (await world.round()).papers == 2


async def test_slack_that_is_away_holds_up_no_mail(world: MailWorld) -> None:
    """Each way has an outage of its own."""
    await world.choose(ADA, Via.BOTH, ADDRESS)
    for number in range(4):
        await world.routed(ADA, kind=DeliveryKind.QUIET, name=str(number))
    world.slack.away = NotifierUnavailable("Slack is away.")
    assert (await world.round()).later == 4
    assert world.deliver.outage.left() > 0
    assert (await world.letters()).sent == 4


async def test_a_mail_server_that_is_away_holds_up_no_messages(world: MailWorld) -> None:
    """The other way round; when it is there again, each letter comes once."""
    await world.choose(ADA, Via.BOTH, ADDRESS)
    digests = [await world.routed(ADA, kind=DeliveryKind.QUIET, name=str(number)) for number in range(4)]
    await world.server.stop()
    assert (await world.letters()).later == 4
    assert world.mail.outage.left() > 0
    assert (await world.round()).sent == 4
    await world.server.start()
    await world.posted(*map(copy_of, digests))
    assert len(world.server.letters) == 4


async def test_every_address_of_a_channel_gets_its_digest(world: MailWorld) -> None:
    """A letter each, with the channel's name; Slack's message is the channel's own."""
    await world.store.channels.put(Channel(CHANNEL.user, "reading-group", is_member=True), TEAM)
    await world.store.subscriptions.put(channel())
    await world.routed(CHANNEL, A)
    assert (await world.round()).sent == 1
    assert (await world.letters()).sent == 3
    assert sorted(letter.recipients for letter in world.server.letters) == sorted((one,) for one in LIST)
    assert subjects(world.server, LIST[0]) == ["1 paper for #reading-group: A"]


async def test_a_refused_address_costs_nobody_else_theirs(world: MailWorld) -> None:
    """It alone is taken from the channel, whose owner hears that in Slack; the others have their letters."""
    await world.store.channels.put(Channel(CHANNEL.user, "reading-group", is_member=True), TEAM)
    await world.store.subscriptions.put(channel())
    world.server.refuse(LIST[2])
    await world.routed(CHANNEL, A)
    report = await world.letters()
    assert (report.sent, report.refused) == (2, 1)
    assert (await world.store.subscriptions.get(CHANNEL)).addresses == LIST[:2]
    assert (await world.round()).sent == 2
    [said] = world.slack.texts(HOST)
    assert said.startswith(f"The mail server takes nothing for {LIST[2]} (550 5.1.1).")
    assert "#reading-group" in said
    await world.routed(CHANNEL, B, name="2")
    assert (await world.letters()).sent == 2


async def test_a_person_whose_address_is_refused_hears_in_slack(world: MailWorld) -> None:
    """The address is gone, a word says so, and the papers are free to come in Slack, on the same day."""
    await world.store.subscriptions.put(person())
    world.server.refuse(ADDRESS)
    await world.store.links.keep(link(ADA, purpose=LinkPurpose.UNSUBSCRIBE, about=ADDRESS))
    digest = await world.routed(ADA, A, slot=TODAY)
    assert (await world.letters()).refused == 1
    assert await world.store.links.of(ADA) == []
    known = await world.store.subscriptions.get(ADA)
    assert (known.addresses, known.via in {None, Via.SLACK}, known.suspended) == ((), True, None)
    assert await world.store.sent.known(ADA) == set()
    assert await world.state(digest) is None
    await world.routed(ADA, A, slot=TODAY)
    assert (await world.round()).sent == 2
    assert any("Your digests come in Slack alone from now on" in said for said in world.slack.texts(ADA))
    assert ["A"] in world.slack.papers(ADA)


async def test_a_server_that_does_not_know_us_costs_nobody_an_address(world: MailWorld) -> None:
    """A login that is refused: all wait, and go out when that is mended; the host hears of it, in Slack."""
    await world.store.subscriptions.put(person())
    letters = [await world.routed(ADA, kind=DeliveryKind.QUIET, name=str(number)) for number in range(2)]
    world.server.fail("auth", "535 5.7.8 Who are you?", times=99)
    moments = [10.0]
    world.mail.outage.now = lambda: moments[-1]
    assert (await world.letters()).later == 2
    assert [await world.state(one) for one in letters] == [DeliveryState.QUEUED] * 2
    assert (await world.store.subscriptions.get(ADA)).addresses == (ADDRESS,)
    moments.append(75.0)
    world.server.mend()
    await world.routed(ADA, kind=DeliveryKind.QUIET, name="later")
    assert (await world.letters()).sent == 1
    await world.round()
    at_once, said = world.slack.texts(HOST)
    assert at_once == (
        "The mail server refuses everything (535 5.7.8). Letters wait and nothing of them is lost: see `paperbot check`."
    )
    assert said.startswith("The mail server refused everything (535 5.7.8)")
    assert "2 messages waited" in said


async def test_a_rule_of_the_servers_is_no_refused_address(world: MailWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that relays for nobody must not take everybody's address away: the letter is given up, and kept."""
    await world.store.subscriptions.put(person())
    world.server.refuse(ADDRESS, "554 5.7.1 Relay access denied")
    digest = await world.routed(ADA, kind=DeliveryKind.QUIET)
    monkeypatch.setattr(ends, "_MISTAKE_SECONDS", 0.01)
    await world.posted(digest, state=DeliveryState.DEAD)
    [dead] = await world.store.outbox.dead(TEAM)
    assert dead.reason == "The mail server refused it (554 5.7.1)."
    assert (await world.store.subscriptions.get(ADA)).addresses == (ADDRESS,)


async def test_an_answer_that_was_lost_is_sent_again_once(world: MailWorld) -> None:
    """The same mail by its Message-ID; if nobody knows again, it is held for the host, who may send it all the same."""
    await world.store.subscriptions.put(person())
    digest = await world.routed(ADA, A)
    world.server.lose("reply", times=2)
    assert (await world.letters()).ambiguous == 1
    await world.posted(digest, state=DeliveryState.DEAD)
    first, second = world.server.letters
    assert first.content == second.content
    assert first.message_id == second.message_id
    [dead] = await world.store.outbox.dead(TEAM)
    assert dead.reason.startswith("Nobody knows whether it was sent")
    assert await world.store.outbox.replay(TEAM, digest.id)
    await world.posted(digest)
    assert len({letter.message_id for letter in world.server.letters}) == 1
    assert len(world.server.letters) == 3


async def test_an_answer_that_was_lost_for_a_list(world: MailWorld) -> None:
    """What is for several is held at once."""
    await world.store.subscriptions.put(channel(LIST[:1]))
    digest = await world.routed(CHANNEL, A)
    world.server.lose("reply")
    await world.posted(copy_of(digest, LIST[0]), state=DeliveryState.DEAD)
    assert len(world.server.letters) == 1
    assert await world.store.outbox.replay(TEAM, copy_of(digest, LIST[0]).id)
    await world.posted(copy_of(digest, LIST[0]))
    assert len(world.server.letters) == 2


async def test_a_process_that_was_killed_while_it_sent(world: MailWorld) -> None:
    """Another one takes the letter up and sends it: nobody can look, and a person hears rather twice than not at all."""
    await world.store.subscriptions.put(person())
    digest = await world.routed(ADA, A)
    mails = world.store.queue(world.mail.medium)
    [entry] = await mails.read(TEAM, "killed", 1, 0.0)
    await mails.begin(entry, "killed", 0.3)
    async with asyncio.timeout(5):
        while await world.state(digest) is not DeliveryState.SENT:
            for left in await mails.reclaim(TEAM, "one", 0.0, 10):
                await mails.wait(left, 0.05)
            await world.letters()
            await asyncio.sleep(0.02)
    assert len(world.server.letters) == 1


async def test_an_end_that_was_not_noted_is_noted(world: MailWorld) -> None:
    """A process ended when it had written down that a letter was sent: the day ends, and nothing is sent again."""
    await world.store.subscriptions.put(person())
    await world.routed(ADA, A, slot=TODAY, end=SlotEnd(ADA, TODAY, Ending.SENT, NOW))
    mails = world.store.queue(world.mail.medium)
    [entry] = await mails.read(TEAM, "one", 1, 0.0)
    await mails.begin(entry, "one", 30)
    assert await mails.confirm(entry, Place("email", "0a"), [])
    world.mail = world.mailer("two")
    for left in await mails.reclaim(TEAM, "two", 0.0, 10):
        await mails.wait(left, 0.0)
    await world.letters()
    assert world.server.letters == []
    end = await world.store.ends.of(ADA)
    assert end is not None
    assert end.ending is Ending.SENT


async def test_whom_a_letter_no_longer_finds(world: MailWorld) -> None:
    """Another address by now, Slack alone, a pause, a suspension, opting out: nothing is sent, and what was claimed is free."""
    changes = (
        {"addresses": ("new@example.org",)},
        {"via": Via.SLACK},
        {"paused": True},
        {"suspended": Suspension.DEACTIVATED},
        {"holiday_until": TODAY},
    )
    for number, change in enumerate(changes):
        await world.store.subscriptions.put(person())
        digest = await world.routed(ADA, A, name=str(number), slot=TODAY + timedelta(days=number))
        await world.store.subscriptions.put(replace(person(), **change))
        assert (await world.letters()).withdrawn == 1, change
        assert await world.state(digest) is None
        assert await world.store.sent.known(ADA) == set()
    assert world.server.letters == []


async def test_a_copy_that_is_not_wanted_leaves_the_day_alone(world: MailWorld) -> None:
    """It is withdrawn; the day and the papers stay Slack's."""
    await world.choose(ADA, Via.BOTH, ADDRESS)
    digest = await world.routed(ADA, A, slot=TODAY)
    await world.choose(ADA, Via.SLACK)
    assert (await world.letters()).withdrawn == 1
    assert await world.store.sent.known(ADA) == {A.id}
    assert await world.store.sent.last_slot(ADA) == TODAY
    assert (await world.round()).papers == 1
    assert await world.state(digest) is DeliveryState.SENT


async def test_a_letter_waits_for_the_end_of_quiet_hours(world: MailWorld) -> None:
    """As a message does."""
    await world.store.subscriptions.put(person(zone="UTC", quiet_from=time(9), quiet_to=time(10)))
    digest = await world.routed(ADA, A)
    assert (await world.letters()).later == 1
    assert await world.state(digest) is DeliveryState.QUEUED


async def test_what_was_unfollowed_is_in_no_letter(world: MailWorld) -> None:
    """Nor in a copy; and the copy takes nothing from the queue of what waits."""
    hands = Interest("i00000000b", "robot hands", InterestKind.PHRASE, "robot hands", created=NOW)
    await world.follow(ADA, FLOWS, hands)
    await world.choose(ADA, Via.BOTH, ADDRESS)
    await world.alert(ADA, A)
    await world.alert(ADA, B, interest=hands)
    await world.routed(ADA, A, name="1")
    await world.store.profiles.remove_interest(ADA, FLOWS.id)
    assert (await world.letters()).withdrawn == 1
    assert {one.paper_id for one in await world.store.alerts.of(ADA)} >= {A.id}


async def test_other_letters(world: MailWorld) -> None:
    """A word on a quiet day and a look back, in the words that Slack would have."""
    await world.follow(ADA)
    await world.save(A, B)
    await world.store.subscriptions.put(person())
    near = (Near(A.id, 0.971, "flow matching"),)
    await world.routed(ADA, kind=DeliveryKind.QUIET, slot=TODAY, near=near)
    await world.routed(ADA, kind=DeliveryKind.ROLL_UP, near=near, trending=(B.id,), days=(DayCount(TODAY, 80, 2, 1),))
    assert (await world.letters()).sent == 2
    assert {one.partition(" ")[0] for one in subjects(world.server)} == {"Nothing", "Your"}
    assert world.slack.images == []


async def test_what_is_talked_about(world: MailWorld) -> None:
    """For somebody who follows nothing, by either way; nothing of it counts as told, and the day has ended."""
    await world.save(A, B)
    for via, way in ((Via.EMAIL, world.letters), (Via.SLACK, world.round)):
        await world.store.subscriptions.put(replace(person(), via=via, trending=True))
        end = SlotEnd(ADA, TODAY, Ending.SENT, NOW)
        told = await world.routed(ADA, kind=DeliveryKind.TRENDING, name=via, trending=(A.id, B.id), end=end)
        assert (await way()).sent == 1
        assert await world.state(told) is DeliveryState.SENT
    assert subjects(world.server) == ["Talked about most: A"]
    assert world.slack.papers(ADA) == [["A", "B"]]
    assert await world.store.messages.papers("T1", "DU1", "1.000000") == (A.id, B.id)
    assert await world.store.sent.of(ADA) == []
    end = await world.store.ends.of(ADA)
    assert end is not None
    assert end.papers == 2


@pytest.mark.parametrize("follows", [True, False])
async def test_what_is_talked_about_is_not_wanted_any_more(world: MailWorld, follows: bool) -> None:
    """Who follows something by now, or asked for it no more, is spared; the day is free for a digest."""
    await world.save(A)
    await world.store.subscriptions.put(replace(person(), trending=True))
    await world.routed(ADA, kind=DeliveryKind.TRENDING, trending=(A.id,), slot=TODAY)
    if follows:
        await world.follow(ADA)
    else:
        await world.store.subscriptions.put(person())
    assert (await world.letters()).withdrawn == 1
    assert await world.store.sent.last_slot(ADA) is None


async def test_a_worker_of_each_way(world: MailWorld) -> None:
    """Both work at the same time on one store, and stop when they are told to."""
    await world.choose(ADA, Via.BOTH, ADDRESS)
    works = [asyncio.create_task(one.work(lambda: TEAM)) for one in (world.deliver, world.mail)]
    await world.routed(ADA, A)
    await world.until(lambda: world.slack.posts and world.server.letters)
    world.deliver.stop()
    world.mail.stop()
    await asyncio.gather(*works)
    assert len(world.slack.posts) == len(world.server.letters) == 1
