"""By which way papers come: an address is written to only after a click in Slack, and only while it is the profile's."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from bot import mailboxes
from bot.acts import Act, Message, Surface
from bot.blocks import reached_words, subscription_words
from bot.errors import NotAllowed, NotifierUnavailable, UserError
from bot.models import Attached, Cadence, Interest, InterestKind, Subscription, Via
from bot.services import Bot
from bot.settings import EmailSettings, ScheduleSettings, Settings
from bot.store import Store
from handlers import route
from handlers.forms import settings_form
from tests.handling import (
    AMARA,
    BEN,
    CHANNEL,
    DIRECT,
    GUEST,
    RecordingReply,
    Slack,
    button,
    command,
    event,
    open_test_bot,
    slack,
    submission,
)
from tests.pressing import pressed, said
from tests.test_home import PAPERS, SETTINGS

ADDRESS = "amara@example.org"
MAIL = Settings(email=EmailSettings(host="smtp.example.org", sender="papers@example.org"))


@pytest.fixture
def workspace() -> Slack:
    """Amara has an address in her profile."""
    made = slack()
    made.persons[AMARA.user] = replace(made.persons[AMARA.user], email=ADDRESS)
    return made


@pytest.fixture
async def bot(store: Store, workspace: Slack) -> AsyncGenerator[Bot]:
    """A bot whose host sends e-mail."""
    async with open_test_bot(store, PAPERS, MAIL, workspace) as opened:
        yield opened


async def do(bot: Bot, done: Act) -> RecordingReply:
    """Do it as the door does."""
    reply = RecordingReply()
    await route(bot).handle(done, reply)
    return reply


async def choose(bot: Bot, via: str, **fields: Any) -> RecordingReply:
    """Send the settings with this way."""
    return await do(bot, submission("settings", {**SETTINGS, "via": via, "trending": (), **fields}))


async def asked(bot: Bot, via: str = "email") -> Message:
    """The question after e-mail was chosen."""
    [question] = (await choose(bot, via)).answered
    return question


async def of_amara(bot: Bot) -> tuple[Via | None, tuple[str, ...], str]:
    """Her way, where she is written to, and what waits."""
    chosen = await bot.readers.subscription(AMARA)
    return chosen.via, chosen.addresses, chosen.asked_address


async def home(bot: Bot) -> str:
    """Every text of her App Home."""
    return said((await do(bot, event("app_home_opened", value="home"))).published[-1]["blocks"])


async def test_nothing_goes_to_an_address_before_a_click(bot: Bot) -> None:
    """The question comes by direct message; until the click, window and App Home say what it waits for."""
    question = await asked(bot, "both")
    assert question.text == f"Send your digests to {ADDRESS} as well? Nothing goes there before you say so."
    assert await of_amara(bot) == (Via.BOTH, (), ADDRESS)
    assert ADDRESS not in str([block for block in question.blocks if block["type"] == "actions"])
    form = await settings_form(bot, AMARA)
    assert (form.via, form.address, form.asked_address) == (Via.BOTH, "", ADDRESS)
    assert f"{ADDRESS} waits for your click." in await home(bot)
    done = await do(bot, pressed(question.blocks, "confirm_email", channel=DIRECT))
    assert done.replaced[-1].text == f"Done. From now on papers reach you in Slack, and by e-mail to {ADDRESS}."
    assert await of_amara(bot) == (Via.BOTH, (ADDRESS,), "")
    assert "waits" not in await home(bot)
    assert f"by e-mail to {ADDRESS}" in await home(bot)
    assert f"by e-mail to {ADDRESS}" in (await do(bot, command("status"))).said


async def test_a_second_click_changes_nothing(bot: Bot) -> None:
    """Pressed twice, or done again after a crash, it says the same."""
    question = await asked(bot)
    click = pressed(question.blocks, "confirm_email", channel=DIRECT)
    first, second = [(await do(bot, click)).replaced[-1].text for _ in range(2)]
    assert first == second == f"Done. From now on papers reach you by e-mail to {ADDRESS}."
    assert await of_amara(bot) == (Via.EMAIL, (ADDRESS,), "")
    assert not (await choose(bot, "both")).answered
    assert await of_amara(bot) == (Via.BOTH, (ADDRESS,), "")


async def test_who_never_chose_how_often_is_told_when_it_comes(bot: Bot) -> None:
    """By e-mail a digest comes once a day, which is new to whoever heard at once."""
    await bot.readers.change(AMARA, via=Via.EMAIL, asked_address=ADDRESS, zone="Africa/Lagos")
    done = await do(bot, button("confirm_email", mailboxes.mark(ADDRESS), block_id="email:me", channel=DIRECT))
    assert done.replaced[-1].text.endswith(
        "A digest comes on weekdays at 9:00 (Africa/Lagos); the settings change that."
    )
    assert (await settings_form(bot, AMARA)).cadence is Cadence.DAILY


async def test_whoever_declines_stays_in_slack(bot: Bot) -> None:
    """Nothing of the address is kept, and the old question does nothing any more."""
    question = await asked(bot)
    done = await do(bot, pressed(question.blocks, "decline_email", channel=DIRECT))
    assert done.replaced[-1].text == "Papers go on reaching you in Slack."
    assert await of_amara(bot) == (Via.SLACK, (), "")
    with pytest.raises(UserError, match="earlier time"):
        await do(bot, pressed(question.blocks, "confirm_email", channel=DIRECT))
    assert await of_amara(bot) == (Via.SLACK, (), "")


async def test_app_home_asks_too(bot: Bot) -> None:
    """Who lost sight of the message answers there, and sees the answer there."""
    await asked(bot)
    shown = (await do(bot, event("app_home_opened", value="home"))).published[-1]["blocks"]
    done = await do(bot, pressed(shown, "confirm_email", surface=Surface.HOME, channel=""))
    assert not done.replaced
    assert f"By e-mail to {ADDRESS}." in said(done.published[-1]["blocks"])
    assert await of_amara(bot) == (Via.EMAIL, (ADDRESS,), "")


async def test_back_to_slack_forgets_the_address(bot: Bot) -> None:
    """A later choice asks again."""
    await do(bot, pressed((await asked(bot)).blocks, "confirm_email", channel=DIRECT))
    assert not (await choose(bot, "slack")).answered
    assert await of_amara(bot) == (Via.SLACK, (), "")
    assert (await asked(bot)).text.startswith("Send your digests to")


async def test_a_profile_that_changed_meanwhile(bot: Bot, workspace: Slack) -> None:
    """The click counts only for the address that the profile has now; the next choice asks for that one."""
    question = await asked(bot)
    workspace.persons[AMARA.user] = replace(workspace.persons[AMARA.user], email="new@example.org")
    reply = RecordingReply()
    with pytest.raises(UserError, match="another address by now"):
        await route(bot).handle(pressed(question.blocks, "confirm_email", channel=DIRECT), reply)
    # the question has no buttons any more
    [over] = reply.replaced
    assert "confirm_email" not in str(over.blocks)
    assert "earlier time" in over.text
    assert await of_amara(bot) == (Via.EMAIL, (), "")
    assert (await settings_form(bot, AMARA)).via is Via.SLACK
    assert "new@example.org" in (await asked(bot)).text


async def test_a_new_address_of_the_profile_is_asked_for(bot: Bot, workspace: Slack) -> None:
    """Until its click the one before goes on getting the papers."""
    await do(bot, pressed((await asked(bot)).blocks, "confirm_email", channel=DIRECT))
    workspace.persons[AMARA.user] = replace(workspace.persons[AMARA.user], email="new@example.org")
    question = await asked(bot)
    assert await of_amara(bot) == (Via.EMAIL, (ADDRESS,), "new@example.org")
    assert reached_words(await bot.readers.subscription(AMARA), has_email=True) == (
        f"By e-mail to {ADDRESS}. new@example.org waits for your click."
    )
    await do(bot, pressed(question.blocks, "confirm_email", channel=DIRECT))
    assert await of_amara(bot) == (Via.EMAIL, ("new@example.org",), "")


@pytest.mark.parametrize("value", ["", "0" * 12, mailboxes.mark("eve@example.net"), "eve@example.net"])
async def test_a_button_is_not_trusted(bot: Bot, value: str) -> None:
    """It names no address: whatever its value is, only the one that was asked for is ever written to."""
    await asked(bot)
    with pytest.raises(UserError, match="earlier time"):
        await do(bot, button("confirm_email", value, block_id="email:me"))
    assert await of_amara(bot) == (Via.EMAIL, (), ADDRESS)


async def test_nobody_confirms_for_somebody_else(bot: Bot) -> None:
    """The question is about whoever presses its button."""
    question = await asked(bot)
    with pytest.raises(UserError, match="earlier time"):
        await do(bot, pressed(question.blocks, "confirm_email", reader=BEN, channel=DIRECT))
    assert await of_amara(bot) == (Via.EMAIL, (), ADDRESS)
    assert (await bot.readers.subscription(BEN)).addresses == ()


@pytest.mark.parametrize(("email", "says"), [("", "tells me no e-mail address"), ("ada\n@example.org", "no address")])
async def test_a_profile_without_an_address(bot: Bot, workspace: Slack, email: str, says: str) -> None:
    """It is said what is missing; everything else in the window is saved."""
    workspace.persons[AMARA.user] = replace(workspace.persons[AMARA.user], email=email)
    [told] = (await choose(bot, "email", hour="7")).answered
    assert says in told.text
    assert "everything else is saved" in told.text
    assert await of_amara(bot) == (None, (), "")
    assert (await bot.readers.subscription(AMARA)).hour == 7


async def test_without_slack_nothing_is_changed(bot: Bot, workspace: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile cannot be asked, so the window is sent again later."""

    async def away(user: str) -> None:
        raise NotifierUnavailable("Slack cannot take this right now.", cause=user)

    await bot.people.meet(AMARA)
    monkeypatch.setattr(workspace, "person", away)
    with pytest.raises(NotifierUnavailable):
        await choose(bot, "email", hour="7")
    assert (await bot.readers.subscription(AMARA)).hour is None


