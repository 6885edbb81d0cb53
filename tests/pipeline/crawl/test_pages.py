from datetime import UTC, datetime

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipeline.crawl.frontier.claim import Limits, Verdict, claim_next
from pipeline.crawl.frontier.database import SqliteDatabase
from pipeline.crawl.frontier.entries import Found, Settlement
from pipeline.crawl.frontier.rounds import begin_round, kept_records, progress
from pipeline.crawl.frontier.settle import settle
from pipeline.crawl.frontier.workers import take_over
from pipeline.crawl.pages import PageWriter

LIMITS = Limits(delay=0.0, concurrency=9, max_pages=100, max_bytes=10**9, lease=30.0)


@pytest.fixture
def frontier(tmp_path):
    database = SqliteDatabase(tmp_path / "frontier.sqlite3")
    begin_round(database, 1, [Found(f"http://a.org/{number}", 0) for number in range(4)])
    robots = claim_next(database, "w", LIMITS, lambda url, answer: Verdict())
    settle(database, robots, Settlement(404, expires=database.now() + 100), None, 100)
    yield database
    database.close()


def store(frontier, writer, *, settled=True):
    claim = claim_next(frontier, "w", LIMITS, lambda url, answer: Verdict())
    record = writer.write(
        claim.url,
        "200 OK",
        [("Content-Type", "text/html")],
        claim.url.encode() * 50,
        asked=datetime.now(UTC),
        media_type="text/html",
    )
    if settled:
        assert settle(frontier, claim, Settlement(200, record=record), None, 100)
    return record


def responses(folder):
    (path,) = folder.glob("*.warc.gz")
    with path.open("rb") as file:
        return [
            (record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read())
            for record in ArchiveIterator(file)
            if record.rec_type == "response"
        ]


@pytest.mark.parametrize("left", ["whole", "torn", "nothing"])
def test_what_was_not_settled_is_cut_off_and_asked_again(frontier, tmp_path, left):
    writer = PageWriter(tmp_path, "w", "agent", frontier)
    store(frontier, writer)
    record = store(frontier, writer, settled=False)
    writer.close()
    path = tmp_path / record.warc
    if left == "torn":
        path.write_bytes(path.read_bytes()[:-20])
    if left == "nothing":
        path.write_bytes(path.read_bytes()[: record.at])
    take_over(frontier, "w", 0.0)
    writer = PageWriter(tmp_path, "w", "agent", frontier)
    for _ in range(3):
        store(frontier, writer)
    writer.close()
    urls = [f"http://a.org/{number}" for number in range(4)]
    assert responses(tmp_path) == [(url, url.encode() * 50) for url in urls]
    assert [record.number for _, record in kept_records(frontier)] == [0, 1, 2, 3]


def test_a_file_that_lost_settled_records_has_them_asked_again(frontier, tmp_path):
    writer = PageWriter(tmp_path, "w", "agent", frontier)
    store(frontier, writer)
    record = store(frontier, writer)
    writer.close()
    path = tmp_path / record.warc
    path.write_bytes(path.read_bytes()[: record.at + 5])
    writer = PageWriter(tmp_path, "w", "agent", frontier)
    assert progress(frontier).pages == 1
    for _ in range(3):
        store(frontier, writer)
    writer.close()
    assert [url for url, _ in responses(tmp_path)] == [f"http://a.org/{number}" for number in range(4)]


def test_a_record_that_may_not_be_settled_is_taken_back(frontier, tmp_path):
    writer = PageWriter(tmp_path, "w", "agent", frontier)
    store(frontier, writer)
    writer.take_back(store(frontier, writer, settled=False))
    store(frontier, writer)
    writer.close()
    assert [url for url, _ in responses(tmp_path)] == ["http://a.org/0", "http://a.org/2"]
    assert [record.number for _, record in kept_records(frontier)] == [0, 1]
