import json
import subprocess
import sys
from pathlib import Path


def test_a_stage_killed_at_any_moment_ends_with_the_same_tables_when_run_again(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "tests.pipeline.killing", str(tmp_path)]
    output = subprocess.run(
        program, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    (undisturbed, *kills) = json.loads(output.stdout)
    assert not undisturbed[0]
    assert "['d0', 'd1', 'd2']" in undisturbed[1]
    # Three chunks of two files and a manifest each, a staging list, two new tables and a commit.
    assert sum(killed for killed, _ in kills) > 40
    assert {digest for _, digest in kills} == {undisturbed[1]}
