"""Builds after the first: what was had is not asked for again, only what failed and is due."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.images import breaker, ledger
from pipeline.images.fetch import FETCH
from pipeline.images.tries import Try
from storage import tables
from tests.pipeline.images.test_fetch import (
    PNG,
    build,
    extracted,
    image_id,
    picture,
    recipe_of,
    reference,
)
from tests.pipeline.network.loopback import Answer

OK = Answer(picture(3), headers=PNG)
DOWN = Answer(status=503, headers={})


@pytest.fixture(name="later")
def move_the_clock(monkeypatch):
    """Lets time pass for the ledger."""
    real = ledger.now

    def move(seconds: float) -> None:
        monkeypatch.setattr(ledger, "now", lambda: real() + timedelta(seconds=seconds))

    return move


def once(site, tmp_path, elements, **network):
    network = {"allow_private": [site.host], "retries": 0} | network
    return build(tmp_path / "data", recipe_of(tmp_path, **network), elements)


def outcomes(rows, path):
    found = [row for row in rows["image_fetches"] if row["image_url"].endswith(path)]
    return [
        (row["round"], row["attempt"], row["outcome"]) for row in sorted(found, key=lambda r: r["attempt"])
    ]


def versions(tmp_path):
    names = ("image_fetches", "elements", "images", "rejections")
    return {name: tables.version(str(tmp_path / "data"), name) for name in names}


def test_a_second_build_asks_for_nothing_and_changes_nothing(serve, tmp_path):
    site = serve({"/a.png": OK, "/b.png": DOWN})
    elements = [[reference(site.url(path)) for path in ("/a.png", "/b.png", "/gone.png")]]
    first = once(site, tmp_path, elements)
    asked, before = dict(site.asked), versions(tmp_path)
    assert once(site, tmp_path, elements) == first
    assert (dict(site.asked), versions(tmp_path)) == (asked, before)


def test_only_failures_that_are_due_are_asked_for_again(serve, tmp_path, later):
    site = serve({"/a.png": OK, "/b.png": [DOWN, OK], "/c.png": DOWN})
    elements = [[reference(site.url(path)) for path in ("/a.png", "/b.png", "/c.png", "/gone.png")]]
    once(site, tmp_path, elements)
    later(3000)
    once(site, tmp_path, elements)
    assert site.asked["/b.png"] == 1, "an hour has not passed"
    later(4000)
    rows = once(site, tmp_path, elements)
    counts = {path: site.asked[path] for path in ("/a.png", "/b.png", "/c.png", "/gone.png")}
    assert counts == {"/a.png": 1, "/b.png": 2, "/c.png": 2, "/gone.png": 1}
    assert outcomes(rows, "/a.png") == [(1, 1, "ok")]
    assert outcomes(rows, "/b.png") == [(1, 1, "failed"), (2, 2, "ok")]
    assert outcomes(rows, "/c.png") == [(1, 1, "failed"), (2, 2, "failed")]
    assert {row["image_id"] for row in rows["images"]} == {image_id(picture(3))}
    assert sum(row["rule"] == "missing" for row in rows["rejections"]) == 2
    before = versions(tmp_path)
    assert once(site, tmp_path, elements) == rows, "the same moment again: nothing is due"
    assert versions(tmp_path) == before


def test_the_wait_grows_with_each_round_and_follows_the_server(serve, tmp_path, later):
    site = serve({"/a.png": DOWN, "/b.png": Answer(status=429, headers={"Retry-After": "120"})})
    elements = [[reference(site.url("/a.png")), reference(site.url("/b.png"))]]
    once(site, tmp_path, elements)
    later(5000)
    rows = once(site, tmp_path, elements)["image_fetches"]
    waits = {
        (row["image_url"][-6:], row["round"]): round((row["next_try_at"] - row["tried_at"]).total_seconds())
        for row in rows
    }
    assert waits == {
        ("/a.png", 1): 3600,
        ("/a.png", 2): 14400,
        ("/b.png", 1): 120,
        ("/b.png", 2): 120,
    }


def test_other_documents_do_not_make_known_images_be_asked_for(serve, tmp_path):
    site = serve({f"/{number}.png": Answer(picture(number), headers=PNG) for number in range(9)})
    references = [[reference(site.url(f"/{number}.png"))] for number in range(9)]
    once(site, tmp_path, references[2:5])
    rows = once(site, tmp_path, references)
    assert {site.asked[f"/{number}.png"] for number in range(9)} == {1}
    assert {row["image_id"] for row in rows["images"]} == {image_id(picture(number)) for number in range(9)}
    assert len(rows["image_fetches"]) == 9


def test_bytes_that_were_lost_are_asked_for_again(serve, tmp_path):
    site = serve({"/a.png": OK, "/b.png": Answer(picture(4), headers=PNG)})
    once(site, tmp_path, [[reference(site.url("/a.png"))]])
    for file in (tmp_path / "data" / "staging" / "blobs").glob("fetch-*.parquet"):
        file.unlink()
    rows = once(site, tmp_path, [[reference(site.url("/a.png"))], [reference(site.url("/b.png"))]])
    assert site.asked["/a.png"] == 2
    assert len(rows["images"]) == 2


def test_what_the_recipe_refused_is_decided_anew(serve, tmp_path):
    site = serve({"/a.png": OK, "/big.png": Answer(b"\x89PNG" + b"x" * 9000, headers=PNG)})
    elements = [[reference(site.url("/a.png"))], [reference(site.url("/big.png"))]]
    rows = once(site, tmp_path, elements, allow_private=[])
    assert not site.asked
    assert not rows["images"]
    rows = once(site, tmp_path, elements)
    assert len(rows["images"]) == 1
    assert [row["outcome"] for row in rows["image_fetches"]] == ["ok", "ok"]


def test_spellings_of_one_url_are_asked_for_once(serve, tmp_path):
    site = serve({"/a%20b.png": OK})
    spelt = [
        site.url("/a%20b.png"),
        site.url("/a b.png"),
        site.url("/x/../a%20b.png"),
        site.url("/a%20b.png#view"),
        site.url("/%61%20b.png").replace("http", "HTTP"),
    ]
    rows = once(site, tmp_path, [[reference(url)] for url in spelt])
    assert site.asked["/a%20b.png"] == 1
    assert {element["image_id"] for element in rows["elements"]} == {image_id(picture(3))}
    assert len(rows["image_fetches"]) == 1


def test_a_candidate_of_several_images_is_asked_for_once(serve, tmp_path):
    site = serve({"/small.png": OK})
    elements = [[reference(site.url(f"/{number}.png"), site.url("/small.png"))] for number in range(5)]
    rows = once(site, tmp_path, elements)
    assert site.asked["/small.png"] == 1
    assert {element["image_id"] for element in rows["elements"]} == {image_id(picture(3))}


def test_a_host_that_is_down_is_left_alone(serve, tmp_path, later):
    site = serve({f"/{number}.png": DOWN for number in range(40)})
    fine = serve({"/a.png": OK})
    elements = [[reference(site.url(f"/{number}.png"))] for number in range(40)]
    elements.append([reference(fine.url("/a.png"))])
    rows = once(site, tmp_path, elements, allow_private=[site.host, fine.host], concurrency=2)
    asked = sum(count for path, count in site.asked.items() if path.endswith(".png"))
    assert breaker.HOST_FAILURES <= asked <= breaker.HOST_FAILURES + 1, "those in flight may end"
    by_outcome = [row["outcome"] for row in rows["image_fetches"]]
    assert (by_outcome.count("failed"), by_outcome.count("ok")) == (asked, 1)
    put_off = [row for row in rows["image_fetches"] if row["outcome"] == "deferred"]
    assert len(put_off) == 40 - asked
    for row in put_off:
        assert 0 < (row["next_try_at"] - row["tried_at"]).total_seconds() <= breaker.HOST_PAUSE
        assert (row["attempt"], row["reason"]) == (0, f"{site.host} is down")
    assert sum(row["rule"] == "missing" for row in rows["rejections"]) == 40
    account = FETCH.account(context_of(tmp_path))["hosts"]
    assert [(host["host"], host["images"], host["had"], host["success"]) for host in account] == [
        (site.host, 40, 0, 0.0),
        (fine.host, 1, 1, 1.0),
    ]


def context_of(tmp_path):
    from pipeline.stage import Context

    return Context(str(tmp_path / "data"), recipe_of(tmp_path), "build")


def test_an_answer_closes_the_breaker(tmp_path):
    one = breaker.Breaker(tmp_path)
    for _ in range(3):
        for _ in range(breaker.HOST_FAILURES - 1):
            one.failed("a.org")
        one.answered("a.org")
    assert one.open_until("a.org") is None
    for _ in range(breaker.HOST_FAILURES):
        one.failed("a.org")
    assert breaker.Breaker(tmp_path).open_until("a.org")[1] == "a.org is down"
    assert one.open_until("b.org") is None


def test_what_another_process_found_down_is_heeded_soon(tmp_path):
    import time

    one, other = breaker.Breaker(tmp_path), breaker.Breaker(tmp_path)
    assert one.open_until("a.org") is None
    for _ in range(breaker.HOST_FAILURES):
        other.failed("a.org")
    time.sleep(0.1)
    assert one.open_until("a.org")[1] == "a.org is down"
    one.answered("a.org")
    assert one.open_until("a.org") is None


def test_a_breaker_closes_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(breaker, "HOST_PAUSE", -1.0)
    one = breaker.Breaker(tmp_path)
    for _ in range(breaker.HOST_FAILURES):
        one.failed("a.org")
    assert one.open_until("a.org") is None


def test_when_no_name_resolves_nobody_is_asked(tmp_path, monkeypatch):
    import socket

    from pipeline.network import guard

    looked_up = []

    def down(host, *args, **kwargs):
        looked_up.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(guard, "_resolve", down)
    elements = [[reference(f"http://host{number}.example/x.png")] for number in range(30)]
    rows = build(tmp_path / "data", recipe_of(tmp_path, retries=0), elements)
    assert len(set(looked_up)) == breaker.NAME_FAILURES
    by_outcome = [(row["outcome"], row["reason"]) for row in rows["image_fetches"]]
    assert by_outcome.count(("failed", "name does not resolve")) == breaker.NAME_FAILURES
    assert by_outcome.count(("deferred", "no names resolve at present")) == 30 - breaker.NAME_FAILURES
    assert all(row["next_try_at"] is not None for row in rows["image_fetches"])


def test_robots_are_asked_for_once_by_all_chunks(serve, tmp_path):
    site = serve({f"/{number}.png": Answer(picture(number), headers=PNG) for number in range(100)})
    once(site, tmp_path, [[reference(site.url(f"/{number}.png"))] for number in range(100)])
    assert site.asked["/robots.txt"] == 1
    assert site.asked["/.well-known/tdmrep.json"] == 1


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_site_whose_robots_cannot_be_read_is_tried_later(serve, tmp_path, status):
    site = serve({"/robots.txt": Answer(status=status, headers={}), "/a.png": OK})
    rows = once(site, tmp_path, [[reference(site.url("/a.png"))]])
    assert site.asked["/a.png"] == 0
    (row,) = rows["image_fetches"]
    assert row["outcome"] == "failed"
    assert (row["next_try_at"] - row["tried_at"]).total_seconds() == pytest.approx(900, abs=1)


def test_a_long_robots_file_is_read_as_far_as_it_must_be(serve, tmp_path):
    rules = b"User-agent: *\nDisallow: /private/\n" + b"# words\n" * 200_000
    site = serve({"/robots.txt": Answer(rules, headers={}), "/private/a.png": OK, "/b.png": OK})
    rows = once(site, tmp_path, [[reference(site.url(path))] for path in ("/private/a.png", "/b.png")])
    assert site.asked["/private/a.png"] == 0
    assert {row["outcome"] for row in rows["image_fetches"]} == {"ok", "refused"}


RESERVED = (
    b'[{"location": "/mine/*", "tdm-reservation": 1}, {"location": "/mine/free/", "tdm-reservation": 0}]'
)


def test_what_a_site_reserves_is_not_asked_for(serve, tmp_path):
    site = serve({"/.well-known/tdmrep.json": Answer(RESERVED, headers={}), "/to.png": None})
    for path in ("/mine/a.png", "/mine/free/b.png", "/c.png"):
        site.answers[path] = OK
    site.answers["/to.png"] = Answer(status=302, headers={"Location": "/mine/a.png"})
    paths = ("/mine/a.png", "/mine/free/b.png", "/c.png", "/to.png")
    rows = once(site, tmp_path, [[reference(site.url(path))] for path in paths])
    assert site.asked["/mine/a.png"] == 0
    found = {
        row["image_url"].removeprefix(site.url("")): (row["outcome"], row["opt_out"])
        for row in rows["image_fetches"]
    }
    evidence = "/.well-known/tdmrep.json: /mine/*"
    assert found == {
        "/mine/a.png": ("opted_out", evidence),
        "/mine/free/b.png": ("ok", None),
        "/c.png": ("ok", None),
        "/to.png": ("opted_out", evidence),
    }


def test_pages_that_reserve_their_images(serve, tmp_path):
    site = serve({"/both.png": OK, "/one.png": OK, "/other.png": OK})
    elements = [
        [reference(site.url("/both.png")), reference(site.url("/one.png"))],
        [reference(site.url("/both.png")), reference(site.url("/other.png"))],
    ]
    recipe = recipe_of(tmp_path, allow_private=[site.host])
    from storage.schemas import table_of

    documents = table_of(
        "documents", [{"doc_id": "d0", "opt_out": "meta tdm-reservation: 1"}, {"doc_id": "d1"}]
    )
    dataset = str(tmp_path / "data")
    part = tables.write_part(dataset, "documents", "extract-1", documents)
    tables.commit(dataset, "documents", "extract", [part], app_id="test")
    rows = build(dataset, recipe, elements)
    assert extracted(elements).name == "extract"
    assert site.asked["/one.png"] == 0
    found = {row["image_url"][-9:]: (row["outcome"], row["opt_out"]) for row in rows["image_fetches"]}
    assert found["/both.png"] == found["other.png"] == ("ok", None)
    assert found[site.url("/one.png")[-9:]] == ("opted_out", "meta tdm-reservation: 1")


def test_hosts_have_limits_of_their_own(serve, tmp_path):
    import time

    site = serve({f"/{number}.png": Answer(picture(number), headers=PNG) for number in range(4)})
    elements = [[reference(site.url(f"/{number}.png"))] for number in range(4)]
    began = time.monotonic()
    once(site, tmp_path, elements, hosts=[{"host": site.host, "delay": 0.2, "concurrency": 2}])
    assert time.monotonic() - began >= 0.6


def test_a_row_comes_back_as_the_try_that_it_was(serve, tmp_path):
    site = serve({"/a.png": DOWN})
    once(site, tmp_path, [[reference(site.url("/a.png"))]])
    from pipeline.images.references import references

    (found,) = references(str(tmp_path / "data"), 10)
    (known,) = found.past
    (again,) = ledger.tries_of(known.tries)
    (row,) = tables.read(str(tmp_path / "data"), "image_fetches").to_pylist()
    assert isinstance(again, Try)
    assert again.row() == row
