"""Answers reach the person: by the response URL while it works, else as a message."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.acts import Act, ActKind, Message, Surface
from bot.blocks import Card, card
from bot.errors import Concerns, NotifierAmbiguous, NotifierRefused, StoreUnreachable
from bot.models import UserId
from bot.slack.replying import SlackReply
from bot.slack.responding import Responder, ResponseUrl
from tests.fakes import paper
from tests.slack_fakes import Voices
from tests.slack_server import ADA, TEAM, Failure, SlackServer

AT = datetime(2026, 3, 18, 9, tzinfo=UTC)
CHANNEL, DIRECT = "C0PAPERS01", "D0ADA00001"
ADA_HERSELF = UserId(TEAM, ADA)
BLOCK = {"type": "section", "text": {"type": "mrkdwn", "text": "*Found*"}}
MESSAGE = Message("Found 3", (BLOCK,))
COMMAND = Act("1.2", ActKind.COMMAND, "/papers", UserId(TEAM, ADA), AT, channel=CHANNEL, trigger="1.2")
BUTTON = replace(COMMAND, kind=ActKind.BUTTON, name="save", message="17.1", surface=Surface.MESSAGE)
MENTION = replace(COMMAND, kind=ActKind.EVENT, name="app_mention", thread="17.1", trigger="", surface=Surface.MESSAGE)
REFUSED = NotifierRefused("Not in there.", code="not_in_channel", concerns=Concerns.READER)


@pytest.fixture
async def slack() -> AsyncGenerator[SlackServer]:
    """Response URLs."""
    async with SlackServer() as server:
        yield server


@pytest.fixture
async def responder() -> AsyncGenerator[Responder]:
    """What posts to them."""
    opened = Responder()
    yield opened
    await opened.close()


@pytest.fixture
def voice() -> Voices:
    """What says it otherwise."""
    return Voices()


async def test_an_answer_is_for_the_person_alone(slack: SlackServer, responder: Responder, voice: Voices) -> None:
    """Ephemeral, beside what is there, in the thread of the act; what follows comes one by one."""
    act = replace(BUTTON, response_url=slack.response_url(), thread="17.0")
    await SlackReply(act, voice, responder, voice.remember).answer(replace(MESSAGE, thread=(Message("and 2 more"),)))
    how = {"response_type": "ephemeral", "replace_original": False, "thread_ts": "17.0"}
    assert slack.responses == [
        ("r1", {"text": "Found 3", "blocks": [BLOCK], **how}),
        ("r1", {"text": "and 2 more", **how}),
    ]
    assert voice.said == []


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (COMMAND, ("whisper", CHANNEL, ADA, "Found 3", None)),
        (MENTION, ("whisper", CHANNEL, ADA, "Found 3", "17.1")),
        (replace(COMMAND, channel=DIRECT), ("post", DIRECT, "Found 3", None)),
        (replace(MENTION, channel=DIRECT), ("post", DIRECT, "Found 3", "17.1")),
        (replace(BUTTON, channel="", surface=Surface.HOME), ("send", ADA, "Found 3")),
        (replace(MENTION, channel=DIRECT, name="app_home_opened", surface=Surface.HOME), ("send", ADA, "Found 3")),
        (replace(BUTTON, channel="", kind=ActKind.SUBMISSION, surface=Surface.MODAL), ("send", ADA, "Found 3")),
    ],
)
async def test_without_a_response_url_it_goes_where_the_person_is(
    act: Act, said: tuple[Any, ...], responder: Responder, voice: Voices
) -> None:
    """In a channel seen by the person only, in a direct message as a message, from Home and modals as one too."""
    await SlackReply(act, voice, responder, voice.remember).answer(MESSAGE)
    assert voice.said == [said]


@pytest.mark.parametrize(
    "failure",
    [
        Failure(404, '{"ok": false, "error": "expired_url"}'),
        Failure(404, '{"ok": false, "error": "used_url"}'),
        Failure(500),
        Failure(429),
        Failure(broken="before"),
        Failure(302, headers={"Location": "http://169.254.169.254/"}),
    ],
)
async def test_a_response_url_that_fails_is_gone_around(
    slack: SlackServer, responder: Responder, voice: Voices, failure: Failure
) -> None:
    """Expired, used up, broken, redirected: the answer comes all the same."""
    slack.fail("response_url", failure)
    act = replace(COMMAND, response_url=slack.response_url())
    await SlackReply(act, voice, responder, voice.remember).answer(MESSAGE)
    assert slack.responses == []
    assert voice.said == [("whisper", CHANNEL, ADA, "Found 3", None)]


async def test_where_the_bot_is_not_it_writes_directly(responder: Responder, voice: Voices) -> None:
    """A channel that refuses it is no end; a dead token is."""
    voice.failures["whisper"] = REFUSED
    await SlackReply(COMMAND, voice, responder, voice.remember).answer(MESSAGE)
    assert voice.said == [("send", ADA, "Found 3")]
    voice.failures["whisper"] = NotifierRefused("Gone.", code="account_inactive", concerns=Concerns.WORKSPACE)
    with pytest.raises(NotifierRefused):
        await SlackReply(COMMAND, voice, responder, voice.remember).answer(MESSAGE)


async def test_blocks_that_are_refused_leave_the_words(slack: SlackServer, responder: Responder, voice: Voices) -> None:
    """As plain text through the same response URL."""
    slack.fail("response_url", Failure(400, "invalid_blocks"))
    act = replace(COMMAND, response_url=slack.response_url())
    await SlackReply(act, voice, responder, voice.remember).answer(MESSAGE)
    assert [body.get("blocks") for _, body in slack.responses] == [None]
    assert voice.said == []


async def test_a_response_url_is_used_five_times_in_half_an_hour(slack: SlackServer, responder: Responder) -> None:
    """Then it is left alone."""
    moment = 0.0
    url = ResponseUrl(responder, slack.response_url(), lambda: moment)
    for _ in range(5):
        assert url.is_usable
        await url.say(MESSAGE)
    assert not url.is_usable
    late = ResponseUrl(responder, slack.response_url(), lambda: moment)
    moment = 30 * 60.0
    assert not late.is_usable
    assert not ResponseUrl(responder, "file:///etc/passwd").is_usable
    assert "response/r1" not in repr(url)


async def test_a_sixth_answer_goes_another_way(slack: SlackServer, responder: Responder, voice: Voices) -> None:
    """Long answers do not end with the response URL."""
    reply = SlackReply(replace(COMMAND, response_url=slack.response_url()), voice, responder, voice.remember)
    await reply.answer(Message("1", thread=tuple(Message(str(number)) for number in range(2, 8))))
    assert [body["text"] for _, body in slack.responses] == ["1", "2", "3", "4", "5"]
    assert [said[3] for said in voice.said] == ["6", "7"]


async def test_a_message_is_replaced(slack: SlackServer, responder: Responder, voice: Voices) -> None:
    """Through the response URL; later by editing it; an ephemeral one that cannot be edited is answered."""
    await SlackReply(replace(BUTTON, response_url=slack.response_url()), voice, responder, voice.remember).replace(
        MESSAGE
    )
    assert slack.responses == [("r1", {"text": "Found 3", "blocks": [BLOCK], "replace_original": True})]
    await SlackReply(BUTTON, voice, responder, voice.remember).replace(MESSAGE)
    await SlackReply(replace(BUTTON, surface=Surface.EPHEMERAL), voice, responder, voice.remember).replace(MESSAGE)
    assert voice.said == [("amend", CHANNEL, "17.1", "Found 3"), ("whisper", CHANNEL, ADA, "Found 3", None)]


async def test_sharing_is_for_everybody(slack: SlackServer, responder: Responder, voice: Voices) -> None:
    """In the conversation as a message of ours, where the bot is not through the response URL, in the act's thread."""
    voice.failures["post"] = REFUSED
    act = replace(COMMAND, response_url=slack.response_url(), thread="17.0")
    await SlackReply(act, voice, responder, voice.remember).share(MESSAGE)
    how = {"response_type": "in_channel", "replace_original": False, "thread_ts": "17.0"}
    assert slack.responses == [("r1", {"text": "Found 3", "blocks": [BLOCK], **how})]
    with pytest.raises(NotifierRefused):
        await SlackReply(MENTION, voice, responder, voice.remember).share(MESSAGE)
    voice.failures.clear()
    await SlackReply(MENTION, voice, responder, voice.remember).share(MESSAGE)
    await SlackReply(replace(MENTION, channel=""), voice, responder, voice.remember).share(MESSAGE)
    assert voice.said == [("post", CHANNEL, "Found 3", "17.1"), ("send", ADA, "Found 3")]


