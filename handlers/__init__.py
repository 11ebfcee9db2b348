"""What people do in Slack, one function each: the tables, and the router that finds the function for an act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.acts import ELSEWHERE, Act, ActKind, Reply, Router, Surface
from bot.errors import NotAllowed, UserError
from bot.services import Bot
from handlers import actions, commands, home, lifecycle, links, messages, reactions, shortcuts, submissions
from handlers.tables import Action, Event, Shortcut, Submission

ACTIONS: Mapping[str, Action] = {row.name: row for row in (*actions.ACTIONS, *home.ACTIONS)}
SUBMISSIONS: Mapping[str, Submission] = {row.name: row for row in submissions.SUBMISSIONS}
SHORTCUTS: Mapping[str, Shortcut] = {row.name: row for row in shortcuts.SHORTCUTS}
EVENTS: Mapping[str, Event] = {
    row.name: row for row in (*home.EVENTS, *messages.EVENTS, *reactions.EVENTS, *links.EVENTS, *lifecycle.EVENTS)
}

_Row = Action | Submission | Shortcut | Event
_TABLES: Mapping[ActKind, Mapping[str, _Row]] = {
    ActKind.BUTTON: ACTIONS,
    ActKind.SUBMISSION: SUBMISSIONS,
    ActKind.SHORTCUT: SHORTCUTS,
    ActKind.EVENT: EVENTS,
}


@dataclass(frozen=True)
class Handlers(Router):
    """The router over one bot."""

    bot: Bot

    def keeps(self, act: Act) -> bool:
        """See Router. Nothing of a person from another workspace is kept: commands of theirs do not pass the door."""
        if act.kind is ActKind.COMMAND:
            return commands.keeps(act.text)
        row = _TABLES[act.kind].get(act.name)
        return row is not None and not _is_refused(act, row) and row.keeps(act)

    def complaints(self, act: Act) -> Mapping[str, str]:
        """See Router."""
        row = SUBMISSIONS.get(act.name)
        return row.complaints(act) if row else {}

    async def handle(self, act: Act, reply: Reply) -> None:
        """See Router.

        Raises NotAllowed for what a person from another workspace asks, UserError for a button of an older version.
        """
        if act.kind is ActKind.COMMAND:
            await commands.run(act, reply, self.bot)
        elif row := _TABLES[act.kind].get(act.name):
            if not _is_refused(act, row):
                await row.run(act, reply, self.bot)
            elif not isinstance(row, Event) or row.is_asking:
                raise NotAllowed(ELSEWHERE)
        elif act.kind is ActKind.BUTTON and act.surface is not Surface.MODAL:
            raise UserError("This button is of an older version and does nothing any more: ask again for a new one.")


def _is_refused(act: Act, row: _Row) -> bool:
    """A person from another workspace did it, and it is not Slack that tells of them."""
    return act.is_external and not (isinstance(row, Event) and row.is_told_by_slack)


def route(bot: Bot) -> Router:
    """The handlers over one bot."""
    return Handlers(bot)


def event_names(*, unfurl: bool) -> tuple[str, ...]:
    """What to subscribe to, as the manifest calls it."""
    rows = (row for row in EVENTS.values() if unfurl or not row.unfurl_only)
    return tuple(name for row in rows for name in row.subscriptions or (row.name,))
