"""Several processes that give one tag a new run at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from storage.errors import LooseleafError
from storage.tags import read_tags, set_tag


def one_has_its_way(dataset: str, writers: int) -> bool:
    """Whether of writers who all saw the same best run exactly one replaced it, and its run is there now."""
    before = set_tag(dataset, "best", "/runs/0", "run")

    def promote(number: int) -> str | None:
        try:
            return set_tag(dataset, "best", f"/runs/{number}", "run", replaces=before).target
        except LooseleafError:
            return None

    with ThreadPoolExecutor(writers) as pool:
        won = [target for target in pool.map(promote, range(1, writers + 1)) if target is not None]
    return won == [read_tags(dataset)["best"].target]
