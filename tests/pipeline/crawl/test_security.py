"""What the open web may try on the crawl: each refused with its reason, the rest unharmed."""

import json
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import psutil
import pytest

from pipeline.crawl.folder import crawl_folder, indexed_pages
from tests.pipeline.crawl.crawling import page, recipe_of, run
from tests.pipeline.crawl.hostile_site import HostileServer, Listener, hostile_answers, self_signed
from tests.pipeline.network.loopback import Answer

ANYWHERE = ["http://*", "https://*"]
TIMEOUT = 2.5
SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST.",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "１２７.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "127.0.0.2",
]
HIDDEN = ["public.example@127.0.0.1", "public.example:80@localhost", "127.0.0.1\\@public.example"]


@dataclass
class Outcome:
    kept: set
    rows: dict
    site: HostileServer
    memory: int  # bytes that the largest process of the crawl had


@contextmanager
def _watched():
    """Note the peak memory of each child process: the sum of the system counts the parent's, too."""
    peaks, ended = {}, Event()

    def look():
        while not ended.wait(0.2):
            for child in psutil.Process().children(recursive=True):
                with suppress(OSError):  # it has ended meanwhile
                    status = Path(f"/proc/{child.pid}/status").read_text()
                    if peak := re.search(r"VmHWM:\s+(\d+) kB", status):
                        peaks[child.pid] = int(peak[1]) * 1024

    watcher = Thread(target=look)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """One crawl of a site with everything hostile on it."""
    answers = hostile_answers()
    site = HostileServer(answers, [*answers, "good.html"])
    dataset = str(tmp_path_factory.mktemp("hostile"))
    network = {"timeout": TIMEOUT, "retries": 0}
    with _watched() as peaks:
        source, rows = run(dataset, recipe_of(site, network=network, max_bytes=1_000_000, concurrency=8))
    kept = {one.url for one in indexed_pages(crawl_folder(dataset, source))}
    yield Outcome(kept, rows, site, max(peaks.values()))
    site.close()


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("gzip_bomb", "unpacks_too_large"),
        ("deflate_bomb", "unpacks_too_large"),
        ("brotli_bomb", "unpacks_too_large"),
        ("zstd_bomb", "unpacks_too_large"),
        ("packed_often", "too_many_codings"),
        ("not_packed", "broken_coding"),
        ("no_deflate", "broken_coding"),
        ("no_brotli", "broken_coding"),
        ("no_zstd", "broken_coding"),
        ("unknown_transfer", "connection"),
        ("length_no_number", "connection"),
        ("length_negative", "connection"),
        ("bad_chunks", "connection"),
        ("to_bad_port", "bad_redirect"),
        ("endless_body", "too_large"),
        ("endless_without_length", "too_large"),
        ("endless_head", "head_too_long"),
        ("endless_interim", "head_too_long"),
        ("slow_body", "timeout"),
        ("slow_head", "timeout"),
        ("silent", "timeout"),
        ("too_long", "too_large"),
        ("ends_early", "connection"),
        ("no_http", "connection"),
        ("loop2", "redirect_loop"),
        ("to_itself", "redirect_loop"),
        ("to_file", "bad_redirect"),
        ("to_nothing", "bad_redirect"),
    ],
)
def test_a_hostile_answer_is_refused(outcome, path, rule):
    row = outcome.rows[outcome.site.url(f"/docs/{path}")]
    assert row["rule"] == rule
    assert outcome.site.asked[f"/docs/{path}"] == 1


def test_the_rest_is_unharmed(outcome):
    assert outcome.kept == {outcome.site.url(f"/docs/{name}") for name in ("", "bad_charset", "bad_links")}
    assert outcome.rows[outcome.site.url("/docs/good.html")]["rule"] == "http_404"
    assert outcome.memory < 512 * 2**20


@pytest.fixture
def listener():
    listening = Listener()
    yield listening
    listening.close()


