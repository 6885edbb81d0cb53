"""Pages read a second on one core: the whole extraction, trafilatura with images, resiliparse's main content.

trafilatura is asked for what the extraction gives: XML, where images and kinds of text keep their places,
with the page's title and licence. Beside it stands what its plain text takes, which has neither. Each reader
takes the same pages from bytes to its result, and finds out their encoding itself. A page's time is the
shortest of the rounds, in processor time, so that what else the machine does counts for none of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import trafilatura
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import detect_encoding
from resiliparse.parse.html import HTMLTree

from pipeline.extract.html import read_html
from tests.corpus_pages import CorpusPage, sample_pages

#: `LOOSELEAF_BENCHMARK_PAGES` pages of each corpus make a quick look possible.
PAGES = int(os.environ.get("LOOSELEAF_BENCHMARK_PAGES", "20"))
_ROUNDS = 3


def run() -> dict[str, float | str]:
    """Return the pages a second of the three readers and the two ratios."""
    pages = sample_pages(PAGES)
    readers = {
        "looseleaf": _ours,
        "trafilatura": _trafilatura,
        "trafilatura's plain text": _trafilatura_text,
        "resiliparse": _resiliparse,
    }
    seconds = {name: [float("inf")] * len(pages) for name in readers}
    for read in readers.values():
        read(pages[0])  # models and tables are loaded once
    # In turns, page by page, so that all meet the machine in the same state.
    for _ in range(_ROUNDS):
        for number, page in enumerate(pages):
            for name, read in readers.items():
                seconds[name][number] = min(seconds[name][number], _clocked(read, page))
    total = {name: sum(times) for name, times in seconds.items()}
    return {
        "pages": f"{len(pages)}, {sum(len(page.data) for page in pages) / 1e6:.1f} MB",
        **{f"{name}, pages/s": len(pages) / total[name] for name in readers},
        "times trafilatura": total["trafilatura"] / total["looseleaf"],
        "times trafilatura's plain text": total["trafilatura's plain text"] / total["looseleaf"],
        "times resiliparse": total["resiliparse"] / total["looseleaf"],
    }


def _clocked(read: Callable[[CorpusPage], object], page: CorpusPage) -> float:
    started = time.process_time()
    read(page)
    return time.process_time() - started


def _ours(page: CorpusPage) -> object:
    return read_html(page.data, page.url)


def _trafilatura(page: CorpusPage) -> object:
    return trafilatura.extract(
        page.data, url=page.url, include_images=True, output_format="xml", with_metadata=True
    )


def _trafilatura_text(page: CorpusPage) -> object:
    return trafilatura.extract(page.data, url=page.url, include_images=True)


def _resiliparse(page: CorpusPage) -> object:
    tree = HTMLTree.parse_from_bytes(page.data, detect_encoding(page.data))
    return extract_plain_text(tree, main_content=True)
