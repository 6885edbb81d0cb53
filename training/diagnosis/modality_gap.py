"""Images here, texts there."""

from __future__ import annotations

from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import Space
from training.metrics.geometry import modality_gap as gap_of
from training.metrics.pairs import set_ids
from training.metrics.probe import modality_probe

#: Healthy runs have 0 here, for the probe fails or the gap is below 0.35; encoders that were never trained
#: 0.65, CLIP 0.82, losses without a contrast between images and texts 0.5 to 1.7.
_SUSPECTED, _FOUND = 0.5, 0.65
#: Below this accuracy of the probe the means differ, but the modalities overlap.
_APART = 0.9


def modality_gap(space: Space) -> Finding | None:
    """Look for modalities in separate cones (Liang et al. 2022, "Mind the gap": 0.82 in CLIP).

    The value is the distance of the mean image and the mean text, taken as zero unless a linear probe tells
    images from texts of documents that it was not fitted on. A probe alone proves little: in many dimensions
    it succeeds on spaces that are well mixed.
    """
    gap = gap_of(space.images, space.texts)
    layout = space.corpus.layout
    accuracy = modality_probe(
        space.images, space.texts, set_ids(layout.image_offsets), set_ids(layout.text_offsets)
    )
    return judged(
        "modality_gap",
        gap if not accuracy < _APART else 0.0,
        _SUSPECTED,
        _FOUND,
        f"the mean image and the mean text are {gap:.2f} apart, and a linear probe tells images from "
        f"texts of held-out documents in {100 * accuracy:.0f} %.",
        "Centre the features of each modality, start with a lower model.scale, or train longer.",
    )
