"""What the index keeps of a paper: the facts that filters ask for, and the text that words are found in. Pure."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import astuple, dataclass
from typing import cast
from urllib.parse import urlsplit

from bot.cleaning import display, links, paper_text
from bot.identity import text_hash
from bot.index.analysis import Analyse, paper_stems
from bot.index.stems import PaperStems
from bot.models import Paper
from bot.queries import FEATURES, folded

#: Days are proleptic Gregorian ordinals (``date.toordinal``); this one stands for "not known".
UNKNOWN_DAY = 0
#: Stands for "nobody printed how many authors".
UNKNOWN_COUNT = -1
#: Nobody writes abstracts of this length; a hostile one must not fill the index. Characters of each field.
MAX_TEXT = 20_000
#: What the arrays of the index can hold: ordinals are 64-bit numbers, days and counts 32-bit ones, features 8 bits.
MAX_ORDINAL = 2**63
MAX_NUMBER = 2**31
#: Separates organisations where they are kept in one string; ``folded`` never gives it.
BETWEEN = "|"

#: Every address has it and few other texts do; most abstracts need no closer look.
_ADDRESS_LIKE = re.compile(r"\w\.[A-Za-z]{2}")
_CODE_HOSTS = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com")
_PAPER_HOSTS = ("arxiv.org", "doi.org", "openreview.net")


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one paper, as they are kept in memory and in the index folder."""

    paper_id: str
    #: The store's number of this paper, which never changes.
    ordinal: int
    day: int
    authors: int
    #: One bit for each of ``queries.FEATURES``.
    features: int
    #: Folded names, each between two bars: "|google deepmind|eth zurich|"; "" without any.
    organisations: str
    #: Of the text that the paper's vector should be made from, hex.
    text_hash: str
    #: ``PaperStems.packed``, Base64.
    stems: str

    def as_row(self) -> list[object]:
        """The facts as JSON keeps them."""
        return list(astuple(self))

    def paper_stems(self) -> PaperStems:
        """The stems of the paper's texts and names. Raises ValueError for what is none."""
        return PaperStems.unpacked(b64decode(self.stems, validate=True))

    @classmethod
    def from_row(cls, row: list[object]) -> Facts:
        """Facts as ``as_row`` gave them. Raises ValueError for anything else."""
        if [type(value) for value in row] != [str, int, int, int, int, str, str, str]:
            raise ValueError("not the facts of a paper")
        facts = cls(*cast("tuple[str, int, int, int, int, str, str, str]", tuple(row)))
        bytes.fromhex(facts.text_hash)
        facts.paper_stems()
        numbers = (facts.day, facts.authors, facts.features)
        if not 0 <= facts.ordinal < MAX_ORDINAL or any(abs(number) >= MAX_NUMBER for number in numbers):
            raise ValueError("a number out of range")
        return facts


@dataclass(frozen=True, slots=True)
class Words:
    """What words are found in, by field."""

    ordinal: int
    #: Every title the paper ever had.
    title: str
    abstract: str
    authors: str
    organisations: str


def described(paper: Paper, ordinal: int, analyse: Analyse) -> tuple[Facts, Words]:
    """What filters may ask about this paper and its stems, and what words are found in."""
    day = paper.day()
    count = paper.author_count
    names = [name for organisation in paper.organisations if (name := folded(organisation[:MAX_TEXT]))]
    text = paper_text(paper)
    words = _words(paper, ordinal, text)
    stems = paper_stems(words.title, words.abstract, f"{words.authors}, {words.organisations}", analyse)
    facts = Facts(
        paper.id,
        ordinal,
        day.toordinal() if day else UNKNOWN_DAY,
        min(count, 1_000_000) if count is not None else UNKNOWN_COUNT,
        sum(1 << bit for bit, held in enumerate(_features(paper)) if held),
        f"{BETWEEN}{BETWEEN.join(names)}{BETWEEN}" if names else "",
        text_hash(text).hex(),
        b64encode(stems.packed()).decode(),
    )
    return facts, words


def spoken(paper: Paper) -> str:
    """All text of a paper in which words are found, as it was printed."""
    titles = (paper.title, *(told.value for told in paper.titles))
    parts = (*titles, paper.abstract or paper.ai_summary or "", *paper.authors, *paper.organisations)
    return "\n".join(parts)[:MAX_TEXT]


def _words(paper: Paper, ordinal: int, text: str) -> Words:
    titles = [
        display(title[:MAX_TEXT]) for title in dict.fromkeys((paper.title, *(told.value for told in paper.titles)))
    ]
    return Words(
        ordinal,
        "\n".join(titles)[:MAX_TEXT],
        # Title and abstract make the text: cleaning the abstract once more would cost as much as all the rest.
        text.removeprefix(titles[0])[:MAX_TEXT],
        ", ".join(paper.authors)[:MAX_TEXT],
        ", ".join(paper.organisations)[:MAX_TEXT],
    )


def _features(paper: Paper) -> tuple[bool, ...]:
    """Whether the paper has each of ``FEATURES``; addresses in the abstract count as well."""
    abstract = paper.abstract or ""
    hosts = [_host(link) for link in links(abstract[:MAX_TEXT])] if _ADDRESS_LIKE.search(abstract) else []
    code = any(_within(host, _CODE_HOSTS) for host in hosts)
    page = any(host and not _within(host, _CODE_HOSTS + _PAPER_HOSTS) for host in hosts)
    held = {
        "code": bool(paper.code_url) or code,
        "project": bool(paper.project_url) or page,
        "comments": bool(paper.comments and paper.comments[0].value > 0),
    }
    return tuple(held[name] for name in FEATURES)


def _host(link: str) -> str:
    try:
        return (urlsplit(link if "//" in link else f"//{link}").hostname or "").removeprefix("www.")
    except ValueError:  # a bracket that opens no IPv6 address: such a text is no address
        return ""


def _within(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
