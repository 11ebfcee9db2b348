"""Every sub-command, as a person meets it: typed words to what is said, on a real store."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.blocks import papers_in, subscription_words
from bot.errors import NotAllowed, PaperbotError, UnknownInterest, UnknownPaper, UserError
from bot.models import Count, Format, InterestKind, Origin, Paper, Person, Sent, Suspension, UserId
from bot.services import Bot
from bot.settings import ScheduleSettings, Settings
from bot.store import Store
from handlers import answers, route
from handlers.commands import TABLE
from handlers.questions import About, Question
from tests.block_limits import live, problems, spoken
from tests.fakes import paper
from tests.handling import (
    AMARA,
    BEN,
    CHANNEL,
    DIRECT,
    ELSEWHERE,
    GUEST,
    NOW,
    WORKSPACE,
    RecordingReply,
    buttons,
    command,
    open_test_bot,
    slack,
)

_SEEN = Origin(Format.JSON, "page.json", "0" * 64, date(2026, 3, 17), date(2026, 3, 17))


def stored(number: int, title: str, abstract: str, **fields: Any) -> Paper:
    return paper(f"p{number:015x}", title, abstract, **fields)


FLOW = stored(
    1,
    "Flow Matching for Robots",
    "Robots learn to move by matching flows of motion.",
    arxiv_id="2603.00001",
    authors=("Ada Marlowe", "Bo Quillon"),
    listed=(date(2026, 3, 17),),
    comments=(Count(7, _SEEN),),
)
SPEECH = stored(2, "Listening to Rare Languages", "Speech recognition for languages with little audio.")
KELP = stored(3, "Counting Kelp Quickly", "We count algae in drone images.", listed=(date(2026, 3, 16),))
ROBOTS = [
    stored(10 + n, f"Robots that Move, Part {n}", f"Robots learn motion, lesson {n}.", listed=(date(2026, 3, 1 + n),))
    for n in range(12)
]
PAPERS = (FLOW, SPEECH, KELP, *ROBOTS)


@pytest.fixture
async def bot(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Bot]:
    """Fifteen papers are stored, and nobody follows anything."""
    monkeypatch.setattr("bot.search.PATIENCE", None)
    async with open_test_bot(store, PAPERS) as opened:
        yield opened


async def typed(bot: Bot, text: str, *, reader: UserId = AMARA, channel: str = DIRECT) -> RecordingReply:
    """What ``/papers`` with this text answers."""
    reply = RecordingReply()
    await route(bot).handle(command(text, reader=reader, channel=channel), reply)
    check(reply)
    return reply


def check(reply: RecordingReply) -> None:
    """Slack takes what was answered, and nothing in it is alive but our own links."""
    for message in reply.answered:
        assert message.text
        assert problems(message.blocks) == []
        assert [one for text in (message.text, *spoken(message.blocks)) for one in live(text)] == []
    for view in reply.opened:
        assert problems(view["blocks"], "modal") == []


async def refused(bot: Bot, text: str, *, reader: UserId = AMARA, channel: str = DIRECT) -> PaperbotError:
    """The refusal that ``/papers`` with this text meets."""
    with pytest.raises(UserError) as caught:
        await typed(bot, text, reader=reader, channel=channel)
    assert caught.value.sentence.endswith((".", ")", "?"))
    return caught.value


async def test_nothing_typed_tells_what_can_be_typed(bot: Bot) -> None:
    """Help has every command from the table with its usage."""
    said = (await typed(bot, "")).said
    assert all(f"{name}" in said for name in TABLE)
    assert "/papers" in said


async def test_help_tells_how_one_command_is_written(bot: Bot) -> None:
    """With a command's name help tells of that command alone."""
    said = (await typed(bot, "help trending")).said
    assert "day | week | month" in said
    assert "forget-me" not in said


