"""The methods of the bench: an objective and an order of the documents, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from storage.errors import LooseleafError
from training.config import BatchSettings, ModelSettings, ObjectiveSettings, TrainConfig

Group = Literal["order-free", "order-aware", "floor", "ceiling"]


@dataclass(frozen=True)
class Method:
    """One row of the table."""

    name: str
    group: Group
    objective: ObjectiveSettings
    order: Literal["mined", "random"] = "random"


METHODS = (
    Method("clip_random", "floor", ObjectiveSettings(name="clip_random")),
    Method("clip_random_mined", "order-free", ObjectiveSettings(name="clip_random"), "mined"),
    Method("smooth_chamfer", "order-free", ObjectiveSettings(routing_weight=0.0)),
    Method("unaligned", "order-free", ObjectiveSettings()),
    Method("unaligned_mined", "order-free", ObjectiveSettings(), "mined"),
    Method("clip_adjacent", "order-aware", ObjectiveSettings(name="clip_adjacent")),
    Method("clip_adjacent_mined", "order-aware", ObjectiveSettings(name="clip_adjacent"), "mined"),
    Method("unaligned_layout", "order-aware", ObjectiveSettings(layout_prior=True)),
    Method("unaligned_layout_mined", "order-aware", ObjectiveSettings(layout_prior=True), "mined"),
    Method("clip_true", "ceiling", ObjectiveSettings(name="clip_true")),
    Method("clip_true_mined", "ceiling", ObjectiveSettings(name="clip_true"), "mined"),
)


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
        model=ModelSettings(pixel_hidden=0, text_hidden=0),
    )
