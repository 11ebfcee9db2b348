"""The door's own sentences."""

from __future__ import annotations

#: Said of what was not taken in, so surely not done.
UNREADY = "I cannot reach my memory right now, so that was not done. Please try again in a minute."
FULL = "My memory is full, so that was not done. Whoever hosts this app has to make room."
BUSY = "I have more to do than I can keep up with, so that was not done. Please try again in a minute."
STARTING = "I am just being restarted. Please try again in a minute."
WAKING = "Waking up: I am still loading the model. The answer comes here by itself, usually within a minute."
GONE = "This app was removed from the workspace, so nothing can be done here any more."
TOO_OLD = "That is too old to open anything from. Please try again."


def broken(reference: str) -> str:
    """What a person is told of a mistake of ours; the log has the cause under the same reference."""
    return (
        f"Something went wrong on our side (reference {reference}). Please try again; if it stays, tell the host of "
        "this app the reference."
    )
