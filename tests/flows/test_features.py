"""The reading of targets; what is computed of them is tested in tests/training/test_surrogate.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from flows.features import Documents, _pooled, _target
from storage.errors import LooseleafError
from training.embed import embedding_rows

DOCUMENTS = Documents(
    [{"doc_id": name, "uri": f"/{name}", "path": name, "family": "f"} for name in "abc"],
    {"shared": [0, 2], "own": [0]},
)


def test_a_target_is_found_by_its_key(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("uri,mpa\n/c,8\n/a,2\n/x,9\n")
    found = _target(f"{tmp_path}/t.csv:mpa", DOCUMENTS, log=False)
    np.testing.assert_array_equal(found, [2, np.nan, 8])
    np.testing.assert_allclose(_target(f"{tmp_path}/t.csv:mpa", DOCUMENTS, log=True), np.log(found))


@pytest.mark.parametrize(
    ("content", "target", "log", "said"),
    [
        ("uri,mpa\n/a,2\n", "t.csv", False, "FILE:COLUMN"),
        ("uri,mpa\n/a,2\n", "t.csv:kpa", False, "no column kpa"),
        ("name,mpa\n/a,2\n", "t.csv:mpa", False, "no key column"),
        ("uri,mpa\n/a,soft\n", "t.csv:mpa", False, "more than numbers"),
        ("uri,mpa\n/a,-1\n", "t.csv:mpa", True, "not positive"),
        ("uri,mpa\n/a,2\n", "other.csv:mpa", False, "no file"),
    ],
)
def test_a_bad_target_is_named(tmp_path: Path, content: str, target: str, log: bool, said: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(LooseleafError, match=said):
        _target(f"{tmp_path}/{target}" if ":" in target else target, DOCUMENTS, log)


def test_an_image_counts_in_every_document_that_shows_it() -> None:
    images = embedding_rows("pixels", "e", "1", np.eye(2, dtype=np.float32), image_ids=["shared", "own"])
    texts = embedding_rows("text", "e", "1", np.ones((1, 3), np.float32), places=[("b", 4)])
    pooled = _pooled(DOCUMENTS, [pa.concat_tables([images, texts])])
    np.testing.assert_allclose(pooled["images"], [[0.5, 0.5], [0, 0], [1, 0]])
    np.testing.assert_allclose(pooled["texts"], [[0, 0, 0], [1, 1, 1], [0, 0, 0]])
