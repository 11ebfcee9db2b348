"""The app's manifest: what Slack takes, every scope with its reason, nothing that the handlers do not need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml

import handlers
from bot.errors import SettingsError
from bot.manifest import EXAMPLE_URL, SCOPES, UNFURL_SCOPES, drift, manifest, required_scopes

DEPLOY = Path(__file__).parent.parent / "deploy"
EVENTS = handlers.event_names(unfurl=False)
SHORTCUTS = tuple(handlers.SHORTCUTS.values())
#: Slack sends an event only to an app with one of these scopes; those that are not here need none.
SCOPES_OF_EVENTS = {
    "app_mention": ("app_mentions:read",),
    "message.im": ("im:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "user_change": ("users:read",),
    "link_shared": ("links:read",),
    **{f"channel_{what}": ("channels:read",) for what in ("archive", "unarchive", "deleted", "left", "rename")},
    **{f"group_{what}": ("groups:read",) for what in ("archive", "unarchive", "deleted", "left", "rename")},
    "member_left_channel": ("channels:read", "groups:read"),
    "member_joined_channel": ("channels:read", "groups:read"),
}
FREE = {"app_home_opened", "app_uninstalled", "tokens_revoked"}


@dataclass(frozen=True)
class Shortcut:
    """A shortcut."""

    name: str = "search_papers"
    label: str = "Search papers"
    kind: Literal["global", "message"] = "global"


def made(mode: Literal["socket", "http"] = "socket", url: str | None = None, *, unfurl: bool = False) -> dict[str, Any]:
    """A manifest with everything that the handlers have, as Slack reads it."""
    events = handlers.event_names(unfurl=unfurl)
    return yaml.safe_load(manifest("/papers", mode, url, unfurl=unfurl, events=events, shortcuts=SHORTCUTS))


@pytest.mark.parametrize(
    ("file", "mode", "url"),
    [("slack-manifest.yaml", "socket", None), ("slack-manifest-http.yaml", "http", EXAMPLE_URL)],
)
def test_the_files_in_deploy_are_what_the_command_prints(
    file: str, mode: Literal["socket", "http"], url: str | None
) -> None:
    """They are never edited by hand: `paperbot manifest` makes them from the handlers' tables."""
    text = manifest("/papers", mode, url, unfurl=False, events=EVENTS, shortcuts=SHORTCUTS)
    assert (DEPLOY / file).read_text(encoding="utf-8") == text


def test_each_scope_has_its_reason_beside_it() -> None:
    """Who installs the app sees what each permission is for."""
    text = manifest("/papers", "socket", unfurl=True, events=EVENTS, shortcuts=SHORTCUTS)
    for scope, reason in {**SCOPES, **UNFURL_SCOPES}.items():
        [line] = [one for one in text.splitlines() if one.strip().startswith(f"- {scope} ")]
        assert line.endswith(f"# {reason}")


def test_every_event_that_is_handled_may_be_received() -> None:
    """What the handlers subscribe to, Slack sends with these scopes; no scope is there for nothing."""
    for unfurl in (False, True):
        scopes = set(required_scopes(unfurl=unfurl))
        events = set(made(unfurl=unfurl)["settings"]["event_subscriptions"]["bot_events"])
        assert events == set(handlers.event_names(unfurl=unfurl))
        assert events <= set(SCOPES_OF_EVENTS) | FREE
        needed = {scope for event in events - FREE for scope in SCOPES_OF_EVENTS[event]}
        # What is asked and said needs these: commands, messages, time zones, files, links, whether a message arrived.
        calls = {"commands", "chat:write", "users:read", "files:write"} | ({"links:write"} if unfurl else set[str]())
        calls |= {"im:write", "channels:history", "groups:history"}
        # An address that e-mail may go to, and a file of papers that was given.
        calls |= {"users:read.email", "files:read"}
        assert needed | calls == scopes


