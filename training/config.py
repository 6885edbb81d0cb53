"""What a training run is told: every field described, bounded, and named in the error when it is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from storage.errors import LooseleafError
from storage.filesystem import read_bytes
from training.encoders.token_settings import TokenSettings
from training.encoders.tuning_settings import TuningSettings
from training.mining.settings import MiningSettings
from training.mlflow_settings import MlflowSettings
from training.objectives.named import named_objective, objective_values
from training.objectives.settings import ObjectiveSettings
from training.parallel import Parallel
from training.precision import Precision
from training.settings import Settings
from training.stage_settings import StageSettings

#: A number of workers.
Workers = Annotated[int, Field(ge=0, le=1024)]


class BatchSettings(Settings):
    """What one step sees."""

    documents: int = Field(
        default=32, ge=2, le=4096, description="Documents of one step over all workers (2 to 4096)."
    )
    units: int | None = Field(
        default=None,
        ge=4,
        le=1_000_000,
        description="Images and texts of one step over all workers, in place of `documents`; documents of "
        "more than half of it are left out (4 to 1000000).",
    )
    by_length: bool = Field(
        default=True,
        description="With `units`, put documents of similar length together.",
    )
    max_images: int = Field(
        default=16, ge=1, le=256, description="Images drawn of one document a step (1 to 256)."
    )
    max_texts: int = Field(
        default=32, ge=1, le=512, description="Texts drawn of one document a step (1 to 512)."
    )
    encode_documents: int = Field(
        default=0,
        ge=0,
        le=4096,
        description="Documents encoded at once, with gradients as of all; 0 is all (to 4096).",
    )
    order: Literal["mined", "random"] = Field(
        default="mined", description="Keep mined negatives together, or shuffle single documents."
    )
    together: int = Field(
        default=4, ge=2, le=4096, description="mined: documents that meet with their negatives (2 to 4096)."
    )
    hard_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="mined: share of the documents that meet so (0 to 1).",
    )


class OptimizerSettings(Settings):
    """AdamW under a cosine schedule."""

    lr: float = Field(default=1e-3, gt=0, le=1.0, description="Highest learning rate (above 0, to 1).")
    weight_decay: float = Field(
        default=0.05, ge=0, le=1.0, description="Decay of matrices, not of biases (0 to 1)."
    )
    warmup: float = Field(
        default=0.1, ge=0, le=0.9, description="Share of the steps that warm up (0 to 0.9)."
    )
    schedule: Literal["cosine", "constant"] = Field(default="cosine", description="What follows the warm-up.")
    clip_norm: float = Field(
        default=1.0, gt=0, le=1e3, description="Largest norm of the gradient (above 0, to 1000)."
    )


class ModelSettings(Settings):
    """Shape of the model; its joint space has the text encoder's width."""

    pixel_hidden: int = Field(
        default=0, ge=0, le=4096, description="Residual head of pixels; 0 is linear (to 4096)."
    )
    text_hidden: int = Field(
        default=384, ge=0, le=4096, description="Residual head of texts; 0 is none (to 4096)."
    )
    share_text_head: bool = Field(default=True, description="An image's words go through the texts' head.")
    towers: Literal["separate", "shared"] = Field(
        default="separate", description="Shared: pixels, once mapped, go through the texts' head too."
    )
    pixel_share: float = Field(
        default=0.3, gt=0, lt=1, description="Share of the pixels at the start (0 to 1)."
    )
    part_dropout: float = Field(
        default=0.3, ge=0, le=1, description="How often pixels or words are left out of an image (0 to 1)."
    )
    scale: float = Field(
        default=14.0, gt=0, le=100, description="Of the logits at the start (above 0, to 100)."
    )


