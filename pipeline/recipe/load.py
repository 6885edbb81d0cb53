"""Reads a recipe from a file, or from what a YAML or JSON reader gives."""

from __future__ import annotations

import os

import fsspec
import yaml
from fsspec.implementations.local import LocalFileSystem
from pydantic import ValidationError

from pipeline.recipe.errors import explain
from pipeline.recipe.recipe import Recipe
from pipeline.recipe.sources import Source, WebSource
from storage.errors import LooseleafError


def recipe_from_dict(values: object, origin: str = "recipe", base: str | None = None) -> Recipe:
    """Return the recipe that `values` (what a YAML or JSON reader gives) describes.

    Args:
        values: the fields.
        origin: what errors call it, usually the file's name.
        base: folder from which relative roots count; None leaves them as they are.

    Raises:
        LooseleafError: naming the first wrong field, the reason, and the nearest legal name.
    """
    if not isinstance(values, dict):
        raise LooseleafError(
            f"{origin} is not a recipe because it holds no fields; give it a name and sources."
        )
    try:
        recipe = Recipe.model_validate(values)
    except ValidationError as error:
        raise LooseleafError(f"{origin}: {explain(Recipe, error)}") from error
    if base is None:
        return recipe
    sources = tuple(_rooted(source, base) for source in recipe.sources)
    clean = recipe.clean
    if isinstance(clean.removals, str):
        clean = clean.model_copy(update={"removals": _from_base(clean.removals, base)})
    then = recipe.then
    if then is not None and then.train is not None and then.train.config is not None:
        train = then.train.model_copy(update={"config": _from_base(then.train.config, base)})
        then = then.model_copy(update={"train": train})
    return recipe.model_copy(update={"sources": sources, "clean": clean, "then": then})


def load_recipe(path: str) -> Recipe:
    """Read a recipe from a YAML (or JSON) file; relative roots count from the file's folder.

    Args:
        path: local path or fsspec URL.

    Raises:
        LooseleafError: if the file is missing, is no YAML, or a field is wrong.
    """
    filesystem, inside = fsspec.core.url_to_fs(path)
    try:
        with filesystem.open(inside, "rb") as file:
            values = yaml.safe_load(file)
    except OSError as error:
        raise LooseleafError(
            f"recipe {path} cannot be read ({error.strerror or error}); check the path."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" at line {where.line + 1}" if where else ""
        raise LooseleafError(f"recipe {path} is not YAML{line}; correct its syntax.") from error
    local = isinstance(filesystem, LocalFileSystem)
    folder = os.path.dirname(os.path.abspath(inside)) if local else path.rsplit("/", 1)[0]
    return recipe_from_dict(values, origin=f"recipe {path}", base=folder)


def _rooted(source: Source, base: str) -> Source:
    if isinstance(source, WebSource):
        return source
    return source.model_copy(update={"root": _from_base(source.root, base)})


def _from_base(place: str, base: str) -> str:
    """Return a path or URL such that it no longer counts from the folder `base`."""
    if "://" in place or "::" in place:
        return place
    expanded = os.path.expanduser(place)
    if os.path.isabs(expanded):
        return expanded
    return f"{base}/{expanded}" if "://" in base else os.path.normpath(os.path.join(base, expanded))
