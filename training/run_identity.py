"""Who a run is: written at its start, and compared when it goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from storage.errors import LooseleafError
from storage.filesystem import exists, join
from storage.shards import ShardSpec
from training.config import TrainConfig, config_from
from training.run_directory import read_json, write_json

#: Of the files of a run; a later one may hold what this code does not know.
VERSION = 1

#: What may differ when a run goes on: it changes nothing that is learned before the next step.
_MAY_CHANGE = {
    "workers",
    "parallel",
    "retries",
    "device",
    "prefetch",
    "compile",
    "checkpoint_every",
    "keep_checkpoints",
    "similarity_documents",
    "tensorboard",
    "mlflow",
}


def open_run(
    run: str, config: TrainConfig, shards: str, spec: ShardSpec, parameters: Mapping[str, Any]
) -> None:
    """Write `run.json` and `config.json`, or check that they are of the same training.

    Args:
        run: folder or URL.
        config: what is trained.
        shards: on what.
        spec: of the shards.
        parameters: how many there are, and how many of them each stage trains.

    Raises:
        LooseleafError: if the folder holds a run with other settings, of another dataset or of a later
            version.
    """
    settings = config.model_dump(mode="json")
    if exists(join(run, "run.json")):
        known = run_config(run).model_dump(mode="json")
        changed = sorted(
            name for name in settings if settings[name] != known[name] and name not in _MAY_CHANGE
        )
        if run_identity(run)["build_id"] != spec.build_id:
            changed.append("the dataset's build")
        if changed:
            raise LooseleafError(
                f"{run} holds a training run with another {changed[0]}; train in a new folder, "
                "or give the same settings to go on."
            )
        return
    write_json(run, settings, "config.json")
    identity = {
        "version": VERSION,
        "run_id": _run_id(settings, spec),
        "shards": shards,
        "build_id": spec.build_id,
        "encoders": dict(spec.encoders),
        "widths": {"pixels": spec.pixel_width, "words": spec.word_width, "texts": spec.text_width},
        "tokens": list(spec.tokens),
        "parameters": dict(parameters),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_json(run, identity, "run.json")


def run_config(run: str) -> TrainConfig:
    """Return what a run was told; what its version did not know has its default.

    Raises:
        LooseleafError: if the folder holds no run, or one of a later version.
    """
    run_identity(run)
    return config_from(read_json(run, "config.json"), f"config.json of {run}")


def run_identity(run: str) -> dict[str, Any]:
    """Return the content of `run.json`.

    Raises:
        LooseleafError: if the folder holds no run, or one of a later version.
    """
    identity: dict[str, Any] = read_json(run, "run.json")
    version = identity.get("version", 1)
    if version > VERSION:
        raise LooseleafError(
            f"{run} is a training run of version {version}, and this code reads up to version {VERSION}: "
            "update Looseleaf, or train in a new folder."
        )
    return identity


def _run_id(settings: dict[str, Any], spec: ShardSpec) -> str:
    told = {name: value for name, value in settings.items() if name not in _MAY_CHANGE}
    return hashlib.sha256(repr((sorted(told.items()), spec.build_id)).encode()).hexdigest()[:12]
