"""What a query must not reach and take."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from storage.builds import record_build
from storage.errors import LooseleafError
from storage.queries import connect, rows_of, run_query
from storage.sandbox import Limits
from tests.storage.attacks import ATTACKS, ENDLESS, GREEDY, written_out
from tests.storage.conftest import ROWS, make_build, write_rows

PROGRAM = """
import json, sys
from storage.errors import LooseleafError
from storage.queries import connect, rows_of
from storage.sandbox import Limits, memory_ceiling
limits = Limits(memory=64 << 20, spill=64 << 20, seconds=60)
told = []
with connect(sys.argv[1], limits=limits) as connection:
    for sql in json.loads(sys.argv[2]):
        try:
            with memory_ceiling(limits), rows_of(connection, sql, limits=limits) as reader:
                told.append(str(sum(batch.num_rows for batch in reader)))
        except LooseleafError as error:
            told.append(str(error))
print(json.dumps(told))
"""


@pytest.fixture
def dataset(tmp_path: Path, fill: Callable[[str], None]) -> Path:
    fill(str(tmp_path / "dataset"))
    return tmp_path / "dataset"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset for all attacks: none of them may change it."""
    root = tmp_path_factory.mktemp("attacked") / "dataset"
    record_build(str(root), make_build("b1", 1, write_rows(str(root), ROWS)))
    return root


@pytest.fixture(scope="module")
def connection(attacked: Path) -> Iterator[DuckDBPyConnection]:
    with connect(str(attacked)) as opened:
        yield opened


@pytest.mark.parametrize(("attack", "reason"), ATTACKS)
def test_an_attack_is_refused(
    attacked: Path, connection: DuckDBPyConnection, attack: str, reason: str
) -> None:
    sql = written_out(attack, attacked)
    before = _content(attacked.parent)
    with pytest.raises(LooseleafError, match=reason), rows_of(connection, sql) as reader:
        reader.read_all()
    with rows_of(connection, "SELECT count(*) AS n FROM documents") as reader:
        assert reader.read_all().to_pylist() == [{"n": 3}]
    assert _content(attacked.parent) == before


@pytest.mark.parametrize("sql", ENDLESS)
def test_what_would_run_for_ever_is_stopped(connection: DuckDBPyConnection, sql: str) -> None:
    with (
        pytest.raises(LooseleafError, match=r"longer than 0\.3 seconds"),
        rows_of(connection, sql, limits=Limits(seconds=0.3)) as reader,
    ):
        for _ in reader:
            pass
    # The connection is as good as before.
    with rows_of(connection, "SELECT 1 AS one") as reader:
        assert reader.read_all().to_pylist() == [{"one": 1}]


def _content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_would_take_all_memory_is_refused(dataset: Path) -> None:
    """In a process of its own: the ceiling is the process's."""
    queries = [*GREEDY, "SELECT count(*) FROM documents"]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(dataset), json.dumps(queries)],
        capture_output=True,
        text=True,
        check=True,
    )
    *told, last = json.loads(done.stdout)
    for sentence in told:
        assert "Out of Memory" in sentence
        assert "\n" not in sentence
    assert last == "1"


def test_a_variable_of_the_program_is_no_table(dataset: Path) -> None:
    import pyarrow as pa

    secret = pa.table({"x": [1]})
    with pytest.raises(LooseleafError, match="secret"):
        run_query(str(dataset), "SELECT * FROM secret")
    assert secret.num_rows == 1


def test_files_of_other_versions_are_not_read(dataset: Path) -> None:
    old = next((dataset / "documents").glob("*.parquet"))
    write_rows(str(dataset), {"documents": [{"doc_id": "later"}]}, "1")
    (later,) = set((dataset / "documents").glob("*.parquet")) - {old}
    assert run_query(str(dataset), f"SELECT count(*) AS n FROM '{old}'").to_pylist() == [{"n": 3}]
    with pytest.raises(LooseleafError, match="disabled"):
        run_query(str(dataset), f"SELECT * FROM '{later}'")


@pytest.mark.parametrize("whole", [False, True])
def test_a_link_out_of_the_dataset_is_not_followed(dataset: Path, tmp_path: Path, whole: bool) -> None:
    """Somebody puts a link where a file of the table was, or where the table was."""
    outside = tmp_path / "elsewhere"
    moved = dataset / "documents" if whole else next((dataset / "documents").glob("*.parquet"))
    moved.rename(outside)
    moved.symlink_to(outside)
    with pytest.raises(LooseleafError, match="outside of the dataset"):
        run_query(str(dataset), "SELECT * FROM documents")


@pytest.mark.parametrize(
    "where", ["../secret.parquet", "../../secret.parquet", "/etc/passwd", "file:///etc/passwd"]
)
def test_a_log_that_names_files_elsewhere_is_not_believed(dataset: Path, tmp_path: Path, where: str) -> None:
    written_out("", dataset)
    (tmp_path / "dataset" / "secret.parquet").symlink_to(tmp_path / "secret.parquet")
    log = next((dataset / "documents" / "_delta_log").glob("*1.json"))
    name = next((dataset / "documents").glob("*.parquet")).name
    log.write_text(log.read_text().replace(name, where))
    with pytest.raises(LooseleafError, match=r"outside of the dataset|cannot be read, because"):
        run_query(str(dataset), "SELECT * FROM documents")


def test_a_dataset_may_itself_lie_behind_a_link(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(dataset)
    rows = run_query(str(tmp_path / "link"), "SELECT count(*) AS n FROM documents").to_pylist()
    assert rows == [{"n": 3}]


@pytest.mark.parametrize(
    "url",
    ["", "/etc", "/etc/passwd", "{dataset}/documents", "{dataset}/../nothing", "memory://none", "a'); x"],
)
def test_an_address_that_is_no_dataset_gives_nothing(dataset: Path, url: str) -> None:
    with pytest.raises(LooseleafError, match="no dataset"):
        run_query(url.format(dataset=dataset), "SELECT * FROM documents")
