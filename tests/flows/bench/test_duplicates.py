from pathlib import Path

import numpy as np
import pytest

from flows.bench.duplicates import write_with_duplicates
from storage.shards import open_shards
from tests.training.shard_samples import write_samples


def test_training_documents_have_copies_and_the_others_do_not(tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "plain")
    folder = write_with_duplicates(shards, str(tmp_path / "twice"))
    before, after = open_shards(shards), open_shards(folder)
    rows = after.batch(np.arange(len(after)))
    number_of = {name: number for number, name in enumerate(rows.doc_ids)}
    assert len(number_of) == len(after)
    copies = [name for name in number_of if "-again-" in name]
    assert len(copies) == 3 * (len(before.documents_of("train")) // 2)
    same_pictures = 0
    for name in copies:
        copy, original = (after.batch([number_of[doc]]) for doc in (name, name.partition("-again-")[0]))
        assert after.splits[number_of[name]] == "train"
        assert copy.families != original.families
        assert copy.texts == original.texts
        np.testing.assert_array_equal(copy.prior, original.prior)
        np.testing.assert_array_equal(copy.link, original.link)
        same_pictures += copy.image_ids == original.image_ids
        for vectors, others in ((copy.pixels, original.pixels), (copy.text_features, original.text_features)):
            cosines = (
                (vectors * others).sum(1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(others, axis=1)
            )
            assert (cosines > 0.99).all()
    assert same_pictures / len(copies) == pytest.approx(0.5, abs=0.1)
    for split in ("valid", "test"):
        assert len(after.documents_of(split)) == len(before.documents_of(split))
    assert write_with_duplicates(shards, folder) == folder