async def test_nothing_is_shared_twice(slack: SlackServer, responder: Responder, voice: Voices) -> None:
    """What Slack refused is said another way; what it may have taken is not."""
    act = replace(COMMAND, response_url=slack.response_url())
    voice.failures["post"] = NotifierAmbiguous("Nobody knows.")
    with pytest.raises(NotifierAmbiguous):
        await SlackReply(act, voice, responder, voice.remember).share(MESSAGE)
    assert slack.responses == []
    voice.failures["post"] = REFUSED
    await SlackReply(act, voice, responder, voice.remember).share(MESSAGE)
    assert len(slack.responses) == 1
    slack.fail("response_url", Failure(500, is_done=True))
    with pytest.raises(NotifierAmbiguous):
        await SlackReply(act, voice, responder, voice.remember).share(MESSAGE)
    assert len(slack.responses) == 2


async def test_which_paper_a_message_shows_is_remembered(
    slack: SlackServer, responder: Responder, voice: Voices
) -> None:
    """Of answers in direct messages, in threads and shared: of each message with one paper, and of no other."""
    one = Message("One", card(Card(paper("p000000000000001", "Video", "We generate video."))))
    other = Message("Another", card(Card(paper("p000000000000002", "Soil", "We measure soil."))))
    both = Message("Both", (*one.blocks, *other.blocks))
    direct = replace(MENTION, channel=DIRECT, name="message", thread="")
    await SlackReply(direct, voice, responder, voice.remember).answer(replace(both, thread=(one,)))
    await SlackReply(MENTION, voice, responder, voice.remember).share(replace(one, thread=(other,)))
    home = replace(BUTTON, channel="", surface=Surface.HOME)
    await SlackReply(home, voice, responder, voice.remember).answer(other)
    # Only the person sees these, for a while.
    await SlackReply(MENTION, voice, responder, voice.remember).answer(one)
    await SlackReply(replace(COMMAND, response_url=slack.response_url()), voice, responder, voice.remember).answer(one)
    first, second = ("p000000000000001",), ("p000000000000002",)
    assert voice.remembered == [
        (DIRECT, "2.0", first, ADA_HERSELF),
        (CHANNEL, "3.0", first, None),
        (CHANNEL, "3.1", second, None),
        (f"D{ADA}", "4.0", second, ADA_HERSELF),
    ]


