from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.serve import served
from storage.errors import LooseleafError


@pytest.fixture
def recipes(tmp_path: Path) -> tuple[str, ...]:
    paths = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(f"name: {name}\nsources: [{{kind: files, name: r, root: .}}]\n")
        paths.append(str(path))
    return tuple(paths)


def test_each_recipe_gets_its_dataset(
    recipes: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [each.dataset for each in served(recipes, ())] == [
        str(tmp_path / "looseleaf-one"),
        str(tmp_path / "looseleaf-two"),
    ]
    assert [each.dataset for each in served(recipes, ("s3://b/x", "y"))] == ["s3://b/x", str(tmp_path / "y")]


@pytest.mark.parametrize(
    ("datasets", "told"),
    [(("x",), "There are 1 --out for 2 --recipe"), (("x", "x"), "Two recipes are for ")],
)
def test_datasets_that_fit_no_recipe_are_refused(
    recipes: tuple[str, ...], datasets: tuple[str, ...], told: str
) -> None:
    with pytest.raises(LooseleafError, match=told):
        served(recipes, datasets)


def test_a_recipe_that_is_given_twice_is_refused(recipes: tuple[str, ...]) -> None:
    with pytest.raises(LooseleafError, match="Two recipes are for one"):
        served((recipes[0], recipes[0]), ("x", "y"))