class EncoderSettings(Settings):
    """Where features come from: the shards' locked ones, packaged encoders, or ones trained from scratch."""

    image: Literal["features", "efficientnet-lite0", "patch"] = Field(
        default="features", description="Locked features, the packaged encoder in place, or a patch encoder."
    )
    text: Literal["features", "minilm", "tokens"] = Field(
        default="features", description="Locked features, the packaged encoder in place, or a token encoder."
    )
    image_tuning: TuningSettings = Field(default=TuningSettings(), description="Of efficientnet-lite0.")
    text_tuning: TuningSettings = Field(default=TuningSettings(), description="Of minilm.")
    width: int = Field(
        default=192, ge=16, le=1024, description="Width of encoders trained here (16 to 1024)."
    )
    side: Literal[64, 96, 128, 160] = Field(
        default=64, description="Side of the square that images are fitted into, in pixels."
    )

    tokens: TokenSettings = Field(
        default=TokenSettings(), description="Scales for the objective late_interaction."
    )

    @property
    def special_tokens(self) -> bool:
        """Whether texts have the tokens at both ends that MiniLM was trained with."""
        return self.text == "minilm"

    @model_validator(mode="after")
    def _tuned_in_place(self) -> Self:
        plain = TuningSettings()
        if self.image_tuning != plain and self.image != "efficientnet-lite0":
            raise ValueError("image_tuning is of efficientnet-lite0, which `image` does not name: add it")
        if self.text_tuning != plain and self.text != "minilm":
            raise ValueError("text_tuning is of minilm, which `text` does not name: add it")
        return self

    @model_validator(mode="after")
    def _given_tokens(self) -> Self:
        for name, encoder, asked, wanted in (
            ("image", self.image, self.tokens.of_images, "efficientnet-lite0"),
            ("text", self.text, self.tokens.of_texts, "minilm"),
        ):
            if asked and encoder not in ("features", wanted):
                raise ValueError(
                    f"the {name} encoder {encoder} gives no {asked[0]}: use features or {wanted}"
                )
        return self


class TrainConfig(Settings):
    """A training run."""

    seed: int = Field(default=0, ge=0, le=2**31, description="Of weights, order and draws (0 to 2147483648).")
    steps: int = Field(default=300, ge=1, le=10_000_000, description="Optimiser steps (1 to 10000000).")
    workers: Workers | tuple[Workers, Workers] = Field(
        default=0,
        description="Ray Train workers, or the fewest and the most of them: then it goes on with fewer when "
        "some are lost, and with more when there is room (0 to 1024); 0 trains in one process.",
    )
    parallel: Parallel = Field(
        default="auto",
        description="ddp: each worker holds all weights. fsdp: those of encoders that are trained are "
        "spread. auto: fsdp where one worker's memory would be short.",
    )
    retries: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="How often a lost worker or node is made up for without a new checkpoint between "
        "(0 to 1000).",
    )
    prefetch: int = Field(
        default=2, ge=0, le=64, description="Batches that a thread loads ahead; 0 loads when needed (to 64)."
    )
    device: Literal["cpu", "cuda", "auto"] = Field(default="cpu", description="Where to compute.")
    precision: Precision = Field(
        default="fp32", description="Of encoders and heads; bf16 keeps losses and weights in fp32."
    )
    compile: bool = Field(default=False, description="Compile the encoders that are trained.")
    checkpoint_every: int = Field(
        default=100, ge=1, le=1_000_000, description="Steps between checkpoints (1 up)."
    )
    keep_checkpoints: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="Latest checkpoints to keep; 0 keeps all (to 1000000).",
    )
    tensorboard: bool = Field(default=True, description="Write the curves for TensorBoard too.")
    mlflow: MlflowSettings | None = Field(
        default=None, description="Log to MLflow too; MLFLOW_TRACKING_URI asks for it as well."
    )
    similarity_documents: int = Field(
        default=6,
        ge=0,
        le=50,
        description="Held-out documents whose matrices are kept for the report (0 to 50).",
    )
    batch: BatchSettings = Field(default=BatchSettings(), description="What one step sees.")
    optimizer: OptimizerSettings = Field(default=OptimizerSettings(), description="AdamW.")
    stages: tuple[StageSettings, ...] = Field(
        default=(),
        max_length=64,
        description="Which weights train from which step; none is one for all.",
    )
    objective: ObjectiveSettings = Field(
        default=named_objective("unaligned"), description="What is minimised: a name, or all of it."
    )
    model: ModelSettings = Field(default=ModelSettings(), description="Shape of the model.")
    encoders: EncoderSettings = Field(default=EncoderSettings(), description="Where features come from.")
    mining: MiningSettings | None = Field(
        default=None, description="Mine again while training; needs batch.order mined."
    )

    @field_validator("objective", mode="before")
    @classmethod
    def _by_name(cls, told: Any) -> Any:
        return objective_values(told)

    @model_validator(mode="after")
    def _staged_in_order(self) -> Self:
        starts = [stage.from_step for stage in self.stages]
        if starts and (starts[0] != 0 or sorted(set(starts)) != starts or starts[-1] >= self.steps):
            raise ValueError(f"stages begin at {starts}: let the first be 0, each later, all below `steps`")
        return self

    @model_validator(mode="after")
    def _locked_where_needed(self) -> Self:
        trained = self.encoders.image != "features" or self.encoders.text != "features"
        if trained and "unimodal" in self.objective.mask:
            raise ValueError("the mask unimodal compares locked features, but here encoders are trained")
        if trained and self.objective.unpaired is not None:
            raise ValueError("unpaired restores locked features, but encoders are trained: leave it out")
        return self

    @model_validator(mode="after")
    def _tokens_that_are_read(self) -> Self:
        if self.encoders.tokens.asked and not self.objective.reads_tokens:
            raise ValueError("encoders.tokens are read by the objective late_interaction alone: name it")
        return self

    @field_validator("workers", mode="before")
    @classmethod
    def _fewest_first(cls, told: Any) -> Any:
        if isinstance(told, list | tuple) and (len(told) != 2 or not 1 <= told[0] <= told[1]):
            raise ValueError(f"workers are {list(told)}: give a number, or the fewest (1 up) and the most")
        return told

    @property
    def most_workers(self) -> int:
        """How many workers train where there is room; 0 trains in one process."""
        return self.workers[1] if isinstance(self.workers, tuple) else self.workers

    @property
    def fewest_workers(self) -> int:
        """With how few workers it goes on."""
        return self.workers[0] if isinstance(self.workers, tuple) else self.workers

    @model_validator(mode="after")
    def _spread_whole(self) -> Self:
        if self.parallel != "fsdp":
            return self
        if self.compile:
            raise ValueError("parallel fsdp holds encoders apart, which compile wants whole: leave one out")
        if self.objective.self_assignment is not None:
            raise ValueError("parallel fsdp holds no snapshot for self_assignment: make parallel ddp")
        if self.encoders.tokens.asked and self.encoders != EncoderSettings(tokens=self.encoders.tokens):
            raise ValueError("parallel fsdp gives no tokens of encoders that are trained: make parallel ddp")
        return self

    @model_validator(mode="after")
    def _mined_in_order(self) -> Self:
        if self.mining is not None and self.batch.order != "mined":
            raise ValueError("mining composes the order, but batch.order is random: make it mined")
        return self


