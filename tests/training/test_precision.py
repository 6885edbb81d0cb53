"""Half precision and compiled encoders: what they change, and what they do not."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from storage.errors import LooseleafError
from tests.training.objectives.models import DRAW
from tests.training.ragged_samples import SIZES, batch_of
from tests.training.shard_samples import write_samples
from training import compiling
from training.assemble import objective_of
from training.compiling import compile_encoders
from training.config import config_from
from training.lines import read_lines
from training.loop import train_loop
from training.model import ModelConfig, UnalignedModel
from training.objectives.objective import Objective
from training.objectives.settings import ObjectiveSettings
from training.precision import Precision

SCRATCH = {"image": "patch", "text": "tokens", "width": 32}
SMALL = {"steps": 3, "checkpoint_every": 3, "batch": {"documents": 4, "max_images": 2, "max_texts": 2}}


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_samples(tmp_path_factory.mktemp("shards"), documents=24, with_bytes=True)


def _model(precision: Precision) -> UnalignedModel:
    torch.manual_seed(0)
    config = ModelConfig(pixel_width=6, text_width=4, text_hidden=16, pixel_hidden=16, part_dropout=0.0)
    model = UnalignedModel(config, precision=precision)
    for head in (model.pixel_head.refine, model.text_head):
        assert isinstance(head.change, nn.Sequential)
        nn.init.normal_(head.change[-1].weight, std=0.3)
    model.objective = Objective(ObjectiveSettings(), 6, 4)
    return model.train()


def _gradients(model: UnalignedModel) -> tuple[float, Tensor]:
    batch = batch_of(SIZES)
    encoded = model.encode(batch, draw=DRAW)
    assert {vectors.dtype for vectors in encoded.vectors} == {torch.float32}
    loss = objective_of(model, batch, encoded, DRAW).total
    assert loss.dtype == torch.float32
    loss.backward()
    trained = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
    return float(loss.detach()), torch.cat(trained)


def test_half_precision_has_the_loss_and_the_gradients_of_full_precision_nearly() -> None:
    seen = []
    half = _model("bf16")
    half.pixel_head.map.register_forward_hook(lambda _m, _i, output: seen.append(output.dtype))
    loss, whole = _gradients(_model("fp32"))
    other, rough = _gradients(half)
    assert set(seen) == {torch.bfloat16}
    assert other == pytest.approx(loss, rel=0.02)
    assert 0 < float((rough - whole).norm() / whole.norm()) < 0.05
    assert all(parameter.dtype == torch.float32 for parameter in half.parameters())


def test_runs_in_half_precision_learn_and_full_is_the_default(shards: str, tmp_path: Path) -> None:
    assert config_from({}).precision == "fp32"
    for name, encoders in (("locked", {}), ("scratch", SCRATCH)):
        told = config_from({**SMALL, "precision": "bf16", "encoders": encoders})
        train_loop(told, shards, str(tmp_path / name), watch=False)
        losses = [line["loss"] for line in read_lines(str(tmp_path / name), "progress.jsonl")]
        assert np.isfinite(losses).all()


def test_compiled_encoders_end_where_others_do(
    shards: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Traced as always, but run without code that takes half a minute to build.
    monkeypatch.setattr(compiling, "_BACKEND", "eager")
    encoders = {"text": "tokens", "width": 32}
    weights = []
    with caplog.at_level(logging.INFO, compiling.__name__):
        for compiled in (False, True):
            told = config_from({**SMALL, "compile": compiled, "encoders": encoders})
            train_loop(told, shards, str(tmp_path / str(compiled)), watch=False)
            place = tmp_path / str(compiled) / "checkpoints" / "step-000003" / "model.safetensors"
            weights.append(safetensors.torch.load_file(place))
    assert "compiled TokenEncoder" in caplog.text
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value, atol=1e-5, rtol=1e-4)


def test_what_cannot_be_compiled_is_said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level(logging.INFO, compiling.__name__):
        compile_encoders(_model("fp32"))
    assert "nothing to compile" in caplog.text

    def broken(_graph: torch.fx.GraphModule, _inputs: list[Tensor]) -> None:
        raise RuntimeError("no compiler")

    monkeypatch.setattr(compiling, "_BACKEND", broken)
    torch._dynamo.reset()
    model = _model("fp32")
    model.image_encoder = nn.Identity()
    with pytest.raises(LooseleafError, match="nothing can be compiled on this machine"):
        compile_encoders(model)
