"""Encoders by the name of a hub: `hf:`, `timm:` and `open_clip:`, for those who can reach one.

Nothing is imported or asked for until an encoder is loaded. A missing package and a hub that cannot be
reached each end in one sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, TypeVar

import httpx
import torch
from PIL import Image

from storage.errors import LooseleafError
from training.encoders.base import ImageEncoder, TextEncoder
from training.encoders.token_batches import mean_of_tokens
from training.encoders.wrapped import WrappedImageEncoder, WrappedTextEncoder

_MAX_TOKENS = 512
Encoder = TypeVar("Encoder")


def hub_image_encoder(name: str) -> ImageEncoder:
    """Return the image encoder `hf:NAME`, `timm:NAME` or `open_clip:ARCHITECTURE/WEIGHTS`.

    Raises:
        LooseleafError: if the library is not installed, or the model cannot be had.
    """
    kind, _, model = name.partition(":")
    loaders = {"hf": _hf_image, "timm": _timm_image, "open_clip": _open_clip_image}
    return _loaded(name, lambda: loaders[kind](name, model))


def hub_text_encoder(name: str) -> TextEncoder:
    """Return the text encoder `hf:NAME` or `open_clip:ARCHITECTURE/WEIGHTS`.

    Raises:
        LooseleafError: if the library is not installed, or the model cannot be had.
    """
    kind, _, model = name.partition(":")
    loaders = {"hf": _hf_text, "open_clip": _open_clip_text}
    return _loaded(name, lambda: loaders[kind](name, model))


def _loaded(name: str, load: Callable[[], Encoder]) -> Encoder:
    try:
        return load()
    except ImportError as error:
        raise LooseleafError(
            f"The encoder {name!r} needs a package that is not installed ({error.name}); "
            "install looseleaf with its extra 'hub'."
        ) from error
    except (OSError, ValueError, RuntimeError, httpx.HTTPError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise LooseleafError(
            f"The encoder {name!r} cannot be loaded ({reason}); check its name and that the hub "
            "can be reached, or use the packaged encoders 'efficientnet-lite0' and 'minilm'."
        ) from error


def _hf_image(name: str, model_name: str) -> ImageEncoder:
    from transformers import AutoImageProcessor, AutoModel  # noqa: PLC0415

    processor = AutoImageProcessor.from_pretrained(model_name)
    model = AutoModel.from_pretrained(model_name).eval()
    size = dict(processor.size)
    side = int(size.get("height") or size.get("shortest_edge") or 224)

    def features(pictures: list[Image.Image]) -> torch.Tensor:
        # Already square, at the model's own size: only the normalisation is left to do.
        inputs = processor(images=pictures, return_tensors="pt", do_resize=False, do_center_crop=False)
        vision = getattr(model, "vision_model", model)
        return _pooled(vision(pixel_values=inputs["pixel_values"]))

    return WrappedImageEncoder(name, _hf_version(model), side, features)


def _hf_text(name: str, model_name: str) -> TextEncoder:
    from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415

    tokenizer = AutoTokenizer.from_pretrained(model_name)
    loaded = AutoModel.from_pretrained(model_name).eval()
    model = getattr(loaded, "text_model", loaded)
    longest = min(_MAX_TOKENS, int(getattr(model.config, "max_position_embeddings", _MAX_TOKENS)))

    def features(texts: list[str]) -> torch.Tensor:
        inputs = tokenizer(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
        return mean_of_tokens(model(**inputs).last_hidden_state, inputs["attention_mask"])

    def length(text: str) -> int:
        return len(tokenizer(text, truncation=True, max_length=longest)["input_ids"])

    return WrappedTextEncoder(name, _hf_version(loaded), length, features)


def _hf_version(model: Any) -> str:
    commit = getattr(model.config, "_commit_hash", None)
    return f"transformers-{version('transformers')}+{commit or 'local'}"


def _pooled(outputs: Any) -> torch.Tensor:
    """Return a model's own pooled vector, or the mean over its patches or over its map."""
    pooled = getattr(outputs, "pooler_output", None)
    states: torch.Tensor = outputs.last_hidden_state if pooled is None else pooled
    if pooled is not None:
        return states.flatten(start_dim=1)
    return states.mean(dim=(2, 3)) if states.dim() == 4 else states.mean(dim=1)


def _timm_image(name: str, model_name: str) -> ImageEncoder:
    import timm  # noqa: PLC0415
    from timm.data import create_transform, resolve_data_config  # noqa: PLC0415

    model = timm.create_model(model_name, pretrained=True, num_classes=0).eval()
    config = resolve_data_config({}, model=model)
    config["crop_pct"] = 1.0  # nothing of a figure is cut off
    transform = create_transform(**config)

    def features(pictures: list[Image.Image]) -> torch.Tensor:
        vectors: torch.Tensor = model(torch.stack([transform(picture) for picture in pictures]))
        return vectors

    return WrappedImageEncoder(name, f"timm-{version('timm')}", int(config["input_size"][-1]), features)


def _open_clip(model_name: str) -> tuple[Any, Any]:
    import open_clip  # noqa: PLC0415

    architecture, _, weights = model_name.partition("/")
    model, _, transform = open_clip.create_model_and_transforms(architecture, pretrained=weights or None)
    return model.eval(), transform


def _open_clip_image(name: str, model_name: str) -> ImageEncoder:
    model, transform = _open_clip(model_name)
    size = model.visual.image_size
    side = int(size if isinstance(size, int) else size[0])

    def features(pictures: list[Image.Image]) -> torch.Tensor:
        vectors: torch.Tensor = model.encode_image(
            torch.stack([transform(p) for p in pictures]), normalize=True
        )
        return vectors

    return WrappedImageEncoder(name, f"open_clip-{version('open_clip_torch')}", side, features)


def _open_clip_text(name: str, model_name: str) -> TextEncoder:
    import open_clip  # noqa: PLC0415

    model, _ = _open_clip(model_name)
    tokenizer = open_clip.get_tokenizer(model_name.partition("/")[0])

    def features(texts: list[str]) -> torch.Tensor:
        vectors: torch.Tensor = model.encode_text(tokenizer(texts), normalize=True)
        return vectors

    return WrappedTextEncoder(name, f"open_clip-{version('open_clip_torch')}", len, features)
