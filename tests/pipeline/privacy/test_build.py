"""With `clean.mask` no row of a dataset holds personal data, whatever part of a document it stood in."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pipeline.clean.measure import MEASURE
from pipeline.clean.stage import CLEAN
from pipeline.extract.stage import EXTRACT
from pipeline.group.stage import GROUP
from pipeline.images.fetch import FETCH
from pipeline.images.resolve import RESOLVE
from pipeline.images.stage import IMAGES
from pipeline.recipe import recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage import tables

MAIL = "jane.doe@example.com"
PAGE = f"""<html><head><title>By {MAIL}</title></head><body><main>
<h1>Written by {MAIL}</h1>
<p>The bracket was measured twice by {MAIL} and carried its load without any trouble.</p>
<figure><img src="plot.png" alt="drawn by {MAIL}"><figcaption>Stress, asked of {MAIL}</figcaption></figure>
<table><tr><th>who</th><th>load</th></tr><tr><td>{MAIL}</td><td>3 kN</td></tr></table>
<ul><li>ask {MAIL}</li></ul><pre>mail {MAIL}</pre><blockquote>{MAIL} said so</blockquote>
<iframe src="http://x.org/" title="{MAIL}">{MAIL}</iframe>
<form><input value="{MAIL}"><button>{MAIL}</button></form>
<object data="a.swf">{MAIL}</object><canvas>{MAIL}</canvas>
</main></body></html>"""


def write(root: Path) -> None:
    root.mkdir()
    (root / "page.html").write_text(PAGE)
    (root / "notes.md").write_text(f"# {MAIL}\n\n| who |\n|---|\n| {MAIL} |\n\n![{MAIL}](plot.png)\n")
    source = [f"mail {MAIL}"]
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": source},
        {"cell_type": "code", "metadata": {}, "source": source, "execution_count": 1, "outputs": [
            {"output_type": "stream", "name": "stdout", "text": source},
            {"output_type": "display_data", "metadata": {}, "data": {"text/x-unknown": source}},
        ]},
    ]  # fmt: skip
    (root / "book.ipynb").write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    about = PngInfo()
    about.add_text("Copyright", f"2024 {MAIL}")
    Image.effect_noise((300, 200), 60).save(root / "plot.png", pnginfo=about)
    (root / "links.json").write_text(json.dumps({"links": []}))


def _without_pictures(path: Path) -> list[dict[str, object]]:
    """The rows of a file: a picture's own bytes are kept as they are."""
    rows = pq.read_table(path)
    return rows.drop_columns([name for name in ("bytes", "raster") if name in rows.column_names]).to_pylist()


@pytest.mark.parametrize("masked", [True, False])
def test_no_row_of_a_build_holds_an_address(tmp_path: Path, masked: bool) -> None:
    root, dataset = tmp_path / "root", tmp_path / "d"
    write(root)
    recipe = recipe_from_dict(
        {
            "name": "t",
            "sources": [{"kind": "files", "name": "s", "root": str(root)}],
            "clean": {"mask": ["email"] if masked else []},
        }
    )
    context = Context(str(dataset), recipe, "one")
    for stage in (EXTRACT, FETCH, RESOLVE, IMAGES, MEASURE, CLEAN, GROUP):
        run_stage(stage, context, execute_here, lambda done, total: None)
    holding = {
        path.relative_to(dataset).parts[0]
        for path in dataset.rglob("*.parquet")
        if MAIL in str(_without_pictures(path))
    }
    if not masked:
        assert {"documents", "elements", "image_stats"} <= holding
        return
    assert not holding
    documents = tables.read(str(dataset), "documents").to_pylist()
    assert len(documents) == 3
    assert all(row["n_masked"] > 0 for row in documents)
    elements = tables.read(str(dataset), "elements").to_pylist()
    assert any("[email]" in str(row["cells"]) for row in elements)
    assert any("[email]" in str(row["alt"]) for row in elements)
    assert any("[email]" in str(row["section_path"]) for row in elements)
