"""What runs inside a Ray job: `python -m flows.job STAGE SPEC [--here]`.

Reads the spec, runs the stage, and leaves its result beside the spec. `--here` runs everything in this one
process, without a Ray cluster.
"""

from __future__ import annotations

import sys
import traceback

from flows.spec import JobResult, ProgressFile, read_spec, write_result
from flows.work import perform
from storage.errors import LooseleafError
from storage.filesystem import is_local


def main(arguments: list[str]) -> int:
    """Run the stage that `arguments` name; return the process's exit status."""
    here = "--here" in arguments
    stage, url = (argument for argument in arguments if argument != "--here")
    folder = url.rsplit("/", 1)[0]
    spec = read_spec(url)
    progress = ProgressFile(folder, seconds=0.3 if is_local(folder) else 3.0)
    try:
        report = perform(stage, spec.arguments, progress, here)
    except LooseleafError as error:
        traceback.print_exc()
        write_result(folder, JobResult(stage, {}, str(error)))
        return 1
    write_result(folder, JobResult(stage, report))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
