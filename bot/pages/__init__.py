"""The door to HTTP: pages of sources, asked for politely and never where they must not lead.

asking       one page and its redirects
connecting   one request over one connection
answering    what an answer means: a page, something for later, or a no
guard        which addresses may be asked
publicity    which addresses are of the public internet
waiting      turns, and servers that asked to be left alone
reading      an answer's bytes: unpacked, and never more than there is room for
"""

from __future__ import annotations

from bot.pages.answering import Answer
from bot.pages.asking import Ask, Pages
from bot.pages.guard import Checked, Resolve, Trusted, checked

__all__ = ["Answer", "Ask", "Checked", "Pages", "Resolve", "Trusted", "checked"]
