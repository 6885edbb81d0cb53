from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from tests.training.ragged_samples import SIZES, batch_of
from training import ragged
from training.model import ModelConfig, UnalignedModel

CONFIG = ModelConfig(pixel_width=6, text_width=4, text_hidden=8)


def model(config: ModelConfig = CONFIG) -> UnalignedModel:
    torch.manual_seed(0)
    return UnalignedModel(config)


def test_vectors_have_unit_length_and_texts_start_as_their_features() -> None:
    batch = batch_of(SIZES)
    encoded = model().encode(batch)
    assert torch.allclose(encoded.images.norm(dim=1), torch.ones(11))
    assert torch.allclose(encoded.texts, ragged.unit(batch.texts))
    assert encoded.contrasted.tolist() == [True, False, True, False, False, True, True]


def test_parts_of_an_image() -> None:
    batch = batch_of(SIZES)
    unaligned = model().eval()
    words = unaligned.encode(batch, "words").images
    assert torch.allclose(words, ragged.unit(batch.words)), "an image without words is neutral"
    pixels = unaligned.encode(batch, "pixels").images
    blind = unaligned.encode(replace(batch, pixels=torch.zeros_like(batch.pixels)), "words").images
    mute = unaligned.encode(replace(batch, words=torch.zeros_like(batch.words)), "pixels").images
    assert torch.equal(words, blind)
    assert torch.equal(pixels, mute)
    both = unaligned.encode(batch, "both").images
    assert torch.allclose(both[~batch.has_words], pixels[~batch.has_words], atol=1e-6)
    with_words = batch.has_words
    share = CONFIG.pixel_share
    wanted = ragged.unit(share * pixels + (1 - share) * words)
    assert torch.allclose(both[with_words], wanted[with_words], atol=1e-5)


def test_centring_does_not_give_words_to_images_without() -> None:
    unaligned = model()
    batch = batch_of(SIZES)
    unaligned.set_centres(batch.pixels.mean(0), torch.ones(4), batch.texts.mean(0))
    words = unaligned.encode(batch, "words").images
    assert (words[~batch.has_words] == 0).all()
    assert torch.allclose(unaligned.encode(batch).texts, ragged.unit(batch.texts - batch.texts.mean(0)))
    assert "text_centre.mean" in unaligned.state_dict()


def test_part_dropout_belongs_to_the_image_and_to_training() -> None:
    batch = batch_of([(40, 2), (60, 3)])
    unaligned = model(replace(CONFIG, part_dropout=0.5)).train()
    drawn = unaligned.encode(batch, draw=3).images
    pixels, words = (unaligned.encode(batch, part).images for part in ("pixels", "words"))
    both = unaligned.encode(batch).images
    held = batch.has_words

    def share(other: Tensor) -> float:
        return float((drawn - other)[held].abs().amax(1).lt(1e-6).float().mean())

    assert 0.1 < share(pixels) < 0.4
    assert 0.1 < share(words) < 0.4
    assert 0.3 < share(both) < 0.7
    assert torch.equal(drawn[~held], both[~held]), "what has pixels alone keeps them"
    assert torch.equal(unaligned.encode(batch.select([1]), draw=3).images, drawn[40:])
    assert not torch.equal(unaligned.encode(batch, draw=4).images, drawn)
    assert torch.allclose(unaligned.eval().encode(batch, draw=3).images, both)


def test_no_gradient_is_nan_without_words_or_images() -> None:
    for sizes in (SIZES, [(0, 3)], [(2, 0)], [(0, 0)]):
        unaligned = model()
        batch = batch_of(sizes)
        encoded = unaligned.encode(replace(batch, words=torch.zeros_like(batch.words)), "words")
        (encoded.images.sum() + encoded.texts.sum()).backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in unaligned.parameters())


def test_the_scale_is_bounded_and_keeps_its_gradient() -> None:
    unaligned = model()
    assert torch.isclose(unaligned.scale, torch.tensor(14.0))
    with torch.no_grad():
        unaligned.log_scale.fill_(9.0)
    assert torch.isclose(unaligned.scale, torch.tensor(100.0), atol=1e-3)
    unaligned.scale.backward()
    assert unaligned.log_scale.grad is not None
    assert unaligned.log_scale.grad > 0


def test_a_separate_head_for_words() -> None:
    names = {
        name.split(".")[0] for name, _ in model(replace(CONFIG, share_text_head=False)).named_parameters()
    }
    assert "word_head" in names
    assert "word_head" not in {name.split(".")[0] for name, _ in model().named_parameters()}


class _Bag(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(20, 4)

    def forward(self, tokens: Tensor, offsets: Tensor) -> Tensor:
        return ragged.segment_mean(self.table(tokens), ragged.segment_ids(offsets), len(offsets) - 1)


def test_encoders_trained_from_scratch_are_plugged_in_front() -> None:
    batch = batch_of(SIZES)
    sizes = torch.arange(11) % 2
    text_sizes = torch.full((15,), 2)
    batch = replace(
        batch,
        images=torch.randn(11, 3, 1, 2),
        word_tokens=torch.arange(int(sizes.sum())),
        word_token_offsets=ragged.offsets_of(sizes),
        text_tokens=torch.arange(30) % 20,
        text_token_offsets=ragged.offsets_of(text_sizes),
    )
    unaligned = UnalignedModel(CONFIG, image_encoder=nn.Flatten(), text_encoder=_Bag())
    encoded = unaligned.encode(batch, "words")
    assert (encoded.images.norm(dim=1) > 0).tolist() == (sizes > 0).tolist()
    encoded.texts.sum().backward()
    assert unaligned.text_encoder is not None
    assert all(p.grad is not None for p in unaligned.text_encoder.parameters())
    with pytest.raises(ValueError, match="the batch has no images"):
        unaligned.encode(replace(batch, images=None))
