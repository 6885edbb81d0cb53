"""An S3 stand-in as the environment names it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import boto3
import pytest
import s3fs
from moto.server import ThreadedMotoServer


@contextlib.contextmanager
def s3_environment(endpoint: str) -> Iterator[None]:
    """Name a server as S3 in the environment; clients that know another one are forgotten."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            patch.setenv(name, "us-east-1")
        # Kept by their arguments, of which the endpoint is none.
        s3fs.S3FileSystem.clear_instance_cache()
        try:
            yield
        finally:
            s3fs.S3FileSystem.clear_instance_cache()


@contextlib.contextmanager
def moto_bucket(name: str = "bucket") -> Iterator[str]:
    """Start moto's server with an empty bucket; give the URL of the bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with s3_environment(f"http://{host}:{port}"):
            boto3.client("s3").create_bucket(Bucket=name)
            yield f"s3://{name}"
    finally:
        server.stop()
