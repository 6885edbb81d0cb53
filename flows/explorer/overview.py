"""What the first page says of a dataset: its build, its tables, its runs."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

from flows.explorer.map_files import map_path
from flows.explorer.sight import Sight
from storage.builds import Build
from storage.references import readable_builds

#: For so long a list of builds is taken for the newest.
_SECONDS = 5


def overview(sight: Sight) -> dict[str, Any]:
    """Return the dataset's name and build, how much there is of everything, the other builds, the runs."""
    snapshot = sight.snapshot
    build = snapshot.build
    counted = sight.ask(
        "select (select count(*) from catalogue.documents) as documents, "
        "(select count(*) from catalogue.documents where kept) as kept, "
        "(select count(*) from catalogue.images) as images, "
        "(select count(*) from catalogue.rejections) as rejections, "
        "(select count(*) from catalogue.groups) as groups, "
        "(select sum(negatives)::BIGINT from catalogue.directions) as negatives"
    )[0]
    return {
        "dataset": snapshot.dataset,
        "name": snapshot.dataset.rstrip("/").rpartition("/")[2],
        "build": None
        if build is None
        else {
            "build_id": build.build_id,
            "created_at": build.created_at.isoformat(),
            "stage": build.stage,
            "code_version": build.code_version,
        },
        "counts": counted,
        "mined": "embeddings" in snapshot.tables,
        "mapped": sight.mapped,
        "map": map_path(snapshot) is not None,
        "builds": [
            {"build_id": other.build_id, "created_at": other.created_at.isoformat(), "stage": other.stage}
            for other in reversed(_builds(snapshot.dataset, int(time.monotonic() // _SECONDS)))
        ],
        "runs": sorted(sight.runs),
    }


@lru_cache(maxsize=4)
def _builds(dataset: str, _turn: int) -> list[Build]:
    return readable_builds(dataset)
