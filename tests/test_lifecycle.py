"""What happens to people, channels and the installation, and what of them is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.acts import Act
from bot.errors import NotifierUnavailable
from bot.models import Channel, Subscription, Suspension
from bot.notify import Identity
from bot.services import Bot
from bot.store import Store
from handlers import lifecycle, route
from tests.fakes import paper
from tests.handling import (
    AMARA,
    BEN,
    CHANNEL,
    RecordingReply,
    Slack,
    button,
    command,
    deliver,
    event,
    open_test_bot,
    slack,
)

VIDEO = paper(f"p{1:015x}", "Diffusion models for long video", "We generate long video. " * 8)


@pytest.fixture
def workspace() -> Slack:
    """The people and channels of Slack."""
    return slack()


@pytest.fixture
async def bot(store: Store, workspace: Slack) -> AsyncGenerator[Bot]:
    """Amara follows video, and set the channel up to follow it too."""
    async with open_test_bot(store, [VIDEO], directory=workspace) as opened:
        for words in ("follow video", "channel follow video"):
            await do(opened, command(words, channel=CHANNEL.user))
        yield opened


async def do(bot: Bot, done: Act) -> RecordingReply:
    reply = RecordingReply()
    await route(bot).handle(done, reply)
    return reply


def in_channel(name: str, **fields: Any) -> Act:
    """Slack tells of something that Ben did to the channel."""
    return event(name, **{"reader": BEN, "channel": CHANNEL.user, **fields})


def user_change(**profile: Any) -> Act:
    user = {"id": AMARA.user, "team_id": AMARA.workspace, "tz": "Africa/Lagos", **profile}
    return event("user_change", channel="", event={"user": user})


async def test_a_closed_account_is_sent_nothing_until_it_is_back(bot: Bot) -> None:
    """Deactivated: nothing is sent, and nothing is lost. Back: it goes on."""
    await do(bot, user_change(deleted=True))
    assert (await bot.readers.subscription(AMARA)).suspended is Suspension.DEACTIVATED
    await do(bot, user_change())
    assert (await bot.readers.subscription(AMARA)).suspended is None
    assert len((await bot.readers.get(AMARA)).interests) == 1


async def test_a_zone_follows_the_profile(bot: Bot) -> None:
    """Who moves is written to by the clock there, unless a zone was chosen by hand."""
    await do(bot, user_change(tz="Asia/Tokyo"))
    assert await bot.people.zone(AMARA) == "Asia/Tokyo"
    await bot.readers.change(AMARA, zone="Europe/Paris")
    await do(bot, user_change(tz="America/Lima"))
    assert await bot.people.zone(AMARA) == "Europe/Paris"


async def test_strangers_leave_no_trace(bot: Bot, raw_store: Any) -> None:
    """A profile of somebody who never used the bot, or of another workspace, is not stored."""
    before = sorted(raw_store.keys())
    for user in ({"id": "USTRANGER"}, {"id": AMARA.user + "X", "team_id": "TOTHER", "is_stranger": True}, {}, None):
        await do(bot, event("user_change", channel="", event={"user": user}))
    assert sorted(raw_store.keys()) == before


@pytest.mark.parametrize(
    ("gone", "because", "back"),
    [
        ("channel_archive", Suspension.ARCHIVED, "channel_unarchive"),
        ("group_archive", Suspension.ARCHIVED, "group_unarchive"),
        ("channel_left", Suspension.REMOVED, "member_joined_channel"),
        ("group_left", Suspension.REMOVED, "member_joined_channel"),
        ("member_left_channel", Suspension.REMOVED, "member_joined_channel"),
    ],
)
async def test_a_channel_that_goes_and_comes_back(
    bot: Bot, store: Store, workspace: Slack, *, gone: str, because: Suspension, back: str
) -> None:
    """Nothing is sent to it meanwhile, who set it up is told once, and its profile is there when it is back."""
    us = replace(BEN, user="UBOT")
    who = us if "member" in gone else BEN
    for _ in range(2):
        await do(bot, in_channel(gone, reader=who))
    assert (await bot.readers.subscription(CHANNEL)).suspended is because
    await deliver(bot, store, workspace)
    [(told, message)] = workspace.sent
    assert (told, "#papers" in message.text) == (AMARA, True)
    await do(bot, in_channel(back, reader=us))
    assert (await bot.readers.subscription(CHANNEL)).suspended is None
    assert len((await bot.readers.get(CHANNEL)).interests) == 1


async def test_a_deleted_channel(bot: Bot, store: Store, workspace: Slack) -> None:
    """It cannot be reached any more, which is said to who set it up."""
    workspace.channels.pop(CHANNEL.user)
    await do(bot, in_channel("channel_deleted"))
    assert (await bot.readers.subscription(CHANNEL)).suspended is Suspension.UNREACHABLE
    await deliver(bot, store, workspace)
    assert "it was deleted" in workspace.sent[0][1].text


async def test_people_who_come_and_go_change_nothing(bot: Bot, store: Store, workspace: Slack) -> None:
    """Only the bot's own coming and going matters, and only in channels that follow something."""
    await do(bot, in_channel("member_left_channel"))
    assert (await bot.readers.subscription(CHANNEL)).suspended is None
    workspace.channels["COTHER"] = Channel("COTHER", "other")
    await do(bot, in_channel("channel_archive", channel="COTHER"))
    await deliver(bot, store, workspace)
    assert workspace.sent == []
    assert (await bot.readers.subscription(replace(CHANNEL, user="COTHER"))) == Subscription(
        replace(CHANNEL, user="COTHER")
    )


