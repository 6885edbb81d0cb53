"""Submitting, attaching, following, trying again and stopping, against a cluster that follows a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.attempts import Attempts, forget
from flows.jobs import Follower, run_job
from flows.ray_jobs import JobState, Node, Patience
from flows.spec import JobProgress, JobResult, JobSpec, read_spec, write_result, write_spec
from storage.errors import LooseleafError
from tests.flows.jobs_fake import Attempt, FakeJobs, Leaves

PATIENCE = Patience(poll=0.0, away=0.2, attempts=3, pause=0.0)
SPEC = JobSpec("extract", {"dataset": "d"})
SUCCEEDED = JobState("", "SUCCEEDED", exit_code=0)
NODE_LOST = JobState("", "FAILED", "Job supervisor actor died: node.", "JOB_SUPERVISOR_ACTOR_DIED")


def leaving(report: dict[str, Any], error: str | None = None) -> Leaves:
    return lambda url: write_result(url.rsplit("/", 1)[0], JobResult("extract", report, error))


GOOD = Attempt(SUCCEEDED, leaves=leaving({"rows": 3}))


class Told:
    """What a follower was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.progress: list[JobProgress] = []
        self.submitted: list[str] = []
        self.follower = Follower(self.lines.append, self.progress.append, self.submitted.append)


def run(jobs: FakeJobs, place: Path, told: Told | None = None, spec: JobSpec = SPEC) -> JobResult:
    follower = (told or Told()).follower
    return run_job(spec, str(place), "run1", follower, deployment="build/local", jobs=jobs, patience=PATIENCE)


def test_the_id_names_flow_run_stage_and_attempt_and_the_metadata_whose_job_it_is(tmp_path: Path) -> None:
    jobs, told = FakeJobs([GOOD]), Told()
    assert run(jobs, tmp_path, told).report == {"rows": 3}
    assert told.submitted == ["run1-extract-1"]
    assert jobs.metadata["run1-extract-1"] == {
        "flow_run_id": "run1",
        "stage": "extract",
        "dataset": str(tmp_path),
        "deployment": "build/local",
        "attempt": "1",
    }
    written = read_spec(str(tmp_path / "jobs" / "run1-extract-1" / "spec.json"))
    assert written.arguments == SPEC.arguments
    assert written.submitted_at is not None


def test_a_flow_that_is_started_again_attaches_to_the_job_that_runs(tmp_path: Path) -> None:
    jobs, told = FakeJobs([Attempt(SUCCEEDED, looks=3)]), Told()
    url = write_spec(str(tmp_path / "jobs" / "run1-extract-4"), SPEC)
    jobs.start("run1-extract-4")
    jobs._running["run1-extract-4"].leaves = lambda _: leaving({"rows": 9})(url)
    # Another flow run's job, and one of a stage whose name begins alike, are not its own.
    jobs.states["run10-extract-5"] = JobState("run10-extract-5", "RUNNING")
    jobs.states["run1-extract-more-6"] = JobState("run1-extract-more-6", "RUNNING")
    assert run(jobs, tmp_path, told).report == {"rows": 9}
    assert told.submitted == ["run1-extract-4"]
    assert not jobs.commands


def test_what_had_ended_is_not_done_again(tmp_path: Path) -> None:
    assert run(FakeJobs([GOOD]), tmp_path).report == {"rows": 3}
    jobs = FakeJobs([])
    assert run(jobs, tmp_path).report == {"rows": 3}
    assert jobs.asked == 0


def test_what_had_ended_with_other_arguments_or_in_another_flow_run_is_done(tmp_path: Path) -> None:
    run(FakeJobs([GOOD]), tmp_path)
    again = FakeJobs([Attempt(SUCCEEDED, leaves=leaving({"rows": 5}))])
    assert run(again, tmp_path, spec=JobSpec("extract", {"dataset": "e"})).report == {"rows": 5}
    assert list(again.commands) == ["run1-extract-2"]
    other = FakeJobs([Attempt(SUCCEEDED, leaves=leaving({"rows": 7}))])
    found = run_job(SPEC, str(tmp_path), "run2", Told().follower, jobs=other, patience=PATIENCE)
    assert found.report == {"rows": 7}


