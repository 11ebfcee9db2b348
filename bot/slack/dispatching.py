"""From a verified payload to its acknowledgement, and to the task that does it.

An act whose loss would lose something is kept before it is acknowledged, and done again by the next process if this
one dies. Every delivery of an act has the same id, so it is done once. Nothing here waits for a model or for Slack.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot import metrics
from bot.acts import ELSEWHERE, Act, ActKind, Router
from bot.clock import Clock
from bot.errors import StoreError, StoreFull
from bot.redaction import hide_lately
from bot.slack.answers import NO_OPTIONS, TAKEN, Ack, complaining, not_now
from bot.slack.doing import Doing
from bot.slack.keeping import pack, unpack
from bot.slack.payloads import part
from bot.slack.reading import read, team_of
from bot.slack.seams import Inbox
from bot.slack.seen import SECONDS, Seen
from bot.slack.turns import Turns
from bot.slack.under_way import UnderWay
from bot.slack.wording import BUSY, FULL, GONE, STARTING, UNREADY

#: Seconds that keeping an act may take: with them the answer comes within one.
KEEP_SECONDS = 0.8
#: Acts that may be under way; Slack gets no more acknowledged than we can hold.
MOST_UNDER_WAY = 1_000
#: Of one person, who would else keep everybody from being served.
MOST_OF_ONE = 50
#: Acts remembered of which nobody knows whether they were kept.
MOST_DOUBTFUL = 10_000
#: The events that tell of the end; each may come first, and neither is lost for the other.
LAST = ("app_uninstalled", "tokens_revoked")
#: Seconds for what is under way to end when the app is removed.
LAST_SECONDS = 2.0
#: Acts that are worked on at once.
AT_ONCE = 100
#: What an earlier process left undone is done no more after so long: nobody expects it by then.
STALE = timedelta(seconds=SECONDS)
#: Seconds until an act that is done, and still kept, is let go of once more.
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0

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
    under_way: UnderWay = field(default_factory=UnderWay)
    #: Ids that are being kept, and those that this process began before it resumed what an earlier one left.
    _keeping: set[str] = field(default_factory=set[str])
    _early: set[str] = field(default_factory=set[str])
    _has_resumed: bool = False
    #: Ids that may have been kept although we told Slack that they were not.
    _doubtful: set[str] = field(default_factory=set[str])
    _turns: Turns = field(default_factory=Turns)

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
            return self._not_now(act, FULL if isinstance(failure, StoreFull) else UNREADY)
        if self.is_gone and act.name not in LAST:
            return TAKEN  # it went while this was being kept
        if is_new:
            if is_kept and not self._has_resumed:
                self._early.add(act.id)
            self._begin(act, is_kept=is_kept)
        else:
            metrics.EVENTS_REPEATED.inc()
            log.info("seen before, not done again: kind=%s name=%s", act.kind, act.name)
        return TAKEN

    def _turned_away(self, act: Act, team: str) -> Ack | None:
        """The acknowledgement of what is not taken in; None for what is."""
        if not (ours := self.workspace()):
            return self._not_now(act, STARTING)
        if team != ours:
            # Never ours to do, so Slack need not send it again.
            log.warning("act for another workspace is not done: kind=%s team=%r", act.kind, team[:20])
            return not_now(act, ELSEWHERE) if act.kind is ActKind.COMMAND else TAKEN
        if self.is_gone and act.name not in LAST:
            return not_now(act, GONE) if act.kind is ActKind.COMMAND else TAKEN
        if self.is_stopping:
            return self._not_now(act, STARTING)
        many = (len(self.under_way), self.under_way.of(act.reader))
        if many[0] >= MOST_UNDER_WAY or many[1] >= MOST_OF_ONE:
            log.warning("turned away, %d acts are under way, %d theirs: kind=%s name=%s", *many, act.kind, act.name)
            return self._not_now(act, BUSY)
        return None

    async def _keep(self, act: Act) -> bool:
        """Whether it is new. Raises StoreError within ``KEEP_SECONDS``."""
        self._keeping.add(act.id)
        try:
            async with asyncio.timeout(KEEP_SECONDS):
                is_new = await self.inbox.keep(act.reader.workspace, act.id, pack(act))
        except (StoreError, TimeoutError) as failure:
            if len(self._doubtful) < MOST_DOUBTFUL:
                self._doubtful.add(act.id)
            if isinstance(failure, StoreError):
                raise
            raise StoreError(UNREADY, cause="the store does not answer") from failure
        finally:
            self._keeping.discard(act.id)
        is_doubtful = act.id in self._doubtful
        self._doubtful.discard(act.id)
        return is_new or is_doubtful

    def _not_now(self, act: Act, sentence: str) -> Ack:
        """Where the acknowledgement cannot carry the sentence, a message of its own does."""
        if act.kind in {ActKind.BUTTON, ActKind.SHORTCUT} or (act.kind is ActKind.SUBMISSION and not act.fields):
            self.under_way.begin(self.doing.tell(act, sentence))
        return not_now(act, sentence)

    def _begin(self, act: Act, *, is_kept: bool) -> None:
        self.under_way.begin(self._do(act, is_kept=is_kept), act.reader)

    async def _do(self, act: Act, *, is_kept: bool) -> None:
        """Do it, each person's clicks in their order, and let go of it."""
        # What an earlier process was told of the end says nothing of the token that we have.
        is_bots = bool(part(act.event, "tokens").get("bot"))
        is_end = not act.is_resumed and (act.name == LAST[0] or (act.name == LAST[1] and is_bots))
        if is_end and act.name == LAST[0]:  # nothing is written after everything was deleted
            self.is_gone = True
            await self.under_way.break_off(LAST_SECONDS)
        async with self._turns.of(act, is_awake=self.doing.is_awake()):
            with nullcontext() if act.is_resumed or act.name in LAST else self.inbox.hurry():
                is_done = await self.doing.do(act, self.slots)
        if is_end:
            self.is_gone = True
            self.when_gone()
        if is_kept and is_done:
            await self._let_go(act.reader.workspace, act.id)

    async def _let_go(self, workspace: str, act_id: str) -> None:
        """Keep an act no longer, however long the store is away: what stays kept is done again after a restart."""
        wait = FIRST_WAIT
        while True:
            try:
                await self.inbox.done(workspace, act_id)
            except StoreError as failure:
                log.warning("done, but still kept, trying again in %.0f s: %s", wait, failure.cause)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                return

    async def finish_uninstalls(self) -> None:
        """Delete what an earlier process was to delete: with a dead token nobody tells whose bot we are.

        Raises StoreError.
        """
        for workspace in await self.inbox.workspaces():
            for _, packed in await self.inbox.left(workspace):
                act = unpack(packed)
                if act and act.name == LAST[0]:
                    await self._do(replace(act, is_resumed=True), is_kept=True)

    async def resume(self) -> int:
        """Begin what an earlier process took within the last 26 hours and did not finish; how many. Raises StoreError."""
        workspace, begun = self.workspace(), 0
        for act_id, packed in await self.inbox.left(workspace):
            while act_id in self._keeping:  # noqa: ASYNC110 - it takes less than a second, and happens at the start alone
                await asyncio.sleep(0.01)
            if act_id in self._early:
                continue
            act = unpack(packed)
            if act and self.clock.now() - act.at <= STALE:
                self._begin(replace(act, is_resumed=True), is_kept=True)
                begun += 1
            else:
                log.warning("a kept act is %s and is let go: %d bytes", "old" if act else "unreadable", len(packed))
                self.under_way.begin(self._let_go(workspace, act_id))
        self._has_resumed = True
        self._early.clear()
        return begun

    async def stop(self, grace: float) -> None:
        """Take nothing more, and wait up to ``grace`` seconds for what is under way; then break it off."""
        self.is_stopping = True
        if self.under_way:
            await asyncio.wait(self.under_way, timeout=grace)
        if count := await self.under_way.break_off(1):
            log.warning("%d acts broken off; those kept are done by the next run", count)
