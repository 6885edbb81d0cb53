"""Says in words what the metrics table holds; every sentence is decided by the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Rows = Mapping[str, Mapping[str, Any]]

#: Points above chance (50): below these, what was learned is nothing, or small.
_NOTHING, _SMALL = 2.0, 15.0
_FEW = 20  # documents, below which a mean says little


def words_on_links(rows: Rows, own: str) -> list[str]:
    """Return sentences on documents whose true links are known.

    Args:
        rows: name of the row -> its numbers, shares of one.
        own: the run's method.
    """
    run = _points(rows, f"{own}/both", "in_doc_auc")
    if run is None:
        return []
    said = [
        f"On documents whose links are known, the run ranks a figure's own paragraph with an AUC of "
        f"{_with_spread(rows, f'{own}/both', 'in_doc_auc')} from pixels and words together, "
        f"{_from_chance(run)}."
    ]
    rival = _points(rows, "clip_random/both", "in_doc_auc")
    if rival is not None and own != "clip_random":
        said.append(
            "CLIP trained on random pairs with the same steps reaches "
            f"{_with_spread(rows, 'clip_random/both', 'in_doc_auc')}, "
            f"{_apart(run - rival)} than the run."
        )
    pixels, words = (_points(rows, f"{own}/{part}", "in_doc_auc") for part in ("pixels", "words"))
    if pixels is not None and words is not None:
        said.append(f"Pixels alone give {pixels:.1f}, an image's own words alone {words:.1f}.")
    start = _points(rows, "untrained/both", "in_doc_auc")
    if start is not None:
        said.append(f"Before any training, pixels and words give {start:.1f}.")
    return [*said, *_on_size(rows)]


def words_on_sections(rows: Rows, own: str, locked: bool) -> list[str]:
    """Return sentences on real documents, where only an image's section is known.

    Args:
        rows: name of the row -> its numbers, shares of one.
        own: the run's method.
        locked: the image encoder was not trained.
    """
    said = []
    parts = ("pixels", "words", "both")
    pixels, words, both = (_points(rows, f"{own}/{part}", "in_doc_auc_dc") for part in parts)
    if pixels is not None and words is not None and both is not None:
        said.append(_on_pixels(rows, own, pixels, locked))
        said.append(_on_words(rows, pixels, words, both))
    said += _on_recall(rows, own)
    ceiling = _points(rows, "clip_true/pixels", "in_doc_auc_dc")
    if ceiling is not None and pixels is not None:
        meaning = (
            "so the features and the number of documents are the limit, more than the objective"
            if ceiling - 50 < _SMALL
            else "so there is more in the pixels than training without pairs has found"
        )
        said.append(f"Even training on the true pairs gives {ceiling:.1f} from pixels, {meaning}.")
    return [*said, *_on_length(rows, own), *_on_size(rows)]


def _on_pixels(rows: Rows, own: str, pixels: float, locked: bool) -> str:
    shown = _with_spread(rows, f"{own}/pixels", "in_doc_auc_dc")
    spread = _points(rows, f"{own}/pixels", "in_doc_auc_dc_spread") or 0.0
    start = _points(rows, "untrained/pixels", "in_doc_auc_dc")
    before = "" if start is None else f"; before training they give {start:.1f}"
    cause = (
        "The encoders are locked and learned from photographs, and the documents are few for what is to be "
        "learned."
        if locked
        else "The documents are few for an image encoder that is to be learned from nothing."
    )
    if pixels - 50 < _NOTHING:
        return (
            "On real documents the pixels alone say next to nothing of where an image belongs: their AUC-dc "
            f"is {shown}, and chance is 50{before}. {cause}"
        )
    if pixels - 50 < _SMALL:
        noise = ", less than twice the spread over seeds" if pixels - 50 < 2 * spread else ""
        return (
            f"On real documents the pixels' part is small: their AUC-dc alone is {shown}, "
            f"{_from_chance(pixels)}{noise}{before}. {cause}"
        )
    return f"On real documents the pixels alone reach an AUC-dc of {shown}, {_from_chance(pixels)}{before}."


def _on_words(rows: Rows, pixels: float, words: float, both: float) -> str:
    start = _points(rows, "untrained/words", "in_doc_auc_dc")
    before = f" (before any training, {start:.1f})" if start is not None else ""
    joint = "more than either" if both > max(pixels, words) else "not more than the better of the two"
    told = (
        "Most of what links an image to its section are the words that it carries, its file name and alt "
        "text: they"
        if words > pixels
        else "The words that an image carries"
    )
    return f"{told} reach {words:.1f}{before}; with the pixels it is {both:.1f}, {joint}."


def _on_recall(rows: Rows, own: str) -> list[str]:
    """Compare the search over the whole corpus with what the locked encoders do untrained."""
    run = _points(rows, f"{own}/both", "corpus_recall_at_10")
    start = _points(rows, "untrained/both", "corpus_recall_at_10")
    if run is None or start is None:
        return []
    change = "more than" if run > start + 0.05 else "fewer than" if run < start - 0.05 else "as many as"
    return [
        f"Over the whole corpus the right one is among the first ten in {run:.1f} % of the searches, "
        f"{change} the {start:.1f} % before training."
    ]


def _on_size(rows: Rows) -> list[str]:
    documents = int(next(iter(rows.values())).get("documents") or 0)
    if documents >= _FEW:
        return []
    some = f"{documents} document{'' if documents == 1 else 's'}"
    return [f"All of this rests on {some}: too few to tell close numbers apart."]


def _on_length(rows: Rows, own: str) -> list[str]:
    plain = _points(rows, "section_length", "in_doc_auc")
    centred = _points(rows, "section_length", "in_doc_auc_dc")
    if plain is None or centred is None:
        return []
    run = _points(rows, f"{own}/pixels", "in_doc_auc")
    beside = (
        "" if run is None else f", {'above' if plain > run else 'beside'} the run's {run:.1f} from pixels"
    )
    misled = "Plain AUC misleads here: the" if plain - 50 >= _NOTHING else "The"
    return [
        f"{misled} length of a section alone, without a look at any image, has an AUC of {plain:.1f}{beside},"
        " because an image is likelier to stand in a long section. AUC-dc takes such a prior out (the same "
        f"length scores {centred:.1f}), so AUC-dc is the number to compare."
    ]


def _points(rows: Rows, name: str, column: str) -> float | None:
    value = rows.get(name, {}).get(column)
    return None if value is None else 100 * float(value)


def _with_spread(rows: Rows, name: str, column: str) -> str:
    spread = _points(rows, name, f"{column}_spread")
    mean = f"{_points(rows, name, column):.1f}"
    return f"{mean} ± {spread:.1f}" if spread else mean


def _from_chance(points: float) -> str:
    return f"{abs(points - 50):.1f} points {'above' if points >= 50 else 'below'} chance"


def _apart(difference: float) -> str:
    return f"{abs(difference):.1f} points {'less' if difference > 0 else 'more'}"
