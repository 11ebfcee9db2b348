"""Answers of the JSON API and what people made of them: every field where it belongs, one bad record costs itself."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import sources
from bot.errors import DumpRefused
from bot.models import Format, Reading
from tests.told import TODAY, inputs, pair

ABSTRACT = "We ask how lanterns can be kept cheap while they grow, and answer with a study of ninety of them. " * 3


def item(number: int, **paper: Any) -> dict[str, Any]:
    own = {
        "id": f"2601.{number:05d}",
        "title": f"Lanterns of Street {number}",
        "summary": f"{ABSTRACT} Street {number}.",
        "authors": [{"name": "Ann Author", "hidden": False}, {"name": "Bo Writer", "hidden": True}],
        "publishedAt": "2026-01-09T00:00:00.000Z",
        "upvotes": number,
        **paper,
    }
    return {"paper": own, "publishedAt": "2026-01-08T19:00:00.000Z", "title": own["title"], "numComments": 0}


def read(value: Any) -> Reading:
    text = value if isinstance(value, str) else json.dumps(value)
    return sources.read(text.encode("utf-8", "surrogatepass"), name="answer.json", today=TODAY)


def refused(value: Any) -> DumpRefused:
    with pytest.raises(DumpRefused) as caught:
        read(value)
    return caught.value


@pytest.mark.parametrize("path", inputs("json"), ids=lambda path: path.name)
def test_answers_of_every_year_are_read(path: Path) -> None:
    """Each answer and archive in tests/data/json gives exactly what stands in the file beside it."""
    read_as, expected = pair(path)
    assert read_as == expected


Items = list[dict[str, Any]]


def in_numbers(items: Items) -> Any:
    return {str(place): one for place, one in enumerate(items)}


def as_reprs(items: Items) -> Any:
    return [str(one) for one in items]


def as_strings(items: Items) -> Any:
    return [json.dumps(one) for one in items]


def in_lines(items: Items) -> Any:
    return "\n".join(json.dumps(one) for one in items)


def in_pages(items: Items) -> Any:
    return f"{json.dumps(items[:2])}\n{json.dumps(items[2:])}"


def flat(items: Items) -> Any:
    return [one["paper"] | {"numComments": 0} for one in items]


def under(*names: str) -> Callable[[Items], Any]:
    def wrap(items: Items) -> Any:
        wrapped: Any = items
        for name in reversed(names):
            wrapped = {"canSubmit": False, name: wrapped}
        return wrapped

    return wrap


WRAPPINGS = (
    in_numbers,
    as_reprs,
    as_strings,
    in_lines,
    in_pages,
    flat,
    under("papers"),
    under("data", "dailyPapers"),
    list,
    str,
)


@pytest.mark.parametrize("wrap", WRAPPINGS)
def test_the_wrapping_makes_no_difference(wrap: Callable[[Items], Any]) -> None:
    """A list tells the same papers however it is wrapped or written out."""
    items = [item(number) for number in range(1, 5)]
    found = read(wrap(items)).entries
    assert [(one.arxiv_id, one.title, one.upvotes, one.author_count) for one in found] == [
        (f"2601.{number:05d}", f"Lanterns of Street {number}", number, 2) for number in range(1, 5)
    ]
    assert {(one.comments, one.published_at.date() if one.published_at else None) for one in found} == {
        (0, date(2026, 1, 9))
    }


def test_one_paper_alone_is_a_list_of_one() -> None:
    """An item that was saved without its list is read."""
    assert [entry.arxiv_id for entry in read(item(7)).entries] == ["2601.00007"]


def test_a_column_table_is_turned() -> None:
    """A table that was saved column by column gives its rows."""
    rows = [item(number)["paper"] for number in (1, 2)]
    table = {key: {str(place): row[key] for place, row in enumerate(rows)} for key in rows[0]}
    assert [entry.title for entry in read(table).entries] == ["Lanterns of Street 1", "Lanterns of Street 2"]


def test_bad_records_cost_themselves_only() -> None:
    """Between thousands of whole records no damage takes a neighbour with it."""
    lines = [json.dumps(item(number)) for number in range(1, 3001)]
    deep = '{"paper": {"id": "2601.1", "deep": ' + "[" * 5000 + "]" * 5000 + "}}"
    broken = [lines[0][:90], "no record", '{"paper": {"title": NaN}}', deep, '{"paper": {"id": "2601.2", }}', "7"]
    for place, bad in enumerate(broken):
        lines.insert(400 * (place + 1), bad)
    for text in ("\n".join(lines), "[" + ",\n".join(lines) + "]"):
        reading = read(text)
        assert len(reading.entries) == 3000
        assert len(reading.rejected) == len(broken)


def test_a_cut_off_answer_keeps_its_whole_papers() -> None:
    """Wherever an answer is cut, the papers before the cut are read, and the reading says that it was cut."""
    text = json.dumps({"dailyPapers": [item(number) for number in range(1, 6)], "dateString": "2026-01-09"})
    ends = [text.index(f'"title": "Lanterns of Street {number}", "numComments": 0}}') for number in range(1, 6)]
    for cut in range(ends[0] + 60, text.rindex("]") + 1, 97):
        reading = read(text[:cut])
        whole = sum(end + len('"title": "Lanterns of Street 1", "numComments": 0}') <= cut for end in ends)
        assert len(reading.entries) == whole
        assert "TRUNCATED_LAST" in [notice.code for notice in reading.notices]
        assert len(reading.rejected) <= 1


def test_hidden_characters_are_taken_out() -> None:
    """A NUL, a lone surrogate and a zero-width space in a title leave text that every encoding holds."""
    title = (
        read('[{"paper": {"id": "2601.00001", "title": "Lan\\u0000terns \\ud800 of\\u200b\\u00a0Fog"}}]')
        .entries[0]
        .title
    )
    assert title == "Lanterns \ufffd of Fog"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("[]", "NO_PAPERS"),
        ('{"dailyPapers": []}', "NO_PAPERS"),
        ('{"status": "no_data", "message": "No papers found"}', "NO_PAPERS"),
        ('[{"title": "Buy milk", "completed": false}]', "NO_PAPERS"),
        ('{"name": "package", "version": "1.0"}', "NOT_A_PAPERS_PAGE"),
        ("[1, 2, 3]", "NOT_A_PAPERS_PAGE"),
        ('{"error": "Too many requests"}', "RATE_LIMIT_PAGE"),
        ('[{"paper": {"id": "2601.00001", "tit', "BAD_JSON"),
        ("[" * 100_000, "BAD_JSON"),
        ('{"paper":' * 100_000, "BAD_JSON"),
        ('[{"paper":"' + '\\"' * 1_000_000, "BAD_JSON"),
    ],
    ids=lambda value: value[:30],
)
def test_what_holds_no_paper_is_refused(value: str, code: str) -> None:
    """JSON without a paper is refused with its code, its line and its beginning."""
    error = refused(value)
    assert (error.code, error.line, error.file) == (code, 1, "answer.json")
    assert error.excerpt[:10] in value
    assert error.sentence.endswith((".", "found"))


def test_a_huge_title_is_one_rejected_record() -> None:
    """A title of 10 MB is refused alone."""
    reading = read([item(1), item(2) | {"paper": {"title": "x" * 10_000_000}}, item(3)])
    assert [entry.position for entry in reading.entries] == [1, 3]
    assert [(bad.code, len(bad.excerpt)) for bad in reading.rejected] == [("TITLE_TOO_LONG", 60)]


def test_more_than_five_thousand_papers_are_refused() -> None:
    """The limit is on papers, not on bytes."""
    assert len(read([item(number) for number in range(5000)]).entries) == 5000
    assert refused([item(number) for number in range(5001)]).code == "TOO_LARGE"


def test_a_paper_listed_on_two_days_stays_two_entries() -> None:
    """The same id is noted as a repetition only where the day of listing is the same too."""
    days = ("2026-01-09T01:00:00.000Z", "2026-01-09T03:00:00.000Z", "2026-01-10T01:00:00.000Z")
    reading = read([item(1, submittedOnDailyAt=day) for day in days])
    assert [entry.listed for entry in reading.entries] == [date(2026, 1, 9), date(2026, 1, 10)]
    assert [notice.code for notice in reading.notices] == ["DUP_IN_FILE"]
    assert reading.page_date is None


def test_real_answers_are_read_whole(shared: Path | None) -> None:
    """The API's own answers lose no paper, no abstract, no author and no count."""
    if shared is None:
        assert read([item(1)]).entries[0].upvotes == 1
        return
    for path in sorted((shared / "samples").glob("*.json.gz")):
        content = gzip.decompress(path.read_bytes())
        items = json.loads(content)
        reading = sources.read(content, name=path.name, today=TODAY)
        assert reading.format is Format.JSON
        assert (reading.rejected, reading.notices) == ((), ())
        for entry, real in zip(reading.entries, items, strict=True):
            paper = real["paper"]
            assert entry.title == " ".join(paper["title"].split())
            assert entry.abstract is not None
            assert entry.abstract.split() == paper["summary"].split()
            assert entry.authors == tuple(author["name"] for author in paper["authors"])
            assert (entry.arxiv_id, entry.upvotes) == (paper["id"], paper["upvotes"])
            assert entry.comments == real["numComments"]
            assert entry.listed == date.fromisoformat(path.name[:10])
            assert content.decode().split("\n")[entry.line - 1].strip().startswith('"title"')


