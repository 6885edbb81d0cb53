"""What is told to MLflow."""

from __future__ import annotations

from pydantic import Field

from training.settings import Settings


class MlflowSettings(Settings):
    """Where a run is logged beside its own folder."""

    uri: str | None = Field(
        default=None,
        description="Tracking server, or file:FOLDER; none is MLFLOW_TRACKING_URI. Secrets belong into "
        "MLFLOW_TRACKING_TOKEN or _USERNAME and _PASSWORD.",
    )
    experiment: str = Field(default="looseleaf", min_length=1, description="The experiment's name.")
