"""Which reader reads which kind of document; a reader is imported when its first document comes."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.extract.element import ReadDocument
from pipeline.extract.media import DOCX, EMAIL, EPUB, HTML, MARKDOWN, NOTEBOOK, PDF, PPTX, RST, TEXT
from pipeline.isolation.call import Limits, isolated

#: What one document may take in a child process.
LIMITS = Limits(seconds=60.0, memory=1024)
#: A book of a thousand pages takes half a minute of an idle processor, and several of a busy one.
PDF_LIMITS = Limits(seconds=480.0, memory=1024)

Read = Callable[[bytes, str, str | None], ReadDocument]


@dataclass(frozen=True)
class Reader:
    """A reader: `module:function`, called with bytes, URL and Content-Type (or None).

    `is_text` says that its documents are text, which is checked before it is called. An `isolated` one runs
    in a child process, because the library under it may crash, hang or take all memory.
    """

    target: str
    is_text: bool = True
    isolated: bool = False
    limits: Limits = LIMITS

    def function(self) -> Read:
        """Return the function to call."""
        if self.isolated:
            return isolated(self.target, self.limits)
        module, _, name = self.target.partition(":")
        found: Read = getattr(importlib.import_module(module), name)
        return found


READERS: dict[str, Reader] = {
    HTML: Reader("pipeline.extract.html:read_html"),
    MARKDOWN: Reader("pipeline.extract.markdown:read_markdown"),
    RST: Reader("pipeline.extract.rst:read_rst"),
    NOTEBOOK: Reader("pipeline.extract.notebook:read_notebook"),
    PDF: Reader("pipeline.extract.pdf:read_pdf", is_text=False, isolated=True, limits=PDF_LIMITS),
    DOCX: Reader("pipeline.extract.docx:read_docx", is_text=False, isolated=True),
    PPTX: Reader("pipeline.extract.pptx:read_pptx", is_text=False, isolated=True),
    EPUB: Reader("pipeline.extract.epub:read_epub", is_text=False, isolated=True),
    EMAIL: Reader("pipeline.extract.email:read_email", is_text=False, isolated=True),
    TEXT: Reader("pipeline.extract.text:read_text"),
}
