"""Buttons and menus of cards and answers, pressed as people press them: once, twice, late, and by somebody else."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from bot import blocks
from bot.acts import Act, ActKind, Block, Message, Surface
from bot.blocks import Card
from bot.errors import Concerns, NotAllowed, NotifierRefused, UnknownInterest, UnknownPaper, UserError
from bot.models import Alert, Closeness, Interest, InterestKind, Near, Paper, Rating, Sent, Taste, UserId
from bot.services import Bot
from bot.store import Store, shard_of
from handlers import route
from handlers.questions import About, Question
from tests.fakes import paper
from tests.handling import (
    AMARA,
    BEN,
    CHANNEL,
    DIRECT,
    GUEST,
    NOW,
    RecordingReply,
    act,
    button,
    buttons,
    command,
    open_test_bot,
    submission,
)
from tests.nearness import came_now, of_no_subject, older_papers
from tests.pressing import elements, pressed, said

VIDEO = paper(f"p{1:015x}", "Diffusion models for long video", "We generate long video with diffusion models. " * 4)
FASTER = paper(f"p{2:015x}", "Faster diffusion models for video", "Diffusion models for video made faster. " * 4)
SOIL = paper(f"p{3:015x}", "Soil moisture from radar", "We estimate moisture of soil from radar satellites. " * 4)
VOTED = [paper(f"p{n:015x}", f"Video study {n}") for n in range(20, 24)]
GONE = paper(f"p{9:015x}", "A paper that is not stored any more")


class Unheard(RecordingReply):
    """Slack refuses what is shared."""

    async def share(self, message: Message) -> None:  # noqa: ARG002 - the interface
        raise NotifierRefused("Not here.", code="not_in_channel", concerns=Concerns.READER)


@pytest.fixture
async def bot(store: Store) -> AsyncGenerator[Bot]:
    """A bot that knows three papers; Amara follows nothing yet."""
    async with open_test_bot(store, [VIDEO, FASTER, SOIL]) as opened:
        yield opened


def alert(paper_id: str) -> Alert:
    return Alert(AMARA, paper_id, "i0", "video", Closeness(0.5, 5, 500, 0.99), 3.0, "Because.", NOW)


async def do(bot: Bot, act: Act) -> RecordingReply:
    """Do it as the door does; gives what was answered."""
    reply = RecordingReply()
    await route(bot).handle(act, reply)
    return reply


def message(*papers: Paper) -> tuple[Block, ...]:
    """A digest with these papers."""
    cards = [Card(one, why="Because you follow video.") for one in papers]
    return blocks.digest_message("For you", cards, most=5, left_out=0, footer=None).blocks


async def tastes(bot: Bot, reader: UserId, *papers: Paper) -> list[Taste | None]:
    marks = await bot.readers.marks(reader, [one.id for one in papers])
    return [marks[one.id].taste for one in papers]


async def test_in_a_direct_message_the_card_itself_says_what_was_learnt(bot: Bot) -> None:
    """The card pressed says what was learnt and offers Undo, the other card stays as it was; Undo puts it back."""
    shown = message(VIDEO, SOIL)
    [learnt] = (await do(bot, pressed(shown, "more_like_this", VIDEO.id))).replaced
    assert "Learnt: more" in said(learnt.blocks)
    assert learnt.text.startswith("Learnt: more “Diffusion models for long video”. ")
    assert blocks.papers_in(learnt.blocks) == (VIDEO.id, SOIL.id)
    assert pressed(learnt.blocks, "more_like_this", SOIL.id).block_id == pressed(shown, "save", SOIL.id).block_id
    assert await tastes(bot, AMARA, VIDEO) == [Taste.MORE]
    [back] = (await do(bot, pressed(learnt.blocks, "undo", VIDEO.id))).replaced
    assert "Learnt" not in said(back.blocks)
    assert pressed(back.blocks, "not_for_me", VIDEO.id)
    assert await tastes(bot, AMARA, VIDEO) == [None]
    assert (await bot.readers.get(AMARA)).interests == ()


async def test_a_vote_that_moves_the_bar_says_so(bot: Bot) -> None:
    """The fifth vote on what was sent is heard: the card tells the new bar, and Undo puts it back."""
    await bot.readers.store.profiles.put_interest(AMARA, Interest("i0", "cs.CV", InterestKind.CATEGORY, "cs.CV"), None)
    await bot.readers.store.alerts.add(shard_of(AMARA), [alert(one.id) for one in (VIDEO, *VOTED)])
    for one in VOTED:
        await bot.readers.store.ratings.put(Rating(AMARA, one.id, Taste.MORE, "i0", "video", opened=False, at=NOW))
    shown = message(VIDEO, SOIL)
    [learnt] = (await do(bot, pressed(shown, "more_like_this", VIDEO.id))).replaced
    assert "your bar is 97.5\u00a0% now" in said(learnt.blocks)
    assert learnt.text.startswith(f"Learnt: more “{VIDEO.title}”, your bar is 97.5\u00a0% now. ")
    assert (await bot.readers.get(AMARA)).learnt_bar == 0.975
    [back] = (await do(bot, pressed(learnt.blocks, "undo", VIDEO.id))).replaced
    assert "your bar" not in said(back.blocks)
    assert (await bot.readers.get(AMARA)).learnt_bar is None
    # Elsewhere it is said in a sentence of its own; a bar that somebody chose is not moved, so nothing is told.
    reply = await do(bot, pressed(shown, "more_like_this", VIDEO.id, channel=CHANNEL.user))
    assert reply.said == f"Learnt: more “{VIDEO.title}”. Your bar is 97.5 % now."
    await do(bot, pressed(learnt.blocks, "undo", VIDEO.id))
    await bot.readers.store.profiles.set_bar(AMARA, 0.995)
    reply = await do(bot, pressed(shown, "not_for_me", VIDEO.id, channel=CHANNEL.user))
    assert "bar" not in reply.said


async def test_two_cards_pressed_in_a_row_both_say_so(bot: Bot) -> None:
    """The second click comes with the message as it was before the first, and does not take the first one's look back."""
    shown = message(VIDEO, SOIL)
    await do(bot, pressed(shown, "more_like_this", VIDEO.id))
    [both] = (await do(bot, pressed(shown, "not_for_me", SOIL.id))).replaced
    assert "Learnt: more" in said(both.blocks)
    assert "Learnt: less" in said(both.blocks)
    assert await tastes(bot, AMARA, VIDEO, SOIL) == [Taste.MORE, Taste.LESS]