def test_socket_mode_names_no_address_and_http_one_everywhere() -> None:
    """The two variants differ in nothing else."""
    socket, http = made(), made("http", "https://bot.example.com/")
    address = "https://bot.example.com/slack/events"
    assert "http" not in str(socket)
    assert socket["settings"].pop("socket_mode_enabled") is True
    assert http["settings"].pop("socket_mode_enabled") is False
    assert http["settings"]["event_subscriptions"].pop("request_url") == address
    assert http["settings"]["interactivity"].pop("request_url") == address
    assert http["features"]["slash_commands"][0].pop("url") == address
    assert http == socket


def test_links_are_shown_only_where_the_host_wants_it() -> None:
    """The variant that unfurls has two scopes, two sites and one event more."""
    plain, unfurling = made(), made(unfurl=True)
    assert "unfurl_domains" not in plain["features"]
    assert unfurling["features"]["unfurl_domains"] == ["arxiv.org", "huggingface.co"]
    assert set(unfurling["oauth_config"]["scopes"]["bot"]) - set(plain["oauth_config"]["scopes"]["bot"]) == set(
        UNFURL_SCOPES
    )


def test_the_manifest_keeps_within_slacks_limits() -> None:
    """Lengths and counts as the published schema has them."""
    told = made("http", EXAMPLE_URL, unfurl=True)
    shown, features = told["display_information"], told["features"]
    assert told["_metadata"] == {"major_version": 2}
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4_000
    assert len(features["bot_user"]["display_name"]) <= 80
    [command] = features["slash_commands"]
    assert len(command["description"]) <= 2_000
    assert len(command["usage_hint"]) <= 1_000
    assert len(features["shortcuts"]) <= 10
    assert all(len(one["name"]) <= 24 and one["type"] in ("global", "message") for one in features["shortcuts"])
    assert {one["callback_id"] for one in features["shortcuts"]} == set(handlers.SHORTCUTS)
    assert features["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }
    assert told["settings"]["interactivity"]["is_enabled"] is True


def test_a_command_of_another_name_is_taken_everywhere() -> None:
    """The host may call the command otherwise."""
    text = manifest("/lab-papers", "socket", unfurl=False, events=EVENTS, shortcuts=[Shortcut()])
    assert yaml.safe_load(text)["features"]["slash_commands"][0]["command"] == "/lab-papers"
    assert "/papers" not in text


@pytest.mark.parametrize("command", ["papers", "/Papers", "/pa pers", "/" + "p" * 32, '/p"\n- x', "/"])
def test_a_command_that_slack_refuses_is_refused(command: str) -> None:
    """Said in a sentence, before Slack says it."""
    with pytest.raises(SettingsError, match="slash command"):
        manifest(command, "socket", unfurl=False, events=EVENTS, shortcuts=SHORTCUTS)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://bot.example.com",
        "bot.example.com",
        "https://",
        "https://a b",
        "https://u:p@bot.example.com",
        "https://bot.example.com/?a=1",
        'https://x"\ny',
        "https://[",
    ],
)
def test_an_address_that_slack_does_not_call_is_refused(url: str | None) -> None:
    """HTTP needs an https address, without a user, a query or anything odd."""
    with pytest.raises(SettingsError):
        manifest("/papers", "http", url, unfurl=False, events=EVENTS, shortcuts=SHORTCUTS)


@pytest.mark.parametrize(
    ("url", "request_url"),
    [
        ("https://bot.example.com", "https://bot.example.com/slack/events"),
        ("https://bot.example.com/slack/events", "https://bot.example.com/slack/events"),
        ("https://bot.example.com:8443/lab/", "https://bot.example.com:8443/lab/slack/events"),
    ],
)
def test_the_address_may_be_given_with_or_without_the_path(url: str, request_url: str) -> None:
    """The path is ours to know."""
    assert made("http", url)["settings"]["interactivity"]["request_url"] == request_url


def test_drift_names_the_scopes_that_a_token_lacks() -> None:
    """In the manifest's order; scopes beyond ours are nobody's loss."""
    assert drift(required_scopes(unfurl=True), unfurl=True) == []
    assert drift({*SCOPES, "pins:read"}, unfurl=True) == ["links:read", "links:write"]
    assert drift(set(SCOPES) - {"files:write", "commands"}, unfurl=False) == ["commands", "files:write"]
