"""From a verified payload to its acknowledgement, and to the task that does it.

An act whose loss would lose something is kept before it is acknowledged, and done again by the next process if this
one dies. Every delivery of an act has the same id, so it is done once. Nothing here waits for a model or for Slack.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from bot.acts import Act, ActKind, Router
from bot.clock import Clock
from bot.errors import StoreError
from bot.redaction import hide_lately
from bot.slack.answers import NO_OPTIONS, TAKEN, Ack, complaining, not_now
from bot.slack.doing import Doing
from bot.slack.keeping import pack, unpack
from bot.slack.reading import read, team_of
from bot.slack.seams import Inbox
from bot.slack.seen import Seen
from bot.slack.wording import BUSY, GONE, STARTING, UNREADY

#: Seconds that keeping an act may take: with them the answer comes within one.
KEEP_SECONDS = 0.8
#: Acts that may be under way; Slack gets no more acknowledged than we can hold.
MOST_UNDER_WAY = 1_000
#: Acts remembered of which nobody knows whether they were kept.
MOST_DOUBTFUL = 10_000
#: The events that tell of the end; each may come first, and neither is lost for the other.
LAST = ("app_uninstalled", "tokens_revoked")
#: Seconds that a question waits for what the same person clicked before.
CLICK_SECONDS = 1.0
#: Acts that are worked on at once.
AT_ONCE = 100

log = logging.getLogger(__name__)


@dataclass
class Dispatcher:
    """Takes acts in and has them done."""

    router: Router
    inbox: Inbox
    doing: Doing
    clock: Clock
    workspace: Callable[[], str]
    #: Called once when the app was removed from the workspace.
    when_gone: Callable[[], None]
    seen: Seen = field(default_factory=Seen)
    is_gone: bool = False
    is_stopping: bool = False
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    #: What is being done.
    under_way: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    #: Ids that may have been kept although we told Slack that they were not.
    _doubtful: set[str] = field(default_factory=set[str])
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary[str, asyncio.Lock])

    async def take(self, body: Mapping[str, Any]) -> Ack:
        """Read, keep and begin an act; the acknowledgement to give. Within a second, whatever is wrong."""
        act = read(body, self.clock.now())
        if act is None:
            return NO_OPTIONS if body.get("type") == "block_suggestion" else TAKEN
        hide_lately(act.response_url)
        if (turned_away := self._turned_away(act, team_of(body))) is not None:
            return turned_away
        if act.kind is ActKind.SUBMISSION and (complaints := self.router.complaints(act)):
            return complaining(complaints)
        is_kept = self.router.keeps(act)
        try:
            is_new = await self._keep(act) if is_kept else self.seen.add(act.id)
        except StoreError as failure:
            log.warning("not kept, so not taken: kind=%s name=%s: %s", act.kind, act.name, failure.cause)
            return self._not_now(act, UNREADY)
        if is_new:
            self._begin(act, is_kept=is_kept)
        else:
            log.info("seen before, not done again: kind=%s name=%s", act.kind, act.name)
        return TAKEN

    def _turned_away(self, act: Act, team: str) -> Ack | None:
        """The acknowledgement of what is not taken in; None for what is."""
        if not (ours := self.workspace()):
            return self._not_now(act, STARTING)
        if team != ours:
            # Never ours to do, so Slack need not send it again.
            log.warning("act for another workspace is not done: kind=%s team=%r", act.kind, team[:20])
            return TAKEN
        if self.is_gone and act.name not in LAST:
            return not_now(act, GONE) if act.kind is ActKind.COMMAND else TAKEN
        if self.is_stopping:
            return self._not_now(act, STARTING)
        if len(self.under_way) >= MOST_UNDER_WAY:
            log.warning("turned away, %d acts are under way: kind=%s name=%s", len(self.under_way), act.kind, act.name)
            return self._not_now(act, BUSY)
        return None

    async def _keep(self, act: Act) -> bool:
        """Whether it is new. Raises StoreError within ``KEEP_SECONDS``."""
        try:
            async with asyncio.timeout(KEEP_SECONDS):
                is_new = await self.inbox.keep(act.reader.workspace, act.id, pack(act))
        except (StoreError, TimeoutError) as failure:
            if len(self._doubtful) < MOST_DOUBTFUL:
                self._doubtful.add(act.id)
            if isinstance(failure, StoreError):
                raise
            raise StoreError(UNREADY, cause="the store does not answer") from failure
        is_doubtful = act.id in self._doubtful
        self._doubtful.discard(act.id)
        return is_new or is_doubtful

    def _not_now(self, act: Act, sentence: str) -> Ack:
        """Where the acknowledgement cannot carry the sentence, a message of its own does."""
        if act.kind in {ActKind.BUTTON, ActKind.SHORTCUT} or (act.kind is ActKind.SUBMISSION and not act.fields):
            self._track(self.doing.tell(act, sentence))
        return not_now(act, sentence)

    def _begin(self, act: Act, *, is_kept: bool) -> None:
        self._track(self._do(act, is_kept=is_kept))

    def _track(self, work: Any) -> None:  # noqa: ANN401 - a coroutine
        task: asyncio.Task[None] = asyncio.create_task(work)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def _do(self, act: Act, *, is_kept: bool) -> None:
        """Do it, each person's clicks in their order, and let go of it."""
        if _is_question(act):
            await self._after_clicks(act)
        async with self._turn(act):
            is_done = await self.doing.do(act, self.slots)
        if act.name == LAST[0] or (act.name == LAST[1] and _is_bots(act)):
            self.is_gone = True
            self.when_gone()
        if is_kept and is_done:
            try:
                await self.inbox.done(act.reader.workspace, act.id)
            except StoreError as failure:
                log.warning("done, but kept: it is done again after a restart: %s", failure.cause)

    def _turn(self, act: Act) -> asyncio.Lock:
        """Who clicks twice is served in order, so that what is shown last is what is true; questions need no order."""
        key = f"act {act.id}" if _is_question(act) else f"reader {act.reader}"
        lock = self._turns.get(key)
        if lock is None:
            lock = self._turns[key] = asyncio.Lock()
        return lock

    async def _after_clicks(self, act: Act) -> None:
        """A question asked right after a click is answered with what the click made, if that does not take long."""
        if (lock := self._turns.get(f"reader {act.reader}")) is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLICK_SECONDS), lock:
                    pass

    async def resume(self) -> int:
        """Begin what an earlier process took and did not finish; how many. Raises StoreError."""
        left = await self.inbox.left(self.workspace())
        for act_id, packed in left:
            if act := unpack(packed):
                self._begin(act, is_kept=True)
            else:
                log.warning("a kept act cannot be read and is let go: %d bytes", len(packed))
                await self.inbox.done(self.workspace(), act_id)
        return len(left)

    async def stop(self, grace: float) -> None:
        """Take nothing more, and wait up to ``grace`` seconds for what is under way; then break it off."""
        self.is_stopping = True
        pending = set(self.under_way)
        if pending:
            _, pending = await asyncio.wait(pending, timeout=grace)
        for task in pending:
            task.cancel()
        if pending:
            log.warning("%d acts broken off; those kept are done by the next run", len(pending))
            await asyncio.wait(pending, timeout=1)


def _is_question(act: Act) -> bool:
    return act.kind in {ActKind.COMMAND, ActKind.SHORTCUT} or act.name in {"message", "app_mention"}


def _is_bots(act: Act) -> bool:
    tokens: object = act.event.get("tokens")
    return isinstance(tokens, Mapping) and bool(tokens.get("bot"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
