"""What a user writes to say how a dataset is made: the recipe, and how it is read from a file."""

from __future__ import annotations

import os

import fsspec
import yaml
from fsspec.implementations.local import LocalFileSystem
from pydantic import Field, ValidationError, model_validator

from pipeline.recipe_errors import explain
from pipeline.recipe_fields import (
    NAME_PATTERN,
    CasesSource,
    CleanSettings,
    FilesSource,
    GroupSettings,
    ImageSettings,
    MineSettings,
    NetworkSettings,
    PackSettings,
    Settings,
    Source,
    WebSource,
    WordSettings,
)
from storage.errors import LooseleafError

__all__ = [
    "CasesSource",
    "CleanSettings",
    "FilesSource",
    "GroupSettings",
    "ImageSettings",
    "MineSettings",
    "NetworkSettings",
    "PackSettings",
    "Recipe",
    "Source",
    "WebSource",
    "WordSettings",
    "load_recipe",
    "recipe_from_dict",
]


class Recipe(Settings):
    """Where documents come from, and what is done with them."""

    name: str = Field(
        pattern=NAME_PATTERN,
        max_length=64,
        description="Name of the dataset: letters, digits, '.', '_', '-'.",
    )
    sources: tuple[Source, ...] = Field(min_length=1, description="Where documents come from, at least one.")
    network: NetworkSettings = Field(default=NetworkSettings(), description="How the outside is asked.")
    images: ImageSettings = Field(default=ImageSettings(), description="Which images are decoded.")
    words: WordSettings = Field(default=WordSettings(), description="How words in pictures are read.")
    clean: CleanSettings = Field(default=CleanSettings(), description="Thresholds of the cleaning rules.")
    groups: GroupSettings = Field(default=GroupSettings(), description="How images and texts are grouped.")
    mine: MineSettings = Field(default=MineSettings(), description="How negatives are mined.")
    pack: PackSettings = Field(default=PackSettings(), description="How training shards are written.")

    @model_validator(mode="after")
    def _names_differ(self) -> Recipe:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are called {twice[0]!r}")
        return self


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
    return recipe.model_copy(update={"sources": sources})


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
    if isinstance(source, WebSource) or "://" in source.root or "::" in source.root:
        return source
    root = os.path.expanduser(source.root)
    if os.path.isabs(root):
        return source.model_copy(update={"root": root})
    joined = f"{base}/{root}" if "://" in base else os.path.normpath(os.path.join(base, root))
    return source.model_copy(update={"root": joined})
