"""The embedded server: one folder, one server, any number of commands.

Three locks (flock(2): the kernel frees them with their holder, however that ends) in the store's folder::

    run.lock      held by `run` from its start to its end: a second `run` is refused
    owner.lock    held by the command that started the server and restarts it when it dies
    server.lock   held by the server itself, so that no second one ever writes to the same files

Who finds ``owner.lock`` free becomes the owner and starts the server; everybody else is a guest at its socket. Guests
keep trying the lock: when the owner leaves, or is killed, one of them takes over and the others reconnect. A command
that was sent in between is sent again (``connection``), so no guest loses its work and no owner waits for guests.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import time
from pathlib import Path

from bot.errors import StoreError, StoreOwned, StoreUnreachable
from bot.store.address import Address
from bot.store.binary import Binary, find
from bot.store.server import SOCKET, Answer, Child, ask, prepare, send_away, start

#: Seconds between two looks at the lock or the child.
LOOK_SECONDS = 0.1
#: Seconds for a server to answer for the first time; while it says that it is loading, it has all the time it needs.
START_SECONDS = 30.0
#: Seconds for a server to write everything and stop, after which it is killed; its log of writes is on disk by then.
STOP_SECONDS = 20.0
#: Seconds to leave a server alone that has lost its owner: on Linux it stops by itself.
ORPHAN_SECONDS = 2.0
#: A server that lived so long starts without delay when it dies.
HEALTHY_SECONDS = 60.0
_LONGEST_DELAY = 5.0
_SHORT_LOOK = 0.01
#: The size of a socket's path, the ending NUL included, on the strictest of the usual systems (unix(7): 108 on Linux).
_SOCKET_PATH = 104

_log = logging.getLogger(__name__)


class FileLock:
    """An exclusive flock(2) on a file; the file stays when it is freed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Whether it is ours now (or was already). Raises StoreError when the file cannot be opened."""
        if self._descriptor is not None:
            return True
        try:
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StoreError(
                f"The file {self._file} cannot be opened ({error.strerror}): check who owns the folder.",
                cause=repr(error),
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError as error:
            os.close(descriptor)
            raise StoreError(
                f"The folder {self._file.parent} is on a disk that knows no locks ({error.strerror}): choose another "
                "store.data_dir.",
                cause=repr(error),
            ) from error
        self._descriptor = descriptor
        return True

    def free(self) -> None:
        """Let go of it; a child that inherited ``descriptor`` goes on holding it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def descriptor(self) -> int:
        """The open file of a lock that is ours."""
        assert self._descriptor is not None, "the lock is not taken"  # noqa: S101 - a mistake in this package
        return self._descriptor


