"""Scores of images and texts by their tokens: the late interaction that a run has learned, pair by pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from storage.shards import ShardReader
from training import ragged
from training.config import EncoderSettings
from training.data import load_whole
from training.encoded import Encoded
from training.evaluation.corpus import Corpus
from training.evaluation.row import score_row
from training.evaluation.slices import SlicedRow, sliced_row
from training.metrics.pairs import own_pairs
from training.metrics.problems import LinkProblem, column_sums
from training.model import UnalignedModel
from training.objectives.objective import Objective
from training.objectives.term import Term
from training.ragged import Sets
from training.similarity.late_interaction import LateInteraction, UnitSets

#: Documents encoded at once.
_CHUNK = 4


def token_row(
    model: UnalignedModel, reader: ShardReader, corpus: Corpus, encoders: EncoderSettings
) -> SlicedRow:
    """Measure links within documents by the tokens of images and texts.

    A column of several texts has the mean of its texts' scores.

    Args:
        model: of an objective with a late interaction.
        reader: the shards.
        corpus: documents.
        encoders: of the model.
    """
    scores = token_scores(model, reader, corpus.documents, encoders)
    rows, columns, _ = own_pairs(corpus.layout.image_offsets, corpus.layout.text_offsets)

    def score(
        problem: LinkProblem, values: NDArray[np.float64], text_offsets: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        _, at, _ = own_pairs(problem.image_offsets, problem.column_offsets)
        return column_sums(problem, text_offsets, values) / np.diff(problem.member_offsets)[at]

    return sliced_row(
        corpus,
        lambda chosen: score_row(
            chosen.corpus,
            lambda problem: score(
                problem,
                scores[chosen.images[rows] & chosen.texts[columns]],
                chosen.corpus.layout.text_offsets,
            ),
        ),
    )


@torch.inference_mode()
def token_scores(
    model: UnalignedModel, reader: ShardReader, documents: NDArray[np.int64], encoders: EncoderSettings
) -> NDArray[np.float64]:
    """Return the similarity of each image and each text of one document, [Σ M_b N_b].

    Args:
        model: of an objective with a late interaction; the first one counts.
        reader: the shards.
        documents: [B], within the reader.
        encoders: of the model.
    """
    was_training = model.training
    similarity = _late_interaction(model.eval())
    found = [np.empty(0)]
    for start in range(0, len(documents), _CHUNK):
        batch = load_whole(reader, documents[start : start + _CHUNK], encoders).to(model.log_scale.device)
        matrix = similarity(*_single(model.encode(batch)), scale=model.scale)
        rows, columns, _ = ragged.own_pairs(batch.image_offsets, batch.text_offsets)
        found.append(matrix[rows, columns].double().cpu().numpy())
    model.train(was_training)
    return np.concatenate(found)


def _single(encoded: Encoded) -> tuple[Sets | UnitSets, Sets | UnitSets]:
    """Each image and each text as a set of its own: what is left of the form is the units' similarity."""
    alone = replace(
        encoded,
        image_offsets=torch.arange(len(encoded.images) + 1, device=encoded.images.device),
        text_offsets=torch.arange(len(encoded.texts) + 1, device=encoded.texts.device),
    )
    return alone.image_units, alone.text_units


def _late_interaction(model: UnalignedModel) -> LateInteraction:
    assert isinstance(model.objective, Objective)
    terms = [term.similarity for term in model.objective.terms if isinstance(term, Term)]
    return next(similarity for similarity in terms if isinstance(similarity, LateInteraction))
