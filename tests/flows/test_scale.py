"""The same run at several sizes: shares are parts of each other, and the next size is run and compared."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser

from flows.report.scaling import gather_scaling
from flows.scale import run_scale, share_of_shards
from storage.errors import LooseleafError
from storage.shards import open_shards
from tests.training.shard_samples import write_samples
from training.config import TrainConfig, config_from
from training.data import usable_documents


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_samples(tmp_path_factory.mktemp("shards"), documents=240)


@pytest.fixture(scope="module")
def config() -> TrainConfig:
    return config_from(
        {
            "steps": 96,
            "batch": {"documents": 12},
            "model": {"text_hidden": 16},
            "objective": "clip_random",
        }
    )


def test_a_smaller_share_is_part_of_a_larger_one(shards: str, tmp_path: Path) -> None:
    whole = open_shards(shards)
    names = []
    for share in (0.25, 0.5):
        some = open_shards(share_of_shards(shards, share, str(tmp_path)))
        for split in ("valid", "test"):
            numbers = some.documents_of(split)
            assert some.batch(numbers).doc_ids == whole.batch(whole.documents_of(split)).doc_ids
        train = some.batch(some.documents_of("train"))
        names.append(set(train.doc_ids))
        assert 0.5 * share < len(train) / len(whole.documents_of("train")) < 1.5 * share
        at = whole.batch(np.arange(len(whole))).doc_ids.index(train.doc_ids[-1])
        np.testing.assert_array_equal(
            some.batch(some.documents_of("train")[-1:]).pixels, whole.batch([at]).pixels
        )
        assert sum(len(some.block(int(number))) for number in some.blocks_of("train")) == len(train)
    assert names[0] < names[1]
    assert share_of_shards(shards, 1.0, str(tmp_path)) == shards


def test_the_next_size_is_predicted_run_and_compared(
    shards: str, config: TrainConfig, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    half = config.model_copy(update={"steps": config.steps // 2})
    shorter, longer = (
        run_scale(
            str(tmp_path),
            shards,
            largest,
            axes=["steps"],
            sizes=sizes,
            seeds=1,
            progress=lambda *at: told.append(at),
        )["axes"]["steps"]["measures"]["loss"]
        for largest, sizes in ((half, 4), (config, 5))
    )
    assert told[-1] == (5, 5)
    assert [point["size"] for point in longer["points"]] == [6, 12, 24, 48, 96]
    # What four sizes predict of the fifth is what it is compared with once it has run.
    predicted, check, ran = shorter["next"], longer["check"], longer["points"][-1]["value"]
    assert {name: check[name] for name in predicted} == pytest.approx(predicted)
    assert check["measured"] == ran
    assert check["holds"] == (predicted["low"] <= ran <= predicted["high"])
    assert abs(predicted["value"] - ran) < 0.3 * ran


def test_what_was_measured_is_not_trained_again_and_is_drawn(
    shards: str, config: TrainConfig, tmp_path: Path
) -> None:
    short = config.model_copy(update={"steps": 6})
    folder = str(tmp_path)
    first = run_scale(folder, shards, short, axes=["data", "width"], sizes=4, seeds=1)
    files = sorted((tmp_path / "results").iterdir())
    assert len(files) == 7, "the largest size is shared"
    before = [file.stat().st_mtime_ns for file in files]
    assert run_scale(folder, shards, short, axes=["data", "width"], sizes=4, seeds=1) == first
    assert [file.stat().st_mtime_ns for file in sorted((tmp_path / "results").iterdir())] == before
    assert first["axes"]["data"]["measures"]["loss"]["points"][-1]["size"] == len(
        usable_documents(open_shards(shards), "train")
    )
    # Four sizes give a law, and none is left to check it on; of three it is said that they are too few.
    assert set(first["axes"]["width"]["measures"]["loss"]) == {"points", "law", "next"}
    fewer = run_scale(folder, shards, short, axes=["width"], sizes=3, seeds=1)
    assert "needs 4 different sizes, and there are 3" in fewer["axes"]["width"]["measures"]["loss"]["reason"]
    run_scale(folder, shards, short, axes=["data", "width"], sizes=4, seeds=1)
    drawn = gather_scaling(str(tmp_path / "scaling.json"))
    assert len(drawn.charts) == 4
    assert all(len(LexborHTMLParser(chart.chart).css("circle")) == 5 for chart in drawn.charts)
    assert json.loads((tmp_path / "scaling.json").read_text()) == first


def test_what_cannot_be_varied_or_read_is_named(shards: str, config: TrainConfig, tmp_path: Path) -> None:
    linear = config_from({"model": {"text_hidden": 0, "pixel_hidden": 0}})
    with pytest.raises(LooseleafError, match="no width to vary"):
        run_scale(str(tmp_path), shards, linear, axes=["width"])
    with pytest.raises(LooseleafError, match=r"give the scaling\.json that"):
        gather_scaling(str(tmp_path / "none.json"))
