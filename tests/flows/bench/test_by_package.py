from pathlib import Path

import numpy as np
import pytest

from flows.bench.by_package import held_out, write_by_package
from storage.errors import LooseleafError
from storage.shards import ShardReader, open_shards
from tests.training.shard_samples import write_samples


def of_split(reader: ShardReader, split: str) -> tuple[set[str], set[str], set[str]]:
    """Names, sources and images of the documents of a split."""
    batch = reader.batch(reader.documents_of(split))
    return set(batch.doc_ids), set(batch.sources), set(batch.image_ids)


def test_a_package_is_held_out_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shards = write_samples(tmp_path / "plain")
    before = open_shards(shards)
    sources = sorted(set(before.batch(np.arange(len(before))).sources))
    monkeypatch.setattr("flows.bench.by_package.held_out", lambda _counts: {sources[0]})
    folder = write_by_package(shards, str(tmp_path / "by-package"))
    after = open_shards(folder)
    train, valid, test = (of_split(after, split) for split in ("train", "valid", "test"))
    assert test[1] == {sources[0]}
    assert train[1] | valid[1] == set(sources[1:])
    assert not test[2] & (train[2] | valid[2])
    whole = before.batch(np.arange(len(before)))
    assert test[0] == {
        name for name, source in zip(whole.doc_ids, whole.sources, strict=True) if source == sources[0]
    }
    known = {name: number for number, name in enumerate(whole.doc_ids)}
    for name in sorted(train[0] | test[0])[:8]:
        here = after.batch([after.batch(np.arange(len(after))).doc_ids.index(name)])
        there = before.batch([known[name]])
        assert here.texts == there.texts
        assert here.text_titles == there.text_titles
        assert here.languages == there.languages
        np.testing.assert_array_equal(here.pixels, there.pixels)
        np.testing.assert_array_equal(here.link, there.link)
    assert write_by_package(shards, folder) == folder


def test_where_nothing_can_be_held_out_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.bench.by_package.held_out", lambda _counts: set())
    with pytest.raises(LooseleafError, match="add documents of other packages"):
        write_by_package(write_samples(tmp_path / "plain"), str(tmp_path / "by-package"))


def test_about_a_fifth_of_the_documents_is_held_out() -> None:
    counts = {f"package-{number}": 10 + number for number in range(20)}
    held = held_out(counts)
    share = sum(counts[name] for name in held) / sum(counts.values())
    assert 0.15 <= share <= 0.25
    assert held == held_out(dict(reversed(counts.items())))


def test_a_package_that_is_nearly_all_is_trained_on() -> None:
    assert "all" not in held_out({"all": 80, "little": 5, "other": 15})
    assert held_out({"all": 100}) == set()
