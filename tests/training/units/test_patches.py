import io

import numpy as np
import pytest
import torch
from PIL import Image

from storage.errors import LooseleafError
from training import ragged
from training.encoders.load import load_image_encoder
from training.model import ModelConfig, UnalignedModel
from training.units.patches import cell_contributions


def model_of(hidden: int = 0) -> UnalignedModel:
    torch.manual_seed(0)
    model = UnalignedModel(ModelConfig(pixel_width=1280, text_width=16, text_hidden=0, pixel_hidden=hidden))
    model.set_centres(torch.rand(1280), torch.zeros(16), torch.zeros(16))
    torch.nn.init.normal_(model.pixel_head.norm.bias)
    return model


def picture() -> bytes:
    values = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


def test_cells_sum_to_the_cosine_of_the_encoded_image() -> None:
    encoder = load_image_encoder("efficientnet-lite0")
    model, data = model_of(), picture()
    text = ragged.unit(torch.randn(1, 16))[0]
    cells = cell_contributions(model, encoder.maps([data])[0], text)
    assert cells.shape == (5, 5)
    pixels = torch.from_numpy(encoder.encode([data]))
    with torch.no_grad():
        cosine = ragged.unit(model.pixel_head(model.pixel_centre(pixels)))[0] @ text
    assert float(cells.sum()) == pytest.approx(float(cosine), abs=1e-5)


def test_moving_cells_moves_their_contributions() -> None:
    model, maps, text = model_of(), torch.rand(1280, 3, 4), ragged.unit(torch.randn(1, 16))[0]
    moved = cell_contributions(model, maps.flip(1), text)
    torch.testing.assert_close(moved, cell_contributions(model, maps, text).flip(0))


def test_a_head_that_is_not_linear_is_a_named_error() -> None:
    with pytest.raises(LooseleafError, match="linear pixel head"):
        cell_contributions(model_of(hidden=8), torch.rand(1280, 2, 2), torch.ones(16))