def test_a_failure_that_was_read_is_not_read_again(tmp_path: Path) -> None:
    sentence = "The thing is missing because of this: do that."
    failing = Attempt(JobState("", "FAILED", exit_code=1), leaves=leaving({}, sentence))
    jobs = FakeJobs([failing, GOOD])
    with pytest.raises(LooseleafError, match="The thing is missing"):
        run(jobs, tmp_path)
    assert len(jobs.commands) == 1
    assert run(jobs, tmp_path).report == {"rows": 3}


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (NODE_LOST, "the node or the process that it ran in was lost"),
        (JobState("", "FAILED", exit_code=-9), "ran out of memory"),
        (JobState("", "FAILED", exit_code=137), "ran out of memory"),
        (JobState("", "FAILED", exit_code=-11), "SIGSEGV"),
        (JobState("", "FAILED", exit_code=75), "the storage did not answer"),
    ],
)
def test_a_trouble_that_may_pass_is_followed_by_another_attempt(
    end: JobState, reason: str, tmp_path: Path
) -> None:
    jobs, told = FakeJobs([Attempt(end, log="the storage did not answer\n"), GOOD]), Told()
    assert run(jobs, tmp_path, told).report == {"rows": 3}
    assert told.submitted == ["run1-extract-1", "run1-extract-2"]
    assert any(reason in line and "attempt 2 of 3" in line for line in told.lines)


def test_attempts_are_bounded_and_the_last_sentence_says_why(tmp_path: Path) -> None:
    jobs = FakeJobs([Attempt(NODE_LOST)] * 3)
    with pytest.raises(LooseleafError, match=r"given up after 3 attempts.*was lost.*run again"):
        run(jobs, tmp_path)
    assert len(jobs.commands) == 3


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        (JobState("", "FAILED", exit_code=1), "its last line was 'ZeroDivisionError'"),
        (JobState("", "STOPPED"), "was stopped by somebody else"),
        (
            JobState("", "FAILED", "No such environment.", "RUNTIME_ENV_SETUP_FAILURE"),
            "ended without a result",
        ),
    ],
)
def test_what_would_come_again_is_said_at_once(end: JobState, sentence: str, tmp_path: Path) -> None:
    jobs = FakeJobs([Attempt(end, log="Traceback\nZeroDivisionError\n")])
    with pytest.raises(LooseleafError, match=sentence):
        run(jobs, tmp_path)


def test_a_head_that_does_not_answer_is_waited_for(tmp_path: Path) -> None:
    jobs, told = FakeJobs([GOOD], away=3), Told()
    assert run(jobs, tmp_path, told).report == {"rows": 3}
    assert sum("does not answer" in line for line in told.lines) == 1
    assert any("answers again" in line for line in told.lines)


def test_a_head_that_stays_away_ends_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match=r"Ray at http://ray has not answered for .*start it again"):
        run(FakeJobs([GOOD], away=10**9), tmp_path)


def test_a_new_head_gets_the_next_attempt(tmp_path: Path) -> None:
    jobs = FakeJobs([Attempt(SUCCEEDED, looks=10**9), GOOD])

    def forgets(progress: JobProgress) -> None:
        jobs.states.clear()

    folder = tmp_path / "jobs" / "run1-extract-1"
    write_spec(str(folder), SPEC)
    (folder / "progress.json").write_text('{"done": 1, "total": 2}')
    jobs.start("run1-extract-1")
    told = Told()
    follower = Follower(told.lines.append, forgets, told.submitted.append)
    found = run_job(SPEC, str(tmp_path), "run1", follower, jobs=jobs, patience=PATIENCE)
    assert found.report == {"rows": 3}
    # The new head knows no first attempt, whose folder is there.
    assert told.submitted == ["run1-extract-1", "run1-extract-2"]


