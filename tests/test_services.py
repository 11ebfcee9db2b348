"""The bot as it opens: there at once, awake when the model is, and closed in order whatever happened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.errors import (
    Concerns,
    FolderError,
    ModelMissing,
    NotifierError,
    NotifierRefused,
    NotifierUnavailable,
    PageDrifted,
)
from bot.models import FetchReport, IngestReport, UserId
from bot.notify import Identity
from bot.services import Bot, open_bot, open_readers, opening
from bot.services.connecting import _begin, _Known  # pyright: ignore[reportPrivateUsage]
from bot.settings import Settings, SourceSettings
from bot.store import Store

AMARA = UserId("T1", "UAMARA")
NINE, TEN = datetime(2026, 3, 18, 9, tzinfo=UTC), datetime(2026, 3, 18, 10, tzinfo=UTC)


def settings(folder: Path, **groups: Any) -> Settings:
    return Settings.model_validate({"store": {"data_dir": folder / "data"}, **groups})


@pytest.fixture
def asleep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a bot whose model is never loaded."""

    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(opening, "open_embedder", never)
    return settings(tmp_path)


async def test_the_bot_is_there_before_the_model(tmp_path: Path, model_folder: Path) -> None:
    """What needs no model works at once; what needs it waits, and is the same for everybody who waited."""
    async with open_bot(settings(tmp_path, model={"cache_dir": model_folder})) as bot:
        assert not bot.is_awake
        assert (await bot.readers.get(AMARA)).interests == ()
        first, second = await asyncio.gather(bot.services(), bot.services())
        assert first is second
        assert bot.is_awake
        await first.curate.follow(AMARA, "speech recognition")
    async with open_readers(settings(tmp_path)) as readers:
        assert len((await readers.get(AMARA)).interests) == 1


async def test_a_model_that_is_missing_is_told_to_all_who_wait(tmp_path: Path) -> None:
    """Every one who waits gets the sentence, and the bot is not awake."""
    async with open_bot(settings(tmp_path, model={"name": "nobody/nothing"})) as bot:
        for _ in range(2):
            with pytest.raises(ModelMissing, match="nobody/nothing"):
                await bot.services()
        assert not bot.is_awake


async def test_who_waits_may_go_away(tmp_path: Path, model_folder: Path) -> None:
    """Somebody who is broken off while waiting does not break the loading off for the others."""
    async with open_bot(settings(tmp_path, model={"cache_dir": model_folder})) as bot:
        impatient = asyncio.create_task(bot.services())
        await asyncio.sleep(0)
        impatient.cancel()
        assert await bot.services()


