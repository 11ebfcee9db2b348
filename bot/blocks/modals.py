"""Modals that take words (follow, search), and those that only show something (an abstract, an answer, a moment's wait)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import slackblocks
from slackblocks import ContextBlock, Markdown, PlainText, SectionBlock

from bot.acts import Block, Field, Message, View
from bot.blocks.card_facts import facts_line
from bot.blocks.forms import given, many, one, typed
from bot.blocks.parts import Button, buttons, rendered
from bot.blocks.text import clean
from bot.blocks.titles import titled
from bot.blocks.windows import MOST_BLOCKS, Preview, modal, nearest
from bot.cleaning import display
from bot.identity import normalise_arxiv_id
from bot.models import Paper

#: As the verbs take them, in characters; and lines of one form.
LONGEST_PHRASE, LONGEST_QUERY, MOST_LINES = 300, 500, 20
#: Characters of one section; Slack takes 3,000.
_PIECE = 2_900
_LONGEST_LINES = 3_000
#: Sections of one abstract.
_MOST_PIECES = 30
#: Slack's ids of files.
_FILE = re.compile(r"F[A-Z0-9]{1,30}", re.ASCII)
_LINK = re.compile(r"<(https?://[^<>|\s]+)(?:\|[^<>]*)?>")


def follow_modal(text: str = "", preview: Sequence[Preview] | None = None, *, problem: str = "") -> View:
    """Takes a phrase (``phrase``), several things, one a line (``links``), and a file (``library``); callback_id ``follow``.

    Enter in ``phrase`` and the button below it both act as ``phrase``: answer with an update of the view. ``preview``
    None: nothing was asked yet; empty: nothing is near. ``problem`` is shown in its place.
    """
    blocks: list[slackblocks.Block] = [
        typed(
            "phrase",
            "What should I look out for?",
            text,
            hint='A phrase, a link, a "title" in quotes, author:"Ada Lovelace", org:… or cat:cs.CL.',
            placeholder="diffusion models for video",
            longest=LONGEST_PHRASE,
            optional=True,
            acts=True,
        ),
        buttons("phrase_preview", Button("Show nearest papers", "phrase")),
    ]
    if problem:
        blocks.append(_note(problem, "nearest"))
    elif preview is not None:
        blocks += nearest(preview)
    blocks.append(
        typed(
            "links",
            "Or several at once: lines, links, BibTeX or RIS",
            placeholder="https://arxiv.org/abs/2501.01230\nretrieval for long documents",
            longest=_LONGEST_LINES,
            multiline=True,
            optional=True,
        )
    )
    blocks.append(
        given("library", "Or a file", hint="BibTeX (.bib), RIS (.ris), or a list of links and ids (.txt); up to 1 MB.")
    )
    return modal("Follow something", blocks, "follow", submit="Follow")


def follow_lines(fields: Mapping[str, Field]) -> tuple[str, ...]:
    """What the follow modal was sent with: the phrase, then each line of ``links``; each once, blanks folded.

    A line of several links is as many lines.
    """
    lines = [one(fields, "phrase"), *one(fields, "links").splitlines()]
    return tuple(dict.fromkeys(part for line in lines for part in links_apart(line) if part))


def follow_files(fields: Mapping[str, Field]) -> tuple[str, ...]:
    """The ids of the files that the follow modal was sent with: one at most."""
    return tuple(file for file in many(fields, "library") if _FILE.fullmatch(file))[:1]


def links_apart(line: str) -> tuple[str, ...]:
    """Each link of a line that has nothing but links and arXiv ids, else the line with its blanks folded."""
    parts = _LINK.sub(r"\1", line).split()
    if all(_is_link(part) or normalise_arxiv_id(part) for part in parts):
        return tuple(dict.fromkeys(parts))
    return (" ".join(parts),)


def _is_link(words: str) -> bool:
    return words.casefold().startswith(("http://", "https://"))


def follow_complaints(fields: Mapping[str, Field]) -> dict[str, str]:
    """What is wrong with a follow modal, by block_id; empty: it is taken."""
    lines = follow_lines(fields)
    if not lines:
        return {} if follow_files(fields) else {"phrase": "Type a phrase, or paste a link to a paper."}
    if len(one(fields, "phrase")) > LONGEST_PHRASE:
        return {"phrase": f"A phrase has at most {LONGEST_PHRASE} characters."}
    if len(lines) > MOST_LINES:
        return {"links": f"At most {MOST_LINES} at once: leave some for the next time."}
    if long := next((line for line in lines if len(line) > LONGEST_PHRASE), None):
        return {"links": f"A line has at most {LONGEST_PHRASE} characters; “{clean(long, 30)}” has {len(long):,}."}
    if other := next((line for line in lines if _is_link(line) and normalise_arxiv_id(line) is None), None):
        field = "phrase" if other in links_apart(one(fields, "phrase")) else "links"
        return {field: f"“{clean(other, 60)}” names no paper: give a link of arXiv or of Daily Papers, or a phrase."}
    return {}


def search_modal(query: str = "") -> View:
    """Takes a search (``query``); callback_id ``search``."""
    field = typed(
        "query",
        "What are you looking for?",
        query,
        hint="Words, and if you like since:2026-01, until:2026-03, has:code, authors:>3 or org:….",
        placeholder="long-context retrieval since:2026-01",
        longest=LONGEST_QUERY,
    )
    return modal("Search papers", [field], "search", submit="Search")


def abstract_modal(paper: Paper) -> View:
    """A paper's whole abstract with its facts; a model's summary, called that, where there is none."""
    blocks: list[slackblocks.Block] = [titled(paper, block_id="title")]
    if facts := facts_line(paper):
        blocks.append(ContextBlock([Markdown(facts)], block_id="facts"))
    text = paper.abstract or paper.ai_summary or ""
    pieces = list(_pieces(display(text)))
    if pieces and not paper.abstract:
        blocks.append(_note("No abstract is known; a model wrote this summary:", "source"))
    if not pieces:
        pieces = ["No abstract is known of this paper."]
    for number, piece in enumerate(pieces[:_MOST_PIECES]):
        blocks.append(SectionBlock(PlainText(piece), block_id=f"text:{number}"))
    if paper.abstract and paper.abstract_partial:
        blocks.append(_note("Only its beginning is known.", "partial"))
    return modal("Abstract", blocks, "abstract")


def loading_modal(title: str, sentence: str = "One moment …") -> View:
    """Opened at once where the answer takes longer than a trigger lives; to be updated."""
    return modal(title, [_note(sentence, "loading")], "loading")


def message_modal(title: str, message: Message) -> View:
    """A message with its thread, shown where there is no conversation (App Home, shortcuts); at most 100 blocks."""
    parts = (message, *message.thread)
    shown = [block for place, part in enumerate(parts) for block in part.blocks or _as_blocks(part.text, place)]
    # Slack refuses two blocks with one id.
    unique = {str(block.get("block_id") or f"block:{place}"): block for place, block in enumerate(shown)}
    blocks = list(unique.values())[:MOST_BLOCKS]
    return {**modal(title, [_note("…", "frame")], "answer"), "blocks": blocks or _as_blocks("Nothing to see here.", 0)}


def _pieces(text: str) -> Iterator[str]:
    """The paragraphs of a text, each in pieces that fit into a section."""
    for paragraph in text.split("\n\n"):
        rest = clean(paragraph)
        while rest:
            blank = rest.rfind(" ", 1, _PIECE) if len(rest) > _PIECE else -1
            end = blank if blank > 0 else _PIECE
            yield rest[:end]
            rest = rest[end:].strip()


def _note(text: str, block_id: str) -> ContextBlock:
    return ContextBlock([PlainText(clean(text, 1_900) or "…")], block_id=block_id)


def _as_blocks(text: str, place: int) -> list[Block]:
    return list(rendered(SectionBlock(Markdown(text[:_PIECE] or "…"), block_id=f"text:{place}")))