@pytest.mark.parametrize("signal", [KeyboardInterrupt, RuntimeError])
def test_a_flow_that_is_cancelled_or_breaks_stops_its_job(
    signal: type[BaseException], tmp_path: Path
) -> None:
    jobs = FakeJobs([Attempt(SUCCEEDED, looks=10**9)])

    folder = tmp_path / "jobs" / "run1-extract-1"
    write_spec(str(folder), SPEC)
    (folder / "progress.json").write_text('{"done": 1, "total": 2}')
    jobs.start("run1-extract-1")

    def progress(_: JobProgress) -> None:
        raise signal

    with pytest.raises(signal):
        run_job(SPEC, str(tmp_path), "run1", Follower(print, progress), jobs=jobs, patience=PATIENCE)
    assert jobs.stopped == ["run1-extract-1"]


def test_a_service_that_ends_leaves_its_job_running(tmp_path: Path) -> None:
    jobs = FakeJobs([Attempt(SUCCEEDED, looks=10**9)])
    folder = tmp_path / "jobs" / "run1-extract-1"
    write_spec(str(folder), SPEC)
    (folder / "progress.json").write_text('{"done": 1, "total": 2}')
    jobs.start("run1-extract-1")

    def progress(_: JobProgress) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        run_job(SPEC, str(tmp_path), "run1", Follower(print, progress), jobs=jobs, patience=PATIENCE)
    assert not jobs.stopped


def train(workers: int | list[int], device: str = "auto") -> JobSpec:
    return JobSpec("train", {"config": {"workers": workers, "device": device}})


def test_what_can_never_be_placed_is_refused_with_the_numbers(tmp_path: Path) -> None:
    jobs = FakeJobs([])
    with pytest.raises(LooseleafError) as refused:
        run(jobs, tmp_path, spec=train(8))
    assert str(refused.value) == (
        "Stage train wants 8 workers with 1 CPU and 1.0 GiB of memory each, but the cluster has 2 CPUs, "
        "0 GPUs and 3.7 GiB of memory on 1 node: ask for fewer workers, or start nodes that have them."
    )
    assert not jobs.commands
    with pytest.raises(
        LooseleafError, match=r"wants 1 process with 0 CPUs, 1 GPU and 1\.0 GiB of memory, but"
    ):
        run(jobs, tmp_path, spec=train(0, "cuda"))


def test_the_fewest_workers_of_an_elastic_training_must_have_room(tmp_path: Path) -> None:
    assert run(FakeJobs([GOOD]), tmp_path, spec=train([2, 8])).report == {"rows": 3}
    with pytest.raises(LooseleafError, match="wants 3 workers"):
        run(FakeJobs([]), tmp_path, spec=train([3, 8]))


def test_a_cluster_that_can_grow_decides_for_itself(tmp_path: Path) -> None:
    jobs = FakeJobs([GOOD], autoscaler=True)
    assert run(jobs, tmp_path, spec=train(8)).report == {"rows": 3}


def test_a_head_with_other_nodes_is_not_kept_busy(tmp_path: Path) -> None:
    node = Node(4.0, 0.0, 8e9)
    for nodes, cpus in (([node], 0.0), ([node, node], 1.0)):
        jobs = FakeJobs([GOOD], has=nodes)
        run(jobs, tmp_path / str(len(nodes)), spec=train(0))
        assert jobs.cpus["run1-train-1"] == cpus


def test_files_of_a_run_that_ended_are_removed_and_others_kept_for_a_while(tmp_path: Path) -> None:
    for flow_run in ("run1", "run10", "run2"):
        run_job(SPEC, str(tmp_path), flow_run, Told().follower, jobs=FakeJobs([GOOD]), patience=PATIENCE)
    old = write_spec(str(tmp_path / "jobs" / "ancient-extract-1"), JobSpec("extract", {}, submitted_at=1.0))
    forget(str(tmp_path), "run1")
    assert sorted(path.name for path in (tmp_path / "jobs").iterdir()) == [
        "run10-extract-1",
        "run2-extract-1",
    ]
    assert not Path(old).exists()
    assert Attempts(str(tmp_path / "nowhere"), "run1", "extract").finished({}) is None
