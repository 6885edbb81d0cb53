import json
import time

import pytest

from pipeline.network.answers import SiteAnswers
from pipeline.network.reservations import reservations_from, reservations_url


def rules(*entries):
    return reservations_from(200, json.dumps(list(entries)).encode())


def entry(location, reserved):
    return {"location": location, "tdm-reservation": reserved}


@pytest.mark.parametrize(
    ("location", "path", "fits"),
    [
        ("/", "/a.png", True),
        ("/images/*", "/images/a.png", True),
        ("/images/*", "/other/a.png", False),
        ("*.png", "/x/a.png", True),
        ("*.png$", "/x/a.png?x=1", False),
        ("/a.png", "/axpng", False),
        ("/" + "*" * 50, "/a.png", True),
    ],
)
def test_locations(location, path, fits):
    assert bool(rules(entry(location, 1)).evidence(f"http://a.org{path}")) is fits


def test_the_longest_rule_counts():
    found = rules(entry("/a/", 1), entry("/a/b/", 0), entry("/", 0))
    assert found.evidence("http://a.org/a/x") == "/.well-known/tdmrep.json: /a/"
    assert found.evidence("http://a.org/a/b/x") is None
    assert found.evidence("http://a.org/x") is None
    assert rules(entry("/a/", 0), entry("/a/", 1)).evidence("http://a.org/a/") is not None


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[1, null, {}]", b'[{"location": 3}]', b"\xff", b"[" * 100_000]
)
def test_what_is_no_list_of_rules_reserves_nothing(body):
    assert reservations_from(200, body).evidence("http://a.org/x") is None


def test_no_file_reserves_nothing():
    body = json.dumps([entry("/", 1)]).encode()
    assert reservations_from(404, body).rules == reservations_from(None, body).rules == ()
    assert reservations_url("https://a.org:81/x?y") == "https://a.org:81/.well-known/tdmrep.json"


def test_stars_do_not_make_it_slow():
    began = time.monotonic()
    rules(entry("/" + "*a" * 9 + "$", 1)).evidence("http://a.org/" + "a" * 2000 + "b")
    rules(entry("/" + "*a" * 5000 + "$", 1)).evidence("http://a.org/" + "a" * 2000 + "b")
    assert time.monotonic() - began < 20


def test_answers_are_shared_and_age(tmp_path, monkeypatch):
    asked = []

    def ask(url):
        asked.append(url)
        return (200, b"words") if "good" in url else (None, b"")

    for _ in range(2):
        answers = SiteAnswers(ask, tmp_path)
        assert [answers.answer("good") for _ in range(2)] == [(200, b"words")] * 2
        assert answers.answer("bad") == (None, b"")
    assert asked == ["good", "bad"]
    real = time.time
    monkeypatch.setattr("pipeline.network.answers.time.time", lambda: real() + 1000)
    later = SiteAnswers(ask, tmp_path)
    assert (later.answer("good"), later.answer("bad")) == ((200, b"words"), (None, b""))
    assert asked == ["good", "bad", "bad"]
