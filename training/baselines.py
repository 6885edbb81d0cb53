"""The runs that a run is compared with: the same steps and documents, another objective or another seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from storage.filesystem import join
from training.checkpoint import checkpoint_steps
from training.config import TrainConfig
from training.encoders.token_settings import TokenSettings
from training.loop import train_loop
from training.objectives.named import named_objective, objective_name
from training.objectives.settings import ObjectiveSettings

Progress = Callable[[int, int], None]

#: What a run is compared with by default.
_COMPARED = ("unaligned", "unaligned_layout", "clip_random", "clip_adjacent", "clip_true")


@dataclass(frozen=True)
class Contender:
    """One training that enters the table: `name` is shared by its seeds."""

    name: str
    config: TrainConfig
    run: str


def compared_objectives(own: ObjectiveSettings) -> list[ObjectiveSettings]:
    """Return a run's objective and, after it, those that it is compared with; each name once."""
    known = [named_objective(name) for name in _COMPARED]
    return [own, *(other for other in known if objective_name(other) != objective_name(own))]


def contenders(
    run: str, config: TrainConfig, seeds: int, objectives: list[ObjectiveSettings]
) -> list[Contender]:
    """Return the trainings of a table: every objective with every seed; the run itself is the first one.

    Args:
        run: of the run that is compared.
        config: of that run.
        seeds: how many seeds, counted from the run's own.
        objectives: the run's own first.
    """
    found = []
    for objective in objectives:
        name = objective_name(objective)
        for seed in range(config.seed, config.seed + seeds):
            own = objective == config.objective and seed == config.seed
            plain = config.encoders.model_copy(update={"tokens": TokenSettings()})
            found.append(
                Contender(
                    name,
                    config.model_copy(
                        update={
                            "seed": seed,
                            "objective": objective,
                            "encoders": config.encoders if objective.reads_tokens else plain,
                            "workers": 0,
                            "checkpoint_every": config.steps,
                        }
                    ),
                    run if own else join(run, "baselines", f"{name}-{seed}"),
                )
            )
    return found


def train_missing(found: list[Contender], shards: str, progress: Progress) -> Iterator[Contender]:
    """Train the contenders that are not trained to their end yet, one after the other in this process.

    Args:
        found: the contenders; one whose run is there and ended is taken as it is.
        shards: the packed shards.
        progress: called with how many are done, and of how many.

    Raises:
        LooseleafError: if a training fails.
    """
    for index, contender in enumerate(found):
        progress(index, len(found))
        if contender.config.steps not in checkpoint_steps(contender.run):
            train_loop(contender.config, shards, contender.run, watch=False)
        yield contender
    progress(len(found), len(found))