def config_from(values: Mapping[str, Any] | None, origin: str = "training config") -> TrainConfig:
    """Return the configuration that a mapping spells out; what is absent has its default.

    Raises:
        LooseleafError: naming the first wrong field, the reason and, where one is near, the legal name.
    """
    try:
        return TrainConfig.model_validate(dict(values or {}))
    except ValidationError as error:
        raise LooseleafError(f"{origin}: {_first_problem(error)}") from error


def load_config(url: str, changes: Mapping[str, Any] | None = None) -> TrainConfig:
    """Read a configuration from a YAML or JSON file.

    Args:
        url: path or fsspec URL.
        changes: fields that stand in place of the file's.

    Raises:
        LooseleafError: if the file is missing or is no YAML, or a field is wrong.
    """
    try:
        values = yaml.safe_load(read_bytes(url))
    except OSError as error:
        reason = error.strerror or error
        raise LooseleafError(f"training config {url} cannot be read ({reason}); check the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LooseleafError(f"training config {url} is not YAML; correct its syntax.") from error
    if values is not None and not isinstance(values, dict):
        raise LooseleafError(f"training config {url} holds no fields; write `name: value` lines.")
    return config_from({**(values or {}), **(changes or {})}, f"training config {url}")


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    # Which of two kinds of value a field was taken for is no name of a field.
    path = [str(part) for part in problem["loc"] if part != "constrained-int"]
    field = ".".join(path)
    if problem["type"] == "value_error":
        reason = str(problem["ctx"]["error"]).rstrip(".")
        reason = reason[0].lower() + reason[1:]
        return f"{f'field {field!r}: ' if path else ''}{reason}{'' if reason.endswith('?') else '.'}"
    if problem["type"] != "extra_forbidden":
        message = problem["msg"][0].lower() + problem["msg"][1:]
        return f"field {field!r} is {problem['input']!r}, but {message}."
    group: type[Settings] = TrainConfig
    for name in path[:-1]:
        if name in group.model_fields:
            group = _group_within(group.model_fields[name].annotation) or group
    near = difflib.get_close_matches(path[-1], group.model_fields, n=1, cutoff=0.5)
    remedy = f"did you mean {near[0]!r}" if near else f"known are {', '.join(group.model_fields)}"
    return f"there is no field {field!r}; {remedy}?" if near else f"there is no field {field!r}; {remedy}."


def _group_within(annotation: Any) -> type[Settings] | None:
    """The group of fields that an annotation holds: itself, or within an optional or a tuple."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation
    inner = [_group_within(part) for part in get_args(annotation)]
    return next((part for part in inner if part is not None), None)
