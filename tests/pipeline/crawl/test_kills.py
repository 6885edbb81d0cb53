"""A crawl that is killed loses nothing; `tests/system/crawl` does the same with 2,000 pages and 20 kills."""

from tests.pipeline.crawl.generated_site import GeneratedSite
from tests.pipeline.crawl.killing import (
    check_nothing_lost_doubled_or_hurried,
    check_second_crawl_is_small,
    kill_again_and_again,
    recipe_for,
)


def test_a_crawl_that_is_killed_four_times(tmp_path):
    with GeneratedSite(4, 160, tmp_path / "log") as site:
        recipe = recipe_for(site, delay=0.03)
        kill_again_and_again(tmp_path / "d", site, recipe, kills=4, seed=1)
        check_nothing_lost_doubled_or_hurried(tmp_path / "d", site, recipe)
        check_second_crawl_is_small(tmp_path / "d", site, recipe)


def test_two_processes_share_a_frontier_and_one_is_killed(tmp_path):
    with GeneratedSite(6, 160, tmp_path / "log") as site:
        recipe = recipe_for(site, delay=0.03, processes=2)
        kill_again_and_again(tmp_path / "d", site, recipe, kills=2, seed=2)
        check_nothing_lost_doubled_or_hurried(tmp_path / "d", site, recipe)
