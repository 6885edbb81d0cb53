"""The methods of the bench: an objective and an order of the documents, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from storage.errors import LooseleafError
from training.config import BatchSettings, ModelSettings, TrainConfig
from training.mining.settings import MiningSettings
from training.objectives.named import NAMES, named_objective
from training.objectives.settings import ObjectiveSettings

Group = Literal["order-free", "order-aware", "floor", "ceiling"]


@dataclass(frozen=True)
class Method:
    """One row of the table."""

    name: str
    group: Group
    objective: ObjectiveSettings
    order: Literal["mined", "random"] = "random"
    mining: MiningSettings | None = None


_AWARE = ("clip_adjacent", "unaligned_layout")
_GROUPS: dict[str, Group] = {
    "clip_random": "floor",
    "clip_true": "ceiling",
    **dict.fromkeys(_AWARE, "order-aware"),
}
#: Methods that are trained on mined negatives besides: of the model itself, again and again.
_MINED = ("clip_random", "unaligned", "clip_adjacent", "unaligned_layout", "clip_true")


def _methods() -> list[Method]:
    plain = [Method(name, _GROUPS.get(name, "order-free"), named_objective(name)) for name in NAMES]
    mined = [
        Method(
            f"{name}_mined",
            "order-aware" if name in _AWARE else "order-free" if name != "clip_true" else "ceiling",
            named_objective(name),
            "mined",
            MiningSettings(),
        )
        for name in _MINED
    ]
    unguarded = Method(
        "unaligned_unguarded",
        "order-free",
        named_objective("unaligned"),
        "mined",
        MiningSettings(guards=()),
    )
    return [*plain, *mined, unguarded]


METHODS = tuple(_methods())


def methods_called(names: Sequence[str]) -> list[Method]:
    """Return the methods of these names, all of them if there are none.

    Raises:
        LooseleafError: if there is none of a name.
    """
    known = {method.name: method for method in METHODS}
    wrong = [name for name in names if name not in known]
    if wrong:
        raise LooseleafError(f"There is no method {wrong[0]!r}; use one of {', '.join(known)}.")
    return [known[name] for name in names] if names else list(METHODS)


def training_of(method: Method, seed: int, steps: int) -> TrainConfig:
    """Return the training of a method with one seed, the same for all methods but for what they are."""
    return TrainConfig(
        seed=seed,
        steps=steps,
        checkpoint_every=steps,
        batch=BatchSettings(order=method.order),
        objective=method.objective,
        mining=method.mining,
        model=ModelSettings(pixel_hidden=0, text_hidden=0),
    )
