"""Fields of modals: each block_id is its action_id, so that what is wrong with a field is said beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from slackblocks import (
    CheckboxGroup,
    DatePicker,
    DispatchActionConfiguration,
    Element,
    FileInput,
    InputBlock,
    Option,
    PlainText,
    PlainTextInput,
    RadioButtonGroup,
    StaticMultiSelectMenu,
    StaticSelectMenu,
    TimePicker,
)

from bot.acts import Field


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: what comes back, what is shown, and a few words more (75 characters each)."""

    value: str
    label: str
    said: str = ""


def typed(
    name: str,
    label: str,
    value: str = "",
    *,
    hint: str = "",
    placeholder: str = "",
    longest: int = 300,
    multiline: bool = False,
    optional: bool = False,
    acts: bool = False,
) -> InputBlock:
    """A text; ``acts``: Enter sends what was typed so far as an action of this name."""
    element = PlainTextInput(
        action_id=name,
        initial_value=value[:longest] or None,
        multiline=multiline,
        max_length=longest,
        placeholder=placeholder or None,
        dispatch_action_config=DispatchActionConfiguration("on_enter_pressed") if acts else None,
    )
    return _input(name, label, element, hint=hint, optional=optional, acts=acts)


def chosen(name: str, label: str, choices: Sequence[Choice], value: str, *, hint: str = "") -> InputBlock:
    """One of several, in a menu."""
    options = _options(choices)
    return _input(name, label, StaticSelectMenu(name, list(options.values()), initial_option=options[value]), hint=hint)


def picked(name: str, label: str, choices: Sequence[Choice], value: str, *, hint: str = "") -> InputBlock:
    """One of a few, all of them visible."""
    options = _options(choices)
    return _input(name, label, RadioButtonGroup(name, list(options.values()), options[value]), hint=hint)


def given(name: str, label: str, *, hint: str = "") -> InputBlock:
    """A file, or none. Slack is not told which kinds: it knows nothing of those that are meant."""
    return _input(name, label, FileInput(name, max_files=1), hint=hint, optional=True)


def several(name: str, label: str, choices: Sequence[Choice], values: Sequence[str]) -> InputBlock:
    """At least one of several, in a menu."""
    options = _options(choices)
    first = [options[value] for value in values] or None
    return _input(name, label, StaticMultiSelectMenu(name, list(options.values()), initial_options=first))


def ticked(name: str, label: str, choices: Sequence[Choice], values: Sequence[str]) -> InputBlock:
    """Any of a few, none included."""
    options = _options(choices)
    first = [options[value] for value in values] or None
    return _input(name, label, CheckboxGroup(name, list(options.values()), first), optional=True)


def at_time(name: str, label: str, value: time | None, *, hint: str = "") -> InputBlock:
    """A time of day, or none."""
    picker = TimePicker(name, value.strftime("%H:%M") if value else None, placeholder="No time")
    return _input(name, label, picker, hint=hint, optional=True)


def on_day(name: str, label: str, value: date | None, *, hint: str = "") -> InputBlock:
    """A day, or none."""
    picker = DatePicker(name, value.isoformat() if value else None, placeholder="No day")
    return _input(name, label, picker, hint=hint, optional=True)


def one(fields: Mapping[str, Field], name: str) -> str:
    """The text or the choice that was sent, without blanks around it; "" for none."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def many(fields: Mapping[str, Field], name: str) -> tuple[str, ...]:
    """The choices that were sent."""
    value = fields.get(name)
    return value if isinstance(value, tuple) else ()


def _options(choices: Sequence[Choice]) -> dict[str, Option]:
    return {
        choice.value: Option(PlainText(choice.label), choice.value, PlainText(choice.said) if choice.said else None)
        for choice in choices
    }


def _input(
    name: str, label: str, element: Element, *, hint: str = "", optional: bool = False, acts: bool = False
) -> InputBlock:
    return InputBlock(
        PlainText(label),
        element,
        dispatch_action=acts,
        block_id=name,
        hint=PlainText(hint) if hint else None,
        optional=optional,
    )