def test_numbers_out_of_a_real_life_are_no_counts() -> None:
    """Counts that are no whole numbers from 0 on are not printed, never zero."""
    odd_counts: list[Any] = [-1, 2.5, True, "many", [], None, 10**40]
    for odd in odd_counts:
        assert read([item(1, upvotes=odd)]).entries[0].upvotes is None


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("{'a': 1}"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["paper", "title", "summary", "authors", "id", "publishedAt", "dailyPapers", "data", "upvotes"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(any_json)
def test_any_json_is_read_or_refused(value: Any) -> None:
    """No JSON value, however strange, does anything but give a reading or a refusal."""
    try:
        reading = read(value)
    except DumpRefused:
        return
    assert reading.entries


@given(st.data())
def test_a_damaged_answer_is_read_or_refused(data: st.DataObject) -> None:
    """An answer with a stretch cut out, doubled or overwritten gives a reading or a refusal."""
    text = json.dumps([item(number) for number in range(1, 6)])
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 200)))
    middle = data.draw(st.sampled_from(["", text[start:end] * 2, '"', "}", "]", "\\", "\0", "{", "[", ","]))
    try:
        reading = read(text[:start] + middle + text[end:])
    except DumpRefused:
        return
    assert len(reading.entries) >= 3 or start < 2 * len(text) // 3
