from __future__ import annotations

import base64
import hashlib
import json
import tarfile
from collections import defaultdict
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.crawl.folder import INDEX, CrawlSummary, crawl_folder, write_summary
from pipeline.extract.stage import EXTRACT
from pipeline.recipe import WebSource, recipe_from_dict
from pipeline.sources.warc import PageRecord, find_pages
from pipeline.stage import Context
from storage.schemas import ELEMENTS, SCHEMAS
from tests.pipeline.processing import process, through_json

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 200


def extract(dataset: Path, *sources: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    context = Context(str(dataset), recipe_from_dict({"name": "t", "sources": list(sources)}), "build")
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for chunk in EXTRACT.plan(context):
        for name, table in process(EXTRACT, context, through_json(chunk)).items():
            expected = SCHEMAS.get(name, ELEMENTS if name.endswith("elements") else table.schema)
            assert isinstance(table, pa.Table)
            assert table.schema == expected
            rows[name] += table.to_pylist()
    return rows


def files(root: Path, **more: Any) -> dict[str, Any]:
    return {"kind": "files", "name": "s", "root": str(root), **more}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "figure.png").write_bytes(PNG)
    (folder / "good.md").write_text("# Plate\n\nThe stress peaks at the hole.\n\n![stress](figure.png)\n")
    return folder


def test_every_document_has_a_row_and_bad_ones_a_reason(tmp_path: Path, root: Path) -> None:
    (root / "picture.md").write_bytes(PNG)
    (root / "binary.html").write_bytes(bytes(range(32)) * 50)
    (root / "broken.ipynb").write_text('{"cells": [')
    (root / "empty.md").write_bytes(b"")
    (root / "large.md").write_bytes(b"x " * 5000)
    (root / "page.html").write_bytes("<p>Größe naïve</p>".encode("cp1252"))
    (root / "deep.html").write_bytes(b"<div>" * 100_000 + b"<p>deep</p>")
    rows = extract(tmp_path / "d", files(root, max_bytes=600_000))
    documents = {row["path"]: row for row in rows["documents"]}
    assert len(documents) == 8
    rules = {row["unit_id"]: row["rule"] for row in rows["rejections"]}
    assert {path: rules.get(row["doc_id"]) for path, row in documents.items()} == {
        "good.md": None, "picture.md": "not_text", "binary.html": "not_text",
        "broken.ipynb": "broken_notebook",
        "empty.md": None, "large.md": None, "page.html": None, "deep.html": None,
    }  # fmt: skip
    assert documents["empty.md"]["text_hash"] is None
    assert documents["broken.ipynb"]["n_elements"] == 0
    assert documents["good.md"]["n_images"] == 1
    assert documents["good.md"]["n_words"] == 6
    assert "Größe naïve" in [row["text"] for row in rows["staging/read_elements"]]
    assert all(row["unit"] == "document" for row in rows["rejections"])


def test_a_large_document_is_measured_and_not_read(tmp_path: Path, root: Path) -> None:
    (root / "large.md").write_bytes(b"x" * 1000)
    rows = extract(tmp_path / "d", files(root, max_bytes=500))
    (rejection,) = rows["rejections"]
    assert (rejection["rule"], rejection["value"], rejection["threshold"]) == ("too_large", 1000.0, 500.0)


def test_references_become_files_and_escapes_are_told(tmp_path: Path, root: Path) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    (root / "bad.md").write_text("![x](../secret.png)\n")
    rows = extract(tmp_path / "d", files(root))
    urls = {
        row["image_url"]: row["image_candidates"] for row in rows["staging/read_elements"] if row["image_url"]
    }
    assert urls[(root / "figure.png").as_uri()] == [(root / "figure.png").as_uri()]
    (rejection,) = rows["rejections"]
    assert (rejection["unit"], rejection["rule"]) == ("image_url", "outside_root")
    assert urls[rejection["unit_id"]] == []


