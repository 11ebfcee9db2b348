"""What the site shows on every page beside its papers: promotion, navigation, labels of cards, the page's foot."""

from __future__ import annotations

import re
from typing import NamedTuple

SUBMITTED_BY = "Submitted by"
_CARD_FOOT = re.compile(
    r"(?:Upvote)? ?(?P<upvotes>-|\d{1,5})? ?(?:LINK: ?)?(?:GitHub(?: ?[\d.,]{1,8}[kM]?)?)? ?(?:arXiv Page)?", re.ASCII
)
_STARS = re.compile(r"[\d.,]{1,8}[kM]?", re.ASCII)
_SUBMITTED = re.compile(r"Submitted by\b {0,3}[\w.-]{0,60}|Submitted by\w{1,60}")
_BY_LINE = re.compile(r"(?:by ?(?:\[[^\]]{0,40}\])? ?AK ?)?and the research community")
_PAGER = re.compile(r"(?:Previous ?)?(?:(?>\d{1,4}|…|\.{3}) ?+){0,20}+(?:Next)?", re.ASCII)
#: A picture's or a check box's stand-in, a tag, a code fence.
_PLACEHOLDER = re.compile(r"\[[\w .'-]{0,40}\]|</?[a-zA-Z][^<>]{0,190}>(?:</[a-zA-Z]{1,10}>)?|`{3}\w{0,20}")

_PROMOTIONS = (
    "Get trending papers in your email inbox once a day!",
    "Get trending papers in your email inbox!",
)
_WORDS = (
    *_PROMOTIONS,
    "Trending Papers ranked by GitHub stars activity",
    "Daily Papers - Hugging Face",
    "Trending Papers - Hugging Face",
    "Hugging Face's logo",
    "Hugging Face PRO",
    "Hugging Face",
    "Daily Papers",
    "by",
    "AK",
    "Trending Papers",
    "Papers",
    "Subscribe",
    "Daily",
    "Weekly",
    "Monthly",
    SUBMITTED_BY,
    "Upvote",
    "arXiv Page",
    "Buckets new",
    "Buckets",
    "new",
    "Models",
    "Datasets",
    "Spaces",
    "Docs",
    "Enterprise Support",
    "Enterprise",
    "Team & Enterprise",
    "Pricing",
    "Log In",
    "Sign Up",
    "Website",
    "Tasks",
    "HuggingChat",
    "Collections",
    "Languages",
    "Organizations",
    "Community",
    "Blog",
    "Posts",
    "Learn",
    "Discord",
    "Forum",
    "GitHub",
    "Solutions",
    "Inference Providers",
    "Inference Endpoints",
    "Storage Buckets",
    "Previous",
    "Next",
    "System theme",
    "Company",
    "TOS",
    "Terms of service",
    "Privacy",
    "About",
    "Careers",
    "Search",
    "<",
    ">",
)
# Longest first and atomic, so that a line of many words is read once and never tried again another way.
_FURNITURE = re.compile(r"(?>(?>" + "|".join(map(re.escape, sorted(_WORDS, key=len, reverse=True))) + r") {0,3})++")


class CardFoot(NamedTuple):
    """The labels below a trending card, with the upvotes if they stand on the same line."""

    is_upvote_label: bool
    upvotes: int | None


def is_banner(text: str) -> bool:
    """Whether a line stands only at the top of a page: a promotion, or who makes it."""
    return text in _PROMOTIONS or _BY_LINE.fullmatch(text) is not None


def is_noise(text: str) -> bool:
    """Whether a line holds nothing to read, as on any page: bullets, rules, pictures, tags."""
    return (text not in "<>" and not any(map(str.isalnum, text))) or _PLACEHOLDER.fullmatch(text) is not None


def is_furniture(text: str) -> bool:
    """Whether a line is the site's own words, one or several."""
    return (_FURNITURE.fullmatch(text) or _SUBMITTED.fullmatch(text) or _PAGER.fullmatch(text)) is not None


def card_foot(text: str) -> CardFoot | None:
    """The labels ``Upvote``, ``GitHub`` and ``arXiv Page`` in this order, each optional; None for any other line."""
    found = _CARD_FOOT.fullmatch(text)
    if found is None:
        return None
    number = found["upvotes"]
    upvotes = None if number is None else 0 if number == "-" else int(number)
    return CardFoot(upvotes is not None or text.startswith("Upvote"), upvotes)


def is_star_count(text: str) -> bool:
    """Whether a line is a number as it stands behind ``GitHub``: ``212``, ``1.54k``."""
    return _STARS.fullmatch(text) is not None
