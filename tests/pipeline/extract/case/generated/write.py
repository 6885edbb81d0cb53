"""Writes one case of each kind of solver below a folder."""

from __future__ import annotations

from pathlib import Path

from tests.pipeline.extract.case.generated.abaqus import write_abaqus
from tests.pipeline.extract.case.generated.calculix import write_calculix
from tests.pipeline.extract.case.generated.foam import write_foam
from tests.pipeline.extract.case.generated.general import write_general

WRITERS = {
    "channel_08": write_foam,
    "plate_LC2": write_calculix,
    "bracket": write_abaqus,
    "hotBlock": write_general,
}


def write_cases(root: Path) -> None:
    for name, write in WRITERS.items():
        write(root / "studies" / name)
