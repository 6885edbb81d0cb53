"""A lineage as a tree, for a person."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from flows.cli.differences import short
from flows.tracing.facts import BuildFacts, Lineage, Listed, Row, RunFacts, ShardFacts, UsedBy
from pipeline.recipe import Recipe
from storage.comparing.recipes import Field, changed_fields
from training.config import config_from

_PARENTS = 8


def lineage_text(found: Lineage) -> str:
    """Return what a thing comes from, nearest first, and then what was made of it."""
    tree = Tree(_plain(f"{found.kind} {found.target}{_tags(found)}"))
    if found.document is not None:
        _add_document(tree, found)
    if found.image is not None:
        _add_image(tree, found)
    if found.run is not None:
        _add_run(tree, found.run)
    if found.shards is not None:
        _add_shards(tree, found.shards)
    _add_builds(tree, found)
    _add_sources(tree, found)
    if found.document is None:
        _add_list(tree, "documents", found.documents, _document)
    if found.image is None:
        _add_list(tree, "images", found.images, _image)
    if found.run is None:
        _add_runs(tree, found.runs)
    out = io.StringIO()
    Console(file=out, width=10_000, color_system=None).print(tree)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def _plain(text: str) -> Text:
    # What stands in square brackets is no markup.
    return Text(text)


def _add(tree: Tree, text: str) -> Tree:
    return tree.add(_plain(text))


def _tags(found: Lineage) -> str:
    tags = found.run.tags if found.run is not None else ()
    return f"  [{', '.join(tags)}]" if tags else ""


def _add_run(tree: Tree, run: RunFacts) -> None:
    branch = _add(tree, f"trained as {run.run_id} from {run.created_at[:16].replace('T', ' ')}")
    told = changed_fields(config_from({}).model_dump_json(), json.dumps(run.config))
    _add_settings(branch, "settings, other than the defaults", told)
    steps = _add(
        tree, f"saw {run.samples} documents in {run.steps.total} steps, each as often as it was drawn"
    )
    for line in run.steps.listed:
        ids = [doc_id[:8] for doc_id in line["documents"]]
        more = f" … {len(ids) - _PARENTS} more" if len(ids) > _PARENTS else ""
        _add(steps, f"step {line['step']}: {len(ids)} documents: {' '.join(ids[:_PARENTS])}{more}")
    _add_more(steps, run.steps, "--limit, or --step N")


def _add_shards(tree: Tree, shards: ShardFacts) -> None:
    if not shards.is_there:
        _add(tree, f"shards {shards.url}: no longer there; `looseleaf mine` packs them again")
        return
    counts = ", ".join(f"{count} {split}" for split, count in shards.documents.items())
    branch = _add(tree, f"shards {shards.url}: {counts}")
    for modality, encoder in shards.encoders.items():
        _add(branch, f"{modality} by {encoder}")


def _add_builds(tree: Tree, found: Lineage) -> None:
    if not found.builds:
        _add(tree, "build unknown: the dataset is no longer where it was")
        return
    first, *parents = found.builds
    branch = _add(tree, f"build {_build(first)}")
    if first.counts:
        _add(branch, _counts({name: count for name, count in first.counts.items() if count}))
    _add(branch, f"code {first.code_version}")
    if first.flow_run is not None:
        _add(branch, f"flow run {first.flow_run}")
    name, told = _recipe(first)
    _add_settings(branch, f"recipe {name}, other than the defaults", told)
    if parents:
        history = _add(branch, "after")
        for build in parents[:_PARENTS]:
            _add(history, f"{_build(build)}  code {build.code_version}")
        if len(parents) > _PARENTS:
            _add(history, f"… and {len(parents) - _PARENTS} earlier (--json)")


def _build(build: BuildFacts) -> str:
    marks = [*build.tags, *(["vacuumed"] if build.is_vacuumed else [])]
    back = f", back to {build.rolled_back_to}" if build.rolled_back_to else ""
    said = f"{build.build_id}  {build.stage}{back}  {build.created_at:%Y-%m-%d %H:%M}"
    return f"{said}  [{', '.join(marks)}]" if marks else said


def _recipe(build: BuildFacts) -> tuple[str, tuple[Field, ...]]:
    """Return the name of a build's recipe, and what it says that is not the default."""
    recipe = dict(build.recipe)
    sources = recipe.pop("sources", ())
    name = str(recipe.pop("name", ""))
    if not sources:
        return name, ()
    default = Recipe.model_validate({"name": name, "sources": sources}).model_dump(mode="json")
    usual = {field: default[field] for field in default if field not in ("name", "sources")}
    return name, changed_fields(json.dumps(usual), json.dumps(recipe))


