"""Acts are acknowledged at once, kept where it matters, done once, and never end in silence."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot import settings
from bot.acts import ELSEWHERE, Act, Message, Reply
from bot.blocks.failing import AWAY, HOSTS
from bot.blocks.failing import FULL as FULL_READING
from bot.clock import Clock
from bot.errors import (
    AlreadyFollowed,
    BadFilter,
    Concerns,
    FolderError,
    IndexDamaged,
    ModelMissing,
    NotifierRefused,
    PaperbotError,
    StoreConflict,
    StoreError,
    StoreFull,
    StoreUnreachable,
    UnknownInterest,
    UserError,
)
from bot.slack import dispatching as dispatching_module
from bot.slack import doing as doing_module
from bot.slack import turns
from bot.slack.dispatching import Dispatcher
from bot.slack.doing import Doing
from bot.slack.responding import Responder
from bot.slack.seen import Seen
from bot.slack.wording import BUSY, FULL, STARTING, UNREADY, WAKING
from tests.slack_fakes import Handlers, MemoryInbox, Voices
from tests.slack_server import ADA, TEAM

PAYLOADS = Path(__file__).parent / "data" / "payloads"
CLOCK = Clock(settings.TestingSettings(enabled=True, clock="2026-03-18T09:00:00Z"))


def payload(name: str, **changes: Any) -> dict[str, Any]:
    """A payload from its file, without a response URL, so that every answer goes through the voice."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))["payload"]
    return found | ({"response_url": ""} if "response_url" in found else {}) | changes


