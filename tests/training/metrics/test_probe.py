"""The probe tells apart what is apart, guesses where all is mixed, and is asked what it never saw."""

from __future__ import annotations

import numpy as np
import pytest

from storage.errors import LooseleafError
from training.metrics.probe import modality_probe


def _sides(seed: int, images: int = 400, texts: int = 900, width: int = 6) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [
        random.normal(size=(images, width)),
        random.normal(size=(texts, width)),
        random.integers(60, size=images),
        random.integers(60, size=texts),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_mixed_modalities_are_guessed_however_many_there_are_of_each(seed: int) -> None:
    assert modality_probe(*_sides(seed)) == pytest.approx(0.5, abs=0.08)


def test_separate_modalities_are_told_apart() -> None:
    images, texts, of_images, of_texts = _sides(0)
    images[:, 2] += 4
    texts[:, 2] -= 4
    assert modality_probe(images, texts, of_images, of_texts) > 0.97


def test_it_is_measured_on_documents_that_it_was_not_fitted_on() -> None:
    # More dimensions than vectors: whatever it is fitted on it tells apart.
    images, texts, of_images, of_texts = _sides(1, 30, 30, width=300)
    assert modality_probe(images, texts, of_images, of_texts) == pytest.approx(0.5, abs=0.3)
    # The sides are swapped in the odd documents: a probe that was fitted on the even ones is always wrong.
    images, texts, of_images, of_texts = _sides(2)
    images[:, 0] += np.where(of_images % 2 == 0, 8, -8)
    texts[:, 0] -= np.where(of_texts % 2 == 0, 8, -8)
    assert modality_probe(images, texts, of_images, of_texts) < 0.1


def test_lengths_and_rows_of_zeros_change_nothing() -> None:
    images, texts, of_images, of_texts = _sides(3)
    images[:, 1] += 1
    plain = modality_probe(images, texts, of_images, of_texts)
    assert modality_probe(7 * images, 0.1 * texts, of_images, of_texts) == pytest.approx(plain)
    more = np.concatenate([images, np.zeros((50, 6))])
    owners = np.concatenate([of_images, np.arange(50)])
    assert modality_probe(more, texts, owners, of_texts) == pytest.approx(plain)


def test_nothing_to_ask_gives_nan_and_nan_is_refused() -> None:
    images, texts, of_images, of_texts = _sides(0, 8, 8)
    assert np.isnan(modality_probe(images, texts, 0 * of_images, of_texts))
    assert np.isnan(modality_probe(images[:0], texts, of_images[:0], of_texts))
    with pytest.raises(LooseleafError, match="not finite"):
        modality_probe(np.full_like(images, np.nan), texts, of_images, of_texts)
