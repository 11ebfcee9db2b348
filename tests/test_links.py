"""Addresses of ours: made once, told again, taken back at once; what they open, and that nobody else opens them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from store_values import ADA, BEN, NOW, SERVERS, alert, become_readers, link, new, save_one, sent, subscription

from bot import settings as host
from bot.clock import Clock
from bot.links import MOST_ENTRIES, Links
from bot.models import Channel, LinkPurpose, Medium, Subscription, UserId, Via
from bot.readers import Readers
from bot.settings import HttpSettings, Settings
from bot.store import Store, keys, shard_of

FEED, MAIL = LinkPurpose.FEED, LinkPurpose.UNSUBSCRIBE
ADDRESS = "ada@example.org"
LAB = UserId("T1", "CLAB")
TESTING = host.TestingSettings(enabled=True, clock=NOW.isoformat())
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def links(store: Store) -> Links:
    """The verb, where the host said how it is reached."""
    settings = Settings(http=HttpSettings(public_url="https://papers.example.org/"), testing=TESTING)
    return Links(store, Clock(TESTING), settings)


def token_of(address: str | None) -> str:
    """The end of an address."""
    assert address is not None
    return address.rpartition("/")[2]


async def test_an_address_is_made_once_and_told_again(links: Links) -> None:
    """It is the same whenever it is asked for, by however many at once, and every purpose has one of its own."""
    made = await asyncio.gather(*(links.address(BEN, FEED) for _ in range(20)))
    assert len(set(made)) == 1
    assert made[0] is not None
    assert made[0].startswith("https://papers.example.org/feeds/")
    assert await links.known(BEN, FEED) == made[0]
    assert await links.known(BEN, MAIL, ADDRESS) is None
    ended_by = await links.address(BEN, MAIL, ADDRESS)
    assert ended_by is not None
    assert ended_by.startswith("https://papers.example.org/mail/")
    others = [await links.address(BEN, MAIL, "ben@example.org"), await links.address(ADA, FEED)]
    assert len({made[0], ended_by, *others}) == 4


async def test_without_an_outside_there_are_no_addresses(store: Store) -> None:
    """Where the host did not say how it is reached, nothing is made or told."""
    links = Links(store, Clock(TESTING), Settings(testing=TESTING))
    assert [await links.address(BEN, FEED), await links.renew(BEN, FEED), await links.known(BEN, FEED)] == [None] * 3
    assert await store.links.of(BEN) == []


async def test_nobody_finds_a_token_where_it_is_looked_up(links: Links, raw_store: Any) -> None:
    """The table that all addresses stand in holds hashes only; tokens are long, and made by the system's generator."""
    tokens = [token_of(await links.address(UserId("T1", f"U{n}"), FEED)) for n in range(30)]
    assert len({*tokens}) == 30
    assert {len(token) for token in tokens} == {43}
    told = repr(raw_store.hgetall(keys.LINKS))
    assert [token for token in tokens if token in told] == []


async def test_a_renewed_address_opens_in_place_of_the_one_before(links: Links, store: Store) -> None:
    """The old one opens nothing from that moment on, and leaves nothing behind."""
    old = token_of(await links.address(BEN, FEED))
    new_one = token_of(await links.renew(BEN, FEED))
    assert await links.feed(old) is None
    assert await links.feed(new_one) is not None
    assert token_of(await links.address(BEN, FEED)) == new_one
    assert [one.token for one in await store.links.of(BEN)] == [new_one]


async def test_an_address_that_was_taken_back_opens_nothing(links: Links, raw_store: Any) -> None:
    """Taking it back says whether there was one; the next one is another."""
    old = token_of(await links.address(BEN, FEED))
    assert await links.revoke(BEN, FEED)
    assert not await links.revoke(BEN, FEED)
    assert await links.feed(old) is None
    assert raw_store.hlen(keys.LINKS) == 0
    assert token_of(await links.address(BEN, FEED)) != old


async def test_half_a_change_is_healed(links: Links, raw_store: Any) -> None:
    """A row without what leads to it opens again once it is asked for; what leads nowhere opens nothing."""
    token = token_of(await links.address(BEN, FEED))
    raw_store.delete(keys.LINKS)
    assert await links.feed(token) is None
    await links.address(BEN, FEED)
    assert await links.feed(token) is not None
    raw_store.delete(shard_of(BEN).links)
    assert await links.feed(token) is None