async def test_a_search_answers_page_by_page(bot: Bot) -> None:
    """Each button carries its question; the pages go on where the last one ended, each paper once."""
    [answer] = (await typed(bot, "search robots motion", channel=CHANNEL.user)).answered
    assert "robots motion" in answer.text
    assert set(buttons(answer.blocks)) >= {"more_like_this", "not_for_me", "save", "next", "share"}
    assert Question.read(buttons(answer.blocks)["share"]) == Question(About.SEARCH, "robots motion")
    seen = [*papers_in(answer.blocks)]
    while following := buttons(answer.blocks).get("next"):
        question = Question.read(following)
        assert question
        assert question.start == len(seen)
        answer = await answers.page(bot, AMARA, question)
        seen += papers_in(answer.blocks)
    assert len(seen) == len(set(seen)) == 13
    assert f"{len(seen)}. " in answer.text


async def test_what_is_shared_tells_nothing_of_the_person(bot: Bot) -> None:
    """What everybody sees has no marks and no page buttons, and says only why a search found it, not what is followed."""
    await bot.readers.save(AMARA, FLOW.id)
    shared = await answers.page(bot, AMARA, Question(About.SEARCH, "flow matching"), is_shared=True)
    own = await answers.page(bot, AMARA, Question(About.SEARCH, "flow matching"))
    assert "Saved ✓" in json.dumps(own.blocks, ensure_ascii=False)
    assert "Saved ✓" not in json.dumps(shared.blocks, ensure_ascii=False)
    assert not {"next", "share"} & set(buttons(shared.blocks))
    assert "share" not in buttons((await typed(bot, "flow matching")).answered[0].blocks)
    await typed(bot, "follow kelp")
    mine = await answers.page(bot, AMARA, Question(About.FOR_ME))
    assert "share" not in buttons(mine.blocks)
    assert "Because you follow" in mine.text
    assert "Because you follow" not in (await answers.page(bot, AMARA, Question(About.FOR_ME), is_shared=True)).text
    assert "Words: flow, matching" in shared.text


async def test_words_without_a_command_are_searched(bot: Bot) -> None:
    """Plain words are a search, and nothing is said about commands."""
    reply = await typed(bot, "kelp algae")
    assert KELP.title in reply.said
    assert "command" not in reply.said


async def test_a_command_with_other_words_is_searched_and_says_so(bot: Bot) -> None:
    """A first word that is a command, with words that are not its arguments, is searched whole."""
    reply = await typed(bot, "trending robots")
    assert "so all your words were searched" in reply.said
    assert "Robots" in reply.said


async def test_a_slip_is_searched_and_the_command_offered(bot: Bot) -> None:
    """One letter off a command: the words are searched, and a button runs the command."""
    [answer] = (await typed(bot, "folow kelp")).answered
    assert KELP.title in answer.text
    assert buttons(answer.blocks)["run_command"] == "follow kelp"
    assert (await bot.readers.get(AMARA)).interests == ()


async def test_a_search_that_finds_nothing_offers_to_follow(store: Store) -> None:
    """No answer is no dead end: what was searched can be followed, unless it is a filter or begins like a command."""
    async with open_test_bot(store) as bot:
        [answer] = (await typed(bot, "search volcanoes")).answered
    assert "No paper" in answer.text
    assert buttons(answer.blocks)["run_command"] == "follow volcanoes"


@pytest.mark.parametrize("text", ["search", "search ...", "\u202e", "since:tomorrow", "x" * 501])
async def test_what_cannot_be_searched_is_answered_with_one_sentence(bot: Bot, text: str) -> None:
    """Empty, over-long and wrong searches are each refused with a sentence that says what to type."""
    if text == "\u202e":
        assert "help" in (await typed(bot, text)).said
    else:
        assert (await refused(bot, text)).sentence


async def test_following_answers_at_once(bot: Bot) -> None:
    """A phrase is followed, and the nearest stored papers are shown at once, with how near they are."""
    [answer] = (await typed(bot, "follow robot motion lessons")).answered
    assert "You now follow “robot motion lessons”" in answer.text
    assert "Robots that Move" in answer.text
    assert [one.name for one in (await bot.readers.get(AMARA)).interests] == ["robot motion lessons"]
    assert (await bot.readers.get(BEN)).interests == ()


