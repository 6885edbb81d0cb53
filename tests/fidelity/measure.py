"""Every page of a sample under the browser and under the readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fidelity.browser import Shown, chromium
from tests.fidelity.readers import READERS
from tests.fidelity.sample import Page
from tests.fidelity.scoring import Score, score
from tests.fidelity.sequence import shown_tokens, words_of


@dataclass(frozen=True)
class Measured:
    """The scores of each reader, by page, and by rule the words on the screen that are no content."""

    scores: Mapping[str, Mapping[Page, Score]]
    left_out: Mapping[str, int]


def measure(pages: Sequence[Page], readers: Iterable[str], pictures: Path | None = None) -> Measured:
    """Look at the pages and compare.

    Args:
        pages: the sample.
        readers: names of `READERS`.
        pictures: a folder for a painted picture of each page, None for none.
    """
    with chromium() as browser:
        shown = {page: browser.look(page.url, _picture(pictures, page)) for page in pages}
    scores: dict[str, dict[Page, Score]] = {}
    for name in readers:
        read = READERS[name](pages)
        scores[name] = {
            page: score(shown_tokens(seen), read.get(page.url, []), _alternatives(seen))
            for page, seen in shown.items()
        }
    left_out: Counter[str] = Counter()
    for item in (item for seen in shown.values() for item in seen):
        if item.kind == "text" and item.why is not None:
            left_out[item.why] += len(words_of(item.text))
    return Measured(scores, left_out)


def _alternatives(seen: Iterable[Shown]) -> list[str]:
    return [word for item in seen if item.kind == "image" for word in words_of(item.text)]


def _picture(folder: Path | None, page: Page) -> str | None:
    return None if folder is None else str(folder / f"{page.corpus}-{page.path.replace('/', '-')}.png")