@pytest.mark.parametrize("token", ["", "x", "a" * 42, "a" * 44, "a" * 43, "ä" * 43, "a" * 42 + "\n", "../" * 14 + "a"])
async def test_what_is_no_token_opens_nothing(links: Links, token: str) -> None:
    """Too short, too long, of other signs, or simply not one of ours."""
    await links.address(BEN, FEED)
    assert [await links.feed(token), await links.recipient(token), await links.unsubscribe(token)] == [None] * 3


async def test_an_address_opens_nothing_but_its_purpose(links: Links) -> None:
    """A feed's token ends no letters, and what ends letters reads no feed."""
    feed, mail = token_of(await links.address(BEN, FEED)), token_of(await links.address(BEN, MAIL, ADDRESS))
    assert [await links.recipient(feed), await links.unsubscribe(feed), await links.feed(mail)] == [None] * 3
    assert await links.recipient(mail) == ADDRESS


async def test_damaged_rows_open_nothing_and_are_replaced(links: Links, raw_store: Any) -> None:
    """Whatever stands there instead, it is counted and left out."""
    token = token_of(await links.address(BEN, FEED))
    [name] = raw_store.hkeys(keys.LINKS)
    [field] = raw_store.hkeys(shard_of(BEN).links)
    for damaged in (b"", b"{", b"[]", b'{"token": 1}', b"\xff\xfe", b"null"):
        raw_store.hset(keys.LINKS, name, damaged)
        assert await links.feed(token) is None
    raw_store.hset(shard_of(BEN).links, field, b"{")
    assert await links.known(BEN, FEED) is None
    assert await links.feed(token_of(await links.address(BEN, FEED))) is not None


