"""Who somebody is in Slack, how long that is believed, and who may change what a channel follows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.errors import NotAllowed, NotifierUnavailable
from bot.models import Attached, Channel, Person, Subscription, Suspension, UserId
from bot.people import People
from bot.settings import SlackSettings
from bot.store import Store

ADA = UserId("T1", "U01")
MEMBER = Person(ADA, zone="Europe/Berlin")
MET = Subscription(ADA, welcomed=True)
OPEN = Channel("C1", "papers", is_member=True)


@dataclass
class Slack:
    """A workspace of one person and one channel, which counts what it is asked."""

    ada: Person | None = MEMBER
    papers: Channel | None = OPEN
    members: set[tuple[str, str]] = field(default_factory=lambda: {("C1", "U01")})
    given: Attached | None = None
    asked: list[str] = field(default_factory=list[str])

    async def person(self, user: str) -> Person | None:
        self.asked.append(user)
        return self.ada

    async def channel(self, channel: str) -> Channel | None:
        self.asked.append(channel)
        return self.papers

    async def is_member(self, channel: str, user: str) -> bool:
        return (channel, user) in self.members

    async def file(self, file: str, most_bytes: int) -> Attached | None:
        self.asked.append(f"{file} {most_bytes}")
        return self.given


async def test_a_person_is_asked_about_once(store: Store) -> None:
    """What Slack says of a reader is remembered; the reader's clock follows the zone of the profile."""
    await store.subscriptions.put(MET)
    slack = Slack()
    people = People(store, slack, SlackSettings(), "Asia/Tokyo")
    assert await people.person(ADA) == await people.person(ADA) == MEMBER
    assert slack.asked == ["U01"]
    assert (await store.subscriptions.get(ADA)).zone == "Europe/Berlin"
    assert await people.zone(ADA) == "Europe/Berlin"
    assert await people.zone(UserId("T1", "C1")) == "Asia/Tokyo"


async def test_nobody_has_no_rights_and_is_not_remembered(store: Store) -> None:
    """A user that Slack does not know, or of another workspace, leaves nothing in the store."""
    slack = Slack(ada=None)
    people = People(store, slack, SlackSettings())
    assert (await people.person(ADA)).is_guest
    slack.ada = replace(MEMBER, is_external=True)
    assert (await people.person(ADA)).is_external
    assert await store.people.get("T1", "U01") is None
    assert await store.subscriptions.get(ADA) == Subscription(ADA)


async def test_who_only_looks_leaves_no_trace(store: Store) -> None:
    """Somebody who follows and chose nothing is answered and not stored; the first choice ends that."""
    people = People(store, Slack(), SlackSettings())
    assert await people.zone(ADA) == "Europe/Berlin"
    assert await store.people.get("T1", "U01") is None
    assert await store.subscriptions.of_workspace("T1") == []
    await store.subscriptions.put(MET)
    await people.zone(ADA)
    assert await store.subscriptions.get(ADA) == replace(MET, zone="Europe/Berlin")


async def test_while_slack_is_away_clocks_are_the_hosts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zone that cannot be asked for is the host's, and nobody is kept from the settings by it."""

    async def away(_slack: Slack, _user: str) -> Person | None:
        raise NotifierUnavailable("Slack is away.")

    monkeypatch.setattr(Slack, "person", away)
    assert await People(store, Slack(), SlackSettings(), "Asia/Tokyo").zone(ADA) == "Asia/Tokyo"


async def test_who_acts_comes_from_the_act(store: Store) -> None:
    """A profile that names another workspace does not move the person there."""
    people = People(store, Slack(ada=replace(MEMBER, reader=UserId("T9", "U01"))), SlackSettings())
    assert (await people.person(ADA)).reader == ADA
    assert await store.people.get("T9", "U01") is None


async def test_a_channel_is_asked_about_again_when_it_matters(store: Store) -> None:
    """A conversation is remembered until a fresh answer is wanted; one that cannot be seen is a stranger's."""
    slack = Slack()
    people = People(store, slack, SlackSettings())
    assert await people.channel("T1", "C1") == await people.channel("T1", "C1") == OPEN
    slack.papers = replace(OPEN, is_archived=True)
    assert (await people.channel("T1", "C1", fresh=True)).is_archived
    slack.papers = None
    assert await people.channel("T1", "C1", fresh=True) == Channel("C1")
    assert slack.asked == ["C1", "C1", "C1"]


