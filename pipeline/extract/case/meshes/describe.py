"""A mesh in words and as a table: counts, types, box, quality, arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.extract.case.meshes.fields import Field, fields_of
from pipeline.extract.case.meshes.mesh import SHAPES, Block, Floats, Mesh
from pipeline.extract.case.meshes.quality import aspect_ratios, scaled_jacobians
from pipeline.extract.case.numbers import counted, evenly, shown

#: Of more elements of a type so many are measured, evenly spread.
MEASURED = 200_000
_MOST_FIELDS = 30
_MOST_PARTS = 12
#: An element below this scaled Jacobian is called poor.
POOR = 0.2


@dataclass(frozen=True)
class Description:
    """What is said of a mesh: sentences, and the rows of two tables (arrays may be none)."""

    text: str
    properties: list[list[str]]
    arrays: list[list[str]]


def describe(name: str, mesh: Mesh) -> Description:
    """Return what is said of a mesh.

    Args:
        name: of its file.
        mesh: the mesh.
    """
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    counts = _counts(mesh)
    elements = (
        counted(mesh.cells, "cell") if mesh.cells is not None else counted(sum(counts.values()), "element")
    )
    rows = [["Property", "Value"], ["points", str(len(mesh.points))]]
    if mesh.cells is None:
        rows += [[_type_name(kind), str(count)] for kind, count in counts.items()]
    else:
        rows.append(["faces on the outside", str(sum(counts.values()))])
        rows.append(["cells", str(mesh.cells)])
    for axis in range(3):
        rows.append([f"{'xyz'[axis]} from, to", f"{shown(float(low[axis]))}, {shown(float(high[axis]))}"])
    size = " by ".join(shown(float(span)) for span in high - low)
    sentences = [
        f"The mesh {name} has {counted(len(mesh.points), 'point')} and {elements}"
        + (f": {_listed(counts)}." if counts and mesh.cells is None else "."),
        f"Its bounding box is {size} in x, y and z, in the unit of the file.",
    ]
    quality_rows, quality = _quality(mesh)
    rows += quality_rows
    sentences += quality
    if mesh.parts:
        more = f" and {len(mesh.parts) - _MOST_PARTS} more" if len(mesh.parts) > _MOST_PARTS else ""
        sentences.append(f"Its named parts are {', '.join(mesh.parts[:_MOST_PARTS])}{more}.")
    sentences += mesh.remarks
    fields = fields_of(mesh)
    if fields:
        sentences.append(f"It carries {'; '.join(_field_in_words(field) for field in fields[:6])}.")
    return Description(" ".join(sentences), rows, _arrays(fields))


def _counts(mesh: Mesh) -> dict[str, int]:
    counts: dict[str, int] = {}
    for block in mesh.blocks:
        counts[block.type] = counts.get(block.type, 0) + len(block.nodes)
    return counts


def _type_name(kind: str, count: int = 2) -> str:
    base = kind.rstrip("0123456789")
    shape = SHAPES.get(base)
    if shape is None:
        return kind.replace("_", " ") + ("" if count == 1 or kind.endswith("s") else "s")
    nodes = f" of {kind[len(base) :]} nodes" if kind != base else ""
    return shape.name[0 if count == 1 else 1] + nodes


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {_type_name(kind, count)}" for kind, count in counts.items())


def _quality(mesh: Mesh) -> tuple[list[list[str]], list[str]]:
    """Measure the elements of the mesh's highest dimension."""
    if mesh.cells is not None:
        return [], []
    ratios, jacobians, measured = [], [], 0
    total = inside_out = 0
    for block in mesh.blocks:
        shape = block.shape
        if shape is None or not shape.spokes or shape.dimension != mesh.dimension:
            continue
        total += len(block.nodes)
        chosen = Block(block.type, block.nodes[evenly(len(block.nodes), MEASURED)])
        measured += len(chosen.nodes)
        ratios.append(aspect_ratios(mesh.points, chosen, shape))
        values, reversed_here = scaled_jacobians(mesh.points, chosen, shape)
        jacobians.append(values)
        inside_out += reversed_here
    if not ratios:
        return [], []
    ratio, jacobian = np.concatenate(ratios), np.concatenate(jacobians)
    finite = ratio[np.isfinite(ratio)]
    poor = int((jacobian < POOR).sum())
    rows = [
        ["aspect ratio, mean and largest", f"{_mean(finite)}, {shown(float(ratio.max()))}"],
        ["scaled Jacobian, least and mean", f"{shown(float(jacobian.min()))}, {_mean(jacobian)}"],
        [f"elements with a scaled Jacobian below {POOR:g}", str(poor)],
    ]
    text = (
        f"The scaled Jacobian is {_mean(jacobian)} in the mean and {shown(float(jacobian.min()))} at worst "
        f"({counted(poor, 'element')} below {POOR:g}), the longest edge {_mean(finite)} times the shortest "
        f"in the mean and {shown(float(ratio.max()))} times at most."
    )
    if inside_out:
        rows.append(["elements numbered inside out", str(inside_out)])
    if measured < total:
        text += f" {measured} of {total} elements were measured, evenly spread."
    return rows, [text]


def _mean(values: Floats) -> str:
    return shown(float(values.mean())) if len(values) else "NaN"


def _arrays(fields: list[Field]) -> list[list[str]]:
    if not fields:
        return []
    rows = [["Array", "On", "Components", "Least", "Largest", "Not finite"]]
    rows += [_array_row(field) for field in fields[:_MOST_FIELDS]]
    if len(fields) > _MOST_FIELDS:
        rows.append([f"and {len(fields) - _MOST_FIELDS} more", "", "", "", "", ""])
    return rows


def _array_row(field: Field) -> list[str]:
    low, high = shown(field.low), shown(field.high)
    return [field.name, field.on, str(field.components), low, high, str(field.wrong)]


def _field_in_words(field: Field) -> str:
    if field.low is None:
        return f"{field.name} on {field.on}, never finite"
    what = (
        field.name if field.components == 1 else f"{field.name} (the length of {field.components} components)"
    )
    wrong = f" with {field.wrong} that are not finite" if field.wrong else ""
    return f"{what} on {field.on} from {shown(field.low)} to {shown(field.high)}{wrong}"
