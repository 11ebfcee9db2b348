"""What can be typed, and the first message to somebody new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slackblocks import ContextBlock, Markdown, SectionBlock

from bot.acts import Message
from bot.blocks.parts import Button, buttons, rendered
from bot.blocks.text import escape, unformatted

#: Characters of one section; Slack takes 3,000.
_ROOM = 2_800
_SHORT_USAGE = 32


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """One line of help."""

    name: str
    #: What follows the name: ``<phrase | link | "title">``.
    usage: str
    summary: str


def help_message(commands: Sequence[CommandHelp], command: str) -> Message:
    """Every command and what it does; of one alone also what follows it. ``command`` is the slash command."""
    if len(commands) == 1:
        return _one(commands[0], command)
    intro = f"Type {command} and one of these, or just words to search for. A direct message takes the same."
    lines = [f"{_code(_short(row))}  {unformatted(row.summary)}" for row in commands]
    sections = [
        SectionBlock(Markdown("\n".join(chunk)), block_id=f"help:{number}")
        for number, chunk in enumerate(_chunks(lines))
    ]
    more = f"{command} help follow tells what may follow the word, and so for every other."
    text = "\n".join((escape(intro), *(f"{escape(row.name)}: {escape(row.summary)}" for row in commands), escape(more)))
    blocks = rendered(
        SectionBlock(Markdown(escape(intro)), block_id="help:intro"),
        *sections,
        ContextBlock(
            [Markdown(f"{_code(f'{command} help follow')} tells what may follow a word.")], block_id="help:more"
        ),
    )
    return Message(text, blocks)


def welcome_message(command: str = "/papers") -> Message:
    """The first direct message: what the bot does, and three ways to a first result."""
    first = "I read the new papers of the day, and tell you of the few that matter to you, each with the reason."
    steps = (
        "Tell me one thing you work on, and you see the nearest papers at once.",
        "Or paste the link of a paper you like.",
        "Or write to me here what you look for, as you would to a colleague.",
    )
    last = f"{command} help shows everything else; {command} forget-me makes me forget you."
    return Message(
        " ".join((first, *steps, last)),
        rendered(
            SectionBlock(Markdown(f"*Hello!* {first}"), block_id="welcome:first"),
            SectionBlock(Markdown("\n".join(f"•  {step}" for step in steps)), block_id="welcome:steps"),
            buttons(
                "welcome:offer",
                Button("Follow something", "home_follow", style="primary"),
                Button("Settings", "home_settings"),
            ),
            ContextBlock([Markdown(escape(last))], block_id="welcome:last"),
        ),
    )


def _one(row: CommandHelp, command: str) -> Message:
    typed = f"{command} {row.name} {row.usage}".strip()
    summary = row.summary[:1].upper() + row.summary[1:]
    blocks = rendered(SectionBlock(Markdown(f"{_code(typed)}\n{escape(summary)}."), block_id="help:one"))
    return Message(f"{escape(typed)}: {escape(row.summary)}.", blocks)


def _short(row: CommandHelp) -> str:
    """The name, with what follows it unless that takes the line."""
    return f"{row.name} {row.usage}" if row.usage and len(row.usage) <= _SHORT_USAGE else row.name


def _code(text: str) -> str:
    """Text as it is typed."""
    return f"`{unformatted(text)}`"


def _chunks(lines: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for line in lines:
        if chunk and sum(len(one) + 1 for one in chunk) + len(line) > _ROOM:
            yield chunk
            chunk = []
        chunk.append(line)
    if chunk:
        yield chunk
