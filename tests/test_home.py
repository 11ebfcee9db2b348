"""App Home and its windows: from nothing to a first paper, and everything a person sets there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import date, time, timedelta

import pytest

from bot import blocks
from bot.acts import Act, ActKind, Surface, View
from bot.errors import NotAllowed, UnknownInterest
from bot.models import Cadence, Ending, Near, Profile, Sent, SlotEnd, SourceState, Subscription, UserId
from bot.services import Bot
from bot.store import Store
from handlers import route
from handlers.forms import settings_form
from tests.fakes import paper
from tests.handling import (
    AMARA,
    BEN,
    CHANNEL,
    GUEST,
    NOW,
    RecordingReply,
    act,
    button,
    event,
    open_test_bot,
    submission,
)
from tests.nearness import came_now, older_papers
from tests.pressing import elements, pressed, said

TOPICS = ("diffusion models for video", "soil moisture from radar", "proofs with language models", "robots that grasp")
PAPERS = [
    paper(f"p{number:015x}", f"{topic.capitalize()} {number}", f"We study {topic} in part {number}. " * 5)
    for number, topic in enumerate(topic for topic in TOPICS for _ in range(4))
]
SETTINGS = {
    "bar": "best", "cap": "3", "cadence": "weekly", "hour": "8", "weekdays": ("mon", "thu"), "zone": "Europe/Berlin",
    "quiet_from": "20:00", "quiet_to": "07:30", "holiday_until": "2026-04-01", "counted": ("shows_colleagues",),
    "roll_up": (),
}  # fmt: skip


@pytest.fixture
async def bot(store: Store) -> AsyncGenerator[Bot]:
    """A bot that knows sixteen papers of four topics."""
    async with open_test_bot(store, PAPERS) as opened:
        yield opened


async def do(bot: Bot, done: Act) -> RecordingReply:
    """Do it as the door does."""
    reply = RecordingReply()
    await route(bot).handle(done, reply)
    return reply


async def home(bot: Bot, reader: object = AMARA) -> View:
    """App Home as it is shown to somebody who opens it."""
    [view] = (await do(bot, event("app_home_opened", value="home", surface=Surface.HOME, reader=reader))).published
    return view


def at_home(view: View, name: str, of: str = "", value: str | None = None) -> Act:
    """An element of App Home was used."""
    return pressed(view["blocks"], name, of, value=value, surface=Surface.HOME, channel="")


async def test_the_first_visit_offers_ways_to_begin(bot: Bot) -> None:
    """Nothing is followed: there is a button to follow, papers of several topics to vote on, and the settings."""
    view = await home(bot)
    names = [element["action_id"] for _, element in elements(view["blocks"])]
    assert {"home_follow", "home_settings", "more_like_this"} <= set(names)
    shown = [one for one in PAPERS if one.title in said(view["blocks"])]
    assert len({one.title.rstrip("0123456789 ") for one in shown}) >= 3


async def test_following_from_home(bot: Bot) -> None:
    """The window shows what a phrase would bring while it is typed; sent, Home shows the interests and their papers."""
    [window] = (await do(bot, at_home(await home(bot), "home_follow"))).opened
    assert window["callback_id"] == "follow"
    typed = button("phrase", "diffusion models for video", surface=Surface.MODAL, view_id="V7", channel="")
    [(view_id, preview)] = (await do(bot, typed)).updated
    assert (view_id, "Diffusion models for video" in said(preview["blocks"])) == ("V7", True)
    sent = {"phrase": "diffusion models for video", "links": "robots that grasp\nhttps://arxiv.org/abs/2601.00001"}
    reply = await do(bot, submission("follow", sent))
    assert [one.name for one in (await bot.readers.get(AMARA)).interests] == [
        "diffusion models for video",
        "robots that grasp",
    ]
    assert "not in any dump yet" in reply.said
    shown = said(reply.published[-1]["blocks"])
    assert "Diffusion models for video" in shown
    assert "Robots that grasp" in shown


async def test_a_library_is_pasted_at_home(bot: Bot) -> None:
    """BibTeX in the window for several things is taken as it is, and what came of it is said beside Home."""
    sent = {"phrase": None, "links": "@misc{a,\n  title = {Kelp\n  forests}\n}\n@misc{b, eprint = {2601.00001}}"}
    assert route(bot).complaints(submission("follow", sent)) == {}
    reply = await do(bot, submission("follow", sent))
    assert [one.name for one in (await bot.readers.get(AMARA)).interests] == ["Kelp forests"]
    assert "In no dump yet, and followed as soon as one tells of it: 2601.00001." in reply.said


async def test_nothing_to_follow_is_a_complaint(bot: Bot) -> None:
    """An empty window stays open with a complaint; what cannot be previewed says why."""
    assert route(bot).complaints(submission("follow", {"phrase": None, "links": None}))
    typed = button("phrase", "https://arxiv.org/abs/2601.00001", surface=Surface.MODAL, view_id="V7", channel="")
    [(_, view)] = (await do(bot, typed)).updated
    assert "2601.00001" in said(view["blocks"])


async def test_voting_is_a_way_to_begin(bot: Bot) -> None:
    """A vote is said on the card and can be undone there; more votes are offered until there are five."""
    view = await home(bot)
    votes = [element["value"] for _, element in elements(view["blocks"]) if element["action_id"] == "more_like_this"]
    reply = await do(bot, at_home(view, "more_like_this", votes[0]))
    view = reply.published[-1]
    assert "Learnt: more" in said(view["blocks"])
    assert await bot.readers.marks(AMARA, votes) != {}
    assert at_home(view, "more_like_this", votes[1])
    assert "1 of 5 done" in said(view["blocks"])
    back = (await do(bot, at_home(view, "undo", votes[0]))).published[-1]
    assert "Learnt" not in said(back["blocks"])


async def test_a_pick_that_is_not_wanted_can_be_taken_back(bot: Bot) -> None:
    """Not for me on one of today's picks: the card stays in sight with Undo until Home is opened again."""
    await do(bot, submission("follow", {"phrase": "diffusion models for video", "links": None}))
    view = await home(bot)
    paper_id = next(e["value"] for _, e in elements(view["blocks"]) if e["action_id"] == "not_for_me")
    left = (await do(bot, at_home(view, "not_for_me", paper_id))).published[-1]
    assert "Learnt: less" in said(left["blocks"])
    back = (await do(bot, at_home(left, "undo", paper_id))).published[-1]
    assert at_home(back, "not_for_me", paper_id)


