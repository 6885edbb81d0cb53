"""2,000 pages, 20 kills: none lost, none stored twice, no host hurried; a second crawl transfers little."""

from __future__ import annotations

from pathlib import Path

from tests.pipeline.crawl.generated_site import GeneratedSite
from tests.pipeline.crawl.killing import (
    check_nothing_lost_doubled_or_hurried,
    check_second_crawl_is_small,
    kill_again_and_again,
    recipe_for,
)


def test_a_crawl_of_2000_pages_that_is_killed_20_times(tmp_path: Path) -> None:
    with GeneratedSite(8, 2000, tmp_path / "log") as site:
        recipe = recipe_for(site, delay=0.01)
        kill_again_and_again(tmp_path / "d", site, recipe, kills=20, seed=6)
        check_nothing_lost_doubled_or_hurried(tmp_path / "d", site, recipe)
        check_second_crawl_is_small(tmp_path / "d", site, recipe)
