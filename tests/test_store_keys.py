"""The table of keys says the truth: nothing is stored that is not in it, and everything lives as long as it says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from store_values import ADA, BEN, PAGE, SERVERS, SOURCE, TAG, TERMS, fill_reader, fill_workspace, new, save_one, vector

from bot.models import UserId
from bot.store import PaperChange, PaperVector, Shard, Store, keys
from bot.store.keys import TABLE, Kind

WILD = {
    "<shard>": r"[\w%.~-]+:\d{1,2}",
    "<model>": "[0-9a-f]{12}",
    "<n>": r"\d+",
    "<digest>": "[0-9a-f]{64}",
    "<user>": ".+",
    "<channel>": ".+",
}


#: What lives so long at most: until the turn or the pause is over.
SHORTER = (b":turn:", b":pause:")


def matching(key: str) -> list[Kind]:
    """The rows of the table that this key belongs to."""
    found: list[Kind] = []
    for kind in TABLE:
        parts = re.split("(<[a-z]+>)", kind.pattern)
        pattern = "".join(WILD.get(p, r"[^{}]+") if p.startswith("<") else re.escape(p) for p in parts)
        if re.fullmatch(pattern, key, re.DOTALL) and (
            "<shard>" not in kind.pattern or not key.startswith("pb:{papers:")
        ):
            found.append(kind)
    return found


@pytest.mark.parametrize("store_server", SERVERS, indirect=True)
async def test_every_stored_key_is_in_the_table(store: Store, raw_store: Any) -> None:
    """After one of everything: each key has exactly one row, its type and its lifetime; and every row has a key."""
    await store.papers.save([new(1), new(2), new(3)])
    await save_one(store, PaperChange(new(1).paper, 1, ("arxiv:1",), ("p2",)))
    await store.papers.remember_dump("ab" * 32, ["p1", "p3"])
    await store.papers.set_years_reached(3)
    await store.vectors.put(TAG, [PaperVector("p1", 1, b"h" * 16, vector())])
    await store.vectors.cache(TAG, {b"h" * 16: vector()})
    await store.vectors.set_current_model(TAG)
    await store.vectors.set_reached(TAG, 3)
    await store.vectors.set_settled(TAG, 3)
    await store.terms.put({1: TERMS})
    await store.sources.tell(SOURCE)
    await store.pages.remember(PAGE)
    for reader in (ADA, BEN, UserId("papers", "a{b}c")):
        await fill_reader(store, reader, "D7")
        await fill_workspace(store, reader.workspace)
    assert await store.leases.hold("scheduler", "ab")
    found: set[Kind] = set()
    for raw in raw_store.keys("*"):
        [kind] = matching(raw.decode())
        assert raw_store.type(raw) == kind.type.encode()
        left = raw_store.ttl(raw)
        least = 0 if any(part in raw for part in SHORTER) else (kind.lifetime or 0) - 60
        assert (left == -1) if kind.lifetime is None else (least < left <= kind.lifetime)
        found.add(kind)
    assert found == set(TABLE)


async def test_a_cached_embedding_that_is_used_lives_on(store: Store, raw_store: Any) -> None:
    """Asking for a text's vector gives it its whole lifetime again."""
    await store.vectors.cache(TAG, {b"h" * 16: vector()})
    raw_store.expire(keys.embedding(TAG, b"h" * 16), 5)
    await store.vectors.cached(TAG, [b"h" * 16])
    assert raw_store.ttl(keys.embedding(TAG, b"h" * 16)) > 29 * keys.DAY


@pytest.mark.parametrize("workspace", ["papers", "a}b", "{x}", "T1:0", "%70apers", "ä ☂", "\n"])
def test_no_workspace_reaches_into_another(workspace: str) -> None:
    """Whatever a workspace is called, its keys have a hash tag of their own, of printable ASCII."""
    key = Shard(workspace, 0).readers
    tag = key[key.index("{") + 1 : key.index("}")]
    assert key == f"pb:{{{tag}}}:readers"
    assert tag.isascii()
    assert tag.isprintable()
    assert tag not in {"papers:0", "T1:0", "local:0"}
    assert Shard.parse(str(Shard(workspace, 0))) == Shard(workspace, 0)


@pytest.mark.parametrize("name", ["T1", ":T1", "x:T1", "-1:T1", "²:T1", "99999:T1"])
def test_a_shard_name_that_nobody_wrote_is_refused(name: str) -> None:
    """Only what ``str`` gives is read back."""
    with pytest.raises(ValueError, match=re.escape(name)):
        Shard.parse(name)


def test_a_tampered_counter_is_not_counted_up_to() -> None:
    """However large a counter claims to be, the blocks behind it stay a bounded number."""
    assert list(keys.blocks(0)) == [0]
    assert list(keys.blocks(1_999)) == [0, 1]
    assert len(keys.blocks(10**15)) == 100_001


async def test_a_token_is_known_by_its_hash_alone(store: Store, raw_store: Any) -> None:
    """A workspace's next token takes the place of the one before; what cannot be read is nothing."""
    await store.served.remember("xoxb-1", "T1", "UBOT")
    await store.served.remember("xoxb-2", "T2", "UOTHER")
    assert await store.served.of("xoxb-1") == ("T1", "UBOT")
    await store.served.remember("xoxb-3", "T1", "UBOT")
    assert [await store.served.of(f"xoxb-{number}") for number in (1, 2, 3)] == [None, ("T2", "UOTHER"), ("T1", "UBOT")]
    assert b"xoxb" not in b"".join([*raw_store.hgetall(keys.SERVED), *raw_store.hgetall(keys.SERVED).values()])
    await store.purge("T1")
    assert await store.served.of("xoxb-3") is None
    assert await store.served.of("xoxb-2") == ("T2", "UOTHER")
    for name in raw_store.hkeys(keys.SERVED):
        raw_store.hset(keys.SERVED, name, b"\xff of nobody")
    assert await store.served.of("xoxb-2") is None
