import pytest

from pipeline.network.agent import product_token, user_agent
from pipeline.network.robots import RobotsCache, robots_url, rules_from

TEXT = b"User-agent: *\nDisallow: /all/\n\nUser-agent: Looseleaf\nDisallow: /ours/\nAllow: /ours/open/\n"


@pytest.mark.parametrize(
    ("status", "answer"), [(None, False), (500, False), (503, False), (429, False), (302, False)]
)
def test_a_site_that_cannot_say_means_no(status, answer):
    assert rules_from(status, b"").allows("http://a.org/x", "Looseleaf") is answer


@pytest.mark.parametrize("status", [404, 403, 410])
def test_a_site_without_rules_means_yes(status):
    assert rules_from(status, TEXT).allows("http://a.org/ours/", "Looseleaf")


def test_our_own_rules_come_before_those_for_everyone():
    rules = rules_from(200, TEXT)
    agent = user_agent(None)
    assert not rules.allows("http://a.org/ours/x.png", agent)
    assert rules.allows("http://a.org/ours/open/x.png", agent)
    assert rules.allows("http://a.org/all/x.png", agent)
    assert not rules.allows("http://a.org/all/x.png", "Other/1.0")


def test_each_site_is_asked_once():
    asked = []

    def ask(url):
        asked.append(url)
        return 200, TEXT

    cache = RobotsCache(ask)

    def allows(url):
        return cache.rules(url).allows(url, "Looseleaf")

    assert [allows(f"http://a.org:81/{path}") for path in ("ours/x", "y", "z")] == [False, True, True]
    assert not allows("https://a.org:81/ours/x")
    assert asked == ["http://a.org:81/robots.txt", "https://a.org:81/robots.txt"]
    assert robots_url("http://a.org/a/b?c") == "http://a.org/robots.txt"


def test_the_agent_is_honest():
    assert user_agent(None).startswith("Looseleaf/")
    assert "Mozilla" not in user_agent(None)
    assert product_token(user_agent(None)) == "Looseleaf"
    assert user_agent("Mine/2") == "Mine/2"