async def test_several_links_are_followed_at_once(bot: Bot) -> None:
    """Each link is followed, and each is told of in a line of its own, refusals with their link."""
    known, other = "https://arxiv.org/abs/2603.00001", "https://example.org/paper"
    lines = (await typed(bot, f"follow {known} {other} 2603.99999")).said.splitlines()
    assert lines[0] == f"You now follow “{FLOW.title}”."
    assert lines[1].startswith(f"{other}: This link names no paper")
    assert lines[2].startswith("2603.99999 is not in any dump yet")
    assert [one.paper_id for one in (await bot.readers.get(AMARA)).interests] == [FLOW.id]


async def test_several_ids_that_are_not_here_are_told_in_one_sentence(bot: Bot, store: Store) -> None:
    """Four links in a row are waited for together."""
    ids = [f"2603.9999{number}" for number in range(1, 5)]
    said = (await typed(bot, f"follow {' '.join(ids)}")).said
    assert said == f"In no dump yet, and followed as soon as one tells of it: {', '.join(ids)}."
    assert {one.arxiv_id for one in await store.pending.of_workspace(WORKSPACE)} == {*ids}


async def test_a_pasted_library_is_followed(bot: Bot, store: Store) -> None:
    """BibTeX is told of in one answer: what is followed now with the nearest papers, what is waited for, what failed."""
    library = f"""@article{{a, title={{{FLOW.title}}}, eprint={{2603.00001}}}}
        @misc{{b, eprint={{2603.99999}}}} @misc{{c, title={{Storm Surges}}}} @misc{{d, year=2020}}"""
    [answer] = (await typed(bot, f"follow {library}")).answered
    assert f"You now follow “{FLOW.title}”, “Storm Surges”." in answer.text
    assert "In no dump yet, and followed as soon as one tells of it: 2603.99999." in answer.text
    assert "d: This entry has neither a title nor an arXiv id." in answer.text
    assert answer.text.startswith("The nearest papers so far")
    assert papers_in(answer.blocks)
    assert [one.arxiv_id for one in await store.pending.of_workspace(WORKSPACE)] == ["2603.99999"]
    again = (await typed(bot, f"follow {library}")).said
    assert f"Followed before: {FLOW.title}, Storm Surges." in again


async def test_who_follows_nothing_is_told_the_ways_to_begin(bot: Bot) -> None:
    """A phrase, what one has already, or votes."""
    answer = (await typed(bot, "for-me")).said
    assert all(way in answer for way in ("a phrase", "BibTeX", "vote on five papers"))


async def test_a_long_list_is_told_in_a_few_lines(bot: Bot) -> None:
    """Of many lines is told how many came of them, and the first names."""
    lines = "\n".join(f"- harbour noise of kind {number}" for number in range(12))
    [answer] = (await typed(bot, f"follow {lines}")).answered
    assert "“harbour noise of kind 7” and 4 more." in answer.text
    assert len((await bot.readers.get(AMARA)).interests) == 12


@pytest.mark.parametrize("name", ["follow", "why", "similar"])
async def test_an_id_that_cannot_be_is_said_to_be_none(bot: Bot, name: str) -> None:
    """A link of arXiv with a month that there is not names no paper that could come."""
    sentence = (await refused(bot, f"{name} https://arxiv.org/abs/2999.12345")).sentence
    assert sentence.startswith("2999.12345 is no arXiv id")


async def test_following_a_paper_that_is_not_there_waits_for_it(bot: Bot, store: Store) -> None:
    """A link that no dump has told of is kept, and followed when one does."""
    said = (await typed(bot, "follow https://arxiv.org/abs/2603.99999")).said
    assert "2603.99999 is not in any dump yet" in said
    [pending] = await store.pending.of_workspace(WORKSPACE)
    assert (pending.reader, pending.arxiv_id, pending.follow) == (AMARA, "2603.99999", True)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("follow author:“Ada Marlowe”", InterestKind.AUTHOR),
        ("follow cat:cs.CL", InterestKind.CATEGORY),
        ("follow org:tamarin", InterestKind.ORGANISATION),
        ("follow <https://huggingface.co/papers/2603.00001>", InterestKind.PAPER),
        ("follow “Flow Matching for Robots”", InterestKind.PAPER),
        ("follow flow matching", InterestKind.PHRASE),
    ],
)
async def test_every_kind_of_interest_can_be_followed(bot: Bot, text: str, kind: InterestKind) -> None:
    """Authors, organisations, categories, links, titles and phrases."""
    assert "You now follow" in (await typed(bot, text)).said
    [interest] = (await bot.readers.get(AMARA)).interests
    assert interest.kind is kind