async def test_saved_papers_are_on_home(bot: Bot) -> None:
    """A saved paper is listed, and comes off from there; a paper may stand among picks and saved at once."""
    await do(bot, submission("follow", {"phrase": "diffusion models for video", "links": None}))
    view = await home(bot)
    paper_id = next(e["value"] for _, e in elements(view["blocks"]) if e["action_id"] == "save")
    saved = (await do(bot, at_home(view, "save", paper_id))).published[-1]
    ids = [block["block_id"] for block in saved["blocks"] if "block_id" in block]
    assert (len(ids), len(await bot.readers.saved(AMARA))) == (len(set(ids)), 1)
    for of in (f"{paper_id}:saved", f"{paper_id}:i"):
        await bot.readers.save(AMARA, paper_id)
        for _ in range(2):
            await do(bot, at_home(saved, "save", of))
        assert await bot.readers.saved(AMARA) == []


async def test_interests_are_changed_on_home(bot: Bot) -> None:
    """The menu beside an interest mutes and removes it, and Home says so; the editor renames and weighs it."""
    await do(bot, submission("follow", {"phrase": "diffusion models for video", "links": None}))
    view = await home(bot)
    [editor] = (await do(bot, at_home(view, "interest", value="rename"))).opened
    sent = submission(
        "interest", {"name": "video", "weight": "lot", "direction": "more"}, private=editor["private_metadata"]
    )
    weights = [o["value"] for _, e in elements(editor["blocks"]) if e["action_id"] == "weight" for o in e["options"]]
    sent = submission("interest", {**sent.fields, "weight": weights[-1]}, private=editor["private_metadata"])
    assert route(bot).complaints(sent) == {}
    renamed = (await do(bot, sent)).published[-1]
    [interest] = (await bot.readers.get(AMARA)).interests
    assert (interest.name, interest.weight > 1) == ("video", True)
    muted = (await do(bot, at_home(renamed, "interest", value="mute"))).published[-1]
    assert (await bot.readers.get(AMARA)).interests[0].muted
    await do(bot, at_home(muted, "interest", value="remove"))
    assert (await bot.readers.get(AMARA)).interests == ()
    with pytest.raises(UnknownInterest):
        await do(bot, sent)


