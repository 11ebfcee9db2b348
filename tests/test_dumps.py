"""The folder source: what is dropped into an inbox ends in one place, whole, and nothing hangs or leaks."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from bot import dumps
from bot.dumps import Folder
from bot.errors import DumpRefused, FolderError

LONG_AGO = 1_700_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.prepare()
    return made


def drop(folder: Folder, name: str, content: bytes = b"a page") -> Path:
    path = folder.inbox / name
    path.write_bytes(content)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_dump_goes_to_done(folder: Folder) -> None:
    """A dump that was read moves to done, byte for byte."""
    dump = dumps.open_dump(drop(folder, "a.txt", b"\x00whole\xff"), follow=False)
    assert folder.done(dump)
    assert (folder.root / "done" / "a.txt").read_bytes() == b"\x00whole\xff"
    assert names(folder.inbox) == []


def test_a_refused_dump_keeps_its_bytes_beside_its_reason(folder: Folder) -> None:
    """A refused file moves to rejected untouched, and the reason beside it says code, line and beginning."""
    path = drop(folder, "a.txt", b"%PDF-1.7")
    folder.reject(path, DumpRefused("BINARY", "It is a PDF.", file="a.txt", line=1, excerpt="%PDF-1.7"))
    assert (folder.root / "rejected" / "a.txt").read_bytes() == b"%PDF-1.7"
    assert (folder.root / "rejected" / "a.txt.reason").read_text() == (
        "BINARY\nIt is a PDF.\nline: 1\nbegins: '%PDF-1.7'\n"
    )


def test_same_names_do_not_overwrite_each_other(folder: Folder) -> None:
    """A second and a third dump of the same name get names of their own."""
    for content in (b"one", b"two", b"three"):
        folder.done(dumps.open_dump(drop(folder, "a.txt", content), follow=False))
    kept = {path.name: path.read_bytes() for path in (folder.root / "done").iterdir()}
    assert kept == {"a.txt": b"one", "a.2.txt": b"two", "a.3.txt": b"three"}


def test_a_name_as_long_as_the_file_system_allows_still_moves(folder: Folder) -> None:
    """A name of 255 bytes leaves room for its reason."""
    folder.reject(drop(folder, "x" * 251 + ".txt"), DumpRefused("EMPTY", "It is empty."))
    assert [name[-11:] for name in names(folder.root / "rejected")] == ["xxxxxxx.txt", ".txt.reason"]


def test_a_file_that_is_still_written_waits(folder: Folder) -> None:
    """A file changed a moment ago is growing; one that is quiet is settled; unfinished names are not seen."""
    drop(folder, "settled.txt")
    (folder.inbox / "growing.txt").write_bytes(b"half a pa")
    drop(folder, "browser.txt.crdownload")
    drop(folder, ".hidden")
    settled, growing = folder.waiting()
    assert [path.name for path in settled] == ["settled.txt"]
    assert [path.name for path in growing] == ["growing.txt"]


def test_waiting_gives_a_copy_time_to_end(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """With patience, a file dropped a moment ago settles within the wait."""
    monkeypatch.setattr(dumps, "QUIET_SECONDS", 0.05)
    (folder.inbox / "fresh.txt").write_bytes(b"page")
    settled, growing = folder.waiting(wait=5)
    assert [path.name for path in settled] == ["fresh.txt"]
    assert growing == []


def test_a_file_that_grows_while_it_is_read_stays(folder: Folder) -> None:
    """A dump that changed after it was opened is not filed away, so its tail is not lost."""
    path = drop(folder, "a.txt", b"half")
    dump = dumps.open_dump(path, follow=False)
    with path.open("ab") as file:
        file.write(b" and the other half")
    assert not folder.done(dump)
    assert path.read_bytes() == b"half and the other half"


def test_a_dump_that_somebody_removed_is_no_failure(folder: Folder) -> None:
    """A file that vanished between reading and filing is left at that."""
    dump = dumps.open_dump(drop(folder, "a.txt"), follow=False)
    dump.path.unlink()
    assert not folder.done(dump)


@pytest.mark.parametrize("kind", ["link", "dangling", "fifo", "socket", "folder"])
def test_whatever_is_no_file_is_refused_without_opening_it(
    folder: Folder, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links, pipes, sockets and folders are refused at once and can be filed away; a link's target is not touched."""
    secret = tmp_path / "secret"
    secret.write_text("not yours")
    monkeypatch.chdir(folder.inbox)  # the path of a socket has to be short
    path = folder.inbox / "trap.txt"
    if kind == "link":
        path.symlink_to(secret)
    elif kind == "dangling":
        path.symlink_to(tmp_path / "nowhere")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("trap.txt")
    else:
        path.mkdir()
    started = time.monotonic()
    with pytest.raises(DumpRefused) as refused:
        dumps.open_dump(path, follow=False)
    assert refused.value.code in {"LINK", "NOT_A_FILE"}
    assert time.monotonic() - started < 1
    folder.reject(path, refused.value)
    assert names(folder.inbox) == []
    assert names(folder.root / "rejected") == ["trap.txt", "trap.txt.reason"]
    assert secret.read_text() == "not yours"


def test_a_file_over_the_cap_is_refused_unread(folder: Folder) -> None:
    """A file of 10 GB, sparse, is refused by its size."""
    path = folder.inbox / "huge.json"
    with path.open("wb") as file:
        file.truncate(10_000_000_000)
    with pytest.raises(DumpRefused) as refused:
        dumps.open_dump(path)
    assert refused.value.code == "TOO_LARGE"
    assert "10,000 MB" in refused.value.reason


def test_a_file_that_may_not_be_there_or_read_says_so(tmp_path: Path) -> None:
    """A missing file is named missing."""
    with pytest.raises(DumpRefused) as refused:
        dumps.open_dump(tmp_path / "nothing.txt")
    assert (refused.value.code, refused.value.file) == ("MISSING", str(tmp_path / "nothing.txt"))


def test_names_that_are_no_text_are_still_said(folder: Folder) -> None:
    """A name that is not UTF-8 is read, said with replacements, and filed under its own bytes."""
    path = Path(os.fsdecode(os.fsencode(folder.inbox) + b"/caf\xe9\n.txt"))
    path.write_bytes(b"page")
    dump = dumps.open_dump(path, follow=False)
    assert dump.name.endswith("caf\ufffd\n.txt")
    assert folder.done(dump)
    assert [os.fsencode(name) for name in names(folder.root / "done")] == [b"caf\xe9\n.txt"]


def test_a_missing_inbox_says_what_to_do(tmp_path: Path) -> None:
    """An inbox that is not there is said in a sentence."""
    with pytest.raises(FolderError, match="make it, or check its owner"):
        Folder(tmp_path / "nowhere").waiting()


def test_a_folder_named_by_a_person_stands_for_its_files(tmp_path: Path) -> None:
    """A folder on the command line gives the files in it by name, without hidden and unfinished ones."""
    for name in ("b.txt", "a.json", ".hidden", "c.part"):
        (tmp_path / name).touch()
    (tmp_path / "deeper").mkdir()
    assert [path.name for path in dumps.named([tmp_path])] == ["a.json", "b.txt"]