@pytest.mark.parametrize(
    "text", ["follow", "unfollow", "mute", "similar", "why", "channel", "follow ...", "unfollow volcanoes"]
)
async def test_a_command_without_what_it_needs_says_what_that_is(bot: Bot, text: str) -> None:
    """Each says in one sentence what to type."""
    assert await refused(bot, text)


async def test_following_twice_is_refused(bot: Bot) -> None:
    """The second time says that it is followed already."""
    await typed(bot, "follow kelp")
    assert "already" in (await refused(bot, "follow kelp")).sentence
    await typed(bot, "mute kelp")
    assert (await refused(bot, "follow kelp")).sentence.startswith("“kelp” is muted")


async def test_what_is_unfollowed_can_be_followed_again(bot: Bot) -> None:
    """Unfollowing says so and offers the way back."""
    await typed(bot, "follow kelp forests")
    [answer] = (await typed(bot, "unfollow Kelp Forests")).answered
    assert "You no longer follow “kelp forests”" in answer.text
    assert buttons(answer.blocks)["run_command"] == "follow kelp forests"
    assert (await bot.readers.get(AMARA)).interests == ()
    with pytest.raises(UnknownInterest):
        await typed(bot, "unfollow kelp forests")


async def test_what_is_not_followed_is_told_with_what_is(bot: Bot) -> None:
    """Five names, and how many more there are; for a channel the list to look at is the channel's."""
    for number in range(7):
        await typed(bot, f"follow kelp {number}")
    sentence = (await refused(bot, "unfollow algae")).sentence
    assert (sentence.count("“kelp"), sentence.endswith(" and 2 more.")) == (5, True)
    assert "/papers interests lists" in (await refused(bot, "unfollow")).sentence
    assert "/papers channel interests lists" in (await refused(bot, "channel unfollow", channel=CHANNEL.user)).sentence


async def test_muting_a_phrase_asks_for_less(bot: Bot) -> None:
    """A phrase that nobody follows becomes a negative interest; one that is followed is silenced."""
    await typed(bot, "mute kelp")
    await typed(bot, "follow robots")
    assert "“robots” is muted" in (await typed(bot, "mute Robots")).said
    assert "muted already" in (await typed(bot, "mute kelp")).said
    kelp, robots = sorted((await bot.readers.get(AMARA)).interests, key=lambda one: one.name)
    assert (kelp.weight < 0, kelp.muted) == (True, False)
    assert (robots.weight > 0, robots.muted) == (True, True)


async def test_muting_an_author(bot: Bot) -> None:
    """An author that is followed is silenced; another one is asked for no more."""
    await typed(bot, 'follow author:"Ada Marlowe"')
    assert "“Ada Marlowe” is muted" in (await typed(bot, 'mute author:"ada marlowe"')).said
    assert "no longer sent" in (await typed(bot, 'mute author:"Bo Quillon"')).said
    assert {(one.muted, one.weight > 0) for one in (await bot.readers.get(AMARA)).interests} == {
        (True, True),
        (False, False),
    }


async def test_interests_are_listed_with_their_matches(bot: Bot) -> None:
    """Each interest by its name; without any, how to follow one."""
    assert "follow" in (await typed(bot, "interests")).said
    await typed(bot, "follow robots")
    assert "robots" in (await typed(bot, "interests")).said


async def test_the_best_for_me_now(bot: Bot) -> None:
    """The nearest papers with the reason; without interests, how to get some."""
    assert "/papers follow" in (await typed(bot, "for-me")).said
    await typed(bot, "follow counting algae in drone images")
    said = (await typed(bot, "for me")).said
    assert KELP.title in said


