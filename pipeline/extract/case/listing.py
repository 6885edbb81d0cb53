"""What of a case is only listed: the fields of later times, and files that no reader knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pipeline.extract.builder import Builder
from pipeline.extract.case.files import CaseFile, Problem
from pipeline.extract.case.numbers import bytes_in_words, counted, evenly
from pipeline.extract.tables import markdown_table

_SHOWN = 40


def add_fields(builder: Builder, files: Sequence[CaseFile]) -> None:
    """Add a table of the folders of later times: which fields are in each, and how large they are."""
    if not files:
        return
    times: dict[str, list[CaseFile]] = defaultdict(list)
    for file in files:
        times[file.path.rpartition("/")[0]].append(file)
    builder.heading(2, "Result fields")
    names = sorted({file.name for file in files})
    builder.add("text", f"Fields were written at {counted(len(times), 'time')}: {', '.join(names[:20])}.")
    folders = sorted(times, key=_by_time)
    rows = [["Folder", "Fields", "Size"]]
    for at in evenly(len(folders), _SHOWN):
        found = times[folders[at]]
        rows.append(
            [
                folders[at],
                " ".join(sorted(file.name for file in found)),
                bytes_in_words(sum(file.size for file in found)),
            ]
        )
    builder.add("table", markdown_table(rows), cells=rows)


def add_others(builder: Builder, unknown: Sequence[CaseFile], unread: Sequence[CaseFile]) -> list[Problem]:
    """Add a table of the files that were not read; returns a row for each that no reader knows."""
    files = sorted([*unknown, *unread], key=lambda file: file.path)
    if files:
        builder.heading(2, "Other files")
        shown = [files[at] for at in evenly(len(files), _SHOWN)]
        rows = [["File", "Size"], *([file.path, bytes_in_words(file.size)] for file in shown)]
        builder.add("table", markdown_table(rows), cells=rows)
        if len(shown) < len(files):
            builder.add("text", f"{len(shown)} of {counted(len(files), 'file')} are shown.")
    detail = "No reader knows this kind of file."
    return [Problem(file.path, "unknown_file", detail, float(file.size)) for file in unknown]


def _by_time(folder: str) -> tuple[float, str]:
    for part in folder.split("/"):
        try:
            return float(part), folder
        except ValueError:
            continue
    return -1.0, folder
