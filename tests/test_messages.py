"""Plain words, mentions, message shortcuts, reactions and links."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from bot import blocks
from bot.acts import Act, ActKind, Surface
from bot.blocks import Card
from bot.errors import NotAllowed, UserError
from bot.models import Taste
from bot.services import Bot
from bot.settings import Settings
from bot.slack.replying import SlackReply
from bot.slack.responding import Responder
from bot.store import Store
from handlers import route
from tests.fakes import paper
from tests.handling import AMARA, BEN, CHANNEL, DIRECT, RecordingReply, act, command, event, open_test_bot, slack
from tests.pressing import pressed, said
from tests.slack_fakes import Voices

VIDEO = paper(f"p{1:015x}", "Diffusion models for long video", "We generate long video. " * 8, arxiv_id="2601.00001")
FASTER = paper(f"p{2:015x}", "Faster diffusion models for video", "Diffusion for video made faster. " * 8)
SOIL = paper(f"p{3:015x}", "Soil moisture from radar", "We estimate moisture of soil from radar. " * 8)


@pytest.fixture
async def bot(store: Store) -> AsyncGenerator[Bot]:
    """A bot that knows three papers, and shows links with their papers."""
    settings = Settings(slack={"unfurl": True})  # pyright: ignore[reportArgumentType] - pydantic reads the table
    async with open_test_bot(store, [VIDEO, FASTER, SOIL], settings) as opened:
        yield opened


async def do(bot: Bot, done: Act) -> RecordingReply:
    reply = RecordingReply()
    await route(bot).handle(done, reply)
    return reply


def direct(text: str) -> Act:
    return event("message", text=text, surface=Surface.MESSAGE, message="5.1")


def mention(text: str) -> Act:
    return event("app_mention", text=text, channel=CHANNEL.user, message="5.1", thread="5.1")


async def test_plain_words_are_searched(bot: Bot) -> None:
    """A direct message that begins with no command is a search."""
    assert blocks.papers_in((await do(bot, direct("long video"))).answered[0].blocks)[0] == VIDEO.id


async def test_plain_words_can_be_a_command(bot: Bot) -> None:
    """A command word does what it does after the slash, and is kept as that would be."""
    follow = direct("follow soil radar")
    assert [route(bot).keeps(one) for one in (follow, direct("soil radar"))] == [True, False]
    await do(bot, follow)
    assert [one.name for one in (await bot.readers.get(AMARA)).interests] == ["soil radar"]


@pytest.mark.parametrize("between", [" ", "\n"])
async def test_links_are_pasted_as_a_browser_copies_them(bot: Bot, between: str) -> None:
    """Hundreds of links are read whatever parts them, in the command and in a direct message; words stay one line."""
    links = [f"<https://arxiv.org/abs/2603.{number:05}>" for number in range(101, 401)]
    for asked in (command(f"follow {between.join(links)}"), direct(f"follow {between.join(links)}")):
        assert route(bot).keeps(asked)
        assert "2603.00101, 2603.00102" in (await do(bot, asked)).said
    assert len(await bot.readers.store.pending.of_workspace(AMARA.workspace)) == len(links)
    with pytest.raises(UserError, match="at most 500"):
        await do(bot, direct("follow " + "kelp and storms " * 40))


async def test_a_direct_message_keeps_its_lines(bot: Bot) -> None:
    """A list that is pasted there is as many interests as behind the slash command."""
    await do(bot, direct("follow Kelp forests\nStorm surges"))
    assert {one.name for one in (await bot.readers.get(AMARA)).interests} == {"Kelp forests", "Storm surges"}


async def test_settings_in_plain_words(bot: Bot) -> None:
    """A message permits no window: a button opens it."""
    offered = (await do(bot, direct("settings"))).answered[0]
    assert (await do(bot, pressed(offered.blocks, "home_settings"))).opened[0]["callback_id"] == "settings"


@pytest.mark.parametrize(("words", "button"), [("settings", "home_settings"), ("channel settings", "run_command")])
async def test_settings_in_a_mention(bot: Bot, words: str, button: str) -> None:
    """A mention permits no window either: a button that only the person sees opens it."""
    [offered] = (await do(bot, mention(f"<@UBOT> {words}"))).answered
    there = pressed(offered.blocks, button, channel=CHANNEL.user, surface=Surface.EPHEMERAL)
    [window] = (await do(bot, there)).opened
    whose = CHANNEL.user if words.startswith("channel") else ""
    assert (window["callback_id"], window.get("private_metadata", "")) == ("settings", whose)


@pytest.mark.parametrize("text", ["Hi", "hello!", "Hey"])
async def test_a_greeting_is_answered_with_the_first_steps(bot: Bot, text: str) -> None:
    """Nobody who says hello wants papers about hello."""
    assert (await do(bot, direct(text))).answered == [blocks.welcome_message("/papers")]


async def test_a_mention_is_answered_in_its_thread_for_all(bot: Bot) -> None:
    """Searches, trends and similar papers are for everybody, without marks of who asked."""
    await bot.readers.save(AMARA, VIDEO.id)
    for text in (
        "<@UBOT> long video",
        "<@UBOT>: search long video",
        "long video <@UBOT>",
        "<@UBOT> similar 2601.00001",
    ):
        [shared] = (await do(bot, mention(text))).shared
        assert blocks.papers_in(shared.blocks)
        assert "Saved" not in said(shared.blocks)


async def test_the_bots_name_is_no_part_of_the_words(bot: Bot) -> None:
    """Its mention is taken out wherever it stands, also in a direct message; somebody else's stays."""
    [shared] = (await do(bot, mention("hey <@UBOT|paperbot>, what about <@UBEN> long video"))).shared
    assert "“hey what about &lt;@UBEN&gt; long video”" in shared.text
    [answer] = (await do(bot, direct("long <@UBOT> video"))).answered
    assert "“long video”" in answer.text
    pause = direct("pause <@UBOT> until 2026-04-01")
    assert route(bot).keeps(pause)
    await do(bot, pause)
    assert (await bot.readers.subscription(AMARA)).paused


