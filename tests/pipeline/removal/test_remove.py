from __future__ import annotations

import hashlib
import io
import json
import zipfile
from gzip import decompress as gunzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from PIL import Image
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.clean.measure import MEASURE
from pipeline.clean.stage import CLEAN
from pipeline.crawl.folder import INDEX, CrawlSummary, crawl_folder, write_summary
from pipeline.extract.stage import EXTRACT
from pipeline.group.stage import GROUP
from pipeline.images.fetch import FETCH
from pipeline.images.resolve import RESOLVE
from pipeline.images.stage import IMAGES
from pipeline.recipe import WebSource, recipe_from_dict
from pipeline.removal.remove import remove
from pipeline.removal.tombstones import marks_of, read_tombstones
from pipeline.runner import execute_here, run_stage
from pipeline.sources.warc import PageRecord, find_pages
from pipeline.stage import Context
from storage import tables
from storage.builds import Build, get_build, record_build
from storage.errors import LooseleafError
from storage.queries import run_query
from storage.schemas import SCHEMAS

STAGES = (EXTRACT, FETCH, RESOLVE, IMAGES, MEASURE, CLEAN, GROUP)
SECRET = "The quixotic flange of prototype Zebulon failed at the third weld seam."
OTHER = "The bracket of the ordinary kind carried its load without any trouble."


def picture(seed: int) -> bytes:
    image = Image.effect_noise((200, 150), 40 + seed)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


SHOWN, ALONE, SHARED = picture(1), picture(2), picture(3)


def id_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_sources(root: Path) -> None:
    root.mkdir()
    for name, data in (("shown", SHOWN), ("alone", ALONE), ("shared", SHARED)):
        (root / f"{name}.png").write_bytes(data)
    (root / "secret.md").write_text(f"# Zebulon\n\n{SECRET}\n\n![a](alone.png)\n\n![b](shared.png)\n")
    (root / "plain.md").write_text(f"# Plain\n\n{OTHER}\n\n![c](shown.png)\n\n![d](shared.png)\n")


def build(dataset: Path, sources: list[dict[str, Any]], name: str = "one", **clean: Any) -> Context:
    recipe = recipe_from_dict({"name": "t", "sources": sources, "clean": clean})
    context = Context(str(dataset), recipe, name)
    for stage in STAGES:
        run_stage(stage, context, execute_here, lambda done, total: None)
    return context


def pin(context: Context) -> None:
    from datetime import UTC, datetime

    pinned = {name: tables.version(context.dataset, name) for name in SCHEMAS if name != "builds"}
    versions = {name: version for name, version in pinned.items() if version is not None}
    counts = {name: tables.count(context.dataset, name, version) for name, version in versions.items()}
    record_build(
        context.dataset,
        Build(context.build_id, None, "build", datetime.now(UTC), "{}", "0", versions, counts),
    )


def everything_on_disk(folder: Path) -> bytes:
    """All that the files hold, columns of Parquet files unpacked."""
    found = bytearray()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found += path.read_bytes()
        if path.suffix == ".gz":
            found += gunzip(path.read_bytes())
        if path.suffix == ".parquet":
            for column in pq.read_table(path).columns:
                for value in column.to_pylist():
                    found += value if isinstance(value, bytes) else repr(value).encode()
    return bytes(found)


@pytest.fixture
def built(tmp_path: Path) -> tuple[Path, list[dict[str, Any]]]:
    """A dataset with two builds, the second of a changed source, and shards."""
    root, dataset = tmp_path / "root", tmp_path / "d"
    write_sources(root)
    sources = [{"kind": "files", "name": "s", "root": str(root)}]
    pin(build(dataset, sources, "one"))
    (root / "plain.md").write_text((root / "plain.md").read_text() + "\nIt was measured twice by the team.\n")
    pin(build(dataset, sources, "two"))
    (dataset / "shards" / "0").mkdir(parents=True)
    (dataset / "shards" / "0" / "part.arrow").write_bytes(SECRET.encode() + ALONE)
    return dataset, sources


def test_a_removed_document_is_nowhere(built: tuple[Path, list[dict[str, Any]]]) -> None:
    dataset, _ = built
    before = everything_on_disk(dataset)
    assert SECRET.encode() in before
    assert ALONE in before
    uri = run_query(str(dataset), "SELECT uri FROM documents WHERE path = 'secret.md'").to_pylist()[0]["uri"]
    removed = remove(str(dataset), [uri])
    assert (removed.documents, removed.images) == (1, 1)
    after = everything_on_disk(dataset)
    assert b"Zebulon" not in after
    assert ALONE not in after
    assert id_of(ALONE).encode() not in after
    assert uri.encode() not in after
    # What others hold as well stays.
    assert OTHER.encode() in after
    assert SHARED in after
    assert not (dataset / "shards").exists()


