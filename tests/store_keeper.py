"""A command on a data folder, for tests that kill it: ``python tests/store_keeper.py FOLDER [SERVER]``.

Prints the server's process id (0 for a guest) once it is open, then stores dump after dump and prints the number of
each one that the store has acknowledged. Ends in good order when its standard input ends.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.settings import StoreSettings
from bot.store import open_store


async def main(folder: str, server: str) -> None:
    """Store until standard input ends."""
    store = await open_store(StoreSettings(data_dir=Path(folder), server=server or None))
    print((store.server and store.server.server_pid) or 0, flush=True)  # noqa: T201 - the test reads it
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    number = 0
    while not ended.done():
        await store.papers.remember_dump(f"{number:064x}", ["p1"])
        print(number, flush=True)  # noqa: T201 - the test reads it
        number += 1
    await store.close()


asyncio.run(main(*sys.argv[1:3]))
