"""What a workspace of the stand-in Slack remembers and allows: messages, history, members, limits. No network."""

from __future__ import annotations

import math
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.slack_failures import Failure


@dataclass(frozen=True)
class Call:
    """One call of the Web API as it came in."""

    method: str
    arguments: dict[str, Any]
    token: str
    #: Monotonic seconds.
    at: float


@dataclass
class Stored:
    """A message that the workspace has."""

    channel: str
    ts: str
    text: str
    thread_ts: str | None
    #: Of its metadata; "" without.
    key: str
    #: Unix seconds.
    at: float
    #: Its arguments as they came in.
    arguments: dict[str, Any]
    #: Whose token posted it.
    token: str = ""


@dataclass
class Limits:
    """Messages a second that the workspace takes before it answers 429; 0: no limit."""

    channel: float = 0.0
    workspace: float = 0.0
    #: Messages beyond the rate that are taken at once.
    burst: int = 2
    _channels: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    _teams: dict[str, float] = field(default_factory=dict[str, float])

    def wait(self, team: str, channel: str, now: float) -> float:
        """Seconds that this message comes too early; 0: it is taken, and counts."""
        one, all_ = self._channels.get((team, channel), 0.0), self._teams.get(team, 0.0)
        early = max(self._early(one, self.channel, now), self._early(all_, self.workspace, now))
        if early <= 0:
            if self.channel:
                self._channels[team, channel] = max(one, now) + 1 / self.channel
            if self.workspace:
                self._teams[team] = max(all_, now) + 1 / self.workspace
        return early

    def _early(self, free_at: float, rate: float, now: float) -> float:
        return free_at - now - self.burst / rate if rate else 0.0


@dataclass
class Chance:
    """A share of the calls of a method fails, each time in one of these ways."""

    share: float
    failures: Sequence[Failure]
    random: random.Random


