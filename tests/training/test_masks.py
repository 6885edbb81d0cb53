"""Masks of false negatives: symmetric, by what documents hold, and one's own always counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.training.ragged_samples import batch_of, encoded_of
from training import ragged
from training.batch import TensorBatch
from training.choices import MaskName
from training.contrast.counterparts import Counterparts
from training.encoded import Gathered
from training.masks import Masks, Unimodal, between_documents_counterparts, document_features
from training.near_duplicates import text_bands

SIZES = [(2, 1), (1, 2), (0, 1), (2, 2), (1, 1)]
IMAGES = [10, 11, 11, 12, 13, 14]  # documents 0 and 1 share an image
TEXT = "the deflection of the beam was measured at its free end under a load of ten newton at noon"
TEXTS = [TEXT, "other", TEXT + " twice", "nothing alike", "", "", "short"]


def batch() -> TensorBatch:
    made = batch_of(SIZES)
    return replace(made, image_keys=torch.tensor(IMAGES), text_bands=text_bands(TEXTS))


def found(
    of: TensorBatch, *names: MaskName, features: tuple[Tensor, ...] = (), **how: object
) -> Counterparts:
    encoded = encoded_of(of)
    unimodal = Unimodal(**how)  # type: ignore[arg-type]
    return between_documents_counterparts(
        of, encoded, Gathered(encoded, 0, 1), Masks(("document", *names), unimodal), features
    )


def pairs_left(of: Counterparts) -> set[tuple[int, int]]:
    return {(int(a), int(b)) for a, b in of.negatives.nonzero()}


def everyone() -> set[tuple[int, int]]:
    return {(a, b) for a in (0, 1, 3, 4) for b in (0, 1, 3, 4) if a != b}


def test_without_a_mask_all_that_have_both_are_negatives() -> None:
    assert pairs_left(found(batch())) == everyone()


def test_a_document_drawn_twice_is_not_its_own_negative() -> None:
    twice = batch().select([0, 1, 0])
    assert pairs_left(found(twice)) == {(0, 1), (1, 0), (1, 2), (2, 1)}


def test_family() -> None:
    of = replace(batch(), families=torch.tensor([5, 6, 5, 5, 6]))
    assert pairs_left(found(of, "family")) == everyone() - {(0, 3), (3, 0), (1, 4), (4, 1)}


def test_the_same_image_in_several_documents() -> None:
    assert pairs_left(found(batch(), "image")) == everyone() - {(0, 1), (1, 0)}


def test_near_duplicate_texts_and_texts_without_words() -> None:
    """Documents 0 and 1 share nearly a text; the empty texts of document 3 are like none."""
    assert pairs_left(found(batch(), "text")) == everyone() - {(0, 1), (1, 0)}


def test_near_duplicates_by_how_much_overlaps() -> None:
    words = [f"w{index}" for index in range(200)]
    texts = [" ".join(words), " ".join(words[:190] + ["new"] * 10), " ".join(words[100:] + ["x"] * 100)]
    bands = text_bands(texts)
    assert (bands[0] == bands[1]).any(), "95 % of the words"
    assert not (bands[0] == bands[2]).any(), "half of them"
    assert torch.equal(text_bands([texts[0].upper()])[0], bands[0])


@pytest.mark.parametrize("names", [("image",), ("text",), ("family",), ("image", "text", "family")])
def test_masks_are_symmetric_and_follow_the_documents(names: tuple[MaskName, ...]) -> None:
    plain = found(batch(), *names)
    assert torch.equal(plain.negatives, plain.negatives.T)
    order = [4, 0, 3, 2, 1]
    moved = found(batch().select(order), *names)
    assert torch.equal(moved.negatives, plain.negatives[order][:, order])


def test_documents_that_all_hold_one_image_have_no_negative_and_take_no_part() -> None:
    of = found(replace(batch(), image_keys=torch.full((6,), 7)), "image")
    assert not of.taken.any()
    assert of.count == 1


def test_ids_that_the_batch_lacks_are_named() -> None:
    with pytest.raises(ValueError, match="no image_keys"):
        found(batch_of(SIZES), "image")
    with pytest.raises(ValueError, match="no text_bands"):
        found(batch_of(SIZES), "text")


def features() -> tuple[Tensor, Tensor]:
    """Documents 0 and 3 are alike in their texts, 1 and 4 in their images; one has no images."""
    texts = ragged.unit(torch.eye(5)[[0, 1, 2, 0, 3]])
    images = torch.eye(5)[[0, 1, 2, 3, 1]]
    images[2] = 0
    return images, texts


def test_alike_in_one_modality() -> None:
    of = found(batch(), "unimodal", features=features(), threshold=0.9)
    assert pairs_left(of) == everyone() - {(0, 3), (3, 0), (1, 4), (4, 1)}


def test_soft_targets_spread_the_truth_over_what_is_alike() -> None:
    of = found(batch(), "unimodal", features=features(), soft=True, share=0.4, temperature=0.1)
    assert pairs_left(of) == everyone()
    assert of.targets is not None
    assert torch.allclose(of.targets.sum(1), torch.ones(5))
    assert of.targets[0, 3] == of.targets[3, 0] == pytest.approx(0.2, abs=1e-3)
    assert float(of.targets[0, 0]) == pytest.approx(0.8, abs=1e-3)
    assert float(of.targets[0, 2]) == 0, "a document without images takes no part"
    certain = found(batch(), "unimodal", features=features(), soft=True, share=0.0)
    assert certain.targets is not None
    assert torch.equal(certain.targets, torch.eye(5))


def test_features_of_a_document_are_the_unit_mean_of_its_members() -> None:
    members = torch.tensor([[2.0, 0.0], [0.0, 3.0], [0.0, 0.5]])
    means = document_features(members, torch.tensor([0, 2, 2, 3]))
    half = 0.5**0.5
    assert torch.allclose(means, torch.tensor([[half, half], [0.0, 0.0], [0.0, 1.0]]))
