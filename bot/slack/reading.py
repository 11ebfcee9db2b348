"""Reads a verified payload into an ``Act``; whatever is no act of a person's or of Slack's gives None. Pure.

The workspace and the person come from the envelope alone, never from a value, a block_id or private_metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from json import dumps

from bot.acts import Act, ActKind, Surface
from bot.models import UserId
from bot.persons import bare
from bot.slack.fields import fields_of, value_of
from bot.slack.payloads import Payload, part, parts, text, typed

#: Kinds of messages that a person wrote; the others tell of changes, joins and the like.
_WRITTEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})


def team_of(body: Payload) -> str:
    """The workspace a payload is for, which is ours if it is for us; "" if it says none."""
    for authorization in parts(body, "authorizations")[:1]:
        if team := text(authorization, "team_id"):
            return team
    # A view opened in a conversation shared with another workspace tells where the app is installed.
    return (
        text(part(body, "view"), "app_installed_team_id")
        or text(part(body, "team"), "id")
        or text(body, "team_id")
        or text(part(body, "user"), "team_id")
    )


def read(body: Payload, at: datetime) -> Act | None:
    """The act that a payload tells of, received ``at`` (aware, UTC)."""
    reader = _command if "command" in body else _READERS.get(text(body, "type"))
    act = reader(body, at) if reader else None
    # Only events happen without anybody.
    return act if act and act.name and (act.reader.user or act.kind is ActKind.EVENT) else None


def _act_id(body: Payload) -> str:
    """The event's id or the trigger's; what has neither is known by what it says."""
    found = text(body, "event_id", "trigger_id")
    return found or sha256(dumps(body, sort_keys=True, default=str).encode()).hexdigest()[:40]


def _person(body: Payload) -> tuple[UserId, bool]:
    """Who acted in an interaction, and whether the person is of another workspace."""
    user, team = part(body, "user"), team_of(body)
    home = text(user, "team_id")
    return UserId(team, text(user, "id")), bool(home) and home != team


def _command(body: Payload, at: datetime) -> Act:
    return Act(
        id=_act_id(body),
        kind=ActKind.COMMAND,
        name=text(body, "command"),
        reader=UserId(text(body, "team_id"), text(body, "user_id")),
        at=at,
        text=typed(text(body, "text")),
        channel=text(body, "channel_id"),
        thread=text(body, "thread_ts"),
        trigger=text(body, "trigger_id"),
        response_url=text(body, "response_url"),
    )


def _button(body: Payload, at: datetime) -> Act | None:
    actions = parts(body, "actions")
    if not actions:
        return None
    action, container, view, message = actions[0], part(body, "container"), part(body, "view"), part(body, "message")
    reader, is_external = _person(body)
    value = value_of(action)
    ts = text(container, "message_ts") or text(message, "ts")
    thread = text(container, "thread_ts") or text(message, "thread_ts")
    if view:
        surface = Surface.HOME if text(view, "type") == "home" else Surface.MODAL
    else:
        surface = Surface.EPHEMERAL if container.get("is_ephemeral") is True else Surface.MESSAGE
    return Act(
        id=_act_id(body),
        kind=ActKind.BUTTON,
        name=text(action, "action_id"),
        reader=reader,
        at=at,
        is_external=is_external,
        value=value if isinstance(value, str) else ",".join(value or ()),
        block_id=text(action, "block_id"),
        channel=text(part(body, "channel"), "id") or text(container, "channel_id"),
        message=ts,
        # The first message of a thread stands in the conversation itself.
        thread=thread if thread != ts else "",
        message_text=text(message, "text"),
        message_blocks=tuple(parts(message, "blocks")),
        surface=surface,
        fields=fields_of(part(view, "state") or part(body, "state")),
        view_id=text(view, "id"),
        private=text(view, "private_metadata"),
        trigger=text(body, "trigger_id"),
        response_url=text(body, "response_url"),
    )


def _submission(body: Payload, at: datetime) -> Act:
    view = part(body, "view")
    reader, is_external = _person(body)
    answers = parts(body, "response_urls")
    return Act(
        id=_act_id(body),
        kind=ActKind.SUBMISSION,
        name=text(view, "callback_id"),
        reader=reader,
        at=at,
        is_external=is_external,
        surface=Surface.MODAL,
        fields=fields_of(part(view, "state")),
        view_id=text(view, "id"),
        private=text(view, "private_metadata"),
        trigger=text(body, "trigger_id"),
        response_url=text(answers[0], "response_url") if answers else "",
    )


def _shortcut(body: Payload, at: datetime) -> Act:
    message = part(body, "message")
    reader, is_external = _person(body)
    ts = text(body, "message_ts") or text(message, "ts")
    thread = text(message, "thread_ts")
    return Act(
        id=_act_id(body),
        kind=ActKind.SHORTCUT,
        name=text(body, "callback_id"),
        reader=reader,
        at=at,
        is_external=is_external,
        text=typed(text(message, "text")),
        channel=text(part(body, "channel"), "id"),
        message=ts,
        thread=thread if thread != ts else "",
        message_text=text(message, "text"),
        message_blocks=tuple(parts(message, "blocks")),
        surface=Surface.MESSAGE if message else Surface.NOWHERE,
        trigger=text(body, "trigger_id"),
        response_url=text(body, "response_url"),
    )


def _event(body: Payload, at: datetime) -> Act | None:
    event = part(body, "event")
    name = text(event, "type")
    if not name or (name == "message" and not _is_written(event)):
        return None
    team = team_of(body)
    item, view, user = part(event, "item"), part(event, "view"), part(event, "user")
    home = text(event, "user_team", "source_team", "team") or text(user, "team_id")
    ts = text(event, "message_ts") or text(item, "ts") or text(event, "ts")
    thread = text(event, "thread_ts")
    return Act(
        id=_act_id(body),
        kind=ActKind.EVENT,
        name=name,
        reader=UserId(team, text(event, "user") or text(user, "id")),
        at=at,
        is_external=bool(home) and home != team,
        text=typed(text(event, "text")),
        value=text(event, "reaction", "tab"),
        channel=text(event, "channel") or text(part(event, "channel"), "id") or text(item, "channel"),
        message=ts,
        # Who mentions the bot in a conversation is answered below that message.
        thread=thread or (ts if name == "app_mention" else ""),
        message_text=text(event, "text"),
        message_blocks=tuple(parts(event, "blocks")),
        surface=Surface.HOME if name == "app_home_opened" else Surface.MESSAGE if ts else Surface.NOWHERE,
        view_id=text(view, "id"),
        # Of everybody in the workspace Slack tells the whole profile; who has nothing to do with us leaves none of it.
        event={"type": name, "user": bare(user)} if user else event,
    )


def _is_written(event: Payload) -> bool:
    return text(event, "subtype") in _WRITTEN and not text(event, "bot_id")


_READERS: Mapping[str, Callable[[Payload, datetime], Act | None]] = {
    "block_actions": _button,
    "view_submission": _submission,
    "shortcut": _shortcut,
    "message_action": _shortcut,
    "event_callback": _event,
}