def test_inline_images_are_blobs(tmp_path: Path, root: Path) -> None:
    output = {"output_type": "display_data", "data": {"image/png": base64.b64encode(PNG).decode()}}
    cell = {"cell_type": "code", "source": "plot()", "outputs": [output]}
    (root / "n.ipynb").write_text(json.dumps({"cells": [cell]}))
    rows = extract(tmp_path / "d", files(root, include=["*.ipynb"]))
    image_id = hashlib.sha256(PNG).hexdigest()
    assert rows["staging/blobs"] == [{"image_id": image_id, "bytes": PNG}]
    image = rows["staging/read_elements"][1]
    assert image["image_id"] == image_id
    assert image["image_url"] == (root / "n.ipynb").as_uri() + "#inline-1"


def test_an_archive_gives_what_the_folder_gives(tmp_path: Path, root: Path) -> None:
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        archive.add(root, arcname=".")
    plain = extract(tmp_path / "d", files(root))
    packed = extract(tmp_path / "d", files(tmp_path / "x.tar.gz"))
    for name in ("doc_id", "path", "content_hash", "text_hash", "n_images"):
        assert [row[name] for row in packed["documents"]] == [row[name] for row in plain["documents"]]
    (url,) = [row["image_url"] for row in packed["staging/read_elements"] if row["image_url"]]
    assert Path(url.removeprefix("file://")).read_bytes() == PNG


def test_a_truncated_archive_says_so(tmp_path: Path, root: Path) -> None:
    for number in range(20):
        (root / f"{number:02}.md").write_text(hashlib.sha256(str(number).encode()).hexdigest() * 30)
    path = tmp_path / "x.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(root, arcname=".")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    rows = extract(tmp_path / "d", files(path))
    assert 0 < len(rows["documents"]) < 21
    assert [(row["unit"], row["rule"]) for row in rows["rejections"]] == [("file", "truncated_archive")]


def test_sidecar(tmp_path: Path, root: Path) -> None:
    links = [
        {"image": "figure.png", "text": "The  stress peaks at the hole."},
        {"image": "figure.png", "text": "Not there."},
    ]
    (root / "links.json").write_text(json.dumps({"family": "plate-1", "license": "CC0-1.0", "links": links}))
    rows = extract(tmp_path / "d", files(root, links="links.json"))
    (document,) = rows["documents"]
    assert rows["links"] == [{"doc_id": document["doc_id"], "image": 2, "text": 1}]
    assert document["license"] == "CC0-1.0"
    assert document["family"] != document["doc_id"]
    assert [(row["unit"], row["rule"]) for row in rows["rejections"]] == [("file", "unmatched_link")]
    (root / "links.json").write_text("[")
    rules = [row["rule"] for row in extract(tmp_path / "d", files(root, links="links.json"))["rejections"]]
    assert rules == ["broken_sidecar"]


def test_chunks_are_bounded_and_follow_content(tmp_path: Path, root: Path) -> None:
    for number in range(70):
        (root / f"{number}.md").write_text(str(number))
    recipe = recipe_from_dict({"name": "t", "sources": [files(root)]})
    context = Context(str(tmp_path / "d"), recipe, "build")
    before = list(EXTRACT.plan(context))
    assert sum(len(chunk.items) for chunk in before) == 71
    assert max(len(chunk.items) for chunk in before) <= 64
    assert list(EXTRACT.plan(context)) == before
    (root / "0.md").write_text("changed")
    after = list(EXTRACT.plan(context))
    assert sum(x != y for x, y in zip(before, after, strict=True)) == 1
    (root / "1-new.md").write_text("new")
    assert sum(chunk not in after for chunk in EXTRACT.plan(context)) <= 2


def write_index(folder: str, kinds: dict[str, str]) -> None:
    """Name the first record of each URL as what a crawl left."""
    first: dict[str, dict[str, Any]] = {}
    for number, found in enumerate(find_pages(f"{folder}/pages-00000.warc.gz")):
        assert isinstance(found, PageRecord)
        first.setdefault(
            found.url,
            {
                "url": found.url,
                "warc": "pages-00000.warc.gz",
                "offset": found.offset,
                "length": found.length,
                "number": number,
                "media_type": kinds[found.url],
                "digest": str(number),
            },
        )
    pq.write_table(pa.Table.from_pylist(list(first.values()), schema=INDEX), f"{folder}/pages.parquet")
    summary = CrawlSummary(
        pages=len(first),
        rejected=0,
        seconds=1.0,
        finished="finished",
        warc=("pages-00000.warc.gz",),
        rejections="rejections.jsonl",
        round=1,
        started=0.0,
        index="pages.parquet",
        transferred=100,
    )
    write_summary(folder, summary)


