"""What is known of readers beside their interests: subscriptions, what Slack said, and the state of sources."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from store_values import (
    ADA,
    BEN,
    CHANNEL,
    NOW,
    SERVERS,
    SOURCE,
    TAG,
    fact,
    interest,
    pending,
    person,
    row,
    subscription,
)

from bot.models import Interest, InterestKind, Pending, SourceState, Subscription, Suspension, UserId
from bot.store import Store, shard_of

pytestmark = pytest.mark.parametrize("store_server", SERVERS, indirect=True)

SHARD = shard_of(ADA)


async def test_a_subscription_comes_back_as_it_was(store: Store) -> None:
    """Every field of it; somebody who never chose has one of defaults and is not among those of the workspace."""
    eve = UserId("local", "eve")
    assert await store.subscriptions.get(ADA) == Subscription(ADA)
    await store.subscriptions.put(subscription(ADA))
    await store.subscriptions.put(subscription(BEN))
    await store.subscriptions.put(Subscription(eve, hour=0, weekdays=tuple(range(7))))
    await store.subscriptions.put(replace(subscription(ADA), suspended=None))
    assert await store.subscriptions.get(ADA) == replace(subscription(ADA), suspended=None)
    assert [found.reader for found in await store.subscriptions.of_workspace("local")] == [ADA, eve]
    assert await store.subscriptions.of_workspace("T1") == [subscription(BEN)]
    assert await store.subscriptions.of_workspace("T2") == []


async def test_what_nobody_owns_any_more(store: Store) -> None:
    """The subscriptions of an owner who leaves lose their owner and nothing else; those of other owners stay."""
    owned = [replace(subscription(UserId("T1", name)), owner="U2") for name in ("C1", "C2")]
    other = replace(subscription(UserId("T1", "C3")), owner="U3")
    elsewhere = replace(subscription(UserId("T2", "C1")), owner="U2")
    for one in (*owned, other, elsewhere):
        await store.subscriptions.put(one)
    assert await store.subscriptions.disown(BEN) == 2
    assert await store.subscriptions.disown(BEN) == 0
    assert await store.subscriptions.of_workspace("T1") == [*(replace(one, owner=None) for one in owned), other]
    assert await store.subscriptions.of_workspace("T2") == [elsewhere]


async def test_people_and_channels_are_remembered_for_a_while(store: Store, raw_store: Any) -> None:
    """A user for 7 days, a conversation for one; a workspace knows nothing of another's."""
    await store.people.put(person(BEN))
    await store.channels.put(CHANNEL, "T1")
    assert await store.people.get("T1", "U2") == person(BEN)
    assert await store.channels.get("T1", "C5") == CHANNEL
    assert await store.people.get("T2", "U2") is None
    assert await store.channels.get("T2", "C5") is None
    assert 0 <= 7 * 86_400 - raw_store.ttl(shard_of(BEN).person("U2")) < 60
    assert 0 <= 86_400 - raw_store.ttl(shard_of(UserId("T1", "C5")).channel("C5")) < 60
    await store.people.forget("T1", "U2")
    await store.channels.forget("T1", "C5")
    assert await store.people.get("T1", "U2") is None
    assert await store.channels.get("T1", "C5") is None


async def test_the_last_word_on_each_source(store: Store) -> None:
    """Told again it is replaced; all of them come by name."""
    await store.sources.tell(SOURCE)
    await store.sources.tell(SourceState("arxiv"))
    await store.sources.tell(replace(SOURCE, failure=None))
    assert await store.sources.all() == [SourceState("arxiv"), replace(SOURCE, failure=None)]


async def test_what_is_waited_for(store: Store) -> None:
    """Once per reader and arXiv id, oldest first, in one workspace or in all."""
    later = Pending(ADA, "2603.00002", follow=False, asked=NOW.replace(hour=23))
    for one in (later, pending(BEN), pending(), replace(pending(), follow=False)):
        await store.pending.add(one)
    assert await store.pending.of_workspace("local") == [replace(pending(), follow=False), later]
    assert await store.pending.all() == [pending(BEN), replace(pending(), follow=False), later]
    await store.pending.remove(ADA, pending().arxiv_id)
    await store.pending.remove(ADA, pending().arxiv_id)
    assert await store.pending.all() == [pending(BEN), later]