def test_every_version_stays_readable_and_tells_the_truth(built: tuple[Path, list[dict[str, Any]]]) -> None:
    dataset, _ = built
    remove(str(dataset), [str(dataset.parent / "root" / "secret.md")])
    for build_id in ("one", "two"):
        rows = run_query(str(dataset), "SELECT path FROM kept_documents", build_id).to_pylist()
        assert rows == [{"path": "plain.md"}]
        for name, version in get_build(str(dataset), build_id).tables.items():
            found = tables.read(str(dataset), name, version).num_rows
            assert tables.count(str(dataset), name, version) == found
            assert get_build(str(dataset), build_id).counts[name] == found
            delta = DeltaTable(str(dataset / name), version=version)
            for action in pa.table(delta.get_add_actions(flatten=True)).to_pylist():
                assert action["size_bytes"] == (dataset / name / action["path"]).stat().st_size
            assert delta.to_pyarrow_table().num_rows == found


def test_a_later_build_does_not_bring_it_back_and_repeats_nothing_else(
    built: tuple[Path, list[dict[str, Any]]],
) -> None:
    dataset, sources = built
    remove(str(dataset), [str(dataset.parent / "root" / "secret.md"), id_of(SHOWN)])
    context = Context(str(dataset), recipe_from_dict({"name": "t", "sources": sources}), "three")
    report = run_stage(EXTRACT, context, execute_here, lambda done, total: None)
    assert report.skipped == report.chunks
    # Also one that reads everything again, as after a change of the recipe or of the code.
    build(dataset, sources, "four", mask=())
    after = everything_on_disk(dataset)
    assert b"Zebulon" not in after
    assert SHOWN not in after
    assert ALONE not in after
    paths = run_query(str(dataset), "SELECT path FROM documents").to_pylist()
    assert paths == [{"path": "plain.md"}]
    rules = tables.read(str(dataset), "rejections").column("rule").to_pylist()
    assert rules.count("removed") == 1


@pytest.mark.parametrize("by", ["id", "address", "prefix"])
def test_a_removed_image_is_nowhere_and_its_document_stays(
    built: tuple[Path, list[dict[str, Any]]], by: str
) -> None:
    dataset, sources = built
    url = run_query(
        str(dataset), f"SELECT image_url FROM elements WHERE image_id = '{id_of(SHOWN)}'"
    ).to_pylist()[0]["image_url"]
    if by == "prefix":
        # All of the folder, its documents as well.
        remove(str(dataset), [url.rpartition("/")[0] + "/*"])
        assert run_query(str(dataset), "SELECT * FROM documents").num_rows == 0
    else:
        removed = remove(str(dataset), [id_of(SHOWN) if by == "id" else url])
        assert (removed.documents, removed.images) == (0, 1)
        assert run_query(str(dataset), "SELECT * FROM documents").num_rows == 2
        places = run_query(str(dataset), "SELECT image_id FROM elements WHERE kind = 'image'").to_pylist()
        assert sorted(str(row["image_id"]) for row in places).count("None") == 1
    assert SHOWN not in everything_on_disk(dataset)
    build(dataset, sources, "again", mask=())
    assert SHOWN not in everything_on_disk(dataset)


def test_a_recipe_removes_by_a_list(tmp_path: Path) -> None:
    root, dataset = tmp_path / "root", tmp_path / "d"
    write_sources(root)
    sources = [{"kind": "files", "name": "s", "root": str(root)}]
    build(dataset, sources)
    listed = tmp_path / "removals.txt"
    listed.write_text(f"# asked for by mail\n\n{root / 'secret.md'}\n")
    build(dataset, sources, "two", removals=str(listed))
    assert b"Zebulon" not in everything_on_disk(dataset)
    # A dataset that begins with the list never has it.
    build(tmp_path / "new", sources, removals=str(listed))
    assert b"Zebulon" not in everything_on_disk(tmp_path / "new")
    assert OTHER.encode() in everything_on_disk(tmp_path / "new")
    again = read_tombstones(str(dataset))
    build(dataset, sources, "three", removals=(str(root / "secret.md"),))
    assert read_tombstones(str(dataset)) == again
    with pytest.raises(LooseleafError, match="list of removals"):
        build(dataset, sources, "four", removals=str(tmp_path / "none.txt"))


