"""A case as rows of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.extract.case.files import CaseFile, CaseLimits
from pipeline.extract.case.read import read_case
from pipeline.extract.local import Home
from pipeline.extract.media import CASE
from pipeline.extract.rows import DocumentFacts, Rows
from pipeline.extract.settle import settle
from pipeline.sources.archives import unpacked_folder
from pipeline.sources.files import doc_id_of, family_of
from storage.filesystem import join


def add_case(rows: Rows, dataset: str, source: Mapping[str, Any], case: Mapping[str, Any]) -> None:
    """Read a case, as the plan names it, and add its document and what of its files was not read."""
    root = source["root"] if case["archive"] is None else unpacked_folder(dataset, case["archive"])
    folder = join(root, case["inner"]) if case["inner"] else root
    path = case["path"]
    doc_id = doc_id_of(source["name"], path)
    facts = DocumentFacts(
        doc_id=doc_id,
        source=source["name"],
        uri=case["uri"],
        path=path,
        family=family_of(source["name"], source["family"], doc_id, path.rpartition("/")[0]),
        media_type=CASE,
        license=source["license"],
    )
    files = [CaseFile(name, join(folder, name), size) for name, size, _ in case["files"]]
    prefix = "" if path == "." else f"{path}/"
    if len(files) > source["max_files"]:
        count, most = len(files), source["max_files"]
        detail = f"The case has {count} files, of which the first {most} were read."
        rows.reject("file", path, facts.source, "too_many_files", detail, float(count), float(most))
        files = files[:most]
    limits = CaseLimits(source["max_bytes"], source["max_text_bytes"], source["pictures"])
    name = facts.uri.rstrip("/").rsplit("/", 1)[-1] if path == "." else path.rsplit("/", 1)[-1]
    read, problems = read_case(name, facts.uri, files, limits)
    for problem in problems:
        rows.reject(
            "file",
            prefix + problem.path,
            facts.source,
            problem.rule,
            problem.detail,
            problem.value,
            problem.threshold,
        )
    # The images of a case lie in it: what a note names elsewhere is refused as for a file there.
    read = settle(rows, facts, read, Home(join(folder, "case"), root))
    marks = "\n".join(f"{name}\0{mark}" for name, _, mark in case["files"]).encode("utf-8", "surrogatepass")
    rows.add_document(facts, marks, sum(file.size for file in files), read)