async def test_settings(bot: Bot) -> None:
    """The window has what is set now, complains about what cannot be, and sets everything when it is sent."""
    [window] = (await do(bot, at_home(await home(bot), "home_settings"))).opened
    assert window["callback_id"] == "settings"
    assert route(bot).complaints(submission("settings", {**SETTINGS, "zone": "Mars/Olympus"})).keys() == {"zone"}
    reply = await do(bot, submission("settings", SETTINGS))
    assert reply.published
    chosen = await bot.readers.subscription(AMARA)
    assert (chosen.cadence, chosen.hour, chosen.weekdays, chosen.zone) == (Cadence.WEEKLY, 8, (0, 3), "Europe/Berlin")
    assert (chosen.zone_chosen, chosen.quiet_from, chosen.quiet_to) == (True, time(20), time(7, 30))
    assert (chosen.holiday_until, chosen.counted, chosen.shows_colleagues) == (date(2026, 4, 1), False, True)
    assert chosen.roll_up is False
    profile = await bot.readers.get(AMARA)
    assert (profile.bar, profile.cap) == (0.995, 3)
    balanced = {**SETTINGS, "bar": "balanced"}
    await do(bot, submission("settings", balanced))
    assert (await bot.readers.get(AMARA)).bar == bot.settings.digest.bar


async def test_a_zone_that_was_left_alone_goes_on_following_slack(bot: Bot) -> None:
    """The zone of the Slack profile stands in the window; sent as it stood, it is not chosen by hand."""
    await do(bot, submission("settings", {**SETTINGS, "zone": "Africa/Lagos"}))
    chosen = await bot.readers.subscription(AMARA)
    assert (chosen.zone, chosen.zone_chosen) == ("Africa/Lagos", False)


@pytest.mark.parametrize("reader", [AMARA, CHANNEL])
async def test_what_was_left_alone_goes_on_following_the_host(bot: Bot, reader: UserId) -> None:
    """Sent as the window showed it, nothing is chosen; what was changed is, and a change back to the host's counts too."""
    private, default = (reader.user if reader == CHANNEL else ""), bot.settings.schedule
    shown = {
        "bar": "balanced" if private else "learnt", "cap": str(bot.settings.digest.cap), "cadence": "daily" if private else "at_once",
        "hour": str(default.digest_hour), "weekdays": default.weekdays, "zone": await bot.people.zone(reader),
        "shows_colleagues": ("shows_colleagues",), "roll_up": () if private else ("roll_up",),
    }  # fmt: skip
    await do(bot, submission("settings", shown, private=private))
    assert await bot.readers.subscription(reader) == Subscription(reader)
    assert (await bot.readers.get(reader)) == Profile(reader)
    # A form that was opened before there was this question asks for nothing.
    await do(bot, submission("settings", {name: shown[name] for name in shown if name != "roll_up"}, private=private))
    assert await bot.readers.subscription(reader) == Subscription(reader)
    await do(bot, submission("settings", {**shown, "hour": "7", "cap": "2"}, private=private))
    chosen, profile = await bot.readers.subscription(reader), await bot.readers.get(reader)
    assert (chosen.hour, chosen.cadence, chosen.weekdays, profile.cap, profile.bar) == (7, None, None, 2, None)
    await do(bot, submission("settings", shown, private=private))
    assert (await bot.readers.subscription(reader)).hour == default.digest_hour


