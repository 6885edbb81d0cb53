"""The same losses the plain way: the whole matrix of logits, and torch's own gradient."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from training.fused.labels import Labels


def equal_ids(labels: Labels) -> tuple[Tensor, Tensor]:
    """Positive and ignored pairs, bool [N, M] each."""
    positive = (labels.rows[:, None] == labels.columns) & (labels.rows >= 0)[:, None]
    ignored = torch.zeros_like(positive)
    if labels.ignored_rows is not None and labels.ignored_columns is not None:
        same = labels.ignored_rows[:, None] == labels.ignored_columns
        ignored = (same & (labels.ignored_rows >= 0)[:, None]).any(-1)
    return positive, ignored & ~positive


def plain_infonce(rows: Tensor, columns: Tensor, labels: Labels, scale: Tensor) -> Tensor:
    positive, ignored = equal_ids(labels)
    logits = scale * rows @ columns.T
    halves = []
    for values, true, left_out in ((logits, positive, ignored), (logits.T, positive.T, ignored.T)):
        anchors = true.any(1)
        if not anchors.any():
            return logits.sum() * 0
        total = values.masked_fill(left_out, -torch.inf)[anchors].logsumexp(1)
        mean = (values * true).sum(1)[anchors] / true.sum(1)[anchors]
        halves.append((total - mean).mean())
    return (halves[0] + halves[1]) / 2


def plain_sigmoid(rows: Tensor, columns: Tensor, labels: Labels, scale: Tensor, bias: Tensor) -> Tensor:
    positive, ignored = equal_ids(labels)
    logits = scale * rows @ columns.T + bias
    pairs = -logsigmoid(torch.where(positive, logits, -logits))
    return 2 / max(len(rows) + len(columns), 1) * pairs[~ignored].sum()