@pytest.mark.parametrize("gzip", [False, True])
def test_pictures_inside_notebooks_archives_and_web_pages(tmp_path: Path, gzip: bool) -> None:
    import base64

    dataset = tmp_path / "d"
    cell = {
        "cell_type": "markdown",
        "metadata": {},
        "source": [f"![x](data:image/png;base64,{base64.b64encode(SHOWN).decode()})\n\n{OTHER}"],
    }
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "book.ipynb").write_text(
        json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("secret.md", f"# Zebulon\n\n{SECRET}\n\n![a](alone.png)\n")
        archive.writestr("alone.png", ALONE)
    web = {"kind": "web", "name": "w", "start": ["http://example.org/"]}
    crawl = crawl_folder(str(dataset), WebSource(**web))
    write_warc(Path(crawl), {"http://example.org/secret": SECRET, "http://example.org/plain": OTHER}, gzip)
    sources = [
        {"kind": "files", "name": "b", "root": str(folder)},
        {"kind": "files", "name": "z", "root": str(tmp_path / "a.zip")},
        web,
    ]
    build(dataset, sources)
    assert SHOWN in everything_on_disk(dataset)
    zipped = run_query(str(dataset), "SELECT doc_id FROM documents WHERE source = 'z'").to_pylist()[0][
        "doc_id"
    ]
    # By its address or by its id, a page leaves the web archive as well.
    page = "http://example.org/secret"
    if gzip:
        page = run_query(str(dataset), f"SELECT doc_id FROM documents WHERE uri = '{page}'").to_pylist()[0][
            "doc_id"
        ]
    remove(str(dataset), [id_of(SHOWN), zipped, page])
    for _ in range(2):
        after = everything_on_disk(dataset)
        assert SHOWN not in after
        assert ALONE not in after
        assert b"Zebulon" not in after
        build(dataset, sources, "again", mask=())
    kept = run_query(str(dataset), "SELECT uri FROM documents ORDER BY uri").to_pylist()
    assert [row["uri"].rpartition("/")[2] for row in kept] == ["book.ipynb", "plain"]


def write_warc(folder: Path, texts: dict[str, str], gzip: bool) -> None:
    folder.mkdir(parents=True)
    name = "0.warc.gz" if gzip else "0.warc"
    with (folder / name).open("wb") as file:
        writer = WARCWriter(file, gzip=gzip)
        for url, text in texts.items():
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
            body = io.BytesIO(f"<p>{text}</p>".encode())
            writer.write_record(
                writer.create_warc_record(url, "response", payload=body, http_headers=headers)
            )
    pages = [page for page in find_pages(str(folder / name)) if isinstance(page, PageRecord)]
    rows = [
        {"url": page.url, "warc": name, "offset": page.offset, "length": page.length, "number": number,
         "media_type": page.media_type, "digest": "0"}
        for number, page in enumerate(pages)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, schema=INDEX), folder / "pages-00001.parquet")
    summary = CrawlSummary(2, 0, 1.0, "done", (name,), "rejections.jsonl", 1, 0.0, "pages-00001.parquet", 1)
    write_summary(str(folder), summary)
    (folder / "rejections.jsonl").write_text("")


def test_removing_twice_or_nothing_changes_no_file(built: tuple[Path, list[dict[str, Any]]]) -> None:
    dataset, _ = built
    target = str(dataset.parent / "root" / "secret.md")
    remove(str(dataset), [target])
    before = everything_on_disk(dataset)
    assert remove(str(dataset), [target]).files == 0
    assert remove(str(dataset), ["# nothing", ""]).files == 0
    assert everything_on_disk(dataset) == before


def test_tombstones_name_nothing(built: tuple[Path, list[dict[str, Any]]]) -> None:
    dataset, _ = built
    remove(str(dataset), ["https://example.org/private/*"])
    assert "example" not in (dataset / "removed.json").read_text()
    tombstones = read_tombstones(str(dataset))
    assert tombstones.has_address("https://example.org/private/a/b.png#inline-3")
    assert not tombstones.has_address("https://example.org/privately", None, "https://example.org/")


def test_a_beginning_ends_at_a_slash() -> None:
    with pytest.raises(LooseleafError, match="slash"):
        marks_of(["https://example.org/priv*"])
