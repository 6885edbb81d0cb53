"""A configuration: defaults, YAML, and one sentence for each mistake."""

from pathlib import Path

import pytest

from storage.errors import LooseleafError
from training.config import TrainConfig, config_from, load_config


def test_defaults_and_nested_fields() -> None:
    assert config_from(None) == TrainConfig()
    config = config_from({"steps": 5, "optimizer": {"lr": 0.01}})
    assert (config.steps, config.optimizer.lr, config.optimizer.clip_norm) == (5, 0.01, 1.0)
    assert TrainConfig.model_validate_json(config.model_dump_json()) == config


def test_yaml(tmp_path: Path) -> None:
    file = tmp_path / "train.yaml"
    file.write_text("steps: 7\nobjective:\n  name: clip_random\n")
    config = load_config(str(file))
    assert (config.steps, config.objective.name) == (7, "clip_random")
    file.write_text("")
    assert load_config(str(file)) == TrainConfig()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"stpes": 3}, "there is no field 'stpes'; did you mean 'steps'?"),
        ({"optimizer": {"learning": 1}}, "there is no field 'optimizer.learning'; known are lr"),
        ({"steps": 0}, "field 'steps' is 0, but input should be greater than or equal to 1"),
        ({"objective": {"name": "siglip"}}, "field 'objective.name' is 'siglip', but"),
    ],
)
def test_mistakes_are_named(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(LooseleafError) as raised:
        config_from(values)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("content", "reason"), [(": [", "is not YAML"), ("- a", "holds no fields")])
def test_broken_files(content: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "train.yaml"
    file.write_text(content)
    with pytest.raises(LooseleafError, match=reason):
        load_config(str(file))
    with pytest.raises(LooseleafError, match="cannot be read"):
        load_config(str(tmp_path / "none.yaml"))