async def test_what_concerns_one_person_is_not_told_to_all(bot: Bot) -> None:
    """A mention with a command of one's own is answered to the person alone."""
    reply = await do(bot, mention("<@UBOT> follow soil radar"))
    assert (reply.shared, len(reply.answered)) == ([], 1)
    assert route(bot).keeps(mention("<@UBOT> follow soil radar"))


async def test_somebody_of_another_workspace(bot: Bot) -> None:
    """A person met through Slack Connect gets one polite sentence, and nothing is stored."""
    with pytest.raises(NotAllowed, match="Paperbot works for"):
        await do(bot, event("app_mention", text="<@UBOT> follow x y", channel=CHANNEL.user, is_external=True))
    assert (await bot.readers.get(AMARA)).interests == ()


async def test_find_similar_papers(bot: Bot) -> None:
    """On a card, on a link and on plain words, the shortcut answers with papers near to it, to the person alone."""
    card = blocks.card(Card(VIDEO))
    on: list[dict[str, Any]] = [
        {"message_blocks": card},
        {"text": "Have you seen https://arxiv.org/abs/2601.00001v2 ?"},
        {"text": "a faster way to diffusion for video"},
    ]
    for fields in on:
        used = act(ActKind.SHORTCUT, "find_similar", channel=CHANNEL.user, message="6.1", **fields)
        assert FASTER.id in blocks.papers_in((await do(bot, used)).answered[0].blocks)


@pytest.fixture
async def reacted(bot: Bot, store: Store) -> Bot:
    """There is a message with one paper (1.1), one with two (2.2), and one of somebody else."""
    await store.messages.remember(AMARA.workspace, CHANNEL.user, "1.1", (VIDEO.id,))
    await store.messages.remember(AMARA.workspace, CHANNEL.user, "2.2", (VIDEO.id, SOIL.id))
    return bot


def reaction(name: str, message: str = "1.1", *, is_added: bool = True, **fields: Any) -> Act:
    kind = "reaction_added" if is_added else "reaction_removed"
    return event(kind, value=name, message=message, **{"channel": CHANNEL.user, **fields})


