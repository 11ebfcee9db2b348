"""Many pages of one source, one after the other: what fails costs itself, and a server that wants rest gets it."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from bot.errors import PageError, PageUnavailable
from bot.fetch.tally import Tally
from bot.progress import Report
from bot.sources.live import Wanted

#: Pages in a row that do not answer before the rest is left for later.
_MISSES = 2
#: Seconds until a page is asked for once more, where the server said none: who waits for it is a person.
_WAITS = (5.0, 30.0, 120.0)
#: A longer rest is not waited for.
LONGEST_WAIT = 900.0


async def ask_all(
    wanted: Sequence[Wanted],
    take: Callable[[Wanted], Awaitable[Sequence[Wanted]]],
    tally: Tally,
    report: Report,
    *,
    sleep: Callable[[float], Awaitable[None]] | None = None,
) -> None:
    """Take every page; with ``sleep`` a page that may be there later is waited for, else it is left for the next look.

    Raises FolderError, StoreError.
    """
    left, done, misses, tries = deque(wanted), 0, 0, 0
    step = f"Asking {tally.source}"
    while left:
        page = left.popleft()
        tally.pages += 0 if tries else 1
        try:
            left.extendleft(reversed(await take(page)))
        except PageUnavailable as failure:
            # A server that was waited for in vain is not waited for again.
            if sleep and (seconds := _wait(failure, tries if not misses else len(_WAITS))) is not None:
                tries += 1
                why = f"{failure.sentence} Waiting {seconds:,.0f} s"
                report(why, 0, None)
                await sleep(seconds)
                report(why, 1, 1)
                left.appendleft(page)
                continue
            tally.fail(page.page, failure)
            misses += 1
            if left and (failure.retry_after is not None or misses >= _MISSES):
                rest = "1 more page is" if len(left) == 1 else f"{len(left):,} more pages are"
                tally.notices.append((page.page, f"{rest} left for the next time."))
                break
        except PageError as failure:
            tally.fail(page.page, failure)
            misses = 0
        else:
            misses = 0
        tries = 0
        done += 1
        report(step, done, done + len(left))


def _wait(failure: PageUnavailable, tries: int) -> float | None:
    """Seconds until the page is asked for again; None: no more."""
    if tries >= len(_WAITS):
        return None
    seconds = _WAITS[tries] if failure.retry_after is None else failure.retry_after
    return seconds if seconds <= LONGEST_WAIT else None
