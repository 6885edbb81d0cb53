"""Puts one report together: which figures, which paragraphs, in which order, under which names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from flows.demo.simulation import cases
from flows.demo.simulation.canvas import Style, style_of
from flows.demo.simulation.cases import Run, seeded
from flows.demo.simulation.elastic import ElasticCase
from flows.demo.simulation.figures import draw
from flows.demo.simulation.stamps import Stamp, stamp_of
from flows.demo.simulation.study import Study
from flows.demo.simulation.words import note, notes, paragraph

_EXTRA = frozenset({"profile", "convergence", "residual", "cases"})
_NUMBERS = ((2, 1), (3, 3), (4, 4), (5, 4), (6, 4))  # how many figures, and how often


@dataclass(frozen=True)
class Block:
    """One thing of the report in reading order: Markdown, and what it is about."""

    markdown: str
    figure: str | None = None  # the kind of figure that it shows or describes
    image: str | None = None  # path within the report's folder


def write_report(run: Run, folder: Path, seed: int, *, stamped: bool = False) -> int:
    """Solve one case, write its report, pictures, `links.json` and `truth.json`; return how many pictures.

    Args:
        run: the case.
        folder: the report's own folder; made if it is not there.
        seed: of the whole set.
        stamped: print onto the pictures what post-processors print, and name the load case in the text.
    """
    rng = seeded(f"{seed}/report/{run.family}/{run.index}")
    choice = cases.FIGURES[run.kind]
    shown = rng.sample(choice, rng.choices(*zip(*_NUMBERS, strict=True))[0])
    study = cases.solve(run, frozenset(shown) & _EXTRA)
    style, stamp = look_of(run, seed)
    used: set[str] = set()
    told, silent = _told(shown, study, rng, used)
    pictures = _named(shown, rng)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for figure, path in pictures.items():
        drawn = draw(figure, study, style, stamp if stamped else None, stamped_name(run))
        (folder / path).write_bytes(drawn)
    spare = [f for f in choice if f not in shown and f not in _EXTRA]
    orphans = [
        text
        for f in rng.sample(spare, min(len(spare), rng.randint(1, 2)))
        if (text := paragraph(f, study.facts, rng, used))
    ]
    orphans += [note(study.facts, rng, used) for _ in range(rng.randint(2, 4))]
    blocks = [Block(_image(path, figure, rng), figure, path) for figure, path in pictures.items()]
    body = _shuffled(blocks, told, orphans, rng)
    text = "\n\n".join(_dressed(run, study, body, rng, stamped)) + "\n"
    (folder / "report.md").write_text(text, encoding="utf-8")
    links = [
        {"image": pictures[block.figure], "text": block.markdown}
        for block in told
        if block.figure and block.figure not in silent
    ]
    sidecar = {"family": run.family, "license": "CC0-1.0", "links": links}
    (folder / "links.json").write_text(json.dumps(sidecar, indent=1, ensure_ascii=False), encoding="utf-8")
    shows = {"figures": {path: figure for figure, path in pictures.items()}}
    (folder / "truth.json").write_text(json.dumps(shows, indent=1), encoding="utf-8")
    return len(pictures)


def look_of(run: Run, seed: int) -> tuple[Style, Stamp]:
    """Return how the pictures of a run's family look."""
    style = style_of(seeded(f"{seed}/style/{run.family}"))
    return style, stamp_of(seeded(f"{seed}/stamp/{run.family}"), style)


def stamped_name(run: Run, load_case: str = "LC1") -> str:
    """Return what a post-processor calls a run; only solids have load cases."""
    name = f"{run.family} run {run.index + 1}"
    return f"{name} {load_case}" if isinstance(run.case, ElasticCase) else name


def _told(shown: list[str], study: Study, rng: Random, used: set[str]) -> tuple[list[Block], set[str]]:
    """Paragraphs of the shown figures, and the figures that stay without one."""
    silent = set(rng.sample(shown, 1)) if len(shown) > 2 and rng.random() < 0.25 else set()
    told = []
    for figure in shown:
        for _ in range(0 if figure in silent else rng.choice((1, 1, 2))):
            text = paragraph(figure, study.facts, rng, used)
            if text is not None:
                told.append(Block(text, figure))
    return told, silent


def _named(shown: list[str], rng: Random) -> dict[str, str]:
    """A path for each figure: some say what they show, some do not."""
    words = notes()["file_names"]
    telling = rng.choice((0.2, 0.5, 0.8))
    start = rng.randint(1, 60)
    out: dict[str, str] = {}
    opaque = rng.choice(words["opaque"])
    for n, figure in enumerate(rng.sample(shown, len(shown))):
        stem = rng.choice(words[figure]) if rng.random() < telling else opaque.format(n=start + n)
        out[figure] = f"figures/{stem}.png"
    return {figure: out[figure] for figure in shown}


def _image(path: str, figure: str, rng: Random) -> str:
    words = notes()["alternatives"]
    alt = rng.choice(words[figure] if rng.random() < 0.3 else words["opaque"])
    return f"![{alt}]({path.replace('(', '%28').replace(')', '%29')})"


def _shuffled(images: list[Block], told: list[Block], orphans: list[str], rng: Random) -> list[Block]:
    """Paragraphs in loose order, about half of the pictures beside one that describes them."""
    body = list(told)
    for text in orphans:
        body.insert(rng.randint(0, len(body)), Block(text))
    near = rng.choice((0.25, 0.5, 0.75))
    for image in images:
        own = [k for k, block in enumerate(body) if block.figure == image.figure and block.image is None]
        if own and rng.random() < near:
            body.insert(rng.choice(own) + rng.choice((0, 1, 1)), image)
        else:
            body.insert(rng.randint(0, len(body)), image)
    return body


def _dressed(run: Run, study: Study, body: list[Block], rng: Random, stamped: bool) -> Iterator[str]:
    """Title, headings, the result table, and the body between them."""
    words = notes()
    heads = {key: rng.choice(values) for key, values in words["headings"].items()}
    yield f"# {study.name}, run {run.index + 1}"
    opening = rng.choice(words["openings"]).format(number=f"{run.family.rsplit('-', 1)[1]}.{run.index + 1}")
    loading = study.facts.get("loading") if stamped else None
    yield f"{opening} Load case LC1, {loading}." if loading else opening
    cuts = sorted(rng.sample(range(1, max(len(body), 4)), rng.choice((0, 2, 3))))
    titles = [heads["model"], heads["results"], heads["after"]]
    table_at = rng.randint(0, len(body))
    if not cuts:
        yield f"## {heads['before']}"
    for k, block in enumerate(body):
        if k in cuts:
            yield f"## {titles[min(cuts.index(k), 2)]}"
        if k == table_at:
            yield _table(study, heads["table"])
        yield block.markdown
    if table_at >= len(body):
        yield _table(study, heads["table"])


def _table(study: Study, title: str) -> str:
    rows = "\n".join(f"| {name} | {value} |" for name, value in study.table)
    return f"| {title} | Value |\n| --- | --- |\n{rows}"
