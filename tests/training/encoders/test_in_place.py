"""Packaged encoders in place: they begin as the locked ones, and adapters train a small part of them."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from training.encoders.bottleneck import Bottleneck
from training.encoders.in_place import InPlaceEfficientNet, InPlaceMiniLM
from training.encoders.load import load_image_encoder, load_text_encoder
from training.encoders.patch import prepare_images
from training.encoders.tokens import prepare_texts
from training.encoders.tuning_settings import TuningSettings

TEXTS = ["mesh of the plate", "von Mises stress " * 9, "", "a", "the load case of the second report"]
KINDS = [TuningSettings(), TuningSettings(kind="lora", rank=4), TuningSettings(kind="bottleneck", rank=4)]


def pictures() -> list[bytes]:
    random = np.random.default_rng(0)
    found = []
    for _ in range(3):
        buffer = io.BytesIO()
        Image.fromarray(random.integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(buffer, "PNG")
        found.append(buffer.getvalue())
    return found


def trained(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


@pytest.mark.parametrize("tuning", KINDS, ids=lambda tuning: tuning.kind)
def test_texts_begin_as_the_locked_ones_and_stand_alone(tuning: TuningSettings) -> None:
    encoder = InPlaceMiniLM(tuning).train()
    vectors = encoder(*prepare_texts(TEXTS, special=True))
    held = [index for index, text in enumerate(TEXTS) if text]
    locked = load_text_encoder("minilm").encode([TEXTS[index] for index in held])
    np.testing.assert_allclose(vectors.detach().numpy()[held], locked, atol=2e-6)
    assert not vectors[2].any()
    assert encoder(*prepare_texts([], special=True)).shape == (0, 384)
    one = encoder(*prepare_texts(TEXTS[1:2], special=True))
    torch.testing.assert_close(one[0], vectors[1], atol=2e-6, rtol=0)


@pytest.mark.parametrize("tuning", KINDS, ids=lambda tuning: tuning.kind)
def test_images_begin_as_the_locked_ones(tuning: TuningSettings) -> None:
    encoder = InPlaceEfficientNet(tuning).train()
    vectors = encoder(prepare_images(pictures(), 160))
    locked = load_image_encoder("efficientnet-lite0").encode(pictures())
    np.testing.assert_allclose(vectors.detach().numpy(), locked, atol=1e-4)
    assert encoder(torch.zeros(0, 3, 64, 64)).shape == (0, 1280)


@pytest.mark.parametrize("build", [InPlaceEfficientNet, InPlaceMiniLM])
def test_adapters_train_a_small_part_and_only_that_moves(build: type) -> None:
    whole = build(TuningSettings())
    assert trained(whole) == sum(p.numel() for p in whole.parameters())
    for tuning in KINDS[1:]:
        torch.manual_seed(0)
        encoder = build(tuning).train()
        assert 0 < trained(encoder) < 0.05 * trained(whole)
        inputs = (
            prepare_texts(TEXTS, special=True)
            if build is InPlaceMiniLM
            else (prepare_images(pictures(), 64),)
        )
        before = encoder(*inputs).detach()
        locked = {n: p.detach().clone() for n, p in encoder.named_parameters() if not p.requires_grad}
        optimizer = torch.optim.SGD([p for p in encoder.parameters() if p.requires_grad], lr=0.5)
        for _ in range(2):
            optimizer.zero_grad()
            encoder(*inputs)[:, :5].sum().backward()
            optimizer.step()
        assert not torch.allclose(encoder(*inputs), before, atol=1e-4)
        after = dict(encoder.named_parameters())
        assert all(torch.equal(after[name], value) for name, value in locked.items())


def test_a_bottleneck_treats_each_cell_of_a_map_as_a_vector() -> None:
    torch.manual_seed(0)
    bottleneck = Bottleneck(6, 3)
    nn.init.normal_(bottleneck.up.weight)
    maps = torch.randn(2, 6, 3, 4)
    torch.testing.assert_close(bottleneck(maps)[1, :, 2, 3], bottleneck(maps[1, :, 2, 3]))
