"""What is drawn in an Office document, wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.extract.builder import Builder
from pipeline.extract.ooxml.charts import add_chart, add_diagram
from pipeline.extract.ooxml.package import Part


@dataclass(frozen=True)
class Figure:
    """Something that is drawn.

    Attributes:
        kind: `picture`, `box` (a text box), `chart` or `diagram`.
        node: the `w:txbxContent` of a box.
        relation: what leads to the picture, the chart or the diagram.
        alt: its alternative text.
        beside: whether it floats, or is as small as a letter: the text runs past it.
    """

    kind: str
    node: Any = None
    relation: str | None = None
    alt: str | None = None
    beside: bool = False


def add_figure(builder: Builder, part: Part, figure: Figure, boilerplate: bool = False) -> None:
    """Add a picture, a chart or a diagram; one that is not there is stated as left out."""
    if figure.kind == "picture":
        data, url = part.image(figure.relation)
        if data is not None:
            builder.inline_image(data, figure.alt, boilerplate)
        elif url is None or builder.image([url], figure.alt, boilerplate) is None:
            builder.leave_out("missing_image", f"The picture {figure.relation} is not in the document.")
        return
    inner = part.part(figure.relation)
    if inner is None:
        builder.leave_out(f"missing_{figure.kind}", f"The {figure.kind} {figure.relation} cannot be read.")
    elif figure.kind == "chart":
        add_chart(builder, inner, boilerplate)
    else:
        add_diagram(builder, inner, boilerplate)
