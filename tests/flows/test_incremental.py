"""A later build of a folder does only what changed, and ends with what a build from nothing gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flows.stages import stage_called
from pipeline.recipe import Recipe, recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage.builds import list_builds
from storage.tables import read
from tests.flows.building import TABLES, build, digest, processed

DOCUMENTS = 40
STAGES_OF_DOCUMENTS = ("extract", "resolve", "measure", "group")


class Folder:
    """A folder of reports that name images, one each or one together, and what may happen to it."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.draw = random.Random(seed)
        self.count = 0
        root.mkdir()
        for _ in range(DOCUMENTS):
            self.add()

    def recipe(self) -> Recipe:
        source = {"kind": "files", "name": "reports", "root": str(self.root)}
        return recipe_from_dict({"name": "reports", "sources": [source], "words": {"engine": "none"}})

    def add(self) -> None:
        number, self.count = self.count, self.count + 1
        shared = number % 7 == 0
        self._picture("shared" if shared else f"plot{number}")
        name = "shared" if shared else f"plot{number}"
        self._write(f"report{self.draw.randrange(10**6):06}-{number}.md", number, name)

    def change_text(self) -> None:
        path = self._some("*.md")
        path.write_text(path.read_text() + f"\nIt was looked at again at {self.draw.random()}.\n")

    def change_picture(self) -> None:
        self._picture(self._some("*.png").stem, new=True)

    def remove(self) -> None:
        self._some("*.md").unlink()

    def lose_picture(self) -> None:
        self._some("*.png").unlink()

    def copy(self) -> None:
        path = self._some("*.md")
        path.with_name(f"copy-of-{path.name}").write_text(path.read_text())

    def rename(self) -> None:
        path = self._some("*.md")
        path.rename(path.with_name(f"renamed-{self.draw.randrange(1000)}-{path.name}"))

    def edits(self) -> list[Callable[[], None]]:
        return [
            self.add,
            self.change_text,
            self.change_picture,
            self.remove,
            self.lose_picture,
            self.copy,
            self.rename,
        ]

    def _some(self, pattern: str) -> Path:
        return self.draw.choice(sorted(self.root.glob(pattern)))

    def _picture(self, name: str, *, new: bool = False) -> None:
        path = self.root / f"{name}.png"
        if new or not path.exists():
            pixels = np.random.default_rng(self.draw.randrange(10**9)).integers(0, 255, (100, 120, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(path)

    def _write(self, name: str, number: int, picture: str) -> None:
        (self.root / name).write_text(
            f"# Report {number}\n\nBeam {number} bends under a load of {number * 10} newtons.\n\n"
            f"![deflection of beam {number}]({picture}.png)\n\nIt is held at both ends, and made of steel.\n"
        )


@pytest.mark.parametrize("seed", range(3))
def test_any_edits_give_what_a_build_from_nothing_gives(seed: int, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "reports", seed)
    dataset = str(tmp_path / "dataset")
    builds, _ = build(folder.recipe(), dataset)
    pinned = {builds.build_id: _rows_of(dataset, builds.tables)}
    for step in range(3):
        for edit in folder.draw.choices(folder.edits(), k=folder.draw.randint(1, 4)):
            edit()
        latest, reports = build(folder.recipe(), dataset)
        fresh, whole = build(folder.recipe(), str(tmp_path / f"fresh{step}"))
        assert digest(dataset) == digest(str(tmp_path / f"fresh{step}"))
        assert latest.counts == fresh.counts
        for stage, count in processed(reports, "documents").items():
            assert count <= 12, f"{stage} processed {count} of {processed(whole, 'documents')[stage]}"
        pinned[latest.build_id] = _rows_of(dataset, latest.tables)
        again, _ = build(folder.recipe(), dataset)
        assert again.build_id == latest.build_id
    known = list_builds(dataset)
    assert [one.build_id for one in known] == list(pinned), "one version a build that found something new"
    for one in known:
        assert _rows_of(dataset, one.tables) == pinned[one.build_id], "an old version reads as it did"


def _rows_of(dataset: str, versions: object) -> dict[str, list[dict[str, object]]]:
    assert isinstance(versions, dict)
    return {name: read(dataset, name, versions[name]).to_pylist() for name in TABLES if name in versions}


def test_each_stage_processes_what_changed(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "reports", 0)
    dataset = str(tmp_path / "dataset")
    first, reports = build(folder.recipe(), dataset)
    assert processed(reports, "documents") == dict.fromkeys(STAGES_OF_DOCUMENTS, DOCUMENTS)
    documents = {row["path"]: row["doc_id"] for row in read(dataset, "documents").to_pylist()}
    groups = set(read(dataset, "groups")["group_id"].to_pylist())
    folder.add()
    changed = sorted(folder.root.glob("*.md"))[3]
    changed.write_text(changed.read_text() + "\nAnd one more paragraph about the beam.\n")
    gone = sorted(folder.root.glob("*.md"))[20]
    gone.unlink()
    second, reports = build(folder.recipe(), dataset)
    assert processed(reports, "documents") == dict.fromkeys(STAGES_OF_DOCUMENTS, 2)
    assert reports["extract"].kept == {"documents": DOCUMENTS - 2}
    assert processed(reports, "images") == {"fetch": 1, "images": 1, "measure": 1}
    assert second.parent == first.build_id
    now = {row["path"]: row["doc_id"] for row in read(dataset, "documents").to_pylist()}
    assert gone.name not in now
    assert gone.name in {
        row["path"] for row in read(dataset, "documents", first.tables["documents"]).to_pylist()
    }
    assert all(documents[path] == doc_id for path, doc_id in now.items() if path in documents)
    kept = groups & set(read(dataset, "groups")["group_id"].to_pylist())
    assert len(kept) >= len(groups) * (DOCUMENTS - 3) / DOCUMENTS


def test_only_new_texts_and_images_are_encoded(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "reports", 1)
    dataset, fresh = str(tmp_path / "dataset"), str(tmp_path / "fresh")

    def embed(place: str) -> tuple[dict[str, int], dict[tuple[str, ...], np.ndarray]]:
        build(folder.recipe(), place)
        context = Context(place, folder.recipe(), "mine")
        report = run_stage(stage_called("embed"), context, execute_here, lambda done, total: None)
        rows = read(place, "embeddings").to_pylist()
        names = ("modality", "image_id", "doc_id", "position")
        return dict(report.processed), {
            tuple(str(row[name]) for name in names): np.array(row["vector"]) for row in rows
        }

    first, before = embed(dataset)
    assert first["documents"] == DOCUMENTS
    folder.add()
    counted, now = embed(dataset)
    assert counted == {"documents": 1, "documents by images' words": 1, "images": 1}
    assert all((now[unit] == vector).all() for unit, vector in before.items())
    _, expected = embed(fresh)
    assert now.keys() == expected.keys()
    for unit, vector in expected.items():
        np.testing.assert_allclose(now[unit], vector, atol=1e-4)
