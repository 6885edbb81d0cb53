"""Finds the negatives of some anchors in one direction: the nearest that pass every guard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.mine.approximate import CellIndex, cell_top_k
from pipeline.mine.estimate import FalseNegatives
from pipeline.mine.guards import (
    FALSE_NEGATIVE,
    MARKED,
    NEAR_DUPLICATE_IMAGE,
    NEAR_DUPLICATE_TEXT,
    SAME_DOCUMENT,
    Bools,
    TextComparer,
    document_holds,
    related_alike,
    same_image,
)
from pipeline.mine.marked import Marked
from pipeline.mine.members import NONE, Ints, Members
from pipeline.mine.top_k import CEILING, Exclusion, Floats, KeyBlock, TopK, top_k_of_blocks
from pipeline.mine.vectors import Modality, gather
from pipeline.recipe import MineSettings

Blocks = Callable[[], Iterator[KeyBlock]]

#: Candidates fetched beyond `top_k`, so that the guards seldom make a second search necessary.
SPARE = 16
_CANDIDATES_AT_ONCE = 2_000_000
#: Guards that a mark does not overrule.
_ALWAYS = frozenset({SAME_DOCUMENT, MARKED})
#: Cells of an index that a first search looks into; each that follows looks into four times as many.
PROBES = 4


@dataclass(frozen=True)
class Direction:
    """What looks for what: image->text and so on, by vectors of two modalities of one space."""

    name: str
    anchor: Modality
    key: Modality
    encoder: str

    @property
    def crosses(self) -> bool:
        """Whether images look for texts or texts for images."""
        return (self.anchor == "text") != (self.key == "text")


@dataclass(frozen=True)
class Search:
    """What a search works on; guards ask `comparer`, `estimate`, `marked`; `index` makes it approximate."""

    direction: Direction
    members: Members
    comparer: TextComparer
    estimate: FalseNegatives
    settings: MineSettings
    key_blocks: Blocks
    index: CellIndex | None = None
    marked: Marked | None = None


@dataclass(frozen=True)
class Found:
    """Negatives as flat arrays, by anchor and rank; `has_positive`: the anchor has a known one."""

    anchor: Ints  # member
    negative: Ints  # member
    score: Floats
    rank: Ints
    has_positive: Bools
    false_probability: npt.NDArray[np.float64]  # that both documents are one; NaN where nothing is known
    refused: Counter[str]


def directions(settings: MineSettings) -> list[Direction]:
    """Return the four directions of mining.

    Images meet texts by their pixels where both encoders are one (a trained run's, which gives one space),
    else by their own words, which the text encoder can read.
    """
    image_encoder = settings.run_encoder or settings.image_encoder
    text = settings.run_encoder or settings.text_encoder
    image: Modality = "pixels" if image_encoder == text else "words"
    return [
        Direction("image->text", image, "text", text),
        Direction("text->image", "text", image, text),
        Direction("image->image", "pixels", "pixels", image_encoder),
        Direction("text->text", "text", "text", text),
    ]


def units_of(members: Members, modality: Modality, at: Ints) -> Ints:
    """Return by what number the vectors of these members are known: the image's code for pixels."""
    return members.image[at] if modality == "pixels" else at


def search(work: Search, anchors: Ints, anchor_blocks: Blocks) -> Found:
    """Return the negatives of `anchors` (members); those without a vector have none.

    A candidate that a guard refuses is replaced by the next nearest, if need be by searching again for more.
    """
    vectors, known = gather(anchor_blocks(), units_of(work.members, work.direction.anchor, anchors))
    anchors, vectors = anchors[known], vectors[known]
    positive = _positives(work, anchors, vectors)
    ceilings = positive + np.float32(work.settings.margin)
    refused: Counter[str] = Counter()
    done: list[tuple[Ints, Ints, Floats, Ints]] = []
    waiting, fetch, first = np.arange(len(anchors)), work.settings.top_k + SPARE, True
    while len(waiting):
        again: list[Ints] = []
        step = max(1, _CANDIDATES_AT_ONCE // fetch)
        for rows in (waiting[start : start + step] for start in range(0, len(waiting), step)):
            best = _nearest(work, anchors[rows], vectors[rows], fetch, ceilings[rows])
            kept, dropped = _guarded(work, anchors[rows], best)
            rank = np.cumsum(kept, axis=1) - 1
            short = (kept.sum(axis=1) < work.settings.top_k) & best.more
            use = kept & (rank < work.settings.top_k) & ~short[:, None]
            at, column = np.nonzero(use)
            done.append((rows[at], best.units[at, column], best.scores[at, column], rank[at, column]))
            again.append(rows[short])
            # Only the first look counts, or a refusal would count each time it is met.
            refused += (best.refused + dropped) if first else Counter()
        waiting, fetch, first = np.concatenate(again), fetch * 4, False
    return _found(work, anchors, positive, done, refused)


def _found(
    work: Search,
    anchors: Ints,
    positive: Floats,
    done: Sequence[tuple[Ints, Ints, Floats, Ints]],
    refused: Counter[str],
) -> Found:
    none = np.zeros(0, dtype=np.int64)
    rows, units, rank = (np.concatenate([none, *(part[i] for part in done)]) for i in (0, 1, 3))
    scores = np.concatenate([none.astype(np.float32), *(part[2] for part in done)])
    order = np.lexsort((rank, rows))
    rows = rows[order]
    negatives, docs = _member_of(work, units[order]), work.members.doc
    probability = work.estimate.probability(docs[anchors[rows]], docs[negatives])
    if work.marked is not None:
        # Somebody looked, and knows.
        probability[work.marked.true(anchors[rows], negatives)] = 0.0
    return Found(
        anchor=anchors[rows],
        negative=negatives,
        score=scores[order],
        rank=rank[order],
        has_positive=np.isfinite(positive[rows]),
        false_probability=probability,
        refused=refused,
    )


def _positives(work: Search, anchors: Ints, vectors: Floats) -> Floats:
    """Return each anchor's highest score among what the layout gives to it; NaN where that is nothing.

    Within a modality the only positive that is known is the anchor itself: there is none to compare with.
    """
    best = np.full(len(anchors), np.nan, dtype=np.float32)
    if not work.direction.crosses:
        return best
    row, partner = work.members.related.expand(anchors)
    unit = units_of(work.members, work.direction.key, partner)
    order = np.argsort(unit, kind="stable")
    row, unit = row[order], unit[order]
    for block in work.key_blocks():
        by_unit = np.argsort(block.units)
        at = np.searchsorted(block.units[by_unit], unit)
        there = (at < len(by_unit)) & (block.units[by_unit][np.minimum(at, len(by_unit) - 1)] == unit)
        keys = block.vectors[by_unit[at[there]]]
        scores = np.einsum("pd,pd->p", vectors[row[there]], keys)
        np.fmax.at(best, row[there], scores)
    return best


def _nearest(work: Search, anchors: Ints, vectors: Floats, k: int, ceilings: Floats) -> TopK:
    members = work.members
    units = np.arange(len(members.first_of_image) if work.direction.key == "pixels" else len(members))
    of_unit = members.doc[_member_of(work, units)]
    exclusions = [Exclusion(SAME_DOCUMENT, members.doc[anchors], of_unit)]
    if work.direction.name == "text->text":
        classes = members.text_class
        exclusions.append(Exclusion(NEAR_DUPLICATE_TEXT, classes[anchors], classes[units]))
    limits = ceilings if work.direction.crosses else None
    if work.index is not None:
        probes = PROBES * (k // (work.settings.top_k + SPARE))
        return cell_top_k(work.index, vectors, k, probes=probes, exclusions=exclusions, ceilings=limits)
    return top_k_of_blocks(vectors, work.key_blocks(), k, exclusions, limits)


def _guarded(work: Search, anchors: Ints, best: TopK) -> tuple[Bools, Counter[str]]:
    """Return which candidates (A x k) pass the guards, and how many each guard refused."""
    kept = best.units != NONE
    at, column = np.nonzero(kept)
    ours, theirs = anchors[at], _member_of(work, best.units[at, column])
    refused: Counter[str] = Counter()
    passes = np.ones(len(at), dtype=np.bool_)
    known = work.marked.true(ours, theirs) if work.marked is not None else ~passes
    for name, refuses in _questions(work).items():
        # Of what a person calls a true negative only the document's own images are asked about.
        asked = np.flatnonzero(passes & (~known | (name in _ALWAYS)))
        no = refuses(ours[asked], theirs[asked])
        refused[name] += int(no.sum())
        passes[asked[no]] = False
    kept[at, column] = passes
    return kept, refused


def _questions(work: Search) -> Mapping[str, Callable[[Ints, Ints], Bools]]:
    """Return the guards of a direction, which say of pairs (anchor, candidate) which to refuse."""
    members, distance, comparer = work.members, work.settings.phash_distance, work.comparer
    image, doc = members.image, members.doc
    questions: dict[str, Mapping[str, Callable[[Ints, Ints], Bools]]] = {
        "image->text": {
            NEAR_DUPLICATE_IMAGE: lambda a, c: document_holds(members, image[a], doc[c], distance),
            NEAR_DUPLICATE_TEXT: lambda a, c: related_alike(members, comparer, a, c),
        },
        "text->image": {
            NEAR_DUPLICATE_IMAGE: lambda a, c: document_holds(members, image[c], doc[a], distance),
            NEAR_DUPLICATE_TEXT: lambda a, c: related_alike(members, comparer, c, a),
        },
        "image->image": {
            # The candidate stands for all places of its image, of which one may be in the anchor's document.
            SAME_DOCUMENT: lambda a, c: document_holds(members, image[c], doc[a], None),
            NEAR_DUPLICATE_IMAGE: lambda a, c: same_image(members, image[a], image[c], distance),
        },
        "text->text": {NEAR_DUPLICATE_TEXT: comparer.alike},
    }
    marked = work.marked
    return {
        **({MARKED: marked.false} if marked is not None else {}),
        **questions[work.direction.name],
        # Last, for it reads the vectors of two documents.
        FALSE_NEGATIVE: lambda a, c: work.estimate.probability(doc[a], doc[c]) > work.settings.most_false,
    }


def guards_of(work: Search, has_positive: bool, estimated: bool) -> list[str]:
    """Return the names of the guards that a negative of this search has passed."""
    direction, names = work.direction, [SAME_DOCUMENT]
    if work.marked is not None:
        names.append(MARKED)
    if direction.name != "text->text":
        names.append(NEAR_DUPLICATE_IMAGE)
    if direction.name != "image->image":
        names.append(NEAR_DUPLICATE_TEXT)
    if estimated:
        names.append(FALSE_NEGATIVE)
    return [*names, CEILING] if has_positive else names


def _member_of(work: Search, units: Ints) -> Ints:
    """Return a member for each unit: of an image the first place that shows it."""
    return work.members.first_of_image[units] if work.direction.key == "pixels" else units