class EmbeddedServer:
    """This command's part in keeping the server of one data folder; ``open`` it, then ``close`` it."""

    def __init__(self, data_dir: Path, server: str | None) -> None:
        self.folder = data_dir / "store"
        self._chosen = server
        self._binary: Binary | None = None
        self._run = FileLock(self.folder / "run.lock")
        self._owner = FileLock(self.folder / "owner.lock")
        self._child: Child | None = None
        self._started = 0.0
        self._keeper: asyncio.Task[None] | None = None
        self._folder_descriptor: int | None = None
        self._path = ""

    @property
    def address(self) -> Address:
        """Where clients connect."""
        return Address.of_socket(self._path, self.folder)

    @property
    def owns(self) -> bool:
        """Whether the server is this command's child."""
        return self._child is not None

    @property
    def server_pid(self) -> int | None:
        """The server's process id, for its owner."""
        return self._child.pid if self._child else None

    async def open(self, *, run: bool) -> None:
        """Return when a server answers. ``run``: refuse to if another `run` has this folder.

        Raises StoreOwned, StoreUnsupported (no server program, or too old), StoreUnreachable (it did not start),
        StoreError (the folder cannot be used).
        """
        prepare(self.folder)
        if run and not self._run.take():
            raise StoreOwned(
                f"Another `paperbot run` uses the data folder {self.folder.parent}: stop that one first, or give "
                "this one a folder of its own in store.data_dir."
            )
        try:
            self._path = self._short_path()
            await self._find_server()
        except BaseException:
            await self.close()
            raise
        self._keeper = asyncio.create_task(self._keep(), name="embedded store")

    async def close(self) -> None:
        """Stop the server if it is ours (whoever else uses it starts it again), and let go of the folder."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
            self._keeper = None
        if self._child is not None:
            await self._stop(self._child)
            self._child = None
        self._owner.free()
        self._run.free()
        if self._folder_descriptor is not None:
            os.close(self._folder_descriptor)
            self._folder_descriptor = None

    async def _find_server(self) -> None:
        """Return when one answers: another command's, or our own."""
        deadline = time.monotonic() + START_SECONDS
        while (answer := ask(self._path)) is not Answer.READY:
            if self._owner.take():
                return await self._start()
            if answer is Answer.NOBODY and time.monotonic() > deadline:
                raise StoreUnreachable(
                    f"Another command owns the store in {self.folder} but its server does not answer: end that "
                    "command, then start again."
                )
            await asyncio.sleep(_SHORT_LOOK)
        return None

    async def _keep(self) -> None:
        """Restart the server when it dies; become the owner when there is none."""
        failures = 0
        while True:
            await asyncio.sleep(min(_LONGEST_DELAY, LOOK_SECONDS * 2**failures))
            if self._child is not None and self._child.status is None:
                continue
            if self._child is not None:
                _log.warning("The store's server ended (%s) and is started again.", self._child.status)
                failures = 0 if time.monotonic() - self._started > HEALTHY_SECONDS else min(failures + 1, 10)
            try:
                if self._owner.take():
                    await self._start()
            except StoreError as error:
                _log.error("%s (%s)", error.sentence, error.cause)
                failures = min(failures + 1, 10)
                self._child = None
                self._owner.free()

    async def _start(self) -> None:
        """Start the server and wait until it answers. The owner's lock is ours."""
        self._binary = self._binary or find(self._chosen)
        lock = FileLock(self.folder / "server.lock")
        await self._wait_for_files(lock)
        try:
            child = self._child = start(self._binary, self.folder, lock.descriptor)
        finally:
            lock.free()
        self._started = time.monotonic()
        deadline = self._started + START_SECONDS
        while (answer := ask(self._path)) is not Answer.READY:
            if child.status is not None:
                self._child = None
                raise StoreUnreachable(
                    f"The store's server did not start: the end of {self.folder / 'server.log'} tells why.",
                    cause=f"status {child.status}: {child.last_words()}",
                )
            if answer is Answer.NOBODY and time.monotonic() > deadline:
                child.kill()
                self._child = None
                raise StoreUnreachable(
                    f"The store's server does not answer: the end of {self.folder / 'server.log'} tells why.",
                    cause=f"no answer in {START_SECONDS:.0f} s: {child.last_words()}",
                )
            await asyncio.sleep(_SHORT_LOOK)

    async def _wait_for_files(self, lock: FileLock) -> None:
        """Take the server's lock; a server that outlived its owner is sent away."""
        began = time.monotonic()
        asked = False
        while not lock.take():
            waited = time.monotonic() - began
            if waited > ORPHAN_SECONDS and not asked:
                asked = True
                send_away(self._path)
            if waited > STOP_SECONDS + ORPHAN_SECONDS:
                raise StoreUnreachable(
                    f"An earlier server still writes to {self.folder}: end it, then start again.",
                    cause="server.lock is held, and SHUTDOWN did not free it",
                )
            await asyncio.sleep(_SHORT_LOOK)

    async def _stop(self, child: Child) -> None:
        child.end()
        deadline = time.monotonic() + STOP_SECONDS
        while child.status is None:
            if time.monotonic() > deadline:
                _log.warning("The store's server did not stop in %.0f s and was killed.", STOP_SECONDS)
                child.kill()
                return
            await asyncio.sleep(_SHORT_LOOK)

    def _short_path(self) -> str:
        """A path of the socket that connect(2) takes, however deep the folder lies."""
        path = self.folder / SOCKET
        if len(os.fsencode(path)) < _SOCKET_PATH:
            return str(path)
        if not Path("/proc/self/fd").is_dir():
            raise StoreError(
                f"The path {path} is too long for a socket on this system: choose a shorter store.data_dir."
            )
        self._folder_descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._folder_descriptor}/{SOCKET}"
