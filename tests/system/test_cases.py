"""Simulation cases from folders to the report, as a person sees them there."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page, sync_playwright

from flows.bench.corpora import source_archive
from tests.pipeline.extract.case.generated.write import WRITERS, write_cases

#: Meshes that others made, of meshio's own tests: a finite element model, a plane mesh with parts, a surface.
PUBLIC = {
    "membrane": "abaqus/nle1xf3c.inp",
    "cable": "msh/insulated-4.1.msh",
    "elephant": "obj/elephav.obj",
    "cylinder": "nastran/cylinder.fem",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("cases")
    write_cases(folder / "root")
    with tarfile.open(source_archive("meshio==5.3.5")) as archive:
        for name, path in PUBLIC.items():
            data = archive.extractfile(f"meshio-5.3.5/tests/meshes/{path}")
            assert data is not None
            target = folder / "root" / "public" / name / path.rsplit("/", 1)[-1]
            target.parent.mkdir(parents=True)
            target.write_bytes(data.read())
    recipe = {"name": "cases", "sources": [{"kind": "cases", "name": "studies", "root": "root"}]}
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    dataset, report = folder / "dataset", folder / "report.html"
    built = _run("build", str(folder / "recipe.yaml"), "--out", str(dataset))
    _run("report", str(dataset), "--out", str(report))
    return {"dataset": str(dataset), "report": report, "counts": built["counts"]}


def _run(*arguments: str) -> Any:
    command = [sys.executable, "-m", "flows.cli.main", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_case_is_a_document_with_its_own_group(built: dict[str, Any]) -> None:
    assert built["counts"]["documents"] == len(WRITERS) + len(PUBLIC)
    query = "SELECT count(*) FROM groups WHERE kind = 'case'"
    assert _run("query", built["dataset"], query)["rows"] == [[len(WRITERS) + len(PUBLIC)]]


def test_the_report_shows_notes_tables_pictures_and_meshes(built: dict[str, Any]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(built["report"].as_uri())
        titles = page.locator("#choose option").all_inner_texts()
        assert len(titles) == len(WRITERS) + len(PUBLIC)
        seen = {title.rsplit(" · ", 1)[-1]: _leaf(page, number) for number, title in enumerate(titles)}
        browser.close()
    for name in ("Bracket, second loop", "Channel with a heated wall", "hotBlock", "plate_LC2"):
        leaf = seen[name]
        assert leaf["tables"] >= 5
        assert len(leaf["images"]) >= 2
        assert any(alt.startswith("Mesh ") for alt, _ in leaf["images"])
    assert "peak stress [MPa]" in seen["plate_LC2"]["heads"]
    assert "Temperatur [°C]" in seen["hotBlock"]["heads"]
    assert "Second try: the relaxation of T was raised to 0.9" in seen["Channel with a heated wall"]["text"]
    for name in PUBLIC:
        assert seen[name]["tables"] >= 1
        assert [alt.startswith("Mesh ") for alt, _ in seen[name]["images"]] == [True]
    assert all(width > 0 for leaf in seen.values() for _, width in leaf["images"])


def _leaf(page: Page, number: int) -> dict[str, Any]:
    page.select_option("#choose", str(number))
    leaf = page.locator(f"#d{number}")
    images = []
    for image in leaf.locator("img").all():
        image.scroll_into_view_if_needed()
        image.evaluate("image => image.decode()")
        images.append((image.get_attribute("alt") or "", image.evaluate("image => image.naturalWidth")))
    heads = leaf.locator("th").all_inner_texts()
    return {
        "tables": leaf.locator("table").count(),
        "images": images,
        "heads": heads,
        "text": leaf.inner_text(),
    }
