"""Hub encoders: what is missing is said in one sentence; a local model stands in for a hub's."""

import builtins
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from storage.errors import LooseleafError
from training.encoders.hub import hub_image_encoder, hub_text_encoder
from training.encoders.load import load_image_encoder, load_text_encoder
from training.encoders.word_pieces import minilm_folder


def test_text_encoder_of_transformers_equals_the_packaged_one() -> None:
    ours = load_text_encoder("minilm")
    hub = hub_text_encoder(f"hf:{minilm_folder()}")
    texts = ["a plate with a hole", "heat flows through the wall of a pipe", "mesh"]
    assert hub.width == ours.width
    np.testing.assert_allclose(hub.encode(texts), ours.encode(texts), atol=1e-5)


def test_image_encoder_of_transformers(tmp_path: Path) -> None:
    from transformers import ViTConfig, ViTImageProcessor, ViTModel

    config = ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=32,
        patch_size=8,
    )
    ViTModel(config).save_pretrained(tmp_path)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    encoder = load_image_encoder(f"hf:{tmp_path}")
    buffer = io.BytesIO()
    Image.new("RGB", (50, 40), (9, 90, 200)).save(buffer, "PNG")
    assert encoder.width == 16
    assert encoder.encode([buffer.getvalue()] * 3).shape == (3, 16)


def test_unreachable_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="cannot be loaded") as raised:
        hub_image_encoder(f"hf:{tmp_path}/nothing/here")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["timm:vit_tiny_patch16_224", "open_clip:ViT-B-32/openai"])
def test_missing_package_is_one_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = name.partition(":")[0]
    real_import = builtins.__import__

    def without(module: str, *args: object, **kwargs: object) -> object:
        if module.partition(".")[0] == wanted:
            raise ImportError(f"No module named {wanted!r}", name=wanted)
        return real_import(module, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(LooseleafError, match=f"not installed \\({wanted}\\)"):
        hub_image_encoder(name)
