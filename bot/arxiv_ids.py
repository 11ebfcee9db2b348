"""arXiv identifiers in the forms in which people and pages write them.

Pure. Forms as in arXiv's "Understanding the arXiv identifier": since April 2007 year, month and a number of four
digits, of five since January 2015 (``0704.0001``, ``2501.01230``); before that the archive, sometimes with a subject
class, and seven digits (``hep-th/9901001``, ``math.GT/0309136``). The Daily Papers id of a paper is its arXiv id.
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import unquote

_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga"
    "|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|math|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|plasm-ph"
    "|q-alg|q-bio|quant-ph|solv-int|supr-con"
)
_MONTH = "(?:0[1-9]|1[0-2])"
#: 0704 to 1412 with four digits, 1501 to 9012 with five; the old form ran from 9107 to 0703.
_FIVE_DIGITS = rf"(?:1[5-9]|[2-8]\d|90){_MONTH}\.(?!00000)\d{{5}}"
_DATED = rf"(?:(?:070[4-9]|071[0-2]|(?:0[89]|1[0-4]){_MONTH})\.(?!0000)\d{{4}}|{_FIVE_DIGITS})"
_ARCHIVED = (
    rf"(?P<archive>{_ARCHIVES})(?P<subject>\.[A-Za-z]{{2}})?/(?P<number>(?:9[1-9]|0[0-7]){_MONTH}(?!000)\d{{3}})"
)
_ID = rf"(?:(?P<dated>{_DATED})|{_ARCHIVED})(?:v[1-9]\d{{0,2}})?"

_SCHEME = r"(?:https?:)?//"
_HOSTS = (
    r"(?:(?:(?:www|export|browse|cn|lanl)\.)?arxiv\.org|xxx\.lanl\.gov)/(?:abs|pdf|html|format|ps|src|e-print|tb)/(?:arxiv:)?"
    r"|(?:ar5iv\.(?:labs\.)?arxiv|ar5iv)\.org/(?:html|abs|pdf)/"
    r"|(?:www\.)?alphaxiv\.org/(?:[a-z]{2}/)?(?:abs|pdf|html|overview|resources)/"
    r"|(?:www\.)?(?:huggingface\.co|hf\.co)/(?:api/)?papers/"
    r"|(?:dx\.)?doi\.org/10\.48550/arxiv\."
)
#: What may stand before an id and after it, by the form it has.
_LINK = rf"(?:{_SCHEME})?(?:{_HOSTS})"
_PATH = r"/(?:api/)?papers/"
_LABEL = r"(?:oai:arxiv\.org:|arxiv ?(?:id)?[:. ] ?|10\.48550/arxiv\.)"
_WHOLE = re.compile(
    rf"(?:(?:{_LINK}|{_PATH}){_ID}(?:\.pdf|\.md|\.html)?/?(?:[?#].*)?"
    rf"|(?:{_LABEL})?{_ID.replace('?P<', '?P<bare_')}(?:\.pdf)?(?: ?\[[A-Za-z.-]{{2,20}}\](?: .*)?)?)",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_WITHIN = re.compile(
    rf"(?<![\w./=&-])(?:(?:{_LINK}|{_LABEL}){_ID}|(?P<bare>{_FIVE_DIGITS})(?:v[1-9]\d{{0,2}})?)"
    r"(?![\w]|\.\d|-\d)",
    re.ASCII | re.IGNORECASE,
)
_NUMBERED = re.compile(rf"{_LINK}(?P<number>\d{{4}}\.\d{{4,5}})(?!\d)", re.ASCII | re.IGNORECASE)
_LONGEST = 2_000


def normalise_arxiv_id(text: str) -> str | None:
    """The id that ``text`` as a whole names, without prefix and version; None if it names none.

    Takes bare ids, ``arXiv:2501.01230v2 [cs.CL]``, file names, and links to arXiv and its mirrors, ar5iv, alphaXiv,
    DOI and Daily Papers (also relative ones, percent-encoded ones, and links as Slack writes them). A link to any
    other host names no paper, whatever its path looks like. An old id keeps its subject class.
    """
    if len(text) > _LONGEST:
        return None
    text = text.strip().strip("<>").partition("|")[0].rstrip(".,;:!?)\"'")
    if "%2F" in text or "%2f" in text:
        text = unquote(text).removeprefix("/login?next=").removeprefix("https://huggingface.co/login?next=")
    found = _WHOLE.fullmatch(text)
    return _canonical(found) if found else None


def refused_arxiv_id(text: str) -> str | None:
    """The number in a link to arXiv or Daily Papers that cannot be an id, such as one of a thirteenth month."""
    found = _NUMBERED.match(text.strip().strip("<>"))
    return found["number"] if found and normalise_arxiv_id(found["number"]) is None else None


def find_arxiv_id(text: str) -> str | None:
    """The first id that a text mentions; None without one.

    A bare number counts only with five digits after the point: with four it may be any number.
    """
    found = _WITHIN.search(text)
    return _canonical(found) if found else None


def without_subject(arxiv_id: str) -> str:
    """The id by which arXiv tells papers apart: ``math.GT/0309136`` and ``math/0309136`` are one paper."""
    archive, slash, number = arxiv_id.partition("/")
    return f"{archive.partition('.')[0]}/{number}" if slash else arxiv_id


def month_of(arxiv_id: str) -> date | None:
    """The first day of the month in which an id was given out; None for the old form."""
    found = re.match(_DATED, arxiv_id, re.ASCII)
    return date(2000 + int(arxiv_id[:2]), int(arxiv_id[2:4]), 1) if found else None


def _canonical(found: re.Match[str]) -> str:
    parts = {name.removeprefix("bare_"): value for name, value in found.groupdict().items() if value}
    if dated := parts.get("dated") or parts.get("bare"):
        return dated
    subject = parts.get("subject", "")
    return f"{parts['archive'].lower()}{subject.upper()}/{parts['number']}"
