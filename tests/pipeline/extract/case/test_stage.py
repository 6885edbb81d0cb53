from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from pipeline.extract.case.files import CaseFile, CaseLimits
from pipeline.extract.case.read import read_case
from pipeline.extract.media import CASE
from pipeline.extract.stage import EXTRACT
from pipeline.recipe import recipe_from_dict
from pipeline.stage import Context
from tests.pipeline.extract.case.generated.abaqus import write_abaqus
from tests.pipeline.extract.case.generated.calculix import write_calculix
from tests.pipeline.extract.case.generated.foam import write_foam
from tests.pipeline.extract.case.generated.general import write_general
from tests.pipeline.extract.case.generated.write import write_cases
from tests.pipeline.processing import process_all

Rows = dict[str, list[dict[str, Any]]]


def context(dataset: Path, root: Path, **more: Any) -> Context:
    source = {"kind": "cases", "name": "s", "root": str(root), **more}
    return Context(str(dataset), recipe_from_dict({"name": "t", "sources": [source]}), "build")


def extract(dataset: Path, root: Path, **more: Any) -> Rows:
    at = context(dataset, root, **more)
    return process_all(EXTRACT, at)


def sections(rows: Rows, path: str) -> dict[str, list[dict[str, Any]]]:
    """Return a case's elements by the file that they come from."""
    doc_id = next(row["doc_id"] for row in rows["documents"] if row["path"] == path)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows["staging/read_elements"]:
        if row["doc_id"] == doc_id and len(row["section_path"]) > 1:
            found[row["section_path"][1]].append(row)
    return found


def kinds(rows: list[dict[str, Any]]) -> list[str]:
    return [row["kind"] for row in rows]


@pytest.fixture(scope="module")
def all_rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    folder = tmp_path_factory.mktemp("cases")
    write_cases(folder / "root")
    return extract(folder / "dataset", folder / "root", license="CC0-1.0")


def test_each_case_is_one_document(all_rows: Rows) -> None:
    documents = {row["path"]: row for row in all_rows["documents"]}
    assert sorted(documents) == [
        "studies/bracket",
        "studies/channel_08",
        "studies/hotBlock",
        "studies/plate_LC2",
    ]
    for row in documents.values():
        assert (row["media_type"], row["license"], row["language"]) == (CASE, "CC0-1.0", "en")
        assert row["uri"].endswith(f"/root/{row['path']}")
        assert row["n_images"] >= 2
        assert row["n_elements"] > 10
    assert documents["studies/channel_08"]["title"] == "Channel with a heated wall"
    assert documents["studies/bracket"]["title"] == "Bracket, second loop"
    assert documents["studies/plate_LC2"]["title"] == "plate_LC2"


def test_files_come_in_the_stated_order(all_rows: Rows) -> None:
    assert list(sections(all_rows, "studies/channel_08")) == [
        "README.md", "0/T", "constant/transportProperties", "system/controlDict", "log.laplacianFoam",
        "postProcessing/probes/0/T.dat", "constant/polyMesh", "Result fields",
    ]  # fmt: skip
    assert list(sections(all_rows, "studies/plate_LC2")) == [
        "notes.txt", "plate.inp", "ccx.log", "plate.sta", "plate.dat", "load_curve.csv",
        "stress_vonMises_LC2.png",
    ]  # fmt: skip