@pytest.mark.parametrize("name", ["more_like_this", "save"])
async def test_after_the_next_page_buttons_change_their_cards(store: Store, name: str) -> None:
    """A card that was changed on the page before does not stand in their way."""
    papers = [paper(f"p{n:015x}", f"Kelp study {n} {chr(97 + n) * 8}", f"Kelp grows at coast {n}. ") for n in range(8)]
    async with open_test_bot(store, papers) as bot:
        shown = (await do(bot, command("search kelp grows"))).answered[0].blocks
        changed = (await do(bot, pressed(shown, "more_like_this", blocks.papers_in(shown)[0]))).replaced[0].blocks
        following = (await do(bot, pressed(changed, "next"))).replaced[0].blocks
        paper_id = blocks.papers_in(following)[0]
        [again] = (await do(bot, pressed(following, name, paper_id))).replaced
        assert blocks.papers_in(again.blocks) == blocks.papers_in(following)


async def test_what_is_shared_says_who_shared_it(bot: Bot) -> None:
    """Who is in the conversation reads it, in the blocks and in the words."""
    asked = (await do(bot, command("search video", channel=CHANNEL.user))).answered[0].blocks
    [shared] = (await do(bot, pressed(asked, "share", channel=CHANNEL.user, reader=BEN))).shared
    assert "Shared by <@UBEN>" in said(shared.blocks)
    assert "Shared by <@UBEN>" in shared.text


