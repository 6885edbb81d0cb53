"""What is looked at while a model trains: the valid split's links, some documents' similarity matrices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.shards import ShardReader
from training.config import BatchSettings, TrainConfig
from training.data import drawn_sizes, too_large, usable_documents
from training.diagnosis.constant_encoder import constant_encoder
from training.diagnosis.diagnose import diagnose_links, diagnose_space
from training.diagnosis.few_documents import few_documents
from training.diagnosis.finding import Finding
from training.diagnosis.left_out import left_out
from training.diagnosis.measured import Features, Space, read_features
from training.evaluation.corpus import Corpus, Selection, Vectors, encode_documents, read_corpus
from training.evaluation.held_out import HeldOut, document_means, write_held_out
from training.evaluation.matrices import chosen_documents, matrices
from training.evaluation.row import joined, vector_row, without_nan
from training.metrics.pairs import set_ids
from training.model import UnalignedModel
from training.run_directory import write_json

#: At these shares of the steps the matrices are kept.
_MOMENTS = (0.05, 0.2, 0.5, 1.0)
#: Documents of the valid split that are measured on the way.
_MOST_DOCUMENTS = 128
_SHOWN = ("in_doc_auc", "in_doc_auc_dc", "in_doc_p_at_1", "corpus_recall_at_10", "documents")


def _of_documents(reader: ShardReader, batch: BatchSettings) -> list[Finding | None]:
    """Return what can be said of the training documents before the first step."""
    split, usable = reader.documents_of("train"), usable_documents(reader, "train")
    large = too_large(reader, batch)
    seen = np.setdiff1d(usable, large)
    documents = batch.documents
    if batch.units is not None and len(seen):
        documents = max(2, round(batch.units / drawn_sizes(reader, "train", batch)[seen].mean()))
    return [
        few_documents(len(seen), documents),
        left_out(len(split), len(split) - len(usable), len(large)),
    ]


def look_is_due(config: TrainConfig, step: int) -> bool:
    """Say whether held-out documents are to be looked at after so many steps."""
    return step in moments(config) or step % config.checkpoint_every == 0


def moments(config: TrainConfig) -> set[int]:
    """Return the steps at which matrices are kept."""
    return {max(1, math.ceil(share * config.steps)) for share in _MOMENTS}


@dataclass(frozen=True)
class Look:
    """What was seen of held-out documents at one step."""

    line: dict[str, Any]
    findings: list[Finding]


class Watch:
    """Looks at held-out documents at a few moments of a training run.

    Args:
        config: of the run.
        reader: the shards.
        run: its folder or URL.
    """

    def __init__(self, config: TrainConfig, reader: ShardReader, run: str) -> None:
        self._config, self._reader, self._run = config, reader, run
        self._moments = moments(config)
        valid = usable_documents(reader, "valid")[:_MOST_DOCUMENTS]
        self._corpus: Corpus | None = read_corpus(reader, valid) if len(valid) else None
        self._features: Features | None = read_features(reader, valid) if len(valid) else None
        self._doc_ids = list(reader.batch(valid).doc_ids) if len(valid) else []
        self._fixed = _of_documents(reader, config.batch)
        self._shown: NDArray[np.int64] = chosen_documents(reader, config.similarity_documents)

    def look(self, model: UnalignedModel, step: int) -> Look:
        """Measure the valid split and, at the chosen moments, write `similarity/` and `held_out/`.

        Returns:
            `valid_in_doc_auc` and others, for the line of progress (empty without a valid split), and what
            the checks of the vectors say.
        """
        line, findings = self._measure(model, step)
        if len(self._shown) and (step == 0 or step in self._moments):
            documents = matrices(model, self._reader, self._shown, self._config.encoders)
            content = {"step": step, **line, "documents": documents}
            write_json(self._run, content, "similarity", f"step-{step:06d}.json")
        return Look(line, findings)

    def _measure(self, model: UnalignedModel, step: int) -> tuple[dict[str, Any], list[Finding]]:
        fixed = [*self._fixed]
        corpus, features = self._corpus, self._features
        if corpus is None or features is None:
            return {}, [finding for finding in fixed if finding is not None]
        fixed.append(constant_encoder(features))
        findings = [finding for finding in fixed if finding is not None]
        vectors = encode_documents(
            model, self._reader, corpus.documents, self._config.encoders, parts=("both",)
        )

        def row(selection: Selection) -> dict[str, float]:
            images, texts = vectors.images["both"][selection.images], vectors.texts[selection.texts]
            return vector_row(selection.corpus, images, texts)

        kinds = [chosen for chosen in (corpus.has_links, ~corpus.has_links) if chosen.any()]
        joint = joined([row(corpus.select(chosen)) for chosen in kinds])
        whole = without_nan(joint)
        if step == 0 or step in self._moments:
            write_held_out(self._run, self._held_out(corpus, vectors, step))
        space = Space(corpus, features, vectors.images["both"], vectors.texts)
        if step > 0:
            findings += diagnose_space(space)
        if 2 * step >= self._config.steps:
            findings += diagnose_links(space, joint["in_doc_auc_dc"], joint["documents"])
        return {f"valid_{name}": whole[name] for name in _SHOWN}, findings

    def _held_out(self, corpus: Corpus, vectors: Vectors, step: int) -> HeldOut:
        layout, documents = corpus.layout, len(self._doc_ids)
        images = document_means(vectors.images["both"], set_ids(layout.image_offsets), documents)
        texts = document_means(vectors.texts, set_ids(layout.text_offsets), documents)
        return HeldOut(step, self._doc_ids, images, texts)
