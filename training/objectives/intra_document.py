"""Intra-document discrimination: the right text of an image among the other texts of its document.

For a document of M >= 2 images and N >= 2 texts with cosines S:

    Z = C_M S C_N,  C = I - 11ᵀ/n          doubly centred: a topic, which adds to a row or a column, is gone
    Q = Sinkhorn(exp(k γ sg(Z)))           rows sum to 1, columns to M/N; k > 1 sharpens, sg stops gradients
    loss = ½ [ mean_i -Σ_j Q_ij log softmax_j(γ Z_ij) + mean_j -Σ_i (N/M) Q_ij log softmax_i(γ Z_ij) ]

or, order-aware, Q from the layout prior. γ is the model's scale, without gradient: sharpening the targets
would otherwise only drive it up. Equal shares of the texts (Sinkhorn, as in Caron et al. 2020, "SwAV") keep
one text from taking all images. Vectors that hold nothing but the topic give Z = 0, a loss of
½ (log N + log M) and no gradient.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training import ragged
from training.encoded import Encoded
from training.gather import total
from training.objectives.settings import IntraDocumentSettings
from training.objectives.within import OwnPairs, doubly_centred, own_cosines, own_pairs


def intra_document(encoded: Encoded, prior: Tensor, scale: Tensor, settings: IntraDocumentSettings) -> Tensor:
    """Return this worker's share of the mean over documents; every worker must call it.

    Documents with one image or one text have nothing to be told apart, and take no part.

    Args:
        encoded: the local documents.
        prior: of all their pairs, [Σ M_b N_b]; read for the targets `prior`.
        scale: of the logits.
        settings: where the targets come from.

    Raises:
        ValueError: if the targets are the prior's and the batch has none.
    """
    pairs = own_pairs(encoded, least=2)
    logits = scale.detach() * doubly_centred(own_cosines(encoded, pairs), pairs)
    if settings.targets == "sinkhorn":
        of_rows, of_columns = sinkhorn_targets(
            settings.sharpening * logits.detach(), pairs, settings.iterations
        )
    else:
        if len(prior) != int(ragged.pair_offsets(encoded.image_offsets, encoded.text_offsets)[-1]):
            raise ValueError("targets from the layout need a prior, which the batch lacks: pack it with one")
        every = own_pairs(encoded)
        kept = (every.image_counts > 1) & (every.text_counts > 1)
        of_rows, of_columns = _shares(prior[kept].to(logits.dtype), pairs)
    over_rows = -of_rows * (logits - _logsumexp(logits, pairs.rows)) / pairs.image_counts
    over_columns = -of_columns * (logits - _logsumexp(logits, pairs.columns)) / pairs.text_counts
    documents = torch.unique(pairs.documents)
    count = max(total(torch.tensor(float(len(documents)), device=logits.device)), 1.0)
    return (over_rows + over_columns).sum() / (2 * count)


def sinkhorn_targets(logits: Tensor, pairs: OwnPairs, iterations: int) -> tuple[Tensor, Tensor]:
    """Return the balanced assignment, its rows and its columns scaled to one, [P] each."""
    columns_hold = (pairs.image_counts / pairs.text_counts).log()
    for _ in range(iterations):
        logits = logits - _logsumexp(logits, pairs.columns) + columns_hold
        logits = logits - _logsumexp(logits, pairs.rows)
    return logits.exp(), (logits - _logsumexp(logits, pairs.columns)).exp()


def _shares(prior: Tensor, pairs: OwnPairs) -> tuple[Tensor, Tensor]:
    """The prior with rows, and with columns, that sum to one; one that sums to zero is uniform."""
    rows, columns = pairs.mean_of_rows(prior), pairs.mean_of_columns(prior)
    of_rows = torch.where(rows > 0, prior / torch.where(rows > 0, rows, 1.0), 1.0) / pairs.text_counts
    of_columns = torch.where(columns > 0, prior / torch.where(columns > 0, columns, 1.0), 1.0)
    return of_rows, of_columns / pairs.image_counts


def _logsumexp(values: Tensor, ids: Tensor) -> Tensor:
    return ragged.segment_logsumexp(values, ids, int(ids.max()) + 1 if len(ids) else 0)[ids]
