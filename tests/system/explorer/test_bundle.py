"""The page that is committed is what its sources make."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import flows.explorer

_HERE = Path(flows.explorer.__file__).parent


def test_the_committed_page_is_made_of_its_sources(tmp_path: Path) -> None:
    web = tmp_path / "web"
    shutil.copytree(_HERE / "web", web, ignore=shutil.ignore_patterns("node_modules"))
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "check"]):
        subprocess.run(command, cwd=web, check=True, timeout=300)
    made = tmp_path / "static"
    subprocess.run(["node", "build.mjs", str(made)], cwd=web, check=True, timeout=120)
    names = sorted(str(path.relative_to(made)) for path in made.rglob("*") if path.is_file())
    committed = _HERE / "static"
    assert names == sorted(
        str(path.relative_to(committed)) for path in committed.rglob("*") if path.is_file()
    )
    for name in names:
        assert (made / name).read_bytes() == (committed / name).read_bytes(), name
