"""What is asked over HTTP: public addresses, in whatever spelling, and what the host of the bot trusts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PageRefused, PageUnavailable, SettingsError
from bot.pages import Checked, Trusted, checked
from bot.pages.publicity import is_public, literal

CASES = Path(__file__).parent / "data" / "ssrf"
PUBLIC = "93.184.216.34"
NOBODY = Trusted()


def cases(name: str) -> list[tuple[list[str], list[str]]]:
    """The words of each line before and after its ``=``; escapes are what they stand for."""
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    written = [line.partition(" = ") for line in lines if line and not line.startswith("#")]
    return [(asked.split(" ", 1), said.split()) for asked, _, said in written]


def unescaped(text: str) -> str:
    for escape, character in {
        "\\t": "\t", "\\r": "\r", "\\n": "\n", "\\x00": "\0", "\\u00a0": "\xa0", "\\u202e": "\u202e", "\\\\": "\\",
    }.items():  # fmt: skip
        text = text.replace(escape, character)
    return text


async def judged(url: str, says: Sequence[str] = (PUBLIC,), trusted: Trusted = NOBODY) -> Checked:
    """``url``, judged in a world where every name has the same addresses."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        assert host, port
        return says

    return await checked(url, trusted, resolve)


def test_there_are_enough_cases() -> None:
    """At least 60 addresses that must not be asked, each once."""
    written = [(*asked, *said) for asked, said in cases("refused.txt")]
    assert len(written) >= 60
    assert len(set(written)) == len(written)


@pytest.mark.parametrize(("asked", "said"), cases("refused.txt"))
async def test_what_leads_elsewhere_is_refused(asked: list[str], said: list[str]) -> None:
    """Other schemes and ports, names of users, unclear spellings, and every address that is not public."""
    code, url = asked
    with pytest.raises(PageRefused) as refused:
        await judged(unescaped(url), said or (PUBLIC,))
    assert refused.value.code == code
    assert refused.value.sentence.endswith(".")


@pytest.mark.parametrize(("asked", "said"), cases("accepted.txt"))
async def test_public_pages_are_asked_in_one_spelling(asked: list[str], said: list[str]) -> None:
    """Case, a final dot, the usual port, letters of other scripts and numbers as addresses do not matter."""
    url, spelled = asked[0].split(" ") if len(asked) == 1 else asked
    found = await judged(url, said)
    assert found.url == spelled
    assert all(is_public(one) for one in found.addresses)
    assert list(found.addresses) == said or not said


async def test_a_name_without_an_address_is_asked_for_later() -> None:
    """A resolver that fails, or says nothing, is no refusal."""

    async def fails(host: str, port: int) -> Sequence[str]:
        raise OSError(f"{host}:{port}: temporary failure")

    with pytest.raises(PageUnavailable, match=r"papers\.example\.org was not found"):
        await checked("https://papers.example.org/", NOBODY, fails)
    with pytest.raises(PageUnavailable, match=r"papers\.example\.org was not found"):
        await judged("https://papers.example.org/", ())


async def test_the_systems_resolver_is_asked() -> None:
    """Without a stand-in, localhost is this machine, and is refused for it."""
    with pytest.raises(PageRefused, match="allow_hosts") as refused:
        await checked("http://localhost/", NOBODY)
    assert refused.value.code == "ADDRESS"


@pytest.mark.parametrize(
    ("entry", "url", "says"),
    [
        ("wiki.lan", "http://wiki.lan/a", "10.0.0.7"),
        ("wiki.lan", "https://WIKI.lan./a", "10.0.0.7"),
        ("10.0.0.5:8080", "http://10.0.0.5:8080/a", ""),
        ("[fd00::5]:8080", "http://[fd00:0::5]:8080/", ""),
        ("[fd00::5]", "https://[fd00::5]/", ""),
        ("fd00::5", "http://[fd00::5]/", ""),
        ("Bücher.lan:9000", "http://bücher.lan:9000/", "192.168.0.2"),
    ],
)
async def test_the_host_of_the_bot_may_trust_a_server(entry: str, url: str, says: str) -> None:
    """An entry of allow_hosts is asked wherever it is."""
    assert (await judged(url, [says], Trusted.of([entry], []))).address == (
        says or "10.0.0.5" * ("10" in url) or "fd00::5"
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://wiki.lan:8081/",
        "http://wiki.lan/",
        "http://other.wiki.lan:8080/",
        "http://wiki.lan.example.org:8080/",
        "http://10.0.0.7:8080/",
        "http://10.0.0.7/",
    ],
)
async def test_trust_is_for_exactly_that_host_and_port(url: str) -> None:
    """Another port, another name, or the same server by its number, is not trusted."""
    with pytest.raises(PageRefused):
        await judged(url, ["10.0.0.7"], Trusted.of(["wiki.lan:8080"], []))


async def test_a_base_url_is_trusted_but_not_its_scheme() -> None:
    """Its host and port are; something else than HTTP is never asked."""
    trusted = Trusted.of([], ["http://127.0.0.1:8000/mirror"])
    assert (await judged("http://127.0.0.1:8000/api/daily_papers", (), trusted)).address == "127.0.0.1"
    with pytest.raises(PageRefused) as refused:
        await judged("ftp://127.0.0.1:8000/", (), trusted)
    assert refused.value.code == "SCHEME"


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "*",
        "*.lan",
        "http://wiki.lan",
        "10.0.0.0/8",
        "a b",
        "wiki.lan:0",
        "wiki.lan:99999",
        "u@wiki.lan",
        "1.2.3.4.5",
    ],
)
def test_an_entry_that_is_no_host_is_told(entry: str) -> None:
    """Whoever hosts the bot reads what is wrong, and how to write it."""
    with pytest.raises(SettingsError, match=r"fetch\.allow_hosts: .* Write one as wiki\.lan"):
        Trusted.of([entry], [])


@pytest.mark.parametrize(
    "url", ["ftp://mirror.lan/", "http://user:word@mirror.lan/", "http:///x", "http://mirror.lan:99999/"]
)
def test_a_base_url_that_is_none_is_told(url: str) -> None:
    """The same for ``base_url``; a password in it is not repeated."""
    with pytest.raises(SettingsError, match=r"sources\.base_url: ") as told:
        Trusted.of([], [url])
    assert "word@" not in told.value.sentence + told.value.cause


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://[", "http://127.0.0.1"]))
async def test_every_text_is_judged(text: str, before: str) -> None:
    """Whatever stands in an address: it is refused, or it leads to an address that is public."""
    try:
        found = await judged(before + text)
    except PageRefused:
        return
    assert is_public(found.address)
    assert found.url.isascii()


@given(st.ip_addresses(v=4))
def test_numbers_are_the_addresses_that_they_are(address: object) -> None:
    """An address as one number, in hexadecimal and in octal is the same address."""
    number = int(str(address).split(".")[0]) << 24 | sum(
        int(part) << shift for part, shift in zip(str(address).split(".")[1:], (16, 8, 0), strict=True)
    )
    assert {literal(str(number)), literal(hex(number)), literal(f"0{number:o}")} == {str(address)}
