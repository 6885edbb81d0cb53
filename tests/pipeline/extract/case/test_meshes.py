# ruff: noqa: E501 (decks as people write them)
from __future__ import annotations

from io import BytesIO
from pathlib import Path

import meshio
import numpy as np
import pytest
from PIL import Image

from pipeline.extract.builder import Builder
from pipeline.extract.case.files import CaseFile, CaseLimits
from pipeline.extract.case.meshes import describe as describing
from pipeline.extract.case.meshes.describe import describe
from pipeline.extract.case.meshes.fields import colouring_of
from pipeline.extract.case.meshes.foam import load_foam
from pipeline.extract.case.meshes.load import load_mesh
from pipeline.extract.case.meshes.mesh import SHAPES, Block, Mesh
from pipeline.extract.case.meshes.picture import HEIGHT, WIDTH, draw
from pipeline.extract.case.meshes.quality import aspect_ratios, scaled_jacobians
from pipeline.extract.case.meshes.raster import rasterise
from pipeline.extract.case.meshes.read import read_mesh
from pipeline.extract.case.meshes.surface import surface_of
from pipeline.extract.element import UnreadableDocumentError
from tests.pipeline.extract.case.generated.foam import write_mesh
from tests.pipeline.extract.case.generated.solves import block, plate

_H = np.sqrt(3) / 2
#: The ideal element of each shape: all edges are 1, but for the pyramid's and the wedge's own angles.
IDEAL = {
    "triangle": [[0, 0, 0], [1, 0, 0], [0.5, _H, 0]],
    "quad": [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]],
    "tetra": [[0, 0, 0], [1, 0, 0], [0.5, _H, 0], [0.5, _H / 3, np.sqrt(2 / 3)]],
    "pyramid": [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0.5, 0.5, np.sqrt(0.5)]],
    "wedge": [[0, 0, 0], [1, 0, 0], [0.5, _H, 0], [0, 0, 1], [1, 0, 1], [0.5, _H, 1]],
    "hexahedron": [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]],
}


def one(kind: str, points: object) -> Mesh:
    coordinates = np.asarray(points, np.float64)
    return Mesh(coordinates, [Block(kind, np.arange(len(coordinates))[None, :])])