async def test_a_double_click_means_it_once(bot: Bot) -> None:
    """The same button twice leaves one rating, one save, and nothing more to undo."""
    shown = message(VIDEO)
    for name in ("more_like_this", "more_like_this", "save", "save"):
        await do(bot, pressed(shown, name, VIDEO.id))
    [interest] = (await bot.readers.get(AMARA)).interests
    assert interest.learnt_from == (VIDEO.id,)
    assert len(await bot.readers.saved(AMARA)) == 1
    learnt = (await do(bot, pressed(shown, "more_like_this", VIDEO.id))).replaced[0].blocks
    await do(bot, pressed(learnt, "undo", VIDEO.id))
    [back] = (await do(bot, pressed(learnt, "undo", VIDEO.id))).replaced
    assert pressed(back.blocks, "more_like_this", VIDEO.id)
    assert (await bot.readers.get(AMARA)).interests == ()


async def test_saved_is_pressed_to_take_it_off(bot: Bot) -> None:
    """A card that says that it is saved takes the paper off the reading list, and says Save again."""
    [saved] = (await do(bot, pressed(message(VIDEO), "save", VIDEO.id))).replaced
    assert "Saved" in said(saved.blocks)
    [off] = (await do(bot, pressed(saved.blocks, "save", VIDEO.id))).replaced
    assert "Saved" not in said(off.blocks)
    assert await bot.readers.saved(AMARA) == []


async def test_in_a_channel_only_who_clicks_sees_and_changes_anything(bot: Bot) -> None:
    """The card stays, the clicker alone is answered, with Undo; nobody else's profile changes."""
    shown = message(VIDEO)
    reply = await do(bot, pressed(shown, "more_like_this", VIDEO.id, channel=CHANNEL.user))
    assert (reply.replaced, reply.shared) == ([], [])
    assert reply.said.startswith("Learnt: more “")
    assert await tastes(bot, AMARA, VIDEO) == [Taste.MORE]
    await do(bot, pressed(shown, "not_for_me", VIDEO.id, channel=CHANNEL.user, reader=BEN))
    assert await tastes(bot, AMARA, VIDEO) == [Taste.MORE]
    assert await tastes(bot, CHANNEL, VIDEO) == [None]
    undo = pressed(reply.answered[0].blocks, "undo", channel=CHANNEL.user, surface=Surface.EPHEMERAL)
    [gone] = (await do(bot, undo)).replaced
    assert gone.text.startswith("Taken back: more “")
    assert (await tastes(bot, AMARA, VIDEO), await tastes(bot, BEN, VIDEO)) == ([None], [Taste.LESS])
    assert (await do(bot, undo)).replaced[0].text == "There is nothing left to take back."


async def test_saving_in_a_channel(bot: Bot) -> None:
    """The clicker alone hears of it; saved there already is said; Undo takes it off again, and back on."""
    save = pressed(message(VIDEO), "save", VIDEO.id, channel=CHANNEL.user)
    first, second = await do(bot, save), await do(bot, save)
    assert [first.said, second.said] == ["Saved to your reading list.", "It is on your reading list already."]
    undo = pressed(first.answered[0].blocks, "unsave", channel=CHANNEL.user, surface=Surface.EPHEMERAL)
    assert (await do(bot, undo)).replaced[0].text == "Taken off your reading list."
    assert await bot.readers.saved(AMARA) == []


async def test_an_answer_that_slack_does_not_send_along(bot: Bot) -> None:
    """Of a message that only the person sees Slack may send nothing along: then an answer tells what was learnt."""
    act = replace(pressed(message(VIDEO), "more_like_this", VIDEO.id), message_blocks=(), surface=Surface.EPHEMERAL)
    reply = await do(bot, replace(act, channel=CHANNEL.user))
    assert (reply.replaced, reply.said.startswith("Learnt: more")) == ([], True)


@pytest.mark.parametrize("name", ["more_like_this", "not_for_me", "save"])
async def test_a_paper_that_is_gone(bot: Bot, name: str) -> None:
    """An old card of a paper that is not stored any more is answered with a sentence, and changes nothing."""
    with pytest.raises(UnknownPaper, match="not stored any more"):
        await do(bot, pressed(message(GONE), name, GONE.id))
    assert (await bot.readers.get(AMARA)).interests == ()


@pytest.mark.parametrize("value", ["", "x" * 2_000, "p000000000000001; DROP", "../../etc", "<!channel>"])
async def test_a_forged_value_does_nothing(bot: Bot, value: str) -> None:
    """What no button of ours says is refused in a sentence."""
    for name in ("more_like_this", "save", "next", "share", "more", "interest"):
        with pytest.raises(UserError):
            await do(bot, button(name, value, block_id=f"paper:{value}"))


