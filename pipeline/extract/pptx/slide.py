"""One slide to elements."""

from __future__ import annotations

from typing import Any

from pipeline.extract.builder import Builder, fold
from pipeline.extract.captions import looks_like_caption
from pipeline.extract.ooxml.figures import Figure, add_figure
from pipeline.extract.ooxml.names import DGM, REL, A, P
from pipeline.extract.ooxml.package import Part, relation_id
from pipeline.extract.pptx.placeholders import SURROUNDINGS, TITLES, Template, role
from pipeline.extract.pptx.shapes import ordered_shapes
from pipeline.extract.pptx.texts import body_of, paragraphs, words_of
from pipeline.extract.tables import markdown_table
from pipeline.extract.xml import local_name


class SlideWriter:
    """Writes the shapes of one slide into a builder.

    Args:
        builder: where elements go; its page is the slide's number.
        slide: the slide.
        template: its layout and master.
        boilerplate: whether the slide is hidden.
    """

    def __init__(self, builder: Builder, slide: Part, template: Template, boilerplate: bool) -> None:
        self.captions: dict[int, bool] = {}
        self._builder = builder
        self._slide = slide
        self._template = template
        self._boilerplate = boilerplate

    def write(self, number: int) -> str:
        """Write the title (or the number) and then the shapes in order; returns the title."""
        tree = self._slide.root.find(f"{P}cSld/{P}spTree")
        shapes = ordered_shapes(tree, self._template) if tree is not None else []
        titles = [fold(words_of(body_of(s))) for s in shapes if role(s) in TITLES and body_of(s) is not None]
        title = " ".join(text for text in titles if text)
        self._builder.heading(1, title or f"Slide {number}", boilerplate=self._boilerplate)
        background = self._slide.root.find(f"{P}cSld/{P}bg")
        for blip in background.iter(f"{A}blip") if background is not None else ():
            self._picture(blip, None, boilerplate=True)
        for shape in shapes:
            if role(shape) not in TITLES:
                self._shape(shape)
        return title

    def _shape(self, shape: Any) -> None:
        kind = role(shape)
        name = local_name(shape)
        aside = self._boilerplate or kind in SURROUNDINGS
        if name == "graphicFrame":
            self._graphic(shape, aside)
            return
        for blip in shape.iter(f"{A}blip"):
            if local_name(blip.getparent()) == "blipFill":
                self._picture(blip, _alt(shape), aside)
        if aside:
            self._builder.add("text", words_of(body_of(shape)), boilerplate=True)
        else:
            self._text(shape)

    def _text(self, shape: Any) -> None:
        code: list[str] = []
        for paragraph in paragraphs(body_of(shape)):
            if paragraph.code:
                code.append(paragraph.text)
                continue
            self._code(code)
            self._builder.direction = "rtl" if paragraph.rtl else None
            if paragraph.math:
                self._builder.add("math", paragraph.text)
            elif self._template.has_bullet(shape, paragraph.node, paragraph.level):
                self._builder.add("list_item", paragraph.text, level=paragraph.level + 1)
            else:
                position = self._builder.add("text", paragraph.text)
                if position is not None and looks_like_caption(fold(paragraph.text)):
                    self.captions[position] = False
            self._builder.direction = None
        self._code(code)

    def _code(self, lines: list[str]) -> None:
        if lines:
            self._builder.add("code", "\n".join(lines))
            lines.clear()

    def _graphic(self, shape: Any, aside: bool) -> None:
        table = shape.find(f".//{A}tbl")
        if table is not None:
            once, repeated = _cells(table)
            head = table.find(f"{A}tblPr")
            is_head = head is not None and head.get("firstRow") in {"1", "true"}
            self._builder.add(
                "table", markdown_table(once, header=is_head), boilerplate=aside, cells=repeated
            )
        for node in shape.iter():
            name = local_name(node)
            if name in {"chart", "relIds"}:
                relation = node.get(f"{REL}dm") if node.tag == f"{DGM}relIds" else relation_id(node)
                kind = "diagram" if node.tag == f"{DGM}relIds" else "chart"
                if relation:
                    add_figure(self._builder, self._slide, Figure(kind, relation=relation), aside)
            elif name == "blip":
                self._picture(node, _alt(shape), aside)
                return

    def _picture(self, blip: Any, alt: str | None, boilerplate: bool = False) -> None:
        relation = relation_id(blip, "embed") or relation_id(blip, "link")
        if relation is None:
            svg = (relation_id(n, "embed") for n in blip.iter() if local_name(n) == "svgBlip")
            relation = next(svg, None)
        if relation:
            figure = Figure("picture", relation=relation, alt=alt)
            add_figure(self._builder, self._slide, figure, boilerplate or self._boilerplate)


def _alt(shape: Any) -> str | None:
    for properties in shape:
        if local_name(properties).startswith("nv"):
            own = properties.find(f"{P}cNvPr")
            return (own.get("descr") or own.get("title")) if own is not None else None
    return None


def _cells(table: Any) -> tuple[list[list[str]], list[list[str]]]:
    """Return a table's texts: each once, and with what is merged repeated."""
    once: list[list[str]] = []
    repeated: list[list[str]] = []
    for row in table.findall(f"{A}tr"):
        shown: list[str] = []
        values: list[str] = []
        for at, cell in enumerate(row.findall(f"{A}tc")):
            words = "\n".join(fold(p.text) for p in paragraphs(cell.find(f"{A}txBody")))
            above = repeated[-1] if repeated else []
            if cell.get("vMerge") in {"1", "true"}:
                shown.append("")
                values.append(above[at] if at < len(above) else "")
            elif cell.get("hMerge") in {"1", "true"}:
                shown.append("")
                values.append(values[-1] if values else "")
            else:
                shown.append(words)
                values.append(words)
        once.append(shown)
        repeated.append(values)
    return once, repeated
