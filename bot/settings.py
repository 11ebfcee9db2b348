"""What the host chooses: config.toml + environment (`PAPERBOT_<GROUP>__<KEY>`) + secret files -> Settings."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Group(BaseModel):
    """One table of config.toml; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class StoreSettings(Group):
    """Where papers, interests and alerts are kept."""

    url: str = "embedded"
    data_dir: Path = Path("data")
    server: str | None = None


class ModelSettings(Group):
    """Which model embeds, and how."""

    name: str = "bundled"
    engine: Literal["auto", "onnx", "sentence-transformers"] = "auto"
    device: str = "auto"
    batch_size: int = Field(default=8, ge=1, le=512)
    cache_dir: Path | None = None
    download: bool = False
