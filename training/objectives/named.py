"""The published methods and ours, each by one word."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, get_args

from storage.errors import LooseleafError
from training.objectives.settings import (
    AdversarialSettings,
    ContrastForm,
    ContrastSettings,
    IntraDocumentSettings,
    ObjectiveSettings,
    PairsSettings,
    SelfAssignmentSettings,
    TermSettings,
    UnpairedSettings,
)
from training.similarity.settings import Form, SimilaritySettings


def _over_documents(form: Form, contrast: ContrastForm = "infonce") -> ObjectiveSettings:
    term = TermSettings(similarity=SimilaritySettings(form=form), contrast=ContrastSettings(form=contrast))
    return ObjectiveSettings(terms=(term,))


def _over_members(contrast: ContrastForm, *, layout_prior: bool = False) -> ObjectiveSettings:
    term = TermSettings(contrast=ContrastSettings(form=contrast))
    return ObjectiveSettings(terms=(term,), layout_prior=layout_prior)


def _smooth_alignment() -> ObjectiveSettings:
    """Smooth-Chamfer and a tenth of latent alignment.

    Smooth-Chamfer takes the nearest member, however many others are as near to it; latent alignment the
    member that is near to this one alone, and learns more where many documents share a theme. But where
    figures and captions repeat from report to report, a title that names the report explains all of its
    figures best: hence a tenth.
    """
    aligned = TermSettings(contrast=ContrastSettings(form="latent_alignment"), weight=0.1)
    return ObjectiveSettings(terms=(*_over_documents("smooth_chamfer").terms, aligned))


_NAMED: dict[str, ObjectiveSettings] = {
    "unaligned": ObjectiveSettings(),
    "unaligned_layout": ObjectiveSettings(layout_prior=True),
    "clip_random": ObjectiveSettings(pairs=PairsSettings(kind="random")),
    "clip_adjacent": ObjectiveSettings(pairs=PairsSettings(kind="adjacent")),
    "clip_true": ObjectiveSettings(pairs=PairsSettings(kind="true")),
    **{form: _over_documents(form) for form in get_args(Form)},
    "siglip_bag": _over_documents("smooth_chamfer", "sigmoid"),
    "triplet": _over_documents("smooth_chamfer", "triplet"),
    "siglip_all_pairs": _over_members("all_pairs"),
    "noisy_or": _over_members("noisy_or"),
    "mil_nce": _over_members("mil_nce"),
    "latent_alignment": _over_members("latent_alignment"),
    "latent_alignment_layout": _over_members("latent_alignment", layout_prior=True),
    "smooth_alignment": _smooth_alignment(),
    "supcon": _over_members("supcon"),
    "intra_document": ObjectiveSettings(intra_document=IntraDocumentSettings()),
    "self_assignment": ObjectiveSettings(self_assignment=SelfAssignmentSettings()),
    "adversarial": ObjectiveSettings(adversarial=AdversarialSettings()),
    "unpaired": ObjectiveSettings(terms=(), unpaired=UnpairedSettings()),
}

#: Every name, the default first.
NAMES: tuple[str, ...] = tuple(_NAMED)


def named_objective(name: str) -> ObjectiveSettings:
    """Return the objective of a name.

    Raises:
        LooseleafError: if there is none; it says which name is near.
    """
    if name not in _NAMED:
        near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.5)
        remedy = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(NAMES)}."
        raise LooseleafError(f"There is no objective {name!r}; {remedy}")
    return _NAMED[name].model_copy(update={"name": name})


def objective_name(objective: ObjectiveSettings) -> str:
    """Return what tables call an objective: a known name where it is that, else its own, else `custom`."""
    for name, known in _NAMED.items():
        if known.model_copy(update={"name": objective.name}) == objective:
            return name
    return objective.name or "custom"


def objective_values(told: Any) -> Any:
    """Return the fields of an objective that a configuration tells as a name, or as a name and changes.

    What has no known name is returned as it is.

    Raises:
        ValueError: if nothing but an unknown name is told.
    """
    if isinstance(told, str):
        told = {"name": told}
    if not isinstance(told, Mapping) or "name" not in told:
        return told
    name = told["name"]
    if name not in _NAMED:
        if set(told) > {"name"}:
            return told
        try:
            named_objective(str(name))
        except LooseleafError as error:
            raise ValueError(str(error).rstrip(".")) from error
    values = named_objective(name).model_dump()
    for field, value in told.items():
        known = values.get(field)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            values[field] = {**known, **value}
        else:
            values[field] = value
    return values
