"""Decides what a rating changes: which interest it joins or opens, and where that interest then stands. Pure.

An interest's vector is made from its text and from the papers that its ratings name, and from nothing else. So the
order of ratings does not matter, and taking one back leaves exactly what the others make.
"""

from __future__ import annotations

from bot.feedback.joining import REACH, joined, opened, with_paper, without_paper
from bot.feedback.moving import SHARE, moved

__all__ = ["REACH", "SHARE", "joined", "moved", "opened", "with_paper", "without_paper"]
