from __future__ import annotations

import pytest

from pipeline.privacy.mask import mask

ALL = ("email", "phone", "address", "user")

MASKED = [
    ("Write to jane.doe@example.com.", "Write to [email]."),
    ("<a.b+c@mail.tu-berlin.de>", "<[email]>"),
    ("author_email='gumyr@users.noreply.github.com'", "author_email='[email]'"),
    ("x1@iitb.ac.in, y@firma.at", "[email], [email]"),
    ("Tel.: 030 1234567", "Tel.: [phone]"),
    ("phone (555) 010-9999 or fax: 555 0100 111", "phone [phone] or fax: [phone]"),
    ("call +49 89 1234 5678 now", "call [phone] now"),
    ("+1-202-555-0143", "[phone]"),
    ("+44 (0)20 7946 0958", "[phone]"),
    ("(202) 555-0143", "[phone]"),
    ("mounted from 192.168.1.20:/data", "mounted from [ip-address]:/data"),
    ("ssh 10.1.2.3", "ssh [ip-address]"),
    ("server: 10.0.0.5:8080", "server: [ip-address]:8080"),
    ("license server at 141.30.66.12", "license server at [ip-address]"),
    ("http://203.0.113.7/x", "http://[ip-address]/x"),
    ("fe80::1ff:fe23:4567:890a%eth2", "[ip-address]%eth2"),
    ("2001:0db8:85a3:0000:0000:8a2e:0370:7334", "[ip-address]"),
    ("HWaddr 00:1B:44:11:3A:B7", "HWaddr [mac-address]"),
    ("00-1B-44-11-3A-B7", "[mac-address]"),
    ("/home/jdoe/runs/case1", "/home/[user]/runs/case1"),
    ("file:///Users/mmeier/plate.inp", "file:///Users/[user]/plate.inp"),
    (r"C:\Users\Jane Doe\case.inp", r"C:\Users\[user]\case.inp"),
    (r"open('C:\\Users\\jane\\x')", r"open('C:\\Users\\[user]\\x')"),
]

LEFT = [
    "Version 1.2.3.4 of the solver",
    "OpenFOAM v2312, Abaqus 6.14.1.2",
    "See section 3.1.2.4 and 10.1.2.3 below",
    "release 172.20.1.4",
    "Windows 10.0.19041.1 and 127.0.0.1 and 0.0.0.0",
    "pip install numpy==1.26.4.0",
    "DIN 912 M8 x 20, part no. 4711-0815-42-001",
    "ISO 10303-214:2010, EN 10025-2",
    "12.5 +0.05 -0.02 mm, 40 +0.1/-0.2",
    "F = +1234567.89 N, dx = +1.234e-05",
    "residuals 1.2e-05 3.4e-06 5.6e-07",
    "2024-05-17 12:34:56, 17.05.2024",
    "time 12:34:56:78, ratio 10:20:30:40:50:60",
    "std::vector<int> a::b, dead::beef, cafe::babe::x",
    "u = K@f.T; y = A@x.sum(axis=0); z = w@v.to(device); q = m@n.at[0]",
    "@property def f(self): ... @staticmethod",
    "git@github.com:org/repo.git",
    "git clone gitolite@git.dev.example.org:occt <path>",
    "E = 210 000 MPa; nu = 0.3; 1 000 000 000 cycles",
    "nodes 100 200 300 400 500 600",
    "row +12 345 678",
    "elements 1001-1002-1003-1004, 555-1234",
    "tel 5",
    "the phone bracket 12.50 mm",
    "/home/user/x and /home/runner/work and C:\\Users\\Public\\x",
    "https://example.org/home/about/index.html",
    "x = 255.255.255.0",
    "pressure 1.013 bar at 20.5 C, 4.5.6",
    "Fax machine model 2000",
    "UUID 123e4567-e89b-12d3-a456-426614174000",
    "sha256 00:11 22:33, 0x1F 0xAB",
    "a[1::2], b[::-1], c[2::3]",
    "1 2 3 4 5 6 7 8 9 10 11 12 13",
]


@pytest.mark.parametrize(("text", "expected"), MASKED)
def test_personal_data_is_masked_by_kind(text: str, expected: str) -> None:
    assert mask(text, ALL)[0] == expected
    assert mask(text, ())[0] == text


@pytest.mark.parametrize("text", LEFT)
def test_numbers_of_engineering_are_left(text: str) -> None:
    assert mask(text, ALL) == (text, 0)


def test_masks_are_counted_and_not_masked_again() -> None:
    text = "jane@example.com, tel: +49 30 1234567, 192.168.0.9"
    masked, count = mask(text, ALL)
    assert (masked, count) == ("[email], tel: [phone], [ip-address]", 3)
    assert mask(masked, ALL) == (masked, 0)


def test_only_the_kinds_that_are_asked_for() -> None:
    text = "jane@example.com at 192.168.0.9 in /home/jane/x"
    assert mask(text, ("user",)) == ("jane@example.com at 192.168.0.9 in /home/[user]/x", 1)
