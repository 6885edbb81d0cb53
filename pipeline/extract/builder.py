"""Builds a document's elements in reading order: positions, sections, figures and captions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pipeline.extract.data_urls import decode_data_url
from pipeline.extract.element import PROSE, Element, LeftOut, ReadDocument
from pipeline.extract.language import language_of
from pipeline.extract.urls import is_placeholder

_INVISIBLE = "\u200b\u2060\ufeff\u00ad"
_MAX_PATH = 6


def fold(text: str) -> str:
    """Return `text` with every run of white space as one space, and without invisible characters."""
    if not text.isascii():
        for invisible in _INVISIBLE:
            if invisible in text:
                text = text.replace(invisible, "")
    return " ".join(text.split())


@dataclass
class _OpenFigure:
    number: int
    start: int
    captions: list[int]


class Builder:
    """Collects elements; every reader writes through one, so that sections and figures count in one way.

    Args:
        uri: name of the document, the stem of the names of its inline images.
        base_url: what relative references count from.
    """

    def __init__(self, uri: str, base_url: str) -> None:
        self.uri = uri
        self.base_url = base_url
        self.title: str | None = None
        self.declared_language: str | None = None
        self.license: str | None = None
        self.inline_images: dict[str, bytes] = {}
        self.left_out: list[LeftOut] = []
        #: Gives the bytes of an image that is part of the document, by its URL; None for any other.
        self.part_of: Callable[[str], bytes | None] | None = None
        #: What the elements added from now on are written in, and on which page they stand.
        self.stated_language: str | None = None
        self.direction: str | None = None
        self.page: int | None = None
        self._elements: list[Element] = []
        self._section = 0
        self._path: list[tuple[int, str]] = []
        self._titles: tuple[str, ...] = ()
        self._figures: list[_OpenFigure] = []
        self._figure_count = 0

    def heading(self, level: int, text: str, boilerplate: bool = False) -> None:
        """Add a heading of level 1 to 6, which begins a section; one in boilerplate begins none."""
        title = fold(text)
        if not title:
            return
        if not boilerplate:
            while self._path and self._path[-1][0] >= level:
                self._path.pop()
            self._path.append((level, title))
            self._titles = tuple(title for _, title in self._path[:_MAX_PATH])
            self._section += 1
        self._append("heading", text=title, level=level, boilerplate=boilerplate)

    def add(
        self,
        kind: str,
        text: str,
        level: int | None = None,
        boilerplate: bool = False,
        *,
        code_language: str | None = None,
        cells: Sequence[Sequence[str]] | None = None,
    ) -> int | None:
        """Add a text of the given kind; returns its position, or None if there is nothing in it.

        Args:
            kind: one of `storage.schemas.ELEMENT_KINDS`, but no image.
            text: what it says; a table's as Markdown.
            level: of a nested list item.
            boilerplate: whether it is none of the document's own content.
            code_language: of code, as the document names it.
            cells: a table's rows.
        """
        content = fold(text) if kind in PROSE else text.strip("\n").rstrip()
        if not content.strip():
            return None
        return self._append(
            kind,
            text=content,
            level=level,
            boilerplate=boilerplate,
            code_language=code_language,
            cells=tuple(tuple(row) for row in cells) if cells is not None else None,
        )

    def add_folded(self, kind: str, text: str, level: int | None, boilerplate: bool) -> int:
        """Add a text that is folded already and not empty: the short way for a page's many paragraphs.

        Args:
            kind: as in `add`.
            text: what it says.
            level: of a nested list item.
            boilerplate: whether it is none of the document's own content.

        Returns:
            The position.
        """
        position = len(self._elements)
        self._elements.append(
            Element(
                position,
                kind,
                text,
                level,
                self._section,
                self._titles,
                boilerplate=boilerplate,
                language=self.stated_language,
                direction=self.direction,
                page=self.page,
            )
        )
        return position

    def caption(self, text: str, boilerplate: bool = False) -> int | None:
        """Add the caption of the figure that is open (a plain text if none is)."""
        position = self.add("text", text, boilerplate=boilerplate)
        if position is not None and self._figures:
            self._figures[-1].captions.append(position)
        return position

    def image(self, candidates: Sequence[str], alt: str | None, boilerplate: bool = False) -> int | None:
        """Add an image by its candidates, absolute URLs, best first.

        A `data:` candidate is decoded and kept as an inline image where no URL but a placeholder's is there.

        Returns:
            The position, or None where there is no candidate.
        """
        urls = [url for url in dict.fromkeys(candidates) if not url.startswith("data:")]
        if len(urls) < len(candidates) and all(is_placeholder(url) for url in urls):
            for candidate in candidates:
                data = decode_data_url(candidate) if candidate.startswith("data:") else None
                if data is not None:
                    return self.inline_image(data, alt, boilerplate)
        if not urls:
            return None
        if self.part_of is not None:
            part = next((data for url in urls if (data := self.part_of(url))), None)
            if part is not None:
                return self.inline_image(part, alt, boilerplate)
        return self._append(
            "image",
            alt=fold(alt) or None if alt else None,
            boilerplate=boilerplate,
            image_url=urls[0],
            image_candidates=tuple(urls),
        )

    def inline_image(self, data: bytes, alt: str | None, boilerplate: bool = False) -> int:
        """Add an image whose bytes are part of the document; returns its position."""
        image_id = hashlib.sha256(data).hexdigest()
        self.inline_images[image_id] = data
        url = f"{self.uri}#inline-{len(self._elements)}"
        return self._append(
            "image",
            alt=fold(alt) or None if alt else None,
            boilerplate=boilerplate,
            image_id=image_id,
            image_url=url,
            image_candidates=(url,),
        )

    def shows(self, url: str) -> bool:
        """Tell whether one of the images is at `url`."""
        return any(element.image_url == url for element in self._elements)

    def formula(self, tex: str, candidates: Sequence[str] = (), boilerplate: bool = False) -> int | None:
        """Add a formula of its own.

        Args:
            tex: what it says; empty where only its picture is known.
            candidates: where its picture is, absolute URLs, best first.
            boilerplate: whether it is none of the document's own content.

        Returns:
            The position, or None where there is neither.
        """
        urls = tuple(url for url in dict.fromkeys(candidates) if not url.startswith("data:"))
        if not tex and not urls:
            return None
        return self._append(
            "math",
            text=tex or None,
            boilerplate=boilerplate,
            image_url=urls[0] if urls else None,
            image_candidates=urls,
        )

    def add_candidates(self, position: int, candidates: Sequence[str]) -> None:
        """Put further candidates at the end of those of the image at `position`."""
        image = self._elements[position]
        merged = tuple(dict.fromkeys((*image.image_candidates, *candidates)))
        real = tuple(url for url in merged if not is_placeholder(url))
        ranked = real + tuple(url for url in merged if is_placeholder(url))
        image.image_url = ranked[0]
        image.image_candidates = ranked

    def open_figure(self) -> None:
        """Begin a figure: its images and its caption belong together until it is closed."""
        self._figures.append(_OpenFigure(self._figure_count, len(self._elements), []))
        self._figure_count += 1

    def close_figure(self) -> int | None:
        """End the innermost figure: its captions now name its first image, whose position is returned."""
        figure = self._figures.pop()
        images = [
            element.position
            for element in self._elements[figure.start :]
            if element.kind == "image" and element.figure in (None, figure.number)
        ]
        if not images:
            # A figure of figures: its caption is about all of them, and names the first.
            inner = (e.position for e in self._elements[figure.start :] if e.kind == "image")
            first = next(inner, None)
            if first is not None:
                self.set_captions(figure.captions, first)
            return first
        for position in images:
            self._elements[position].figure = figure.number
        self.set_captions(figure.captions, images[0])
        return images[0]

    def set_captions(self, captions: Sequence[int], image: int) -> None:
        """Let the texts at `captions` describe the image at `image`, in one figure with it."""
        described = self._elements[image]
        if described.figure is None:
            described.figure = self._figure_count
            self._figure_count += 1
        for position in captions:
            self._elements[position].figure = described.figure
            self._elements[position].caption_of = image

    def describe(self, image: int, text: str) -> None:
        """Give the image at `image` an alternative text if it has none."""
        described = self._elements[image]
        if not described.alt:
            described.alt = fold(text) or None

    def bind_figure(self, caption: int, members: Sequence[int]) -> None:
        """Make the text at `caption` name the images (or the table) at `members` as one figure."""
        number = self._figure_count
        self._figure_count += 1
        for position in (caption, *members):
            self._elements[position].figure = number
        self._elements[caption].caption_of = members[0]

    def prefix(self, start: int, text: str) -> None:
        """Put `text` before that of the first element at or after `start` that has any."""
        for position in range(start, len(self._elements)):
            found = self._elements[position]
            if found.text is not None:
                found.text = text + found.text
                return

    def embed(self, document: ReadDocument, deeper: int) -> None:
        """Add what another document holds, its headings `deeper` levels below their own."""
        start, sections = len(self._elements), self._section
        figures, outer = self._figure_count, list(self._path)
        for element in document.elements:
            path = tuple(title for _, title in outer) + element.section_path
            self._elements.append(
                replace(
                    element,
                    position=start + element.position,
                    level=min((element.level or 1) + deeper, 6)
                    if element.kind == "heading"
                    else element.level,
                    section=sections + element.section,
                    section_path=path[:_MAX_PATH],
                    figure=figures + element.figure if element.figure is not None else None,
                    caption_of=start + element.caption_of if element.caption_of is not None else None,
                )
            )
            self._section = max(self._section, sections + element.section)
            if element.figure is not None:
                self._figure_count = max(self._figure_count, figures + element.figure + 1)
        self.inline_images.update(document.inline_images)
        self.left_out += document.left_out

    def document(self, title: str | None = None) -> ReadDocument:
        """Return what was collected as a document, called `title` or else after its first heading."""
        return ReadDocument(
            title=self.title or title or self.first_heading(),
            language=self.language(),
            license=self.license,
            elements=self.elements(),
            inline_images=self.inline_images,
            left_out=tuple(self.left_out),
        )

    def leave_out(self, rule: str, detail: str, value: float | None = None) -> None:
        """State what was kept out of the content on purpose, and why."""
        self.left_out.append(LeftOut(rule, detail, value))

    def last_image(self) -> Element | None:
        """Return the last element if it is an image."""
        last = self._elements[-1] if self._elements else None
        return last if last is not None and last.kind == "image" else None

    def __len__(self) -> int:
        return len(self._elements)

    def elements(self) -> tuple[Element, ...]:
        """Return what was collected, in reading order."""
        return tuple(self._elements)

    def first_heading(self) -> str | None:
        """Return the first heading that is content."""
        return next((e.text for e in self._elements if e.kind == "heading" and not e.boilerplate), None)

    def language(self) -> str | None:
        """Return the language of the prose collected, or the declared one where there is too little of it."""
        prose = " ".join(e.text for e in self._elements if e.text and e.kind in PROSE and not e.boilerplate)
        return language_of(prose) or self.declared_language

    def _append(
        self,
        kind: str,
        *,
        text: str | None = None,
        level: int | None = None,
        boilerplate: bool = False,
        image_id: str | None = None,
        image_url: str | None = None,
        image_candidates: tuple[str, ...] = (),
        alt: str | None = None,
        code_language: str | None = None,
        cells: tuple[tuple[str, ...], ...] | None = None,
    ) -> int:
        position = len(self._elements)
        self._elements.append(
            Element(
                position=position,
                kind=kind,
                text=text,
                level=level,
                section=self._section,
                section_path=self._titles,
                image_id=image_id,
                image_url=image_url,
                image_candidates=image_candidates,
                alt=alt,
                boilerplate=boilerplate,
                language=self.stated_language,
                direction=self.direction,
                code_language=code_language,
                cells=cells,
                page=self.page,
            )
        )
        return position
