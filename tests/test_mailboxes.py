"""Which addresses are written to: plain ones of the public internet, and nothing that could change a letter's head."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.mailboxes import checked, mark


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("ada@example.org", "ada@example.org"),
        (" <Ada.Quill+papers@Example.ORG> ", "Ada.Quill+papers@example.org"),
        ("mailto:lab@mail.example.co.uk", "lab@mail.example.co.uk"),
        ("o'neil_{x}@xn--bcher-kva.example", "o'neil_{x}@xn--bcher-kva.example"),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org"),
    ],
)
def test_an_address(written: str, address: str) -> None:
    """What mail programs put around it goes; the domain is written small, what stands before it as it was."""
    assert checked(written) == address


@pytest.mark.parametrize(
    "written",
    [
        *("", "ada", "@example.org", "ada@", "ada@localhost", "ada@@example.org", "ada@example..org", "ada@-x.org"),
        *("ada@127.0.0.1", "ada@[127.0.0.1]", "ada@example.123", '"ada b"@example.org', ".ada@example.org", "a..b@c.org"),
        *("ada@example.org\nBcc: eve@example.net", "ada\r@example.org", "ada@example.org,eve@example.net", "ada@exämple.org"),
        *("Ada <ada@example.org>", "ada @example.org", "ada@example.org\0", "\u202eada@example.org"),
        *(f"{'a' * 65}@example.org", f"ada@{'x' * 64}.org", f"ada@{'x.' * 130}org", "ada(comment)@example.org"),
    ],
)  # fmt: skip
def test_no_address(written: str) -> None:
    """Whatever else stands there is refused, in a sentence that says what an address is."""
    with pytest.raises(UserError, match="no address that I can write to") as refusal:
        checked(written)
    assert refusal.value.sentence.isprintable()


@given(st.text(st.sampled_from('ab@.-<>,;: \n\r\t\0\u2028é"()[]\\'), max_size=40))
def test_nothing_that_is_taken_can_end_a_line(written: str) -> None:
    """An address is printable ASCII without blanks, has one @, and is taken again as it is."""
    try:
        address = checked(written)
    except UserError:
        return
    assert address.isascii()
    assert address.isprintable()
    assert address.count("@") == 1
    assert not set(address) & set(' <>,;:"()[]\\')
    assert checked(address) == address


def test_a_mark_tells_addresses_apart_and_tells_none() -> None:
    """It is the same for the same addresses in their order, and has nothing of them in it."""
    assert mark("ada@example.org") == mark("ada@example.org") != mark("ben@example.org")
    assert mark("a@x.org", "b@x.org") != mark("b@x.org", "a@x.org") != mark("a@x.org")
    assert len(mark("ada@example.org")) == 12
