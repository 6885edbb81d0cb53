"""The towers of the bench: what is trained of the encoders, under one objective."""

from __future__ import annotations

from typing import Any

from flows.bench.methods import Method
from training.config import EncoderSettings
from training.objectives.named import named_objective

#: The same for all, so that the rows differ in their towers alone: what a step costs grows with it.
_DOCUMENTS = 8
#: Locked features are of squares of this side too.
_SIDE = 160
_IMAGE: dict[str, Any] = {"image": "efficientnet-lite0", "side": _SIDE}
_TEXT: dict[str, Any] = {"text": "minilm"}
_LORA = {"kind": "lora", "rank": 8}
_BOTTLENECK = {"kind": "bottleneck", "rank": 8}

#: By name. `locked` trains the heads alone; `text_...` locks the image tower (LiT), `image_...` the other.
_ENCODERS: dict[str, dict[str, Any]] = {
    "locked": {},
    "image_lora": {**_IMAGE, "image_tuning": _LORA},
    "image_bottleneck": {**_IMAGE, "image_tuning": _BOTTLENECK},
    "image_full": _IMAGE,
    "text_lora": {**_TEXT, "text_tuning": _LORA},
    "text_bottleneck": {**_TEXT, "text_tuning": _BOTTLENECK},
    "text_full": _TEXT,
    "both_lora": {**_IMAGE, **_TEXT, "image_tuning": _LORA, "text_tuning": _LORA},
    "both_full": {**_IMAGE, **_TEXT},
}

#: Shards that hold the bytes of their pictures, which encoders in place read.
DATA = ("B",)

TOWERS = tuple(
    Method(
        name,
        "order-free",
        named_objective("unaligned"),
        encoders=EncoderSettings.model_validate(encoders),
        documents=_DOCUMENTS,
    )
    for name, encoders in _ENCODERS.items()
)