async def test_a_feed_has_what_was_sent_with_its_reason(links: Links, store: Store) -> None:
    """The last 50 papers, newest first, each once; what is only claimed is not among them."""
    await become_readers(store, BEN)
    for number in range(1, 61):
        await save_one(store, new(number, title=f"Paper <{number}>"))
    await store.sent.confirm(BEN, [sent(f"p{number}", minutes=number) for number in range(1, 61)])
    await store.alerts.add(shard_of(BEN), [replace(alert(BEN, "p60"), why="closer to “robots” than 99 % of papers")])
    content = await links.feed(token_of(await links.address(BEN, FEED)))
    assert content is not None
    root = ET.fromstring(content)  # noqa: S314 - it is ours
    titles = [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")]
    assert titles == [f"Paper <{number}>" for number in range(60, 10, -1)]
    assert len(titles) == MOST_ENTRIES
    newest = root.find(f"{ATOM}entry")
    assert newest is not None
    assert newest.findtext(f"{ATOM}summary") == "Closer to “robots” than 99 % of papers"
    assert await links.feed(token_of(await links.address(BEN, FEED))) == content


async def test_a_channels_feed_says_whose_it_is(links: Links, store: Store) -> None:
    """By its name, where Slack told that lately."""
    token = token_of(await links.address(LAB, FEED))
    assert b"<title>Papers for a channel</title>" in (await links.feed(token) or b"")
    await store.channels.put(Channel("CLAB", "lab"), "T1")
    assert b"<title>Papers for #lab</title>" in (await links.feed(token) or b"")


async def test_whoever_ends_a_persons_letters_the_person_hears_it_once(links: Links, store: Store) -> None:
    """The address goes, Slack takes its place, and a second click changes nothing."""
    chosen = replace(subscription(BEN), via=Via.EMAIL, addresses=(ADDRESS,))
    await store.subscriptions.put(chosen)
    token = token_of(await links.address(BEN, MAIL, ADDRESS))
    assert await links.recipient(token) == ADDRESS
    assert await store.subscriptions.get(BEN) == chosen
    assert not await links.is_over(token)
    assert [await links.unsubscribe(token) for _ in range(3)] == [ADDRESS] * 3
    assert await links.is_over(token)
    assert await store.subscriptions.get(BEN) == replace(chosen, via=Via.SLACK, addresses=())
    [entry] = await store.queue(Medium.SLACK).read("T1", "c", 10, 0)
    assert entry.delivery is not None
    assert entry.delivery.reader == BEN
    assert entry.delivery.notes[0].startswith(f"Your papers no longer go to {ADDRESS}, and come here again: somebody")


async def test_one_address_of_a_channels_ends_alone(links: Links, store: Store) -> None:
    """The others stay, and who set the channel up hears it."""
    await store.subscriptions.put(Subscription(LAB, addresses=(ADDRESS, "lab@example.org"), owner="UOWNER"))
    assert await links.unsubscribe(token_of(await links.address(LAB, MAIL, ADDRESS))) == ADDRESS
    assert (await store.subscriptions.get(LAB)).addresses == ("lab@example.org",)
    [entry] = await store.queue(Medium.SLACK).read("T1", "c", 10, 0)
    assert entry.delivery is not None
    assert entry.delivery.reader == UserId("T1", "UOWNER")
    assert entry.delivery.notes[0].startswith("The digest of a channel that you set up no longer goes to")


async def test_a_channel_is_named_to_who_set_it_up(links: Links, store: Store) -> None:
    """Notes are plain: Slack makes no name of its id."""
    await store.subscriptions.put(Subscription(LAB, addresses=(ADDRESS,), owner="UOWNER"))
    await store.channels.put(Channel("CLAB", "lab"), "T1")
    await links.unsubscribe(token_of(await links.address(LAB, MAIL, ADDRESS)))
    [entry] = await store.queue(Medium.SLACK).read("T1", "c", 10, 0)
    assert entry.delivery is not None
    assert entry.delivery.notes[0].startswith(f"The digest of #lab no longer goes to {ADDRESS}: somebody")


async def test_an_address_that_is_left_leaves_no_link(links: Links, store: Store) -> None:
    """What ends letters names who gets them, and goes with the address; another's stays."""
    settings = Settings(http=HttpSettings(public_url="https://papers.example.org/"), testing=TESTING)
    readers = Readers(store, Clock(TESTING), settings)
    await readers.change(LAB, addresses=(ADDRESS, "lab@example.org"))
    gone, stays = [token_of(await links.address(LAB, MAIL, one)) for one in (ADDRESS, "lab@example.org")]
    await readers.change(LAB, addresses=("lab@example.org",))
    assert [await links.recipient(one) for one in (gone, stays)] == [None, "lab@example.org"]
    assert [one.about for one in await store.links.of(LAB)] == ["lab@example.org"]


async def test_a_change_of_the_same_moment_stays(store: Store) -> None:
    """Addresses that leave at once all leave, and take nothing else along."""
    names = tuple(f"a{number}@example.org" for number in range(20))
    await store.subscriptions.put(Subscription(LAB, addresses=names, hour=7))
    assert all(await asyncio.gather(*(store.subscriptions.drop_address(LAB, name) for name in names[1:])))
    assert await store.subscriptions.get(LAB) == Subscription(LAB, addresses=names[:1], hour=7)
    assert not await store.subscriptions.drop_address(LAB, "nobody@example.org")


@pytest.mark.parametrize("store_server", SERVERS, indirect=True)
async def test_who_is_forgotten_leaves_no_address(links: Links, store: Store, raw_store: Any) -> None:
    """The reader's addresses go with everything else, and so does what a broken off change left; others' stay."""
    token, others = token_of(await links.address(BEN, FEED)), token_of(await links.address(LAB, FEED))
    await links.address(BEN, MAIL, ADDRESS)
    raw_store.hset(keys.LINKS, "00" * 32, raw_store.hvals(keys.LINKS)[0])
    await store.forget(BEN)
    assert await store.links.of(BEN) == []
    assert await links.feed(token) is None
    assert await links.feed(others) is not None
    assert b"U2" not in b"".join(raw_store.hvals(keys.LINKS))
    await store.purge("T1")
    assert not raw_store.exists(keys.LINKS)


async def test_an_export_tells_of_addresses_and_no_token(links: Links, store: Store) -> None:
    """A file that is shown around opens nothing."""
    token = token_of(await links.address(BEN, FEED))
    told = await store.export(BEN)
    assert [one["purpose"] for one in told["links"]] == ["feed"]
    assert token not in repr(told)


async def test_a_kept_address_is_given_back(store: Store) -> None:
    """Whoever comes second gets the first one's; another one put in its place wins."""
    first, later = link(ADA, "a" * 43), replace(link(ADA, "b" * 43), made=NOW + timedelta(days=1))
    assert [await store.links.keep(first), await store.links.keep(later)] == [first, first]
    await store.links.put(later)
    assert await store.links.opened("a" * 43) is None
    assert await store.links.opened("b" * 43) == later
