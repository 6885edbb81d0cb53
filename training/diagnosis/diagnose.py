"""All checks, of vectors and of the course of a training."""

from __future__ import annotations

from collections.abc import Sequence

from training.diagnosis.alignment import alignment
from training.diagnosis.clipping import clipping
from training.diagnosis.cluster_collapse import cluster_collapse
from training.diagnosis.complete_collapse import complete_collapse
from training.diagnosis.dimensional_collapse import dimensional_collapse
from training.diagnosis.finding import Finding
from training.diagnosis.gradient_explosion import gradient_explosion
from training.diagnosis.hubness import hubness
from training.diagnosis.loader import loader
from training.diagnosis.measured import History, Space
from training.diagnosis.modality_gap import modality_gap
from training.diagnosis.overfitting import overfitting
from training.diagnosis.plateau import plateau
from training.diagnosis.shortcut import shortcut
from training.diagnosis.temperature import temperature
from training.diagnosis.uniformity import uniformity


def diagnose_space(space: Space) -> list[Finding]:
    """Return the outcomes of the checks of the vectors alone, those that could be measured."""
    checks = (
        complete_collapse,
        dimensional_collapse,
        cluster_collapse,
        modality_gap,
        hubness,
        uniformity,
    )
    return _known([check(space) for check in checks])


def diagnose_links(space: Space, auc: float, documents: float) -> list[Finding]:
    """Return the outcomes of the checks of what was learned, which a training needs time for.

    Args:
        space: held-out documents.
        auc: their `in_doc_auc_dc`.
        documents: how many entered it.
    """
    return _known([alignment(space), shortcut(space, auc, documents)])


def diagnose_history(history: History) -> list[Finding]:
    """Return the outcomes of the checks of the course of a training, those that could be measured."""
    checks = (plateau, temperature, loader, gradient_explosion, clipping, overfitting)
    return _known([check(history) for check in checks])


def _known(findings: Sequence[Finding | None]) -> list[Finding]:
    return [finding for finding in findings if finding is not None]
