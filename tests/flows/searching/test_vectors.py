from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from flows.searching.vectors import count_stored, rows_of, stored_batches
from storage.tables import commit, write_part
from training.embed import embedding_rows


def test_vectors_of_a_run_are_not_among_those_of_the_locked_encoders(tmp_path: Path) -> None:
    rows = [
        embedding_rows("pixels", encoder, "1", np.eye(width, dtype=np.float32)[:1], image_ids=["i"])
        for encoder, width in (("locked", 3), ("run:abc", 2))
    ]
    part = write_part(str(tmp_path), "embeddings", "embed-0a", pa.concat_tables(rows))
    version = commit(str(tmp_path), "embeddings", "embed", [part], app_id="test/embed")
    ((_, vectors),) = rows_of(stored_batches(str(tmp_path), version), "pixels")
    assert vectors.tolist() == [[1.0, 0.0, 0.0]]
    assert count_stored(str(tmp_path), version, "pixels") == 1
    assert count_stored(str(tmp_path), version, "text") == 0