async def test_who_follows_which_facts(store: Store) -> None:
    """An interest that is matched by facts stands in the profile and among the shard's facts, and has no row."""
    topic = Interest("f2", "robots", InterestKind.CATEGORY, "cs.RO", -1.0, created=NOW)
    await store.profiles.put_interest(ADA, fact(), None)
    await store.profiles.put_interest(UserId("local", "eve"), topic, None)
    await store.profiles.put_interest(ADA, interest(), row(), TAG)
    assert (await store.profiles.get(ADA)).interests == (fact(), interest())
    assert await store.facts.of(SHARD) == [(ADA, fact()), (UserId("local", "eve"), topic)]
    assert sorted(await store.profiles.rows(ADA, TAG)) == ["i1"]
    [block] = store.profiles.interest_blocks(SHARD, TAG)
    assert block.fields == [b"ada\0i1"]
    assert await store.profiles.readers() == [ADA, UserId("local", "eve")]
    await store.profiles.remove_interest(ADA, fact().id)
    assert await store.facts.of(SHARD) == [(UserId("local", "eve"), topic)]
    assert (await store.profiles.get(ADA)).interests == (interest(),)


async def test_an_interest_of_one_kind_takes_the_place_of_another(store: Store) -> None:
    """A phrase under the id of a fact, and the other way round, leaves nothing of what was there."""
    await store.profiles.put_interest(ADA, fact("i1"), None)
    await store.profiles.put_interest(ADA, interest("i1"), row(), TAG)
    assert await store.facts.of(SHARD) == []
    await store.profiles.put_interest(ADA, fact("i1"), None)
    assert await store.facts.of(SHARD) == [(ADA, fact("i1"))]
    assert list(store.profiles.interest_blocks(SHARD, TAG)) == []


async def test_only_facts_go_without_a_row(store: Store) -> None:
    """A phrase without a row and a fact with one are mistakes, and nothing is stored."""
    with pytest.raises(ValueError, match="phrase"):
        await store.profiles.put_interest(ADA, interest(), None)
    with pytest.raises(ValueError, match="author"):
        await store.profiles.put_interest(ADA, fact(), row(), TAG)
    assert await store.profiles.readers() == []


async def test_words_change_and_the_row_stays(store: Store, raw_store: Any) -> None:
    """A new name, muted or learnt from; an interest that was removed meanwhile is not brought back."""
    await store.profiles.put_interest(ADA, interest(), row(7), TAG)
    await store.profiles.put_interest(ADA, fact(), None)
    before = raw_store.dump(SHARD.vectors(TAG.key(), 0))
    renamed = replace(interest(), name="laundry", muted=True, learnt_from=("p1", "p2"))
    muted = replace(fact(), muted=True)
    assert await store.profiles.set_interest(ADA, renamed)
    assert await store.profiles.set_interest(ADA, muted)
    assert (await store.profiles.get(ADA)).interests == (muted, renamed)
    assert await store.facts.of(SHARD) == [(ADA, muted)]
    assert raw_store.dump(SHARD.vectors(TAG.key(), 0)) == before
    for one in (renamed, muted):
        await store.profiles.remove_interest(ADA, one.id)
        assert not await store.profiles.set_interest(ADA, one)
    assert (await store.profiles.get(ADA)).interests == ()
    assert await store.facts.of(SHARD) == []


async def test_what_a_later_version_knows_of_a_reader_stays(store: Store, raw_store: Any) -> None:
    """A field that this one does not know is kept, whatever is changed; what cannot be read is written over."""

    def stored() -> dict[str, Any]:
        return json.loads(raw_store.hget(SHARD.subscriptions, ADA.user))

    await store.subscriptions.put(Subscription(ADA, addresses=("ada@example.org",), owner="U7"))
    later = stored() | {"hologram": {"depth": [3, "ä"]}}
    raw_store.hset(SHARD.subscriptions, ADA.user, json.dumps(later))
    await store.subscriptions.put(replace(await store.subscriptions.get(ADA), hour=9))
    assert await store.subscriptions.suspend(ADA, Suspension.UNREACHABLE)
    assert await store.subscriptions.drop_address(ADA, "ada@example.org")
    assert await store.subscriptions.disown(UserId(ADA.workspace, "U7")) == 1
    found = stored()
    assert found["hologram"] == {"depth": [3, "ä"]}
    assert (found["hour"], found["addresses"], found["owner"]) == (9, [], None)
    for raw in ("[1]", "{", '{"a": ' * 20_000):
        raw_store.hset(SHARD.subscriptions, ADA.user, raw)
        await store.subscriptions.put(Subscription(ADA, hour=10))
        assert await store.subscriptions.get(ADA) == Subscription(ADA, hour=10)
