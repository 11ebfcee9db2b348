"""What every modal is made of: its frame, and the rows of papers that are near to what is typed or edited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import slackblocks
from slackblocks import ContextBlock, ModalView, PlainText

from bot.acts import View
from bot.blocks.text import clean
from bot.blocks.titles import titled
from bot.models import Paper

#: Slack's limit of a title, and of blocks.
_TITLE = 24
MOST_BLOCKS = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """A stored paper near to what is typed, with the reason in a few words."""

    paper: Paper
    why: str = ""


def modal(
    title: str, blocks: Sequence[slackblocks.Block], callback_id: str, *, submit: str | None = None, private: str = ""
) -> View:
    """A modal; without ``submit`` it only shows something. Every block has its block_id."""
    return ModalView(
        clean(title, _TITLE) or "Paperbot",
        list(blocks),
        close="Cancel" if submit else "Close",
        submit=submit,
        private_metadata=private or None,
        callback_id=callback_id,
    ).to_dict()


def nearest(preview: Sequence[Preview]) -> Iterable[slackblocks.Block]:
    """The papers below a line that says what they are; a sentence if there are none."""
    if not preview:
        text = "No stored paper is near to this yet. Follow it, and you hear of the first one that comes."
        yield ContextBlock([PlainText(text)], block_id="nearest")
        return
    yield ContextBlock([PlainText("Nearest of the stored papers:")], block_id="nearest")
    for number, row in enumerate(preview):
        why = row.why[:1].upper() + row.why[1:]
        yield titled(row.paper, why, block_id=f"near:{number}")
