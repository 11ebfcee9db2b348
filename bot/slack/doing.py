"""Does one act: the handler's work, the word in between when it takes long, and the one place where it may fail."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.acts import Act, ActKind, Reply, Router
from bot.blocks import failure_words, sentence_message
from bot.errors import (
    AlreadyFollowed,
    NotifierError,
    PaperbotError,
    StoreFull,
    StoreUnreachable,
    UnknownInterest,
    UserError,
)
from bot.slack.replying import SlackReply
from bot.slack.responding import Responder
from bot.slack.seams import Remember, Voice
from bot.slack.wording import WAKING, broken

#: Seconds after which somebody who waits for the model is told so.
WAKING_SECONDS = 2.0
#: Seconds after which an act is given up, so that what hangs holds up nobody for ever.
LONGEST_SECONDS = 300.0
#: Events after which somebody waits for an answer; a failure at the others is only logged.
_ASKED = frozenset({"message", "app_mention", "reaction_added", "reaction_removed"})
_WAITED_FOR = frozenset({"message", "app_mention"})
#: What an act is refused with that was done before; who did it once is not told so.
_DONE_BEFORE = (AlreadyFollowed, UnknownInterest)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Doing:
    """What doing an act takes."""

    router: Router
    voice: Voice
    responder: Responder
    is_awake: Callable[[], bool]
    remember: Remember

    def reply(self, act: Act) -> Reply:
        """The answers to an act."""
        return SlackReply(act, self.voice, self.responder, self.remember)

    async def do(self, act: Act, slots: asyncio.Semaphore) -> bool:
        """Do it as soon as there is a slot. False if it is worth another try: the store went away below it, or was full.

        Who was told that it failed does it again in person, so that nothing is done behind anybody's back.
        """
        reply = self.reply(act)
        word = asyncio.create_task(self._say_waking(act, reply))
        try:
            async with slots, asyncio.timeout(LONGEST_SECONDS):
                await self.router.handle(act, reply)
        except PaperbotError as failure:
            if act.is_resumed and isinstance(failure, _DONE_BEFORE):
                log.info("done by an earlier process: kind=%s name=%s", act.kind, act.name)
                return True
            tell = log.info if isinstance(failure, UserError) else log.warning
            tell("answered with a refusal: kind=%s name=%s: %s", act.kind, act.name, failure.cause)
            is_told = await self._tell(act, reply, failure_words(failure))
            return is_told or not isinstance(failure, StoreUnreachable | StoreFull)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("failed reference=%s kind=%s name=%s", reference, act.kind, act.name)
            await self._tell(act, reply, broken(reference))
        finally:
            word.cancel()
        return True

    async def tell(self, act: Act, sentence: str) -> None:
        """Say a sentence to who did it, without doing it."""
        await self._tell(act, self.reply(act), sentence)

    async def _tell(self, act: Act, reply: Reply, sentence: str) -> bool:
        """Whether anybody was told."""
        if not act.reader.user or (act.kind is ActKind.EVENT and act.name not in _ASKED):
            return False
        try:
            await reply.answer(sentence_message(sentence))
        except NotifierError as failure:
            log.warning("could not be told: kind=%s name=%s: %s", act.kind, act.name, failure.cause)
            return False
        return True

    async def _say_waking(self, act: Act, reply: Reply) -> None:
        """After a while, say why it takes so long, if the model is the reason."""
        if self.is_awake() or (act.kind is ActKind.EVENT and act.name not in _WAITED_FOR):
            return
        await asyncio.sleep(WAKING_SECONDS)
        if not self.is_awake():
            await self._tell(act, reply, WAKING)
