"""A configuration: defaults, YAML, and one sentence for each mistake."""

from pathlib import Path

import pytest

from storage.errors import LooseleafError
from training.config import TrainConfig, config_from, load_config
from training.objectives.named import NAMES, named_objective, objective_name
from training.objectives.settings import ObjectiveSettings, PairsSettings


def test_defaults_and_nested_fields() -> None:
    assert config_from(None) == TrainConfig()
    config = config_from({"steps": 5, "optimizer": {"lr": 0.01}})
    assert (config.steps, config.optimizer.lr, config.optimizer.clip_norm) == (5, 0.01, 1.0)
    assert TrainConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize("name", NAMES)
def test_an_objective_is_a_name_or_all_of_it(name: str) -> None:
    config = config_from({"objective": name})
    assert config.objective == named_objective(name)
    assert objective_name(config.objective) == name
    assert config_from(config.model_dump(mode="json")) == config


def test_a_name_and_changes() -> None:
    config = config_from({"objective": {"name": "unaligned", "layout_prior": True}})
    assert objective_name(config.objective) == "unaligned_layout"
    config = config_from({"objective": {"name": "clip_true", "pairs": {"per_document": 4}}})
    assert config.objective.pairs == PairsSettings(kind="true", per_document=4)
    assert objective_name(config.objective) == "clip_true"
    assert objective_name(ObjectiveSettings(mask=("family",))) == "custom"


def test_workers_are_a_number_or_the_fewest_and_the_most() -> None:
    fixed, elastic = config_from({"workers": 2}), config_from({"workers": [1, 3]})
    assert (fixed.fewest_workers, fixed.most_workers) == (2, 2)
    assert (elastic.fewest_workers, elastic.most_workers) == (1, 3)
    assert config_from(elastic.model_dump(mode="json")) == elastic


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
        ({"workers": [3, 1]}, "workers are [3, 1]: give a number, or the fewest (1 up) and the most"),
        ({"workers": [1, 2, 3]}, "workers are [1, 2, 3]: give a number"),
        ({"workers": -1}, "field 'workers' is -1, but input should be greater than or equal to 0"),
        ({"optimizer": {"learning": 1}}, "there is no field 'optimizer.learning'; known are lr"),
        ({"steps": 0}, "field 'steps' is 0, but input should be greater than or equal to 1"),
        (
            {"objective": {"name": "siglip"}},
            "field 'objective': there is no objective 'siglip'; did",
        ),
        ({"objective": "zzz"}, "there is no objective 'zzz'; known are unaligned, unaligned_layout"),
        (
            {"objective": {"terms": [{"similarity": {"forms": "mean"}}]}},
            "there is no field 'objective.terms.0.similarity.forms'; did you mean 'form'?",
        ),
        (
            {"objective": "unpaired", "encoders": {"image": "patch"}},
            "unpaired restores locked features, but encoders are trained",
        ),
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


@pytest.mark.parametrize(
    ("name", "contrasted"),
    [
        ("unaligned", 1),
        ("clip_true", 1),
        ("mil_nce", None),
        ("latent_alignment", None),
        ("siglip_bag", None),
        ("intra_document", None),
    ],
)
def test_what_a_document_puts_into_a_cross_entropy(name: str, contrasted: int | None) -> None:
    assert named_objective(name).contrasted == contrasted


def test_what_is_told_in_place_of_the_file_is_checked_with_it(tmp_path: Path) -> None:
    file = tmp_path / "tokens.yaml"
    file.write_text("encoders: {tokens: {image: [whole, tiles]}}\nsteps: 7\n")
    with pytest.raises(LooseleafError, match="late_interaction alone"):
        load_config(str(file))
    told = load_config(str(file), {"objective": "late_interaction", "steps": 9})
    assert (told.steps, told.objective.name) == (9, "late_interaction")
    with pytest.raises(LooseleafError, match="late_interaction alone"):
        load_config(str(file), {"objective": "unaligned"})