async def test_a_bar_follows_votes_again_if_that_is_chosen(bot: Bot) -> None:
    """The host's bar may be chosen too: then votes move nothing; what was learnt stands in the window, ready to be chosen."""

    async def shown() -> tuple[float | None, bool, float | None]:
        form = await settings_form(bot, AMARA)
        return form.bar, form.learns, form.learnt_bar

    await do(bot, submission("settings", {**SETTINGS, "bar": "learnt"}))
    await bot.readers.store.profiles.set_learnt_bar(AMARA, 0.971)
    assert await shown() == (None, True, 0.971)
    await do(bot, submission("settings", {**SETTINGS, "bar": "balanced"}))
    assert (await bot.readers.get(AMARA)).bar == bot.settings.digest.bar
    assert await shown() == (None, False, 0.971)
    reply = await do(bot, submission("settings", {**SETTINGS, "bar": "learnt"}))
    assert await shown() == (None, True, 0.971)
    assert "closer than 97.1 % of papers, learnt from your votes" in str(reply.published[-1])
    assert not (await settings_form(bot, CHANNEL, is_channel=True)).learns


async def test_a_channels_settings_are_checked_again(bot: Bot) -> None:
    """Who may not change the channel cannot, whatever private_metadata says; who may is told what was saved."""
    sent = submission("settings", {**SETTINGS, "cadence": "daily"}, private=CHANNEL.user)
    with pytest.raises(NotAllowed):
        await do(bot, submission("settings", SETTINGS, private=CHANNEL.user, reader=GUEST))
    reply = await do(bot, sent)
    assert reply.said.startswith("Saved for the channel.")
    assert (await bot.readers.subscription(CHANNEL)).hour == 8
    assert (await bot.readers.subscription(AMARA)).hour is None


async def test_home_always_says_how_the_last_day_ended(store: Store) -> None:
    """Who follows nothing expects nothing; else the line is there, and a quiet day's best is a press away."""
    near = came_now(2, "Kelp grows", "Kelp")
    async with open_test_bot(store, [*near, *older_papers("kelp")]) as bot:
        assert "No papers yet" not in said((await home(bot))["blocks"])
        await do(bot, submission("follow", {"phrase": "kelp", "links": None}))
        assert "No papers yet: the first message comes with" in said((await home(bot))["blocks"])
        best = Near(near[0].id, 0.97, "kelp")
        await store.ends.tell(SlotEnd(AMARA, NOW.date(), Ending.QUIET, NOW, best=best))
        view = await home(bot)
        assert "Nothing above your bar today. The best was “Kelp" in said(view["blocks"])
        shown = await do(bot, at_home(view, "show_anyway"))
        assert [window["title"]["text"] for window in shown.opened] == ["The best anyway"]
        assert "Kelp study" in said(shown.updated[0][1]["blocks"])
        # Where nothing is left that could be shown, nothing is offered.
        await store.sent.confirm(AMARA, [Sent(one.id, NOW) for one in near])
        view = await home(bot)
        assert "Nothing above your bar today." in said(view["blocks"])
        assert "show_anyway" not in [one["action_id"] for _, one in elements(view["blocks"])]
        await store.ends.tell(SlotEnd(AMARA, NOW.date(), Ending.SENT, NOW, papers=3))
        view = await home(bot)
        assert "Last papers: 2 today at 10:00." in said(view["blocks"])
        assert "show_anyway" not in [one["action_id"] for _, one in elements(view["blocks"])]


