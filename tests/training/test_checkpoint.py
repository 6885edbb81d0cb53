"""Checkpoints: complete or not there, exact, and of one model."""

from pathlib import Path

import pytest
import torch

from storage.errors import LooseleafError
from training.checkpoint import Cursor, checkpoint_steps, load_model, resume, save_checkpoint


def _learner(width: int = 3) -> tuple[torch.nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(width)
    model = torch.nn.Linear(width, 2)
    return model, torch.optim.AdamW(model.parameters(), lr=0.1)


def _step(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    model(torch.ones(4, 3)).square().sum().backward()
    optimizer.step()


def test_resumed_steps_equal_undisturbed_ones(tmp_path: Path) -> None:
    model, optimizer = _learner()
    _step(model, optimizer)
    save_checkpoint(str(tmp_path), model, optimizer, Cursor(seed=4, step=1, epoch=0, batch=1))
    _step(model, optimizer)
    other, other_optimizer = _learner()
    assert resume(str(tmp_path), other, other_optimizer) == Cursor(4, 1, 0, 1)
    _step(other, other_optimizer)
    for ours, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_an_incomplete_checkpoint_does_not_count(tmp_path: Path) -> None:
    model, optimizer = _learner()
    assert resume(str(tmp_path), model, optimizer) is None
    for step in (10, 20):
        save_checkpoint(str(tmp_path), model, optimizer, Cursor(0, step))
    (tmp_path / "checkpoints" / "step-000020" / "cursor.json").unlink()
    (tmp_path / "checkpoints" / "notes").mkdir()
    assert checkpoint_steps(str(tmp_path)) == [10]
    cursor = resume(str(tmp_path), model, optimizer)
    assert cursor is not None
    assert cursor.step == 10


def test_what_is_missing_or_foreign_is_named(tmp_path: Path) -> None:
    model, optimizer = _learner()
    with pytest.raises(LooseleafError, match="no complete checkpoint"):
        load_model(str(tmp_path), model)
    save_checkpoint(str(tmp_path), model, optimizer, Cursor(0, 5))
    with pytest.raises(LooseleafError, match="no complete checkpoint of step 6"):
        load_model(str(tmp_path), model, 6)
    with pytest.raises(LooseleafError, match="is of another model"):
        load_model(str(tmp_path), _learner(7)[0])
