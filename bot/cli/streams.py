"""What is written to a stdout or stderr that may be closed, full or unable to write a character."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper


def complain(sentence: str, code: int) -> int:
    """Say what went wrong; returns the exit code."""
    from bot.terminal import screen

    screen.complain(sentence.strip())
    return code


def prepare_streams() -> None:
    """A closed stdout or stderr swallows what is written, and no character fails for want of an encoding."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:
            _silence(descriptor)
            setattr(sys, name, os.fdopen(descriptor, "w", encoding="utf-8", closefd=False))
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def end_output(code: int) -> int:
    """Write what is still held back; 1 if it cannot be written, which is no error when its reader has gone."""
    try:
        sys.stdout.flush()
    except OSError as failure:
        # Python would try again at exit and complain in words of its own.
        _silence(1)
        # With a code, the reason was said when the command itself met it.
        if not code and not isinstance(failure, BrokenPipeError):
            complain(f"The output cannot be written: {failure.strerror}.", 1)
        return code or 1
    return code


def _silence(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    if null != descriptor:
        os.dup2(null, descriptor)
        os.close(null)
