"""The object store of the compose file, started as Compose starts it, keeps what the tables rely on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
import s3fs
import yaml
from deltalake import DeltaTable, write_deltalake

from flows.environment import free_ports
from storage.filesystem import delta_options, list_sizes, read_bytes, write_bytes_atomic
from tests.deploy.rendering import DEPLOY

_START = 60.0  # seconds
_WRITERS = 8


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start it on loopback at free ports; all else is what the compose file says."""
    folder = tmp_path_factory.mktemp("store")
    s3, master, volume, filer, *grpc = free_ports(8)
    service = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())["services"]["s3"]
    replaced = {
        "-dir=/data": f"-dir={folder}",
        "-s3.port=8333": f"-s3.port={s3}",
        "-s3.ip.bind=0.0.0.0": "-s3.ip.bind=127.0.0.1",
    }
    assert replaced.keys() <= set(service["command"])
    command = [replaced.get(word, word) for word in service["command"]]
    for name, port, own in zip(
        ("master", "volume", "filer", "s3"), (master, volume, filer, s3), grpc, strict=True
    ):
        command += [f"-{name}.port={port}"] * (name != "s3") + [f"-{name}.port.grpc={own}"]
    keys = {"AWS_ACCESS_KEY_ID": "looseleaf", "AWS_SECRET_ACCESS_KEY": "not-so-secret"}
    log = (folder / "log").open("wb")
    # Its image does the same.
    environment = {**os.environ, **keys, "GODEBUG": "fips140=on"}
    weed = str(Path(sys.executable).with_name("weed"))
    process = subprocess.Popen([weed, *command], env=environment, stdout=log, stderr=log, cwd=folder)
    url = f"http://127.0.0.1:{s3}"
    try:
        until = time.monotonic() + _START
        while not _answers(f"{url}/healthz"):
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            assert time.monotonic() < until, "it did not answer"
            time.sleep(0.1)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**keys, "AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1"}.items():
                patch.setenv(name, value)
            s3fs.S3FileSystem.clear_instance_cache()
            yield url
            s3fs.S3FileSystem.clear_instance_cache()
    finally:
        # It takes half a minute to leave in order, and what it holds is thrown away.
        process.kill()
        process.wait(timeout=30)
        log.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_first_write_makes_the_bucket(store: str) -> None:
    write_bytes_atomic("s3://looseleaf/jobs/1/spec.json", b"{}")
    assert read_bytes("s3://looseleaf/jobs/1/spec.json") == b"{}"
    assert list_sizes("s3://looseleaf/jobs/1") == {"spec.json": 2}


def test_strangers_are_refused(store: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{store}/looseleaf/jobs/1/spec.json", timeout=5)


def test_of_writers_at_once_none_is_lost(store: str) -> None:
    """A commit is a put that only succeeds where nothing is yet: the store must keep that promise."""
    url = "s3://looseleaf/table"
    options = delta_options(url)
    write_deltalake(url, pa.table({"writer": [-1]}), storage_options=options)
    together = threading.Barrier(_WRITERS)

    def write(number: int) -> None:
        together.wait()
        write_deltalake(url, pa.table({"writer": [number]}), mode="append", storage_options=options)

    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(write, range(_WRITERS)))
    table = DeltaTable(url, storage_options=options)
    assert table.version() == _WRITERS
    assert sorted(table.to_pyarrow_table()["writer"].to_pylist()) == list(range(-1, _WRITERS))