async def test_a_replaced_message_shows_other_papers(responder: Responder, voice: Voices) -> None:
    """The next page in place of the first one; one that only the person sees is not remembered."""
    one = Message("One", card(Card(paper("p000000000000001", "Video", "We generate video."))))
    direct = replace(BUTTON, channel=DIRECT)
    await SlackReply(direct, voice, responder, voice.remember).replace(one)
    await SlackReply(replace(direct, surface=Surface.EPHEMERAL), voice, responder, voice.remember).replace(MESSAGE)
    await SlackReply(direct, voice, responder, voice.remember).replace(MESSAGE)
    assert voice.remembered == [(DIRECT, "17.1", ("p000000000000001",), ADA_HERSELF)]


async def test_an_answer_stands_where_nothing_can_be_remembered(responder: Responder, voice: Voices) -> None:
    """The store being away takes nothing back that was said."""

    async def away(*_: object, **__: object) -> None:
        raise StoreUnreachable("The store cannot be reached.")

    one = Message("One", card(Card(paper("p000000000000001", "Video", "We generate video."))))
    await SlackReply(MENTION, voice, responder, away).share(one)
    assert [said[0] for said in voice.said] == ["post"]


async def test_a_modal_opens_on_top_of_an_open_one(responder: Responder, voice: Voices) -> None:
    """From a message or after a submission it opens alone; without a trigger the person is told to click again."""
    view = {"type": "modal"}
    assert await SlackReply(BUTTON, voice, responder, voice.remember).open(view) == "V1"
    modal = replace(BUTTON, surface=Surface.MODAL)
    assert await SlackReply(modal, voice, responder, voice.remember).open(view) == "V2"
    assert (
        await SlackReply(replace(modal, kind=ActKind.SUBMISSION), voice, responder, voice.remember).open(view) == "V1"
    )
    assert [said[0] for said in voice.said] == ["open", "push", "open"]
    with pytest.raises(NotifierRefused, match="too old"):
        await SlackReply(replace(BUTTON, trigger=""), voice, responder, voice.remember).open(view)


async def test_above_three_modals_the_last_one_is_replaced(responder: Responder, voice: Voices) -> None:
    """Slack lets no fourth stand on them: what would have been it is shown in the one that was clicked in."""
    voice.failures["push"] = NotifierRefused("Too many.", code="push_limit_reached", concerns=Concerns.MESSAGE)
    modal = replace(BUTTON, surface=Surface.MODAL, view_id="V3")
    view = {"type": "modal"}
    assert await SlackReply(modal, voice, responder, voice.remember).open(view) == "V3"
    assert voice.said == [("update", "V3", view)]
    voice.failures["push"] = NotifierRefused("Broken.", code="invalid_arguments", concerns=Concerns.MESSAGE)
    with pytest.raises(NotifierRefused, match=r"Broken\."):
        await SlackReply(modal, voice, responder, voice.remember).open(view)


async def test_the_rest_goes_to_the_person_or_the_message(responder: Responder, voice: Voices) -> None:
    """Home, files and unfurled links."""
    event = {"unfurl_id": "u1", "source": "composer"}
    reply = SlackReply(
        replace(MENTION, name="link_shared", message="17.2", event=event), voice, responder, voice.remember
    )
    await reply.update("V1", {"type": "modal"})
    await reply.publish({"type": "home"})
    await reply.upload("saved.bib", "Saved", b"x")
    await reply.unfurl({"https://arxiv.org/abs/1": (BLOCK,)})
    assert voice.said == [
        ("update", "V1", {"type": "modal"}),
        ("publish", ADA, {"type": "home"}),
        ("upload", ADA, "saved.bib", "Saved", b"x"),
        ("unfurl", CHANNEL, "17.2", {"https://arxiv.org/abs/1": (BLOCK,)}, "u1", "composer"),
    ]