def test_no_spelling_of_a_private_address_is_asked(serve, listener, tmp_path):
    """The listener is on every address of this machine; whatever reaches it, by link or redirect, counts."""
    links = [f"http://{host}:{listener.port}/{number}" for number, host in enumerate(SPELLINGS)]
    hidden = [f"http://{host}:{listener.port}/hidden" for host in HIDDEN]
    site = serve({"/docs/": page(*links, *hidden, *(f"to/{number}" for number in range(len(links))))})
    for number, link in enumerate(links):
        location = link.encode().decode("latin-1")
        site.answers[f"/docs/to/{number}"] = Answer(
            status=302, headers={"Location": location + "?redirected"}
        )
    site.answers["/docs/"].headers["Content-Type"] = "text/html; charset=utf-8"
    source, rows = run(str(tmp_path), recipe_of(site, allow=ANYWHERE))
    assert listener.connections == 0
    assert {one.url for one in indexed_pages(crawl_folder(str(tmp_path), source))} == {site.url("/docs/")}
    rules = {row["rule"] for url, row in rows.items() if str(listener.port) in url}
    assert rules <= {"private_address", "userinfo", "bad_url"}
    assert sum(row["rule"] == "private_address" for row in rows.values()) >= 2 * 18


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.1", "192.168.1.1", "[fe80::1]", "[fd00::1]"])
def test_networks_behind_us_are_not_asked(serve, tmp_path, address):
    site = serve({"/docs/": page(f"http://{address}/latest/meta-data")})
    _, rows = run(str(tmp_path), recipe_of(site, allow=ANYWHERE))
    assert {row["rule"] for row in rows.values()} == {"private_address"}


NAMES = """
import json, os, socket

_resolve = socket.getaddrinfo
_table = json.loads(os.environ["NAMES"])
_log = os.environ["NAMES_LOG"]


def resolve(host, port, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name not in _table:
        return _resolve(host, port, *args, **kwargs)
    with open(_log, "a") as log:
        log.write(name + "\\n")
    with open(_log) as log:
        turn = log.read().split().count(name) - 1
    addresses = _table[name][turn % len(_table[name])]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, int(port or 0))) for one in addresses]


socket.getaddrinfo = resolve
"""


@pytest.fixture
def names(tmp_path, monkeypatch):
    """Let the crawling process resolve names by a table: name -> addresses of each look-up in turn."""
    folder = tmp_path / "names"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(NAMES)

    def use(table):
        monkeypatch.setenv("NAMES", json.dumps(table))
        monkeypatch.setenv("NAMES_LOG", str(folder / "log"))
        (folder / "log").touch()
        monkeypatch.setenv("PYTHONPATH", f"{folder}:{Path.cwd()}")
        return folder / "log"

    return use


def test_a_name_that_resolves_to_a_private_address_is_not_asked(serve, listener, names, tmp_path):
    names({"inside.example": [["127.0.0.1"]], "mixed.example": [["127.0.0.2", "10.0.0.1"]]})
    site = serve(
        {"/docs/": page(f"http://inside.example:{listener.port}/x", f"http://mixed.example:{listener.port}/")}
    )
    _, rows = run(str(tmp_path / "d"), recipe_of(site, allow=ANYWHERE))
    assert listener.connections == 0
    assert [row["rule"] for row in rows.values()] == ["private_address"] * 2


def test_a_name_that_is_resolved_otherwise_the_second_time(serve, names, tmp_path):
    """Each connection goes to the address that was judged: of every second look-up, to none."""
    site = serve({"/docs/": page()})
    log = names({"rebind.example": [["127.0.0.1"], ["127.0.0.2"]]})
    links = [f"http://rebind.example:{site.port}/docs/{number}.html" for number in range(4)]
    site.answers["/docs/"] = page(*links)
    # Each answer ends its connection, so that each request resolves the name again.
    last = {"Content-Type": "text/html", "Connection": "close"}
    site.answers |= {f"/docs/{number}.html": Answer(b"<p>x</p>", headers=last) for number in range(4)}
    other = Listener(("127.0.0.2", site.port))
    _, rows = run(str(tmp_path / "d"), recipe_of(site, allow=ANYWHERE, concurrency=1))
    other.close()
    assert other.connections == 0
    assert log.read_text().count("rebind.example") >= 2, "it was looked up again"
    assert "private_address" in {row["rule"] for row in rows.values()}


def test_a_certificate_that_nobody_vouches_for_ends_the_connection(serve, tmp_path):
    secret = HostileServer({}, [], context=self_signed(tmp_path))
    site = serve({"/docs/": page(f"https://{secret.host}/docs/")})
    recipe = recipe_of(site, secret, allow=ANYWHERE, network={"retries": 0})
    _, rows = run(str(tmp_path / "d"), recipe)
    secret.close()
    assert not secret.asked
    assert [row["rule"] for row in rows.values()] == ["robots_unavailable"]
