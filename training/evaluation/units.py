"""Images as units of parts: their rows of the metrics table, and what each part adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.shards import ShardReader
from training.config import EncoderSettings
from training.data import usable_documents
from training.evaluation.contributions import contributions
from training.evaluation.corpus import Corpus, Selection, Vectors, encode_documents, read_corpus
from training.evaluation.interval import Interval
from training.evaluation.row import Row, score_row, without_nan
from training.evaluation.slices import SlicedRow, sliced_row
from training.metrics.pairs import own_pairs
from training.metrics.problems import LinkProblem, column_sums, cosine_scores, section_links
from training.model import UnalignedModel
from training.units.calibration import calibration_error
from training.units.lexical import Field, lexical_scores, term_weights
from training.units.parts import Part
from training.units.weights import (
    PartWeights,
    agreement_weights,
    layout_weights,
    link_probabilities,
    log_likelihood,
)


@dataclass(frozen=True)
class Units:
    """The images and texts of a corpus, with all that the parts look at."""

    pixels: NDArray[np.float32]  # [ΣM, d]
    words: NDArray[np.float32]  # [ΣM, d], zero for an image without words of its own
    texts: NDArray[np.float32]  # [ΣN, d]
    own_words: list[str]  # ΣM
    picture_words: list[str]  # ΣM
    written: list[str]  # ΣN, the texts
    titles: list[str]  # ΣN, of their sections

    def select(self, chosen: Selection) -> Units:
        """Return the units of some documents."""
        images, texts = np.flatnonzero(chosen.images).tolist(), np.flatnonzero(chosen.texts).tolist()
        return Units(
            self.pixels[images],
            self.words[images],
            self.texts[texts],
            [self.own_words[index] for index in images],
            [self.picture_words[index] for index in images],
            [self.written[index] for index in texts],
            [self.titles[index] for index in texts],
        )


@dataclass(frozen=True)
class UnitResult:
    """The rows of single parts and of all, how parts are weighed, and what each of them adds.

    `all` weighs the parts by their agreement (order-free), `all_layout` by the layout of training documents
    (order-aware). Weights and contributions are those of `all`. Both have beside the numbers of every row a
    `calibration_error`: of the section that an image chooses, over all documents.
    """

    rows: dict[str, SlicedRow]  # lexical, picture_words, all, all_layout
    weights: PartWeights
    contributions: dict[str, Interval]  # over the image-to-section links of all documents

    def told(self) -> dict[str, dict[str, float]]:
        """Return by part its weight, and the mean and interval of what it adds."""
        return {
            name: {"weight": weight, **asdict(self.contributions[name])}
            for name, weight in zip(self.weights.names, self.weights.weights, strict=True)
        }


def over_seeds_told(units: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, float | None]]:
    """Return the mean over seeds of what `UnitResult.told` gives; what was not measured is None."""
    return {
        name: without_nan(
            {field: float(np.mean([told[name][field] for told in units])) for field in units[0][name]}
        )
        for name in units[0]
    }


def units_of(reader: ShardReader, corpus: Corpus, vectors: Vectors) -> Units:
    """Return the units of a corpus whose vectors are known."""
    batch = reader.batch(corpus.documents)
    return Units(
        vectors.images["pixels"],
        vectors.images["words"],
        vectors.texts,
        batch.image_names,
        batch.picture_words,
        batch.texts,
        batch.text_titles,
    )


def unit_parts(problem: LinkProblem, units: Units) -> list[Part]:
    """Return the scores of each part: vectors of pixels and words, terms of own words and picture words."""
    parts = [
        Part(name, cosine_scores(problem, vectors, units.texts), (vectors != 0).any(axis=1))
        for name, vectors in (("pixels", units.pixels), ("words", units.words))
    ]
    for name, field in (("lexical", units.own_words), ("picture_words", units.picture_words)):
        weights = term_weights(problem, [Field(field)], units.written, units.titles)
        held = np.diff(weights.images.indptr) > 0
        parts.append(Part(name, lexical_scores(problem, weights), held))
    return parts


def measure_units(
    model: UnalignedModel,
    reader: ShardReader,
    corpus: Corpus,
    vectors: Vectors,
    *,
    encoders: EncoderSettings,
    trained_on: ShardReader,
) -> UnitResult:
    """Measure an image's parts, alone and together.

    Weights are learned on the training split: by the agreement of the parts, which sees neither order nor
    links, and beside that by the layout.

    Args:
        model: that the vectors are from.
        reader: the shards to measure on.
        corpus: documents of these.
        vectors: of the corpus, with pixels and words.
        encoders: of the model.
        trained_on: shards whose training split the weights are learned on.
    """
    known = read_corpus(trained_on, usable_documents(trained_on, "train"))
    their = encode_documents(model, trained_on, known.documents, encoders, parts=("pixels", "words"))
    known_problem = section_links(known.layout)
    known_parts = unit_parts(known_problem, units_of(trained_on, known, their))
    weights = agreement_weights(known_problem, known_parts)
    prior = np.asarray(trained_on.batch(known.documents).prior)
    of_columns = column_sums(known_problem, known.layout.text_offsets, prior)
    by_layout = layout_weights(known_problem, known_parts, of_columns)
    units = units_of(reader, corpus, vectors)

    def alone(name: str) -> Callable[[LinkProblem, Units], NDArray[Any]]:
        index = weights.names.index(name)
        return lambda problem, some: np.asarray(unit_parts(problem, some)[index].scores)

    def together(chosen: PartWeights) -> Callable[[LinkProblem, Units], NDArray[Any]]:
        return lambda problem, some: log_likelihood(problem, unit_parts(problem, some), chosen)

    def row_of(score: Callable[[LinkProblem, Units], NDArray[Any]]) -> SlicedRow:
        def measure(chosen: Selection) -> Row:
            some = units.select(chosen)
            return score_row(chosen.corpus, lambda problem: score(problem, some))

        return sliced_row(corpus, measure)

    problem = section_links(corpus.layout)
    scores = {
        "lexical": alone("lexical"),
        "picture_words": alone("picture_words"),
        "all": together(weights),
        "all_layout": together(by_layout),
    }
    rows = {name: row_of(score) for name, score in scores.items()}
    parts = unit_parts(problem, units)
    images, _, _ = own_pairs(problem.image_offsets, problem.column_offsets)
    for name, chosen in (("all", weights), ("all_layout", by_layout)):
        told = link_probabilities(problem, parts, chosen)
        rows[name].whole["calibration_error"] = calibration_error(told, problem.truth, images)
    return UnitResult(rows, weights, contributions(problem, parts, weights))
