"""What all parts of a recipe have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class Settings(BaseModel):
    """Fields that cannot change and cannot be misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True)
