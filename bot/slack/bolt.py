"""The Bolt app behind both transports. Its one middleware answers everything at once, so no listener is ever polled."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answers import Ack
from bot.slack.guard import Unacceptable
from bot.slack.seams import Named

# Bolt copies this level to all its loggers; it would take the root's, and at DEBUG it writes whole payloads.
_bolt_log = logging.getLogger("slack_bolt.paperbot")
_bolt_log.setLevel(logging.INFO)


def make_app(
    api_url: str, take: Callable[[Mapping[str, Any]], Awaitable[Ack]], known: Callable[[], Awaitable[Named | None]]
) -> AsyncApp:
    """An app that gives every payload that is not its own echo to ``take``.

    It asks Slack nothing: ``known`` says who the token is. The guard has verified what comes by HTTP, and strictly.
    """

    async def authorize(
        enterprise_id: str | None,
        team_id: str | None,
    ) -> AuthorizeResult:
        named = await known()
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=named.bot_user if named else None,
            bot_id=named.bot_id if named else None,
        )

    async def acknowledge(body: dict[str, Any]) -> BoltResponse:
        # Bolt authorizes no event that tells of the end of the token.
        await known()
        ack = await take(body)
        return BoltResponse(status=ack.status, body=dict(ack.body) or "")

    app = AsyncApp(
        logger=_bolt_log,
        name="paperbot",
        signing_secret="verified by the guard",  # noqa: S106 - not a secret
        client=AsyncWebClient(base_url=api_url, logger=_bolt_log),
        authorize=authorize,
        request_verification_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.middleware(acknowledge)
    return app


#: What a payload of a type is about, and what parts that Bolt looks into are.
_NEEDED = {"view_submission": "view", "view_closed": "view", "event_callback": "event", "block_actions": "actions"}
_OBJECTS = ("view", "event", "message", "container")
_LISTS = ("actions", "authorizations", "response_urls")


def _is_sound(payload: Mapping[str, Any]) -> bool:
    kind: object = payload.get("type")
    if isinstance(kind, str) and kind in _NEEDED and _NEEDED[kind] not in payload:
        return False
    are_objects = all(isinstance(payload[name], dict) for name in _OBJECTS if name in payload)
    return are_objects and all(isinstance(payload[name], list) for name in _LISTS if name in payload)


async def dispatch(app: AsyncApp, payload: dict[str, Any], headers: Mapping[str, str]) -> tuple[int, str]:
    """Status and content that the app answers to a verified payload that came by HTTP.

    It is given parsed: Bolt's own parser loses a slash command whose text contains the word payload. Raises
    Unacceptable for a payload of a shape that Bolt cannot take.
    """
    # What is null is not there.
    payload = {name: value for name, value in payload.items() if value is not None}
    if not _is_sound(payload):
        raise Unacceptable(400, "That cannot be read.")
    try:
        request = AsyncBoltRequest(body=payload, headers=dict(headers), mode="socket_mode")
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise Unacceptable(400, "That cannot be read.") from None
    response = await app.async_dispatch(request)
    return response.status, response.body
