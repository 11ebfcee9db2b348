"""Messages to Slack: what is sent, and what each of Slack's answers is taken for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.acts import Message
from bot.errors import Concerns, NotifierAmbiguous, NotifierError, NotifierRefused, NotifierUnavailable, SettingsError
from bot.models import Channel, Place, UserId
from bot.notify import BrokenOff, Posted
from bot.notify.slack import SlackNotifier
from bot.notify.sorting import LONGEST_WAIT, retry_after, sort_answer
from bot.settings import DeliverySettings, SlackSettings
from tests.slack_server import ADA, APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER, TEAM, Failure, SlackServer

READER = UserId(TEAM, ADA)
CHANNEL = "C0PAPERS01"
BLOCK = {"type": "section", "text": {"type": "mrkdwn", "text": "*Found*"}}
MESSAGE = Message("3 papers for you", (BLOCK,))


class Time:
    """Monotonic time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.at = 100.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


@pytest.fixture
async def slack() -> AsyncGenerator[SlackServer]:
    """A workspace."""
    async with SlackServer() as server:
        yield server


@pytest.fixture
def time() -> Time:
    """The time of ``notifier``."""
    return Time()


@pytest.fixture
async def notifier(slack: SlackServer, time: Time) -> AsyncGenerator[SlackNotifier]:
    """The door to that workspace."""
    settings = slack.settings()
    async with SlackNotifier(settings.slack, settings.delivery, now=time.now, sleep=time.sleep) as opened:
        yield opened


async def test_a_person_gets_a_direct_message(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Text and blocks go to the person's id, without previews, with the key in the metadata; the token is in no argument.

    It is one post: the message's thread is not sent.
    """
    posted = await notifier.send(READER, replace(MESSAGE, thread=(Message("more"),)), key="k1")
    assert slack.calls("chat.postMessage") == [
        {
            "channel": ADA,
            "text": "3 papers for you",
            "blocks": [BLOCK],
            "metadata": {"event_type": "paperbot", "event_payload": {"key": "k1"}},
            "unfurl_links": False,
            "unfurl_media": False,
        }
    ]
    assert posted == Posted(f"D{ADA[1:]}", "1700000000.000001")
    assert slack.received[0].token == BOT_TOKEN


async def test_a_rest_is_sent_into_the_thread_of_its_head(notifier: SlackNotifier, slack: SlackServer) -> None:
    """In the conversation that Slack named for the head."""
    await notifier.send(READER, MESSAGE, key="k2", parent=Place("D1", "1.1"))
    [call] = slack.calls("chat.postMessage")
    assert (call["channel"], call["thread_ts"]) == ("D1", "1.1")
    assert call["metadata"]["event_payload"] == {"key": "k2"}


async def test_what_a_person_asked_for_is_posted_with_its_thread(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Each further message hangs below the first, in the conversation that Slack named."""
    posted = await notifier.post(ADA, Message("one", thread=(Message("two"), Message("three"))))
    calls = slack.calls("chat.postMessage")
    assert [call.get("thread_ts") for call in calls] == [None, posted.ts, posted.ts]
    assert [call["channel"] for call in calls] == [ADA, posted.channel, posted.channel]
    assert posted.thread == ("1700000000.000002", "1700000000.000003")


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (Failure(500), NotifierAmbiguous),
        (Failure.limited(3_600), NotifierUnavailable),
        (Failure.error("is_archived"), NotifierRefused),
    ],
)
async def test_a_thread_that_breaks_off_leaves_what_was_sent(
    notifier: SlackNotifier, slack: SlackServer, failure: Failure, why: type[NotifierError]
) -> None:
    """The message stands; who sent it sees how far its thread came, and why no further."""
    slack.answers["chat.postMessage"] = [{"channel": "D1", "ts": "1.1"}, {"channel": "D1", "ts": "1.2"}]
    sending = Message("one", thread=(Message("two"), Message("three")))
    slack.fail("chat.postMessage", Failure(is_done=True, body='{"ok": true, "channel": "D1", "ts": "1.1"}'))
    slack.fail("chat.postMessage", failure)
    posted = await notifier.post(ADA, sending)
    assert (posted.channel, posted.ts, posted.thread, type(posted.ended)) == ("D1", "1.1", (), why)
    assert len(slack.calls("chat.postMessage")) == 2


