"""The base of every group of settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A frozen group of fields; an unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
