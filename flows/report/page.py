"""Gathers every section of the report and writes the page."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from flows.report.accounts import gather_accounts
from flows.report.comparison import gather_comparison
from flows.report.curves import gather_training
from flows.report.diagnosis import gather_diagnosis
from flows.report.documents import gather_documents
from flows.report.examples import gather_examples
from flows.report.hosts import gather_hosts
from flows.report.kills import gather_kills
from flows.report.matrices import gather_matrices
from flows.report.negatives import gather_negatives
from flows.report.neighbours import gather_neighbours
from flows.report.provenance import gather_provenance
from flows.report.scaling import gather_scaling
from flows.report.scores import gather_scores
from flows.report.slices import gather_slices
from flows.report.space import open_space
from flows.report.subject import Subject, open_subject
from flows.report.words import gather_words
from storage.errors import LooseleafError
from storage.filesystem import write_bytes_atomic


def write_report(target: str, out: str, bench: str | None = None, scaling: str | None = None) -> str:
    """Write one self-contained HTML page about a dataset or a run; it loads nothing from elsewhere.

    Args:
        target: path or URL of a dataset, or of a run, which knows its dataset.
        out: path or URL of the page.
        bench: path or URL of a `bench.json`, whose methods are shown beside each other.
        scaling: path or URL of a `scaling.json`, which is drawn.

    Returns:
        `out`.

    Raises:
        LooseleafError: if there is neither a dataset nor a run at `target`, or no table at `bench`,
            or nothing at `scaling`.
    """
    write_bytes_atomic(out, render(open_subject(target), bench, scaling).encode())
    return out


def render(subject: Subject, bench: str | None = None, scaling: str | None = None) -> str:
    """Return the page about a subject; what is not there yet is said in words."""
    sql, run = subject.sql, subject.run
    space, no_space = None, "There is no run on this page: train one, and report on it."
    if run is not None:
        try:
            space = open_space(run)
        except LooseleafError as error:
            no_space = str(error)
    return _filled(
        {
            "subject": subject,
            "no_space": no_space,
            "accounts": gather_accounts(sql) if sql else None,
            "hosts": gather_hosts(sql) if sql else None,
            "kills": gather_kills(sql, subject.build) if sql else None,
            "leaves": gather_documents(sql, space) if sql else [],
            "words": gather_words(sql) if sql else None,
            "neighbours": gather_neighbours(sql, space) if space else None,
            "scores": gather_scores(run) if run else None,
            "comparison": gather_comparison(bench) if bench else None,
            "scaling": gather_scaling(scaling) if scaling else None,
            "slices": gather_slices(run) if run else None,
            "examples": gather_examples(sql, space) if space else None,
            "diagnosis": gather_diagnosis(run) if run else None,
            "training": gather_training(run) if run else None,
            "sharpening": gather_matrices(run, sql) if run else None,
            "directions": gather_negatives(sql) if sql else [],
            "provenance": gather_provenance(subject),
        }
    )


def _filled(content: dict[str, object]) -> str:
    environment = Environment(
        loader=PackageLoader("flows.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = lambda value: f"{value:,}".replace(",", "\u202f")
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    environment.filters["measure"] = lambda value: f"{value:.4g}"
    folder = files("flows.report") / "templates"
    script = (folder / "page.js").read_text(encoding="utf-8")
    return environment.get_template("page.html").render(
        content,
        style=(folder / "page.css").read_text(encoding="utf-8"),
        script=script,
        # A browser then runs this script and no other, whatever stands in the documents that are shown.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
