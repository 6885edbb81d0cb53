"""The part of Ray's job API that flows need: answers within a time limit, errors of known kinds."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from storage.errors import LooseleafError

if TYPE_CHECKING:
    from ray.job_submission import JobSubmissionClient

#: To connect and to wait for an answer, in seconds: Ray's own client would wait for ever.
_TIMEOUT = (5.0, 60.0)
_ENDED = ("STOPPED", "SUCCEEDED", "FAILED")

Answer = TypeVar("Answer")


class HeadAwayError(Exception):
    """Ray's head gave no answer, or could not give one now."""


class UnknownJobError(Exception):
    """Ray's head knows no such job: it is another cluster than the one that the job was submitted to."""


@dataclass(frozen=True)
class JobState:
    """How a job stands."""

    submission: str
    status: str  # PENDING, RUNNING, STOPPED, SUCCEEDED or FAILED
    message: str = ""
    error_type: str = ""
    exit_code: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    started_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in _ENDED


@dataclass(frozen=True)
class Node:
    """What a living node of the cluster has."""

    cpus: float
    gpus: float
    memory: float  # bytes


@dataclass(frozen=True)
class Patience:
    """How long a flow bears with a cluster that fails; all but `attempts` in seconds."""

    poll: float = 0.25
    away: float = 300.0  # that the head may give no answer
    attempts: int = 5  # of a stage
    pause: float = 2.0  # before the second attempt; doubled before each further one
    longest_pause: float = 60.0


class Jobs(Protocol):
    """A cluster's jobs; each method raises `HeadAwayError` where the head does not answer."""

    address: str

    def submit(self, submission: str, command: str, metadata: Mapping[str, str], cpus: float) -> None:
        """Submit a job, unless it was submitted before; `cpus` are reserved for its own process."""

    def state(self, submission: str) -> JobState | None:
        """Return how a job stands, or None where it is not known."""

    def all(self) -> list[JobState]:
        """Return every job that the head remembers."""

    def stop(self, submission: str) -> None:
        """Ask a job to end."""

    def log(self, submission: str) -> str:
        """Return all that a job has printed."""

    def follow_log(self, submission: str) -> AsyncIterator[str]:
        """Give what a job prints, from its beginning, as it comes."""

    def nodes(self) -> list[Node]:
        """Return the living nodes."""

    def scales(self) -> bool:
        """Say whether an autoscaler can add nodes."""