@dataclass
class House:
    """A dispatcher with stand-ins around it."""

    handlers: Handlers = field(default_factory=Handlers)
    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    voice: Voices = field(default_factory=Voices)
    is_awake: bool = True
    workspace: str = TEAM

    def __post_init__(self) -> None:
        doing = Doing(self.handlers, self.voice, Responder(), lambda: self.is_awake, self.voice.remember)
        self.dispatcher = Dispatcher(self.handlers, self.inbox, doing, CLOCK, lambda: self.workspace, self.voice.revoke)

    async def take(self, name: str, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of a payload's acknowledgement."""
        ack = await self.dispatcher.take(payload(name, **changes))
        return ack.status, dict(ack.body)

    async def finish(self) -> list[str]:
        """Let everything under way end; gives the names of what was done."""
        while self.dispatcher.under_way:
            await asyncio.wait(self.dispatcher.under_way)
        return [act.name for act in self.handlers.acts]


async def test_an_act_is_acknowledged_and_then_done() -> None:
    """The acknowledgement does not wait for the handler."""
    house = House()
    release = asyncio.Event()

    async def wait(act: Act, reply: Reply) -> None:
        await release.wait()
        await reply.answer(Message(f"done {act.text}"))

    house.handlers.run = wait
    assert await house.take("command", text="search graphs") == (200, {})
    assert house.voice.said == []
    release.set()
    assert await house.finish() == ["/papers"]
    assert house.voice.said == [("whisper", "C0PAPERS01", ADA, "done search graphs", None)]
    assert house.handlers.acts[0].at == CLOCK.now()


async def test_each_act_is_done_once() -> None:
    """A repeated delivery is acknowledged without effect, whether it is kept or not, done or under way."""
    house = House()
    for name in ("command", "event_direct_message", "button_in_message"):
        assert await house.take(name) == (200, {})
        assert await house.take(name) == (200, {})
    await house.finish()
    for name in ("command", "event_direct_message", "button_in_message"):
        assert await house.take(name) == (200, {})
    assert sorted(await house.finish()) == ["/papers", "message", "save"]


async def test_what_must_not_be_lost_is_kept_until_it_is_done() -> None:
    """Kept before the acknowledgement, let go of afterwards; a question is not kept at all."""
    house = House()
    await house.take("event_direct_message")
    await house.take("command")
    assert list(house.inbox.acts) == ["Ev0001"]
    assert house.inbox.finished == []
    await house.finish()
    assert house.inbox.finished == ["Ev0001"]


async def test_what_was_left_is_done_by_the_next_process() -> None:
    """In order, without what died with the first: trigger and response URL. Junk is let go of."""
    first = House()
    first.handlers.run = _never
    for number in (1, 2):
        await first.take("button_in_message", trigger_id=f"1.{number}")
    await first.dispatcher.stop(0)
    first.inbox.acts["junk"] = b"{"
    second = House(inbox=first.inbox)
    assert await second.dispatcher.resume() == 2
    await second.finish()
    assert [(act.id, act.name, act.trigger) for act in second.handlers.acts] == [
        ("1.1", "save", ""),
        ("1.2", "save", ""),
    ]
    assert sorted(second.inbox.finished) == ["1.1", "1.2", "junk"]


async def test_what_comes_while_the_rest_is_resumed_is_done_once() -> None:
    """What this process took in is not what an earlier one left, also while it is being kept; its repetitions are."""
    first = House()
    first.handlers.run = _never
    await first.take("button_in_message", trigger_id="left")
    await first.dispatcher.stop(0)
    second = House(inbox=first.inbox)
    await second.take("button_in_message", trigger_id="left")
    await second.take("button_in_message", trigger_id="new")
    listing, keeping = second.inbox.left, second.inbox.keep
    is_listed, is_kept = asyncio.Event(), asyncio.Event()

    async def keep_slowly(workspace: str, act_id: str, payload: bytes) -> bool:
        is_new = await keeping(workspace, act_id, payload)
        is_kept.set()
        await is_listed.wait()
        return is_new

    async def list_meanwhile(workspace: str) -> list[tuple[str, bytes]]:
        await is_kept.wait()
        found = await listing(workspace)
        is_listed.set()
        return found

    second.inbox.keep, second.inbox.left = keep_slowly, list_meanwhile
    resumed, _ = await asyncio.gather(second.dispatcher.resume(), second.take("button_in_message", trigger_id="newest"))
    await second.finish()
    assert (resumed, sorted(act.id for act in second.handlers.acts)) == (1, ["left", "new", "newest"])


async def test_what_was_left_for_more_than_a_day_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody expects it any more: after 26 hours it is not done, nor is what does not tell when it was."""
    monkeypatch.setattr(dispatching_module, "FIRST_WAIT", 0.0)
    first = House()
    for name in ("old", "timeless", "recent"):
        await first.take("button_in_message", trigger_id=name)
    await first.finish()
    ages = {
        "old": b"2026-03-17T06:59:00+00:00",
        "timeless": b"2026-03-18T09:00:00",
        "recent": b"2026-03-17T07:01:00+00:00",
    }
    kept = {name: first.inbox.acts[name].replace(b"2026-03-18T09:00:00+00:00", at) for name, at in ages.items()}
    second = House(inbox=MemoryInbox(kept))
    assert await second.dispatcher.resume() == 1
    assert await second.finish() == ["save"]
    assert [act.id for act in second.handlers.acts] == ["recent"]
    assert sorted(second.inbox.finished) == ["old", "recent", "timeless"]


async def test_what_is_done_is_let_go_of_as_soon_as_the_store_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it is away, so that a restart does not do it again."""
    monkeypatch.setattr(dispatching_module, "FIRST_WAIT", 0.0)
    house = House()
    tries = list[str]()
    done = house.inbox.done

    async def busy(workspace: str, act_id: str) -> None:
        tries.append(act_id)
        house.inbox.is_away = len(tries) < 4
        await done(workspace, act_id)

    monkeypatch.setattr(house.inbox, "done", busy)
    await house.take("button_in_message", trigger_id="1")
    await house.finish()
    assert tries == ["1"] * 4
    assert house.inbox.finished == ["1"]


async def _never(_act: Act, _reply: Reply) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("hangs", [False, True])
@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("event_direct_message", 500, {}),
        ("command", 200, {"response_type": "ephemeral", "text": UNREADY}),
        ("button_in_message", 200, {}),
        ("submission", 200, {"response_action": "errors", "errors": {"bar": UNREADY}}),
        ("shortcut_on_message", 200, {}),
    ],
)
async def test_without_a_store_everybody_is_told_within_a_second(
    monkeypatch: pytest.MonkeyPatch, name: str, status: int, body: dict[str, Any], hangs: bool
) -> None:
    """Slack shall send events again; a person reads a sentence where the act was done. Nothing is done."""
    monkeypatch.setattr(dispatching_module, "KEEP_SECONDS", 0.05)
    house = House(inbox=MemoryInbox(is_away=True, hangs=hangs))
    house.handlers.kept = frozenset({"message", "/papers", "save", "settings", "find_similar"})
    begun = time.monotonic()
    assert await house.take(name) == (status, body)
    assert time.monotonic() - begun < 0.5
    assert await house.finish() == []
    told = [("whisper", "C0PAPERS01", ADA, UNREADY, None)] if status == 200 and not body else []
    assert house.voice.said == told


