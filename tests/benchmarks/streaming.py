"""Memory and time of every stage of a build, for one copy of the demo's documents and for twenty.

The copies differ: each document gains a sentence and each image some bytes after its end, so that none is a
duplicate of another. Each stage runs as its job would: a process of its own, on workers of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray

from flows.demo.run import gather
from flows.spec import JobSpec, read_result, write_spec
from flows.stages import BUILD_STAGES
from pipeline.recipe import FilesSource, Recipe, WordSettings, load_recipe
from pipeline.sources.archives import is_archive, unpack
from storage import tables

#: `LOOSELEAF_BENCHMARK_COPIES` makes a quick look possible; the bounds are stated for twenty.
COPIES = int(os.environ.get("LOOSELEAF_BENCHMARK_COPIES", "20"))
_MIB = 1 << 20
_REPORTS = 300
_IMAGES = (".png", ".jpg", ".jpeg", ".gif")


def run() -> dict[str, float | str]:
    """Return the highest peak memory of a stage in MiB, and seconds a document at twenty copies to one."""
    with tempfile.TemporaryDirectory(prefix="looseleaf-streaming-") as scratch:
        work = Path(scratch)
        originals = _originals(work)
        ray.init(num_cpus=os.cpu_count(), include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        try:
            one = _build(work / "one", originals, 1)
            many = _build(work / "many", originals, COPIES)
        finally:
            ray.shutdown()
    highest = max(many.reports, key=lambda report: int(report["peak_memory"]))
    measured: dict[str, float | str] = {
        "documents": f"{one.documents} and {many.documents}",
        "peak memory of a stage, MiB": highest["peak_memory"] / _MIB,
        "stage of that peak": str(highest["stage"]),
        "seconds a document, many to one copy": many.seconds_a_document / one.seconds_a_document,
    }
    for few, report in zip(one.reports, many.reports, strict=True):
        name = report["stage"]
        measured[f"{name}: seconds"] = f"{few['seconds']:.1f} and {report['seconds']:.1f}"
        peaks = few["peak_memory"] / _MIB, report["peak_memory"] / _MIB
        measured[f"{name}: peak, MiB"] = f"{peaks[0]:.0f} and {peaks[1]:.0f}"
    return measured


@dataclass(frozen=True)
class _Built:
    """What a build of some copies took: the reports of its stages."""

    documents: int
    reports: list[dict[str, Any]]

    @property
    def seconds_a_document(self) -> float:
        return sum(float(report["seconds"]) for report in self.reports) / self.documents


def _build(folder: Path, originals: list[FilesSource], copies: int) -> _Built:
    sources = tuple(
        _copied(source, folder / "sources" / f"{copy:02d}" / source.name, copy)
        for copy in range(copies)
        for source in originals
    )
    dataset = str(folder / "dataset")
    # Reading words takes as long as all the rest together, a picture at a time: nothing of it grows.
    recipe = Recipe(name="streaming", sources=sources, words=WordSettings(engine="none"))
    arguments = {
        "dataset": dataset,
        "recipe": recipe.model_dump(mode="json"),
        "build_id": "streaming",
    }
    reports = [_job(folder / "jobs" / name, JobSpec(name, arguments)) for name in BUILD_STAGES]
    documents = tables.count(dataset, "documents")
    shutil.rmtree(folder)
    return _Built(documents, reports)


def _job(folder: Path, spec: JobSpec) -> dict[str, Any]:
    url = write_spec(str(folder), spec)
    address = ray.get_runtime_context().gcs_address
    subprocess.run(
        [sys.executable, "-m", "flows.job", spec.stage, url],
        check=True,
        env={**os.environ, "RAY_ADDRESS": address, "PYTHONPATH": os.getcwd()},
    )
    result = read_result(str(folder))
    assert result is not None
    assert result.error is None, result.error
    return dict(result.report)


def _originals(work: Path) -> list[FilesSource]:
    """The demo's sources, archives unpacked."""
    folder = work / "demo"
    folder.mkdir()
    sources = []
    for source in load_recipe(str(gather(folder, _REPORTS))).sources:
        assert isinstance(source, FilesSource)
        root = source.root
        if is_archive(root):
            root = unpack(root, str(work / "originals"), source.max_unpacked_bytes).folder
        sources.append(source.model_copy(update={"root": root}))
    return sources


def _copied(source: FilesSource, target: Path, copy: int) -> FilesSource:
    """Copy a source's files, each with a mark of its own."""
    root = Path(source.root)
    for path in root.rglob("*"):
        if path.is_file() and path.suffix in {*_IMAGES, ".svg", ".rst", ".md", ".ipynb", ".json", ".txt"}:
            place = target / path.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(_marked(path, copy))
    return source.model_copy(update={"root": str(target), "name": f"{source.name}-{copy:02d}"})


def _marked(path: Path, copy: int) -> bytes:
    data = path.read_bytes()
    sentence = f"This is copy number {copy} of the document."
    if path.suffix in _IMAGES:
        return data + f"copy {copy:04d}".encode()
    if path.suffix in {".rst", ".md"}:
        return data + f"\n\n{sentence}\n".encode()
    if path.suffix == ".ipynb":
        notebook = json.loads(data)
        notebook["cells"].append({"cell_type": "markdown", "metadata": {}, "source": [sentence]})
        return json.dumps(notebook).encode()
    return data
