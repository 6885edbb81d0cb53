from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.extract.document import extract_document, open_document, read_document
from pipeline.extract.media import NOTEBOOK
from storage.errors import LooseleafError


def test_a_file_as_json(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# T\n\n![x](i.png)\n")
    found = extract_document(str(tmp_path / "a.md"))
    assert json.loads(json.dumps(found))["title"] == "T"
    assert found["elements"][1]["candidates"] == ((tmp_path / "i.png").as_uri(),)
    assert found["elements"][1]["section_path"] == ("T",)


def test_base_url(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<img src=i.png>")
    document = open_document(str(tmp_path / "a.html"), "https://x.org/docs/")
    assert document.elements[0].image_url == "https://x.org/docs/i.png"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.xyz", b"", "suffix"),
        ("a.md", b"\x89PNG\r\n\x1a\n", "PNG"),
        ("a.ipynb", b"{", "not JSON"),
        ("no.md", None, "path"),
    ],
)
def test_errors_are_one_sentence(tmp_path: Path, name: str, data: bytes | None, reason: str) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(LooseleafError, match=reason):
        extract_document(str(tmp_path / name))


def test_halves_of_characters_do_not_reach_the_tables() -> None:
    cells = [
        {
            "cell_type": "markdown",
            "source": "# T\ud800\n\n![a\udfff](i\ud800.png)\n\n| a\ud800 |\n| --- |\n| b |",
        },
        {"cell_type": "code", "source": "x = '\ud800'"},
    ]
    notebook = {"cells": cells, "metadata": {"language_info": {"name": "py\ud800"}}}
    document = read_document(json.dumps(notebook).encode(), NOTEBOOK, "file:///d/a.ipynb")
    assert repr(document).encode().decode().count("\\ud") == 0
    assert (document.title or "").startswith("T")
    assert document.elements[-1].text == "x = '?'"


def test_a_folder_is_a_simulation_case(tmp_path: Path) -> None:
    folder = tmp_path / "run 7"
    folder.mkdir()
    (folder / "README.md").write_text("The bolt was **loose**.\n")
    (folder / "force.csv").write_text("t [s],F [N]\n0,1\n1,2\n2,4\n")
    (folder / "result.odb").write_bytes(bytes(99))
    (folder / "hosts.md").symlink_to("/etc/hosts")
    found = extract_document(str(folder))
    assert json.loads(json.dumps(found))["uri"] == str(folder)
    texts = [element["text"] for element in found["elements"] if element["kind"] == "text"]
    assert texts == [
        "The bolt was loose.",
        "The table force has 3 rows and 2 columns. t from 0 to 2 s; F from 1 to 4 N.",
    ]
    assert [part["rule"] for part in found["left_out"]] == ["outside_root", "unknown_file"]
