"""The metrics of a run beside its baselines, by what is known to be true and by what of an image is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from flows.report.svg import Dot, DotRow, dot_plot
from flows.report.wording import words_on_links, words_on_sections
from storage.filesystem import exists, join
from training.run_directory import read_json
from training.run_identity import run_config

PARTS = ("pixels", "words", "both")
#: Further parts of an image, and all of them together: what a chart calls them.
_UNITS = {
    "lexical": "words matched",
    "picture_words": "words in pictures",
    "all": "all parts",
    "all_layout": "all parts, layout",
}

#: What the rows of the table are called, and in which block they stand.
_NAMES = {
    "unaligned": ("Unaligned", "free"),
    "clip_random": ("CLIP, random pairs", "free"),
    "unaligned_layout": ("Unaligned with layout", "aware"),
    "clip_adjacent": ("CLIP, adjacent pairs", "aware"),
    "clip_true": ("CLIP, true pairs", "ceiling"),
    "untrained": ("Untrained", "none"),
    "section_length": ("Length alone", "none"),
}
_BLOCKS = {
    "free": ("Order-free", "training never saw where in a document an image stands"),
    "aware": ("Order-aware", "training was told what stands near an image: close to supervision"),
    "ceiling": ("Told the truth", "trained on the right pairs: a ceiling, not a competitor"),
    "none": (
        "Not trained",
        "where training starts, and the length of a section or text in words as the only score",
    ),
}
_TRUTHS = {
    "links": ("Figure to paragraph", "documents whose true links are known"),
    "sections": (
        "Image to section",
        "real documents, where only the section that an image stands in is known",
    ),
}
_COLUMNS = {
    "in_doc_auc": "AUC",
    "in_doc_auc_dc": "AUC-dc",
    "in_doc_auc_dc_with_image": "AUC-dc, sections with image",
    "in_doc_p_at_1": "p@1",
    "in_doc_accuracy": "accuracy",
    "corpus_recall_at_1": "recall@1",
    "corpus_recall_at_5": "recall@5",
    "corpus_recall_at_10": "recall@10",
    "caption_auc_dc": "caption AUC-dc",
    "modality_gap": "gap",
    "effective_rank": "rank",
}
_PLAIN = {"modality_gap": 2, "effective_rank": 1}  # not in points; digits


@dataclass(frozen=True)
class Cell:
    """A mean and its spread over seeds, as the table shows them."""

    mean: str
    spread: str


@dataclass(frozen=True)
class ScoreRow:
    """A method with one choice of parts."""

    name: str
    part: str
    own: bool  # of the run that the page is about
    cells: list[Cell | None]


@dataclass(frozen=True)
class ScoreBlock:
    """Methods that were told equally much."""

    title: str
    note: str
    rows: list[ScoreRow]


@dataclass(frozen=True)
class Truth:
    """One kind of truth."""

    title: str
    note: str
    documents: int
    seeds: int
    columns: list[str]
    blocks: list[ScoreBlock]
    plots: list[tuple[str, Markup]]
    words: list[str]


@dataclass(frozen=True)
class Scores:
    """The whole section."""

    split: str
    documents: int
    truths: list[Truth]


def gather_scores(run: str) -> Scores | None:
    """Read a run's `metrics.json`; None if it was not evaluated."""
    if not exists(join(run, "metrics.json")):
        return None
    content = read_json(run, "metrics.json")
    metrics: dict[str, Any] = content["metrics"]
    own = next(iter(metrics)).partition("/")[0]
    locked = run_config(run).encoders.image == "features"
    truths = []
    for kind in _TRUTHS:
        rows = {name: row["slices"][kind] for name, row in metrics.items() if kind in row["slices"]}
        if rows:
            truths.append(_truth(kind, rows, own, locked))
    return Scores(content["split"], content["documents"], truths)


def _truth(kind: str, rows: Mapping[str, Mapping[str, Any]], own: str, locked: bool) -> Truth:
    first = next(iter(rows.values()))
    columns = [name for name in _COLUMNS if any(row.get(name) is not None for row in rows.values())]
    blocks = []
    for block, (title, note) in _BLOCKS.items():
        members = [_row(name, row, columns, own) for name, row in _ordered(rows) if _block(name) == block]
        if members:
            blocks.append(ScoreBlock(title, note, members))
    words = words_on_links(rows, own) if kind == "links" else words_on_sections(rows, own, locked)
    title, note = _TRUTHS[kind]
    plots = [("AUC", _plot(rows, "in_doc_auc")), ("AUC-dc", _plot(rows, "in_doc_auc_dc"))]
    return Truth(
        title,
        note,
        int(first["documents"]),
        int(first["seeds"]),
        [_COLUMNS[name] for name in columns],
        blocks,
        plots,
        words,
    )


def _ordered(rows: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    places = {name: place for place, name in enumerate(_NAMES)}
    order = {part: place for place, part in enumerate(PARTS)}

    def key(item: tuple[str, Mapping[str, Any]]) -> tuple[int, int]:
        method, _, part = item[0].partition("/")
        return places.get(method, len(places)), order.get(part, len(order))

    return sorted(rows.items(), key=key)


def _row(name: str, row: Mapping[str, Any], columns: list[str], own: str) -> ScoreRow:
    method, _, part = name.partition("/")
    return ScoreRow(_name(method), part or "–", method == own, [_cell(row, column) for column in columns])


def _cell(row: Mapping[str, Any], column: str) -> Cell | None:
    mean = row.get(column)
    if mean is None:
        return None
    factor, digits = (1, _PLAIN[column]) if column in _PLAIN else (100, 1)
    spread = row.get(f"{column}_spread") or 0.0
    return Cell(f"{factor * mean:.{digits}f}", f"{factor * spread:.{digits}f}" if spread else "")


def _plot(rows: Mapping[str, Mapping[str, Any]], column: str) -> Markup:
    by_method: dict[str, list[Dot]] = {}
    for name, row in _ordered(rows):
        method, _, part = name.partition("/")
        if row.get(column) is not None:
            mean, spread = 100 * row[column], 100 * (row.get(f"{column}_spread") or 0.0)
            label = f"{_name(method)}, {part or 'words counted'}: {mean:.1f} ± {spread:.1f}"
            row_name, tone = (_UNITS[part], "none") if part in _UNITS else (_name(method), part or "none")
            by_method.setdefault(row_name, []).append(Dot(mean, spread, tone, label))
    drawn = [DotRow(name, dots) for name, dots in by_method.items()]
    return dot_plot(drawn, [(50.0, "chance")], f"{_COLUMNS[column]} of each method")


def _block(name: str) -> str:
    """Return the block of a row; weights of parts that were learned from the layout saw the order."""
    method, _, part = name.partition("/")
    return "aware" if part == "all_layout" else _NAMES.get(method, ("", "free"))[1]


def _name(method: str) -> str:
    return _NAMES.get(method, (method.replace("_", " "), "free"))[0]
