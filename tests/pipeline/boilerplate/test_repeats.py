from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.boilerplate.margins import MARGINS, REACH, margin_rows
from pipeline.boilerplate.repeats import MarginRow, repeated_by_file, repeated_ends
from pipeline.extract.element import Element
from storage.staging import publish_staging, write_staging

Page = list[Element]


def page(*texts: str, **more: object) -> Page:
    return [
        Element(position=at, kind="heading" if text.startswith("# ") else "text", text=text)
        for at, text in enumerate(texts)
    ]


def site(
    number: int, head: tuple[str, ...] = ("Acme Tools",), foot: tuple[str, ...] = ("Acme 2020",)
) -> list[Page]:
    return [page(*head, f"# Part {i}", f"What part {i} does.", *foot) for i in range(number)]


def marked(folder: Path, pages: dict[str, Page], files: int = 1) -> dict[str, list[str]]:
    """Return the texts that are marked in each page, by its address."""
    groups: list[list[str]] = [[] for _ in range(files)]
    for at, url in enumerate(pages):
        groups[at % files].append(url)
    parts = []
    for at, group in enumerate(groups):
        rows = [row for url in group for row in margin_rows(url, "s", url, pages[url])]
        parts.append(
            write_staging(str(folder), "margins", f"extract-{at}", pa.Table.from_pylist(rows, schema=MARGINS))
        )
    publish_staging(str(folder), "extract", parts)
    found = {url: shares for _, shown in repeated_by_file(str(folder)) for url, shares in shown.items()}
    return {
        url: [pages[url][position].text or "" for position in sorted(found.get(url, {}))]
        for url in sorted(pages)
    }


def addressed(pages: list[Page], host: str = "x.org") -> dict[str, Page]:
    return {f"http://{host}/docs/{number}.html": each for number, each in enumerate(pages)}


def test_head_and_foot_of_many_pages_are_marked_and_what_is_the_pages_own_is_not(tmp_path: Path) -> None:
    found = marked(tmp_path, addressed(site(12)))
    assert set(map(tuple, found.values())) == {("Acme Tools", "Acme 2020")}


def test_a_page_alone_and_a_few_pages_are_not_marked(tmp_path: Path) -> None:
    for count in (1, 4):
        assert not any(marked(tmp_path / str(count), addressed(site(count))).values())


def test_pages_of_other_hosts_say_nothing(tmp_path: Path) -> None:
    pages = {
        url: each for n, each in enumerate(site(8)) for url, each in addressed([each], f"h{n}.org").items()
    }
    assert len(pages) == 8
    assert not any(marked(tmp_path, pages).values())


def test_copies_of_one_page_are_one_page(tmp_path: Path) -> None:
    assert not any(marked(tmp_path, addressed(site(1) * 20)).values())


def test_what_repeats_amid_the_content_stays(tmp_path: Path) -> None:
    pages = []
    for number in range(10):
        figure = [
            Element(position=3, kind="image", image_url="http://x.org/same.png", figure=0),
            Element(position=4, kind="text", text="The same plate.", caption_of=3, figure=0),
        ]
        pages.append([*page("Acme Tools", f"# Part {number}", "Needs a licence."), *figure])
    found = marked(tmp_path, addressed(pages))
    assert set(map(tuple, found.values())) == {("Acme Tools",)}


def test_a_repeated_heading_that_begins_the_content_stays(tmp_path: Path) -> None:
    found = marked(tmp_path, addressed(site(10, head=("Acme Tools", "# NAME"))))
    assert found["http://x.org/docs/3.html"] == ["Acme Tools", "Acme 2020"]


def test_the_order_and_the_files_of_documents_change_nothing(tmp_path: Path) -> None:
    pages = addressed([*site(7), *site(6, head=("Other", "Menu")), *site(3, foot=("Last",))])
    first = marked(tmp_path / "first", pages)
    assert any(first.values())
    for seed in range(3):
        shuffled = list(pages.items())
        random.Random(seed).shuffle(shuffled)
        assert marked(tmp_path / str(seed), dict(shuffled), files=1 + seed) == first
    assert marked(tmp_path / "first", pages) == first


def test_long_pages_keep_few_rows(tmp_path: Path) -> None:
    long = page(*[f"Line {number}" for number in range(10_000)])
    rows = margin_rows("d", "s", "http://x.org/a", long)
    assert len(rows) == 2 * REACH
    assert {row["position"] for row in rows} == {*range(REACH), *range(10_000 - REACH, 10_000)}


ROWS = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.sampled_from([0.0, 0.0, 0.5])), min_size=1, max_size=12
)


@given(ROWS)
def test_marks_are_runs_from_the_ends_and_marking_again_adds_none(
    drawn: list[tuple[bool, bool, float]],
) -> None:
    rows = [
        MarginRow(at, len(drawn) - 1, heading, marked, share)
        for at, (heading, marked, share) in enumerate(drawn)
    ]
    found = repeated_ends(rows)
    done = {row.position for row in rows if row.marked} | set(found)
    for position, share in found.items():
        assert share > 0
        assert set(range(position)) <= done or set(range(position, len(rows))) <= done
    again = [MarginRow(row.position, row.last, row.heading, row.position in done, row.share) for row in rows]
    assert not repeated_ends(again)
