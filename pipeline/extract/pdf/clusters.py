"""What is drawn close together belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.extract.pdf.geometry import Box
from pipeline.extract.pdf.objects import Path

#: Side of a field of the grid, in points; what lies in neighbouring fields is one.
_FIELD = 5.0


@dataclass
class Cluster:
    """The numbers of paths and of images that are one."""

    paths: list[int] = field(default_factory=list)
    rasters: list[int] = field(default_factory=list)


def clusters(paths: Sequence[Path], rasters: Sequence[Box], page: Box) -> list[Cluster]:
    """Return what is drawn in one place, in the order in which it was drawn.

    Args:
        paths: the page's paths; those of one form are one.
        rasters: where its images are.
        page: the whole page.
    """
    if not paths:
        return [Cluster(rasters=[index]) for index in range(len(rasters))]
    from scipy import ndimage  # noqa: PLC0415 - takes a while to load

    # On a poster the fields grow, so that their number stays bounded.
    side = max(_FIELD, max(page.width, page.height) / 2000)
    shape = int(page.height / side) + 2, int(page.width / side) + 2
    grid = np.zeros(shape, dtype=bool)
    spots = [_field(path.box, side) for path in paths]
    for rows, columns in spots:
        grid[rows, columns] = True
    places = [_field(box, side) for box in rasters]
    labels, _ = ndimage.label(grid, structure=np.ones((3, 3), dtype=int))
    groups: dict[int, int] = {}
    found: dict[int, Cluster] = {}
    by_form: dict[int, int] = {}
    for index, (path, (rows, columns)) in enumerate(zip(paths, spots, strict=True)):
        label = int(labels[rows.start, columns.start])
        if path.form is not None:
            groups.setdefault(label, by_form.setdefault(path.form, label))
        found.setdefault(groups.get(label, label), Cluster()).paths.append(index)
    alone = []
    for index, (rows, columns) in enumerate(places):
        label = int(labels[rows, columns].max())
        if label:
            found[groups.get(label, label)].rasters.append(index)
        else:
            alone.append(index)
    return [*found.values(), *(Cluster(rasters=[index]) for index in alone)]


def _field(box: Box, side: float) -> tuple[slice, slice]:
    return (
        slice(int(box.y0 / side), int(box.y1 / side) + 1),
        slice(int(box.x0 / side), int(box.x1 / side) + 1),
    )
