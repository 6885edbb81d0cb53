"""What a frontier promises, whatever database it is in (`tests/system/crawl` runs these on Postgres)."""

import random
import threading
import time
from dataclasses import replace

from pipeline.crawl.frontier.claim import Limits, Verdict, claim_next, take_turn
from pipeline.crawl.frontier.entries import (
    Found,
    Pace,
    Record,
    Refusal,
    Settlement,
    pack_links,
    pack_text,
    unpack_links,
    unpack_text,
)
from pipeline.crawl.frontier.rounds import begin_round, kept_records, progress, refusals
from pipeline.crawl.frontier.settle import MAX_HOPS, settle
from pipeline.crawl.frontier.warcs import all_warcs, forget_records, last_warc, new_warc
from pipeline.crawl.frontier.workers import renew_leases, take_over

LIMITS = Limits(delay=0.0, concurrency=4, max_pages=1000, max_bytes=10**9, lease=30.0)
HOST = "http://a.org"


def allow(url, robots):
    return Verdict()


def url(number, host=HOST):
    return f"{host}/{number}"


def begin(database, *urls, round_number=1):
    begin_round(database, round_number, [Found(one, 0) for one in urls])


def answer_robots(database, worker="w", limits=LIMITS):
    """Settle each robots.txt that is due; return the first claim that is none."""
    while (claim := claim_next(database, worker, limits, allow)) is not None and claim.kind == "robots":
        done = Settlement(404, payload=pack_text(""), expires=database.now() + 1000)
        assert settle(database, claim, done, None, limits.max_pages)
    return claim


def kept(database, claim, *, at=0, found=(), warc=None, number=0, worker="w", **more):
    name = warc or new_warc(database, worker)
    record = Record(name, at, 10, number, "text/html", f"digest of {claim.url}")
    return Settlement(200, record=record, found=found, payload=pack_links(found), transferred=7, **more)


def finish(database, claim, settlement, max_pages=1000):
    return settle(database, claim, settlement, None, max_pages)


def crawl_all(database, answer, worker="w", limits=LIMITS):
    """Settle all that can be claimed with what `answer` says; return the URLs as they were claimed."""
    asked = []
    while (claim := answer_robots(database, worker, limits)) is not None:
        asked.append(claim.url)
        finish(database, claim, answer(claim), limits.max_pages)
    return asked


def test_robots_come_first_and_pages_by_depth(open_frontier):
    database = open_frontier()
    begin(database, url("a"), url("b"))
    first = claim_next(database, "w", LIMITS, allow)
    assert first.url == f"{HOST}/robots.txt"
    assert claim_next(database, "w", LIMITS, allow) is None, "without robots.txt nothing may be asked"
    finish(database, first, Settlement(404, expires=database.now() + 100))
    claim = claim_next(database, "w", LIMITS, allow)
    assert claim.url == url("a")
    deep = [Found(url("deep"), 1), Found(url("b"), 1), Found(url("a"), 1)]
    finish(database, claim, kept(database, claim, found=deep))
    assert crawl_all(database, lambda one: kept(database, one)) == [url("b"), url("deep")]
    assert progress(database).pages == 3
    assert progress(database).bytes == 21


