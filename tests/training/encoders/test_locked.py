"""The packaged encoders: order and batching change nothing, meaning counts."""

import io

import numpy as np
import pytest
from PIL import Image

from storage.errors import LooseleafError
from training.encoders.load import load_image_encoder, load_text_encoder
from training.encoders.token_batches import batches_by_length


def _picture(color: tuple[int, int, int], size: tuple[int, int] = (80, 60)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


def test_texts_come_back_in_order_and_of_unit_length() -> None:
    encoder = load_text_encoder("minilm")
    texts = [
        "a plate with a hole",
        "The stress at the hole. " * 40,
        "",
        "cats and dogs",
        "stress near a hole in a sheet",
    ]
    vectors = encoder.encode(texts)
    assert vectors.shape == (5, encoder.width)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    for index, text in enumerate(texts):
        np.testing.assert_allclose(encoder.encode([text])[0], vectors[index], atol=1e-5)
    assert vectors[0] @ vectors[4] > vectors[0] @ vectors[3] + 0.3


def test_images_do_not_depend_on_their_batch() -> None:
    encoder = load_image_encoder("efficientnet-lite0")
    images = [_picture((255, 0, 0)), _picture((0, 0, 255), (30, 90)), _picture((255, 0, 0))]
    vectors = encoder.encode(images)
    assert vectors.shape == (3, 1280)
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-4)
    np.testing.assert_allclose(encoder.encode(images[1:2])[0], vectors[1], atol=1e-4)
    assert np.abs(vectors[0] - vectors[1]).max() > 0.05


def test_nothing_in_nothing_out() -> None:
    assert load_text_encoder("minilm").encode([]).shape == (0, 384)
    assert load_image_encoder("efficientnet-lite0").encode([]).shape == (0, 1280)


def test_an_encoder_is_loaded_once() -> None:
    assert load_text_encoder("minilm") is load_text_encoder("minilm")


@pytest.mark.parametrize("load", [load_image_encoder, load_text_encoder])
def test_unknown_name_is_one_sentence(load: object) -> None:
    with pytest.raises(LooseleafError, match=r"There is no .* encoder 'nope'"):
        load("nope")  # type: ignore[operator]


def test_batches_hold_every_text_once_and_little_padding() -> None:
    lengths = np.random.default_rng(0).integers(1, 200, 300).tolist()
    batches = batches_by_length(lengths, 1024)
    assert sorted(index for batch in batches for index in batch) == list(range(300))
    padded = sum(max(lengths[i] for i in batch) * len(batch) for batch in batches)
    assert padded <= 1.1 * sum(lengths)
    assert all(max(lengths[i] for i in batch) * len(batch) <= 1024 for batch in batches)
