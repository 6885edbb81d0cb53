"""How much of what a browser shows a reader has, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.fidelity.sequence import Token

_RUN = 4  # words; long enough to be met once, short enough for a list item


@dataclass(frozen=True)
class Score:
    """The counts of one page; `tau` is None where fewer than two things are on both sides."""

    images: int
    images_found: int
    words: int
    words_found: int
    read: int
    read_shown: int
    tau: float | None
    missed: tuple[str, ...]
    extra: tuple[str, ...]


@dataclass(frozen=True)
class Total:
    """Shares over pages; None where there is nothing to find."""

    pages: int
    shown: tuple[int, int]  # content images and main words on the screen
    images: float | None
    words: float | None
    tau: float | None
    precision: float | None


def score(shown: Sequence[Token], read: Sequence[Token], alternatives: Iterable[str] = ()) -> Score:
    """Compare a reader's tokens with the browser's.

    Args:
        shown: the main text and the content images on the screen, in order.
        read: what the reader takes for content, in order.
        alternatives: words that stand for pictures on the screen: a reader may have them.
    """
    wanted = Counter(token.word for token in shown if token.word is not None)
    had = Counter(token.word for token in read if token.word is not None)
    allowed = wanted + Counter(alternatives)
    pairs = _same_images(shown, read)
    images = [token for token in shown if token.word is None]
    found = {first for first, _ in pairs}
    lost = [min(token.urls) for at, token in enumerate(shown) if token.word is None and at not in found]
    return Score(
        images=len(images),
        images_found=len(pairs),
        words=wanted.total(),
        words_found=(wanted & had).total(),
        read=had.total(),
        read_shown=(allowed & had).total(),
        tau=_tau([*pairs, *_same_runs(shown, read)]),
        missed=(*lost, *_runs([t.word for t in shown], wanted - had)),
        extra=tuple(_runs([t.word for t in read], had - allowed)),
    )


def total(scores: Iterable[Score]) -> Total:
    """Sum the scores of pages up; images and words count alike on every page, tau is the pages' mean."""
    pages = list(scores)
    taus = [page.tau for page in pages if page.tau is not None]
    return Total(
        pages=len(pages),
        shown=(sum(page.images for page in pages), sum(page.words for page in pages)),
        images=_share(sum(p.images_found for p in pages), sum(p.images for p in pages)),
        words=_share(sum(p.words_found for p in pages), sum(p.words for p in pages)),
        tau=sum(taus) / len(taus) if taus else None,
        precision=_share(sum(p.read_shown for p in pages), sum(p.read for p in pages)),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _same_images(shown: Sequence[Token], read: Sequence[Token]) -> list[tuple[int, int]]:
    """Pair each image on the screen with the first one read that has its URL and no partner yet."""
    waiting: dict[str, list[int]] = {}
    for at, token in enumerate(read):
        for url in token.urls:
            waiting.setdefault(url, []).append(at)
    taken: set[int] = set()
    pairs = []
    for at, token in enumerate(shown):
        for url in token.urls:
            partner = next((other for other in waiting.get(url, ()) if other not in taken), None)
            if partner is not None:
                taken.add(partner)
                pairs.append((at, partner))
                break
    return pairs


def _same_runs(shown: Sequence[Token], read: Sequence[Token]) -> list[tuple[int, int]]:
    """Pair the runs of `_RUN` words that stand once on each side."""
    first, second = _once(shown), _once(read)
    return [(at, second[run]) for run, at in first.items() if run in second]


def _once(tokens: Sequence[Token]) -> dict[tuple[str, ...], int]:
    words = [(at, token.word) for at, token in enumerate(tokens) if token.word is not None]
    seen: dict[tuple[str, ...], int] = {}
    twice: set[tuple[str, ...]] = set()
    for start in range(len(words) - _RUN + 1):
        run = tuple(word for _, word in words[start : start + _RUN])
        if run in seen:
            twice.add(run)
        seen[run] = words[start][0]
    return {run: at for run, at in seen.items() if run not in twice}


def _tau(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Return Kendall's tau of the second places along the first ones: a merge sort counts inversions."""
    places = [second for _, second in sorted(pairs)]
    count = len(places)
    if count < 2:
        return None
    _, inversions = _sorted(places)
    return 1.0 - 4.0 * inversions / (count * (count - 1))


def _sorted(places: list[int]) -> tuple[list[int], int]:
    if len(places) < 2:
        return places, 0
    middle = len(places) // 2
    left, in_left = _sorted(places[:middle])
    right, in_right = _sorted(places[middle:])
    merged: list[int] = []
    inversions = in_left + in_right
    at = 0
    for place in right:
        while at < len(left) and left[at] <= place:
            merged.append(left[at])
            at += 1
        inversions += len(left) - at
        merged.append(place)
    return merged + left[at:], inversions


def _runs(words: Sequence[str | None], surplus: Counter[str]) -> list[str]:
    """Return the words of `surplus` as they stand together, the longest runs first."""
    left = Counter(surplus)
    runs: list[list[str]] = [[]]
    for word in reversed(words):  # what is left over of a repeated word is rather the last one
        if word is not None and left[word] > 0:
            left[word] -= 1
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    return sorted((" ".join(reversed(run)) for run in runs if run), key=len, reverse=True)
