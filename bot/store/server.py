"""One server as a child of this program: started, asked, stopped. Who may start it is told in ``embedded``.

Its folder, mode 0700::

    server.conf  server.log  store.sock      written at each start
    appendonlydir/ (appendonly.aof)          every write, on disk within a second
    owner.lock  run.lock  server.lock        see embedded.py

The child is a session of its own, so Ctrl-C in a terminal does not reach it: it stops last. On Linux it gets SIGTERM
when its parent dies, however that dies (prctl(2), PR_SET_PDEATHSIG). It holds the lock that it inherits, so nobody
else writes to its files while it lives.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from enum import Enum
from pathlib import Path

from bot.errors import StoreError, StoreUnreachable, StoreUnsupported
from bot.store.binary import LOG_FOLDER_SINCE, Binary

SOCKET = "store.sock"
LOG = "server.log"

#: ``noeviction``: a full store refuses writes and never drops what it has. No TCP port, no snapshots beside the log.
_CONFIGURATION = f"""\
port 0
unixsocket {SOCKET}
unixsocketperm 700
dir ./
daemonize no
databases 1
maxclients 512
appendonly yes
appendfsync everysec
aof-load-truncated yes
aof-use-rdb-preamble yes
save ""
maxmemory-policy noeviction
loglevel notice
always-show-logo no
"""
# prctl(2) in a program of its own instead of preexec_fn, which may deadlock in a program that has threads. A parent
# that died before the call is noticed by its number.
_LAUNCH = """
import ctypes, os, sys
parent, server = int(sys.argv[1]), sys.argv[2]
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 15, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
os.execv(server, [server, "server.conf"])
"""
_LONGEST_LOG = 1_000_000
_LOG_TAIL = 2_000
_ANSWER_SECONDS = 0.5


class Answer(Enum):
    """What stands behind a socket."""

    NOBODY = "nobody"
    LOADING = "loading"
    READY = "ready"


class Child:
    """A server that runs; made by ``start``."""

    def __init__(self, popen: subprocess.Popen[bytes], folder: Path, log_start: int) -> None:
        self._popen = popen
        self._folder = folder
        self._log_start = log_start

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._popen.pid

    @property
    def status(self) -> int | None:
        """None while it runs; then its exit status, minus the signal that ended it."""
        return self._popen.poll()

    def end(self) -> None:
        """Ask it to write everything and stop."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Stop it at once."""
        self._signal(signal.SIGKILL)
        self._popen.wait()

    def last_words(self) -> str:
        """The end of what it logged."""
        try:
            with (self._folder / LOG).open("rb") as log:
                log.seek(max(self._log_start, log.seek(0, os.SEEK_END) - _LOG_TAIL))
                lines = log.read(_LOG_TAIL).decode(errors="replace").splitlines()
        except OSError as error:
            return repr(error)
        return " / ".join(line.strip() for line in lines[-3:])

    def _signal(self, number: signal.Signals) -> None:
        if self.status is None:
            self._popen.send_signal(number)


def prepare(folder: Path) -> None:
    """Make ``folder`` and keep it private. Raises StoreError."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} cannot be used for the store ({error.strerror}): check the setting store.data_dir.",
            cause=repr(error),
        ) from error


def start(binary: Binary, folder: Path, lock: int) -> Child:
    """Start the server on the files in ``folder``; it takes over the locked descriptor ``lock``.

    Call it from a thread that lives as long as the server shall: Linux ends the child with that thread. Raises
    StoreUnsupported when a newer server wrote the files, StoreUnreachable when it cannot be started.
    """
    if binary.version < LOG_FOLDER_SINCE and (folder / "appendonlydir").exists():
        raise StoreUnsupported(
            f"The store in {folder} was written by a newer server than {binary.path}: name that one in store.server."
        )
    try:
        (folder / SOCKET).unlink(missing_ok=True)
        configuration = folder / "server.conf"
        configuration.write_text(_CONFIGURATION, encoding="ascii")
        log_file = folder / LOG
        grown = log_file.exists() and log_file.stat().st_size > _LONGEST_LOG
        with log_file.open("wb" if grown else "ab") as log:
            popen = subprocess.Popen(  # noqa: S603 - the server program that was found, and this interpreter
                [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), str(binary.path)],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={name: value for name, value in os.environ.items() if not name.startswith("PAPERBOT_")},
                start_new_session=True,
                pass_fds=(lock,),
            )
            return Child(popen, folder, log.tell())
    except OSError as error:
        raise StoreUnreachable(
            f"The store's server cannot be started in {folder} ({error.strerror}): check the folder and the disk.",
            cause=repr(error),
        ) from error


def ask(path: str) -> Answer:
    """Who answers at this socket; waits half a second at most."""
    return {b"+PONG": Answer.READY, b"-LOADI": Answer.LOADING}.get(_say(path, b"PING\r\n")[:6].strip(), Answer.NOBODY)


def send_away(path: str) -> None:
    """Ask a server that lost its parent to write everything and stop."""
    _say(path, b"SHUTDOWN\r\n")


def _say(path: str, command: bytes) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(_ANSWER_SECONDS)
            line.connect(path)
            line.sendall(command)
            return line.recv(64)
    except OSError:
        return b""