class Workspace:
    """The messages of one stand-in, and what it says no to."""

    def __init__(self, *, real_time: bool = False) -> None:
        self.messages: list[Stored] = []
        #: Who is in a channel.
        self.members: dict[str, list[str]] = {}
        #: Conversation or person -> the error that posting there gets.
        self.refusals: dict[str, str] = {}
        self.limits = Limits()
        #: Posts that were answered 429 because of ``limits``.
        self.limited = 0
        #: Calls that came although Slack had asked to leave that method alone.
        self.early: list[Call] = []
        #: Seconds until a posted message stands in the history.
        self.history_lag = 0.0
        self._real_time = real_time
        self._posts = count(1)
        self._chances: dict[str, Chance] = {}
        self._paused: dict[tuple[str, str], tuple[float, float]] = {}
        self._threads: dict[tuple[str, str], list[Stored]] = defaultdict(list)

    def clear(self) -> None:
        """As if nothing had been posted; failures and limits are over."""
        real_time = self._real_time
        self.__init__(real_time=real_time)

    def set_limits(self, channel: float = 0.0, workspace: float = 0.0, burst: int = 2) -> None:
        """Messages a second that are taken from now on; 0: any number."""
        self.limits = Limits(channel, workspace, burst)

    def chance(self, method: str, share: float, failures: Sequence[Failure], seed: int = 1) -> None:
        """From now on let this share of a method's calls fail."""
        self._chances[method] = Chance(share, failures, random.Random(seed))

    def strike(self, call: Call) -> Failure | None:
        """Whether this call fails by chance, or because it is one too many."""
        if call.method == "chat.postMessage":
            told = str(call.arguments.get("channel") or "")
            if code := self.refusals.get(told):
                return Failure.error(code)
            if (wait := self.limits.wait(call.token, self.conversation(told), call.at)) > 0:
                self.limited += 1
                return Failure.limited(max(1, math.ceil(wait)))
        chance = self._chances.get(call.method)
        return chance.random.choice(chance.failures) if chance and chance.random.random() < chance.share else None

    def watch(self, call: Call) -> None:
        """Note a call that comes within a pause; one that was under way when it began is no fault."""
        begun, end = self._paused.get((call.token, call.method), (0.0, 0.0))
        if begun + 0.1 < call.at < end - 0.01:
            self.early.append(call)

    def pause(self, call: Call, failure: Failure) -> None:
        """Note that an answer asked to leave the method alone."""
        try:
            seconds = float(failure.headers.get("Retry-After", ""))
        except ValueError:
            return
        if failure.status == 429 and math.isfinite(seconds):
            now = time.monotonic()
            self._paused[call.token, call.method] = now, now + min(seconds, 900)

    @staticmethod
    def conversation(channel: str) -> str:
        """A message to a person lands in the direct message with the person."""
        return f"D{channel[1:]}" if channel[:1] in ("U", "W") else channel

    def store(self, call: Call, *, channel: str = "", ts: str = "") -> Stored:
        """Take a message in."""
        number, now = next(self._posts), time.time()
        told = call.arguments
        metadata: dict[str, dict[str, Any]] = told.get("metadata") or {}
        message = Stored(
            channel or self.conversation(str(told.get("channel") or "")),
            ts or f"{int(now) if self._real_time else 1_700_000_000}.{number:06d}",
            str(told.get("text") or ""),
            str(told["thread_ts"]) if told.get("thread_ts") else None,
            str(metadata.get("event_payload", {}).get("key") or ""),
            now,
            told,
            call.token,
        )
        self.messages.append(message)
        self._threads[message.channel, message.thread_ts or message.ts].append(message)
        return message

    def history(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What conversations.history answers: newest first, without what is in threads."""
        channel = str(arguments.get("channel") or "")
        if channel[:1] not in ("C", "D", "G"):
            return {"ok": False, "error": "channel_not_found"}
        shown = [one for one in self.messages if one.channel == channel and one.thread_ts is None]
        return self._page(shown[::-1], arguments)

    def replies(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What conversations.replies answers: the parent, then its thread, oldest first."""
        thread = self._threads.get((str(arguments.get("channel") or ""), str(arguments.get("ts") or "")))
        return self._page(thread, arguments, parent=thread[0]) if thread else {"ok": False, "error": "thread_not_found"}

    def _page(
        self, messages: Sequence[Stored], arguments: Mapping[str, Any], parent: Stored | None = None
    ) -> dict[str, Any]:
        # Without real time every ts has the same second, so what came when is told by the clock.
        oldest, seen = float(arguments.get("oldest") or 0), time.time() - self.history_lag
        shown = [one for one in messages if one is parent or oldest <= one.at <= seen]
        limit, start = int(arguments.get("limit") or 100), int(arguments.get("cursor") or 0)
        with_metadata = str(arguments.get("include_all_metadata", "")).lower() in ("1", "true")
        page = [self._shown(one, with_metadata=with_metadata) for one in shown[start : start + limit]]
        more = start + limit < len(shown)
        cursor = str(start + limit) if more else ""
        return {"ok": True, "messages": page, "has_more": more, "response_metadata": {"next_cursor": cursor}}

    @staticmethod
    def _shown(message: Stored, *, with_metadata: bool) -> dict[str, Any]:
        shown: dict[str, Any] = {"type": "message", "ts": message.ts, "text": message.text, "bot_id": "B0BOT00001"}
        if message.arguments.get("blocks"):
            shown["blocks"] = message.arguments["blocks"]
        if message.thread_ts:
            shown["thread_ts"] = message.thread_ts
        if with_metadata and message.arguments.get("metadata"):
            shown["metadata"] = message.arguments["metadata"]
        return shown

    def list_members(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What conversations.members answers."""
        everybody = self.members.get(str(arguments.get("channel") or ""), [])
        limit, start = int(arguments.get("limit") or 100), int(arguments.get("cursor") or 0)
        cursor = str(start + limit) if start + limit < len(everybody) else ""
        return {"ok": True, "members": everybody[start : start + limit], "response_metadata": {"next_cursor": cursor}}