def test_a_claim_is_given_once_and_a_host_to_one_process(open_frontier):
    """Four threads with connections of their own: no URL is given twice, no host to two at once."""
    first = open_frontier()
    hosts = [f"http://h{number}.org" for number in range(5)]
    begin(first, *(url(number, host) for number in range(20) for host in hosts))
    owners = {}
    seen = []
    wrong = []
    lock = threading.Lock()

    def work(worker, database):
        chance = random.Random(worker)
        idle = 0
        while idle < 50:
            claim = claim_next(database, worker, LIMITS, allow)
            if claim is None:
                idle += 1
                time.sleep(0.005)
                continue
            idle = 0
            with lock:
                seen.append(claim.url)
                if owners.setdefault(claim.host, worker) != worker:
                    wrong.append((claim.host, owners[claim.host], worker))
            time.sleep(chance.uniform(0, 0.002))
            if claim.kind == "robots":
                settle(database, claim, Settlement(404, expires=database.now() + 100), None, 1000)
            else:
                settle(database, claim, kept(database, claim, worker=worker), None, 1000)

    threads = [
        threading.Thread(target=lambda name: work(name, open_frontier()), args=(f"w{number}",))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(seen) == len(set(seen)) == 105
    assert progress(first).pages == 100


def test_a_dead_process_loses_its_hosts_and_can_settle_nothing_any_more(open_frontier):
    database, other = open_frontier(), open_frontier()
    limits = replace(LIMITS, lease=0.2, delay=0.3)
    begin(database, url("a"))
    answer_robots_with_delay(database, limits)
    claim = wait_for_claim(database, "dead", limits)
    assert claim_next(other, "alive", limits, allow) is None
    renew_leases(other, "alive", limits.lease, limits.delay)
    assert claim_next(other, "alive", limits, allow) is None, "its lease still runs"
    time.sleep(0.3)
    before = other.now()
    renew_leases(other, "alive", limits.lease, limits.delay)
    again = wait_for_claim(other, "alive", limits)
    assert again.url == claim.url
    assert other.now() - before >= limits.delay, "the dead one may have asked at its last moment"
    assert not finish(database, claim, kept(database, claim)), "the dead one wakes up, and is too late"
    assert finish(other, again, kept(other, again))
    assert progress(database).pages == 1


def answer_robots_with_delay(database, limits):
    claim = wait_for_claim(database, "dead", limits)
    finish(database, claim, Settlement(404, expires=database.now() + 100))


def wait_for_claim(database, worker, limits):
    until = time.monotonic() + 10
    while (claim := claim_next(database, worker, limits, allow)) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    return claim


def test_a_process_that_starts_again_takes_its_own_back_at_once(open_frontier):
    database = open_frontier()
    begin(database, url("a"))
    claim = answer_robots(database)
    take_over(database, "w", 0.0)
    again = claim_next(database, "w", LIMITS, allow)
    assert again.url == claim.url
    assert again.token != claim.token


def test_processes_share_the_hosts(open_frontier):
    database = open_frontier()
    begin(database, *(url(0, f"http://h{number}.org") for number in range(6)))
    assert renew_leases(database, "first", 30.0, 0.0) == 6
    while (claim := answer_robots(database, "first")) is not None:
        finish(database, claim, Settlement(retry_at=database.now() + 0.2))
    time.sleep(0.25)
    assert renew_leases(database, "second", 30.0, 0.0) == 3
    assert claim_next(database, "second", LIMITS, allow) is None, "all hosts are the first one's"
    assert renew_leases(database, "first", 30.0, 0.0) == 3
    assert claim_next(database, "third", replace(LIMITS, max_hosts=0), allow) is None
    share = replace(LIMITS, max_hosts=3)
    claims = {
        name: [claim_next(database, name, share, allow) for _ in range(4)] for name in ("first", "second")
    }
    hosts = {name: {claim.host for claim in taken if claim} for name, taken in claims.items()}
    assert [len(taken) for taken in hosts.values()] == [3, 3]
    assert not hosts["first"] & hosts["second"]


def test_turns_of_a_host_are_apart_whoever_takes_them(open_frontier):
    database = open_frontier()
    limits = replace(LIMITS, delay=0.2)
    begin(database, url("a"), url("b"))
    now = database.now()
    assert claim_next(database, "w", limits, allow) is not None
    turn = take_turn(database, "a.org", 0.2)
    assert now + 0.2 <= turn <= database.now() + 0.2
    assert take_turn(database, "a.org", 0.2) >= turn + 0.2 - 1e-6
    assert take_turn(database, "new.org", 0.2) <= database.now()


def test_what_robots_forbids_is_settled_without_a_request(open_frontier):
    database = open_frontier()
    begin(database, url("private/a"), url("open"))

    def judge(page, robots):
        return Verdict(Refusal(page, "robots", "no") if "private" in page else None, delay=1.0)

    finish(database, claim_next(database, "w", LIMITS, judge), Settlement(200, expires=database.now() + 100))
    claim = claim_next(database, "w", LIMITS, judge)
    assert (claim.url, claim.delay) == (url("open"), 1.0)
    assert [(one.url, one.rule) for one in refusals(database)] == [(url("private/a"), "robots")]


def test_budgets_end_a_crawl_exactly(open_frontier):
    database = open_frontier()
    limits = replace(LIMITS, max_pages=3)
    begin(database, *(url(number) for number in range(9)))
    claims = [answer_robots(database, limits=limits)]
    claims += [claim_next(database, "w", limits, allow) for _ in range(3)]
    assert claims[3] is None, "no more are asked for than there is room"
    for claim in claims[:3]:
        assert finish(database, claim, kept(database, claim), 3)
    assert claim_next(database, "w", limits, allow) is None
    begin(database, *(url(number) for number in range(9)), round_number=2)
    limits = replace(LIMITS, max_bytes=14)
    assert len(crawl_all(database, lambda one: kept(database, one), limits=limits)) == 2


def test_a_failure_waits_and_other_urls_go_on(open_frontier):
    database = open_frontier()
    begin(database, url("a"), url("b"))
    claim = answer_robots(database)
    finish(database, claim, Settlement(retry_at=database.now() + 0.3))
    assert answer_robots(database).url == url("b")
    again = wait_for_claim(database, "w", LIMITS)
    assert (again.url, again.attempts) == (url("a"), 1)


def test_a_pace_is_kept(open_frontier):
    database = open_frontier()
    begin(database, url("a"), url("b"))
    claim = answer_robots(database)
    begun = database.now()
    settle(database, claim, kept(database, claim), Pace(0.1, begun + 0.4), 1000)
    again = wait_for_claim(database, "w", LIMITS)
    assert database.now() - begun >= 0.4
    assert again.delay == 0.1


def test_redirects_end(open_frontier):
    database = open_frontier()

    def redirect(claim):
        number = int(claim.url.rpartition("/")[2])
        target = {0: 1, 1: 2, 2: 0}.get(number, number + 1)
        found = [Found(url(target), claim.depth, hops=claim.hops + 1)]
        return Settlement(301, found=found, payload=pack_links(found))

    begin(database, url(0), url(100))
    asked = crawl_all(database, redirect)
    rules = {one.url: one.rule for one in refusals(database)}
    assert rules == {url(2): "redirect_loop", url(100 + MAX_HOPS): "too_many_redirects"}
    assert len(asked) == 3 + MAX_HOPS + 1


def test_a_second_round_keeps_changes_and_drops(open_frontier):
    database = open_frontier()
    pages = {"same": "keep", "changed": "change", "gone": "drop", "down": "fail"}
    links = [Found(url(name), 1) for name in pages] + [Found(url("orphan"), 1)]
    name = new_warc(database, "w")
    places = iter(range(0, 1000, 10))

    def first(claim):
        found = links if claim.url == url("index") else ()
        return kept(database, claim, found=found, warc=name, at=next(places), etag='"1"')

    begin(database, url("index"))
    crawl_all(database, first)
    before = dict(kept_records(database))
    assert len(before) == 6

    def second(claim):
        assert claim.has_record
        assert claim.etag == '"1"'
        if claim.url == url("index"):
            return kept(database, claim, found=links[:-1], warc=name, at=next(places))
        what = pages[claim.url.rpartition("/")[2]]
        refusal = Refusal(claim.url, "http_404", "gone")
        return {
            "keep": Settlement(304, unchanged=True),
            "change": kept(database, claim, warc=name, at=500),
            "drop": Settlement(404, refusal=refusal),
            "fail": Settlement(503, refusal=replace(refusal, rule="http_503"), unchanged=True),
        }[what]

    begin(database, url("index"), round_number=2)
    crawl_all(database, second)
    after = dict(kept_records(database))
    assert set(after) == {url("index"), url("same"), url("changed"), url("down")}
    assert after[url("same")] == before[url("same")]
    assert after[url("down")] == before[url("down")]
    assert after[url("changed")].at == 500
    assert {one.url: one.rule for one in refusals(database)} == {
        url("gone"): "http_404",
        url("down"): "http_503",
    }


def test_an_unchanged_page_leads_where_it_led(open_frontier):
    database = open_frontier()
    begin(database, url("index"))
    links = [Found(url("a"), 1), Found(url("b"), 1)]
    crawl_all(database, lambda claim: kept(database, claim, found=links if claim.depth == 0 else ()))
    begin(database, url("index"), round_number=2)
    asked = crawl_all(database, lambda claim: Settlement(304, unchanged=True))
    assert asked == [url("index"), url("a"), url("b")]


def test_a_sitemap_saves_requests_only_where_the_server_gives_no_validators(open_frontier):
    database = open_frontier()
    old, new = 1000.0, time.time() + 1e6
    entries = [("none/old", old), ("none/new", new), ("etag/old", old), ("none/unsaid", None)]
    found = [Found(url(name), 0, lastmod=lastmod) for name, lastmod in entries]

    def answer(claim):
        return kept(database, claim, etag='"1"' if "etag" in claim.url else None)

    for number in (1, 2):
        begin_round(database, number, found)
        asked = crawl_all(database, answer)
    assert asked == [url("none/new"), url("etag/old"), url("none/unsaid")]
    assert len(dict(kept_records(database))) == 4


def test_a_round_begins_once(open_frontier):
    database = open_frontier()
    begin(database, url("a"))
    claim = answer_robots(database)
    begin(database, url("other"))
    assert finish(database, claim, kept(database, claim)), "it goes on as if nothing had been said"
    assert answer_robots(database) is None


def test_what_a_disk_lost_is_asked_again(open_frontier):
    database = open_frontier()
    begin(database, url("a"), url("b"))
    name = new_warc(database, "w")
    assert last_warc(database, "w").committed == 0
    places = iter((0, 10))
    crawl_all(database, lambda claim: kept(database, claim, warc=name, at=next(places)))
    assert all_warcs(database)[0].committed == 20
    forget_records(database, name, 15)
    assert all_warcs(database)[0].committed == 10
    assert progress(database).pages == 1
    assert crawl_all(database, lambda claim: kept(database, claim, warc=name, at=10)) == [url("b")]


def test_links_and_texts_come_back():
    found = [Found("http://a.org/x?y=1", 3), Found("http://a.org/s.xml", 3, "sitemap", lastmod=1.5)]
    assert unpack_links(pack_links(found), 3) == found
    assert unpack_links(None, 0) == []
    assert unpack_links(pack_links([]), 0) == []
    assert unpack_text(pack_text("User-agent: *\n")) == "User-agent: *\n"
