"""The verb ``People``: who somebody is in Slack, and what that allows.

Anyone runs their own profile. What a channel follows is changed by its members, or by workspace admins among them if
the host says so; never by guests, nor by people of other workspaces.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Protocol
from zoneinfo import available_timezones

from bot import mailboxes
from bot.errors import NotAllowed, NotifierError, UserError
from bot.models import Attached, Channel, Person, Subscription, Suspension, UserId
from bot.references import read_library
from bot.settings import SlackSettings
from bot.store import Store

log = logging.getLogger(__name__)

#: Bytes of a file that is read at once.
MOST_BYTES = 1_000_000
#: How Slack's ids of people begin.
_PERSONS = ("U", "W")


class Directory(Protocol):
    """Where to ask Slack; each raises NotifierError."""

    async def person(self, user: str) -> Person | None:
        """What Slack says of this user; None for nobody."""
        ...

    async def channel(self, channel: str) -> Channel | None:
        """What Slack says of this conversation; None for one that the bot cannot see."""
        ...

    async def is_member(self, channel: str, user: str) -> bool:
        """Whether the user is in the conversation."""
        ...

    async def file(self, file: str, most_bytes: int) -> Attached | None:
        """A file that somebody gave in a window; None for one that is not there, or not for us to see."""
        ...


@dataclass(frozen=True)
class People:
    """Who somebody is, remembered for days, and what they may do."""

    store: Store
    directory: Directory
    slack: SlackSettings
    #: IANA zone of readers whose own is not known.
    host_zone: str = "UTC"

    async def person(self, reader: UserId) -> Person:
        """What Slack says of this user, at most 7 days old; one without any right for nobody known. Raises NotifierError.

        Only those are remembered who follow or chose something: whoever was forgotten, or only looks, leaves no trace.
        """
        known = await self.store.people.get(reader.workspace, reader.user)
        if known is not None:
            return known
        told = await self.directory.person(reader.user)
        if told is None:
            return Person(reader, is_guest=True)
        # who it is comes from the act, whatever Slack calls the user's own workspace
        person = replace(told, reader=reader)
        await self.refresh(person)
        return person

    async def channel(self, workspace: str, channel: str, *, fresh: bool = False) -> Channel:
        """What Slack says of this conversation, at most a day old; ``fresh`` asks again. Raises NotifierError.

        One that the bot cannot see has no name, and the bot is no member of it.
        """
        known = None if fresh else await self.store.channels.get(workspace, channel)
        if known is not None:
            return known
        told = await self.directory.channel(channel)
        if told is None:
            await self.store.channels.forget(workspace, channel)
            return Channel(channel, is_direct=channel.startswith("D"))
        await self.store.channels.put(told, workspace)
        return told

    async def address(self, reader: UserId) -> str:
        """The e-mail address in the person's Slack profile at this moment; it is asked for, and not remembered.

        Raises UserError where Slack tells none, or one that is not written to, and NotifierError.
        """
        person = await self.directory.person(reader.user)
        if person is None or person.is_external or person.is_bot or person.deleted:
            raise NotAllowed("Only people of this workspace are written to by e-mail.")
        if not person.email:
            raise UserError(
                "Slack tells me no e-mail address of yours. Is there one in your profile? If so, whoever hosts me has to "
                "let me see it (the scope users:read.email)."
            )
        return mailboxes.checked(person.email)

    async def attached(self, reader: UserId, file: str) -> str:
        """What a file that this person gave in a window says to follow. Raises UserError, and NotifierError."""
        found = await self.directory.file(file, MOST_BYTES)
        if found is None or found.by != reader.user:
            raise UserError("The file is not there any more, or I may not read it: paste what stands in it instead.")
        if found.content is None:
            raise UserError(f"“{found.name}” is larger than {MOST_BYTES // 1_000_000} MB: give a part of it.")
        return read_library(found.content, f"“{found.name}”")

    async def refresh(self, person: Person) -> None:
        """Slack says that this user changed: rights, zone, deactivated or back. Of strangers nothing is stored."""
        if person.is_external or not await self._is_known(person.reader):
            return
        await self.store.people.put(replace(person, email=""))
        await self._follow_profile(person)

    async def may_change(self, reader: UserId, channel: str) -> None:
        """Raises NotAllowed unless this person may change what this channel follows, and NotifierError."""
        person = await self.person(reader)
        if person.is_external or person.deleted or person.is_bot:
            raise NotAllowed("Only people of this workspace can change what a channel follows.")
        if person.is_guest:
            raise NotAllowed("Guests cannot change what a channel follows: ask one of its members.")
        found = await self.channel(reader.workspace, channel)
        if found.is_direct:
            raise NotAllowed("This is no channel: leave out the word “channel” to change what you follow yourself.")
        if found.is_archived:
            raise NotAllowed("This channel is archived, so nothing is sent to it: unarchive it first.")
        if not found.is_member:
            # it may have been invited since
            found = await self.channel(reader.workspace, channel, fresh=True)
        if not found.is_member:
            raise NotAllowed("I am not in this channel: invite me with /invite first, then try again.")
        if not await self.directory.is_member(channel, reader.user):
            raise NotAllowed("Only members of a channel can change what it follows: join it first.")
        if self.slack.channel_changes == "admins" and not (person.is_admin or self.is_operator(reader)):
            raise NotAllowed("Only workspace admins can change what a channel follows here: ask one of them.")

    def is_operator(self, reader: UserId) -> bool:
        """Whether this is the user who hosts the bot."""
        return self.slack.operator is not None and reader.user == self.slack.operator

    async def zone(self, reader: UserId) -> str:
        """The reader's IANA zone: chosen, else as Slack has it, else the host's, which it is while Slack is away too."""
        subscription = await self.store.subscriptions.get(reader)
        if subscription.zone is not None:
            return subscription.zone
        if not reader.user.startswith(_PERSONS):
            return self.host_zone
        try:
            person = await self.person(reader)
        except NotifierError as failure:
            log.warning("the zone of a reader is not known: %s", failure.cause)
            return self.host_zone
        await self.refresh(person)
        return person.zone if person.zone and person.zone in available_timezones() else self.host_zone

    async def meet(self, reader: UserId) -> None:
        """We have to do with this reader from now on: its clock is that of its Slack profile, unless it chose one."""
        await self.zone(reader)

    async def _is_known(self, reader: UserId) -> bool:
        """We have something to do with this person."""
        if await self.store.subscriptions.get(reader) != Subscription(reader):
            return True
        return bool((await self.store.profiles.get(reader)).interests) or (
            await self.store.people.get(reader.workspace, reader.user) is not None
        )

    async def _follow_profile(self, person: Person) -> None:
        """Let the subscription follow what the Slack profile says: its zone, and whether the account is closed."""
        before = await self.store.subscriptions.get(person.reader)
        after = before
        if person.zone in available_timezones() and not before.zone_chosen:
            after = replace(after, zone=person.zone)
        if person.deleted:
            after = replace(after, suspended=Suspension.DEACTIVATED)
        elif before.suspended is Suspension.DEACTIVATED:
            after = replace(after, suspended=None)
        if after != before:
            await self.store.subscriptions.put(after)