async def test_who_is_stopped_while_waiting_for_a_turn_knows_that_nothing_was_sent(slack: SlackServer) -> None:
    """Be it for the workspace's pace or because Slack asked to wait; of a message under way nobody knows."""
    waits = asyncio.Event()

    async def sleep(_: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    async def stopped(sending: Message, begun: asyncio.Event) -> BrokenOff | None:
        begun.clear()
        task = asyncio.create_task(notifier.post(ADA, sending))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        return BrokenOff.told(caught.value)

    async with SlackNotifier(slack.settings().slack, DeliverySettings(), now=lambda: 100.0, sleep=sleep) as notifier:
        slack.fail("chat.postMessage", Failure.limited(5))
        assert await stopped(MESSAGE, waits) == BrokenOff()
    async with SlackNotifier(slack.settings().slack, DeliverySettings(), now=lambda: 100.0, sleep=sleep) as notifier:
        known = await stopped(Message("one", thread=(Message("two"),)), waits)
        assert known is not None
        assert known.posted is not None
        assert (known.posted.thread, type(known.posted.ended)) == ((), NotifierUnavailable)
        assert await stopped(MESSAGE, waits) == BrokenOff()


async def test_a_stop_while_waiting_is_a_timeout_like_any_other(slack: SlackServer) -> None:
    """Whoever gives posting so much time gets a TimeoutError when it is over."""

    async def sleep(_: float) -> None:
        await asyncio.Event().wait()

    async with SlackNotifier(slack.settings().slack, DeliverySettings(), now=lambda: 100.0, sleep=sleep) as notifier:
        await notifier.post(CHANNEL, MESSAGE)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await notifier.post(CHANNEL, MESSAGE)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Failure.error("internal_error"), NotifierAmbiguous),
        (Failure.error("fatal_error"), NotifierAmbiguous),
        (Failure.error("service_unavailable"), NotifierAmbiguous),
        (Failure(500), NotifierAmbiguous),
        (Failure(502, "<html>Bad Gateway</html>"), NotifierAmbiguous),
        (Failure(503, '{"ok": false}'), NotifierAmbiguous),
        (Failure(200, "<html>a proxy's page</html>"), NotifierAmbiguous),
        (Failure(200, '{"ok": tru'), NotifierAmbiguous),
        (Failure(200, '["ok"]'), NotifierAmbiguous),
        (Failure(broken="before"), NotifierAmbiguous),
        (Failure(broken="after"), NotifierAmbiguous),
        (Failure(broken="hang"), NotifierAmbiguous),
        (Failure.error("request_timeout"), NotifierUnavailable),
        (Failure(404, "<html>Not here</html>"), NotifierUnavailable),
        (Failure.limited(3_600), NotifierUnavailable),
        (Failure.error("is_archived"), NotifierRefused),
        (Failure.error("no_such_word"), NotifierRefused),
    ],
)
async def test_posting_is_never_repeated_by_itself(
    notifier: SlackNotifier, slack: SlackServer, failure: Failure, kind: type[NotifierError]
) -> None:
    """One call, whatever happens to it, and the outcome says whether it may have been done."""
    slack.fail("chat.postMessage", failure)
    with pytest.raises(kind) as caught:
        await notifier.post(CHANNEL, MESSAGE)
    assert type(caught.value) is kind
    assert len(slack.calls("chat.postMessage")) == 1
    assert BOT_TOKEN not in f"{caught.value} {caught.value.cause}"


async def test_nobody_there_is_not_sent() -> None:
    """A refused connection means that nothing was sent."""
    settings = SlackSettings(bot_token=SecretStr(BOT_TOKEN), api_url="http://127.0.0.1:9/api/")
    async with SlackNotifier(settings, DeliverySettings()) as notifier:
        with pytest.raises(NotifierUnavailable):
            await notifier.post(CHANNEL, MESSAGE)


@pytest.mark.parametrize(
    ("code", "concerns"),
    [
        ("account_inactive", Concerns.WORKSPACE),
        ("missing_scope", Concerns.WORKSPACE),
        ("messages_tab_disabled", Concerns.WORKSPACE),
        ("channel_not_found", Concerns.READER),
        ("is_archived", Concerns.READER),
        ("restricted_action_thread_only_channel", Concerns.READER),
        ("invalid_metadata_format", Concerns.MESSAGE),
        ("some_new_word", Concerns.MESSAGE),
    ],
)
def test_a_refusal_says_whom_it_concerns(code: str, concerns: Concerns) -> None:
    """The workspace's token, the reader, or this message only."""
    failure = sort_answer("chat.postMessage", 200, {}, {"ok": False, "error": code})
    assert isinstance(failure, NotifierRefused)
    assert (failure.code, failure.concerns) == (code, concerns)
    assert failure.sentence.endswith(".")


