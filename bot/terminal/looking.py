"""What ``check`` looks at beside Slack: folders, live sources, the mail server. Each says how it is, or raises why not."""

from __future__ import annotations

import os
from datetime import date
from urllib.parse import urlsplit

from bot import dumps, sources
from bot.dumps import Folder
from bot.errors import DumpRefused, PaperbotError
from bot.models import Medium, QueueDepth
from bot.notify.email import EmailNotifier
from bot.pages import Ask, Pages
from bot.settings import Settings, SourceSettings
from bot.sources import live
from bot.store import open_store

#: A paper that arXiv is asked for where a source names no categories.
_KNOWN = "1706.03762"


async def folder(folder: Folder) -> str:
    """Whether an inbox can be read and filed away from. Raises PaperbotError."""
    folder.prepare()
    settled, growing = folder.waiting()
    for place in ("inbox", "done", "rejected"):
        if not os.access(folder.root / place, os.W_OK):
            raise PaperbotError(f"{dumps.readable(folder.root / place)} cannot be written: check its owner and mode.")
    return f"{dumps.readable(folder.inbox)}: {len(settled) + len(growing)} dumps waiting"


async def live_source(at: tuple[Pages, SourceSettings, date]) -> str:
    """Whether it answers, and papers can be read in its answer; nothing is stored. Raises PaperbotError."""
    pages, source, today = at
    kind = live.KINDS[source.kind]
    wanted = [*kind.wanted(source, today, {}), *(kind.papers(source, [_KNOWN]) if kind.papers else ())][0]
    answer = await pages.get(Ask(wanted.url, accept=wanted.accept, pace=wanted.pace))
    host = urlsplit(answer.url).netloc
    if live.breaks_off(answer.content):
        raise PaperbotError(f"{host} answers, and its answer breaks off in the middle. It may be whole later.")
    if kind.is_empty(answer.content):
        return f"{source.kind}: {host} answers, and lists no papers right now"
    try:
        page = kind.compose(wanted, [live.Came(answer.url, answer.content)], {})
        entries = len(sources.read(page, name=wanted.page, today=today).entries)
    except (DumpRefused, ValueError) as failure:
        raise PaperbotError(
            f"{host} answers, and no papers can be read in what it says: check the source's kind and address.",
            cause=str(failure),
        ) from failure
    return f"{source.kind}: {host} answers, {'1 paper' if entries == 1 else f'{entries:,} papers'} on the page"


async def stranded(chosen: Settings) -> int:
    """How many letters wait though there is no mail server; they go out once there is one. Raises StoreError."""
    store = await open_store(chosen.store)
    try:
        teams = await store.workspaces()
        return sum([letters(await store.outbox.depth(team, only=Medium.EMAIL)) for team in teams])
    finally:
        await store.close()


def letters(depth: QueueDepth) -> int:
    """How many wait in the queue of e-mail."""
    return depth.queued + depth.parked + depth.taken


def no_server(waiting: int) -> str:
    """That letters wait, and what to do."""
    them = "1 letter waits" if waiting == 1 else f"{waiting:,} letters wait"
    return f"{them} and no mail server is set: set email.host and email.sender again, and they go out."


async def mail(chosen: Settings) -> str:
    """Whether the mail server lets us in; no letter is sent. Raises PaperbotError."""
    if not chosen.email.host:
        if waiting := await stranded(chosen):
            raise PaperbotError(no_server(waiting))
        return "none is set, and no letter waits"
    async with EmailNotifier(chosen.email, trusted=chosen.fetch.allow_hosts) as notifier:
        await notifier.check()
    return f"{chosen.email.host}:{chosen.email.port} takes letters from {chosen.email.sender}"
