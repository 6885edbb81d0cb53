"""What a user writes to say how a dataset is made: the recipe, and how it is read from a file."""

from pipeline.recipe.clean import CleanSettings
from pipeline.recipe.groups import GroupSettings
from pipeline.recipe.images import ImageSettings, WordSettings
from pipeline.recipe.load import load_recipe, recipe_from_dict
from pipeline.recipe.mine import MineSettings
from pipeline.recipe.network import NetworkSettings
from pipeline.recipe.pack import PackSettings
from pipeline.recipe.recipe import Recipe
from pipeline.recipe.schedule import ScheduleSettings
from pipeline.recipe.sources import CasesSource, FilesSource, Source, WebSource
from pipeline.recipe.then import Metric, ThenSettings, TrainSettings

__all__ = [
    "CasesSource",
    "CleanSettings",
    "FilesSource",
    "GroupSettings",
    "ImageSettings",
    "Metric",
    "MineSettings",
    "NetworkSettings",
    "PackSettings",
    "Recipe",
    "ScheduleSettings",
    "Source",
    "ThenSettings",
    "TrainSettings",
    "WebSource",
    "WordSettings",
    "load_recipe",
    "recipe_from_dict",
]
