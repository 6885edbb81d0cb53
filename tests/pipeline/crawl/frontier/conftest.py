import pytest

from pipeline.crawl.frontier.database import SqliteDatabase


@pytest.fixture
def open_frontier(tmp_path):
    """Return a function that opens one more connection to the test's frontier."""

    def connect():
        return SqliteDatabase(tmp_path / "frontier.sqlite3")

    return connect
