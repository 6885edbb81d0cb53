"""Print how faithfully Looseleaf and trafilatura read 200 pages, against Chromium."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fidelity.measure import Measured, measure
from tests.fidelity.readers import READERS
from tests.fidelity.sample import CORPORA, draw
from tests.fidelity.scoring import Score, Total, total
from tests.fidelity.targets import TARGETS


def main(arguments: list[str]) -> int:
    """Measure and print; the exit status is 1 when Looseleaf missed a target."""
    parser = argparse.ArgumentParser(prog="python -m tests.fidelity", description=__doc__)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--corpus", action="append", choices=CORPORA, help="only these")
    parser.add_argument("--reader", action="append", choices=list(READERS), help="only these")
    parser.add_argument("--worst", type=int, default=0, help="list so many of Looseleaf's worst pages")
    parser.add_argument("--pictures", type=Path, help="folder for painted screenshots")
    given = parser.parse_args(arguments)
    pages = draw(given.pages, given.corpus or CORPORA, given.seed)
    if given.pictures is not None:
        given.pictures.mkdir(parents=True, exist_ok=True)
    measured = measure(pages, given.reader or READERS, given.pictures)
    for reader in measured.scores:
        _print_table(measured, reader)
    left = ", ".join(f"{why} {words}" for why, words in sorted(measured.left_out.items()))
    sys.stdout.write(f"words on the screen that are no main text: {left}\n")
    _print_worst(measured, given.worst)
    if "looseleaf" not in measured.scores:
        return 0
    reached = total(measured.scores["looseleaf"].values())
    return 0 if all((getattr(reached, name) or 0.0) >= least for name, least in TARGETS.items()) else 1


def _print_table(measured: Measured, reader: str) -> None:
    scores = measured.scores[reader]
    _print(reader, "pages", "images", "words", "images", "words", "tau", "precision")
    for corpus in sorted({page.corpus for page in scores}):
        _print_total(corpus, total(score for page, score in scores.items() if page.corpus == corpus))
    _print_total("all", total(scores.values()))
    sys.stdout.write("\n")


def _print_total(name: str, sums: Total) -> None:
    shares = (sums.images, sums.words, sums.tau, sums.precision)
    counts = (str(count) for count in (sums.pages, *sums.shown))
    _print(name, *counts, *("-" if share is None else f"{share:.4f}" for share in shares))


def _print(*cells: str) -> None:
    widths = (20, 6, 8, 10, *[10] * 4)
    line = "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    sys.stdout.write(line.rstrip() + "\n")


def _print_worst(measured: Measured, count: int) -> None:
    scores = measured.scores.get("looseleaf", {})
    for page, score in sorted(scores.items(), key=lambda item: -_harm(item[1]))[:count]:
        sys.stdout.write(
            f"\n{page.url}\n  images {score.images_found}/{score.images}, "
            f"words {score.words_found}/{score.words}, tau {score.tau}, "
            f"read {score.read}, of it shown {score.read_shown}\n"
        )
        for name, runs in (("missed", score.missed), ("extra", score.extra)):
            for run in runs[:6]:
                sys.stdout.write(f"    {name}: {run[:160]}\n")


def _harm(score: Score) -> float:
    lost = score.images - score.images_found
    return (
        30 * lost
        + score.words
        - score.words_found
        + score.read
        - score.read_shown
        + 500 * (1 - (score.tau or 1.0))
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
