"""Where answers are shown: what goes wrong after a window was opened is said in it, in plain words."""

from __future__ import annotations

import pytest

from bot.acts import Message, Surface
from bot.blocks.failing import AWAY
from bot.errors import PaperbotError, StoreUnreachable, UnknownInterest
from handlers import places
from tests.handling import RecordingReply, button


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (StoreUnreachable("Nobody answers at unix:///srv/s.sock: start the store there.", cause="refused"), AWAY),
        (UnknownInterest("You follow nothing of this name."), "You follow nothing of this name."),
    ],
    ids=["store", "person"],
)
async def test_a_failure_is_said_in_the_window(
    failure: PaperbotError, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The host's business stands in the log."""
    reply = RecordingReply()

    async def make() -> Message:
        raise failure

    await places.tell(button("similar", surface=Surface.HOME), reply, "Similar papers", make)
    [(view_id, view)] = reply.updated
    assert (view_id, said in str(view), "/srv" in str(view)) == ("V1", True, False)
    assert [record.levelname for record in caplog.records] == (["WARNING"] if said == AWAY else [])