async def test_the_menu_of_a_card(bot: Bot) -> None:
    """Similar papers and the reason are answered to the person, the abstract opens in a window."""
    shown = message(VIDEO)
    similar = await do(bot, pressed(shown, "more", VIDEO.id, value="similar"))
    assert blocks.papers_in(similar.answered[0].blocks)[0] == FASTER.id
    assert (await do(bot, pressed(shown, "more", VIDEO.id, value="why"))).said
    [view] = (await do(bot, pressed(shown, "more", VIDEO.id, value="abstract"))).opened
    assert "We generate long video" in said(view["blocks"])


async def test_in_home_the_menu_opens_windows(bot: Bot) -> None:
    """Where there is no conversation, a window opens at once and then has the answer, or what went wrong."""
    act = pressed(message(VIDEO), "more", VIDEO.id, value="similar", surface=Surface.HOME, channel="")
    reply = await do(bot, act)
    assert (reply.answered, len(reply.opened), reply.updated[0][0]) == ([], 1, "V1")
    assert FASTER.title in said(reply.updated[0][1]["blocks"])


async def test_muting_from_a_card(bot: Bot) -> None:
    """The interest that brought the paper is muted for the person alone, and Undo lets it bring papers again."""
    services = await bot.services()
    interest = (await services.curate.follow(AMARA, "video")).interest
    shown = blocks.card(Card(VIDEO, interest_id=interest.id, interest_name="video"))
    mute = pressed(shown, "more", VIDEO.id, value="mute_interest")
    with pytest.raises(UserError, match="nothing that you follow"):
        await do(bot, replace(mute, reader=BEN))
    answer = (await do(bot, mute)).answered[0]
    assert answer.text == "Muted “video”: nothing comes from it."
    assert [one.muted for one in (await bot.readers.get(AMARA)).interests] == [True]
    await do(bot, pressed(answer.blocks, "unmute", surface=Surface.EPHEMERAL))
    assert [one.muted for one in (await bot.readers.get(AMARA)).interests] == [False]


async def test_pages_and_sharing(bot: Bot) -> None:
    """Next puts the next page in place of this one; what is shared has nothing of the person's own in it."""
    question = Question(About.SEARCH, "diffusion video", 0)
    await do(bot, pressed(message(VIDEO), "save", VIDEO.id))
    [renewed] = (await do(bot, button("next", question.value()))).replaced
    assert "Saved" in said(renewed.blocks)
    [shared] = (await do(bot, button("share", question.value(), channel=CHANNEL.user))).shared
    assert blocks.papers_in(shared.blocks)[:1] == blocks.papers_in(renewed.blocks)[:1]
    assert "Saved" not in said(shared.blocks)


async def test_the_words_of_a_message_say_what_its_cards_say(bot: Bot) -> None:
    """Who hears a message read hears what was learnt, of every card, before the rest; taken back, it is as it was."""
    shown, text = message(VIDEO, SOIL), "2 papers for you"
    [one] = (await do(bot, pressed(shown, "more_like_this", VIDEO.id, message_text=text))).replaced
    [both] = (await do(bot, pressed(one.blocks, "not_for_me", SOIL.id, message_text=one.text))).replaced
    assert both.text == f"Learnt: more “{VIDEO.title}”. Learnt: less “{SOIL.title}”. {text}"
    [left] = (await do(bot, pressed(both.blocks, "undo", VIDEO.id, message_text=both.text))).replaced
    assert left.text == f"Learnt: less “{SOIL.title}”. {text}"
    [none] = (await do(bot, pressed(left.blocks, "undo", SOIL.id, message_text=left.text))).replaced
    assert none.text == text


async def test_a_page_is_shared_once(bot: Bot) -> None:
    """However often Share is pressed, the page stands there once; another page, and one that Slack refused, is shared."""
    share = button("share", Question(About.SEARCH, "video").value(), channel=CHANNEL.user, message="7.1")
    further = replace(share, value=Question(About.SEARCH, "video", 1).value())
    assert [len((await do(bot, one)).shared) for one in (share, share, further, replace(share, message="7.2"))] == [
        1, 0, 1, 1,
    ]  # fmt: skip
    refused = replace(share, message="7.3")
    with pytest.raises(NotifierRefused):
        await route(bot).handle(refused, Unheard())
    [shared] = (await do(bot, refused)).shared
    assert shared.text.count("\n1. ") == 1
    assert "1. " in (await do(bot, replace(further, message="7.4"))).shared[0].text


