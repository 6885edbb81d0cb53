"""The bench on a tiny A."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from flows.bench import data
from flows.bench.methods import methods_called
from flows.bench.run import run_bench
from flows.bench.synthetic import Synthetic, write_synthetic
from flows.bench.training import Job, result_of
from flows.report.comparison import gather_comparison
from storage.errors import LooseleafError
from tests.training.shard_samples import write_samples


def test_a_table_has_each_method_and_is_not_trained_twice(tmp_path: Path) -> None:
    shards = str(tmp_path / "data" / "A" / "shards")
    write_synthetic(shards, Synthetic(documents=60, topics=3))
    methods = methods_called(["clip_random", "unaligned"])
    first = run_bench(tmp_path, ["A"], methods, seeds=2, steps=3)
    rows = first["data"]["A"]["metrics"]
    assert set(rows) == {"untrained/pixels", "clip_random/pixels", "unaligned/pixels", "section_length"}
    assert all(0 <= row["in_doc_auc"] <= 1 for row in rows.values())
    assert rows["clip_random/pixels"]["seeds"] == 2
    assert first["data"]["A"]["best_baseline"] == {"pixels": "clip_random/pixels"}
    # Times would differ if anything was measured again.
    assert run_bench(tmp_path, ["A"], methods, seeds=2, steps=3)["data"] == first["data"]
    shown = gather_comparison(str(tmp_path / "bench.json"))
    assert shown.seeds == 2
    assert [data.note.split(", ", 1)[1] for data in shown.data] == ["by pixels, 3 steps of training"]


def test_all_parts_of_real_documents_are_shown_in_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shards = write_samples(tmp_path / "shards", documents=60)
    monkeypatch.setattr("flows.bench.run.shards_of", lambda *_: shards)
    found = run_bench(tmp_path, ["D"], methods_called(["unaligned"]), seeds=1, steps=3)
    rows = found["data"]["D"]["metrics"]
    assert (rows["unaligned/all"]["group"], rows["unaligned/all_layout"]["group"]) == (
        "order-free",
        "order-aware",
    )
    (shown,) = gather_comparison(str(tmp_path / "bench.json")).data
    assert [title for title, _ in shown.plots] == ["AUC-dc where images stand in several sections", "p@1"]
    assert all("unaligned, all parts by layout" in plot for _, plot in shown.plots)
    assert shown.added is not None
    assert "own words, matched" in shown.added
    assert shown.absent == ["words in pictures"]


def test_real_documents_have_a_row_of_all_parts_and_what_each_adds(tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "shards", documents=60)
    job = Job("D", shards, methods_called(["unaligned"])[0], 0, 3)
    rows = result_of(job, str(tmp_path / "results"))
    assert {"pixels", "words", "both", "lexical", "picture_words", "all", "all_layout"} == set(rows)
    assert set(rows["all"]["parts"]) == {"pixels", "words", "lexical", "picture_words"}
    assert rows["all"]["whole"]["in_doc_auc_dc"] > 0.5
    assert set(result_of(replace(job, data="C"), str(tmp_path / "others"))) == {"pixels", "words", "both"}


def test_a_dataset_that_is_there_is_taken_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="There is no dataset at"):
        run_bench(tmp_path, ["D"], methods_called(["mean"]), prepared={"D": str(tmp_path / "none")})
    assert not (tmp_path / "data").exists()


def test_what_a_result_depends_on_is_in_its_name(tmp_path: Path) -> None:
    shards = write_synthetic(str(tmp_path / "shards"), Synthetic(documents=20, topics=2))
    method, other = methods_called(["clip_random", "unaligned"])
    jobs = [
        Job("A", shards, method, 0, 3),
        Job("A", shards, method, 1, 3),
        Job("A", shards, method, 0, 4),
        Job("A", shards, other, 0, 3),
        Job("A", shards, None, 0, 3),
    ]
    assert len({job.digest() for job in jobs}) == len(jobs)
    assert result_of(jobs[4], str(tmp_path / "r"))["pixels"]["whole"]["documents"] == 4


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(LooseleafError, match="no method 'clap'"):
        methods_called(["clap"])


def test_data_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    shards = write_synthetic(str(tmp_path / "A" / "shards"), Synthetic(documents=20, topics=2))
    assert data.shards_of("A", tmp_path) == shards


def test_methods_that_read_tokens_run_where_there_are_some(tmp_path: Path) -> None:
    methods = methods_called(["multi_scale", "late_interaction_tokens"])
    place = tmp_path / "data" / "A" / "shards"
    write_samples(place, documents=40)
    without = run_bench(tmp_path, ["A"], methods, seeds=1, steps=2)["data"]["A"]
    assert without["left_out"] == ["multi_scale", "late_interaction_tokens"]
    shutil.rmtree(place)
    write_samples(place, documents=40, tokens=("tiles", "words"))
    found = run_bench(tmp_path, ["A"], methods, seeds=1, steps=2)["data"]["A"]
    assert found["left_out"] == []
    rows = found["metrics"]
    assert 0 <= rows["multi_scale/tokens"]["in_doc_auc"] <= 1
    assert rows["multi_scale/tokens"]["in_doc_auc"] != rows["multi_scale/both"]["in_doc_auc"]