async def test_changes_in_slack_are_followed(store: Store) -> None:
    """A new zone is taken unless one was chosen by hand; a closed account is suspended until it is back."""
    await store.subscriptions.put(MET)
    people = People(store, Slack(), SlackSettings())
    await people.refresh(replace(MEMBER, zone="Asia/Tokyo"))
    assert (await store.subscriptions.get(ADA)).zone == "Asia/Tokyo"
    await people.refresh(replace(MEMBER, zone="Not/AZone", deleted=True))
    suspended = await store.subscriptions.get(ADA)
    assert (suspended.suspended, suspended.zone) == (Suspension.DEACTIVATED, "Asia/Tokyo")
    await people.refresh(MEMBER)
    assert (await store.subscriptions.get(ADA)).suspended is None
    await store.subscriptions.put(Subscription(ADA, zone="UTC", zone_chosen=True))
    await people.refresh(replace(MEMBER, zone="Asia/Tokyo"))
    assert await people.zone(ADA) == "UTC"


async def test_of_strangers_nothing_is_stored(store: Store) -> None:
    """A change of somebody who never met the bot is not kept, nor is one of another workspace."""
    people = People(store, Slack(), SlackSettings())
    await people.refresh(MEMBER)
    await people.refresh(replace(MEMBER, is_external=True))
    assert await store.people.get("T1", "U01") is None
    assert await store.subscriptions.of_workspace("T1") == []


async def test_another_suspension_is_not_lifted_by_a_profile(store: Store) -> None:
    """Who could not be reached stays so, whatever changes in the profile."""
    await store.subscriptions.put(replace(MET, suspended=Suspension.UNREACHABLE))
    await People(store, Slack(), SlackSettings()).refresh(MEMBER)
    assert (await store.subscriptions.get(ADA)).suspended is Suspension.UNREACHABLE


@pytest.mark.parametrize(
    ("person", "channel", "member", "reason"),
    [
        ({"is_guest": True}, {}, True, "Guests"),
        ({"is_external": True}, {}, True, "this workspace"),
        ({"deleted": True}, {}, True, "this workspace"),
        ({"is_bot": True}, {}, True, "this workspace"),
        ({}, {"is_direct": True}, True, "no channel"),
        ({}, {"is_archived": True}, True, "archived"),
        ({}, {"is_member": False}, True, "invite"),
        ({}, {}, False, "Only members"),
        ({"is_guest": True, "is_admin": True}, {}, True, "Guests"),
    ],
)
async def test_who_may_not_change_a_channel(
    store: Store, person: dict[str, Any], channel: dict[str, Any], member: bool, reason: str
) -> None:
    """Guests, strangers and people outside the channel are refused with what to do instead."""
    slack = Slack(replace(MEMBER, **person), replace(OPEN, **channel), {("C1", "U01")} if member else set())
    with pytest.raises(NotAllowed, match=reason):
        await People(store, slack, SlackSettings()).may_change(ADA, "C1")


async def test_a_bot_that_was_invited_since_is_seen(store: Store) -> None:
    """Whoever invites the bot after a refusal need not wait a day."""
    slack = Slack(papers=replace(OPEN, is_member=False))
    people = People(store, slack, SlackSettings())
    with pytest.raises(NotAllowed):
        await people.may_change(ADA, "C1")
    slack.papers = OPEN
    await people.may_change(ADA, "C1")


async def test_where_admins_decide_members_do_not(store: Store) -> None:
    """With that setting only admins among the members, and the operator, may change a channel."""
    settings = SlackSettings(channel_changes="admins")
    with pytest.raises(NotAllowed, match="admins"):
        await People(store, Slack(), settings).may_change(ADA, "C1")
    await People(store, Slack(), SlackSettings(channel_changes="admins", operator="U01")).may_change(ADA, "C1")
    await store.people.put(replace(MEMBER, is_admin=True))
    await People(store, Slack(), settings).may_change(ADA, "C1")
    outside = Slack(members=set())
    with pytest.raises(NotAllowed, match="members"):
        await People(store, outside, settings).may_change(ADA, "C1")


def test_the_operator_is_who_the_settings_name() -> None:
    """Without a setting nobody is."""
    store: Any = None
    assert People(store, Slack(), SlackSettings(operator="U01")).is_operator(ADA)
    assert not People(store, Slack(), SlackSettings(operator="U02")).is_operator(ADA)
    assert not People(store, Slack(), SlackSettings()).is_operator(ADA)
