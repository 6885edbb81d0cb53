"""The frontier in Postgres: what the one in SQLite promises, and a crawl of two processes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from pipeline.crawl.frontier.database import PostgresDatabase, open_database
from storage.errors import LooseleafError
from tests.pipeline.crawl.frontier import test_frontier
from tests.pipeline.crawl.generated_site import GeneratedSite
from tests.pipeline.crawl.killing import (
    check_nothing_lost_doubled_or_hurried,
    check_second_crawl_is_small,
    kill_again_and_again,
    recipe_for,
)

_PROMISES = sorted(
    name
    for name, test in vars(test_frontier).items()
    if name.startswith("test_") and "open_frontier" in test.__code__.co_varnames
)


@pytest.mark.parametrize("name", _PROMISES)
def test_what_a_frontier_promises(name: str, postgres: str) -> None:
    connect: Callable[[], PostgresDatabase] = lambda: PostgresDatabase(postgres, name)  # noqa: E731
    vars(test_frontier)[name](connect)


def test_two_processes_that_are_killed_share_a_frontier(postgres: str, tmp_path: Path) -> None:
    with GeneratedSite(6, 200, tmp_path / "log") as site:
        recipe = recipe_for(site, delay=0.02, processes=2, frontier=postgres)
        kill_again_and_again(tmp_path / "d", site, recipe, kills=2, seed=3)
        check_nothing_lost_doubled_or_hurried(tmp_path / "d", site, recipe)
        check_second_crawl_is_small(tmp_path / "d", site, recipe)
    with psycopg.connect(postgres) as connection:
        found = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_name = 'urls'"
        ).fetchone()
    assert found == (len(_PROMISES) + 1,), "each crawl has a schema of its own"


def test_a_server_that_is_not_there_is_named_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="Postgres server cannot be reached"):
        open_database("postgresql://nobody@127.0.0.1:1/none", tmp_path, "crawl")
