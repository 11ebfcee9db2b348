"""Reads what was entered in a view or chosen in a message: Slack's state values -> fields by action_id. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from bot.acts import Field
from bot.slack.payloads import Payload, part, parts, text

#: Where an element has its one value, by its type.
_ONE: Mapping[str, str] = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "button": "value",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
}
#: Where it has one chosen option.
_OPTION = frozenset({"static_select", "external_select", "radio_buttons", "overflow"})
#: Where it has several.
_OPTIONS = frozenset({"multi_static_select", "multi_external_select", "checkboxes"})
#: Where it has several ids.
_IDS: Mapping[str, str] = {
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}


def fields_of(state: Payload) -> dict[str, Field]:
    """Every field of a view's or a message's state, by action_id."""
    return {
        str(action_id): value_of(part(entries, action_id))
        for entries in cast("Mapping[str, object]", part(state, "values")).values()
        for action_id in part(entries)
    }


def value_of(element: Payload) -> Field:
    """The value of one element, as it stands in a state or in an action; None where nothing was entered."""
    kind = text(element, "type")
    if kind in _ONE:
        return text(element, _ONE[kind]) or None
    if kind in _OPTION:
        return text(part(element, "selected_option"), "value") or None
    if kind in _OPTIONS:
        return tuple(text(option, "value") for option in parts(element, "selected_options"))
    if kind == "file_input":
        return tuple(text(file, "id") for file in parts(element, "files"))
    if kind in _IDS:
        ids: object = element.get(_IDS[kind])
        return tuple(one for one in cast("list[object]", ids) if isinstance(one, str)) if isinstance(ids, list) else ()
    return None
