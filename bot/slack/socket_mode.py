"""Socket Mode: one connection to Slack, kept up for as long as the block runs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot import metrics

#: Seconds between two pings; a connection is given up after four without an answer.
PING_SECONDS = 5.0
#: Checks in a row that find it down before a new address is asked for.
_DOWN_CHECKS = 2

#: Seconds until a token that was refused is tried again: Slack allows about one such call a minute.
FIRST_WAIT, LONGEST_WAIT = 30.0, 600.0
_WRONG_TOKEN = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)

_socket_log = logging.getLogger("slack_bolt.socket_mode")


class _OneLine(logging.Filter):
    """Slack being away is no mistake of ours: no traceback for each try."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True


_socket_log.setLevel(logging.INFO)
_socket_log.addFilter(_OneLine())


class _Handler(AsyncSocketModeHandler):
    """Bolt's, timed."""

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Have it acknowledged."""
        began = time.perf_counter()
        await super().handle(client, req)
        metrics.ACK_SECONDS.observe(time.perf_counter() - began)


@asynccontextmanager
async def connected(app: AsyncApp, app_token: str) -> AsyncGenerator[SocketModeClient]:
    """The connection, made in the background and made again whenever it breaks."""
    handler = _Handler(app, app_token, logger=_socket_log, web_client=app.client, ping_interval=PING_SECONDS)
    handler.client.issue_new_wss_url = partial(_new_address, handler.client, app_token)
    connecting = asyncio.create_task(handler.connect_async())
    watching = asyncio.create_task(_watch(handler.client))
    try:
        yield handler.client
    finally:
        watching.cancel()
        connecting.cancel()
        await handler.close_async()
        await asyncio.wait({watching, connecting})
        # The client cancels its own tasks and does not wait for them.
        await asyncio.sleep(0)


async def _new_address(client: SocketModeClient, app_token: str) -> str:
    """An address for one connection; a token that Slack refuses is tried again ever more rarely, and told of once each time."""
    wait = FIRST_WAIT
    while True:
        try:
            opened: Any = await client.web_client.apps_connections_open(app_token=app_token)
            return str(opened["url"])
        except SlackApiError as error:
            answer: Any = error.response
            code = str(answer.get("error"))
            if code == "ratelimited":
                await asyncio.sleep(float(answer.headers.get("Retry-After", wait)))
                continue
            if code not in _WRONG_TOKEN:
                raise
        _socket_log.error(
            "Slack refuses slack.app_token (%s), so nobody can reach the bot: see `paperbot check`; again in %.0f s",
            code,
            wait,
        )
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


async def _watch(client: SocketModeClient) -> None:
    """Slack's addresses are good for one connection, soon: slack_sdk alone would try a void one for ever."""
    down = 0
    while True:
        await asyncio.sleep(PING_SECONDS)
        down = 0 if await client.is_connected() else down + 1
        if down >= _DOWN_CHECKS:
            client.wss_uri = None
            down = 0
