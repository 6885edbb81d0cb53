"""The page: its sums are right, it loads and runs nothing of a document, and it says what is missing."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from flows.report.page import write_report
from flows.report.thumbnails import LARGE
from storage.errors import LooseleafError
from storage.queries import connect
from tests.flows.report.conftest import HOSTILE, build_tables

_LOADING = ("src", "srcset", "href", "poster", "action", "background", "xlink:href")


@pytest.fixture(scope="module")
def dataset_page(dataset: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("page") / "report.html"
    assert write_report(dataset, str(out)) == str(out)
    return out.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def run_page(run: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("page") / "report.html"
    write_report(run, str(out))
    return out.read_text(encoding="utf-8")


@pytest.fixture(params=["dataset_page", "run_page"])
def page(request: pytest.FixtureRequest) -> str:
    text = request.getfixturevalue(request.param)
    assert isinstance(text, str)
    return text


def test_the_equations_hold_and_match_sql(page: str, dataset: str) -> None:
    shown = LexborHTMLParser(page)
    documents = _numbers(shown, "documents")
    images = _numbers(shown, "images")
    assert documents[0] == sum(documents[1:])
    assert images[0] == sum(images[1:])
    with connect(dataset) as sql:
        kept = sql.execute("select count(*) from kept_documents").fetchone()
        read = sql.execute("select count(*) from documents").fetchone()
        states = dict(sql.execute("select state, count(*) from image_references group by 1").fetchall())
    assert kept is not None
    assert read is not None
    assert documents == [read[0], kept[0], read[0] - kept[0]]
    assert images[1:] == [states["kept"], states["rejected"], states["missing"]]
    assert documents[2] == 1
    assert images[2:] == [3, 1]


def test_a_documents_scripts_are_shown_and_never_run(page: str) -> None:
    parsed = LexborHTMLParser(page)
    assert len(parsed.css("script")) == 1
    assert not [node for node in parsed.css("*") if any(name.startswith("on") for name in node.attributes)]
    assert HOSTILE in parsed.body.text()
    # A policy that allows another script than the page's own would leave the page without any.
    script = page.rpartition("<script>")[2].partition("</script>")[0]
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in page


def test_the_page_loads_nothing(page: str) -> None:
    parsed = LexborHTMLParser(page)
    assert not parsed.css("link, iframe, object, embed, video, audio, base, form")
    for node in parsed.css("*"):
        for name in _LOADING:
            value = node.attributes.get(name)
            assert value is None or value.startswith(("data:image/", "#")), (node.tag, value)
    style = parsed.css_first("style").text()
    assert "url(" not in style
    assert "@import" not in style


def test_every_picture_decodes_and_is_small(page: str) -> None:
    pictures = re.findall(r'src="data:image/(?:png|jpeg);base64,([^"]+)"', page)
    assert pictures
    assert len(pictures) == page.count('src="data:')
    for encoded in set(pictures):
        with Image.open(io.BytesIO(base64.b64decode(encoded, validate=True))) as opened:
            opened.load()
            assert max(opened.size) <= LARGE


def test_each_image_keeps_its_place(dataset_page: str) -> None:
    leaf = next(leaf for leaf in LexborHTMLParser(dataset_page).css(".leaf") if HOSTILE in leaf.text())
    states = [figure.attributes["class"] for figure in leaf.css("figure")]
    assert states == ["image kept", "image missing", "image rejected", "image kept"]
    assert "missing: missing" in leaf.text()
    assert "rejected: format" in leaf.text()
    assert leaf.css_first(".caption").text().endswith("What the picture shows")
    assert [cell.text() for cell in leaf.css("td")] == ["1 | 2", "</td><script>alert(4)</script>"]
    assert len(leaf.css("ul > li")) == 2
    assert len(leaf.css(".boilerplate")) == 1


def test_links_lead_to_texts_of_the_page(run_page: str) -> None:
    parsed = LexborHTMLParser(run_page)
    links = parsed.css(".links a")
    assert links
    ids = {node.attributes.get("id") for node in parsed.css("[id]")}
    assert all((link.attributes["href"] or "")[1:] in ids for link in links)


def test_a_run_shows_all_of_itself(run_page: str) -> None:
    parsed = LexborHTMLParser(run_page)
    assert len(parsed.css("#training .curves svg")) == 4
    assert len(parsed.css(".matrix")) > 0
    assert len(parsed.css(".query")) > 0
    assert {part.text() for part in parsed.css("td.part")} >= {"pixels", "words", "both"}
    assert [head.text() for head in parsed.css("#metrics h3")] == ["Figure to paragraph", "Image to section"]
    steps = (parsed.css_first("#moment").attributes["data-steps"] or "").split()
    assert len(steps) > 2
    for cell in parsed.css(".grid i"):
        assert len((cell.attributes["data-shades"] or "").split()) == len(steps)


def test_the_diagnosis_is_said_and_drawn(run_page: str, run: str) -> None:
    section = LexborHTMLParser(run_page).css_first("#diagnosis")
    told = " ".join(section.text().split())
    held_out = json.loads((Path(run) / "diagnosis.json").read_text())["held_out"]
    assert f"on {held_out['documents']} documents of the test split" in told
    for finding in held_out["findings"]:
        assert " ".join(finding["sentence"].split())[1:] in told
        assert (finding["remedy"] in told) == (finding["verdict"] != "passed")
    titles = [caption.text().split()[0] for caption in section.css("figcaption")]
    assert titles[:6] == ["Plateau", "Temperature", "Loader", "Dimensions", "Modality", "Alignment"]
    assert len(section.css(".courses thead th")) > 3


def test_slices_are_drawn_or_said_to_be_too_small(run_page: str, run: str) -> None:
    section = LexborHTMLParser(run_page).css_first("#slices")
    told = " ".join(section.text().split())
    slices = json.loads((Path(run) / "metrics.json").read_text())["slices"]
    assert any(one["too_small"] for one in slices)
    for one in slices:
        shown = f"{one['name']} ({one['documents']})" if one["too_small"] else f"{one['name']} · "
        assert shown in told
    assert "What each part of an image adds" in told


def test_examples_are_marked_right_and_wrong(run_page: str) -> None:
    section = LexborHTMLParser(run_page).css_first("#examples")
    assert section.css("h3")
    for query in section.css(".query"):
        answers = query.css("ol > li")
        right = [answer for answer in answers if answer.attributes["class"] == "right"]
        assert right, "the first right answer is always shown"
        place = int(re.findall(r"right at place\s+(\d+)", query.text())[0])
        assert place == int(right[0].css_first("b").text())
        assert (answers[0].attributes["class"] == "right") == (place == 1)


def test_a_bench_is_shown_beside_each_other(dataset: str, tmp_path: Path) -> None:
    row = {"documents": 12.0, "in_doc_p_at_1": 0.4, "in_doc_auc_spread": 0.01}
    groups = {"clip_random": ("floor", 0.6), "unaligned": ("order-free", 0.8), "clip_true": ("ceiling", 0.9)}
    metrics = {
        f"{name}/pixels": {**row, "group": group, "in_doc_auc": auc} for name, (group, auc) in groups.items()
    }
    bench, page = tmp_path / "bench.json", tmp_path / "report.html"
    bench.write_text(json.dumps({"seeds": 2, "steps": {"A": 30}, "data": {"A": {"metrics": metrics}}}))
    write_report(dataset, str(page), str(bench))
    section = LexborHTMLParser(page.read_text(encoding="utf-8")).css_first("#comparison")
    assert "closes 67 % of the gap from random pairs (60.0) to true pairs (90.0)" in section.text()
    names = [name.text() for name in section.css_first("svg").css("text.name")]
    assert names == ["clip true", "unaligned", "clip random"]
    with pytest.raises(LooseleafError, match=r"give the bench\.json that"):
        write_report(dataset, str(page), str(tmp_path / "none.json"))


def test_a_dataset_without_a_run_says_so(dataset_page: str) -> None:
    parsed = LexborHTMLParser(dataset_page)
    said = " ".join(node.text() for node in parsed.css(".absent"))
    assert "no run" in said
    # Drawn as an example, and again because it is suspected.
    pairs = parsed.css("#negatives .pair")
    assert len(pairs) == 2
    assert all("suspected false, 0.41" in pair.text() for pair in pairs)
    assert "17 pairs as same document" in " ".join(parsed.css_first("#negatives").text().split())


def test_a_run_whose_dataset_is_gone_is_still_told(run: str, dataset: str, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(run, moved)
    told = (moved / "run.json").read_text(encoding="utf-8")
    (moved / "run.json").write_text(told.replace(dataset, str(tmp_path / "nowhere")), encoding="utf-8")
    page = (tmp_path / "report.html").resolve()
    write_report(str(moved), str(page))
    parsed = LexborHTMLParser(page.read_text(encoding="utf-8"))
    assert "no longer where it was" in parsed.css_first("#accounts").text()
    assert len(parsed.css("#training .curves svg")) == 4


def test_an_empty_dataset_has_a_page(tmp_path: Path) -> None:
    build_tables(str(tmp_path / "dataset"), {"documents": []})
    page = tmp_path / "report.html"
    write_report(str(tmp_path / "dataset"), str(page))
    parsed = LexborHTMLParser(page.read_text(encoding="utf-8"))
    assert _numbers(parsed, "documents") == [0, 0, 0]
    assert _numbers(parsed, "images") == [0, 0, 0, 0]


def test_nothing_at_a_place_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="neither a dataset nor a run"):
        write_report(str(tmp_path / "nothing"), str(tmp_path / "report.html"))


def _numbers(page: LexborHTMLParser, name: str) -> list[int]:
    return [int(re.sub(r"\D", "", node.text())) for node in page.css(f"[data-equation={name}] b")]
