"""Nouns to e-mails: the same cards, reasons and words as in Slack, as HTML and as plain text. Pure.

frame, heads     what is around every letter: whom it is for, why it came, how it ends, its headers
digest, quiet, roll_up, trending    one letter each
items            a card in words and in HTML
leaving          the pages behind the link that ends letters
drawing          Jinja with everything escaped, over the templates beside it (``*.j2``)
"""

from __future__ import annotations

from bot.letters.digest import digest
from bot.letters.frame import Frame, Letter
from bot.letters.quiet import quiet
from bot.letters.roll_up import roll_up
from bot.letters.trending import trending

__all__ = ["Frame", "Letter", "digest", "quiet", "roll_up", "trending"]