async def test_papers_similar_to_one(bot: Bot) -> None:
    """Papers near the one that is named by link, without itself."""
    said = (await typed(bot, "similar https://arxiv.org/abs/2603.00001v2")).said
    assert "Similar to “Flow Matching for Robots”" in said
    assert "Robots that Move" in said


@pytest.mark.parametrize("name", ["similar", "why"])
async def test_words_that_name_no_paper_are_searched(bot: Bot, name: str) -> None:
    """``similar`` and ``why`` of what is no stored title search all the words and say so; a link is refused."""
    said = (await typed(bot, f"{name} algae are counted")).said
    assert "No stored paper is called “algae are counted”" in said
    assert KELP.title in said
    with pytest.raises(UnknownPaper):
        await typed(bot, f"{name} “algae are counted”")


@pytest.mark.parametrize("text", ["why <https://arxiv.org/abs/2603.99999>", "similar 2603.99999v2", "2603.99999"])
async def test_a_paper_that_no_dump_told_of_is_remembered(bot: Bot, store: Store, text: str) -> None:
    """A link or an id that is not stored says so, is kept as pending, and can be followed."""
    [answer] = (await typed(bot, text)).answered
    assert "2603.99999 is not in any dump yet" in answer.text
    assert buttons(answer.blocks)["run_command"] == "follow 2603.99999"
    [pending] = await store.pending.of_workspace(WORKSPACE)
    assert (pending.reader, pending.arxiv_id, pending.follow) == (AMARA, "2603.99999", False)


async def test_why_a_paper_was_not_sent(bot: Bot) -> None:
    """A paper that was not sent is explained."""
    await typed(bot, "follow speech recognition")
    said = (await typed(bot, "why 2603.00001")).said
    assert FLOW.title in said


async def test_trending_is_by_comments(bot: Bot) -> None:
    """What is talked about, within the time asked for."""
    assert FLOW.title in (await typed(bot, "trending")).said
    assert "today" in (await typed(bot, "trending day")).said


async def test_who_wants_no_word_of_colleagues_has_no_order_by_them_either(bot: Bot) -> None:
    """Two colleagues saved a paper that nobody else spoke of: it is told, and not to whoever chose otherwise."""
    for user in ("U0BEN", "U0EVE"):
        await bot.readers.save(UserId(AMARA.workspace, user), ROBOTS[-1].id)
    assert f"{ROBOTS[-1].title}" in (told := (await typed(bot, "trending month")).said)
    assert "2 colleagues saved it" in told
    await bot.readers.change(AMARA, shows_colleagues=False)
    assert ROBOTS[-1].title not in (await typed(bot, "trending month")).said


async def test_where_nothing_is_talked_about(store: Store) -> None:
    """A longer time is proposed while there is one."""
    async with open_test_bot(store) as empty:
        assert "try a longer time" in (await typed(empty, "trending week")).said
        assert "the next dump may bring some" in (await typed(empty, "trending month")).said


async def test_a_phrase_in_quotes_is_quoted_once(bot: Bot) -> None:
    """The heading has quotation marks of its own."""
    assert "Papers for “flow matching”" in (await typed(bot, 'search "flow matching"')).said


async def test_the_reading_list(bot: Bot) -> None:
    """Saved papers are listed, searched within, and sent as files."""
    assert "empty" in (await typed(bot, "saved")).said
    assert "empty" in (await refused(bot, "saved bibtex")).sentence
    for one in (FLOW, KELP):
        await bot.readers.save(AMARA, one.id)
    assert KELP.title in (await typed(bot, "saved")).said
    within = (await typed(bot, "saved marlowe")).said
    assert FLOW.title in within
    assert KELP.title not in within
    assert "Nothing on your reading list" in (await typed(bot, "saved volcanoes")).said
    for form, name in (("bibtex", "reading-list.bib"), ("Markdown", "reading-list.md")):
        reply = await typed(bot, f"saved {form}")
        [(file, _, content)] = reply.uploaded
        assert file == name
        assert FLOW.title in content.decode()
        assert "2 papers" in reply.said
    assert "empty" in (await typed(bot, "saved", reader=BEN)).said


