from pathlib import Path

import pytest

from storage.builds import record_build
from storage.dataset import open_dataset
from storage.drift import drift
from tests.storage.conftest import make_build, write_rows


def _documents(languages: str, words: int) -> list[dict[str, object]]:
    return [
        {"doc_id": f"d{n}", "source": "s", "language": one, "n_words": words}
        for n, one in enumerate(languages)
    ]


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    for number, (languages, words) in enumerate((("eeef", 100), ("eeef", 100), ("efff", 900))):
        versions = write_rows(str(tmp_path), {"documents": _documents(languages, words)}, str(number))
        record_build(str(tmp_path), make_build(f"b{number}", number + 1, versions))
    return str(tmp_path)


def test_the_same_documents_have_not_moved(dataset: str) -> None:
    table = drift(open_dataset(dataset, "b0"), open_dataset(dataset, "b1"))
    assert set(table["psi"].to_pylist()) == {0.0}
    assert table["old"].to_pylist() == table["new"].to_pylist()


def test_what_moved_is_told_with_its_shares(dataset: str) -> None:
    rows = drift(open_dataset(dataset, "b0"), open_dataset(dataset, "b2")).to_pylist()
    by = {(row["column"], row["value"]): row for row in rows}
    assert (by["language", "e"]["old_share"], by["language", "e"]["new_share"]) == (0.75, 0.25)
    # The index by its definition: the sum of (new - old) * ln(new / old).
    index = sum(row["psi"] for row in rows if row["column"] == "language")
    assert index == pytest.approx(2 * 0.5 * 1.0986122886681098)
    assert (by["words", "64"]["new"], by["words", "512"]["old"]) == (0, 0)
    assert by["words", "512"]["psi"] > 5
    assert by["source", "s"]["psi"] == 0
    for column in {row["column"] for row in rows}:
        assert sum(row["new_share"] for row in rows if row["column"] == column) == pytest.approx(1)
