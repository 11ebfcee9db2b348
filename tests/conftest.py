"""What every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path | None:
    """The folder of real dumps beside the checkout, where there is one."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    return folder if (folder / "dumps").is_dir() else None