async def test_closing_while_the_model_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loading is broken off, then the store is closed: nothing is left behind."""
    began, ended = asyncio.Event(), list[str]()

    async def endless(*_: object, **__: object) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("loading")

    monkeypatch.setattr(opening, "open_embedder", endless)
    async with open_bot(settings(tmp_path)) as bot:
        await began.wait()
    assert (ended, bot.opening.cancelled()) == (["loading"], True)


async def test_without_slack_nobody_can_be_reached(asleep: Settings) -> None:
    """Whatever asks Slack is told that it is not configured."""
    async with open_bot(asleep) as bot:
        with pytest.raises(NotifierUnavailable, match="not configured"):
            await bot.people.person(AMARA)
        assert (bot.workspace(), bot.bot_user) == ("", "")


async def test_the_last_word_on_a_source(asleep: Settings, tmp_path: Path) -> None:
    """What a source brought last stays until it brings something again; a failure is told until it is over."""
    clock = tmp_path / "clock"
    timed = asleep.model_copy(
        update={"testing": asleep.testing.model_copy(update={"enabled": True, "clock": str(clock)})}
    )
    told: list[tuple[datetime, IngestReport | FolderError, tuple[object, ...]]] = [
        (NINE, IngestReport(papers=3, new=2), ("3 papers just now, 2 of them new", None, NINE)),
        (
            TEN,
            FolderError("It is gone."),
            ("3 papers 1 hour ago, 2 of them new", "it cannot be read now, and the host knows", NINE),
        ),
        (TEN, IngestReport(), ("3 papers 1 hour ago, 2 of them new", None, TEN)),
    ]
    clock.write_text(NINE.isoformat())
    async with open_bot(timed) as bot:
        for now, word, expected in told:
            clock.write_text(now.isoformat())
            await bot.tell_source("inbox", word)
            [row] = (await bot.status.page(AMARA)).sources
            assert (row.freshness, row.failure, row.last_success) == expected


async def test_a_revoked_token_is_told_once(asleep: Settings) -> None:
    """Whoever has to know is told once, however often Slack says so."""
    async with open_bot(asleep) as bot:
        told = list[int]()
        bot.on_revoked += [lambda: told.append(1), lambda: told.append(2)]
        bot.revoke()
        bot.revoke()
        assert (bot.is_revoked, told) == (True, [1, 2])


async def test_a_source_that_changed_is_told_to_the_host_at_once(asleep: Settings, tmp_path: Path) -> None:
    """Once, in the very next look for what is due, and again when it changes another time."""
    clock = tmp_path / "clock"
    source = SourceSettings(kind="page", name="listing", url="https://papers.example.org/")
    hosted = asleep.model_copy(
        update={
            "sources": (source,),
            "slack": asleep.slack.model_copy(update={"operator": "UHOST"}),
            "testing": asleep.testing.model_copy(update={"enabled": True, "clock": str(clock)}),
        }
    )
    clock.write_text(NINE.isoformat())
    async with open_bot(hosted) as bot:
        await bot.tell_source("listing", FetchReport("listing", pages=1, new=1), TEN)
        for _ in range(2):
            await bot.tell_source("listing", PageDrifted("The page listing has no papers, and had 25."), TEN)
            await bot.prepare.due("T1")
        told = await bot.prepare.store.outbox.read("T1", "a-test", 10, 0)
        assert [one.delivery.notes for one in told if one.delivery] == [
            ("The source listing is not what it was since 18 March 2026: The page listing has no papers, and had 25.",)
        ]
        [row] = (await bot.status.page(AMARA)).sources
        assert (row.kind, row.last_success, row.next_run) == ("page", NINE, TEN)
        assert row.fault == "No new papers have come in since 18 March; the host knows."
        await bot.tell_source("listing", FetchReport("listing", pages=1, unchanged=1), TEN)
        assert (await bot.status.page(AMARA)).faults == ()


@dataclass
class Slack:
    """Tells who we are, is away, or refuses the token."""

    tells: Identity | NotifierError

    async def identity(self) -> Identity:
        if isinstance(self.tells, NotifierError):
            raise self.tells
        return self.tells


async def begun(bot: Bot, slack: Slack, store: Store, served: str) -> str:
    """Whom the bot serves at last, started with a token of that workspace."""
    task = asyncio.create_task(_begin(bot, slack, _Known(store, "xoxb-1"), greets=False))
    try:
        async with asyncio.timeout(10):
            while bot.served() != served or (not task.done() and isinstance(slack.tells, Identity)):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.001)
    finally:
        task.cancel()
        await asyncio.wait({task})
    return bot.served()


async def test_a_start_while_slack_is_away_serves_as_before(asleep: Settings, store: Store) -> None:
    """The workspace and the bot user of the same token; a token that is refused serves nobody, whoever it was."""
    away = NotifierUnavailable("Slack is away.")
    refused = NotifierRefused("No.", code="token_revoked", concerns=Concerns.WORKSPACE)
    async with open_bot(asleep) as bot:
        assert await begun(bot, Slack(Identity("T1", "Team", "UBOT", "B1")), store, "T1") == "T1"
    async with open_bot(asleep) as bot:
        assert await begun(bot, Slack(away), store, "T1") == "T1"
        assert bot.bot_user == "UBOT"
        assert await begun(bot, Slack(refused), store, "") == ""
