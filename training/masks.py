"""False negatives: which documents are not pushed apart although nobody said that they belong together.

Every mask is bool [b, C] over this worker's documents and those of all workers, True where a pair is neither
true nor false. All are symmetric. A document's own column counts whatever they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from training import ragged
from training.batch import TensorBatch
from training.choices import MaskName
from training.contrast.counterparts import Counterparts, counterparts
from training.encoded import Encoded, Gathered
from training.fused.labels import count_matches
from training.gather import gather_rows
from training.precision import widened


@dataclass(frozen=True)
class Unimodal:
    """How alike documents are within one modality, to encoders that are not trained.

    Hard, documents above the threshold are no negatives of each other. Soft, the truth itself is spread:
    1 - share on one's own document and share by a softmax over own and negatives (after Srinivasan et al.
    2023, "CWCL: Cross-Modal Transfer with Continuously Weighted Contrastive Loss").
    """

    soft: bool = False
    threshold: float = 0.9  # cosine above which two documents are alike; hard only
    share: float = 0.2  # of the truth that is spread; soft only
    temperature: float = 0.1  # of the softmax; soft only


@dataclass(frozen=True)
class Masks:
    """Which masks apply."""

    names: tuple[MaskName, ...] = ("document",)
    unimodal: Unimodal = Unimodal()


def ids_apart(encoded: Encoded, masks: Masks) -> Tensor | None:
    """Return ids, int64 [b], that are equal exactly where two documents are no negatives of each other.

    None where no ids say what the masks say. A document is of one family, so that its family says all.
    """
    if not {"document", "family"} >= set(masks.names):
        return None
    return encoded.families if "family" in masks.names else encoded.keys


def without_negative(encoded: Encoded, apart: Tensor) -> Tensor:
    """Return how many local documents have no negative among those of all workers, a float scalar.

    Every worker must call it.

    Args:
        encoded: the local documents.
        apart: of `ids_apart`.
    """
    ids = apart[encoded.contrasted]
    everyone, _ = gather_rows(ids)
    return (count_matches(ids, everyone) == len(everyone)).sum().float()


def between_documents_counterparts(
    batch: TensorBatch, local: Encoded, gathered: Gathered, masks: Masks, features: Sequence[Tensor] = ()
) -> Counterparts:
    """Return who is true, false or neither between documents; every worker must call it.

    Args:
        batch: the local documents.
        local: the same documents, encoded.
        gathered: the documents of all workers.
        masks: which masks apply.
        features: for the unimodal mask, `document_features` of each modality [b, D].

    Raises:
        ValueError: if a mask needs ids that the batch lacks.
    """
    whole = gathered.encoded
    ignored = local.keys[:, None] == whole.keys
    if "family" in masks.names:
        ignored = ignored | (local.families[:, None] == whole.families)
    if "image" in masks.names:
        ids = _given(batch.image_keys, "image_keys")
        ignored = ignored | share_an_id(ids, ragged.segment_ids(batch.image_offsets), gathered, len(batch))
    if "text" in masks.names:
        bands = _given(batch.text_bands, "text_bands")
        owners = ragged.segment_ids(batch.text_offsets).repeat_interleave(bands.shape[1])
        ignored = ignored | share_an_id(bands.reshape(-1), owners, gathered, len(batch))
    own = gathered.first + torch.arange(local.documents, device=local.keys.device)
    if "unimodal" not in masks.names:
        return counterparts(own, whole.contrasted, ignored)
    alike = unimodal_similarity(features)
    if not masks.unimodal.soft:
        return counterparts(own, whole.contrasted, ignored | (alike > masks.unimodal.threshold))
    found = counterparts(own, whole.contrasted, ignored)
    return Counterparts(
        found.own, found.negatives, found.taken, found.count, _soft_targets(alike, found, masks.unimodal)
    )


def share_an_id(ids: Tensor, owners: Tensor, gathered: Gathered, documents: int) -> Tensor:
    """Return which local and gathered documents hold members with an equal id, bool [b, C].

    Args:
        ids: int64 [n], not negative; a negative one equals none.
        owners: int64 [n], local document of each.
        gathered: the documents of all workers.
        documents: how many local ones, b.
    """
    kept = ids >= 0
    all_ids, _ = gather_rows(ids[kept])
    all_owners, _ = gather_rows(owners[kept] + gathered.first)
    pairs = torch.unique(torch.stack([all_ids, all_owners]), dim=1)
    _, which, counts = torch.unique(pairs[0], return_inverse=True, return_counts=True)
    # Most ids stand in one document: only the others make a column of the incidence matrix.
    column = torch.cumsum(counts > 1, 0) - 1
    repeated = counts[which] > 1
    total = len(gathered.encoded.keys)
    holds = torch.zeros(total, int((counts > 1).sum()), device=ids.device)
    holds[pairs[1][repeated], column[which[repeated]]] = 1.0
    return holds[gathered.first : gathered.first + documents] @ holds.T > 0


def document_features(members: Tensor, offsets: Tensor) -> Tensor:
    """Return the unit mean of each document's features, [b, D]; zero where it has none.

    Args:
        members: features of an encoder that is not trained, centred, [n, D].
        offsets: int64 [b+1].
    """
    units = ragged.unit(widened(members.detach()))
    return ragged.unit(ragged.segment_mean(units, ragged.segment_ids(offsets), len(offsets) - 1))


def unimodal_similarity(features: Sequence[Tensor]) -> Tensor:
    """Return the largest cosine over the modalities of local with gathered documents, [b, C].

    Args:
        features: for each modality unit vectors [b, D], or zeros, which are like none.
    """
    return torch.stack([part @ gather_rows(part)[0].T for part in features]).amax(0)


def _soft_targets(alike: Tensor, found: Counterparts, unimodal: Unimodal) -> Tensor:
    allowed = found.is_own | found.negatives
    # One's own document is like itself, also where rounding or a missing modality says otherwise.
    alike = torch.where(found.is_own, 1.0, alike) / unimodal.temperature
    spread = torch.where(allowed, alike, -torch.inf).softmax(1)
    return unimodal.share * spread + (1 - unimodal.share) * found.is_own.to(spread.dtype)


def _given(ids: Tensor | None, name: str) -> Tensor:
    if ids is None:
        raise ValueError(f"the batch has no {name}, which a mask compares: add them when the batch is made")
    return ids
