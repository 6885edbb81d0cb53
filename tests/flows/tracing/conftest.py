"""A dataset of two builds, mined and packed, and a run that learned from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.recipe import recipe_from_dict
from storage import tables
from storage.builds import Build, record_build
from storage.runs import note_run
from storage.schemas import table_of
from storage.shards import ShardSpec, write_shards
from storage.tags import set_tag
from tests.storage.test_shards import make_document
from training.config import config_from

#: Documents by number, as `make_document` names them, and their images in order.
NUMBERS = (1, 2, 3)


@dataclass(frozen=True)
class Traced:
    """Where they are."""

    dataset: str
    run: str
    shards: str


def image_of(number: int, place: int) -> str:
    """Return the id of an image of a document."""
    return f"{number}{place}".rjust(64, "0")


def _commit(dataset: str, stage: str, table: str, rows: list[dict[str, object]]) -> int:
    part = tables.write_part(dataset, table, f"{stage}-{len(rows):032x}", table_of(table, rows))
    return tables.commit(dataset, table, stage, [part], f"x/{stage}")


def _rows(dataset: str, numbers: tuple[int, ...]) -> dict[str, int]:
    documents: list[dict[str, object]] = [
        {"doc_id": f"d{number}", "source": "manuals", "uri": f"file:///m/{number}.md", "path": f"{number}.md",
         "title": f"Chapter {number}", "n_images": 2}
        for number in numbers
    ]  # fmt: skip
    elements: list[dict[str, object]] = [
        {"doc_id": f"d{number}", "position": place, "kind": "image", "section_path": ["Results"],
         "image_id": image_of(number, place), "image_url": f"file:///m/{number}-{place}.png"}
        for number in numbers
        for place in range(2)
    ]  # fmt: skip
    images: list[dict[str, object]] = [
        {"image_id": element["image_id"], "mime": "image/png", "width": 4, "height": 3, "size": 99}
        for element in elements
    ]
    tries: list[dict[str, object]] = [
        {
            "image_url": element["image_url"],
            "image_id": element["image_id"],
            "outcome": "ok",
            "round": 1,
            "attempt": 1,
        }
        for element in elements
    ]
    rejections: list[dict[str, object]] = [
        {
            "stage": "clean",
            "unit": "document",
            "unit_id": "d3",
            "rule": "document_min_words",
            "detail": "short",
        }
    ]
    groups: list[dict[str, object]] = [
        {"group_id": f"g{number}", "kind": "document", "doc_id": f"d{number}"} for number in numbers
    ]
    return {
        "documents": _commit(dataset, "extract", "documents", documents),
        "elements": _commit(dataset, "resolve", "elements", elements),
        "images": _commit(dataset, "images", "images", images),
        "image_fetches": _commit(dataset, "fetch", "image_fetches", tries),
        "rejections": _commit(dataset, "clean", "rejections", rejections),
        "groups": _commit(dataset, "group", "groups", groups),
    }


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    """Build `aaaa1111` has two documents; `bbbb2222` three, of which `cccc3333` was mined."""
    folder: Path = tmp_path_factory.mktemp("traced")
    dataset, run = str(folder / "manuals"), str(folder / "manuals-run")
    source = {"kind": "files", "name": "manuals", "root": "/m", "license": "CC0-1.0"}
    recipe = recipe_from_dict({"name": "manuals", "sources": [source], "clean": {"image_min_side": 7}})
    told = recipe.model_dump_json()

    def day(number: int) -> datetime:
        return datetime(2026, 1, number, tzinfo=UTC)

    first = _rows(dataset, NUMBERS[:2])
    record_build(dataset, Build("aaaa1111", None, "build", day(1), told, "0.1+a", first))
    second = _rows(dataset, NUMBERS)
    counts = {"documents": 3}
    stages = {"extract": {"seconds": 1.5}}
    base = Build("bbbb2222", "aaaa1111", "build", day(2), told, "0.1+b", second, counts, stages, "flow-1")
    record_build(dataset, base)
    shards = f"{dataset}/shards/0123456789abcdef"
    blocks = [[make_document(number, 2, 1) for number in NUMBERS[:2]]]
    spec = ShardSpec("bbbb2222", 3, 2, 4, {"pixels": "patch 1"}, {"a": 1})
    write_shards(shards, blocks, spec)
    packed = {"pack": {"shards": "shards/0123456789abcdef"}}
    mined = Build("cccc3333", "bbbb2222", "mine", day(3), told, "0.1+b", second, counts, packed, "flow-2")
    record_build(dataset, mined)
    set_tag(dataset, "good", "cccc3333")
    _write_run(Path(run), shards)
    note_run(dataset, run, shards)
    set_tag(dataset, "best", run, "run")
    return Traced(dataset, run, shards)


def _write_run(run: Path, shards: str) -> None:
    run.mkdir()
    config = config_from({"steps": 12}).model_dump(mode="json")
    identity = {
        "version": 1, "run_id": "0a1b2c", "shards": shards, "build_id": "bbbb2222",
        "encoders": {"pixels": "patch 1"}, "created_at": "2026-01-04T00:00:00+00:00",
    }  # fmt: skip
    (run / "run.json").write_text(json.dumps(identity))
    (run / "config.json").write_text(json.dumps(config))
    steps = [{"step": step, "documents": ["d1", "d2"] if step % 3 else ["d1"]} for step in range(1, 13)]
    # The last line was being written when the process died.
    lines = "\n".join(json.dumps(step) for step in steps) + '\n{"step": 13, "docu'
    (run / "samples.jsonl").write_text(lines)