async def test_home_begins_with_what_keeps_messages_back(bot: Bot) -> None:
    """A pause is not told below all cards alone."""
    await do(bot, submission("follow", {"phrase": "diffusion models for video", "links": None}))
    await bot.readers.pause(AMARA, NOW.date())
    line = next(one for one in (await home(bot))["blocks"] if one["block_id"] == "home:slot")
    assert said([line]).startswith(
        "Paused until Wednesday, 18 March 2026; what came meanwhile follows tomorrow at 9:00."
    )


async def test_home_tells_readers_of_sources_in_their_own_words(bot: Bot, store: Store) -> None:
    """What is failing and where is the host's business; that no papers come in is theirs."""
    name = bot.settings.places()[0].name
    await store.sources.tell(SourceState(name, NOW - timedelta(hours=3), failure="/srv/inbox cannot be read."))
    shown = said((await home(bot))["blocks"])
    assert "No new papers have come in since 18 March; the host knows." in shown
    assert "/srv" not in shown


async def test_home_while_the_model_is_loading(bot: Bot) -> None:
    """Home comes at once without papers and says why; with the papers when the model is there."""
    await do(bot, submission("follow", {"phrase": "diffusion models for video", "links": None}))
    services, bot.opening = bot.opening.result(), asyncio.get_running_loop().create_future()
    reply = Waiting()
    opened = event("app_home_opened", value="home", surface=Surface.HOME)
    showing = asyncio.create_task(route(bot).handle(opened, reply))
    await reply.first_view.wait()
    assert "Waking up" in said(reply.published[0]["blocks"])
    bot.opening.set_result(services)
    await showing
    assert "Diffusion models for video" in said(reply.published[1]["blocks"])


@dataclass
class Waiting(RecordingReply):
    """Says when the first view was published."""

    first_view: asyncio.Event = field(default_factory=asyncio.Event)

    async def publish(self, view: View) -> None:
        await super().publish(view)
        self.first_view.set()


async def test_who_is_new_is_welcomed_once(bot: Bot) -> None:
    """The messages tab welcomes on the first visit only."""
    opened = event("app_home_opened", value="messages", surface=Surface.HOME)
    first, second = await do(bot, opened), await do(bot, opened)
    assert first.answered == [blocks.welcome_message("/papers")]
    assert (second.answered, second.published) == ([], [])


async def test_the_search_window(bot: Bot) -> None:
    """The global shortcut opens a window for words; sent, another has the answer."""
    [window] = (await do(bot, act(ActKind.SHORTCUT, "search_papers", channel=""))).opened
    assert window["callback_id"] == "search"
    reply = await do(bot, submission("search", {"query": "robots"}, reader=BEN))
    assert (reply.answered, len(reply.opened)) == ([], 1)
    assert "Robots that grasp" in said(reply.updated[0][1]["blocks"])


@pytest.mark.parametrize("query", ["robots since:yesterday", "author:ada", " "])
def test_a_search_that_cannot_be_is_said_beside_its_words(bot: Bot, query: str) -> None:
    """The window stays open with what was typed, and says what is allowed."""
    assert list(route(bot).complaints(submission("search", {"query": query}))) == ["query"]
    assert route(bot).complaints(submission("search", {"query": "robots since:2026"})) == {}


async def test_of_several_lines_each_refusal_names_its_own(bot: Bot) -> None:
    """Two links in a line are two; what is followed already is told with its line."""
    links = "https://arxiv.org/abs/2601.00001 https://arxiv.org/abs/2601.00002\nrobots"
    await do(bot, submission("follow", {"phrase": "robots"}))
    reply = await do(bot, submission("follow", {"phrase": None, "links": links}))
    assert "2601.00001 is not in any dump yet" in reply.said
    assert "2601.00002 is not in any dump yet" in reply.said
    assert "robots: You follow “robots” already" in reply.said
