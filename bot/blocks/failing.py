"""What people are told of a failure: what they did wrong in its own words, what concerns the host in plain ones.

Addresses, folders, settings and orders to the host stand in the log, where the host reads them.
"""

from __future__ import annotations

from bot.errors import NotifierError, PaperbotError, StoreFull, StoreUnreachable, UserError

AWAY = "I cannot reach my memory right now. Please try again in a minute."
FULL = "My memory is full, so I can keep nothing new. Whoever hosts this app has to make room."
HOSTS = "I cannot do that right now: whoever hosts this app has to look after it, and finds the reason in its log."


def failure_words(failure: PaperbotError) -> str:
    """One plain sentence or two for a person in Slack; ``failure.cause`` is for the log."""
    match failure:
        case UserError() | NotifierError():
            return failure.sentence
        case StoreUnreachable():
            return AWAY
        case StoreFull():
            return FULL
        case _:
            return HOSTS