class RayJobs:
    """The jobs of the cluster whose dashboard answers at `address`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._client: JobSubmissionClient | None = None

    def submit(self, submission: str, command: str, metadata: Mapping[str, str], cpus: float) -> None:
        """See `Jobs`."""
        if self.state(submission) is not None:
            return
        self._ask(
            lambda client: client.submit_job(
                entrypoint=command,
                submission_id=submission,
                metadata=dict(metadata),
                entrypoint_num_cpus=cpus or None,
            )
        )

    def state(self, submission: str) -> JobState | None:
        """See `Jobs`."""
        try:
            return _state(self._ask(lambda client: client.get_job_info(submission)))
        except UnknownJobError:
            return None

    def all(self) -> list[JobState]:
        """See `Jobs`."""
        found = self._ask(lambda client: client.list_jobs())
        return [_state(job) for job in found if job.submission_id is not None]

    def stop(self, submission: str) -> None:
        """See `Jobs`."""
        self._ask(lambda client: client.stop_job(submission))

    def log(self, submission: str) -> str:
        """See `Jobs`."""
        return str(self._ask(lambda client: client.get_job_logs(submission)))

    async def follow_log(self, submission: str) -> AsyncIterator[str]:
        """See `Jobs`."""
        from aiohttp import ClientError  # noqa: PLC0415 - Ray's, after the environment is set

        try:
            async for text in self._connected().tail_job_logs(submission):
                yield text
        except (ClientError, OSError, RuntimeError) as error:
            raise HeadAwayError(_first_line(error)) from error

    def nodes(self) -> list[Node]:
        """See `Jobs`."""
        found = self._get("/api/v0/nodes?limit=10000")["result"]["result"]
        living = [node["resources_total"] for node in found if node["state"] == "ALIVE"]
        return [Node(*(float(has.get(name, 0.0)) for name in ("CPU", "GPU", "memory"))) for has in living]

    def scales(self) -> bool:
        """See `Jobs`."""
        status = self._get("/api/cluster_status")["clusterStatus"] or {}
        return bool(status.get("autoscalerReport"))

    def _get(self, path: str) -> Mapping[str, Any]:
        answer = self._ask(lambda client: client._do_request("GET", path))
        if answer.status_code != 200:
            raise HeadAwayError(f"status code {answer.status_code} for {path}")
        found: Mapping[str, Any] = answer.json()["data"]
        return found

    def _connected(self) -> JobSubmissionClient:
        if self._client is None:
            self._client = _client(self.address)
        return self._client

    def _ask(self, question: Callable[[JobSubmissionClient], Any]) -> Any:
        from ray.exceptions import AuthenticationError  # noqa: PLC0415 - after the environment is set
        from requests.exceptions import RequestException  # noqa: PLC0415

        try:
            return question(self._connected())
        except AuthenticationError as error:
            raise LooseleafError(
                f"Ray at {self.address} refuses the token that it was given: let RAY_AUTH_TOKEN_PATH name "
                "the file that holds this cluster's token."
            ) from error
        except (RequestException, OSError) as error:
            raise HeadAwayError(_first_line(error)) from error
        except RuntimeError as error:
            raise self._kind(error) from error

    def _kind(self, error: RuntimeError) -> Exception:
        told = _first_line(error)
        if "status code 404" in told:
            return UnknownJobError(told)
        if "status code 5" in told:
            return HeadAwayError(told)
        return LooseleafError(f"Ray at {self.address} refuses what it was asked ({told}): look at its pages.")


@dataclass(frozen=True)
class Asking:
    """Asks a cluster, and goes on asking for a bounded time while its head does not answer."""

    jobs: Jobs
    patience: Patience
    log: Callable[[str], None]

    def __call__(self, question: Callable[[Jobs], Answer]) -> Answer:
        """Return the answer.

        Raises:
            LooseleafError: if the head was away for longer than `patience.away`.
        """
        began = time.monotonic()
        told = False
        address, limit = self.jobs.address, self.patience.away
        while True:
            try:
                answer = question(self.jobs)
            except HeadAwayError as error:
                away = time.monotonic() - began
                if away > limit:
                    raise LooseleafError(
                        f"Ray at {address} has not answered for {limit:.0f} s ({error}): start it again, "
                        "then run again, which continues where it ended."
                    ) from error
                if not told:
                    self.log(
                        f"Ray at {address} does not answer ({error}): waiting up to {limit:.0f} s for it."
                    )
                    told = True
                time.sleep(max(self.patience.poll, min(5.0, away / 4)))
            else:
                if told:
                    self.log(f"Ray answers again after {time.monotonic() - began:.0f} s.")
                return answer


def _client(address: str) -> JobSubmissionClient:
    from ray.job_submission import JobSubmissionClient  # noqa: PLC0415 - after the environment is set

    class Client(JobSubmissionClient):  # type: ignore[misc]
        """Ray's client, with a limit on each request."""

        def _do_request(self, method: str, endpoint: str, **options: Any) -> Any:
            return super()._do_request(method, endpoint, timeout=_TIMEOUT, **options)

    return Client(address)


def _state(job: Any) -> JobState:
    started = job.start_time
    return JobState(
        submission=str(job.submission_id),
        status=str(job.status.value),
        message=job.message or "",
        error_type=str(getattr(job.error_type, "value", job.error_type) or ""),
        exit_code=job.driver_exit_code,
        metadata=dict(job.metadata or {}),
        started_at=datetime.fromtimestamp(started / 1000, UTC) if started else None,
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
