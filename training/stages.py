"""Staged training: which weights are locked or trained at a step, and at which rate.

A list of patterns for each stage, as big_vision has it: the first that matches a weight's name decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from storage.errors import LooseleafError
from training.config import TrainConfig
from training.schedule import learning_rate
from training.stage_settings import RateSettings, StageSettings

#: Of the learning rate, for all weights of a packaged encoder: they are known, the heads are not.
_PACKAGED = 0.05


@dataclass(frozen=True)
class Group:
    """Weights that share a rate in every stage, and weight decay or none."""

    parameters: list[nn.Parameter]
    decays: bool
    rules: tuple[int, ...]  # for each stage, which of its rates


class Stages:
    """The stages of a run, over the weights of its model.

    What the model itself has locked, such as the weights under adapters, stays locked.

    Args:
        model: its weights as `build_model` leaves them.
        config: of the run.

    Raises:
        LooseleafError: if a stage says nothing of a weight, or locks all of them.
    """

    def __init__(self, model: nn.Module, config: TrainConfig) -> None:
        self._config = config
        self._stages = config.stages or (_one_stage(config),)
        self.groups = _groups(model, self._stages)
        self.all = sum(parameter.numel() for parameter in model.parameters())
        for stage, at in zip(self._stages, self.starts, strict=True):
            if not self.trained(at):
                raise LooseleafError(
                    f"The stage from step {stage.from_step} locks every weight; leave one of them a schedule."
                )

    @property
    def starts(self) -> list[int]:
        """The first step of each stage, counted from 0."""
        return [stage.from_step for stage in self._stages]

    def rates(self, step: int) -> list[float | None]:
        """Return the learning rate of each group at a step, counted from 0; None where it is locked."""
        number = max(index for index, start in enumerate(self.starts) if start <= step)
        ends = [*self.starts[1:], self._config.steps]
        stage, within = self._stages[number], step - self.starts[number]
        found: list[float | None] = []
        for group in self.groups:
            rule = stage.rates[group.rules[number]]
            if rule.schedule is None:
                found.append(None)
                continue
            settings = self._config.optimizer.model_copy(update={"schedule": rule.schedule})
            rate = learning_rate(within, ends[number] - self.starts[number], settings)
            found.append(rule.times * rate)
        return found

    def trained(self, step: int) -> int:
        """Return how many numbers are trained at a step, counted from 0."""
        rated = zip(self.groups, self.rates(step), strict=True)
        return sum(p.numel() for group, rate in rated if rate is not None for p in group.parameters)

    @property
    def counts(self) -> dict[str, Any]:
        """How many numbers the model has, and how many of them each stage trains."""
        trained = [{"from_step": at, "trained": self.trained(at)} for at in self.starts]
        return {"all": self.all, "stages": trained}

    def told(self, step: int) -> str:
        """Say what is trained from a step on, for the log."""
        return f"from step {step} on {self.trained(step):,} of {self.all:,} parameters are trained"


def _one_stage(config: TrainConfig) -> StageSettings:
    """All weights from the start, those of whole packaged encoders slowly."""
    schedule, encoders = config.optimizer.schedule, config.encoders
    rates = [RateSettings(pattern=".*", schedule=schedule)]
    for name, packaged, tuning in (
        ("text_encoder", encoders.text == "minilm", encoders.text_tuning),
        ("image_encoder", encoders.image == "efficientnet-lite0", encoders.image_tuning),
    ):
        if packaged and tuning.kind == "full":
            rates.insert(0, RateSettings(pattern=rf"{name}\..*", schedule=schedule, times=_PACKAGED))
    return StageSettings(rates=tuple(rates))


def _groups(model: nn.Module, stages: Sequence[StageSettings]) -> list[Group]:
    found: dict[tuple[tuple[int, ...], bool], Group] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        # Matrices decay, vectors and scalars do not.
        key = tuple(_rule(name, stage) for stage in stages), parameter.dim() >= 2
        found.setdefault(key, Group([], key[1], key[0])).parameters.append(parameter)
    return sorted(found.values(), key=lambda group: (group.rules, not group.decays))


def _rule(name: str, stage: StageSettings) -> int:
    for index, rate in enumerate(stage.rates):
        if re.fullmatch(rate.pattern, name):
            return index
    raise LooseleafError(
        f"The stage from step {stage.from_step} says nothing of the weight {name}; "
        "end its rates with [.*, cosine], or [.*, null] to lock the rest."
    )