def test_crawled_pages(tmp_path: Path) -> None:
    web = {"kind": "web", "name": "w", "start": ["http://x.org/docs/"], "license": "MIT"}
    source = recipe_from_dict({"name": "t", "sources": [web]}).sources[0]
    assert isinstance(source, WebSource)
    folder = crawl_folder(str(tmp_path / "d"), source)
    Path(folder).mkdir(parents=True)
    with Path(folder, "pages-00000.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url, body in (
            (
                "http://x.org/docs/a.html",
                "<p>Größe</p><img src=/i.png><img src='file:///etc/passwd'>".encode("cp1252"),
            ),
            ("http://x.org/docs/a.html", b"<p>of an earlier crawl</p>"),
            ("http://x.org/docs/b.md", b"# B"),
        ):
            headers = StatusAndHeaders(
                "200 OK", [("Content-Type", "text/html; charset=latin1")], protocol="HTTP/1.1"
            )
            dated = {"WARC-Date": "2026-01-02T03:04:05Z"}
            writer.write_record(
                writer.create_warc_record(
                    url, "response", payload=BytesIO(body), http_headers=headers, warc_headers_dict=dated
                )
            )
    write_index(folder, {"http://x.org/docs/a.html": "text/html", "http://x.org/docs/b.md": "text/markdown"})
    rows = extract(tmp_path / "d", web)
    first, second = rows["documents"]
    assert (first["uri"], first["path"], first["license"]) == (
        "http://x.org/docs/a.html",
        "/docs/a.html",
        "MIT",
    )
    assert first["fetched_at"].year == 2026
    assert (second["uri"], second["media_type"]) == ("http://x.org/docs/b.md", "text/markdown")
    headings = [row for row in rows["staging/read_elements"] if row["kind"] == "heading"]
    assert [row["text"] for row in headings] == ["B"]
    elements = [row for row in rows["staging/read_elements"] if row["doc_id"] == first["doc_id"]]
    assert elements[0]["text"] == "Größe"
    assert elements[1]["image_candidates"] == ["http://x.org/i.png"]
    assert elements[2]["image_candidates"] == []
    assert [row["rule"] for row in rows["rejections"]] == ["outside_root"]


def test_personal_data_is_masked_in_every_row(tmp_path: Path, root: Path) -> None:
    (root / "people.md").write_text(
        "---\ntitle: Notes of jane.doe@example.com\n---\n\n# Ask jane.doe@example.com\n\n"
        "Call +49 89 1234 5678, or see 192.168.1.20.\n\n"
        "| who | mail |\n|---|---|\n| Jane | jane.doe@example.com |\n\n"
        "![jane.doe@example.com at work](figure.png)\n\nVersion 1.2.3.4 is in section 3.1.2.4.\n"
    )
    rows = extract(tmp_path / "d", files(root))
    everything = json.dumps(
        {name: rows[name] for name in ("documents", "rejections", "staging/read_elements")}, default=str
    )
    assert "jane.doe@" not in everything
    assert "1234 5678" not in everything
    assert "192.168.1.20" not in everything
    assert "Version 1.2.3.4 is in section 3.1.2.4." in everything
    (people,) = [row for row in rows["documents"] if row["path"] == "people.md"]
    assert people["n_masked"] == 5
    (table,) = [row for row in rows["staging/read_elements"] if row["kind"] == "table"]
    assert "| Jane | [email] |" in table["text"]
    (good,) = [row for row in rows["documents"] if row["path"] == "good.md"]
    assert good["n_masked"] == 0


def test_another_mask_reads_again(tmp_path: Path) -> None:
    def settings(**clean: Any) -> Any:
        recipe = recipe_from_dict({"name": "t", "sources": [files(tmp_path)], "clean": clean})
        return EXTRACT.settings(recipe)

    assert settings() == settings(preset="obelics") != settings(mask=["email"])
