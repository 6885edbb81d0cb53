"""What runs inside a Ray job: `python -m flows.job STAGE SPEC [--here]`.

Reads the spec, runs the stage, and leaves its result beside the spec. `--here` runs everything in this one
process, without a Ray cluster. The exit status is 0, or 1 for a failure, or `TRY_AGAIN` for a trouble that
may pass, which is then the last line that is printed: no storage is needed to say so.
"""

from __future__ import annotations

import sys
import time
import traceback

from flows.causes import passing_trouble
from flows.outcomes import TRY_AGAIN
from flows.spec import JobResult, ProgressFile, read_spec, write_result
from flows.work import perform
from storage.errors import LooseleafError
from storage.filesystem import is_local


def main(arguments: list[str]) -> int:
    """Run the stage that `arguments` name; return the process's exit status."""
    here = "--here" in arguments
    stage, url = (argument for argument in arguments if argument != "--here")
    try:
        return _run(stage, url, here)
    except Exception as error:
        trouble = passing_trouble(error)
        if trouble is None:
            raise
        traceback.print_exc()
        sys.stderr.flush()
        print(trouble, flush=True)
        return TRY_AGAIN


def _run(stage: str, url: str, here: bool) -> int:
    folder = url.rsplit("/", 1)[0]
    spec = read_spec(url)
    progress = ProgressFile(folder, seconds=0.3 if is_local(folder) else 3.0)
    try:
        report = perform(stage, spec.arguments, progress, here)
    except LooseleafError as error:
        traceback.print_exc()
        write_result(folder, JobResult(stage, {}, str(error)))
        return 1
    if spec.submitted_at is not None:
        # What the orchestration adds: until the stage knew what there is to do.
        report = {**report, "waited": max(0.0, (progress.began_at or time.time()) - spec.submitted_at)}
    write_result(folder, JobResult(stage, report))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