async def test_a_full_store_is_no_store_that_is_away() -> None:
    """Trying again in a minute would not help, so nobody is asked to."""
    house = House(inbox=MemoryInbox(is_full=True))
    house.handlers.kept = frozenset({"/papers"})
    assert await house.take("command") == (200, {"response_type": "ephemeral", "text": FULL})
    assert await house.finish() == []


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (StoreUnreachable("Nobody answers at unix:///srv/s.sock: start the store there.", cause="refused"), AWAY),
        (StoreFull("The store at redis://db:6379 is out of memory.", cause="OOM"), FULL_READING),
        (StoreError("The store at redis://db:6379 refused: ERR.", cause="ERR"), HOSTS),
        (StoreConflict("Another process gave this store another model: restart this one."), HOSTS),
        (ModelMissing("The model is not on this machine: run paperbot install."), HOSTS),
        (IndexDamaged("The files in /srv/index cannot be read."), HOSTS),
        (FolderError("/srv/inbox cannot be written."), HOSTS),
        (UserError("You follow nothing of this name."), "You follow nothing of this name."),
        (
            NotifierRefused("I am not in that channel.", code="not_in_channel", concerns=Concerns.READER),
            "I am not in that channel.",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_nobody_is_told_the_hosts_business(
    failure: PaperbotError, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Addresses, folders and orders to the host stand in the log; a person reads a plain sentence."""
    caplog.set_level(logging.INFO)
    house = House()

    async def fail(_act: Act, _reply: Reply) -> None:
        raise failure

    house.handlers.run = fail
    await house.take("command", text="interests")
    await house.finish()
    assert [said[3] for said in house.voice.said] == [told]
    assert failure.cause in caplog.text


async def test_what_a_person_waits_for_is_done_in_haste() -> None:
    """The store has a second then; what an earlier process left, and the end of the app, have all the time there is."""
    house = House()
    hurried = dict[str, bool]()

    async def look(act: Act, _reply: Reply) -> None:
        hurried[act.name] = house.inbox.is_hurried

    house.handlers.run = look
    for name in ("command", "event_tokens_revoked"):
        await house.take(name)
        await house.finish()
    assert hurried == {"/papers": True, "tokens_revoked": False}


async def test_an_act_kept_without_our_knowing_is_still_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store took it and its answer was lost: Slack's repetition finds it there, and it is done once."""
    monkeypatch.setattr(dispatching_module, "KEEP_SECONDS", 0.05)
    house = House(inbox=MemoryInbox(is_away=True, is_done_anyway=True))
    assert await house.take("event_direct_message") == (500, {})
    house.inbox.is_away = False
    assert await house.take("event_direct_message") == (200, {})
    assert await house.take("event_direct_message") == (200, {})
    assert await house.finish() == ["message"]


@pytest.mark.parametrize(
    ("name", "failing", "told", "is_done"),
    [
        ("event_direct_message", "", [("post", "D0ADA00001", AWAY, None)], True),
        ("event_direct_message", "post", [], False),
        ("event_tokens_revoked", "", [], False),
    ],
)
async def test_an_act_that_the_store_broke_is_done_again_unless_somebody_was_told(
    name: str, failing: str, told: list[tuple[Any, ...]], is_done: bool
) -> None:
    """Who reads that it failed does it again; what nobody knows of is tried once more by the next process."""
    house = House()
    if failing:
        house.voice.failures = {failing: NotifierRefused("Gone.", code="x", concerns=Concerns.MESSAGE)}

    async def fail(_act: Act, _reply: Reply) -> None:
        raise StoreUnreachable("The store cannot be reached: try again.", cause="away")

    house.handlers.run = fail
    await house.take(name)
    await house.finish()
    assert house.voice.said == told
    assert house.inbox.finished == (["Ev0001"] if is_done else [])


async def test_another_workspaces_act_is_acknowledged_and_not_done(caplog: pytest.LogCaptureFixture) -> None:
    """The envelope says whose it is; a value or private_metadata cannot."""
    house = House()
    elsewhere: dict[str, Any] = {"team_id": "T0OTHER001", "team": {"id": "T0OTHER001"}, "authorizations": []}
    for name in ("button_in_message", "submission", "event_direct_message"):
        assert await house.take(name, **elsewhere) == (200, {})
    # Who types a command is told why nothing comes of it.
    told = {"response_type": "ephemeral", "text": ELSEWHERE}
    assert await house.take("command", text="follow kelp", **elsewhere) == (200, told)
    assert await house.finish() == []
    assert house.inbox.acts == {}
    assert house.voice.said == []
    assert caplog.text.count("another workspace") == 4


async def test_a_forged_workspace_in_a_value_changes_nothing() -> None:
    """Values and metadata are only values."""
    house = House()
    action = {"type": "button", "action_id": "save", "block_id": "b", "value": "T0OTHER001/U0EVE00001"}
    await house.take("button_in_message", actions=[action])
    await house.finish()
    assert str(house.handlers.acts[0].reader) == f"{TEAM}/{ADA}"


async def test_what_nobody_handles_is_acknowledged() -> None:
    """Closed views, changed messages, bots' messages, unknown types; an asked-for list of options is empty."""
    house = House()
    for name in ("view_closed", "event_message_changed", "event_message_of_a_bot"):
        assert await house.take(name) == (200, {})
    assert await house.take("view_closed", type="something_new") == (200, {})
    assert await house.take("suggestion") == (200, {"options": []})
    assert await house.finish() == []


async def test_a_modal_with_mistakes_stays_open() -> None:
    """What is wrong stands below its field, and nothing is done."""
    house = House(handlers=Handlers(faults={"zone": "There is no such zone."}))
    errors = {"response_action": "errors", "errors": {"zone": "There is no such zone."}}
    assert await house.take("submission") == (200, errors)
    assert await house.finish() == []
    assert house.inbox.acts == {}


async def test_a_refusal_is_told_as_it_is() -> None:
    """The sentence of the error goes to the person."""
    house = House()

    async def refuse(_act: Act, _reply: Reply) -> None:
        raise BadFilter("There is no year <3000>.")

    house.handlers.run = refuse
    await house.take("event_direct_message")
    await house.finish()
    assert house.voice.said == [("post", "D0ADA00001", "There is no year &lt;3000&gt;.", None)]
    assert house.inbox.finished == ["Ev0001"]


async def test_a_mistake_of_ours_is_told_with_a_reference(caplog: pytest.LogCaptureFixture) -> None:
    """The person and the log have the same reference; the person sees no cause, the log no payload."""
    house = House()

    async def break_down(_act: Act, _reply: Reply) -> None:
        raise RuntimeError("the cause")

    house.handlers.run = break_down
    await house.take("command", text="a private question")
    await house.finish()
    (_, _, _, told, _) = house.voice.said[0]
    reference = told.split("(reference ")[1][:8]
    assert told.startswith("Something went wrong on our side (reference ")
    assert "the cause" not in told
    assert f"reference={reference}" in caplog.text
    assert "RuntimeError: the cause" in caplog.text
    assert "a private question" not in caplog.text


async def test_what_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The person is told, and the person's next click is served."""
    monkeypatch.setattr(doing_module, "LONGEST_SECONDS", 0.01)
    house = House(handlers=Handlers(_never))
    await house.take("button_in_message", trigger_id="1")
    await house.take("button_in_message", trigger_id="2")
    assert await house.finish() == ["save", "save"]
    assert [said[3][:20] for said in house.voice.said] == ["Something went wrong"] * 2
    assert "TimeoutError" in caplog.text


async def test_failing_to_tell_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """When Slack takes not even the sentence, the log has it."""
    house = House()
    gone = NotifierRefused("Gone.", code="account_inactive", concerns=Concerns.WORKSPACE)
    house.voice.failures = {"whisper": gone, "send": gone, "post": gone}

    async def answer(_act: Act, reply: Reply) -> None:
        await reply.answer(Message("x"))

    house.handlers.run = answer
    await house.take("command")
    await house.finish()
    assert "could not be told" in caplog.text


async def test_nobody_is_written_to_for_what_nobody_asked() -> None:
    """A failure at an opened Home or a changed user is only logged."""
    house = House()

    async def refuse(_act: Act, _reply: Reply) -> None:
        raise BadFilter("No.")

    house.handlers.run = refuse
    for name in ("event_home", "event_user_change", "event_tokens_revoked", "event_channel_archived"):
        await house.take(name, event_id=name)
    assert len(await house.finish()) == 4
    assert house.voice.said == []


@pytest.mark.parametrize("wakes_at_once", [False, True])
async def test_who_waits_for_the_model_is_told(monkeypatch: pytest.MonkeyPatch, wakes_at_once: bool) -> None:
    """Once, after a while, and only if the model is still asleep; then the answer comes."""
    monkeypatch.setattr(doing_module, "WAKING_SECONDS", 0.01)
    house = House(is_awake=False)

    async def wait(_act: Act, reply: Reply) -> None:
        house.is_awake = wakes_at_once
        await asyncio.sleep(0.05)
        await reply.answer(Message("found"))

    house.handlers.run = wait
    await house.take("command")
    await house.finish()
    assert [said[3] for said in house.voice.said] == (["found"] if wakes_at_once else [WAKING, "found"])


async def test_waking_up_is_no_news_to_who_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reactions and opened Homes wait in silence."""
    monkeypatch.setattr(doing_module, "WAKING_SECONDS", 0.0)
    house = House(is_awake=False)

    async def wait(_act: Act, _reply: Reply) -> None:
        await asyncio.sleep(0.02)

    house.handlers.run = wait
    await house.take("event_reaction")
    await house.finish()
    assert house.voice.said == []


async def test_one_persons_clicks_are_done_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each after the one before, so the last one wins; other people do not wait, and questions not for long."""
    monkeypatch.setattr(turns, "CLICK_SECONDS", 0.05)
    house = House()
    release, log = asyncio.Event(), list[str]()

    async def work(act: Act, _reply: Reply) -> None:
        if act.id == "1":
            await release.wait()
        log.append(act.id)

    house.handlers.run = work
    await house.take("button_in_message", trigger_id="1")
    await house.take("button_in_message", trigger_id="2")
    await house.take("command", trigger_id="3")
    await house.take("button_in_message", trigger_id="4", user={"id": "U0BOB00001", "team_id": TEAM})
    async with asyncio.timeout(5):
        while len(log) < 2:  # noqa: ASYNC110 - a few rounds of the loop
            await asyncio.sleep(0)
    assert log == ["4", "3"]
    release.set()
    await house.finish()
    assert log == ["4", "3", "1", "2"]


@pytest.mark.parametrize(("is_awake", "order"), [(False, ["home_follow", "app_home_opened"]), (True, [])])
async def test_home_that_waits_for_the_model_holds_up_no_button(is_awake: bool, order: list[str]) -> None:
    """While it is loaded a window opens at once; afterwards Home is shown before what is clicked next."""
    house = House(is_awake=is_awake)
    release, log = asyncio.Event(), list[str]()

    async def work(act: Act, _reply: Reply) -> None:
        if act.name == "app_home_opened":
            await release.wait()
        log.append(act.name)

    house.handlers.run = work
    await house.take("event_home")
    await house.take("button_in_home")
    for _ in range(20):
        await asyncio.sleep(0)
    assert log == order[:1]
    release.set()
    await house.finish()
    assert log == (order or ["app_home_opened", "home_follow"])


async def test_a_question_right_after_a_click_sees_what_it_made() -> None:
    """Who saves a paper and asks for the reading list at once finds it there."""
    house = House()
    log = list[str]()

    async def work(act: Act, _reply: Reply) -> None:
        for _ in range(0 if act.id == "2" else 20):
            await asyncio.sleep(0)
        log.append(act.id)

    house.handlers.run = work
    await house.take("button_in_message", trigger_id="1")
    await house.take("command", trigger_id="2")
    await house.finish()
    assert log == ["1", "2"]


async def test_only_so_much_is_taken_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many at once, so many under way; beyond that people are told and events come again."""
    monkeypatch.setattr(dispatching_module, "MOST_UNDER_WAY", 3)
    house = House()
    house.dispatcher.slots = asyncio.Semaphore(2)
    house.handlers.run = _never
    for number in range(3):
        assert await house.take("command", trigger_id=str(number)) == (200, {})
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(house.handlers.acts) == 2
    assert await house.take("command", trigger_id="3") == (200, {"response_type": "ephemeral", "text": BUSY})
    assert await house.take("event_mention") == (500, {})
    await house.dispatcher.stop(0)


async def test_one_persons_questions_leave_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of one person's are worked on at once, and so many taken; other people are answered all the while."""
    monkeypatch.setattr(dispatching_module, "MOST_OF_ONE", 6)
    house = House(handlers=Handlers(_never))
    house.dispatcher.slots = asyncio.Semaphore(5)
    for number in range(6):
        assert await house.take("command", trigger_id=str(number)) == (200, {})
    assert await house.take("command", trigger_id="6") == (200, {"response_type": "ephemeral", "text": BUSY})
    assert await house.take("event_direct_message") == (500, {})
    assert await house.take("command", trigger_id="7", user_id="U0BOB00001") == (200, {})
    for _ in range(5):
        await asyncio.sleep(0)
    assert [act.id for act in house.handlers.acts] == ["0", "1", "2", "3", "7"]
    await house.dispatcher.stop(0)
    assert house.dispatcher.under_way.of(house.handlers.acts[0].reader) == 0


async def test_nothing_is_written_after_an_uninstall() -> None:
    """What is under way, waits or is being kept when the app is removed is broken off before everything is deleted."""
    house, log = House(), list[str]()

    async def work(act: Act, _reply: Reply) -> None:
        try:
            await asyncio.sleep(0 if act.name == "app_uninstalled" else 60)
        finally:
            log.append(f"{act.name} {act.id}")

    house.handlers.run = work
    for number in ("1", "2"):
        await house.take("button_in_message", trigger_id=number)
    await asyncio.sleep(0)
    taking = asyncio.create_task(house.take("button_in_message", trigger_id="3"))
    await house.take("event_tokens_revoked", event={"type": "app_uninstalled"})
    await house.finish()
    assert await taking == (200, {})
    await house.finish()
    assert log == ["save 1", "app_uninstalled Ev0001"]
    assert house.voice.is_revoked


@pytest.mark.parametrize("failure", [AlreadyFollowed("You follow it already."), UnknownInterest("You follow no such.")])
async def test_what_was_done_before_a_crash_is_not_refused_afterwards(failure: UserError) -> None:
    """Done, and not let go of: who did it is not told that it cannot be done, and it is let go of now."""

    async def refuse(_act: Act, _reply: Reply) -> None:
        raise failure

    first = House(handlers=Handlers(_never))
    await first.take("button_in_message")
    await first.dispatcher.stop(0)
    second = House(handlers=Handlers(refuse), inbox=first.inbox)
    assert await second.dispatcher.resume() == 1
    await second.finish()
    assert second.voice.said == []
    assert list(second.inbox.acts) == second.inbox.finished
    await second.take("button_in_message", trigger_id="another")
    await second.finish()
    assert len(second.voice.said) == 1


async def test_stopping_finishes_what_it_can() -> None:
    """What ends in time is done and let go of; the rest is broken off and stays kept; new acts are turned away."""
    house = House()

    async def work(act: Act, _reply: Reply) -> None:
        await asyncio.sleep(0.01 if act.id == "short" else 60)

    house.handlers.run = work
    await house.take("button_in_message", trigger_id="short")
    await house.take("button_in_message", trigger_id="long", user={"id": "U0BOB00001", "team_id": TEAM})
    await house.dispatcher.stop(0.1)
    assert house.inbox.finished == ["short"]
    assert list(house.inbox.acts) == ["short", "long"]
    assert await house.take("command") == (200, {"response_type": "ephemeral", "text": STARTING})
    assert await house.take("event_direct_message") == (500, {})


async def test_before_slack_told_who_we_are_nothing_is_taken() -> None:
    """Right after the start, while Slack is away."""
    house = House(workspace="")
    assert await house.take("command") == (200, {"response_type": "ephemeral", "text": STARTING})
    assert await house.take("event_direct_message") == (500, {})


@pytest.mark.parametrize(
    ("changes", "is_gone"),
    [
        ({"event": {"type": "app_uninstalled"}}, True),
        ({}, True),
        ({"event": {"type": "tokens_revoked", "tokens": {"oauth": [ADA], "bot": []}}}, False),
    ],
)
async def test_after_an_uninstall_the_token_is_used_no_more(changes: dict[str, Any], is_gone: bool) -> None:
    """First the handlers purge, then the token is let go of; what comes later is acknowledged and not done."""
    house = House()

    async def purge(_act: Act, _reply: Reply) -> None:
        assert not house.voice.is_revoked

    house.handlers.run = purge
    await house.take("event_tokens_revoked", **changes)
    await house.finish()
    assert house.voice.is_revoked is is_gone
    house.handlers.acts.clear()
    assert (await house.take("button_in_message"))[0] == 200
    await house.take("event_tokens_revoked", event={"type": "app_uninstalled"}, event_id="Ev0002")
    assert await house.finish() == (["app_uninstalled"] if is_gone else ["save", "app_uninstalled"])


async def test_logs_name_acts_and_nothing_private(caplog: pytest.LogCaptureFixture) -> None:
    """Neither texts nor response URLs nor triggers stand in a log line."""
    house = House()
    url = "http://127.0.0.1:9/response/secret-path"
    with caplog.at_level(logging.DEBUG):
        for _ in range(2):
            await house.take("command", text="a private question", response_url=url)
        house.inbox.is_away = True
        await house.take("button_in_message")
        await house.finish()
    assert "seen before" in caplog.text
    for private in ("a private question", "secret-path", "1.2.abc"):
        assert private not in caplog.text


def test_ids_are_remembered_for_a_day_and_more() -> None:
    """Slack repeats an event for 24 hours; after 26 its id is forgotten, and never more than a hundred thousand stay."""
    moment = 0.0
    seen = Seen(lambda: moment)
    assert seen.add("Ev1")
    moment = 25 * 3600.0
    assert not seen.add("Ev1")
    moment = 27 * 3600.0
    assert seen.add("Ev1")
    assert all(seen.add(f"Ev{number}") for number in range(2, 150_000))
    assert not seen.add("Ev149999")
    assert seen.add("Ev2")
