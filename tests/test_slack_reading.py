"""Payloads are read into acts: who, where and what, from the envelope alone, whatever their shape."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.acts import Act, ActKind, Surface
from bot.models import UserId
from bot.persons import bare, person_of
from bot.slack.keeping import LARGEST, pack, unpack
from bot.slack.payloads import typed
from bot.slack.reading import read, team_of

AT = datetime(2026, 3, 18, 9, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "data" / "payloads"
CASES = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(PAYLOADS.glob("*.json"))}


def act(**changes: Any) -> Act:
    """A click."""
    return replace(Act("1.2", ActKind.BUTTON, "save", UserId("T1", "U1"), AT), **changes)


def expected(case: dict[str, Any]) -> Act | None:
    """The act that a case's file tells of; what it leaves out is empty."""
    told = case["act"]
    if told is None:
        return None
    known: dict[str, Any] = dict(told)
    if known.get("event") == "the inner event":
        known["event"] = case["payload"]["event"]
    known["fields"] = {
        name: tuple(value) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType]
        for name, value in known.get("fields", {}).items()
    }
    known |= {"kind": ActKind(known["kind"]), "reader": UserId(*known["reader"]), "at": AT}
    known |= {"surface": Surface(known.get("surface", "nowhere"))}
    known |= {"message_blocks": tuple(known.get("message_blocks", ()))}
    return Act(**known)


@pytest.mark.parametrize("name", CASES)
def test_a_payload_is_read(name: str) -> None:
    """Each kind of payload gives the act that its file tells of, or none."""
    case = CASES[name]
    assert read(case["payload"], AT) == expected(case)
    assert team_of(case["payload"]) == "T0LAB00001"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("plain words", "plain words"),
        ("a &amp; b &lt;c&gt; &quot;d&quot;", "a & b <c> &quot;d&quot;"),
        ("&amp;lt;", "&lt;"),
        (
            "<https://arxiv.org/abs/1|arxiv.org> and <http://x.org/?a=1&amp;b=2>",
            "https://arxiv.org/abs/1 and http://x.org/?a=1&b=2",
        ),
        ("<#C1|papers> <#C2>", "#papers #C2"),
        ("<@U1> <@U1|ada> <!subteam^S1|@lab> <!here>", "<@U1> <@U1|ada> @lab @here"),
        ("<mailto:ada@lab.example|ada@lab.example>", "ada@lab.example"),
        ("a < b, <unclosed", "a < b, <unclosed"),
        ("<>", "<>"),
    ],
)
def test_text_is_what_the_person_typed(written: str, meant: str) -> None:
    """Slack's own markup around links and channels and its three entities are undone; mentions stay."""
    assert typed(written) == meant


def test_long_text_without_an_end_is_read_at_once() -> None:
    """Ten thousand open brackets and a token that never closes take no time."""
    assert typed("<" * 10_000 + "a" * 40_000) == "<" * 10_000 + "a" * 40_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def mangled(draw: st.DrawFn) -> dict[str, Any]:
    """A real payload with one value anywhere replaced by any other JSON."""
    payload: dict[str, Any] = json.loads(
        json.dumps(draw(st.sampled_from([case["payload"] for case in CASES.values()])))
    )
    node: Any = payload
    while True:
        key: Any = draw(st.sampled_from(places(node)))
        if not places(node[key]) or draw(st.booleans()):
            node[key] = draw(JSON)
            return payload
        node = node[key]


def places(node: Any) -> list[Any]:
    """The keys of an object, or the numbers of a list; nothing else has any."""
    if hasattr(node, "keys"):
        return list(node)
    return list(range(len(node))) if hasattr(node, "append") else []


@given(mangled())
def test_no_shape_breaks_the_reading(payload: dict[str, Any]) -> None:
    """Whatever stands in place of any value, reading gives an act of texts or none."""
    found = read(payload, AT)
    team_of(payload)
    if found is not None:
        assert all(isinstance(getattr(found, field.name), str) for field in fields(Act) if field.type == "str")
        assert unpack(pack(found)) is not None


@given(JSON)
def test_a_bare_user_is_the_same_person(told: Any) -> None:
    """Whatever Slack says of a user, nothing that is read of it is left out."""
    for user in (told, {"id": "U1", "tz": told, "is_admin": told, "deleted": told, "enterprise_user": told}):
        assert person_of(bare(user), "T1", "E1") == person_of(user, "T1", "E1")


def test_lone_surrogates_end_at_the_door() -> None:
    """Half a character cannot be stored or embedded; it becomes a question mark."""
    payload = CASES["command"]["payload"] | {"text": "graphs \ud83d and trees"}
    found = read(payload, AT)
    assert found is not None
    assert found.text == "graphs ? and trees"


def test_of_a_changed_profile_no_name_or_address_is_kept() -> None:
    """Slack tells all of everybody in the workspace; what is kept is enough to know the person's zone and rights."""
    payload = CASES["event_user_change"]["payload"]
    told = payload["event"]["user"]
    found = read(payload, AT)
    assert found is not None
    for private in ("Testwood", "example.org", "1234567", "House of Ada", "Central"):
        assert private in json.dumps(payload)
        assert private.encode() not in pack(found)
    for enterprise in ("", "E0HOUSE001", "E0OTHER001"):
        for team in ("T0LAB00001", "T0OTHER001"):
            person = person_of(told, team, enterprise)
            assert person is not None
            assert person.email == "ada@example.org"
            assert person_of(found.event["user"], team, enterprise) == replace(person, email="")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["act"]])
def test_a_kept_act_is_the_same_again_without_its_secrets(name: str) -> None:
    """Everything but trigger and response URL comes back."""
    found = read(CASES[name]["payload"], AT)
    assert found is not None
    packed = pack(found)
    assert unpack(packed) == replace(found, trigger="", response_url="")
    assert b"hooks.slack.com" not in packed


def test_an_act_too_large_is_kept_without_what_makes_it_large() -> None:
    """The message's blocks go first, then other texts are cut; who did what stays."""
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_000}}
    with_blocks = unpack(pack(act(message_blocks=(block,) * 50, fields={"a": "b"})))
    assert with_blocks == act(fields={"a": "b"})
    packed = pack(act(text="é" * 50_000, fields={"a": "x" * 70_000}))
    assert len(packed) <= LARGEST
    assert unpack(packed) == act(text="é" * 4_000)


@pytest.mark.parametrize("junk", [b"", b"[]", b"{}", b"null", b'{"reader": 1}', b"\xff", b"[" * 5_000])
def test_junk_is_no_act(junk: bytes) -> None:
    """Bytes that are no kept act are told from one."""
    assert unpack(junk) is None