def test_the_cause_tells_where_slack_finds_fault() -> None:
    """The place in the blocks, or the scope that is missing, stands in the log's cause and not in the sentence."""
    data = {
        "ok": False,
        "error": "invalid_blocks",
        "response_metadata": {"messages": ["[ERROR] too long [json-pointer:/blocks/0]"]},
    }
    assert "json-pointer:/blocks/0" in sort_answer("chat.postMessage", 200, {}, data).cause
    data = {"ok": False, "error": "missing_scope", "needed": "files:write"}
    assert "files:write" in sort_answer("x", 200, {}, data).cause


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "-4"}, 0.0),
        ({"Retry-After": "1000000"}, LONGEST_WAIT),
        ({"Retry-After": "inf"}, LONGEST_WAIT),
        ({"Retry-After": "nan"}, LONGEST_WAIT),
        ({"Retry-After": "Wed, 18 Mar 2026 09:00:30 GMT", "Date": "Wed, 18 Mar 2026 09:00:00 GMT"}, 30.0),
        ({"Retry-After": "Wed, 18 Mar 2026 09:00:30 GMT"}, 1.0),
        ({"Retry-After": "soon"}, 1.0),
        ({}, 1.0),
    ],
)
def test_retry_after_is_read_however_it_is_written(headers: dict[str, str], seconds: float) -> None:
    """A number, a date beside the answer's own, nonsense or nothing; never more than fifteen minutes."""
    assert retry_after(headers) == seconds


async def test_a_short_wait_is_waited_once(notifier: SlackNotifier, slack: SlackServer, time: Time) -> None:
    """Slack says that it did not take what a person asked for, so it is posted again after the time Slack asked for."""
    slack.fail("chat.postMessage", Failure.limited(2), Failure.limited(3), Failure.limited(3))
    with pytest.raises(NotifierUnavailable):
        await notifier.post(CHANNEL, MESSAGE)
    assert len(slack.calls("chat.postMessage")) == 2
    assert sum(time.slept) == pytest.approx(2.0)
    time.at += 3
    await notifier.post(CHANNEL, MESSAGE)
    assert len(slack.calls("chat.postMessage")) == 4


