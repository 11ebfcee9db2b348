"""The router finds the handler of each act, and knows what to say where there is none."""

from __future__ import annotations

import pytest

import handlers
from bot.acts import ActKind, Surface
from bot.errors import NotAllowed, UserError
from bot.models import UserId
from bot.services import Bot
from bot.store import Store
from handlers.tables import Event
from tests.handling import WORKSPACE, RecordingReply, act, button, command, event, open_test_bot

STRANGER = UserId(WORKSPACE, "USTRANGER")


async def handled(bot: Bot, kind: ActKind, name: str, *, surface: Surface = Surface.MESSAGE) -> RecordingReply:
    reply = RecordingReply()
    await handlers.route(bot).handle(act(kind, name, surface=surface), reply)
    return reply


def test_the_promised_names_are_there() -> None:
    """Buttons and menus keep the names that stand on cards already sent."""
    promised = "more_like_this not_for_me save undo next share show_anyway more run_command home_follow home_settings"
    assert set(promised.split()) <= set(handlers.ACTIONS)
    assert {"settings", "follow", "interest", "search"} <= set(handlers.SUBMISSIONS)
    assert {name: row.kind for name, row in handlers.SHORTCUTS.items()} == {
        "search_papers": "global",
        "find_similar": "message",
    }


def test_links_are_heard_of_only_where_they_unfold() -> None:
    """The manifest subscribes to what is handled, by the names that it has for it."""
    without, all_of_them = handlers.event_names(unfurl=False), handlers.event_names(unfurl=True)
    assert set(all_of_them) - set(without) == {"link_shared"}
    assert {"app_home_opened", "app_mention", "message.im", "app_uninstalled", "tokens_revoked"} <= set(without)
    assert "message" not in without
    assert len(set(all_of_them)) == len(all_of_them)


async def test_a_button_of_an_older_version_says_so(store: Store) -> None:
    """A button that nobody handles is answered; what moves inside a window, and events nobody waits for, are not."""
    async with open_test_bot(store) as bot:
        with pytest.raises(UserError, match="older version"):
            await handled(bot, ActKind.BUTTON, "gone")
        for kind, surface in ((ActKind.BUTTON, Surface.MODAL), (ActKind.EVENT, Surface.NOWHERE)):
            assert (await handled(bot, kind, "gone", surface=surface)) == RecordingReply()
        router = handlers.route(bot)
        assert not router.keeps(act(ActKind.EVENT, "gone"))
        assert router.complaints(act(ActKind.SUBMISSION, "gone")) == {}


async def test_votes_and_changes_are_kept(store: Store) -> None:
    """What would be lost with the act is kept before it is acknowledged; what only asks is not."""
    async with open_test_bot(store) as bot:
        keeps = handlers.route(bot).keeps
        changing = [button("save", "p1"), button("undo"), button("run_command", "follow x"), command("mute x")]
        asking = [button("next"), button("run_command", "search x"), command("search x"), command("")]
        assert [keeps(one) for one in (*changing, *asking)] == [True] * len(changing) + [False] * len(asking)


async def test_of_people_of_other_workspaces_nothing_is_kept_or_stored(store: Store) -> None:
    """Whatever somebody met through Slack Connect does, it is refused in a sentence or passed over, and leaves nothing."""
    names = [
        *((ActKind.BUTTON, name, row) for name, row in handlers.ACTIONS.items()),
        *((ActKind.SUBMISSION, name, row) for name, row in handlers.SUBMISSIONS.items()),
        *((ActKind.SHORTCUT, name, row) for name, row in handlers.SHORTCUTS.items()),
        *((ActKind.EVENT, name, row) for name, row in handlers.EVENTS.items()),
    ]
    async with open_test_bot(store) as bot:
        router = handlers.route(bot)
        for kind, name, row in names:
            if isinstance(row, Event) and row.is_told_by_slack:
                continue
            theirs = act(kind, name, reader=STRANGER, is_external=True, text="follow x", value="follow x")
            assert not router.keeps(theirs)
            reply = RecordingReply()
            if isinstance(row, Event) and not row.is_asking:
                await router.handle(theirs, reply)
            else:
                with pytest.raises(NotAllowed, match="workspace"):
                    await router.handle(theirs, reply)
            assert reply == RecordingReply()
    assert (await store.profiles.get(STRANGER)).interests == ()
    assert await store.subscriptions.of_workspace(WORKSPACE) == []


async def test_help_comes_without_the_model(store: Store) -> None:
    """What needs no model is answered while it is still being loaded."""
    async with open_test_bot(store) as bot:
        bot.opening = type(bot.opening)()
        for text in ("", "interests", "saved", "history", "resume", "forget-me", "export", "status"):
            reply = RecordingReply()
            await handlers.route(bot).handle(command(text), reply)
            assert reply.answered
        reply = RecordingReply()
        await handlers.route(bot).handle(event("app_home_opened", value="messages"), reply)
