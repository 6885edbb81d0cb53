"""A crawl that is killed loses nothing; `tests/system/crawl` does the same with 2,000 pages and 20 kills."""

import subprocess
import sys
import time
from pathlib import Path

from pipeline.crawl.finish import finish_round
from pipeline.crawl.folder import crawl_folder, write_summary
from pipeline.crawl.frontier.database import open_database
from pipeline.crawl.frontier.entries import Found
from pipeline.crawl.frontier.rounds import begin_round
from pipeline.crawl.settings import crawl_settings
from pipeline.removal.tombstones import Tombstones
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


def test_two_processes_that_share_a_frontier_are_killed(tmp_path):
    with GeneratedSite(6, 160, tmp_path / "log") as site:
        recipe = recipe_for(site, delay=0.03, processes=2)
        kill_again_and_again(tmp_path / "d", site, recipe, kills=2, seed=2)
        check_nothing_lost_doubled_or_hurried(tmp_path / "d", site, recipe)


def test_a_process_whose_neighbour_dies_takes_its_hosts(tmp_path):
    """One of two is killed and never comes back: the other waits for its lease, and finishes all."""
    with GeneratedSite(6, 100, tmp_path / "log") as site:
        recipe = recipe_for(site, delay=0.03, processes=2)
        source = recipe.sources[0]
        folder = Path(crawl_folder(str(tmp_path / "d"), source))
        folder.mkdir(parents=True)
        settings = crawl_settings(str(folder), "shared", source, recipe.network, Tombstones())
        settings = settings.model_copy(update={"lease": 2.0})
        (folder / "settings.json").write_text(settings.model_dump_json())
        database = open_database(None, folder, "shared")
        begin_round(database, 1, [Found(site.url("/p/0.html"), 0)])
        first, second = start_process(folder), start_process(folder)
        until = time.monotonic() + 60
        while len(owners(database)) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        assert len(owners(database)) == 2, "both have hosts"
        first.kill()
        first.wait()
        assert second.wait(timeout=100) == 0
        summary = finish_round(folder, database, settings.limits)
        database.close()
        write_summary(str(folder), summary)
        check_nothing_lost_doubled_or_hurried(tmp_path / "d", site, recipe)


def start_process(folder):
    # An input that stays open: the process ends with it.
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.crawl.spider_process", str(folder / "settings.json")],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def owners(database):
    return database.run("SELECT DISTINCT worker FROM hosts WHERE worker IS NOT NULL")
