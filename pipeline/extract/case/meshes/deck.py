"""The mesh in an input deck of Abaqus' keywords, as CalculiX and many others read it.

meshio reads few of the decks that people have: on those of CalculiX' own tests it fails twice in three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.extract.case.meshes.mesh import Block, Mesh
from pipeline.extract.case.numbers import number_of
from pipeline.extract.element import UnreadableDocumentError

_KEYWORD = re.compile(r"^[ \t]*\*[ \t]*([A-Za-z][A-Za-z \t-]*)(.*)$")
_PARAMETER = re.compile(r"([A-Za-z][A-Za-z ]*?)\s*=\s*\"?([^,\"]+)\"?")
_SOLID = re.compile(r"^(?:D|DC|A|AC|F|C|CC|SC)?(?:3D|SC)?(\d+)")
_IS_SOLID = re.compile(r"^(?:[DAFC]?C?3D\d|SC\d)")
_PLANE = re.compile(
    r"^(?:STRI|S|CPS|CPEG|CPE|CGAX|CAX|M3D|MAX|SFM3D|R3D|DSAX|DS|DCAX|DC2D|AC2D|ACAX|F2D)(\d)"
)
_LINE = re.compile(r"^(?:B|T|PIPE|FRAME|DC1D|GAP|SPRING|DASHPOT|CONN|D$)")
_CURVED = re.compile(r"^(?:B[23]2|T[23]D3|DC1D3|PIPE[23]2|D$)")
_SOLIDS = {
    4: "tetra",
    5: "pyramid",
    6: "wedge",
    8: "hexahedron",
    10: "tetra10",
    15: "wedge15",
    20: "hexahedron20",
}
_PLANES = {3: "triangle", 4: "quad", 6: "triangle6", 8: "quad8", 9: "quad9"}


@dataclass
class _Deck:
    points: list[tuple[float, float, float]] = field(default_factory=list)
    labels: dict[int, int] = field(default_factory=dict)
    elements: dict[str, list[list[int]]] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    lost: int = 0


def load_deck(text: str) -> Mesh:
    """Read the nodes and elements of a deck; files that it includes are not read.

    Args:
        text: the deck.

    Raises:
        UnreadableDocumentError: if there is no node in it.
    """
    deck = _Deck()
    for keyword, parameters, lines in _blocks(text):
        if keyword == "PART":
            deck.labels = {}  # each part numbers its nodes anew
        elif keyword == "NODE":
            _add_nodes(deck, lines)
        elif keyword == "ELEMENT":
            _add_elements(deck, parameters.get("TYPE", "").upper(), lines)
        name = parameters.get("ELSET") or parameters.get("NSET")
        if name and keyword in {"NODE", "ELEMENT", "NSET", "ELSET"} and name not in deck.parts:
            deck.parts.append(name)
    if not deck.points:
        raise UnreadableDocumentError("empty_mesh", "There is no node in the deck.", 0.0, 1.0)
    blocks = [Block(kind, np.array(rows, np.int64)) for kind, rows in deck.elements.items()]
    remarks = []
    if deck.lost:
        remarks.append(f"Elements left out because a node of theirs is not in the deck: {deck.lost}.")
    return Mesh(np.array(deck.points), blocks, parts=sorted(deck.parts), remarks=remarks)


def _blocks(text: str) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Give each keyword with its parameters and the lines below it."""
    keyword = ""
    parameters: dict[str, str] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith("**"):
            continue
        found = _KEYWORD.match(line)
        if found is None:
            lines.append(line)
            continue
        if keyword:
            yield keyword, parameters, lines
        keyword = " ".join(found[1].split()).upper()
        parameters = {name.upper(): value.strip() for name, value in _PARAMETER.findall(found[2])}
        lines = []
    if keyword:
        yield keyword, parameters, lines


def _add_nodes(deck: _Deck, lines: Sequence[str]) -> None:
    for line in lines:
        cells = line.split(",")
        label = cells[0].strip()
        if not label.isdigit():
            continue
        x, y, z = [*(number_of(cell) or 0.0 for cell in cells[1:4]), 0.0, 0.0, 0.0][:3]
        deck.labels[int(label)] = len(deck.points)
        deck.points.append((x, y, z))


def _add_elements(deck: _Deck, kind: str, lines: Sequence[str]) -> None:
    """Add elements; one with many nodes goes on over several lines."""
    shape, count = _shape_of(kind)
    rows = deck.elements.setdefault(shape, []) if shape else []
    row: list[str] = []
    for line in lines:
        cells = [cell.strip() for cell in line.split(",")]
        row += [cell for cell in cells if cell.isdigit()]
        if len(row) <= count and (count or line.rstrip().endswith(",")):
            continue
        nodes = [deck.labels.get(int(label), -1) for label in row[1 : count + 1]]
        if len(nodes) < count or any(node < 0 for node in nodes):
            deck.lost += 1
        else:
            # Between the ends of a line stands its middle.
            rows.append([nodes[0], nodes[-1]] if shape == "line" else nodes)
        row = []
    if shape and not rows:
        del deck.elements[shape]


def _shape_of(kind: str) -> tuple[str, int]:
    """Return the shape of an element type and how many nodes it has; no shape for what is not drawn."""
    if _IS_SOLID.match(kind):
        count = int((_SOLID.match(kind) or ["", "0"])[1])
        return _SOLIDS.get(count, ""), count
    plane = _PLANE.match(kind)
    if plane is not None:
        return _PLANES.get(int(plane[1]), ""), int(plane[1])
    if _LINE.match(kind):
        return "line", 3 if _CURVED.match(kind) else 2
    return "", 0
