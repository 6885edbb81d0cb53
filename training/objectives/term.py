"""One term of an objective: a similarity and the contrast over it, or a contrast over single members."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.contrast.all_pairs import all_pairs_sigmoid
from training.contrast.counterparts import Counterparts
from training.contrast.infonce import guessing_infonce, symmetric_infonce
from training.contrast.latent_alignment import guessing, latent_alignment
from training.contrast.members import BLOCK_PAIRS, Sides
from training.contrast.mil_nce import mil_nce
from training.contrast.noisy_or import noisy_or
from training.contrast.sigmoid import bag_sigmoid
from training.contrast.supcon import supcon
from training.contrast.triplet import hard_triplet
from training.encoded import Encoded, Gathered
from training.encoders.token_settings import TokenSettings
from training.objectives.settings import OF_DOCUMENTS, WITH_BIAS, ContrastSettings, TermSettings
from training.similarity.base import SetSimilarity
from training.similarity.build import similarity_from
from training.similarity.late_interaction import LateInteraction
from training.similarity.layout import Own, OwnWeights


class Term(nn.Module):
    """A term and its parameters: those of its similarity, and the bias of its logits.

    Args:
        settings: of the term.
        width: d of the joint space.
        tokens: of the units that a late interaction compares.
    """

    def __init__(self, settings: TermSettings, width: int, tokens: TokenSettings) -> None:
        super().__init__()
        self.settings = settings
        similarity = settings.similarity
        self.similarity = None if similarity is None else similarity_from(similarity, width, tokens)
        contrast = settings.contrast
        self.bias = nn.Parameter(torch.tensor(contrast.bias)) if contrast.form in WITH_BIAS else None

    @property
    def name(self) -> str:
        """What the log calls it."""
        similarity, contrast = self.settings.similarity, self.settings.contrast.form
        if similarity is None:
            return contrast
        return similarity.form if contrast == "infonce" else f"{similarity.form}_{contrast}"

    def forward(
        self,
        local: Encoded,
        gathered: Gathered,
        found: Counterparts,
        *,
        scale: Tensor,
        weights: OwnWeights | None = None,
        block_pairs: int = BLOCK_PAIRS,
    ) -> Tensor:
        """Return this worker's share of the term, a scalar.

        Args:
            local: its documents.
            gathered: the documents of all workers.
            found: who is true, false or neither between documents.
            scale: of the logits.
            weights: the layout of the local documents, for similarities and contrasts that read it.
            block_pairs: most image-text products held at once.
        """
        contrast = self.settings.contrast
        if self.similarity is None:
            sides = Sides(local, gathered.encoded, found)
            if contrast.form == "latent_alignment":
                return latent_alignment(sides, scale, block_pairs, weights)
            return _over_members(contrast, sides, scale, self.bias, block_pairs=block_pairs)
        own = weights, gathered
        forth = _similarity(self.similarity, local, own, scale, block_pairs=block_pairs)
        if contrast.form == "sigmoid":
            return bag_sigmoid(forth, scale, _given(self.bias), found)
        back = forth.T
        if gathered.workers > 1:
            back = _similarity(self.similarity, local, own, scale, block_pairs=block_pairs, back=True)
        if contrast.form == "triplet":
            return hard_triplet(forth, back, contrast.margin, contrast.negative, found)
        return symmetric_infonce(forth, back, scale, found)

    def guessing(self, local: Encoded, gathered: Gathered, found: Counterparts) -> Tensor | None:
        """Return this worker's share of the term where all vectors are alike; None where it is not told."""
        match self.settings.contrast.form:
            case "latent_alignment":
                return guessing(Sides(local, gathered.encoded, found))
            case "infonce":
                return guessing_infonce(found)
        return None


def _similarity(
    similarity: SetSimilarity,
    local: Encoded,
    own: tuple[OwnWeights | None, Gathered],
    scale: Tensor,
    *,
    block_pairs: int,
    back: bool = False,
) -> Tensor:
    """Similarities of local images to all texts, or `back` of local texts to all images, [b, C]."""
    weights, gathered = own
    whole, first, count = gathered.encoded, gathered.first, local.documents
    images, texts = (whole, local) if back else (local, whole)
    same = Own(weights, first, 0, count) if back else Own(weights, 0, first, count)
    if isinstance(similarity, LateInteraction):
        sides = images.image_units, texts.text_units
    else:
        sides = images.image_sets, texts.text_sets
    found: Tensor = similarity(*sides, same, scale=scale, block_pairs=block_pairs)
    return found.T if back else found


def _over_members(
    contrast: ContrastSettings, sides: Sides, scale: Tensor, bias: Tensor | None, *, block_pairs: int
) -> Tensor:
    match contrast.form:
        case "mil_nce":
            return mil_nce(sides, scale, block_pairs)
        case "supcon":
            return supcon(sides, scale, block_pairs)
        case "noisy_or":
            return noisy_or(sides, scale, _given(bias), block_pairs)
        case "all_pairs":
            return all_pairs_sigmoid(sides, scale, _given(bias), block_pairs)
    raise ValueError(f"{contrast.form} is none of the contrasts over members, it is one of {OF_DOCUMENTS}")


def _given(bias: Tensor | None) -> Tensor:
    assert bias is not None
    return bias