async def test_what_i_was_sent(bot: Bot, store: Store) -> None:
    """The history tells papers with the reader's own day; before the first there is none."""
    assert "nothing yet" in (await typed(bot, "history")).said
    await store.sent.confirm(AMARA, [Sent(FLOW.id, NOW, DIRECT, "1.0")])
    said = (await typed(bot, "history")).said
    assert FLOW.title in said
    assert "Wednesday, 18 March 2026" in said


async def test_a_pause_ends_on_its_day(bot: Bot) -> None:
    """Until Monday is up to Sunday; without a day it is until resumed; each is said."""
    assert "Monday, 23 March 2026" in (await typed(bot, "pause until monday")).said
    paused = await bot.readers.subscription(AMARA)
    assert (paused.paused, paused.paused_until) == (True, date(2026, 3, 22))
    assert "/papers resume" in (await typed(bot, "pause")).said
    assert (await bot.readers.subscription(AMARA)).paused_until is None
    assert "again" in (await typed(bot, "resume")).said
    assert not (await bot.readers.subscription(AMARA)).paused
    assert "not paused" in (await typed(bot, "resume")).said


async def test_resuming_tries_again_after_a_refusal(bot: Bot) -> None:
    """Whom Slack refused messages for reads so in the status, and is written to again after resuming."""
    await bot.readers.change(AMARA, suspended=Suspension.UNREACHABLE)
    assert "Slack refused it" in (await typed(bot, "status")).said
    assert "again" in (await typed(bot, "resume")).said
    assert (await bot.readers.subscription(AMARA)).suspended is None
    assert "refused" not in (await typed(bot, "status")).said


async def test_a_channel_that_slack_refused_gets_its_digest_again(bot: Bot) -> None:
    """Its settings say that nothing is sent, and switching the digest on ends that."""
    await typed(bot, "channel follow kelp", channel=CHANNEL.user)
    refused_ = await bot.readers.change(CHANNEL, suspended=Suspension.UNREACHABLE)
    words = subscription_words(refused_, bot.settings.schedule, bar=None, cap=5, is_channel=True)
    assert "“channel digest on” tries again" in words
    await typed(bot, "channel digest on", channel=CHANNEL.user)
    assert (await bot.readers.subscription(CHANNEL)).suspended is None


async def test_who_is_new_is_written_to_by_the_own_clock(store: Store) -> None:
    """Following and pausing take the zone of the Slack profile, also where the host's day is another one."""
    settings_ = Settings(schedule=ScheduleSettings(zone="Pacific/Kiritimati"))
    workspace = slack()
    workspace.persons |= {one.user: Person(one, zone="Pacific/Honolulu") for one in (AMARA, BEN)}
    async with open_test_bot(store, [KELP], settings_, workspace) as bot:
        await typed(bot, "follow kelp")
        await typed(bot, "pause until tomorrow", reader=BEN)
        for reader in (AMARA, BEN):
            assert (await bot.readers.subscription(reader)).zone == "Pacific/Honolulu"
        assert (await bot.readers.subscription(BEN)).paused_until == date(2026, 3, 17)


async def test_why_and_history_tell_the_same_day(store: Store) -> None:
    """Where neither the person nor Slack names a zone, days are the host's."""
    settings_ = Settings(schedule=ScheduleSettings(zone="Asia/Tokyo"))
    async with open_test_bot(store, [FLOW], settings_) as bot:
        await store.sent.confirm(GUEST, [Sent(FLOW.id, NOW.replace(hour=20), DIRECT, "1.0")])
        assert "19 March 2026" in (await typed(bot, "history", reader=GUEST)).said
        assert "19 March 2026" in (await typed(bot, f"why {FLOW.arxiv_id}", reader=GUEST)).said


