"""``paperbot follow READER --from FILE``: everything that a file holds, and what became of each entry."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.installation import Done, Installation
from tests.pages import Invented, invented, text_page
from tests.source_server import SourceServer

LIBRARY = """TY  - JOUR
TI  - harbour noise
ER  -
TY  - JOUR
ID  - empty
ER  -
TY  - JOUR
M1  - arXiv:2603.99999
ER  -
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Installation:
    """A few papers, and files of what to follow."""
    made = Installation(tmp_path_factory.mktemp("following"), model_folder)
    (made.root / "a.txt").write_bytes(text_page(invented("speech recognition", number) for number in range(12)))
    (made.root / "kelp.ris").write_text(LIBRARY)
    (made.root / "empty.ris").write_text("TY  - JOUR\nID  - empty\nER  -\n")
    (made.root / "notes.pdf").write_bytes(b"%PDF-1.7")
    assert made.do("ingest", made.root / "a.txt").code == 0
    return made


def given(installation: Installation, name: str, *more: str, reader: str = "amara") -> Done:
    return installation.do("follow", reader, "--from", installation.root / name, *more)


def test_what_became_of_each_entry(installation: Installation) -> None:
    """A table for eyes, one object for programs; given again it was followed before."""
    told = given(installation, "kelp.ris", "--json")
    assert told.code == 0
    done = json.loads(told.out)
    assert [one["name"] for one in done["followed"]] == ["harbour noise"]
    assert (done["known"], done["unknown"]) == ([], ["2603.99999"])
    assert done["refused"] == [{"said": "empty", "reason": "This entry has neither a title nor an arXiv id."}]
    again = given(installation, "kelp.ris")
    assert again.code == 0
    for words in ("followed before", "in no dump yet", "refused: This entry"):
        assert words in " ".join(again.out.split())
    assert "0 followed, 1 before, 1 unknown yet, 1 refused." in again.out


def test_where_all_is_refused(installation: Installation) -> None:
    """It ends with 1; what is no list at all is said in a sentence, and wrong usage ends with 2."""
    assert given(installation, "empty.ris", reader="ben").code == 1
    refused = given(installation, "notes.pdf")
    assert (refused.code, refused.out) == (1, "")
    assert (
        refused.err.strip()
        == "“notes.pdf” is no list: give a .bib or .ris file, or a text of links and ids, one a line."
    )
    assert installation.do("follow", "amara").code == 2
    assert given(installation, "kelp.ris", "--less").code == 2


async def test_papers_that_no_dump_told_of_are_asked_for(
    tmp_path: Path, model_folder: Path, source_server: SourceServer
) -> None:
    """Where a source can be asked, each is followed as the paper that it is; what nobody knows stays unknown."""
    source_server.know(Invented("Tides at Night", "We listen to tides. " * 9, "2603.00077"))
    source = f'[[sources]]\nkind = "arxiv"\nname = "arxiv"\nbase_url = "{source_server.base_url}"\n'
    installation = Installation(tmp_path / "live", model_folder, source)
    (installation.root / "ids.txt").write_text("2603.00077\n2603.00078\n")
    told = await asyncio.to_thread(given, installation, "ids.txt", "--json")
    done = json.loads(told.out)
    assert [(one["name"], one["kind"]) for one in done["followed"]] == [("Tides at Night", "paper")]
    assert done["unknown"] == ["2603.00078"]
