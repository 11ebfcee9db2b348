"""Stand-ins for what is around the door: handlers that note, an inbox in memory, a voice that only remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.acts import Act, Block, Message, Reply, View
from bot.errors import NotifierError, StoreFull, StoreUnreachable
from bot.models import Place, UserId
from bot.notify import Posted
from tests.slack_server import BOT_ID, BOT_USER, TEAM

Handler = Callable[[Act, Reply], Awaitable[None]]


async def nothing(_act: Act, _reply: Reply) -> None:
    """Do nothing."""


@dataclass
class Handlers:
    """A router that notes every act and then does what the test says."""

    run: Handler = nothing
    kept: frozenset[str] = frozenset({"save", "message", "tokens_revoked", "settings"})
    faults: Mapping[str, str] = field(default_factory=dict[str, str])
    acts: list[Act] = field(default_factory=list[Act])

    def keeps(self, act: Act) -> bool:
        return act.name in self.kept

    def complaints(self, act: Act) -> Mapping[str, str]:  # noqa: ARG002 - the interface
        return self.faults

    async def handle(self, act: Act, reply: Reply) -> None:
        self.acts.append(act)
        await self.run(act, reply)


@dataclass
class MemoryInbox:
    """An inbox that can be away, or hang."""

    acts: dict[str, bytes] = field(default_factory=dict[str, bytes])
    finished: list[str] = field(default_factory=list[str])
    is_away: bool = False
    hangs: bool = False
    #: It does what it was told although it does not answer.
    is_done_anyway: bool = False
    #: It was filled up.
    is_full: bool = False
    #: What is done right now is done for somebody who waits.
    is_hurried: bool = False

    async def keep(self, workspace: str, act_id: str, payload: bytes) -> bool:
        assert workspace == TEAM
        is_new = act_id not in self.acts
        if not (self.is_away or self.hangs) or self.is_done_anyway:
            self.acts.setdefault(act_id, payload)
        await self._answer()
        return is_new

    async def done(self, workspace: str, act_id: str) -> None:
        assert workspace == TEAM
        await self._answer()
        self.finished.append(act_id)

    async def left(self, workspace: str) -> list[tuple[str, bytes]]:
        assert workspace == TEAM
        await self._answer()
        return [(act_id, payload) for act_id, payload in self.acts.items() if act_id not in self.finished]

    async def answers(self) -> bool:
        return not (self.hangs or self.is_away)

    @contextmanager
    def hurry(self) -> Generator[None]:
        self.is_hurried = True
        yield
        self.is_hurried = False

    async def workspaces(self) -> list[str]:
        await self._answer()
        return [TEAM] if self.acts else []

    async def _answer(self) -> None:
        if self.hangs:
            await asyncio.sleep(60)
        if self.is_full:
            raise StoreFull("The store at HOST is out of memory: give its server more (maxmemory).", cause="OOM")
        if self.is_away:
            raise StoreUnreachable("The store cannot be reached.", cause="away")


@dataclass(frozen=True)
class Us:
    """Our token."""

    team: str = TEAM
    bot_user: str = BOT_USER
    bot_id: str = BOT_ID


@dataclass
class Voices:
    """Notes what is said, as (what, where or whom, text or view)."""

    said: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    #: What is raised by the method of this name.
    failures: dict[str, NotifierError] = field(default_factory=dict[str, NotifierError])
    #: What was remembered of messages: conversation, ts, papers, and whose direct messages.
    remembered: list[tuple[str, str, tuple[str, ...], UserId | None]] = field(
        default_factory=list[tuple[str, str, tuple[str, ...], UserId | None]]
    )
    is_revoked: bool = False

    def _say(self, what: str, *words: object) -> None:
        if failure := self.failures.get(what):
            raise failure
        self.said.append((what, *words))

    async def remember(
        self, workspace: str, channel: str, message: str, paper_ids: Sequence[str], *, reader: UserId | None = None
    ) -> None:
        assert workspace == TEAM
        self.remembered.append((channel, message, tuple(paper_ids), reader))

    async def send(self, reader: UserId, message: Message, *, key: str = "", parent: Place | None = None) -> Posted:
        self._say("send", reader.user, message.text, *((key,) if key else ()), *((parent,) if parent else ()))
        return Posted(f"D{reader.user}", f"{len(self.said)}.0")

    async def post(self, channel: str, message: Message, thread: str | None = None) -> Posted:
        self._say("post", channel, message.text, thread)
        return self._posted(f"D{channel}" if channel[:1] == "U" else channel, message)

    def _posted(self, channel: str, message: Message) -> Posted:
        """Every message's ts is how many things were said; those of its thread follow after the point."""
        below = tuple(f"{len(self.said)}.{place}" for place in range(1, len(message.thread) + 1))
        return Posted(channel, f"{len(self.said)}.0", below)

    async def whisper(self, channel: str, user: str, message: Message, thread: str | None = None) -> None:
        self._say("whisper", channel, user, message.text, thread)

    async def amend(self, channel: str, ts: str, message: Message) -> None:
        self._say("amend", channel, ts, message.text)

    async def upload(self, user: str, name: str, title: str, content: bytes) -> None:
        self._say("upload", user, name, title, content)

    async def unfurl(
        self, channel: str, ts: str, links: Mapping[str, Sequence[Block]], *, unfurl_id: str = "", source: str = ""
    ) -> None:
        self._say("unfurl", channel, ts, dict(links), unfurl_id, source)

    async def open_view(self, trigger: str, view: View) -> str:
        self._say("open", trigger, view)
        return "V1"

    async def push_view(self, trigger: str, view: View) -> str:
        self._say("push", trigger, view)
        return "V2"

    async def update_view(self, view_id: str, view: View) -> None:
        self._say("update", view_id, view)

    async def publish_view(self, user: str, view: View) -> None:
        self._say("publish", user, view)

    async def identity(self) -> Us:
        self._say("identity")
        return Us()

    def revoke(self) -> None:
        self.is_revoked = True
