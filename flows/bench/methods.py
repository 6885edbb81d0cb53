"""The methods of the bench: an objective and an order of the documents, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from storage.errors import LooseleafError
from training.config import (
    BatchSettings,
    EncoderSettings,
    ModelSettings,
    OptimizerSettings,
    TrainConfig,
)
from training.encoders.token_settings import TokenSettings
from training.mining.settings import MiningSettings
from training.objectives.named import NAMES, named_objective
from training.objectives.settings import ObjectiveSettings, TermSettings
from training.similarity.settings import SimilaritySettings

Group = Literal["order-free", "order-aware", "floor", "ceiling"]


@dataclass(frozen=True)
class Method:
    """One row of the table."""

    name: str
    group: Group
    objective: ObjectiveSettings
    order: Literal["mined", "random"] = "random"
    mining: MiningSettings | None = None
    documents: int = 32  # of a step
    encoders: EncoderSettings = field(default_factory=EncoderSettings)
    ours: bool = False  # no baseline to beat
    most_steps: int | None = None  # where a step costs many times what others do


_AWARE = ("clip_adjacent", "unaligned_layout", "latent_alignment_layout")
_OURS = (
    *("unaligned", "unaligned_layout", "latent_alignment", "latent_alignment_layout"),
    *("smooth_alignment", "intra_document", "self_assignment"),
)
_GROUPS: dict[str, Group] = {
    "clip_random": "floor",
    "clip_true": "ceiling",
    **dict.fromkeys(_AWARE, "order-aware"),
}
#: Methods that are trained on mined negatives besides: of the model itself, again and again.
_MINED = ("clip_random", "unaligned", "clip_adjacent", "unaligned_layout", "clip_true")


def _methods() -> list[Method]:
    plain = [
        Method(name, _GROUPS.get(name, "order-free"), named_objective(name), ours=name in _OURS)
        for name in NAMES
    ]
    mined = [
        Method(
            f"{name}_mined",
            "order-aware" if name in _AWARE else "order-free" if name != "clip_true" else "ceiling",
            named_objective(name),
            "mined",
            MiningSettings(),
            ours=name in _OURS,
        )
        for name in _MINED
    ]
    return [*plain, *mined, *_small(), *_with_tokens()]


def _small() -> list[Method]:
    """With few documents a step, negatives that are drawn are easy: what mining adds, and its guards."""
    minings: dict[str, MiningSettings | None] = {
        "unaligned_small": None,
        "unaligned_small_mined": MiningSettings(every=1),
        "unaligned_small_unguarded": MiningSettings(every=1, guards=()),
    }
    return [
        Method(
            name,
            "order-free",
            named_objective("unaligned"),
            "random" if mining is None else "mined",
            mining,
            documents=8,
            ours=True,
        )
        for name, mining in minings.items()
    ]


def _with_tokens() -> list[Method]:
    """Late interaction of tokens: all of a unit at once, or each scale with each by learned weights."""
    tokens = TokenSettings(image=("whole", "tiles"), text=("section", "words"))

    def method(name: str, scales: Literal["joined", "apart"]) -> Method:
        similarity = SimilaritySettings(form="late_interaction", scales=scales)
        objective = ObjectiveSettings(name=name, terms=(TermSettings(similarity=similarity),))
        return Method(
            name,
            "order-free",
            objective,
            encoders=EncoderSettings(tokens=tokens),
            ours=scales == "apart",
            most_steps=100,
        )

    return [method("late_interaction_tokens", "joined"), method("multi_scale", "apart")]


#: Rates of a linear map, which has to leave its random start behind within the steps of the bench, and of
#: encoders that know something already.
_RATE, _RATE_IN_PLACE = 3e-3, 1e-3

METHODS = tuple(_methods())


def methods_called(names: Sequence[str], among: Sequence[Method] = METHODS) -> list[Method]:
    """Return the methods of these names, all of them if there are none.

    Args:
        names: of the rows.
        among: all that there are.

    Raises:
        LooseleafError: if there is none of a name.
    """
    known = {method.name: method for method in among}
    wrong = [name for name in names if name not in known]
    if wrong:
        raise LooseleafError(f"There is no method {wrong[0]!r}; use one of {', '.join(known)}.")
    return [known[name] for name in names] if names else list(among)


def training_of(method: Method, seed: int, steps: int) -> TrainConfig:
    """Return the training of a method with one seed, the same for all methods but for what they are."""
    steps = min(steps, method.most_steps or steps)
    return TrainConfig(
        seed=seed,
        steps=steps,
        checkpoint_every=steps,
        batch=BatchSettings(documents=method.documents, order=method.order),
        optimizer=OptimizerSettings(lr=_RATE if method.encoders == EncoderSettings() else _RATE_IN_PLACE),
        encoders=method.encoders,
        objective=method.objective,
        mining=method.mining,
        model=ModelSettings(pixel_hidden=0, text_hidden=0),
    )
