"""The clock of a running bot: ticks that run verbs, until a signal asks it to stop.

leading       one process at a time does what is due: a lease, as an optimisation and never the guard
clockwork     what each tick does: take in, queue what is due, keep house
asking        live sources are looked into, and asked for papers that people wait for
ticking       when: APScheduler, each source on its own cadence
sending       the senders, kept at work
watching      how late the event loop is, how much waits, and whether this process is ready
stopping      what a signal asks for, and the order in which a process ends
"""

from __future__ import annotations

import gc
import hashlib
import logging
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bot import logs, redaction
from bot.acts import Router
from bot.errors import SettingsError
from bot.schedule.clockwork import Clockwork
from bot.schedule.leading import Leader
from bot.schedule.sending import Sending
from bot.schedule.stopping import Stop, drain
from bot.schedule.ticking import Ticking
from bot.schedule.watching import Watch
from bot.services import Bot, Works, open_works
from bot.settings import Settings

__all__ = ["ROLES", "Clockwork", "Role", "run"]

#: Seconds for which a thread keeps the interpreter while another one wants it; Python's own choice is ten times that.
SWITCH_SECONDS = 0.0005

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Role:
    """What a process does: answers Slack, sends what is queued, does what is due."""

    answers: bool = False
    sends: bool = False
    ticks: bool = False


ROLES = {
    "all": Role(answers=True, sends=True, ticks=True),
    "web": Role(answers=True),
    "worker": Role(sends=True),
    "scheduler": Role(ticks=True),
}


async def run(settings: Settings, role: str, router_for: Callable[[Bot], Router]) -> int:
    """Run the bot until SIGTERM or SIGINT; 0 when it was stopped.

    ``role``: a name of ``ROLES``. What is at work when a stop is asked for has ``stopping.DRAIN_SECONDS`` to end; a
    second signal breaks it off. Raises StoreOwned for a second run on the same data folder, SettingsError for what the
    role needs and nobody gave, and what ``open_works`` and ``Bot.services`` raise.
    """
    does = ROLES[role]
    token = settings.slack.bot_token
    if token is None and not does.ticks:
        what = "answers" if does.answers else "writes to people in"
        raise SettingsError(f"The role {role} {what} Slack: set slack.bot_token, or choose all or scheduler.")
    logs.install(settings.log, key=hashlib.sha256(token.get_secret_value().encode()).digest() if token else b"")
    redaction.install(settings)
    # Threads that read, index and embed give the interpreter away sooner, so that acknowledgements do not wait for it.
    sys.setswitchinterval(SWITCH_SECONDS)
    with Stop() as stop:
        async with AsyncExitStack() as doors:
            opening = open_works(settings, router_for, answers=does.answers, ticks=does.ticks, sends=does.sends)
            if works := await stop.unless_asked(doors.enter_async_context(opening)):
                await _work(doors, works, role, stop)
    log.info("stopped")
    return 0


async def _work(doors: AsyncExitStack, works: Works, role: str, stop: Stop) -> None:
    """Do what the role does until a stop is asked for, and end it in order."""
    does, bot = ROLES[role], works.bot
    if bot.settings.slack.bot_token is None:
        log.info("Slack is not configured: papers are taken in, and nobody is told of them (see slack.bot_token)")
    watch = Watch(works, needs_model=does.answers or does.ticks, sends=does.sends)
    await doors.enter_async_context(watch.open())
    sending = [Sending(lane, bot.served) for lane in works.lanes] if does.sends else []
    leader = Leader(works.store.leases, works.consumer) if does.ticks else None
    ticking = Ticking(Clockwork(works, leader)) if leader else None
    try:
        if does.answers or does.ticks:
            if services := await stop.unless_asked(bot.services()):
                # What was loaded stays: looking through it for garbage held everything up for 50 ms each time.
                gc.freeze()
                log.info("running role=%s folders=%s", role, ", ".join(str(one.root) for one in services.folders))
        else:
            log.info("running role=%s", role)
        await stop.asked.wait()
    finally:
        log.info("stopping")
        watch.is_stopping = True
        await drain(works.door, ticking, leader, sending, stop)
