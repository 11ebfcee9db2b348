"""A process that only sends starts quickly and small: it loads nothing that only reading and ranking papers need."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.installation import Installation
from tests.slack_server import BOT_TOKEN, SlackServer

#: What the program had loaded when it ended, and the seconds of processor time that it took.
_TOLD = """
import atexit, runpy, sys, time
atexit.register(lambda: print(time.process_time(), *sys.modules))
runpy.run_module("bot", run_name="__main__", alter_sys=True)
"""
_HEAVY = {"matplotlib", "numpy.f2py", "onnxruntime", "pandas", "slack_bolt", "tantivy", "tokenizers", "torch"}


@pytest.mark.alone
async def test_a_worker_starts_at_once(tmp_path: Path, model_folder: Path) -> None:
    """Neither model nor index nor charts are loaded, nor Slack's door, and the start takes less than 1.5 s."""
    async with SlackServer() as slack:
        token = f'[slack]\nbot_token = "{BOT_TOKEN}"\napi_url = "{slack.url}/api/"\n'
        command = Installation(tmp_path, model_folder, token).command("run", "--role", "worker")
        run = [sys.executable, "-c", _TOLD, *command[command.index("run") :]]
        pipe = asyncio.subprocess.PIPE
        program = await asyncio.create_subprocess_exec(*run, stdout=pipe, stderr=pipe)
        assert program.stderr
        assert program.stdout
        try:
            said = b""
            async with asyncio.timeout(30):
                while b"running role=worker" not in said or b"serving workspace" not in said:
                    line = await program.stderr.readline()
                    assert line, said.decode()
                    said += line
            program.terminate()
            told = (await program.stdout.read()).decode().split()
        finally:
            if program.returncode is None:
                program.kill()
            await program.communicate()
    modules = set(told[1:])
    assert "bot.deliver" in modules
    assert {name for name in modules if name in _HEAVY or name.startswith("bot.embedder.onnx")} == set()
    assert float(told[0]) < 1.5