async def test_a_queued_message_is_tried_once(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Whoever queued it knows better than to wait: it hears how long that would be."""
    slack.fail("chat.postMessage", Failure.limited(2))
    with pytest.raises(NotifierUnavailable) as caught:
        await notifier.send(READER, MESSAGE, key="k")
    assert caught.value.retry_after == 2.0
    assert len(slack.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("form", ["600", "600.5", "1000000", "inf", "Wed, 18 Mar 2026 09:10:00 GMT", "0", "soon", None])
async def test_a_method_in_its_pause_is_left_alone(
    notifier: SlackNotifier, slack: SlackServer, time: Time, form: str | None
) -> None:
    """However it is asked for, and at most 15 minutes; other methods go on. A long wait is not waited."""
    headers = {"Date": "Wed, 18 Mar 2026 09:00:00 GMT"} | ({"Retry-After": form} if form else {})
    slack.fail("chat.postMessage", Failure(429, "{}", headers))
    with pytest.raises(NotifierUnavailable) as caught:
        await notifier.send(READER, MESSAGE, key="k")
    pause = caught.value.retry_after or 0.0
    assert pause == {"600": 600, "600.5": 600.5, "0": 0, "soon": 1, None: 1, "inf": 900, "1000000": 900}.get(form, 600)
    await notifier.whisper(CHANNEL, ADA, MESSAGE)
    assert time.slept == []
    for _ in range(3 if pause > 15 else 0):
        with pytest.raises(NotifierUnavailable) as caught:
            await notifier.send(READER, MESSAGE, key="k")
        assert caught.value.retry_after == pytest.approx(pause)
    assert len(slack.calls("chat.postMessage")) == 1
    time.at += pause
    await notifier.send(READER, MESSAGE, key="k")
    assert len(slack.calls("chat.postMessage")) == 2
    assert time.slept == []


async def test_who_waits_for_a_click_waits_two_seconds_at_most(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Answers to clicks have less patience than digests, and opening a view has none: its trigger dies."""
    slack.fail("chat.postEphemeral", Failure.limited(10))
    slack.fail("views.open", Failure.limited(1))
    with pytest.raises(NotifierUnavailable):
        await notifier.whisper(CHANNEL, ADA, MESSAGE)
    with pytest.raises(NotifierUnavailable):
        await notifier.open_view("1.2", {"type": "modal"})
    assert len(slack.calls("chat.postEphemeral")) == len(slack.calls("views.open")) == 1


async def test_blocks_that_slack_refuses_are_said_as_text(notifier: SlackNotifier, slack: SlackServer) -> None:
    """The person still gets the words."""
    slack.fail("chat.postMessage", Failure.error("invalid_blocks"))
    await notifier.post(CHANNEL, MESSAGE)
    assert slack.calls("chat.postMessage")[1] == {
        "channel": CHANNEL,
        "text": "3 papers for you",
        "unfurl_links": False,
        "unfurl_media": False,
    }


async def test_a_picture_that_slack_refuses_leaves_the_other_blocks(
    notifier: SlackNotifier, slack: SlackServer
) -> None:
    """Slack may not have looked through it yet."""
    picture = {"type": "image", "slack_file": {"id": "F0000000001"}, "alt_text": "7 seen, 2 sent"}
    slack.fail("chat.postMessage", Failure.error("invalid_blocks"))
    await notifier.send(READER, Message("The week", (BLOCK, picture)), key="k")
    assert [call["blocks"] for call in slack.calls("chat.postMessage")] == [[BLOCK, picture], [BLOCK]]
    assert len(slack.messages) == 1


async def test_a_dead_token_is_not_tried_again_at_once(notifier: SlackNotifier, slack: SlackServer, time: Time) -> None:
    """For a minute everything is refused without a call; then Slack may have changed its mind."""
    slack.fail("chat.postMessage", Failure.error("account_inactive"))
    for _ in range(3):
        with pytest.raises(NotifierRefused) as caught:
            await notifier.post(CHANNEL, MESSAGE)
        assert caught.value.concerns is Concerns.WORKSPACE
    assert (len(slack.received), notifier.is_refused) == (1, True)
    time.at += 61
    await notifier.post(CHANNEL, MESSAGE)
    assert not notifier.is_refused
    notifier.revoke()
    time.at += 1_000_000
    with pytest.raises(NotifierRefused):
        await notifier.post(CHANNEL, MESSAGE)
    assert len(slack.received) == 2


@pytest.mark.parametrize("late", [Failure(200, '{"ok": true}'), Failure.error("invalid_auth")])
async def test_a_token_that_is_taken_away_during_a_call_stays_so(
    notifier: SlackNotifier, slack: SlackServer, time: Time, monkeypatch: pytest.MonkeyPatch, late: Failure
) -> None:
    """The answer that was under way, good or bad, does not bring it back."""
    ask: Any = AsyncWebClient.api_call  # pyright: ignore[reportUnknownVariableType] - slack_sdk leaves it open

    async def meanwhile(client: AsyncWebClient, *arguments: Any, **named: Any) -> Any:
        notifier.revoke()
        return await ask(client, *arguments, **named)

    monkeypatch.setattr(AsyncWebClient, "api_call", meanwhile)
    slack.fail("chat.postMessage", late)
    with suppress(NotifierRefused):
        await notifier.post(CHANNEL, MESSAGE)
    time.at += 1_000_000
    with pytest.raises(NotifierRefused):
        await notifier.post(CHANNEL, MESSAGE)
    assert len(slack.received) == 1


async def test_views_are_opened_changed_and_published(notifier: SlackNotifier, slack: SlackServer) -> None:
    """The ids of opened ones come back; each call says what Slack needs and no more."""
    view: dict[str, Any] = {"type": "modal", "blocks": []}
    assert await notifier.open_view("1.2", view) == "V1"
    assert await notifier.push_view("1.3", view) == "V2"
    await notifier.update_view("V1", view)
    await notifier.publish_view(ADA, view)
    assert slack.calls("views.open") == [{"trigger_id": "1.2", "view": view}]
    assert slack.calls("views.update") == [{"view_id": "V1", "view": view}]
    assert slack.calls("views.publish") == [{"user_id": ADA, "view": view}]


async def test_a_message_is_amended(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Without blocks, those that were there are taken away."""
    await notifier.amend("D1", "1.1", MESSAGE)
    await notifier.amend("D1", "1.1", Message("gone"))
    first, second = slack.calls("chat.update")
    assert first == {"channel": "D1", "ts": "1.1", "text": "3 papers for you", "blocks": [BLOCK]}
    assert second == {"channel": "D1", "ts": "1.1", "text": "gone", "blocks": []}


async def test_a_file_goes_to_the_direct_message(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Its bytes are uploaded first, so that a title without a file is never left standing."""
    await notifier.upload(ADA, "saved.bib", "Your reading list", b"@misc{}")
    assert slack.uploads == [b"@misc{}"]
    assert slack.calls("files.getUploadURLExternal") == [{"filename": "saved.bib", "length": "7"}]
    assert slack.calls("files.completeUploadExternal")[0]["channel_id"] == f"D{ADA[1:]}"
    assert [call.method for call in slack.received][1] == "chat.postMessage"


async def test_a_picture_is_uploaded_and_shown_nowhere(notifier: SlackNotifier, slack: SlackServer) -> None:
    """A block shows it by its id; with what it says for who cannot see it."""
    assert await notifier.upload_image("week.png", "7 seen, 2 sent", b"PNG") == "F0000000001"
    assert slack.uploads == [b"PNG"]
    assert slack.calls("files.getUploadURLExternal")[0]["alt_txt"] == "7 seen, 2 sent"
    [done] = slack.calls("files.completeUploadExternal")
    assert done == {"files": [{"id": "F0000000001", "title": "7 seen, 2 sent"}]}
    assert slack.messages == []


@pytest.mark.parametrize("failure", [Failure.error("missing_scope"), Failure(503), Failure(broken="before")])
async def test_without_a_picture_things_go_on(notifier: SlackNotifier, slack: SlackServer, failure: Failure) -> None:
    """Nothing is raised: a picture is never needed."""
    slack.fail("files.completeUploadExternal", failure)
    assert await notifier.upload_image("week.png", "7 seen, 2 sent", b"PNG") is None


async def test_links_are_unfurled(notifier: SlackNotifier, slack: SlackServer) -> None:
    """By message, or by the id that also stands for one not sent yet."""
    await notifier.unfurl(CHANNEL, "1.1", {"https://arxiv.org/abs/1": [BLOCK]})
    await notifier.unfurl("COMPOSER", "u", {"https://arxiv.org/abs/1": [BLOCK]}, unfurl_id="u", source="composer")
    unfurls = {"https://arxiv.org/abs/1": {"blocks": [BLOCK]}}
    assert slack.calls("chat.unfurl") == [
        {"channel": CHANNEL, "ts": "1.1", "unfurls": unfurls},
        {"unfurl_id": "u", "source": "composer", "unfurls": unfurls},
    ]


@pytest.mark.parametrize(
    ("user", "told"),
    [
        ({"tz": "Europe/Berlin", "is_owner": True}, ("Europe/Berlin", True, False, False, False, False)),
        ({"is_ultra_restricted": True}, (None, False, True, False, False, False)),
        ({"is_restricted": True, "deleted": True}, (None, False, True, False, True, False)),
        ({"is_bot": True, "tz": ""}, (None, False, False, True, False, False)),
        ({"team_id": "T0OTHER001"}, (None, False, False, False, False, True)),
        ({"is_stranger": True}, (None, False, False, False, False, True)),
        (
            {"team_id": "T0SISTER01", "enterprise_user": {"enterprise_id": "E1"}},
            (None, False, False, False, False, False),
        ),
    ],
)
async def test_the_directory_tells_who_somebody_is(
    notifier: SlackNotifier, slack: SlackServer, user: dict[str, Any], told: tuple[object, ...]
) -> None:
    """Zone, admin, guest, bot, deactivated, of another workspace; one of our organisation is ours."""
    slack.answers["auth.test"] = {"team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT_ID, "enterprise_id": "E1"}
    slack.answers["users.info"] = {"user": {"id": ADA, "team_id": TEAM} | user}
    person = await notifier.person(ADA)
    assert person is not None
    assert person.reader == READER
    found = (person.zone, person.is_admin, person.is_guest, person.is_bot, person.deleted, person.is_external)
    assert found == told


async def test_who_is_not_there_is_none(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Unknown people and conversations are None, other refusals are refusals."""
    slack.fail("users.info", Failure.error("user_not_found"), Failure.error("missing_scope"))
    slack.fail("conversations.info", Failure.error("channel_not_found"))
    assert await notifier.person("U0NOBODY01") is None
    assert await notifier.channel("C0NOWHERE1") is None
    with pytest.raises(NotifierRefused):
        await notifier.person("U0NOBODY01")


async def test_a_conversation_is_described(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Name, archived, ours; we are always in a direct message with us."""
    slack.answers["conversations.info"] = [
        {"channel": {"id": CHANNEL, "name": "papers", "is_archived": True, "is_member": True}},
        {"channel": {"id": "D1", "is_im": True}},
    ]
    assert await notifier.channel(CHANNEL) == Channel(CHANNEL, "papers", is_archived=True, is_member=True)
    assert await notifier.channel("D1") == Channel("D1", is_direct=True, is_member=True)


async def test_members_are_looked_through_page_by_page(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Until the user is found or the pages end; who cannot see the members does not find anybody."""
    pages = [
        {"members": ["U1"], "response_metadata": {"next_cursor": "more"}},
        {"members": [ADA], "response_metadata": {"next_cursor": "even more"}},
        {"members": ["U3"], "response_metadata": {"next_cursor": ""}},
    ]
    slack.answers["conversations.members"] = list(pages)
    assert await notifier.is_member(CHANNEL, ADA)
    assert [call.get("cursor") for call in slack.calls("conversations.members")] == [None, "more"]
    slack.answers["conversations.members"] = list(pages)
    assert await notifier.members(CHANNEL) == {"U1", ADA, "U3"}
    slack.answers["conversations.members"] = list(pages)
    assert not await notifier.is_member(CHANNEL, "U0NOBODY01")
    slack.fail("conversations.members", *[Failure.error("channel_not_found")] * 2)
    assert not await notifier.is_member(CHANNEL, ADA)
    with pytest.raises(NotifierRefused):
        await notifier.members(CHANNEL)


async def test_pages_that_do_not_end_are_no_answer(notifier: SlackNotifier, slack: SlackServer) -> None:
    """The same page for ever tells nobody who is not there."""
    slack.answers["conversations.members"] = {"members": ["U1"], "response_metadata": {"next_cursor": "more"}}
    for ask in (notifier.is_member(CHANNEL, ADA), notifier.members(CHANNEL)):
        with pytest.raises(NotifierUnavailable):
            await ask


async def test_reading_is_tried_once_more(notifier: SlackNotifier, slack: SlackServer) -> None:
    """What changes nothing may be asked twice; then it is not there for now."""
    slack.fail("users.info", Failure(500), Failure(broken="before"), Failure(500))
    with pytest.raises(NotifierUnavailable):
        await notifier.person(ADA)
    slack.answers["users.info"] = {"user": {"id": ADA}}
    assert await notifier.person(ADA) is not None


async def test_the_token_tells_who_it_is_once(notifier: SlackNotifier, slack: SlackServer) -> None:
    """Workspace, bot and scopes, asked once."""
    us = await notifier.identity()
    assert (us.team, us.team_name, us.bot_user, us.bot_id) == (TEAM, "Lab", BOT_USER, BOT_ID)
    assert us.scopes == {"chat:write", "commands", "users:read"}
    assert await notifier.identity() is us
    assert len(slack.calls("auth.test")) == 1


async def test_a_persons_token_is_refused(notifier: SlackNotifier, slack: SlackServer) -> None:
    """The bot needs a bot's token."""
    slack.answers["auth.test"] = {"team_id": TEAM, "user_id": ADA}
    with pytest.raises(NotifierRefused) as caught:
        await notifier.identity()
    assert caught.value.code == "not_allowed_token_type"


async def test_the_app_level_token_is_tried(notifier: SlackNotifier, slack: SlackServer) -> None:
    """With its own header; a refusal is told."""
    await notifier.app_token_works()
    assert slack.received[0].token == APP_TOKEN
    slack.fail("apps.connections.open", Failure.error("invalid_auth"))
    with pytest.raises(NotifierRefused):
        await notifier.app_token_works()


def test_without_a_token_there_is_no_notifier() -> None:
    """The setting to fill is named."""
    with pytest.raises(SettingsError, match=r"slack\.bot_token"):
        SlackNotifier(SlackSettings(), DeliverySettings())