async def test_while_slack_is_away_the_owner_is_told_and_the_channel_comes_back(
    bot: Bot, store: Store, workspace: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happened to a channel holds also where nobody can ask what it is called."""

    async def away(_slack: Slack, _channel: str) -> Channel | None:
        raise NotifierUnavailable("Slack is away.")

    monkeypatch.setattr(Slack, "channel", away)
    await bot.people.store.channels.forget(CHANNEL.workspace, CHANNEL.user)
    await do(bot, in_channel("channel_archive"))
    assert (await bot.readers.subscription(CHANNEL)).suspended is Suspension.ARCHIVED
    await deliver(bot, store, workspace)
    [(told, message)] = workspace.sent
    assert (told, "a channel that you set up" in message.text) == (AMARA, True)
    await do(bot, in_channel("channel_unarchive"))
    assert (await bot.readers.subscription(CHANNEL)).suspended is None


async def test_a_colleague_of_another_workspace_of_the_organisation(bot: Bot) -> None:
    """On Enterprise Grid a colleague's account that closes is heard of, whichever workspace is its home."""
    bot.identity = Identity(AMARA.workspace, "Test", "UBOT", "BBOT", enterprise="E1")
    await do(bot, user_change(team_id="T9", enterprise_user={"enterprise_id": "E1"}, deleted=True))
    assert (await bot.readers.subscription(AMARA)).suspended is Suspension.DEACTIVATED


async def test_a_token_that_was_taken_away_takes_nothing_along(bot: Bot) -> None:
    """It is used no more, and everything waits for the next one; after a restart with that it is not spoken of again."""
    revoked = event("tokens_revoked", channel="", event={"tokens": {"bot": ["UBOT"]}})
    assert not route(bot).keeps(revoked)
    await do(bot, revoked)
    assert bot.is_revoked
    assert len((await bot.readers.get(AMARA)).interests) == 1


async def test_an_uninstalled_app_keeps_nothing(bot: Bot, raw_store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything of the workspace is deleted, key by key; papers and other workspaces stay; the token is used no more."""
    other = replace(AMARA, workspace="T2")
    await bot.readers.save(AMARA, VIDEO.id)
    await bot.readers.save(other, VIDEO.id)
    monkeypatch.setattr(lifecycle, "LATECOMER_SECONDS", 0.0)
    revoked = list[bool]()
    bot.on_revoked.append(lambda: revoked.append(True))
    for _ in range(2):
        await do(bot, event("app_uninstalled", channel=""))
    assert (bot.is_revoked, revoked) == (True, [True])
    ours = [one for one in _everything(raw_store) if not one.startswith(b"pb:{papers:")]
    assert [one for one in ours if b"T2" not in one and (b"T1" in one or b"UAMARA" in one)] == []
    assert len(await bot.readers.saved(other)) == 1
    assert await bot.readers.papers([VIDEO.id]) == [VIDEO]


async def test_what_another_process_writes_late_is_deleted_as_well(
    bot: Bot, raw_store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a minute everything is deleted once more; what an earlier process was told of an end revokes no token."""
    monkeypatch.setattr(lifecycle, "LATECOMER_SECONDS", 0.05)
    ending = asyncio.create_task(do(bot, event("app_uninstalled", channel="")))
    while not bot.is_revoked or raw_store.keys("pb:{T1:*"):  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0)
    await bot.readers.save(AMARA, VIDEO.id)
    assert raw_store.keys("pb:{T1:*")
    await ending
    assert raw_store.keys("pb:{T1:*") == []
    bot.is_revoked = False
    await bot.readers.save(AMARA, VIDEO.id)
    await do(bot, replace(event("app_uninstalled", channel=""), is_resumed=True))
    assert raw_store.keys("pb:{T1:*") == []
    assert not bot.is_revoked


async def test_a_persons_token_that_is_revoked_is_none_of_ours(bot: Bot) -> None:
    """Only the bot's own token matters."""
    await do(bot, event("tokens_revoked", channel="", event={"tokens": {"oauth": ["U1"], "bot": []}}))
    assert not bot.is_revoked
    assert len((await bot.readers.get(AMARA)).interests) == 1


async def test_forget_me_leaves_no_trace(bot: Bot, raw_store: Any) -> None:
    """After the button nothing in the store names the person, in key, field or value, and the channel's is all there."""
    for act in (
        button("more_like_this", VIDEO.id, channel=CHANNEL.user),
        button("save", VIDEO.id, channel=CHANNEL.user),
        command("follow https://arxiv.org/abs/2601.00009"),
        command("settings"),
    ):
        await do(bot, act)
    await do(bot, button("forget_me_confirm"))
    assert [one for one in _everything(raw_store) if AMARA.user.encode() in one] == []
    assert len((await bot.readers.get(CHANNEL)).interests) == 1


def _everything(raw: Any) -> list[bytes]:
    """Key, field and value of everything in the store, one line each."""
    read: dict[bytes, Callable[[bytes], Any]] = {
        b"hash": raw.hgetall,
        b"string": raw.get,
        b"set": raw.smembers,
        b"zset": lambda key: raw.zrange(key, 0, -1),
        b"list": lambda key: raw.lrange(key, 0, -1),
    }
    lines: list[bytes] = []
    for key in raw.keys():  # noqa: SIM118 - no dict
        value: Any = read[raw.type(key)](key)
        if isinstance(value, dict):
            value = [b"=".join(pair) for pair in cast("dict[bytes, bytes]", value).items()]
        lines += [key, *(key + b" " + part for part in ([value] if isinstance(value, bytes) else value))]
    return lines
