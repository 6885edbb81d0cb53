"""Which links are asked for: from images to single texts, to captions, or to sections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics.checks import Booleans, Floats, Integers, unit_rows
from training.metrics.pairs import offsets_of, own_pairs, set_ids

#: Pairs whose vectors are gathered at once.
_BLOCK = 1 << 14


@dataclass(frozen=True)
class Layout:
    """How B documents are laid out; it tells the truth, and no score may look at it."""

    image_offsets: Integers  # [B+1]
    text_offsets: Integers  # [B+1]
    image_section: Integers  # [ΣM]
    text_section: Integers  # [ΣN]
    caption_of: Integers  # [ΣN], index of the image within its document, or -1


@dataclass(frozen=True)
class LinkProblem:
    """Documents' matrices of images by columns, where a column stands for one or several texts."""

    image_offsets: Integers  # [B+1]
    column_offsets: Integers  # [B+1]
    members: Integers  # [K], the texts of the columns, one column after the other
    member_offsets: Integers  # [columns + 1]
    truth: Booleans  # [Σ images x columns], in the order of `pairs.own_pairs`


def text_links(layout: Layout, link: NDArray[np.integer]) -> LinkProblem:
    """Ask for known links of images to single texts.

    Args:
        layout: of B documents.
        link: [Σ M_b N_b], above zero where a link is known; documents without any are not measured.
    """
    texts = np.arange(int(layout.text_offsets[-1]))
    return LinkProblem(
        layout.image_offsets,
        layout.text_offsets,
        texts,
        np.arange(len(texts) + 1),
        np.asarray(link) > 0,
    )


def caption_links(layout: Layout) -> LinkProblem:
    """Ask which image each caption belongs to: the columns are the captions."""
    captions = np.flatnonzero(layout.caption_of >= 0)
    documents = set_ids(layout.text_offsets)[captions]
    column_offsets = offsets_of(np.bincount(documents, minlength=len(layout.text_offsets) - 1))
    rows, columns, owner = own_pairs(layout.image_offsets, column_offsets)
    truth = layout.caption_of[captions][columns] == rows - layout.image_offsets[owner]
    return LinkProblem(layout.image_offsets, column_offsets, captions, np.arange(len(captions) + 1), truth)


def section_links(layout: Layout, with_image_only: bool = False) -> LinkProblem:
    """Ask which section each image stands in: the columns are a document's sections that hold text.

    Args:
        layout: of B documents.
        with_image_only: leave out sections that hold no image.
    """
    text_document = set_ids(layout.text_offsets)
    image_document = set_ids(layout.image_offsets)
    keep = np.ones(len(text_document), dtype=bool)
    if with_image_only:
        span = int(max(layout.text_section.max(initial=0), layout.image_section.max(initial=0))) + 1
        held = image_document * span + layout.image_section
        keep = np.isin(text_document * span + layout.text_section, held)
    texts = np.flatnonzero(keep)
    texts = texts[np.lexsort((texts, layout.text_section[texts], text_document[texts]))]
    section, document = layout.text_section[texts], text_document[texts]
    begins = np.ones(len(texts), dtype=bool)
    begins[1:] = (section[1:] != section[:-1]) | (document[1:] != document[:-1])
    column_offsets = offsets_of(np.bincount(document[begins], minlength=len(layout.text_offsets) - 1))
    rows, columns, _ = own_pairs(layout.image_offsets, column_offsets)
    truth = layout.image_section[rows] == section[begins][columns]
    member_offsets = np.append(np.flatnonzero(begins), len(texts)).astype(np.int64)
    return LinkProblem(layout.image_offsets, column_offsets, texts, member_offsets, truth)


def column_sums(problem: LinkProblem, text_offsets: Integers, values: Floats) -> NDArray[np.float64]:
    """Sum values of image-text pairs over the texts of each column, for instance the layout's prior.

    Args:
        problem: what is asked.
        text_offsets: [B+1].
        values: [Σ M_b N_b].

    Returns:
        [Σ images x columns], in the order of `pairs.own_pairs`.
    """
    images, texts, documents = own_pairs(problem.image_offsets, text_offsets)
    column_of = np.full(int(text_offsets[-1]), -1)
    column_of[problem.members] = set_ids(problem.member_offsets)
    columns = np.diff(problem.column_offsets)
    first = offsets_of(columns[set_ids(problem.image_offsets)])[:-1]
    kept = column_of[texts] >= 0
    place = first[images] + column_of[texts] - problem.column_offsets[documents]
    weights = np.asarray(values, dtype=np.float64)[kept]
    sums = np.bincount(place[kept], weights=weights, minlength=len(problem.truth))
    return sums.astype(np.float64)


def column_vectors(problem: LinkProblem, texts: Floats) -> NDArray[np.float64]:
    """Return one unit vector for each column, the direction of the mean of its texts' vectors [ΣN, d]."""
    members = np.asarray(texts, dtype=np.float64)[problem.members]
    if not len(members):
        return members
    return unit_rows(np.add.reduceat(members, problem.member_offsets[:-1], axis=0))


def cosine_scores(problem: LinkProblem, images: Floats, texts: Floats) -> NDArray[np.float64]:
    """Score every image with every column of its document by their cosine.

    Args:
        problem: what is asked.
        images: vectors [ΣM, d]; a zero row scores zero with everything.
        texts: vectors [ΣN, d].

    Returns:
        [Σ images x columns], in the order of `pairs.own_pairs`.
    """
    seen, read = unit_rows(images), column_vectors(problem, texts)
    rows, columns, _ = own_pairs(problem.image_offsets, problem.column_offsets)
    scores = np.empty(len(rows))
    for start in range(0, len(rows), _BLOCK):
        at = slice(start, start + _BLOCK)
        np.einsum("pd,pd->p", seen[rows[at]], read[columns[at]], out=scores[at])
    return scores


def length_scores(problem: LinkProblem, text_lengths: NDArray[np.number]) -> NDArray[np.float64]:
    """Score every column by its length alone: the baseline that a plain AUC flatters.

    Args:
        problem: what is asked.
        text_lengths: [ΣN], for instance in words; a column has the sum of its texts.
    """
    lengths = np.asarray(text_lengths, dtype=np.float64)[problem.members]
    totals = np.add.reduceat(lengths, problem.member_offsets[:-1]) if len(lengths) else lengths
    _, columns, _ = own_pairs(problem.image_offsets, problem.column_offsets)
    return totals[columns]