def test_the_openfoam_case(all_rows: Rows) -> None:
    found = sections(all_rows, "studies/channel_08")
    notes = found["README.md"]
    assert kinds(notes) == ["heading", "heading", "text", "image", "list_item", "list_item"]
    assert notes[2]["text"].startswith("Second try: the relaxation of T was raised")
    assert notes[3]["image_url"].endswith("/channel_08/figures/residuals_T_run08.png")
    assert notes[3]["alt"] == "Residuals of the first 60 iterations"
    assert [row["code_language"] for row in found["system/controlDict"] if row["kind"] == "code"] == [
        "openfoam"
    ]
    assert found["system/controlDict"][1]["text"] == "Anna asked for a smaller time step in the next run"
    assert "is a log of OpenFOAM laplacianFoam with" in found["log.laplacianFoam"][1]["text"]
    probes = found["postProcessing/probes/0/T.dat"]
    assert probes[1]["text"] == "Probe 0 (0.5 0.5 0.5)"
    assert probes[3]["cells"][0] == ["Time", "T [degC]", "change"]
    mesh = found["constant/polyMesh"]
    assert kinds(mesh) == ["heading", "text", "image", "table"]
    assert mesh[2]["alt"] == "Mesh constant/polyMesh drawn"
    assert found["Result fields"][2]["cells"] == [["Folder", "Fields", "Size"], ["100", "T", "1.4 kB"]]


def test_the_calculix_case(all_rows: Rows) -> None:
    found = sections(all_rows, "studies/plate_LC2")
    assert "only half of what the report says." in found["notes.txt"][2]["text"]
    deck = found["plate.inp"]
    assert kinds(deck) == ["heading", "text", "code", "text", "heading", "text", "image", "table"]
    assert deck[1]["text"] == "The thickness is taken from drawing 4711, please check it"
    assert "*ELASTIC\n210000., 0.3" in deck[2]["text"]
    assert "more lines of numbers" in deck[2]["text"]
    table = found["load_curve.csv"][2]
    assert table["cells"][0] == ["load factor [-]", "force [kN]", "peak stress [MPa]"]
    assert "force from 0 to 48 kN; peak stress from 0 to 141 MPa." in found["load_curve.csv"][1]["text"]
    picture = found["stress_vonMises_LC2.png"][1]
    assert picture["alt"] == "stress von Mises LC2"
    assert picture["image_url"].startswith("file://")
    assert picture["image_id"] is None


def test_the_abaqus_case(all_rows: Rows) -> None:
    found = sections(all_rows, "studies/bracket")
    assert found["reaction.tsv"][2]["cells"][0] == ["time [s]", "RF1 [kN]", "U1 [mm]"]
    assert "with an increment of 0.5, see the message file." in found["review.docx"][-1]["text"]
    mesh = found["bracket.vtu"]
    assert kinds(mesh) == ["heading", "text", "image", "table", "table"]
    assert mesh[2]["alt"] == "Mesh bracket.vtu drawn, coloured by S_Mises"
    assert mesh[2]["image_id"] in {row["image_id"] for row in all_rows["staging/blobs"]}
    assert ["bracket.odb", "5.0 kB"] in found["Other files"][1]["cells"]
    unknown = [row for row in all_rows["rejections"] if row["rule"] == "unknown_file"]
    assert [(row["unit"], row["unit_id"], row["value"]) for row in unknown] == [
        ("file", "studies/bracket/bracket.odb", 5005.0)
    ]


def test_the_case_of_a_program_of_ones_own(all_rows: Rows) -> None:
    found = sections(all_rows, "studies/hotBlock")
    assert "the colleagues in Graz measured 78." in found["README"][2]["text"]
    assert found["profile.csv"][2]["cells"][:2] == [["Position [m]", "Temperatur [°C]"], ["0,000", "87,50"]]
    assert found["block.vtu"][2]["alt"] == "Mesh block.vtu drawn, coloured by temperature"
    assert found["residualHistory_CG.png"][1]["alt"] == "residual History CG"


