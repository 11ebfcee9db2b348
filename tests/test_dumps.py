"""The folder source: what is dropped into an inbox ends in one place, whole, and nothing hangs or leaks."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot import dumps
from bot.dumps import Folder, settling
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
    monkeypatch.setattr(settling, "QUIET_SECONDS", 0.05)
    (folder.inbox / "fresh.txt").write_bytes(b"page")
    settled, growing = folder.waiting(wait=5)
    assert [path.name for path in settled] == ["fresh.txt"]
    assert growing == []


def without_leases(monkeypatch: pytest.MonkeyPatch, number: int = errno.EINVAL) -> None:
    """A file system that grants no leases."""

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "fcntl", refuse)


@pytest.mark.parametrize("content", [b"", b"half a page"])
@pytest.mark.parametrize("changed", [LONG_AGO, time.time() + 86_400], ids=["long ago", "tomorrow"])
def test_a_writer_who_pauses_is_waited_for(folder: Folder, content: bytes, changed: float) -> None:
    """A file that somebody has open for writing is growing, whatever its age; closed, it is settled, also empty."""
    path = drop(folder, "slow.txt", content)
    with path.open("ab"):
        os.utime(path, (changed, changed))
        assert folder.waiting() == ([], [path])
    assert folder.waiting() == ([path], [])
    assert names(folder.inbox) == ["slow.txt"]


def test_a_file_that_is_only_read_is_settled(folder: Folder) -> None:
    """Somebody who looks at a dump does not hold it up."""
    path = drop(folder, "a.txt")
    with path.open("rb"):
        assert folder.waiting() == ([path], [])


def test_a_writer_who_comes_during_the_look_ends_nobody(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file opened for writing while its lease is held does not end this process by SIGIO."""
    real, path = fcntl.fcntl, drop(folder, "a.txt")
    signals: list[int] = []

    def opened_meanwhile(descriptor: int, command: int, argument: int = 0) -> int:
        answer = real(descriptor, command, argument)
        if (command, argument) == (fcntl.F_SETLEASE, fcntl.F_RDLCK):
            with pytest.raises(BlockingIOError):
                os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        return answer

    monkeypatch.setattr(fcntl, "fcntl", opened_meanwhile)
    before = signal.signal(signal.SIGIO, lambda number, _: signals.append(number))
    try:
        assert folder.waiting()[1] == []
    finally:
        signal.signal(signal.SIGIO, before)
    assert signals == []


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EACCES, errno.EOPNOTSUPP, errno.EAGAIN])
def test_without_leases_quiet_time_decides(folder: Folder, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Where no file gets a lease a quiet file is settled, and an empty one only after a minute."""
    without_leases(monkeypatch, number)
    quiet = time.time() - 30
    for name, content, changed in (
        ("full.txt", b"page", quiet),
        ("empty.txt", b"", quiet),
        ("old.txt", b"", LONG_AGO),
        ("ahead.txt", b"page", time.time() + 86_400),
    ):
        os.utime(drop(folder, name, content), (changed, changed))
    settled, growing = folder.waiting()
    assert [path.name for path in settled] == ["ahead.txt", "full.txt", "old.txt"]
    assert [path.name for path in growing] == ["empty.txt"]


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


def test_a_refused_file_that_changed_or_vanished_stays_out(folder: Folder) -> None:
    """A file written to since it was refused stays for another reading; one that vanished is no failure."""
    path = drop(folder, "a.txt", b"half")
    refusal, state = DumpRefused("EMPTY", "It is empty."), dumps.open_dump(path).state
    path.write_bytes(b"the whole page")
    assert not folder.reject(path, refusal, state=state)
    assert path.read_bytes() == b"the whole page"
    assert folder.reject(path, refusal, state=dumps.open_dump(path).state)
    assert not folder.reject(path, refusal)
    assert names(folder.root / "rejected") == ["a.txt", "a.txt.reason"]


def test_a_reason_does_not_overwrite_a_dump_of_its_name(folder: Folder) -> None:
    """A dump named like another's reason keeps its bytes."""
    for name in ("a.txt.reason", "a.txt"):
        folder.reject(drop(folder, name, name.encode()), DumpRefused("EMPTY", "It is empty."))
    assert (folder.root / "rejected" / "a.txt.reason").read_bytes() == b"a.txt.reason"
    assert (folder.root / "rejected" / "a.2.txt").read_bytes() == b"a.txt"


def failing_rename(monkeypatch: pytest.MonkeyPatch, source: Path, number: int, *, vanish: bool = False) -> None:
    """Renaming ``source`` fails; all other renames work."""
    real = Path.replace

    def replace(path: Path, target: Path) -> Any:
        if path != source:
            return real(path, target)
        if vanish:
            path.unlink()
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", replace)


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_move_that_fails_leaves_nothing_behind(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, is_folder: bool
) -> None:
    """A file that cannot be moved stays, and neither an empty place nor a reason stands for it in rejected."""
    path = folder.inbox / "a.txt"
    path.mkdir() if is_folder else path.write_bytes(b"a page")
    failing_rename(monkeypatch, path, errno.EACCES)
    with pytest.raises(FolderError, match="cannot be moved"):
        folder.reject(path, DumpRefused("EMPTY", "It is empty."))
    assert (names(folder.inbox), names(folder.root / "rejected")) == (["a.txt"], [])


def test_a_file_that_vanishes_while_it_is_moved_is_no_failure(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else took the file at the last moment: nothing is moved and nothing left behind."""
    path = drop(folder, "a.txt")
    failing_rename(monkeypatch, path, errno.ENOENT, vanish=True)
    assert not folder.reject(path, DumpRefused("EMPTY", "It is empty."))
    assert names(folder.root / "rejected") == []


def test_a_dump_moves_to_another_file_system(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where done lies on another file system a dump is copied whole, with its time and mode, and then removed."""
    path = drop(folder, "a.txt", b"\x00whole\xff" * 100_000)
    path.chmod(0o600)
    failing_rename(monkeypatch, path, errno.EXDEV)
    assert folder.done(dumps.open_dump(path, follow=False))
    kept = folder.root / "done" / "a.txt"
    assert kept.read_bytes() == b"\x00whole\xff" * 100_000
    assert (kept.stat().st_mtime, stat.S_IMODE(kept.stat().st_mode)) == (LONG_AGO, 0o600)
    assert (names(folder.inbox), names(folder.root / "done")) == ([], ["a.txt"])


def test_a_link_moves_to_another_file_system_as_a_link(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused link is made anew, and what it points to stays where it is."""
    path = folder.inbox / "trap.txt"
    path.symlink_to("../secret")
    failing_rename(monkeypatch, path, errno.EXDEV)
    assert folder.reject(path, DumpRefused("LINK", "It is a link."))
    assert (folder.root / "rejected" / "trap.txt").readlink() == Path("../secret")
    assert (names(folder.inbox), names(folder.root / "rejected")) == ([], ["trap.txt", "trap.txt.reason"])


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_stays_on_its_file_system(folder: Folder, monkeypatch: pytest.MonkeyPatch, make: Any) -> None:
    """A pipe or a folder that would have to go to another file system stays, and the sentence says what to do."""
    path = folder.inbox / "trap.txt"
    make(path)
    failing_rename(monkeypatch, path, errno.EXDEV)
    with pytest.raises(FolderError, match="remove it from the inbox"):
        folder.reject(path, DumpRefused("NOT_A_FILE", "It is a pipe."))
    assert (names(folder.inbox), names(folder.root / "rejected")) == (["trap.txt"], [])


@pytest.mark.parametrize("end", ["changes", "vanishes", "disk full"])
def test_what_happens_while_a_dump_is_copied(folder: Folder, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """A dump written to while it is copied stays; one removed is kept as the copy; on a full disk nothing is left."""
    path = drop(folder, "a.txt", b"half")
    dump = dumps.open_dump(path, follow=False)
    failing_rename(monkeypatch, path, errno.EXDEV)
    real = os.fsync

    def meanwhile(descriptor: int) -> None:
        real(descriptor)
        if end == "disk full":
            raise OSError(errno.ENOSPC, "No space left on device")
        if end == "vanishes":
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(b"the whole page")

    monkeypatch.setattr(os, "fsync", meanwhile)
    if end == "disk full":
        with pytest.raises(FolderError, match="free space"):
            folder.done(dump)
    else:
        assert folder.done(dump) is (end == "vanishes")
    kept, left = (["a.txt"], []) if end == "vanishes" else ([], ["a.txt"])
    assert (names(folder.root / "done"), names(folder.inbox)) == (kept, left)


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


def test_two_processes_may_put_a_dump_of_one_name(folder: Folder) -> None:
    """The last one stands, whole, and neither fails; nothing unfinished is left."""
    contents = [bytes([number]) * 2_000_000 for number in (1, 2)]

    def put(content: bytes) -> None:
        for _ in range(15):
            folder.put("daily.json", content)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(put, contents))
    assert (folder.inbox / "daily.json").read_bytes() in contents
    assert names(folder.inbox) == ["daily.json"]
