"""Encoders trained from scratch: ragged input, empty input, gradients."""

import io

import torch
from PIL import Image

from training.encoders.patch import PatchEncoder, prepare_images
from training.encoders.tokens import TokenEncoder, prepare_texts


def test_patch_encoder_learns_a_colour() -> None:
    torch.manual_seed(0)
    encoder = PatchEncoder(width=24, side=32, patch=8, layers=1, heads=2)
    pictures = []
    for color in ((255, 0, 0), (0, 255, 0)):
        buffer = io.BytesIO()
        Image.new("RGB", (40, 30), color).save(buffer, "PNG")
        pictures.append(buffer.getvalue())
    images = prepare_images(pictures, 32)
    optimizer = torch.optim.Adam(encoder.parameters(), 1e-2)
    for _ in range(30):
        loss = torch.nn.functional.cross_entropy(encoder(images)[:, :2], torch.tensor([0, 1]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.1
    assert encoder(images[:0]).shape == (0, 24)


def test_tokens_are_packed_and_each_text_stands_alone() -> None:
    torch.manual_seed(0)
    encoder = TokenEncoder(width=16)
    texts = ["mesh of the plate", "", "a very " * 300, "von Mises stress"]
    tokens, offsets = prepare_texts(texts)
    lengths = offsets.diff().tolist()
    assert lengths[1] == 0
    assert lengths[2] == 256
    assert len(tokens) == sum(lengths)
    together = encoder(tokens, offsets)
    for index, text in enumerate(texts):
        torch.testing.assert_close(encoder(*prepare_texts([text]))[0], together[index])
    together.sum().backward()
    assert encoder(*prepare_texts([])).shape == (0, 16)