async def test_sharing_is_offered_where_there_are_others(bot: Bot) -> None:
    """In a channel each page and each answer from a card can be shared; in a direct message and in a window nothing can."""
    question = Question(About.SEARCH, "diffusion video", 0).value()
    similar = pressed(message(VIDEO), "more", VIDEO.id, value="similar")
    find = act(ActKind.SHORTCUT, "find_similar", text="diffusion models for video")
    for channel, is_offered in ((CHANNEL.user, True), (DIRECT, False)):
        answers = [
            *(await do(bot, button("next", question, channel=channel))).replaced,
            *(await do(bot, replace(similar, channel=channel))).answered,
            *(await do(bot, replace(find, channel=channel))).answered,
        ]
        assert ["share" in buttons(one.blocks) for one in answers] == [is_offered] * 3
    at_home = await do(bot, replace(similar, channel="", surface=Surface.HOME))
    in_window = await do(bot, submission("search", {"query": "diffusion video"}))
    for _, view in (*at_home.updated, *in_window.updated):
        assert blocks.papers_in(view["blocks"])
        assert "share" not in buttons(view["blocks"])


async def test_an_offered_command_runs(bot: Bot) -> None:
    """A command that was offered does what typing it would."""
    reply = await do(bot, button("run_command", "follow diffusion video"))
    assert [one.name for one in (await bot.readers.get(AMARA)).interests] == ["diffusion video"]
    assert reply.answered


#: Seven papers of one subject below the bar, others of none, and the papers of earlier months.
KELP = came_now(7, "Kelp grows", "Kelp")
STORED = [*KELP, *of_no_subject(9), *older_papers("kelp")]


async def test_show_anyway_shows_the_best_of_that_day(store: Store) -> None:
    """What came since the slot before and was not sent, best first and with reasons, page by page; sent ones are out."""
    papers = KELP
    async with open_test_bot(store, STORED) as bot:
        await do(bot, command("follow kelp"))
        await store.sent.confirm(AMARA, [Sent(papers[0].id, NOW)])
        quiet = blocks.quiet_message(NOW.date(), (papers[1], Near(papers[1].id, 0.9, "kelp")), silence="daily")
        [first] = (await do(bot, pressed(quiet.blocks, "show_anyway"))).answered
        assert first.text.startswith("The best of Wednesday, 18 March 2026\nThese were not sent.")
        assert "because you follow “kelp”" in first.text.casefold()
        shown = blocks.papers_in(first.blocks)
        assert len(shown) == 5
        assert set(shown) < {one.id for one in papers[1:]}
        [again] = (await do(bot, pressed(first.blocks, "more_like_this", shown[0], surface=Surface.EPHEMERAL))).replaced
        assert "Learnt: more" in said(again.blocks)
        [none] = (await do(bot, button("show_anyway", "2026-03-11"))).answered
        assert "Nothing is left of these days" in none.text


async def test_show_anyway_in_a_channel_is_the_channels(store: Store) -> None:
    """Only who presses sees it; it is what the channel follows, with nobody's own marks and no further page."""
    papers = KELP
    async with open_test_bot(store, STORED) as bot:
        await do(bot, command("channel follow kelp", channel=CHANNEL.user))
        await do(bot, command("follow proofs"))
        quiet = blocks.quiet_message(NOW.date(), (papers[1], Near(papers[1].id)), silence="daily", is_channel=True)
        reply = await do(bot, pressed(quiet.blocks, "show_anyway", channel=CHANNEL.user, reader=BEN))
        [answer] = reply.answered
        assert reply.shared == []
        assert set(blocks.papers_in(answer.blocks)) <= {one.id for one in papers}
        assert "Because this channel follows “kelp”" in answer.text
        assert {"next", "share"}.isdisjoint(one["action_id"] for _, one in elements(answer.blocks))


