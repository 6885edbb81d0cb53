"""`looseleaf query-server`: how it starts, whom it lets in, and what it leaves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import adbc_driver_flightsql.dbapi as adbc
import psutil
import pytest
from adbc_driver_flightsql import DatabaseOptions
from adbc_driver_manager import Error
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flows.cli.main import main
from flows.sql_server.access import read_tokens
from storage.builds import record_build
from storage.errors import LooseleafError
from tests.storage.conftest import ROWS, make_build, write_rows

TOKENS = "# who may ask\nada 0123456789abcdef0123\n\nfedcba98765432100123\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset, tokens, and a certificate for this machine with its key."""
    place = tmp_path_factory.mktemp("served")
    record_build(str(place / "dataset"), make_build("b1", 1, write_rows(str(place / "dataset"), ROWS)))
    (place / "tokens").write_text(TOKENS)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (place / "chain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (place / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return place


@pytest.fixture
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server with TLS on a free port, and its address."""
    arguments = ["query-server", str(folder / "dataset"), "--port", "0", "--concurrent", "1"]
    arguments += ["--tokens", str(folder / "tokens")]
    arguments += ["--tls-certificate", str(folder / "chain.pem"), "--tls-key", str(folder / "key.pem")]
    server = subprocess.Popen(
        [sys.executable, "-m", "flows.cli.main", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    assert server.stderr is not None
    found = re.search(r"at (grpc\+tls://\S+)\. ", server.stderr.readline())
    assert found is not None
    yield server, found[1]
    server.kill()
    server.wait()


def test_it_answers_by_tls_until_it_is_stopped(
    started: tuple[subprocess.Popen[str], str], folder: Path
) -> None:
    server, address = started
    options = {
        DatabaseOptions.AUTHORIZATION_HEADER.value: "Bearer fedcba98765432100123",
        DatabaseOptions.TLS_ROOT_CERTS.value: (folder / "chain.pem").read_text(),
    }
    with (
        closing(adbc.connect(address, db_kwargs=options, autocommit=True)) as connection,
        closing(connection.cursor()) as cursor,
    ):
        cursor.execute("SELECT count(*) FROM documents")
        assert cursor.fetchall() == [(3,)]
    with pytest.raises(Error), closing(_plain(address)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT 1")
    workers = psutil.Process(server.pid).children()
    assert len(workers) == 1
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=30) == 0
    assert not any(worker.is_running() for worker in workers)
    assert server.stderr is not None
    assert "line 2: 1 rows" in server.stderr.read()
    assert list(folder.glob("looseleaf-quer*")) == []


def _plain(address: str) -> adbc.Connection:
    options = {DatabaseOptions.AUTHORIZATION_HEADER.value: "Bearer fedcba98765432100123"}
    return adbc.connect(address.replace("grpc+tls", "grpc"), db_kwargs=options, autocommit=True)


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["{folder}/dataset", "--host", "0.0.0.0"], 2, "others could read the token"),
        (["{folder}/dataset", "--tls-key", "x"], 2, "belong together"),
        (
            ["{folder}/dataset", "--tls-key", "{folder}/no", "--tls-certificate", "{folder}/no"],
            1,
            "check both",
        ),
        (["{folder}/dataset", "--tokens", "{folder}/no"], 1, "cannot be read"),
        (["{folder}/dataset", "--at", "b9"], 1, "no build 'b9'"),
        (["{folder}"], 1, "no dataset"),
    ],
)
def test_what_cannot_be_served_is_told(folder: Path, arguments: list[str], status: int, told: str) -> None:
    result = CliRunner().invoke(main, ["query-server", *(one.format(folder=folder) for one in arguments)])
    assert result.exit_code == status
    assert told in result.stderr


def test_tokens_are_secrets() -> None:
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(TOKENS)
        file.flush()
        assert read_tokens(file.name) == {"ada": "0123456789abcdef0123", "line 2": "fedcba98765432100123"}
    for content in ("", "# none\n", "ada short\n"):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(content)
            file.flush()
            with pytest.raises(LooseleafError, match="no secrets"):
                read_tokens(file.name)
