"""What of a page is being written: the text of the open block, and the pictures that wait for its end."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.extract.builder import Builder, fold
from pipeline.extract.html.direction import direction_of
from pipeline.extract.html.links import Links, letters_in, links_in
from pipeline.extract.html.math import bare_tex, is_display_tex
from pipeline.extract.html.pictures import Picture
from pipeline.extract.html.scope import Scope
from pipeline.extract.urls import is_placeholder

#: Ends a line (`<br>`): no text of a page holds this character.
LINE = "\x00"


class Page:
    """Writes blocks of text, formulas and pictures into a builder.

    Args:
        builder: where elements go.
    """

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.scope = Scope()
        self.runs: list[str] = []
        self.waiting: list[Picture] = []
        self.link: str | None = None  # where the link that is open leads
        self.linked = 0  # letters of the open block that stand within links
        self.link_parts = 0  # the pieces of text that they stand in
        #: What stands within links, by position; missing means nothing.
        self.links: dict[int, Links] = {}
        #: The level of a heading that was not closed: the next paragraph is all that there is of it.
        self.unclosed_heading: int | None = None
        #: Whether a heading, a caption or a cell is read: blocks within it only part words.
        self.capturing = False
        #: Pictures that name their descriptions, by position.
        self.described: list[tuple[int, tuple[str, ...]]] = []
        self._fallback: int | None = None

    def flush(self) -> None:
        """End the open block: write its paragraphs, then the pictures that stood within a sentence."""
        if self.runs:
            text = "".join(self.runs)
            self.runs = []
            if LINE in text:
                for paragraph in _paragraphs(text):
                    self._paragraph(paragraph)
            elif not text.isspace():
                self._paragraph(text)
            self.linked = self.link_parts = 0
        if self.waiting:
            waiting, self.waiting = self.waiting, []
            for picture in waiting:
                self.write_picture(picture)

    def link_text(self, text: str) -> None:
        """Count a piece of text that stands within a link."""
        letters = letters_in(text)
        if letters:
            self.linked += letters
            self.link_parts += 1

    def _paragraph(self, text: str) -> None:
        scope = self.scope
        builder = self.builder
        if scope.direction == "auto":
            builder.direction = direction_of(text)
        text = fold(text)
        if not text:
            return
        if self.unclosed_heading is not None:
            level, self.unclosed_heading = self.unclosed_heading, None
            builder.heading(level, text, boilerplate=scope.boilerplate)
            return
        if text[0] in "$\\" and is_display_tex(text):
            builder.add("math", bare_tex(text), boilerplate=scope.boilerplate)
            return
        position = builder.add_folded(scope.kind, text, scope.level, scope.boilerplate)
        if self.linked:
            self.links[position] = links_in(text, self.linked, self.link_parts)

    def formula(self, tex: str, display: bool, candidates: Sequence[str] = ()) -> None:
        """Write a formula: of its own, or into the line that is open."""
        if not tex:
            return
        if not display or self.capturing:
            self.runs.append(f"${tex}$")
            return
        self.flush()
        self.builder.formula(tex, candidates, boilerplate=self.scope.boilerplate)

    def picture(self, picture: Picture, within_sentence: bool = False) -> None:
        """Write a picture where it stands; one within a sentence or a caption waits for its end."""
        if self.capturing or (within_sentence and self.runs and not all(run.isspace() for run in self.runs)):
            self.waiting.append(picture)
        else:
            self.flush()
            self.write_picture(picture)

    def write_picture(self, picture: Picture) -> None:
        """Write a picture at the end of the document."""
        builder = self.builder
        boilerplate = self.scope.boilerplate
        if picture.formula is not None:
            builder.formula(picture.formula, picture.candidates, boilerplate=boilerplate)
            return
        if picture.drawing is not None:
            position: int | None = builder.inline_image(picture.drawing, picture.alt, boilerplate=boilerplate)
        elif self._is_twin(picture):
            return
        else:
            position = builder.image(picture.candidates, picture.alt, boilerplate=boilerplate)
        if position is None:
            return
        if picture.is_fallback:
            self._fallback = position
        if picture.described_by:
            self.described.append((position, picture.described_by))

    def _is_twin(self, picture: Picture) -> bool:
        """Join a picture with the one before it where one of the two is the `<noscript>` of the other."""
        last = self.builder.last_image()
        if last is None or last.image_id is not None:
            return False
        shared = not set(picture.candidates).isdisjoint(last.image_candidates)
        if picture.is_fallback:
            twin = shared or is_placeholder(last.image_url or "")
        else:
            twin = self._fallback == last.position and (shared or is_placeholder(picture.candidates[0]))
        if twin:
            self.builder.add_candidates(
                last.position, [u for u in picture.candidates if not u.startswith("data:")]
            )
        return twin


def _paragraphs(text: str) -> list[str]:
    """Return text as paragraphs: two `<br>` in a row end one, a single one is a space."""
    paragraphs: list[list[str]] = [[]]
    for line in text.split(LINE):
        if line and not line.isspace():
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return [" ".join(paragraph) for paragraph in paragraphs if paragraph]