async def test_show_anyway_of_an_older_message(bot: Bot) -> None:
    """A button that names no days shows the best papers now, whatever it carries."""
    await do(bot, command("follow video"))
    for value in ("", "yesterday", "2026-03-18/9"):
        [answer] = (await do(bot, button("show_anyway", value))).answered
        assert answer.text.startswith("Your best papers now")


async def test_saving_remembers_whether_there_was_code(store: Store) -> None:
    """What had none is told of when it has; what had some is not."""
    with_code = replace(SOIL, code_url="https://github.com/halyard/soil")
    async with open_test_bot(store, [VIDEO, with_code]) as bot:
        for one in (VIDEO, with_code):
            await do(bot, pressed(message(one), "save", one.id))
    assert {save.paper_id: save.had_code for save in await store.saved.of(AMARA)} == {VIDEO.id: False, SOIL.id: True}


async def test_the_interests_menu(bot: Bot) -> None:
    """Each interest can be tried, edited, muted and removed; the list says how it is now."""
    await do(bot, command("follow diffusion video"))
    listed = (await do(bot, command("interests"))).answered[0].blocks
    tried = await do(bot, pressed(listed, "interest", value="try_it"))
    assert VIDEO.id in blocks.papers_in(tried.answered[0].blocks)
    edited = await do(bot, pressed(listed, "interest", value="rename"))
    assert edited.opened[0]["callback_id"] == "interest"
    [muted] = (await do(bot, pressed(listed, "interest", value="mute"))).replaced
    [again] = (await do(bot, pressed(muted.blocks, "interest", value="unmute"))).replaced
    [without] = (await do(bot, pressed(again.blocks, "interest", value="remove"))).replaced
    assert "diffusion video" not in said(without.blocks)
    with pytest.raises(UnknownInterest):
        await do(bot, pressed(listed, "interest", value="mute"))


async def test_a_channels_interests_are_changed_by_its_members(bot: Bot) -> None:
    """The menu of a channel's list changes the channel's profile, for members; a guest is refused, and Amara's stays."""
    for words in ("follow diffusion video", "channel follow diffusion video"):
        await do(bot, command(words, channel=CHANNEL.user))
    listed = (await do(bot, command("channel interests", channel=CHANNEL.user))).answered[0].blocks
    remove = pressed(listed, "interest", value="remove", channel=CHANNEL.user)
    with pytest.raises(NotAllowed, match="Guests"):
        await do(bot, replace(remove, reader=GUEST))
    tried = await do(bot, pressed(listed, "interest", value="try_it", channel=CHANNEL.user))
    assert VIDEO.id in blocks.papers_in(tried.answered[0].blocks)
    await do(bot, replace(remove, reader=BEN))
    assert (await bot.readers.get(CHANNEL)).interests == ()
    assert len((await bot.readers.get(AMARA)).interests) == 1


async def test_forget_me_is_confirmed_and_final(bot: Bot) -> None:
    """The command only asks; the button deletes everything of the person and nothing of others."""
    for reader in (AMARA, BEN):
        await do(bot, command("follow diffusion video", reader=reader))
    asked = await do(bot, command("forget-me"))
    assert len((await bot.readers.get(AMARA)).interests) == 1
    [done] = (await do(bot, pressed(asked.answered[0].blocks, "forget_me_confirm"))).replaced
    assert done.text.startswith("Everything about you is deleted")
    assert [len((await bot.readers.get(one)).interests) for one in (AMARA, BEN)] == [0, 1]


async def test_what_must_not_be_lost_is_kept(bot: Bot) -> None:
    """Acts that change something or show it to others are kept before they are acknowledged, looking is not."""
    keeps = route(bot).keeps
    changing = [
        button(name) for name in ("more_like_this", "not_for_me", "undo", "save", "unsave", "forget_me_confirm")
    ]
    changing += [button("run_command", "follow x y"), button("interest", "remove"), button("more", "mute_interest")]
    changing.append(button("share"))
    looking = [button("next"), button("more", "why"), button("interest", "try_it")]
    assert [keeps(act) for act in changing] == [True] * len(changing)
    assert [keeps(act) for act in looking] == [False] * len(looking)