def test_the_same_files_give_the_same_rows_and_a_changed_one_is_read_again(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write_general(root / "one")
    write_calculix(root / "two")
    before = list(EXTRACT.plan(context(tmp_path / "d", root)))
    rows = extract(tmp_path / "d", root)
    assert extract(tmp_path / "d", root) == rows
    (root / "two" / "notes.txt").write_text("It was the wrong drawing.")
    after = list(EXTRACT.plan(context(tmp_path / "d", root)))
    assert before != after
    changed = extract(tmp_path / "d", root)
    hashes = [{row["path"]: row["content_hash"] for row in each["documents"]} for each in (rows, changed)]
    assert hashes[0]["one"] == hashes[1]["one"]
    assert hashes[0]["two"] != hashes[1]["two"]


def test_pictures_of_meshes_can_be_left_out(tmp_path: Path) -> None:
    write_abaqus(tmp_path / "root" / "one")
    rows = extract(tmp_path / "d", tmp_path / "root", pictures=False)
    assert rows["staging/blobs"] == []
    assert kinds(sections(rows, "one")["bracket.vtu"]) == ["heading", "text", "table", "table"]


def test_bad_files_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write_foam(root / "run")
    (root / "run/garbage.csv").write_bytes(bytes(range(256)) * 100)
    (root / "run/garbage.log").write_bytes(bytes(range(256)) * 100)
    (root / "run/empty.csv").write_bytes(b"")
    (root / "run/broken.vtu").write_bytes(b"<VTKFile")
    (root / "run/stolen.md").symlink_to("/etc/hostname")
    (root / "run/escape.md").write_text("![x](../../../secret.png)\n")
    (root / "run/constant/polyMesh/faces").write_bytes(b"FoamFile { format ascii; } 3(")
    rows = extract(tmp_path / "d", root)
    (document,) = rows["documents"]
    assert document["n_elements"] > 20
    rules = {(row["unit_id"].rsplit("/", 1)[-1], row["rule"]) for row in rows["rejections"]}
    assert rules == {
        ("garbage.csv", "not_text"), ("garbage.log", "not_text"), ("empty.csv", "no_table"),
        ("broken.vtu", "unreadable_mesh"),
        ("stolen.md", "outside_root"), ("secret.png", "outside_root"), ("polyMesh", "broken_mesh"),
    }  # fmt: skip
    others = {cells[0] for cells in sections(rows, "run")["Other files"][1]["cells"][1:]}
    assert others == {"broken.vtu", "empty.csv", "garbage.csv", "garbage.log"}
    # Nothing of a case may drop the case itself.
    assert all(row["unit"] != "document" for row in rows["rejections"])


def test_a_mesh_that_lacks_a_file_is_told(tmp_path: Path) -> None:
    write_foam(tmp_path / "root" / "run")
    (tmp_path / "root/run/constant/polyMesh/owner").unlink()
    (rejection,) = extract(tmp_path / "d", tmp_path / "root")["rejections"]
    assert (rejection["unit_id"], rejection["rule"]) == ("run/constant/polyMesh", "incomplete_mesh")


def test_too_many_files_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "root" / "run"
    folder.mkdir(parents=True)
    for number in range(12):
        (folder / f"{number:02d}.inp").write_text("*STEP\n")
    rows = extract(tmp_path / "d", tmp_path / "root", max_files=5)
    (rejection,) = rows["rejections"]
    assert (rejection["unit"], rejection["rule"]) == ("file", "too_many_files")
    assert (rejection["value"], rejection["threshold"]) == (12.0, 5.0)
    assert list(sections(rows, "run")) == [f"{number:02d}.inp" for number in range(5)]


def test_a_file_that_goes_away_is_told(tmp_path: Path) -> None:
    gone = CaseFile("gone.csv", str(tmp_path / "gone.csv"), 10)
    read, (problem,) = read_case("run", "file:///run", [gone], CaseLimits())
    assert (problem.path, problem.rule) == ("gone.csv", "unreadable")
    assert [element.text for element in read.elements][:2] == ["run", "Other files"]


def test_no_file_at_all_is_a_document_with_its_name(tmp_path: Path) -> None:
    read, problems = read_case("run", "file:///run", [], CaseLimits())
    assert [(element.kind, element.text) for element in read.elements] == [("heading", "run")]
    assert problems == []
