"""Buttons, menus and choices, by where they stand: on a card, below an answer, beside an interest, below a question."""

from __future__ import annotations

from handlers.actions import answering, cards, interests, reaching
from handlers.tables import Action

ACTIONS: tuple[Action, ...] = (*cards.ACTIONS, *answering.ACTIONS, *interests.ACTIONS, *reaching.ACTIONS)