async def test_reactions_count_like_buttons(reacted: Bot) -> None:
    """Thumbs in any colour and bookmarks do what the buttons do, for who reacts alone; taken away, it is taken back."""
    await do(reacted, reaction("+1::skin-tone-3"))
    await do(reacted, reaction("bookmark"))
    marks = (await reacted.readers.marks(AMARA, [VIDEO.id]))[VIDEO.id]
    assert (marks.taste, marks.saved) == (Taste.MORE, True)
    assert (await reacted.readers.marks(BEN, [VIDEO.id]))[VIDEO.id].taste is None
    await do(reacted, reaction("thumbsup", is_added=False))
    await do(reacted, reaction("bookmark", is_added=False))
    marks = (await reacted.readers.marks(AMARA, [VIDEO.id]))[VIDEO.id]
    assert (marks.taste, marks.saved) == (None, False)


async def test_reactions_to_answers_count_after_a_restart(store: Store) -> None:
    """An answer with one paper, in a direct message and in a mention's thread; forget-me forgets the former."""
    voice = Voices()
    async with open_test_bot(store, [VIDEO]) as before:
        for asked in (direct("long video"), mention("<@UBOT> long video")):
            await route(before).handle(asked, SlackReply(asked, voice, Responder(), before.readers.remember_message))
    assert [where for _, where, *_ in voice.said] == [DIRECT, CHANNEL.user]
    async with open_test_bot(store) as after:
        await do(after, reaction("bookmark", "1.0", reader=AMARA, channel=DIRECT))
        await do(after, reaction("bookmark", "2.0", reader=BEN))
        assert len(await after.readers.saved(AMARA)) == len(await after.readers.saved(BEN)) == 1
        await after.readers.forget(AMARA)
        assert await after.readers.message_papers(AMARA.workspace, DIRECT, "1.0") == ()


async def test_an_older_reaction_that_goes_does_not_touch_a_newer_one(reacted: Bot) -> None:
    """Thumbs down after thumbs up holds when the thumbs up is taken away."""
    for act_ in (reaction("+1"), reaction("-1"), reaction("+1", is_added=False)):
        await do(reacted, act_)
    assert (await reacted.readers.marks(AMARA, [VIDEO.id]))[VIDEO.id].taste is Taste.LESS


@pytest.mark.parametrize(("name", "message"), [("tada", "1.1"), ("+1", "2.2"), ("+1", "3.3")])
async def test_reactions_that_mean_nothing(reacted: Bot, name: str, message: str) -> None:
    """Another reaction, a message with several papers, and a message that is not ours change and say nothing."""
    reply = await do(reacted, reaction(name, message))
    assert (reply.answered, (await reacted.readers.get(AMARA)).interests) == ([], ())
    assert route(reacted).keeps(reaction("+1"))
    assert not route(reacted).keeps(reaction("tada"))


def link_shared(*urls: str) -> Act:
    return event("link_shared", channel=CHANNEL.user, message="7.1", event={"links": [{"url": url} for url in urls]})


async def test_links_to_stored_papers_are_shown(bot: Bot) -> None:
    """Links to stored papers get title and abstract, also in another spelling; others are left alone."""
    urls = ("https://arxiv.org/pdf/2601.00001v2", "https://huggingface.co/papers/2601.00001")
    others = (
        "https://arxiv.org/abs/2601.99999",
        "https://huggingface.co/models",
        "https://arxiv.org.evil.example/abs/2601.00001",
    )
    [shown] = (await do(bot, link_shared(*urls, *others))).unfurled
    assert set(shown) == set(urls)
    assert all(VIDEO.title in said(blocks) for blocks in shown.values())
    assert (await do(bot, link_shared(*others))).unfurled == []


async def test_links_are_left_alone_unless_the_host_wants_it(store: Store) -> None:
    """Without the setting nothing is shown."""
    async with open_test_bot(store, [VIDEO], directory=slack()) as bot:
        assert (await do(bot, link_shared("https://arxiv.org/abs/2601.00001"))).unfurled == []