def _add_settings(tree: Tree, title: str, told: tuple[Field, ...]) -> None:
    branch = _add(tree, title if told else f"{title}: none")
    for field in told:
        value = field.b if isinstance(field.b, str) else json.dumps(field.b)
        _add(branch, f"{field.field} {short(value)}")


def _add_sources(tree: Tree, found: Lineage) -> None:
    if not found.sources:
        return
    branch = _add(tree, "sources")
    for source in found.sources:
        rights = f"  {source.license}" if source.license else ""
        _add(
            branch,
            f"{source.name} ({source.kind})  {source.place}{rights}  {source.documents} documents, "
            f"{source.kept} kept, {source.images} places of images",
        )


def _add_document(tree: Tree, found: Lineage) -> None:
    assert found.document is not None
    document = found.document
    for name in ("title", "uri", "source", "license", "language", "fetched_at", "content_hash"):
        if document.row[name] is not None:
            _add(tree, f"{name} {document.row[name]}")
    _add(tree, f"elements {_counts(document.elements)}")
    _add(tree, f"groups {_counts(document.groups)}")
    _add_rejections(tree, document.rejected_by)
    _add(tree, f"in builds {', '.join(document.builds)}")


def _add_image(tree: Tree, found: Lineage) -> None:
    assert found.image is not None
    image, row = found.image, found.image.row
    _add(tree, f"{row['width']} x {row['height']} {row['mime']}, {row['size']} bytes")
    for name in ("license", "copyright"):
        if row[name] is not None:
            _add(tree, f"{name} {row[name]}")
    _add_rejections(tree, image.rejected_by)
    _add_list(tree, "places", image.places, _place)
    tries = _add(tree, f"tries to have it: {len(image.tries)}")
    for one in image.tries:
        reason = f" ({one['reason']})" if one["reason"] else ""
        _add(tries, f"{one['outcome']}{reason}  {one['image_url']}")
    _add(tree, f"in builds {', '.join(image.builds)}")


def _add_rejections(tree: Tree, rejections: tuple[Row, ...]) -> None:
    for one in rejections:
        _add(tree, f"rejected by {one['stage']}: {one['rule']}  {one['detail'] or ''}")


def _add_runs(tree: Tree, runs: tuple[UsedBy, ...]) -> None:
    branch = _add(tree, f"runs that learned from it: {len(runs)}")
    for run in runs:
        seen = f"  saw it {run.times_seen} times" if run.times_seen is not None else ""
        state = {True: "", False: "  (deleted)", None: "  (not reachable from here)"}[run.is_there]
        tags = f"  [{', '.join(run.tags)}]" if run.tags else ""
        _add(branch, f"{run.run}{seen}{state}{tags}")


def _add_list(tree: Tree, title: str, found: Listed, told: Callable[[Row], str]) -> None:
    branch = _add(tree, f"{title} {found.total}")
    for row in found.listed:
        _add(branch, told(row))
    _add_more(branch, found, "--limit")


def _add_more(branch: Tree, found: Listed, how: str) -> None:
    if 0 < len(found.listed) < found.total:
        _add(branch, f"… and {found.total - len(found.listed)} more ({how})")


def _document(row: Row) -> str:
    seen = f"  seen {row['times_seen']} times" if "times_seen" in row else ""
    split = f"  {row['split']}" if "split" in row else ""
    title = short(row["title"] or "without a title")
    return f"{row['doc_id'][:8]}  {title}  {row['uri'] or 'not in this build'}{split}{seen}"


def _image(row: Row) -> str:
    urls = row["urls"] or ["without an address"]
    more = f" and {len(urls) - 1} more" if len(urls) > 1 else ""
    return f"{row['image_id'][:8]}  {row['width']} x {row['height']}  {_address(urls[0])}{more}"


def _place(row: Row) -> str:
    section = " / ".join(row["section_path"] or ())
    return f"{row['uri']} at {row['position']}{f', in {short(section)}' if section else ''}"


def _counts(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _address(url: str) -> str:
    # The end of an address tells images apart; one that holds the image itself has none.
    return short(url) if url.startswith("data:") else url
