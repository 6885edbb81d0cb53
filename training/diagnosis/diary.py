"""Keeps what the checks said in `RUN/diagnosis.json`, and says what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from storage.errors import LooseleafError
from storage.filesystem import exists, join
from training.diagnosis.curves import Curves
from training.diagnosis.finding import VERDICTS, Finding
from training.run_directory import read_json, write_json

_FILE = "diagnosis.json"


def is_diagnosed(run: str) -> bool:
    """Say whether checks were made of a run."""
    return exists(join(run, _FILE))


def read_diagnosis(run: str) -> dict[str, Any]:
    """Return `{"looks": [{"step", "findings"}], "held_out": {"split", "documents", "findings", "curves"}}`.

    `held_out` is there once the run was evaluated.

    Raises:
        LooseleafError: if no check was made of the run.
    """
    if not is_diagnosed(run):
        raise LooseleafError(
            f"{run} holds no diagnosis: train a run there, or `looseleaf evaluate` the one there is."
        )
    found: dict[str, Any] = read_json(run, _FILE)
    return found


def last_findings(diagnosis: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the findings on held-out documents, or those of the last look; gravest first."""
    looks = diagnosis["looks"] or [{"findings": []}]
    found = diagnosis.get("held_out", looks[-1])["findings"]
    return sorted(found, key=lambda finding: VERDICTS.index(finding["verdict"]), reverse=True)


class Diary:
    """What was found at each look; `held_out` is of `looseleaf evaluate`.

    Args:
        run: folder or URL.
        last_step: looks after it are dropped: a resumed run takes them again.
    """

    def __init__(self, run: str, last_step: int) -> None:
        self._run = run
        known: dict[str, Any] = read_json(run, _FILE) if is_diagnosed(run) else {"looks": []}
        self._looks: list[dict[str, Any]] = [look for look in known["looks"] if look["step"] <= last_step]
        self._held_out: dict[str, Any] | None = known.get("held_out")

    def look(self, step: int, findings: Sequence[Finding]) -> list[str]:
        """Keep the outcomes of a look.

        Returns:
            A warning for each fault that was not there at the look before, and a line for each that is gone.
        """
        last = self._looks[-1]["findings"] if self._looks else []
        before = {entry["name"] for entry in last if entry["verdict"] != "passed"}
        new = [
            finding.warning
            for finding in findings
            if finding.verdict != "passed" and finding.name not in before
        ]
        gone = [
            f"{finding.name.replace('_', ' ')} is gone: {finding.sentence}"
            for finding in findings
            if finding.verdict == "passed" and finding.name in before
        ]
        self._looks.append({"step": step, "findings": [asdict(finding) for finding in findings]})
        self._write()
        return [*new, *gone]

    def conclude(self, split: str, documents: int, findings: Sequence[Finding], curves: Curves) -> None:
        """Keep the outcomes on the documents of a split, and what they rest on."""
        self._held_out = {
            "split": split,
            "documents": documents,
            "findings": [asdict(finding) for finding in findings],
            "curves": asdict(curves),
        }
        self._write()

    def _write(self) -> None:
        held_out = {} if self._held_out is None else {"held_out": self._held_out}
        write_json(self._run, {"looks": self._looks, **held_out}, _FILE)