async def test_settings_open_a_form(bot: Bot) -> None:
    """The form knows whose settings it shows."""
    [view] = (await typed(bot, "settings")).opened
    assert (view["type"], view["callback_id"]) == ("modal", "settings")
    assert view.get("private_metadata", "") == ""


async def test_status_is_told(bot: Bot) -> None:
    """The version and how many papers there are."""
    said = (await typed(bot, "status")).said
    assert "15" in said


async def test_everything_stored_is_exported(bot: Bot) -> None:
    """The export is JSON, sent as a file to the person alone."""
    await typed(bot, "follow kelp")
    reply = await typed(bot, "export")
    [(name, _, content)] = reply.uploaded
    assert name.endswith(".json")
    assert "kelp" in json.dumps(json.loads(content))
    assert name in reply.said


async def test_forgetting_asks_first(bot: Bot) -> None:
    """Nothing is deleted before the button is pressed."""
    await typed(bot, "follow kelp")
    [answer] = (await typed(bot, "forget-me")).answered
    assert "forget_me_confirm" in buttons(answer.blocks)
    assert len((await bot.readers.get(AMARA)).interests) == 1


class TestChannel:
    """A channel is a reader of its own, changed by those in it."""

    async def test_it_follows_for_itself(self, bot: Bot) -> None:
        """What a channel follows is not what the person follows; whoever sets it up is its owner."""
        reply = await typed(bot, "channel follow kelp", channel=CHANNEL.user)
        assert "This channel now follows “kelp”" in reply.said
        assert [one.name for one in (await bot.readers.get(CHANNEL)).interests] == ["kelp"]
        assert (await bot.readers.get(AMARA)).interests == ()
        await typed(bot, "channel mute robots", reader=BEN, channel=CHANNEL.user)
        assert (await bot.readers.subscription(CHANNEL)).owner == AMARA.user
        assert "kelp" in (await typed(bot, "channel interests", channel=CHANNEL.user)).said
        [answer] = (await typed(bot, "channel unfollow kelp", reader=BEN, channel=CHANNEL.user)).answered
        assert "This channel no longer follows “kelp”" in answer.text
        assert buttons(answer.blocks)["run_command"] == "channel follow kelp"

    async def test_its_digest_has_an_hour(self, bot: Bot) -> None:
        """An hour is on the clock of whoever names it, unless a zone is named; the digest can be switched off and on."""
        said = (await typed(bot, "channel digest 8", reader=BEN, channel=CHANNEL.user)).said
        assert "8:00 Europe/Berlin" in said
        assert "follows nothing yet" in said
        said = (await typed(bot, "channel digest 5 pm Asia/Tokyo", channel=CHANNEL.user)).said
        assert "17:00 Asia/Tokyo" in said
        await typed(bot, "channel digest off", channel=CHANNEL.user)
        assert (await bot.readers.subscription(CHANNEL)).paused
        assert "17:00 Asia/Tokyo" in (await typed(bot, "channel digest on", channel=CHANNEL.user)).said
        subscription = await bot.readers.subscription(CHANNEL)
        assert (subscription.paused, subscription.hour, subscription.zone) == (False, 17, "Asia/Tokyo")

    @pytest.mark.parametrize(
        ("zone", "name"),
        [("Berlin", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("new york", "America/New_York")],
    )
    async def test_its_zone_is_written_as_people_do(self, bot: Bot, zone: str, name: str) -> None:
        """A city is enough, in any case, as in the settings."""
        assert f"9:00 {name}" in (await typed(bot, f"channel digest 9 {zone}", channel=CHANNEL.user)).said

    async def test_a_zone_that_is_nearly_one_is_suggested(self, bot: Bot) -> None:
        """The refusal says what was probably meant, as in the settings."""
        refusal = await refused(bot, "channel digest 9 Berlni", channel=CHANNEL.user)
        assert "Europe/Berlin" in refusal.sentence

    @pytest.mark.parametrize("text", ["interests", "settings", "digest off", "colleagues on", "follow author:"])
    async def test_who_only_looks_does_not_own_it(self, bot: Bot, text: str) -> None:
        """Looking, switching off, or being refused, sets up nothing that anybody had to hear of."""
        with suppress(UserError):
            await typed(bot, f"channel {text}", channel=CHANNEL.user)
        assert (await bot.readers.subscription(CHANNEL)).owner is None

    @pytest.mark.parametrize("text", ["follow kelp", "follow 2603.99999", "mute robots", "digest on", "digest 9"])
    async def test_who_sets_it_up_owns_it(self, bot: Bot, text: str) -> None:
        """The first who makes it follow, or get, something hears of it when it breaks; the next one does not take over."""
        for reader in (BEN, AMARA):
            with suppress(UserError):
                await typed(bot, f"channel {text}", reader=reader, channel=CHANNEL.user)
        assert (await bot.readers.subscription(CHANNEL)).owner == BEN.user

    @pytest.mark.parametrize("text", ["channel digest 25", "channel digest 13 pm", "channel digest 9 Moon/Base"])
    async def test_an_hour_or_a_zone_that_there_is_not_is_refused(self, bot: Bot, text: str) -> None:
        """It says how hours and zones are written."""
        assert await refused(bot, text, channel=CHANNEL.user)

    @pytest.mark.parametrize(
        ("text", "says"),
        [("digest 9:30", "a full hour"), ("colleagues", "on or off"), ("settings soon", "nothing more")],
    )
    async def test_a_step_with_other_words_says_what_follows_it(self, bot: Bot, text: str, says: str) -> None:
        """What begins like a step of the channel's is not searched: a sentence tells how it is written."""
        assert says in (await refused(bot, f"channel {text}", channel=CHANNEL.user)).sentence

    async def test_it_may_keep_silent_about_colleagues(self, bot: Bot) -> None:
        """Its digest can do without the number of colleagues."""
        said = (await typed(bot, "channel colleagues off", channel=CHANNEL.user)).said
        assert "The digest of this channel no longer says" in said
        assert not (await bot.readers.subscription(CHANNEL)).shows_colleagues
        await typed(bot, "channel colleagues on", channel=CHANNEL.user)
        assert (await bot.readers.subscription(CHANNEL)).shows_colleagues

    async def test_its_settings_are_its_own(self, bot: Bot) -> None:
        """The form carries the channel."""
        [view] = (await typed(bot, "channel settings", channel=CHANNEL.user)).opened
        assert view["private_metadata"] == CHANNEL.user

    @pytest.mark.parametrize(
        "text", ["channel follow kelp", "channel digest off", "channel settings", "channel interests"]
    )
    async def test_who_may_not_change_it_is_told(self, bot: Bot, text: str) -> None:
        """Guests never may, nobody from outside may, and there is nothing to change in a direct message."""
        for reader, channel in ((GUEST, CHANNEL.user), (AMARA, ELSEWHERE), (AMARA, DIRECT)):
            with pytest.raises(NotAllowed):
                await typed(bot, text, reader=reader, channel=channel)
        assert (await bot.readers.get(CHANNEL)).interests == ()
        assert (await bot.readers.subscription(CHANNEL)).owner is None

    async def test_where_the_bot_is_not_it_says_how_to_invite_it(self, bot: Bot) -> None:
        """It has to be in the channel to write there."""
        refusal = await refused(bot, "channel follow kelp", channel=ELSEWHERE)
        assert "/invite" in refusal.sentence


_HOSTILE = st.lists(
    st.sampled_from(
        [
            "<!channel>",
            "<@U1>",
            "<https://evil.example|arxiv.org>",
            "&lt;!here&gt;",
            "`",
            "*",
            "_",
            "~",
            "\u202e",
            "\u2066",
            "\ud800",
            "🦀",
            "\n",
            "\0",
            '"',
            "x",
            " ",
            ":",
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=_HOSTILE, name=st.sampled_from(["", *TABLE]))
async def test_hostile_words_are_only_words(bot: Bot, words: str, name: str) -> None:
    """Whatever is typed after whichever command comes back as text, or is refused in one sentence."""
    reply = RecordingReply()
    with suppress(UserError):
        await route(bot).handle(command(f"{name} {words}"), reply)
    check(reply)
