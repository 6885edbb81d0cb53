from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.mine.stage import NEGATIVES
from pipeline.runner import execute_here, run_stage
from storage.errors import LooseleafError
from storage.tables import read
from tests.pipeline.mine.corpus import WIDTH, random_corpus, write


@pytest.mark.parametrize(
    ("vector", "reason"),
    [
        ([float("nan")] * WIDTH, r"None of \d+ vectors of text by minilm in .* is finite"),
        ([1.0] * WIDTH, r"vectors of text by minilm in .* are all the same"),
    ],
)
def test_a_broken_encoder_is_named(vector: list[float], reason: str, tmp_path: Path) -> None:
    context = random_corpus(tmp_path, 0)
    rows = read(context.dataset, "embeddings").to_pylist()
    broken = [{**row, "vector": vector} if row["modality"] == "text" else row for row in rows]
    write(context.dataset, "embeddings", [broken], stage="embed")
    with pytest.raises(LooseleafError, match=reason):
        run_stage(NEGATIVES, context, execute_here, lambda done, total: None)


@pytest.mark.parametrize("files", [1, 2])
def test_vectors_of_another_width_are_refused(files: int, tmp_path: Path) -> None:
    context = random_corpus(tmp_path, 0)
    rows = read(context.dataset, "embeddings").to_pylist()
    last = max(index for index, row in enumerate(rows) if row["modality"] == "text")
    rows[last]["vector"] = [1.0] * (WIDTH + 1)
    parts = [rows] if files == 1 else [[row for row in rows if row is not rows[last]], [rows[last]]]
    write(context.dataset, "embeddings", parts, stage="embed")
    with pytest.raises(LooseleafError, match="have 6 and 7 numbers, so they cannot be compared"):
        run_stage(NEGATIVES, context, execute_here, lambda done, total: None)
