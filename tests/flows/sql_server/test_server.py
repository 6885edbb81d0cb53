"""SQL over the network, asked by a driver that others wrote."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
import pytest
from adbc_driver_flightsql import DatabaseOptions
from adbc_driver_manager import Error
from pyarrow import flight

from flows.sql_server import messages
from flows.sql_server.server import QueryServer
from flows.sql_server.worker import Answering
from flows.sql_server.workers import Workers
from storage.builds import record_build
from storage.queries import known_names, run_query
from storage.schemas import SCHEMAS
from tests.storage.attacks import ATTACKS, ENDLESS, GREEDY, written_out
from tests.storage.conftest import ROWS, make_build, write_rows

TOKEN = "a token of more than sixteen letters"
_SECONDS = 6.0


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served") / "dataset"
    record_build(str(root), make_build("b1", 1, write_rows(str(root), ROWS)))
    return root


@pytest.fixture(scope="module")
def server(dataset: Path) -> Iterator[QueryServer]:
    answering = Answering(memory=64 << 20, spill=64 << 20, seconds=_SECONDS, answer=8 << 20)
    workers = Workers(str(dataset), None, answering, count=2, waiting=1)
    with QueryServer("127.0.0.1", 0, workers, {"ada": TOKEN}, None) as started:
        yield started
        workers.close()


def _connect(server: QueryServer, token: str = TOKEN) -> adbc.Connection:
    options = {DatabaseOptions.AUTHORIZATION_HEADER.value: f"Bearer {token}"}
    return adbc.connect(f"grpc://127.0.0.1:{server.port}", db_kwargs=options, autocommit=True)


def _ask(
    server: QueryServer, sql: str, parameters: tuple[object, ...] | None = None, token: str = TOKEN
) -> pa.Table:
    with closing(_connect(server, token)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetch_arrow_table()


def test_a_driver_gets_the_rows_that_the_dataset_has(server: QueryServer, dataset: Path) -> None:
    for sql in (
        "SELECT * FROM documents ORDER BY doc_id",
        "SELECT source, count(*) AS n FROM kept_documents GROUP BY source ORDER BY source",
        "SELECT * FROM elements ORDER BY doc_id, position",
        "SELECT image_id, bytes FROM images ORDER BY image_id",
        "SELECT * FROM documents WHERE false",
        "SHOW TABLES",
    ):
        assert _ask(server, sql).to_pylist() == run_query(str(dataset), sql).to_pylist()


def test_a_client_as_it_comes_may_ask(server: QueryServer) -> None:
    """Without `autocommit` the driver asks for transactions, and is told that there are none."""
    options = {DatabaseOptions.AUTHORIZATION_HEADER.value: f"Bearer {TOKEN}"}
    with pytest.warns(match="autocommit"):
        connection = adbc.connect(f"grpc://127.0.0.1:{server.port}", db_kwargs=options)
    with closing(connection), closing(connection.cursor()) as cursor:
        cursor.execute("SELECT 1 AS one")
        assert cursor.fetchall() == [(1,)]


def test_an_error_shows_nothing_of_the_inside(server: QueryServer) -> None:
    with pytest.raises(Error, match="did you mean") as caught:
        _ask(server, "SELECT titel FROM documents")
    assert "Traceback" not in str(caught.value)
    assert ".py" not in str(caught.value)


def test_many_batches_arrive_whole(server: QueryServer) -> None:
    table = _ask(server, "SELECT range AS n FROM range(300000)")
    assert table["n"].to_pylist() == list(range(300000))


def test_parameters_are_bound(server: QueryServer) -> None:
    rows = _ask(server, "SELECT doc_id FROM documents WHERE source = ? ORDER BY 1", ("one",)).to_pylist()
    assert rows == [{"doc_id": "a"}, {"doc_id": "b"}]
    hostile = _ask(server, "SELECT doc_id FROM documents WHERE source = ?", ("' OR 1=1 --",))
    assert hostile.num_rows == 0


def test_the_catalog_names_tables_and_columns(server: QueryServer) -> None:
    with closing(_connect(server)) as connection:
        (catalog,) = connection.adbc_get_objects(depth="tables").read_all().to_pylist()
        (schema,) = catalog["catalog_db_schemas"]
        kinds = {table["table_name"]: table["table_type"] for table in schema["db_schema_tables"]}
        assert kinds == {name: "TABLE" if name in SCHEMAS else "VIEW" for name in known_names()}
        assert connection.adbc_get_table_schema("documents").names == SCHEMAS["documents"].names
        assert connection.adbc_get_table_types() == ["TABLE", "VIEW"]
        some = connection.adbc_get_objects(depth="tables", table_name_filter="image_%")
        found = some.read_all().to_pylist()[0]["catalog_db_schemas"][0]["db_schema_tables"]
        # As in SQL's LIKE, the line stands for any letter.
        fitting = {name for name in known_names() if re.fullmatch("image.+", name)}
        assert {table["table_name"] for table in found} == fitting
        assert connection.adbc_get_info()["vendor_name"] == "looseleaf"


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1]])
def test_without_a_token_nothing_is_told(server: QueryServer, token: str) -> None:
    with pytest.raises(Error, match=r"(?i)unauthenticated|token"):
        _ask(server, "SELECT 1", token=token)
    client = flight.connect(f"grpc://127.0.0.1:{server.port}")
    for call in (lambda: list(client.list_actions()), lambda: client.do_get(flight.Ticket(b"x")).read_all()):
        with pytest.raises(flight.FlightUnauthenticatedError):
            call()


def test_a_token_may_come_as_a_password(server: QueryServer) -> None:
    options = {"username": "anybody", "password": TOKEN}
    uri = f"grpc://127.0.0.1:{server.port}"
    with (
        closing(adbc.connect(uri, db_kwargs=options, autocommit=True)) as connection,
        closing(connection.cursor()) as cursor,
    ):
        cursor.execute("SELECT 1 AS one")
        assert cursor.fetchall() == [(1,)]
    with pytest.raises(Error):
        adbc.connect(uri, db_kwargs={**options, "password": "wrong"}, autocommit=True)


def test_attacks_are_refused(server: QueryServer, dataset: Path) -> None:
    """One connection for all of them: each finds the server as the one before left it."""
    before = set(dataset.parent.rglob("*"))
    with closing(_connect(server)) as connection:
        for attack, reason in ATTACKS:
            sql = written_out(attack, dataset)
            with closing(connection.cursor()) as cursor, pytest.raises(Error, match=reason):
                _fetched(cursor, sql or " ")
        with closing(connection.cursor()) as cursor:
            cursor.execute("SELECT count(*) FROM documents")
            assert cursor.fetchall() == [(3,)]
    assert set(dataset.parent.rglob("*")) - before <= {
        dataset.parent / "secret.txt",
        dataset.parent / "secret.parquet",
    }


@pytest.mark.parametrize("sql", [ENDLESS[0], ENDLESS[1]])
def test_what_would_run_for_ever_is_stopped(server: QueryServer, sql: str) -> None:
    with pytest.raises(Error, match="longer than 6 seconds"):
        _ask(server, sql)
    assert _ask(server, "SELECT 1 AS one").to_pylist() == [{"one": 1}]


@pytest.mark.parametrize("sql", [GREEDY[0], GREEDY[2]])
def test_what_would_take_all_memory_is_refused(server: QueryServer, sql: str) -> None:
    with pytest.raises(Error, match=r"(?i)memory"):
        _ask(server, sql)
    assert _ask(server, "SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_an_answer_has_its_limit(server: QueryServer) -> None:
    with pytest.raises(Error, match="larger than 8 MiB"):
        _ask(server, "SELECT range, repeat('x', 100) FROM range(10000000)")
    assert _ask(server, "SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_client_that_leaves_frees_its_place(server: QueryServer) -> None:
    for _ in range(4):
        client = _client(server)
        reader = client.do_get(_ticket("SELECT range, repeat('x', 100) FROM range(60000)"))
        reader.read_chunk()
        reader.cancel()
        client.close()
    assert _ask(server, "SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_only_so_many_ask_at_once(server: QueryServer) -> None:
    told: list[str] = []

    def ask() -> None:
        try:
            _client(server).do_get(_ticket(ENDLESS[0])).read_all()
        except flight.FlightError as error:
            told.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [one for one in told if "as many queries as it may" in one]
    # Two are answered, one waits, and the others are told at once.
    assert len(told) == 5
    assert len(refused) == 2
    assert _ask(server, "SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_what_is_no_query_is_refused(server: QueryServer) -> None:
    client = _client(server)
    for ticket in (b"", b"nonsense", messages.pack(messages.make("TicketStatementQuery", {})), b"\xff" * 40):
        with pytest.raises(flight.FlightServerError):
            client.do_get(flight.Ticket(ticket)).read_all()
    update = flight.FlightDescriptor.for_command(_packed_update())
    writer, _ = client.do_put(update, pa.schema([("x", pa.int64())]))
    with pytest.raises(flight.FlightServerError):
        writer.close()
    with pytest.raises(flight.FlightServerError, match="only reads"):
        list(client.do_action(flight.Action("BeginTransaction", b"")))


def test_a_new_build_shows_and_a_pinned_server_stays(tmp_path: Path) -> None:
    root = str(tmp_path)
    record_build(root, make_build("b1", 1, write_rows(root, ROWS)))
    answering = Answering(memory=64 << 20, spill=0, seconds=30, answer=8 << 20)
    newest, pinned = (Workers(root, at, answering, count=1, waiting=0) for at in (None, "b1"))
    question = messages.make("Question", {"query": "SELECT count(*) AS n FROM documents"}).SerializeToString()
    assert _count(newest, question) == _count(pinned, question) == 3
    versions = write_rows(root, {"documents": [{"doc_id": "new"}]}, "1")
    record_build(root, make_build("b2", 2, versions, parent="b1"))
    deadline = time.monotonic() + 60
    while _count(newest, question) != 1:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert _count(pinned, question) == 3
    newest.close()
    pinned.close()


def _fetched(cursor: adbc.Cursor, sql: str) -> list[tuple[object, ...]]:
    cursor.execute(sql)
    return cursor.fetchall()


def _count(workers: Workers, question: bytes) -> int:
    with workers.answer(question) as (schema, rows):
        return pa.Table.from_batches(rows, schema)["n"][0].as_py()


class _Bearer(flight.ClientMiddlewareFactory):
    def start_call(self, info: object) -> flight.ClientMiddleware:
        class Sends(flight.ClientMiddleware):
            def sending_headers(self) -> dict[str, str]:
                return {"authorization": f"Bearer {TOKEN}"}

        return Sends()


def _client(server: QueryServer) -> flight.FlightClient:
    return flight.connect(f"grpc://127.0.0.1:{server.port}", middleware=[_Bearer()])


def _ticket(sql: str) -> flight.Ticket:
    handle = messages.make("Question", {"query": sql}).SerializeToString()
    return flight.Ticket(messages.pack(messages.make("TicketStatementQuery", {"statement_handle": handle})))


def _packed_update() -> bytes:
    from google.protobuf import any_pb2

    url = "type.googleapis.com/arrow.flight.protocol.sql.CommandStatementUpdate"
    return any_pb2.Any(type_url=url, value=b"\n\x08DROP x").SerializeToString()
