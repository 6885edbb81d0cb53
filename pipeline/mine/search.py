"""Finds the negatives of some anchors in one direction: the nearest that pass every guard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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
from pipeline.mine.marks import Marks
from pipeline.mine.members import NONE, Ints, Members
from pipeline.mine.nearest import UNASKED, Before, Nearest, Verdicts, put_before
from pipeline.mine.top_k import CEILING, Exclusion, Floats, KeyBlock, TopK, top_k_of_blocks
from pipeline.mine.vectors import Modality, gather
from pipeline.recipe import MineSettings

Blocks = Callable[[], Iterator[KeyBlock]]

#: Candidates fetched beyond `top_k`, so that the guards seldom make a second search necessary.
SPARE = 16
#: And kept beyond those, so that some may leave with their documents before all keys are searched again.
KEPT = 16
_CANDIDATES_AT_ONCE = 2_000_000
#: The verdict on a pair that a person marked as a false negative; it is not kept, for marks come and go.
BY_MARK = 254
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
    """What a search works on; guards ask `comparer` and `estimate`, with `index` it is approximate.

    `marks` are those of all members (see `pipeline.mine.marks`); `marked` is what people said of pairs.
    """

    direction: Direction
    members: Members
    comparer: TextComparer
    estimate: FalseNegatives
    settings: MineSettings
    key_blocks: Blocks
    marks: Marks
    index: Callable[[], CellIndex | None] | None = None
    marked: Marked | None = None


@dataclass(frozen=True)
class Found:
    """Negatives as flat arrays, by anchor and rank; `has_positive`: the anchor has a known one."""

    anchor: Ints  # member, as those that follow by row
    negative: Ints  # member
    score: Floats
    rank: Ints
    has_positive: Bools
    false_probability: npt.NDArray[np.float64]  # that both documents are one; NaN where nothing is known
    refused: Counter[str]
    anchors: Ints  # all that have a vector
    nearest: Nearest  # by anchor


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


def search(work: Search, anchors: Ints, anchor_blocks: Blocks, before: Before) -> Found:
    """Return the negatives of `anchors` (members); those without a vector have none.

    An anchor that was there before meets the new keys only, a new one all of them; what comes of it is what
    a search of all keys for all anchors gives. A candidate that a guard refuses is replaced by the next
    nearest, if need be by searching for more.
    """
    vectors, known = gather(anchor_blocks(), units_of(work.members, work.direction.anchor, anchors))
    anchors, vectors = anchors[known], vectors[known]
    positive = _positives(work, anchors, vectors)
    asking = _Anchors(anchors, vectors, positive + np.float32(work.settings.margin))
    nearest, refused = _nearest_of(work, asking, before)
    _ask_guards(work, anchors, nearest)
    kept, false, dropped = _first_look(work, anchors, nearest)
    refused += dropped
    rank = np.cumsum(kept, axis=1) - 1
    length = work.settings.top_k + SPARE
    # Whether there are others beyond what was looked at.
    more = ~np.isneginf(nearest.floor) | (nearest.units[:, length:] != NONE).any(axis=1)
    short = (kept.sum(axis=1) < work.settings.top_k) & more
    at, column = np.nonzero(kept & (rank < work.settings.top_k) & ~short[:, None])
    done = [
        _Negatives(
            at,
            nearest.units[at, column],
            nearest.scores[at, column],
            rank[at, column],
            false[at, column],
        )
    ]
    done += _further(work, asking, np.flatnonzero(short))
    rows = np.concatenate([part.row for part in done])
    ranks = np.concatenate([part.rank for part in done])
    order = np.lexsort((ranks, rows))
    return Found(
        anchor=anchors[rows[order]],
        negative=_member_of(work, np.concatenate([part.unit for part in done])[order]),
        score=np.concatenate([part.score for part in done])[order],
        rank=ranks[order],
        has_positive=np.isfinite(positive[rows[order]]),
        false_probability=np.concatenate([part.false for part in done])[order],
        refused=refused,
        anchors=anchors,
        nearest=nearest,
    )


@dataclass(frozen=True)
class _Anchors:
    """Anchors (members), their vectors, and the scores above which a key is too near."""

    members: Ints
    vectors: Floats
    ceilings: Floats

    def some(self, rows: Ints) -> _Anchors:
        return _Anchors(self.members[rows], self.vectors[rows], self.ceilings[rows])


@dataclass(frozen=True)
class _Negatives:
    """Negatives as flat arrays: row of the anchor, unit, score, rank, probability to be a false one."""

    row: Ints
    unit: Ints
    score: Floats
    rank: Ints
    false: npt.NDArray[np.float64]


def _nearest_of(work: Search, asking: _Anchors, before: Before) -> tuple[Nearest, Counter[str]]:
    """Return the nearest candidates of each anchor, and how many keys were refused while looking at all."""
    length = work.settings.top_k + SPARE + KEPT
    nearest = Nearest.empty(len(asking.members), length)
    marks = work.marks[_member_of(work, np.arange(_count_units(work)))]
    old = before.rows_of(work.marks[asking.members])
    kept = np.flatnonzero(old != NONE)
    by_mark = np.argsort(marks)

    def unit_of(wanted: Marks) -> Ints:
        at = np.minimum(np.searchsorted(marks[by_mark], wanted), max(len(marks) - 1, 0))
        return np.where(marks[by_mark][at] == wanted, by_mark[at], NONE) if len(marks) else at - 1

    put_before(nearest, kept, before, old[kept], unit_of)
    # Which of the keys that are gone were too near is not known: as many as of the others.
    nearest.above[kept] *= np.isin(before.keys, marks).mean() if len(before.keys) else 1.0
    is_new = ~np.isin(marks, before.keys)
    for rows in _steps(kept, length):
        nearest.merge(
            rows, _search(work, asking.some(rows), length, lambda: _only(work.key_blocks(), is_new))
        )
    # Of some so many candidates have left that what is beyond them has to be known.
    held = (nearest.units != NONE).sum(axis=1)
    shallow = ~np.isneginf(nearest.floor) & (held < work.settings.top_k + SPARE)
    for rows in _steps(np.union1d(np.flatnonzero(old == NONE), np.flatnonzero(shallow)), length):
        nearest.put(rows, _search(work, asking.some(rows), length))
    return nearest, _refused_by_all(work, asking.members, nearest)


def _count_units(work: Search) -> int:
    members = work.members
    return len(members.first_of_image) if work.direction.key == "pixels" else len(members)


def _only(blocks: Iterator[KeyBlock], wanted: Bools) -> Iterator[KeyBlock]:
    for block in blocks:
        rows = wanted[block.units]
        if rows.any():
            yield KeyBlock(block.units[rows], block.vectors[rows])


def _steps(rows: Ints, fetch: int) -> Iterator[Ints]:
    step = max(1, _CANDIDATES_AT_ONCE // fetch)
    return (rows[start : start + step] for start in range(0, len(rows), step))


def _refused_by_all(work: Search, anchors: Ints, nearest: Nearest) -> Counter[str]:
    """Count the pairs of anchors and keys that were refused by what needs no look at both."""
    refused: Counter[str] = Counter()
    keys = np.concatenate([np.zeros(0, dtype=np.int64), *(block.units for block in work.key_blocks())])
    for exclusion in _exclusions(work, anchors):
        values = np.sort(exclusion.of_unit[keys])
        first, last = (np.searchsorted(values, exclusion.of_query, side=side) for side in ("left", "right"))
        refused[exclusion.name] += int((last - first).sum())
    if work.direction.crosses:
        refused[CEILING] += round(float(nearest.above.sum()))
    return refused


def _ask_guards(work: Search, anchors: Ints, nearest: Nearest) -> None:
    """Let the guards judge the candidates that are looked at first, unless that is known already."""
    looked = slice(0, work.settings.top_k + SPARE)
    units, verdicts = nearest.units[:, looked], nearest.verdicts[:, looked]
    at, column = np.nonzero((units != NONE) & (verdicts == UNASKED))
    verdicts[at, column] = _verdicts(work, anchors[at], _member_of(work, units[at, column]))
    if work.estimate.estimate is None:
        return
    asked = nearest.asked[:, looked]
    at, column = np.nonzero((units != NONE) & (verdicts == 0) & ~asked)
    docs = work.members.doc
    theirs = docs[_member_of(work, units[at, column])]
    nearest.likeness[at, column] = work.estimate.likeness(docs[anchors[at]], theirs)
    asked[at, column] = True


def _first_look(
    work: Search, anchors: Ints, nearest: Nearest
) -> tuple[Bools, npt.NDArray[np.float64], Counter[str]]:
    """Return which candidates pass, how probably each is a false negative, and how many a guard refused."""
    looked = slice(0, work.settings.top_k + SPARE)
    units, verdicts = nearest.units[:, looked], nearest.verdicts[:, looked].copy()
    at, column = np.nonzero(units != NONE)
    known = np.zeros(units.shape, dtype=np.bool_)
    verdicts[at, column], known[at, column] = _by_marks(
        work, anchors[at], _member_of(work, units[at, column]), verdicts[at, column]
    )
    kept = (units != NONE) & (verdicts == 0)
    refused: Counter[str] = Counter({MARKED: int((verdicts == BY_MARK).sum())})
    for number, name in enumerate(_questions(work), start=1):
        refused[name] += int(((units != NONE) & (verdicts == number)).sum())
    false = np.full(units.shape, np.nan)
    if work.estimate.estimate is not None:
        likeness = nearest.likeness[:, looked].astype(np.float64)
        false[kept] = work.estimate.estimate.probability(likeness[kept])
        false[known] = 0.0
        refuses = kept & (false > work.settings.most_false)
        refused[FALSE_NEGATIVE] += int(refuses.sum())
        kept = kept & ~refuses
    return kept, false, refused


def _further(work: Search, asking: _Anchors, waiting: Ints) -> list[_Negatives]:
    """Search for more and more candidates, for the rows `waiting` of which too few have passed."""
    done: list[_Negatives] = []
    fetch = work.settings.top_k + SPARE
    docs = work.members.doc
    while len(waiting):
        again: list[Ints] = []
        fetch *= 4
        for rows in _steps(waiting, fetch):
            best = _search(work, asking.some(rows), fetch)
            anchors = asking.members[rows]
            at, column = np.nonzero(best.units != NONE)
            members = _member_of(work, best.units[at, column])
            verdicts, known = _by_marks(work, anchors[at], members, _verdicts(work, anchors[at], members))
            passes = verdicts == 0
            at, column, members, known = at[passes], column[passes], members[passes], known[passes]
            false = work.estimate.probability(docs[anchors[at]], docs[members])
            if work.estimate.estimate is not None:
                false[known] = 0.0
            right = ~(false > work.settings.most_false)
            at, column, false = at[right], column[right], false[right]
            rank = np.arange(len(at)) - np.searchsorted(at, at)
            short = (np.bincount(at, minlength=len(rows)) < work.settings.top_k) & best.more
            use = (rank < work.settings.top_k) & ~short[at]
            at, column = at[use], column[use]
            done.append(
                _Negatives(rows[at], best.units[at, column], best.scores[at, column], rank[use], false[use])
            )
            again.append(rows[short])
        waiting = np.concatenate(again)
    return done


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


def _exclusions(work: Search, anchors: Ints) -> list[Exclusion]:
    members = work.members
    units = np.arange(_count_units(work))
    of_unit = members.doc[_member_of(work, units)]
    exclusions = [Exclusion(SAME_DOCUMENT, members.doc[anchors], of_unit)]
    if work.direction.name == "text->text":
        classes = members.text_class
        exclusions.append(Exclusion(NEAR_DUPLICATE_TEXT, classes[anchors], classes[units]))
    return exclusions


def _search(work: Search, asking: _Anchors, k: int, only: Blocks | None = None) -> TopK:
    """Return the `k` nearest keys of each anchor, of all keys or of `only` some, without what is excluded."""
    exclusions = _exclusions(work, asking.members)
    limits = asking.ceilings if work.direction.crosses else None
    index = work.index() if only is None and work.index is not None else None
    if index is not None:
        probes = PROBES * (k // (work.settings.top_k + SPARE))
        return cell_top_k(index, asking.vectors, k, probes=probes, exclusions=exclusions, ceilings=limits)
    return top_k_of_blocks(asking.vectors, (only or work.key_blocks)(), k, exclusions, limits)


def _verdicts(work: Search, ours: Ints, theirs: Ints) -> Verdicts:
    """Return for each pair of members 0 if all guards pass it, else the number of the first that does not."""
    verdicts = np.zeros(len(ours), dtype=np.uint8)
    for number, refuses in enumerate(_questions(work).values(), start=1):
        asked = np.flatnonzero(verdicts == 0)
        verdicts[asked[refuses(ours[asked], theirs[asked])]] = number
    return verdicts


def _by_marks(work: Search, ours: Ints, theirs: Ints, verdicts: Verdicts) -> tuple[Verdicts, Bools]:
    """Return the verdicts on pairs as people's marks leave them, and which pairs are known to be strangers.

    Somebody looked, and knows: a mark goes before all guards but the document's own images.
    """
    if work.marked is None:
        return verdicts, np.zeros(len(ours), dtype=np.bool_)
    own = [number for number, name in enumerate(_questions(work), start=1) if name == SAME_DOCUMENT]
    known = work.marked.true(ours, theirs) & ~np.isin(verdicts, own)
    told = np.where(known, np.uint8(0), verdicts)
    return np.where(work.marked.false(ours, theirs), np.uint8(BY_MARK), told), known


def _questions(work: Search) -> Mapping[str, Callable[[Ints, Ints], Bools]]:
    """Return the guards of a direction, which say of pairs (anchor, candidate) which to refuse.

    They go by the two documents alone. The guard that was learned is asked last, and depends on all.
    """
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
    return questions[work.direction.name]


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