def cube(count: int) -> Mesh:
    """Return a cube of cubes."""
    grid = np.arange((count + 1) ** 3).reshape(count + 1, count + 1, count + 1)
    at = np.array(IDEAL["hexahedron"], np.int64)
    nodes = [grid[tuple((np.array(start) + at).T)] for start in np.ndindex(count, count, count)]
    points = np.stack(np.meshgrid(*[np.arange(count + 1.0)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return Mesh(points, [Block("hexahedron", np.array(nodes))])


@pytest.mark.parametrize("kind", IDEAL)
def test_ideal_elements_are_ideal_and_numbered_inside_out_they_still_are(kind: str) -> None:
    shape = SHAPES[kind]
    mesh = one(kind, IDEAL[kind])
    values, reversed_ones = scaled_jacobians(mesh.points, mesh.blocks[0], shape)
    assert values == pytest.approx([1.0])
    assert aspect_ratios(mesh.points, mesh.blocks[0], shape) == pytest.approx([1.0])
    assert reversed_ones == 0
    mirrored = mesh.points * [1.0, 1.0, -1.0] if shape.dimension == 3 else mesh.points
    values, reversed_ones = scaled_jacobians(mirrored, mesh.blocks[0], shape)
    assert values == pytest.approx([1.0])
    assert reversed_ones == (shape.dimension == 3)


def test_bad_elements_are_bad() -> None:
    shape = SHAPES["quad"]
    concave = one("quad", [[0, 0, 0], [1, 0, 0], [0.2, 0.2, 0], [0, 1, 0]])
    assert scaled_jacobians(concave.points, concave.blocks[0], shape)[0][0] < 0
    flat = one("tetra", [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    assert scaled_jacobians(flat.points, flat.blocks[0], SHAPES["tetra"])[0] == pytest.approx([0.0])
    collapsed = one("quad", [[0, 0, 0], [0, 0, 0], [1, 1, 0], [0, 1, 0]])
    assert scaled_jacobians(collapsed.points, collapsed.blocks[0], shape)[0] == pytest.approx([0.0])
    assert np.isinf(aspect_ratios(collapsed.points, collapsed.blocks[0], shape))[0]


def test_of_solids_the_outside_is_seen() -> None:
    surface = surface_of(cube(4), None, None)
    assert surface.faces == 6 * 4 * 4
    assert len(surface.triangles) == 2 * surface.faces
    # Each face of four corners is cut into two, with one side that is no edge.
    assert int((~surface.edges).sum()) == 2 * surface.faces


def test_the_nearest_triangle_wins_whatever_comes_first() -> None:
    near = [[0.0, 0.0, 1.0], [20.0, 0.0, 1.0], [0.0, 20.0, 1.0]]
    far = [[0.0, 0.0, 5.0], [20.0, 0.0, 5.0], [0.0, 20.0, 5.0]]
    for order in ([near, far], [far, near]):
        canvas = rasterise(np.array(order), 20, 20)
        seen = canvas.triangle[canvas.triangle >= 0]
        assert set(seen.tolist()) == {order.index(near)}
        # Half of the 400 pixels, and those on the long side whose centres lie on it.
        assert 190 <= len(seen) <= 210
        assert canvas.depth[3, 3] == pytest.approx(1.0)


def test_triangles_of_all_sizes_cover_what_they_should() -> None:
    rng = np.random.default_rng(0)
    for size in (0.4, 3.0, 60.0, 900.0):
        corners = np.pad(rng.uniform(100, 100 + size, (1, 3, 2)), ((0, 0), (0, 0), (0, 1)))
        canvas = rasterise(corners, 1200, 1200)
        a, b, c = corners[0, :, :2]
        area = abs(np.cross(np.append(b - a, 0), np.append(c - a, 0))[2]) / 2
        edge = sum(np.linalg.norm(x - y) for x, y in ((a, b), (b, c), (c, a)))
        assert abs(int((canvas.triangle >= 0).sum()) - area) <= edge + 2


def test_a_picture_is_drawn_in_the_colours_of_the_field_and_always_the_same() -> None:
    solved = plate()
    mesh = Mesh(
        np.pad(solved.points, ((0, 0), (0, 1))), [Block("triangle", solved.triangles)], {"S": solved.mises}
    )
    colouring = colouring_of(mesh)
    assert colouring is not None
    data = draw(mesh, "plate.vtu", colouring)
    assert data == draw(mesh, "plate.vtu", colouring)
    image = Image.open(BytesIO(data))
    assert image.size == (WIDTH, HEIGHT)
    pixels = np.asarray(image.convert("RGB")).astype(int)
    plain = np.asarray(Image.open(BytesIO(draw(mesh, "plate.vtu", None))).convert("RGB")).astype(int)
    # Viridis runs from violet to yellow: the plain picture has no yellow.
    yellow = (pixels[:, :, 0] > 200) & (pixels[:, :, 1] > 180) & (pixels[:, :, 2] < 90)
    assert int(yellow.sum()) > 50
    assert not ((plain[:, :, 0] > 200) & (plain[:, :, 1] > 180) & (plain[:, :, 2] < 90)).any()
    # The hole is white, the plate around it is not.
    assert (plain[HEIGHT // 2 + 2, WIDTH // 2] == 255).all()
    assert (plain != 255).any(axis=2).mean() > 0.2


@pytest.mark.parametrize(
    "mesh",
    [
        Mesh(np.zeros((1, 3)), []),
        Mesh(np.array([[0.0, 0, 0], [1, 2, 3]]), [Block("line", np.array([[0, 1]]))]),
        Mesh(np.array([[0.0, 0, 0], [1, 0, 0]]), [Block("line", np.array([[0, 1]]))]),
        one("triangle", [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        one("quad", IDEAL["quad"]),
        one("tetra10", [*IDEAL["tetra"], *([[0.3, 0.3, 0.3]] * 6)]),
        one("triangle", [[1e20, 0, 0], [0, 1e20, 0], [0, 0, 1e20]]),
        one("triangle", [[1e-20, 0, 0], [0, 1e-20, 0], [0, 0, 1e-20]]),
        Mesh(np.array(IDEAL["quad"], float), [Block("polygon", np.array([[0, 1, 2, -1], [0, 1, 2, 3]]))]),
    ],
)
def test_any_mesh_is_drawn_and_described(mesh: Mesh) -> None:
    assert Image.open(BytesIO(draw(mesh, "any", None))).size == (WIDTH, HEIGHT)
    assert describe("any", mesh).text.startswith("The mesh any has ")


def test_a_mesh_in_words() -> None:
    solved = block()
    mesh = Mesh(
        solved.points * [2.0, 1.0, 0.5], [Block("tetra", solved.tetrahedra)], {"T": solved.temperature}
    )
    told = describe("block.vtu", mesh)
    points, cells = len(solved.points), len(solved.tetrahedra)
    assert told.text.startswith(
        f"The mesh block.vtu has {points} points and {cells} elements: {cells} tetrahedra. "
        "Its bounding box is 2 by 1 by 0.5 "
    )
    assert "It carries T on points from 0 to 95." in told.text
    rows = {row[0]: row[1] for row in told.properties}
    assert (rows["points"], rows["tetrahedra"], rows["x from, to"]) == (str(points), str(cells), "0, 2")
    assert told.arrays[1] == ["T", "points", "1", "0", "95", "0"]


def test_values_that_are_not_finite_are_counted_and_drawn_grey() -> None:
    values = np.array([np.nan, 1.0, np.inf, 3.0])
    mesh = Mesh(np.array(IDEAL["quad"], float), [Block("quad", np.array([[0, 1, 2, 3]]))], {"p": values})
    told = describe("q", mesh)
    assert told.arrays[1] == ["p", "points", "1", "1", "3", "2"]
    colouring = colouring_of(mesh)
    assert colouring is not None
    assert (colouring.low, colouring.high) == (1.0, 3.0)
    assert draw(mesh, "q", colouring)


def test_numbers_of_parts_are_no_field() -> None:
    mesh = cube(2)
    mesh.cell_data = {"gmsh:physical": [np.arange(8.0)], "U": [np.arange(24.0).reshape(8, 3)]}
    colouring = colouring_of(mesh)
    assert colouring is not None
    assert colouring.name == "length of U"


def test_of_many_elements_some_are_measured_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(describing, "MEASURED", 10)
    assert "10 of 64 elements were measured, evenly spread." in describe("c", cube(4)).text


@pytest.mark.parametrize("suffix", ["vtu", "vtk", "msh", "stl", "ply", "obj", "off", "inp", "mesh", "su2"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"m.{suffix}"
    solved = plate()
    points = np.pad(solved.points, ((0, 0), (0, 1)))
    if suffix == "su2":
        points = solved.points
    meshio.Mesh(points, [("triangle", solved.triangles)]).write(path)
    mesh = load_mesh(str(path))
    triangles = sum(len(block.nodes) for block in mesh.blocks if block.type == "triangle")
    assert triangles == len(solved.triangles)
    assert mesh.points[:, 0].max() == pytest.approx(60.0)


def test_an_abaqus_deck_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.inp").write_text("*NODE\n99, 7., 7., 7.\n")
    nodes, include = "*NODE\n1, 0., 0., 0.\n2, 1., 0., 0.\n3, 0., 1., 0.\n", " *include, INPUT=secret.inp\n"
    deck = f"{nodes}{include}*ELEMENT, TYPE=S3\n1, 1, 2, 3\n"
    path = tmp_path / "m.inp"
    path.write_text(deck)
    assert len(load_mesh(str(path)).points) == 3


def test_a_deck_as_people_write_them(tmp_path: Path) -> None:
    path = tmp_path / "m.inp"
    nodes = "".join(f"{n},{x}.,{y}.,{z}.\n" for n, (x, y, z) in enumerate(np.ndindex(3, 3, 3), 10))
    path.write_text(
        "** made by hand\n*Heading\nA model\n*Node, nset=Nall\n"
        + nodes
        + '*ELEMENT,TYPE=C3D20R, ELSET="Eall"\n'
        "1,10,11,12,13,14,15,16,17,18,19,\n20,21,22,23,24,25,26,27,28,29\n2,10,11,12,13,14,15,16,17,18,19,\n"
        "20,21,22,23,24,25,26,27,28,99\n*ELEMENT, TYPE=S8R\n3,10,11,12,13,14,15,16,17\n*ELEMENT, TYPE=MASS\n4,10\n"
        "*NODE PRINT, NSET=Nall\nU\n"
    )
    mesh = load_mesh(str(path))
    assert len(mesh.points) == 27
    assert [(block.type, block.nodes.shape) for block in mesh.blocks] == [
        ("hexahedron20", (1, 20)),
        ("quad8", (1, 8)),
    ]
    assert mesh.blocks[0].nodes[0].tolist() == list(range(20))
    assert mesh.parts == ["Eall", "Nall"]
    assert mesh.remarks == ["Elements left out because a node of theirs is not in the deck: 1."]


def test_a_line_goes_from_its_first_node_to_its_last(tmp_path: Path) -> None:
    path = tmp_path / "m.inp"
    nodes = "*NODE\n1,0,0,0\n2,1,0,0\n3,2,0,0\n"
    path.write_text(
        f"{nodes}*ELEMENT,TYPE=D\n1,1,2,3\n2,0,2,3\n*ELEMENT,TYPE=B32R\n3,1,2,3\n*ELEMENT,TYPE=B31\n4,1,2\n"
    )
    mesh = load_mesh(str(path))
    assert mesh.blocks[0].nodes.tolist() == [[0, 2], [0, 2], [0, 1]]
    assert mesh.remarks == ["Elements left out because a node of theirs is not in the deck: 1."]


def test_parts_of_a_deck_number_their_nodes_anew(tmp_path: Path) -> None:
    path = tmp_path / "m.inp"
    part = "*PART\n*NODE\n1,{0},0,0\n2,{0},1,0\n3,{0},0,1\n*ELEMENT, TYPE=S3\n1,1,2,3\n*END PART\n"
    path.write_text(part.format(0) + part.format(5))
    mesh = load_mesh(str(path))
    assert mesh.blocks[0].nodes.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_normals_of_a_surface_need_not_be_one_for_each_point(tmp_path: Path) -> None:
    path = tmp_path / "m.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nvn 0 0 1\nvt 0 0\nf 1/1/1 2/1/1 3/1/1\n")
    assert len(load_mesh(str(path)).blocks[0].nodes) == 1


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("m.vtu", b"<VTKFile", "unreadable_mesh"),
        ("m.stl", b"", "empty_mesh"),
        ("m.msh", b"$MeshFormat\n9.9 0 8\n", "failed"),
        ("m.off", b"OFF\n3 1 0\n0 0 0\n1 0 0\nnan 1 0\n3 0 1 9\n", "broken_mesh"),
        ("m.off", b"OFF\n1 0 0\nnan nan nan\n", "broken_mesh"),
        ("m.ply", bytes(range(256)) * 9, "unreadable_mesh"),
    ],
)
def test_a_broken_mesh_is_refused(tmp_path: Path, name: str, data: bytes, rule: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(UnreadableDocumentError) as error:
        read_mesh(Builder("case", "case"), CaseFile(name, str(path), len(data)), CaseLimits())
    assert (error.value.rule, bool(error.value.detail)) == (rule, True)


def test_a_mesh_over_the_limit_is_measured_and_not_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocumentError) as error:
        read_mesh(
            Builder("c", "c"), CaseFile("m.stl", str(tmp_path / "none"), 900), CaseLimits(max_bytes=500)
        )
    assert (error.value.rule, error.value.value, error.value.threshold) == ("too_large", 900.0, 500.0)


def foam_files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("points", "faces", "owner", "boundary")}


def test_an_openfoam_mesh(tmp_path: Path) -> None:
    write_mesh(tmp_path, 4, 3, 2)
    mesh = load_foam(foam_files(tmp_path))
    assert (len(mesh.points), mesh.cells) == (5 * 4 * 3, 24)
    assert mesh.parts == ["inlet (6 faces)", "outlet (6 faces)", "wall (40 faces)"]
    assert surface_of(mesh, None, None).faces == 52
    assert "60 points and 24 cells" in describe("polyMesh", mesh).text


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("points", b"format      ascii", b"format      binary", "binary_mesh"),
        ("faces", b"4(", b"9(", "broken_mesh"),
        ("faces", b")\n", b"", "broken_mesh"),
        ("boundary", b"nFaces 40", b"nFaces 4000", "broken_mesh"),
        ("boundary", b"startFace", b"start", "broken_mesh"),
        ("points", b"(0 0 0)", b"(zero 0 0)", "broken_mesh"),
    ],
)
def test_a_broken_openfoam_mesh_is_refused(
    tmp_path: Path, name: str, old: bytes, new: bytes, rule: str
) -> None:
    write_mesh(tmp_path, 4, 3, 2)
    files = foam_files(tmp_path)
    assert old in files[name]
    with pytest.raises(UnreadableDocumentError) as error:
        load_foam(files | {name: files[name].replace(old, new)})
    assert error.value.rule == rule
