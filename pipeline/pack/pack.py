"""Packs a dataset into training shards: split by connected documents, in blocks of those mined to meet."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.clean.database import open_database
from pipeline.identity import code_version
from pipeline.pack.candidates import Candidates, read_candidates, weigh_negatives
from pipeline.pack.rows import load_rows, read_documents
from pipeline.pack.splits import components_of, split_documents
from pipeline.recipe import MineSettings, PackSettings, Recipe
from storage.builds import Build, latest_build
from storage.errors import LooseleafError
from storage.filesystem import exists, join
from storage.shards import ShardDocument, ShardIndex, ShardSpec, read_index, write_shards
from storage.shards.blocks import Links, Meeting, compose_blocks, links_of, meeting
from storage.tables import files

Progress = Callable[[int, int | None], None]

_SPLITS = ("train", "valid", "test")
_TABLES = ("groups", "elements", "images", "links", "image_words", "embeddings", "negatives")
# What mining adds is newer than the build that it adds to.
_MINED = ("embeddings", "negatives")


@dataclass(frozen=True)
class Packed:
    """Where shards are, and what they hold."""

    url: str
    index: ShardIndex


@dataclass(frozen=True)
class _Plan:
    """The split of each candidate, and the blocks: (group_id, split) in the order of the shards."""

    splits: list[str]
    blocks: list[list[tuple[str, str]]]
    meeting: Mapping[str, Meeting]
    components: int


def pack(
    dataset: str, recipe: Recipe, out_url: str | None = None, progress: Progress | None = None
) -> Packed:
    """Write the shards of a dataset's newest build, unless they are there already.

    Args:
        dataset: path or URL.
        recipe: its `pack` and `mine` settings shape the shards.
        out_url: folder to write to; by default `shards/<fingerprint>` in the dataset, where the fingerprint
            changes with the tables, the settings and the code.
        progress: called with the documents packed so far and of all.

    Raises:
        LooseleafError: if no document has both images and texts.
    """
    build = latest_build(dataset)
    names = _files(dataset, build)
    url = out_url or join(dataset, "shards", _fingerprint(recipe, names))
    if out_url is None and exists(join(url, "index.json")):
        return Packed(url, read_index(url))
    candidates = read_candidates(dataset, names)
    if not candidates.group_ids:
        raise LooseleafError(
            f"Nothing of {dataset} can be packed because no kept document has both an image and a text: "
            f"loosen the recipe's cleaning rules or add sources."
        )
    plan = _plan(candidates, links_of(weigh_negatives(dataset, names, candidates.group_ids)), recipe.pack)
    with open_database("768MB") as connection:
        with_bytes = recipe.pack.include_bytes
        tokens = recipe.mine.tokens
        features = load_rows(
            connection,
            dataset,
            names,
            _encoders(recipe.mine),
            tokens=(*tokens.image, *tokens.text),
            with_bytes=with_bytes,
        )
        order = [row for block in plan.blocks for row in block]
        documents = read_documents(connection, order, features, with_bytes=with_bytes)
        spec = ShardSpec(
            build_id=build.build_id if build else "",
            pixel_width=features.widths["pixels"],
            word_width=features.widths["words"],
            text_width=features.widths["text"],
            encoders=features.encoders,
            settings=_summary(candidates, plan, recipe.pack),
            tokens=features.tokens,
        )
        index = write_shards(url, _blocks(documents, plan, progress), spec)
    return Packed(url, index)


def _files(dataset: str, build: Build | None) -> dict[str, list[str]]:
    """Return the names of the files of each table: as the newest build pins them, or the newest ones."""
    pinned = build.tables if build else {}
    return {
        table: [
            url.rsplit("/", 1)[-1]
            for url in files(dataset, table, None if table in _MINED else pinned.get(table))
        ]
        for table in _TABLES
    }


def _fingerprint(recipe: Recipe, names: Mapping[str, Sequence[str]]) -> str:
    settings = {"pack": recipe.pack.model_dump(mode="json"), "encoders": _encoders(recipe.mine)}
    settings["tokens"] = recipe.mine.tokens.model_dump(mode="json")
    text = json.dumps([code_version(), settings, names], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _encoders(settings: MineSettings) -> dict[str, str]:
    return {"pixels": settings.image_encoder, "words": settings.text_encoder, "text": settings.text_encoder}


def _plan(candidates: Candidates, links: Links, settings: PackSettings) -> _Plan:
    component = components_of(candidates.families, candidates.images, candidates.doc_ids)
    splits = split_documents(candidates.group_ids, candidates.sources, component, settings)
    drawn = sorted(range(len(splits)), key=lambda row: _draw(candidates.group_ids[row], settings.seed))
    blocks: list[list[tuple[str, str]]] = []
    met: dict[str, Meeting] = {}
    for split in _SPLITS:
        rows = [row for row in drawn if splits[row] == split]
        composed = compose_blocks(rows, links, settings.block_documents, candidates.doc_ids)
        met[split] = meeting(composed, links)
        blocks += [[(candidates.group_ids[row], split) for row in block] for block in composed]
    return _Plan(splits, blocks, met, len(set(component.tolist())))


def _draw(name: str, seed: int) -> str:
    return hashlib.sha256(f"order\0{seed}\0{name}".encode()).hexdigest()


def _blocks(
    documents: Iterator[ShardDocument], plan: _Plan, progress: Progress | None
) -> Iterator[list[ShardDocument]]:
    done = 0
    for block in plan.blocks:
        yield [next(documents) for _ in block]
        done += len(block)
        if progress is not None:
            progress(done, len(plan.splits))


def _summary(candidates: Candidates, plan: _Plan, settings: PackSettings) -> dict[str, Any]:
    """Return what the index says of how the shards were packed."""
    by_source = Counter(zip(candidates.sources, plan.splits, strict=True))
    sources = sorted(set(candidates.sources))
    within = sum(met.within for met in plan.meeting.values())
    linked = sum(met.all for met in plan.meeting.values())
    by_chance = sum(met.by_chance for met in plan.meeting.values())
    return {
        "pack": settings.model_dump(mode="json"),
        "left_out": {"without_images": candidates.without_images, "without_texts": candidates.without_texts},
        "components": plan.components,
        "sources": {source: {split: by_source[source, split] for split in _SPLITS} for source in sources},
        "negatives": {split: asdict(met) for split, met in plan.meeting.items()},
        "share_of_negatives_that_meet": within / linked if linked else None,
        "share_that_would_by_chance": by_chance / linked if linked else None,
    }
