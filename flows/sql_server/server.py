"""The server: Arrow Flight SQL over a dataset's workers."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from pyarrow import flight

from flows.sql_server import messages
from flows.sql_server.access import Access, Handshake
from flows.sql_server.catalog import Catalog
from flows.sql_server.workers import BusyError, Workers
from storage.errors import LooseleafError
from storage.queries import known_names
from storage.schemas import SCHEMAS

#: Bytes of a query with its parameters.
_LONGEST = 1 << 20
_ONLY_READS = "The server only reads: it knows queries and the catalog."


@dataclass(frozen=True)
class Certificate:
    """A certificate chain and its key, in PEM."""

    chain: bytes
    key: bytes


class QueryServer(flight.FlightServerBase):  # type: ignore[misc]
    """Answers queries over a dataset.

    Args:
        host: interface to listen at.
        port: 0 takes a free one.
        workers: answer the queries; they are closed with the server.
        tokens: by the names of those who have them.
        certificate: for TLS, None for plain connections.
    """

    def __init__(
        self,
        host: str,
        port: int,
        workers: Workers,
        tokens: Mapping[str, str],
        certificate: Certificate | None,
    ) -> None:
        self._workers = workers
        self._catalog = Catalog(known_names(), frozenset(SCHEMAS), workers.answering.seconds, self._columns)
        super().__init__(
            f"grpc+tls://{host}:{port}" if certificate else f"grpc://{host}:{port}",
            auth_handler=Handshake(),
            middleware={"access": Access(tokens)},
            tls_certificates=[(certificate.chain, certificate.key)] if certificate else None,
        )

    def get_flight_info(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.FlightInfo:
        """Tell where the answer to a command is, and what columns it has."""
        with _told(context, "prepare"):
            name, command = messages.unpack(descriptor.command)
            columns = self._catalog.columns(name, command)
            if columns is not None:
                ticket = descriptor.command
            else:
                handle = _handle(name, command)
                columns = self._workers.schema(handle)
                ticket = messages.pack(messages.make("TicketStatementQuery", {"statement_handle": handle}))
            return flight.FlightInfo(columns, descriptor, [flight.FlightEndpoint(ticket, [])], -1, -1)

    def get_schema(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.SchemaResult:
        """Tell what columns the answer to a command has."""
        with _told(context, "prepare"):
            name, command = messages.unpack(descriptor.command)
            columns = self._catalog.columns(name, command)
            return flight.SchemaResult(
                columns if columns is not None else self._workers.schema(_handle(name, command))
            )

    def do_get(self, context: flight.ServerCallContext, ticket: flight.Ticket) -> flight.FlightDataStream:
        """Answer a command."""
        with _told(context, "answer"):
            name, command = messages.unpack(ticket.ticket)
            if self._catalog.columns(name, command) is not None:
                return flight.RecordBatchStream(self._catalog.rows(name, command))
            rows = self._rows(context, _handle(name, command))
            # The first thing that it gives is the schema, so that a query that fails fails here.
            return flight.GeneratorStream(next(rows), rows)

    def do_put(
        self,
        context: flight.ServerCallContext,
        descriptor: flight.FlightDescriptor,
        reader: flight.MetadataRecordBatchReader,
        writer: flight.FlightMetadataWriter,
    ) -> None:
        """Bind the parameters of a prepared query: the client is given a handle that holds both."""
        with _told(context, "bind"):
            name, command = messages.unpack(descriptor.command)
            if name != "CommandPreparedStatementQuery":
                raise NotImplementedError(_ONLY_READS)
            question = messages.question(_handle(name, command))
            sink = pa.BufferOutputStream()
            size = 0
            with pa.ipc.new_stream(sink, reader.schema) as copy:
                for chunk in reader:
                    if chunk.data is None:  # words without rows
                        continue
                    size += chunk.data.nbytes
                    if size > _LONGEST:
                        raise LooseleafError("The parameters are larger than 1 MiB: send fewer.")
                    copy.write_batch(chunk.data)
            question.parameters = sink.getvalue().to_pybytes()
            bound = {"prepared_statement_handle": question.SerializeToString()}
            writer.write(messages.make("DoPutPreparedStatementResult", bound).SerializeToString())

    def do_action(self, context: flight.ServerCallContext, action: flight.Action) -> list[bytes]:
        """Prepare a query, or close one, which leaves nothing to do."""
        with _told(context, "prepare"):
            if action.type == "ClosePreparedStatement":
                return []
            if action.type != "CreatePreparedStatement":
                raise NotImplementedError(_ONLY_READS)
            _, request = messages.unpack(action.body.to_pybytes())
            handle = _short(messages.make("Question", {"query": request.query}).SerializeToString())
            prepared = {
                "prepared_statement_handle": handle,
                "dataset_schema": self._workers.schema(handle).serialize().to_pybytes(),
            }
            return [messages.pack(messages.make("ActionCreatePreparedStatementResult", prepared))]

    def list_actions(self, context: flight.ServerCallContext) -> list[tuple[str, str]]:  # noqa: ARG002
        """Name what `do_action` knows."""
        return [("CreatePreparedStatement", "Prepares a query."), ("ClosePreparedStatement", "Forgets it.")]

    def _columns(self, sql: str) -> pa.Schema:
        return self._workers.schema(messages.make("Question", {"query": sql}).SerializeToString())

    def _rows(self, context: flight.ServerCallContext, handle: bytes) -> Iterator[Any]:
        """Give the schema of an answer, then its rows; write down what came of it."""
        started = time.monotonic()
        caller = context.get_middleware("access").name
        count, outcome = 0, "stopped by the client"
        try:
            with _told(context, "answer"), self._workers.answer(handle) as (schema, rows):
                yield schema
                for batch in rows:
                    count += batch.num_rows
                    yield batch
            outcome = "answered"
        except flight.FlightError as error:
            outcome = str(error)
            raise
        finally:
            _log(caller, time.monotonic() - started, count, outcome, messages.question(handle).query)


def _handle(name: str, command: Any) -> bytes:
    """Return the `Question` that a command asks."""
    match name:
        case "CommandStatementQuery":
            return _short(messages.make("Question", {"query": command.query}).SerializeToString())
        case "TicketStatementQuery":
            return _short(command.statement_handle)
        case "CommandPreparedStatementQuery":
            return _short(command.prepared_statement_handle)
    raise NotImplementedError(_ONLY_READS)


def _short(question: bytes) -> bytes:
    if len(question) > 2 * _LONGEST:
        raise LooseleafError("The query is longer than 2 MiB: say it shorter.")
    return question


@contextlib.contextmanager
def _told(context: flight.ServerCallContext, doing: str) -> Iterator[None]:
    """Turn what is wrong into the protocol's errors, and show a client nothing of the inside."""
    try:
        yield
    except BusyError as error:
        raise flight.FlightUnavailableError(str(error)) from None
    except (LooseleafError, ValueError, NotImplementedError) as error:
        # Not an error of Arrow's or Python's: with those goes the traceback.
        raise flight.FlightServerError(str(error)) from None
    except (OSError, AssertionError) as error:
        print(f"The server could not {doing} for {context.peer()}: {error!r}", file=sys.stderr, flush=True)
        raise flight.FlightInternalError(f"The server could not {doing}: ask who runs it to look.") from None


def _log(caller: str, seconds: float, rows: int, outcome: str, sql: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    shown = " ".join(sql.split())
    print(
        f"{now} {caller}: {rows} rows in {seconds:.3f} s, {outcome}: {shown[:200]}",
        file=sys.stderr,
        flush=True,
    )
