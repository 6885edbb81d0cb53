"""A chunk of which one item changed takes over the rows of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.recipe import Recipe, recipe_from_dict
from pipeline.runner import StageReport, execute_here, run_stage
from pipeline.stage import Chunk, Context, Item, Stage, with_items
from storage import tables
from storage.erasing import erase, put_right
from storage.manifests import items_of_file
from storage.schemas import table_of
from storage.staging import staging_batches

#: Documents of each chunk, by name, with their versions.
Source = Mapping[str, Mapping[str, int]]


def _stage(source: Source, read: list[str]) -> Stage:
    """Return a stage that gives a document as many links as its name has letters, and notes what it read."""

    def plan(context: Context) -> Iterator[Chunk]:
        for name in sorted(source):
            own = sorted(source[name].items())
            yield Chunk({}, {"file": name}, [Item(doc, {"doc": doc, "version": v}) for doc, v in own])

    def process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
        rows, numbers = [], []
        # Backwards: the runner puts rows in the order of the items.
        for number, item in reversed(list(enumerate(chunk.items))):
            read.append(item.name)
            for place in range(len(item.name)):
                rows.append({"doc_id": item.name, "image": place, "text": item.inputs["version"]})
                numbers.append(number)
        found = with_items(table_of("links", rows), numbers)
        return {"links": found, "staging/seen": found}

    return Stage("extract", ("links",), plan, process, _settings)


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    return {}


def _context(folder: Path) -> Context:
    recipe = recipe_from_dict(
        {"name": "small", "sources": [{"kind": "files", "name": "a", "root": str(folder)}]}
    )
    return Context(str(folder / "dataset"), recipe, "b1")


def _run(stage: Stage, context: Context) -> StageReport:
    return run_stage(stage, context, execute_here, lambda done, total: None)


def _rows(context: Context) -> list[tuple[str, int, int]]:
    rows = tables.read(context.dataset, "links").to_pylist()
    return sorted((row["doc_id"], row["image"], row["text"]) for row in rows)


DOCUMENTS = st.dictionaries(st.sampled_from(["a", "bb", "ccc", "dddd", "eeeee", "ffffff"]), st.integers(0, 2))
SOURCES = st.lists(st.tuples(DOCUMENTS, st.integers(1, 3)), min_size=2, max_size=5)


@settings(max_examples=25, deadline=None)
@given(SOURCES)
def test_any_sequence_gives_the_rows_of_the_last_and_reads_what_is_new(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[dict[str, int], int]]
) -> None:
    context = _context(tmp_path_factory.mktemp("items"))
    before: dict[str, int] = {}
    for documents, chunks in steps:
        source: dict[str, dict[str, int]] = {}
        for number, (name, version) in enumerate(sorted(documents.items())):
            source.setdefault(f"chunk{number % chunks}", {})[name] = version
        read: list[str] = []
        report = _run(_stage(source, read), context)
        assert _rows(context) == [
            (name, place, version)
            for name, version in sorted(documents.items())
            for place in range(len(name))
        ]
        seen = sum(batch.num_rows for batch in staging_batches(context.dataset, "seen"))
        assert seen == len(_rows(context))
        new = {name for name, version in documents.items() if before.get(name) != version}
        # What was read before the last time is not always known any more.
        assert set(read) <= new
        assert len(read) == len(set(read))
        assert report.processed.get("documents", 0) == len(read)
        assert report.kept.get("documents", 0) == len(documents) - len(read)
        before = documents


def test_files_are_those_of_a_run_from_nothing(tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    first, second = _context(tmp_path), _context(tmp_path / "fresh")
    after = {"chunk": {"a": 1, "bb": 0, "dddd": 0}}
    _run(_stage({"chunk": {"a": 0, "bb": 0, "ccc": 0}}, []), first)
    read: list[str] = []
    _run(_stage(after, read), first)
    assert sorted(read) == ["a", "dddd"]
    _run(_stage(after, []), second)
    assert tables.read(first.dataset, "links") == tables.read(second.dataset, "links")
    names = [[Path(url).name for url in tables.files(at.dataset, "links")] for at in (first, second)]
    assert names[0] == names[1]


def test_what_was_erased_is_not_taken_over(tmp_path: Path) -> None:
    context = _context(tmp_path)
    _run(_stage({"chunk": {"a": 0, "bb": 0}}, []), context)

    def without_a(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.field("doc_id") != "a")

    erase(context.dataset, "links", ("doc_id",), without_a)
    put_right(context.dataset)
    (url,) = tables.files(context.dataset, "links")
    assert items_of_file(context.dataset, Path(url).name) is None
    read: list[str] = []
    _run(_stage({"chunk": {"bb": 0, "ccc": 0}}, read), context)
    assert sorted(read) == ["bb", "ccc"]
    assert {row[0] for row in _rows(context)} == {"bb", "ccc"}


def test_a_file_that_went_missing_is_made_again(tmp_path: Path) -> None:
    context = _context(tmp_path)
    _run(_stage({"chunk": {"a": 0, "bb": 0}}, []), context)
    Path(tables.files(context.dataset, "links")[0]).unlink()
    read: list[str] = []
    _run(_stage({"chunk": {"a": 0, "bb": 1}}, read), context)
    assert sorted(read) == ["a", "bb"]
