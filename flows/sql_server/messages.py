"""The messages of Arrow Flight SQL that the server knows, by their numbers in `FlightSql.proto`."""

from __future__ import annotations

from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message, message_factory

_PACKAGE = "arrow.flight.protocol.sql"
_TYPE = f"type.googleapis.com/{_PACKAGE}."
_TEXT, _BYTES, _BOOL, _UINT32 = (
    descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    descriptor_pb2.FieldDescriptorProto.TYPE_UINT32,
)
_REPEATED = ("info", "table_types")
#: Fields in the order of their numbers, which count from one. `Question` is ours: it stands in the handles
#: that the client hands back, so that the server need not remember anything.
_MESSAGES = {
    "CommandGetSqlInfo": (("info", _UINT32),),
    "CommandGetCatalogs": (),
    "CommandGetDbSchemas": (("catalog", _TEXT), ("db_schema_filter_pattern", _TEXT)),
    "CommandGetTables": (
        ("catalog", _TEXT),
        ("db_schema_filter_pattern", _TEXT),
        ("table_name_filter_pattern", _TEXT),
        ("table_types", _TEXT),
        ("include_schema", _BOOL),
    ),
    "CommandGetTableTypes": (),
    "CommandStatementQuery": (("query", _TEXT), ("transaction_id", _BYTES)),
    "CommandPreparedStatementQuery": (("prepared_statement_handle", _BYTES),),
    "TicketStatementQuery": (("statement_handle", _BYTES),),
    "ActionCreatePreparedStatementRequest": (("query", _TEXT), ("transaction_id", _BYTES)),
    "ActionCreatePreparedStatementResult": (
        ("prepared_statement_handle", _BYTES),
        ("dataset_schema", _BYTES),
        ("parameter_schema", _BYTES),
    ),
    "ActionClosePreparedStatementRequest": (("prepared_statement_handle", _BYTES),),
    "DoPutPreparedStatementResult": (("prepared_statement_handle", _BYTES),),
    "Question": (("query", _TEXT), ("parameters", _BYTES)),
}


def _classes() -> dict[str, type[message.Message]]:
    file = descriptor_pb2.FileDescriptorProto(
        name="looseleaf/flight_sql.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in _MESSAGES.items():
        described = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields, start=1):
            added = described.field.add(name=field, number=number, type=kind)
            repeated = field in _REPEATED
            added.label = added.LABEL_REPEATED if repeated else added.LABEL_OPTIONAL
            if not repeated:
                # Whether an optional filter is there is told apart from an empty one.
                added.proto3_optional = True
                added.oneof_index = len(described.oneof_decl)
                described.oneof_decl.add(name=f"_{field}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _MESSAGES
    }


_CLASSES = _classes()


def make(name: str, fields: dict[str, object]) -> Any:
    """Return a message of that name."""
    return _CLASSES[name](**fields)


def pack(found: message.Message) -> bytes:
    """Return a message in the envelope in which commands, tickets and actions travel."""
    return any_pb2.Any(
        type_url=_TYPE + found.DESCRIPTOR.name, value=found.SerializeToString()
    ).SerializeToString()


def unpack(data: bytes) -> tuple[str, Any]:
    """Return the name and the message that an envelope holds.

    Raises:
        ValueError: if it holds none that the server knows.
    """
    try:
        envelope = any_pb2.Any.FromString(data)
        name = envelope.type_url.removeprefix(_TYPE)
        if name not in _CLASSES or name == "Question":
            raise ValueError(f"The server does not know the command {name[:80] or 'without a name'}.")
        return name, _CLASSES[name].FromString(envelope.value)
    except message.DecodeError as error:
        raise ValueError("The command is not one of Arrow Flight SQL.") from error


def question(data: bytes) -> Any:
    """Return the `Question` that a handle holds.

    Raises:
        ValueError: if it holds none.
    """
    try:
        return _CLASSES["Question"].FromString(data)
    except message.DecodeError as error:
        raise ValueError("The handle is not one that the server gave.") from error