async def test_what_was_chosen_before_stands_without_slack(
    bot: Bot, workspace: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever hears by e-mail saves everything else while Slack tells no profile."""
    await do(bot, pressed((await asked(bot)).blocks, "confirm_email", channel=DIRECT))

    async def away(user: str) -> None:
        raise NotifierUnavailable("Slack cannot take this right now.", cause=user)

    monkeypatch.setattr(workspace, "person", away)
    await choose(bot, "email", hour="7")
    assert (await bot.readers.subscription(AMARA)).hour == 7
    assert await of_amara(bot) == (Via.EMAIL, (ADDRESS,), "")


async def test_a_host_without_e_mail(store: Store, workspace: Slack) -> None:
    """The way is not asked; what somebody chose before does nothing, and a click says so."""
    async with open_test_bot(store, PAPERS, None, workspace) as bot:
        form = await settings_form(bot, AMARA)
        assert form.via is None
        await bot.readers.change(AMARA, via=Via.EMAIL, asked_address=ADDRESS)
        assert "click" not in await home(bot)
        with pytest.raises(UserError, match="sends no e-mail"):
            await do(bot, button("confirm_email", mailboxes.mark(ADDRESS), block_id="email:me"))
        with pytest.raises(UserError, match="sends no e-mail"):
            await do(bot, command("channel mail lab@example.org", channel=CHANNEL.user))


async def test_the_address_is_stored_nowhere_else(bot: Bot, store: Store) -> None:
    """What Slack tells of a person is remembered without it."""
    await asked(bot)
    assert (await bot.people.person(AMARA)).zone == "Africa/Lagos"
    known = await store.people.get(AMARA.workspace, AMARA.user)
    assert known is not None
    assert known.email == ""


class TestAChannel:
    """The digest of a channel goes to addresses beside."""

    async def typed(self, bot: Bot, words: str, **fields: Any) -> RecordingReply:
        return await do(bot, command(f"channel mail {words}".strip(), **{"channel": CHANNEL.user, **fields}))

    async def addresses(self, bot: Bot) -> tuple[tuple[str, ...], str]:
        chosen = await bot.readers.subscription(CHANNEL)
        return chosen.addresses, chosen.asked_address

    async def confirmed(self, bot: Bot, words: str) -> RecordingReply:
        [question] = (await self.typed(bot, words)).answered
        return await do(bot, pressed(question.blocks, "confirm_email", channel=CHANNEL.user, surface=Surface.EPHEMERAL))

    async def test_it_is_asked_for_and_confirmed(self, bot: Bot) -> None:
        """Who typed it confirms it; each address once, and who sets it up hears of it when it breaks."""
        [question] = (await self.typed(bot, "lab@Example.org; LAB@example.org, all@example.org")).answered
        assert question.text == (
            "Send the digest of this channel to lab@example.org and all@example.org as well? "
            "Nothing goes there before you say so."
        )
        assert await self.addresses(bot) == ((), "lab@example.org all@example.org")
        click = pressed(question.blocks, "confirm_email", channel=CHANNEL.user, surface=Surface.EPHEMERAL)
        done = (await do(bot, click)).replaced[-1]
        assert done.text == (
            "Done. The digest goes by e-mail to lab@example.org and all@example.org as well. "
            "The channel follows nothing yet: type /papers channel follow and a phrase."
        )
        assert await self.addresses(bot) == (("lab@example.org", "all@example.org"), "")
        assert (await bot.readers.subscription(CHANNEL)).owner == AMARA.user
        assert (await do(bot, click)).replaced[-1].text == done.text

    async def test_what_waits_is_asked_again(self, bot: Bot) -> None:
        """Without addresses the command says how it is."""
        assert (await self.typed(bot, "")).said == "The digest of this channel goes to no e-mail address."
        question = (await self.typed(bot, "lab@example.org")).answered[-1]
        assert (await self.typed(bot, "")).answered[-1] == question
        await do(bot, pressed(question.blocks, "decline_email", channel=CHANNEL.user))
        assert (await self.typed(bot, "")).said == "The digest of this channel goes to no e-mail address."

    async def test_less_needs_no_click(self, bot: Bot) -> None:
        """Addresses that are known already are taken at once; another list says which ones end with it."""
        await self.confirmed(bot, "lab@example.org all@example.org")
        assert (await self.typed(bot, "all@example.org")).said.startswith("The digest goes by e-mail to all@")
        assert await self.addresses(bot) == (("all@example.org",), "")
        question = (await self.typed(bot, "new@example.org")).said
        assert "all@example.org would get it no longer." in question
        assert await self.addresses(bot) == (("all@example.org",), "new@example.org")
        assert "no e-mail address any more" in (await self.typed(bot, "off")).said
        assert await self.addresses(bot) == ((), "")

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            ("lab", "no address"),
            ("a@example.org b@", "no address"),
            ("a@example.org\nBcc: eve", "no address"),
            (" ".join(f"a{number}@example.org" for number in range(21)), "At most 20"),
        ],
    )
    async def test_what_is_no_address_is_refused(self, bot: Bot, words: str, says: str) -> None:
        """Nothing is asked for then."""
        with pytest.raises(UserError, match=says):
            await self.typed(bot, words)
        assert await self.addresses(bot) == ((), "")

    async def test_only_who_may_change_the_channel(self, bot: Bot) -> None:
        """Guests may not, neither by the command nor by the button."""
        with pytest.raises(NotAllowed):
            await self.typed(bot, "lab@example.org", reader=GUEST)
        question = (await self.typed(bot, "lab@example.org")).answered[-1]
        for reader, channel in ((GUEST, CHANNEL.user), (AMARA, DIRECT)):
            with pytest.raises(NotAllowed):
                await do(bot, pressed(question.blocks, "confirm_email", reader=reader, channel=channel))
        assert await self.addresses(bot) == ((), "lab@example.org")


class TestTrending:
    """What is talked about, for who follows nothing."""

    async def test_it_begins_and_ends(self, bot: Bot) -> None:
        """By the command, the window or App Home; each says when it comes."""
        assert (await do(bot, command("trending daily"))).said == (
            "What is talked about comes on weekdays at 9:00 (Africa/Lagos), until you follow something."
        )
        assert (await settings_form(bot, AMARA)).trending is True
        assert "While you follow nothing, what is talked about comes on weekdays at 9:00" in await home(bot)
        shown = (await do(bot, event("app_home_opened", value="home"))).published[-1]["blocks"]
        await do(bot, pressed(shown, "home_trending", surface=Surface.HOME))
        assert not (await bot.readers.subscription(AMARA)).trending
        await choose(bot, "slack", trending=("trending",))
        assert (await bot.readers.subscription(AMARA)).trending
        stopped = (await do(bot, command("trending stop"))).said
        assert stopped.endswith("comes no longer by itself: /papers trending shows it whenever you ask.")
        assert not (await bot.readers.subscription(AMARA)).trending

    async def test_who_follows_something_hears_of_that(self, bot: Bot, store: Store) -> None:
        """It is kept for later, and App Home does not offer it."""
        await store.profiles.put_interest(AMARA, Interest("i1", "Ada Quill", InterestKind.AUTHOR, "Ada Quill"), None)
        assert (await do(bot, command("trending daily"))).said.startswith("You follow 1 thing, and hear of those.")
        shown = (await do(bot, event("app_home_opened", value="home"))).published[-1]["blocks"]
        with pytest.raises(AssertionError):
            pressed(shown, "home_trending")

    async def test_another_value_is_refused(self, bot: Bot) -> None:
        """Only our own buttons begin or end it."""
        with pytest.raises(UserError):
            await do(bot, button("home_trending", "hourly", surface=Surface.HOME))


class TestAFile:
    """What to follow is given as a file in the window."""

    async def given(self, bot: Bot, workspace: Slack, content: bytes, **fields: Any) -> RecordingReply:
        workspace.files["F0LIBRARY"] = Attached("kelp.ris", fields.pop("by", AMARA.user), content)
        sent = submission("follow", {"library": ("F0LIBRARY",), **fields})
        assert route(bot).complaints(sent) == {}
        return await do(bot, sent)

    async def test_all_of_it_is_followed(self, bot: Bot, workspace: Slack) -> None:
        """Beside what was typed; what cannot be followed is said."""
        text = b"TY  - JOUR\nTI  - Kelp Forests\nER  -\nTY  - JOUR\nID  - empty\nER  -\n"
        reply = await self.given(bot, workspace, text, phrase="storm surges")
        names = {one.name for one in (await bot.readers.get(AMARA)).interests}
        assert names == {"Kelp Forests", "storm surges"}
        assert "empty: This entry has neither a title nor an arXiv id." in reply.answered[0].text

    async def test_a_list_of_ids(self, bot: Bot, workspace: Slack) -> None:
        """Papers that nobody told of yet are waited for."""
        reply = await self.given(bot, workspace, b"2603.99991\r\n2603.99992\r\n")
        assert "2603.99991" in reply.said
        assert "2603.99992" in reply.said

    @pytest.mark.parametrize(
        ("content", "by", "says"),
        [
            (b"x" * 1_000_001, AMARA.user, "larger than 1 MB"),
            (b"%PDF-1.7", AMARA.user, "is no list"),
            (b"word\n" * 200, AMARA.user, "neither BibTeX nor RIS"),
            (b"kelp", BEN.user, "I may not read it"),
        ],
    )
    async def test_another_file_is_refused(
        self, bot: Bot, workspace: Slack, content: bytes, by: str, says: str
    ) -> None:
        """Too large, no text, an essay, or somebody else's: in a sentence, and nothing is followed."""
        reply = await self.given(bot, workspace, content, by=by)
        assert says in reply.said
        assert (await bot.readers.get(AMARA)).interests == ()


def test_how_one_is_reached_in_words() -> None:
    """By e-mail papers come once a day; without an address it is Slack, as before."""
    host, chosen = ScheduleSettings(), Subscription(AMARA, via=Via.EMAIL, zone="Africa/Lagos")

    def words(**fields: Any) -> str:
        return subscription_words(replace(chosen, **fields), host, bar=None, cap=5, has_email=True)

    assert words() == "Papers come at once, at most 5 at a time (bar: balanced)."
    assert words(addresses=(ADDRESS,)) == (
        "A digest of at most 5 papers comes on weekdays at 9:00 (Africa/Lagos) (bar: balanced). "
        f"By e-mail to {ADDRESS}."
    )
    assert words(addresses=(ADDRESS,), cadence=Cadence.AT_ONCE).startswith("Papers come at once")
    assert words(trending=True).endswith(
        "While you follow nothing, what is talked about comes on weekdays at 9:00 (Africa/Lagos)."
    )
    many = tuple(f"a{number}@example.org" for number in range(7))
    assert "a4@example.org and 2 more as well." in reached_words(
        Subscription(CHANNEL, addresses=many), has_email=True, is_channel=True
    )
    assert reached_words(replace(chosen, addresses=(ADDRESS,)), has_email=False) == ""
