"""``paperbot check``: looks at settings, store, model, sources, Slack and mail, one after the other, and says what is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from rich.table import Table

from bot import manifest, settings
from bot.clock import Clock
from bot.dumps import Folder
from bot.embedder import open_embedder
from bot.errors import NotifierAmbiguous, NotifierRefused, NotifierUnavailable, PaperbotError
from bot.inbox import Inbox
from bot.notify.slack import SlackNotifier
from bot.services import open_pages
from bot.settings import Settings
from bot.store import in_haste, open_store
from bot.terminal import looking, screen

_Place = TypeVar("_Place")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and what to say of it."""

    name: str
    ok: bool
    say: str


async def run(config: Path | None, *, as_json: bool) -> int:
    """Print every check; 1 if one of them failed."""
    checks: list[Check] = []
    try:
        chosen = settings.load(config)
    except PaperbotError as failure:
        checks.append(Check("settings", ok=False, say=failure.sentence))
    else:
        read = config or settings.DEFAULT_CONFIG
        checks.append(Check("settings", ok=True, say=f"read from {read}" if read.is_file() else "defaults"))
        checks.append(await store_check(chosen))
        checks.append(await _looked("model", _model, chosen))
        checks += await _sources(chosen)
        checks += await _slack(chosen)
        mail = await _looked("e-mail", looking.mail, chosen)
        # Where the store does not answer, that is said above.
        if chosen.email.host or (not mail.ok and checks[1].ok):
            checks.append(mail)
    ok = all(check.ok for check in checks)
    if as_json:
        screen.print_json({"ok": ok, "checks": [{"name": c.name, "ok": c.ok, "say": c.say} for c in checks]})
    else:
        table = Table(show_header=False, box=None)
        for check in checks:
            mark = "[green]✓ ok[/]" if check.ok else "[red]✗ wrong[/]"
            table.add_row(mark, screen.plain(check.name), screen.plain(check.say))
        screen.out().print(table)
    return 0 if ok else 1


async def _looked(name: str, look: Callable[[_Place], Awaitable[str]], at: _Place) -> Check:
    try:
        return Check(name, ok=True, say=await look(at))
    except PaperbotError as failure:
        return Check(name, ok=False, say=failure.sentence)
    except OSError as failure:
        return Check(name, ok=False, say=f"It cannot be looked at: {failure.strerror or failure}.")


async def store_check(chosen: Settings) -> Check:
    """Whether the store answers, and takes something in."""
    return await _looked("store", _store, chosen)


async def _store(chosen: Settings) -> str:
    with in_haste(screen.STORE_SECONDS):
        store = await open_store(chosen.store)
        try:
            papers = await store.papers.count()
            readers = len(await store.profiles.readers())
            await Inbox(store).make_sure_of_room()
            return f"{store.version} at {store.address}: {papers} papers, {readers} readers"
        finally:
            await store.close()


async def _model(chosen: Settings) -> str:
    embedder = await open_embedder(chosen.model, None, data_dir=chosen.store.data_dir)
    try:
        await embedder.embed_query("a first text")
        return f"{embedder.tag.name}, {embedder.tag.dimension} dimensions"
    finally:
        await embedder.close()


async def _sources(chosen: Settings) -> list[Check]:
    """Each folder; of a live source one page as well, asked for as politely as ever."""
    checks: list[Check] = []
    places = chosen.places()
    async with AsyncExitStack() as stack:
        try:
            pages = await stack.enter_async_context(open_pages(chosen)) if any(one.is_live for one in places) else None
        except PaperbotError as failure:
            return [Check("sources", ok=False, say=failure.sentence)]
        for one in places:
            check = await _looked(f"source {one.name}", looking.folder, Folder(one.place(chosen.store.data_dir)))
            if check.ok and pages and one.is_live:
                check = await _looked(
                    f"source {one.name}", looking.live_source, (pages, one, Clock(chosen.testing).now().date())
                )
            checks.append(check)
    return checks


async def _slack(chosen: Settings) -> list[Check]:
    """The live workspace against what the settings and the manifest ask for; each look only if the ones before it hold."""
    if chosen.slack.bot_token is None:
        return [Check("slack", ok=True, say="not configured: set slack.bot_token to reach people")]
    async with SlackNotifier(chosen.slack, chosen.delivery) as notifier:
        checks = [await _looked("slack token", _token, (notifier, chosen))]
        if checks[0].ok:
            checks.append(await _looked("slack scopes", _scopes, (notifier, chosen)))
            if chosen.slack.operator:
                checks.append(await _looked("slack operator", _operator, (notifier, chosen.slack.operator)))
        checks.append(await _looked(f"slack {chosen.slack.mode}", _way_in, (notifier, chosen)))
    return checks


async def _token(at: tuple[SlackNotifier, Settings]) -> str:
    notifier, chosen = at
    try:
        us = await notifier.identity()
    except NotifierRefused as refusal:
        raise PaperbotError(
            f"Slack refuses slack.bot_token ({refusal.code}): copy the bot token (xoxb-…) from the app's page, "
            "OAuth & Permissions, and set it again."
        ) from refusal
    except NotifierUnavailable as failure:
        raise _unanswered(chosen, failure) from failure
    return f"{us.team_name or us.team}, as {us.bot_user}"


def _unanswered(chosen: Settings, failure: NotifierUnavailable | NotifierAmbiguous) -> PaperbotError:
    if isinstance(failure, NotifierUnavailable) and failure.retry_after is not None:
        return PaperbotError("Slack was asked too often: try again in a minute.", cause=failure.cause)
    host = urlsplit(chosen.slack.api_url).netloc.rpartition("@")[2]
    return PaperbotError(
        f"{host} does not answer as Slack does: check slack.api_url, and this machine's way there.", cause=failure.cause
    )


async def _scopes(at: tuple[SlackNotifier, Settings]) -> str:
    notifier, chosen = at
    has = (await notifier.identity()).scopes
    if not has:
        return "Slack does not tell which scopes the token has"
    if missing := manifest.drift(has, unfurl=chosen.slack.unfurl):
        raise PaperbotError(
            f"The token lacks {', '.join(missing)}: put what `paperbot manifest` prints into the app's manifest, "
            "and install the app again."
        )
    more = sorted(has - set(manifest.required_scopes(unfurl=chosen.slack.unfurl)))
    return "as the manifest asks" + (f"; not needed: {', '.join(more)}" if more else "")


async def _operator(at: tuple[SlackNotifier, str]) -> str:
    notifier, user = at
    person = await notifier.person(user)
    if person is None or person.deleted or person.is_bot:
        raise PaperbotError(f"slack.operator {user} is nobody of this workspace who can be written to: set another.")
    return f"{user} hears when something needs a hand"


async def _way_in(at: tuple[SlackNotifier, Settings]) -> str:
    notifier, chosen = at
    if chosen.slack.mode == "http":
        if chosen.slack.signing_secret is None:
            raise PaperbotError("slack.signing_secret is missing: copy it from the app's Basic Information page.")
        return f"requests are taken at port {chosen.http.port}, POST /slack/events"
    try:
        await notifier.app_token_works()
    except NotifierRefused as refusal:
        raise PaperbotError(
            f"Slack refuses slack.app_token ({refusal.code}): make one (xapp-…) with the scope connections:write on "
            "the app's page, Basic Information, App-Level Tokens, and set it."
        ) from refusal
    except (NotifierUnavailable, NotifierAmbiguous) as failure:
        raise _unanswered(chosen, failure) from failure
    return "the app-level token opens a connection"
