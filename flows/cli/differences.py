"""A comparison of two builds, for a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flows.cli.tables import text_table
from storage.comparing.comparison import Comparison, Side
from storage.comparing.rows import Changes, Listed, Row, TableChanges, in_all

_WIDEST = 70


def comparison_text(found: Comparison) -> str:
    """Return a comparison in paragraphs: what was told, what came of it, then the things by name."""
    if found.is_empty:
        return f"{_side(found.a)} and {_side(found.b)} have the same rows, settings and code."
    paragraphs = [
        f"from {_side(found.a)}\nto   {_side(found.b)}",
        _settings(found),
        _counts(found),
        _rules(found),
        _encoders(found),
        _listed("Documents added", found.documents.added, "+", _document),
        _listed("Documents removed", found.documents.removed, "-", _document),
        _listed("Documents changed", found.documents.changed, "~", _changed_document),
        _listed("Documents that are rejected now", found.documents.newly_rejected, "x", _judged(_document)),
        _listed("Documents that are kept now", found.documents.no_longer_rejected, "o", _document),
        _listed("Images added", found.images.added, "+", _image),
        _listed("Images removed", found.images.removed, "-", _image),
        _listed("Images that are rejected now", found.images.newly_rejected, "x", _judged(_image)),
        _listed("Images that are kept now", found.images.no_longer_rejected, "o", _image),
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def table_text(found: TableChanges) -> str:
    """Return the rows of one table that differ, by their keys."""
    lists = (("added", found.added, "+"), ("removed", found.removed, "-"), ("changed", found.changed, "~"))
    if not any(listed.total for _, listed, _ in lists):
        return f"Table {found.table} has the same rows."
    paragraphs = [
        _listed(f"Rows of {found.table} {word}", listed, sign, _key) for word, listed, sign in lists
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def short(text: object) -> str:
    """Return a text in one line that is not too long."""
    flat = " ".join(str(text).split())
    return flat if len(flat) <= _WIDEST else flat[: _WIDEST - 1] + "…"


def _side(side: Side) -> str:
    return f"{side.build_id} ({side.stage}, {side.created_at:%Y-%m-%d %H:%M})"


def _settings(found: Comparison) -> str:
    lines = [f"  {field.field}: {_value(field.a)} → {_value(field.b)}" for field in found.recipe]
    if found.a.code_version != found.b.code_version:
        lines.append(f"  code: {found.a.code_version} → {found.b.code_version}")
    return "\n".join(["Settings", *lines]) if lines else ""


def _value(value: Any) -> str:
    return "-" if value is None else short(value if isinstance(value, str) else json.dumps(value))


def _counts(found: Comparison) -> str:
    """Return the rows of each table before and after, and what is known to have come and gone."""
    known: Mapping[str, Changes] = {
        "documents": _of(found.documents.added, found.documents.removed, found.documents.changed),
        "elements": in_all(list(found.elements.values())),
        "images": _of(found.images.added, found.images.removed, found.images.changed),
        "groups": in_all(list(found.groups.values())),
        "negatives": in_all(list(found.negatives.values())),
    }
    rows: list[Sequence[object]] = []
    for count in found.counts:
        changes = known.get(count.table)
        if changes is None and count.a == count.b:
            continue
        told = [changes.added, changes.removed, changes.changed] if changes is not None else ["", "", ""]
        if changes == Changes() and count.a == count.b:
            told = ["", "", "same"]
        rows.append([count.table, count.a, count.b, *told])
        kept = {"documents": found.documents.kept, "images": found.images.kept}.get(count.table)
        if kept is not None:
            rows.append([f"  {count.table} kept", kept.a, kept.b, "", "", ""])
    return _indented(text_table(["Rows", "before", "after", "added", "removed", "changed"], rows), "")


def _of(added: Listed, removed: Listed, changed: Listed) -> Changes:
    return Changes(added.total, removed.total, changed.total)


def _rules(found: Comparison) -> str:
    rows = [
        [rule.stage, rule.unit, rule.rule, rule.a, rule.b, f"{rule.b - rule.a:+d}"]
        for rule in found.rejections
    ]
    if not rows:
        return ""
    return "Rules that drop another number\n" + _indented(
        text_table(["stage", "unit", "rule", "before", "after", ""], rows)
    )


def _encoders(found: Comparison) -> str:
    rows = [[vectors.modality, vectors.encoder, vectors.a, vectors.b] for vectors in found.embeddings]
    if not rows:
        return ""
    return "Vectors\n" + _indented(text_table(["of", "encoder", "before", "after"], rows))


def _listed(title: str, found: Listed, sign: str, told: Callable[[Row], str]) -> str:
    if not found.total:
        return ""
    lines = [f"{title} ({found.total})", *(f"  {sign} {told(row)}" for row in found.listed)]
    if found.total > len(found.listed):
        lines.append(f"  … and {found.total - len(found.listed)} more (--limit)")
    return "\n".join(lines)


def _document(row: Row) -> str:
    title = short(row["title"] or "without a title")
    return f"{title}  {row['uri'] or row['doc_id']}"


def _changed_document(row: Row) -> str:
    elements = [f"{row[name]} {name}" for name in ("added", "removed", "changed") if row[name]]
    what = [", ".join(row["columns"])] if row["columns"] else []
    what += [f"elements: {', '.join(elements)}"] if elements else []
    return f"{_document(row)}\n      {'; '.join(what)}"


def _image(row: Row) -> str:
    return f"{row['width']} x {row['height']} {row['mime']}  {row['image_url'] or row['image_id']}"


def _judged(told: Callable[[Row], str]) -> Callable[[Row], str]:
    return lambda row: f"{told(row)}  ({', '.join(row['rules'])})"


def _key(row: Row) -> str:
    keys = ", ".join(
        f"{name} {value}" for name, value in row.items() if name != "columns" and value is not None
    )
    return f"{keys}  ({', '.join(row['columns'])})" if row.get("columns") else keys


def _indented(text: str, margin: str = "  ") -> str:
    return "\n".join(f"{margin}{line}".rstrip() for line in text.splitlines())
