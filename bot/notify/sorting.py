"""What Slack's answers mean: which were not sent, which nobody knows of, which will be refused for ever. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from bot.errors import Concerns, NotifierAmbiguous, NotifierError, NotifierRefused, NotifierUnavailable

#: No wait that Slack asks for is longer than this, in seconds.
LONGEST_WAIT = 900.0
#: Where Slack asks to wait and does not say how long.
USUAL_WAIT = 1.0

LATER = "Slack cannot take this right now. Try again in a minute."
UNKNOWN = "Slack did not say whether that worked. Look whether it is there before you try again."

_RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
#: Slack says of these that some part may have been done.
_AMBIGUOUS = frozenset({"internal_error", "fatal_error", "service_unavailable"})
#: Nothing was done, and it may work later.
_LATER = frozenset({"request_timeout", "team_added_to_org"})
#: The token, or what it may do.
_WORKSPACE = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "messages_tab_disabled",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
#: Whom or where it was to reach.
_READER = frozenset(
    {
        "cannot_dm_bot",
        "channel_not_found",
        "is_archived",
        "is_inactive",
        "method_not_supported_for_channel_type",
        "not_in_channel",
        "user_disabled",
        "user_not_found",
        "user_not_in_channel",
        "user_not_visible",
        "users_not_found",
    }
)
#: The token itself no longer works: asking again with it is of no use.
DEAD_TOKEN = frozenset({"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"})
#: Our blocks are at fault; the text alone may be taken.
BAD_BLOCKS = frozenset(
    {"block_mismatch", "blocks_too_long", "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}
)

_SENTENCES: Mapping[str, str] = {
    "not_in_channel": "I am not in that channel: invite me with /invite, then try again.",
    "channel_not_found": "I cannot see that conversation: invite me with /invite, then try again.",
    "is_archived": "That channel is archived, so nothing can be posted there.",
    "missing_scope": "The app lacks a permission for that: its host has to update it from the manifest.",
    "messages_tab_disabled": "The app's Messages tab is off: its host has to update it from the manifest.",
    "expired_trigger_id": "That took too long, so Slack did not let me open it. Please try again.",
    "exchanged_trigger_id": "That was opened already. Please try again.",
    "invalid_trigger_id": "That button is too old to open anything. Please try again.",
    "push_limit_reached": "Too many windows are open on top of each other: close one and try again.",
    "hash_conflict": "That view has changed meanwhile. Please try again.",
    "not_found": "That window is closed already.",
    "file_upload_size_restricted": "Slack does not take a file of that size here.",
}


def sort_answer(method: str, status: int, headers: Mapping[str, str], data: object) -> NotifierError:
    """The failure that an answer without ``ok`` means; ``data`` is its body as JSON, whatever that is."""
    known: Mapping[str, Any] = data if isinstance(data, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]
    code = str(known.get("error") or "")
    cause = f"{method}: HTTP {status} {code or 'without a reason'}{_details(known)}"
    if status == 429 or code in _RATE_LIMITED:  # noqa: PLR2004 - Too Many Requests
        return NotifierUnavailable(LATER, retry_after=retry_after(headers), cause=cause)
    if status >= 500 or code in _AMBIGUOUS or (status == 200 and not code):  # noqa: PLR2004 - OK, or theirs to mend
        return NotifierAmbiguous(UNKNOWN, cause=cause)
    if not code or code in _LATER:
        # It never came as far as the method: a proxy, or a wrong address.
        return NotifierUnavailable(LATER, cause=cause)
    return refusal(method, code, cause=cause)


def refusal(method: str, code: str, *, cause: str | None = None) -> NotifierRefused:
    """Slack's final no, by its own word for it."""
    if code in _WORKSPACE:
        concerns = Concerns.WORKSPACE
    elif code in _READER or code.startswith("restricted_action"):
        concerns = Concerns.READER
    else:
        concerns = Concerns.MESSAGE
    sentence = _SENTENCES.get(code, f"Slack refused that ({code}).")
    return NotifierRefused(sentence, code=code, concerns=concerns, cause=cause or f"{method}: {code}")


def outcome(failure: NotifierError | None) -> str:
    """What became of a call, in a word of those that are counted: of Slack's own, only the ones known here."""
    match failure:
        case None:
            return "ok"
        case NotifierRefused(code=code):
            return code if code in _WORKSPACE | _READER | BAD_BLOCKS else "refused"
        case NotifierUnavailable(retry_after=seconds):
            return "unavailable" if seconds is None else "limited"
        case _:
            return "unknown"


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait by the answer's headers, 0 to ``LONGEST_WAIT``: a number, or a date beside the answer's own."""
    found = {name.lower(): value for name, value in headers.items()}
    written = found.get("retry-after", "").strip()
    try:
        seconds = float(written)
    except ValueError:
        try:
            # Both are Slack's clock, so ours need not agree.
            seconds = (parsedate_to_datetime(written) - parsedate_to_datetime(found.get("date", ""))).total_seconds()
        except (ValueError, TypeError):
            seconds = USUAL_WAIT
    return min(max(seconds, 0.0), LONGEST_WAIT) if isfinite(seconds) else LONGEST_WAIT


def _details(known: Mapping[str, Any]) -> str:
    """What Slack says is wrong: where in the blocks, which scope."""
    told: list[str] = []
    metadata: object = known.get("response_metadata")
    if isinstance(metadata, Mapping):
        messages: object = metadata.get("messages")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if isinstance(messages, list):
            told += [str(one)[:200] for one in messages[:3]]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if needed := known.get("needed"):
        told.append(f"needs {str(needed)[:100]}")
    return f" ({'; '.join(told)})" if told else ""
