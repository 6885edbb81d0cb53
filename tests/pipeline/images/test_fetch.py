import hashlib
import os
from io import BytesIO

import pytest
from PIL import Image

from pipeline.images.fetch import FETCH
from pipeline.images.resolve import RESOLVE
from pipeline.images.stage import IMAGES
from pipeline.recipe import recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Chunk, Context, Stage
from storage import tables
from storage.schemas import table_of
from tests.pipeline.network.loopback import Answer

PNG = {"Content-Type": "image/png"}


def picture(shade, size=(120, 100)):
    buffer = BytesIO()
    image = Image.new("L", size, shade)
    image.paste(255 - shade, (10, 10, 60, 50))
    image.save(buffer, "PNG")
    return buffer.getvalue()


def image_id(data):
    return hashlib.sha256(data).hexdigest()


def extracted(elements, blobs=()):
    """Stand in for the stage that reads documents: one document for each list of elements."""
    import pyarrow as pa

    def process(context, chunk):
        number = chunk.inputs["number"]
        rows = [
            {"doc_id": f"d{number}", "position": i, "kind": "image"} | element
            for i, element in enumerate(elements[number])
        ]
        stored = pa.table(
            {"image_id": [image_id(data) for data in blobs], "bytes": list(blobs)},
            schema=pa.schema([("image_id", pa.string()), ("bytes", pa.large_binary())]),
        )
        return {"staging/read_elements": table_of("elements", rows), "staging/blobs": stored}

    def plan(context):
        return (Chunk({"number": i, "elements": elements[i]}) for i in range(len(elements)))

    return Stage("extract", (), plan, process, lambda recipe: {})


def build(dataset, recipe, elements, blobs=()):
    context = Context(str(dataset), recipe, "build")
    for stage in (extracted(elements, blobs), FETCH, RESOLVE, IMAGES):
        run_stage(stage, context, execute_here, lambda done, total: None)
    return {
        name: tables.read(str(dataset), name).to_pylist()
        for name in ("image_fetches", "elements", "images", "rejections")
    }


def recipe_of(root, **network):
    source = {"kind": "files", "name": "files", "root": str(root)}
    return recipe_from_dict(
        {"name": "t", "sources": [source], "network": {"timeout": 3, "retries": 1} | network}
    )


def reference(*urls, **more):
    return {"image_url": urls[0], "image_candidates": list(urls)} | more


def test_files_are_hashed_in_place_and_the_next_candidate_is_taken(tmp_path):
    root, dataset = tmp_path / "files", tmp_path / "data"
    root.mkdir()
    (root / "a b.png").write_bytes(picture(10))
    (root / "c.png").write_bytes(picture(20))
    (root / "empty.png").write_bytes(b"")
    (tmp_path / "secret.png").write_bytes(picture(30))
    (root / "link.png").symlink_to(tmp_path / "secret.png")
    inline = picture(40)
    elements = [
        [
            reference(f"{root}/a%20b.png"),
            reference(f"{root}/gone.png", f"file://{root}/c.png?v=2"),
            reference("doc#inline-2", image_id=image_id(inline)),
            {"kind": "text", "text": "words"},
        ],
        [
            reference(f"{root}/a%20b.png"),
            reference(f"{root}/gone2.png"),
            reference(f"{root}/empty.png"),
            reference(f"{root}/../secret.png"),
            reference(f"{root}/link.png"),
            reference("file:///etc/passwd"),
        ],
    ]
    rows = build(dataset, recipe_of(root), elements, [inline])
    had = {(e["doc_id"], e["position"]): e["image_id"] for e in rows["elements"]}
    assert len(had) == 10
    assert had["d0", 0] == had["d1", 0] == image_id(picture(10))
    assert had["d0", 1] == image_id(picture(20))
    assert had["d0", 2] == image_id(inline)
    assert [had["d1", i] for i in range(1, 6)] == [None] * 5
    outcomes = {row["image_url"]: (row["outcome"], row["reason"]) for row in rows["image_fetches"]}
    assert outcomes[f"{root}/gone.png"] == ("failed", "no such file")
    assert outcomes[f"file://{root}/c.png?v=2"] == ("ok", None)
    assert outcomes["doc#inline-2"] == ("ok", None)
    assert outcomes[f"{root}/empty.png"] == ("failed", "empty")
    for url in (f"{root}/../secret.png", f"{root}/link.png", "file:///etc/passwd"):
        assert outcomes[url] == ("refused", "outside the folders of the sources")
    assert all(row["tried_at"] is None for row in rows["image_fetches"])
    missing = {row["unit_id"] for row in rows["rejections"]}
    assert missing == {e["image_url"] for e in rows["elements"] if e["image_url"] and not e["image_id"]}
    assert {row["rule"] for row in rows["rejections"]} == {"missing"}
    assert {row["image_id"] for row in rows["images"]} == {
        image_id(picture(10)),
        image_id(picture(20)),
        image_id(inline),
    }
    versions = {name: tables.version(str(dataset), name) for name in ("elements", "images", "image_fetches")}
    assert build(dataset, recipe_of(root), elements, [inline]) == rows
    assert {name: tables.version(str(dataset), name) for name in versions} == versions


def test_a_file_that_changed_is_read_again(tmp_path):
    root = tmp_path / "files"
    root.mkdir()
    path = root / "a.png"
    path.write_bytes(picture(10))
    before = build(tmp_path / "data", recipe_of(root), [[reference(str(path))]])
    path.write_bytes(picture(60))
    os.utime(path, (1, 1))
    after = build(tmp_path / "data", recipe_of(root), [[reference(str(path))]])
    assert [row["image_id"] for row in before["images"]] == [image_id(picture(10))]
    assert [row["image_id"] for row in after["images"]] == [image_id(picture(60))]


def test_images_of_a_server(serve, tmp_path):
    other, allowed = (
        serve({"/x.png": Answer(picture(1), headers=PNG)}),
        serve({"/y.png": Answer(picture(2), headers=PNG)}),
    )
    ok = Answer(picture(3), headers=PNG)
    opted = {name: Answer(picture(9), headers=PNG | headers) for name, headers in _OPTED_OUT.items()}
    site = serve(
        {
            "/robots.txt": Answer(b"User-agent: *\nDisallow: /private/\n", headers={}),
            "/ok.png": ok,
            "/private/x.png": ok,
            "/later.png": [Answer(status=503, headers={"Retry-After": "0"}), ok],
            "/never.png": Answer(status=503, headers={}),
            "/to-other.png": Answer(status=302, headers={"Location": other.url("/x.png")}),
            "/to-allowed.png": Answer(status=302, headers={"Location": allowed.url("/y.png")}),
            "/to-private.png": Answer(status=302, headers={"Location": "/private/x.png"}),
            "/to-file.png": Answer(status=302, headers={"Location": "file:///etc/hostname"}),
            "/empty.png": Answer(b"", headers=PNG),
            "/big.png": Answer(b"\x89PNG" + b"x" * 9000, headers=PNG),
        }
        | {f"/{name}": answer for name, answer in opted.items()}
    )
    names = [name for name in site.answers if name != "/robots.txt"]
    elements = [[reference(site.url(name)) for name in (*names, "/gone.png")]]
    elements[0].append(reference(site.url("/gone2.png"), site.url("/ok.png")))
    elements[0].append(reference("http://nowhere.invalid/x.png"))
    elements[0].append(reference(other.url("/x.png")))
    recipe = recipe_of(tmp_path / "files", allow_private=[site.host, allowed.host])
    recipe = recipe.model_copy(update={"images": recipe.images.model_copy(update={"max_bytes": 8000})})
    rows = build(tmp_path / "data", recipe, elements)
    last = {
        row["image_url"].removeprefix(site.url("")): row
        for row in sorted(rows["image_fetches"], key=_attempt)
    }

    assert site.asked["/private/x.png"] == 0
    assert other.asked == {}
    assert allowed.asked["/robots.txt"] == 1
    assert site.asked["/robots.txt"] == 1
    assert all(agent.startswith("Looseleaf/") for agent in site.agents | allowed.agents)
    had = {
        e["image_url"].removeprefix(site.url("")): e["image_id"] for e in rows["elements"] if e["image_id"]
    }
    assert had == {
        "/ok.png": image_id(picture(3)),
        "/later.png": image_id(picture(3)),
        "/to-allowed.png": image_id(picture(2)),
        "/open.png": image_id(picture(9)),
        "/gone2.png": image_id(picture(3)),
    }
    assert {row["image_id"]: row["bytes"] for row in rows["images"]} == {
        image_id(data): data for data in (picture(2), picture(3), picture(9))
    }, "the bytes are those that were sent"
    assert (last["/later.png"]["attempt"], site.asked["/later.png"]) == (2, 2)
    first = next(
        r for r in rows["image_fetches"] if r["image_url"] == site.url("/later.png") and r["attempt"] == 1
    )
    assert first["status"] == 503
    assert first["next_try_at"] >= first["tried_at"]
    assert last["/later.png"]["next_try_at"] is None
    assert (last["/never.png"]["status"], last["/never.png"]["attempt"], site.asked["/never.png"]) == (
        503,
        2,
        2,
    )
    assert (last["/gone.png"]["status"], site.asked["/gone.png"]) == (404, 1)
    assert last["/empty.png"]["reason"] == "empty"
    assert last["/big.png"]["reason"] == "more than 8000 bytes"
    for name in ("/private/x.png", "/to-private.png"):
        assert (last[name]["outcome"], last[name]["opt_out"]) == ("refused", "robots.txt")
    for name in ("/to-other.png", other.url("/x.png")):
        assert last[name]["outcome"] == "refused"
        assert "private address" in last[name]["reason"]
    assert last["/to-file.png"]["outcome"] in ("refused", "failed")
    assert last["http://nowhere.invalid/x.png"]["outcome"] == "failed"
    for name, headers in _OPTED_OUT.items():
        expected = None if name == "open.png" else ": ".join(next(iter(headers.items())))
        assert (last[f"/{name}"]["outcome"] == "opted_out") == (expected is not None)
        assert last[f"/{name}"]["opt_out"] == expected
    missing = {row["unit_id"] for row in rows["rejections"] if row["rule"] == "missing"}
    assert missing == {e["image_url"] for e in rows["elements"] if not e["image_id"]}


_OPTED_OUT = {
    "noai.png": {"X-Robots-Tag": "noai, noimageai"},
    "noindex.png": {"X-Robots-Tag": "looseleaf: NoImageIndex"},
    "tdm.png": {"tdm-reservation": "1"},
    "open.png": {"X-Robots-Tag": "otherbot: noai"},
}


def _attempt(row):
    return row["attempt"]


def test_no_server_is_asked_when_the_recipe_switches_it_off(serve, tmp_path):
    site = serve({"/a.png": Answer(picture(10), headers=PNG)})
    recipe = recipe_of(tmp_path, allow_private=[site.host], remote_images=False)
    rows = build(tmp_path / "data", recipe, [[reference(site.url("/a.png"))]])
    assert not site.asked
    assert [row["outcome"] for row in rows["image_fetches"]] == ["refused"]
    assert [row["rule"] for row in rows["rejections"]] == ["missing"]


def test_our_name_says_whom_to_write_to(serve, tmp_path):
    site = serve({"/a.png": Answer(picture(10), headers=PNG)})
    recipe = recipe_of(tmp_path, allow_private=[site.host], contact="https://example.org/crawler")
    build(tmp_path / "data", recipe, [[reference(site.url("/a.png"))]])
    (agent,) = site.agents
    assert agent.startswith("Looseleaf/")
    assert "+https://example.org/crawler" in agent


def test_robots_that_cannot_be_unpacked_mean_no(serve, tmp_path):
    packed = Answer(b"User-agent: *", headers={"Content-Encoding": "br"})
    site = serve({"/robots.txt": packed, "/a.png": Answer(picture(10), headers=PNG)})
    recipe = recipe_of(tmp_path, allow_private=[site.host], retries=0)
    rows = build(tmp_path / "data", recipe, [[reference(site.url("/a.png"))]])
    assert site.asked["/a.png"] == 0
    assert rows["image_fetches"][0]["outcome"] == "failed"


def test_limits_of_a_host_are_kept(tmp_path):
    from concurrent.futures import ThreadPoolExecutor
    from threading import Lock
    from time import monotonic, sleep

    from pipeline.images.host_gate import HostGate

    now, most, starts, lock = 0, 0, [], Lock()

    def use(gate):
        nonlocal now, most
        with gate.slot("a.org"):
            with lock:
                now += 1
                most = max(most, now)
                starts.append(monotonic())
            sleep(0.03)
            with lock:
                now -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, [HostGate(2, 0.0, tmp_path)] * 8))
    assert most == 2
    starts.clear()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, [HostGate(4, 0.1, tmp_path)] * 4))
    gaps = [later - earlier for earlier, later in zip(sorted(starts), sorted(starts)[1:], strict=False)]
    assert min(gaps) > 0.09


@pytest.mark.parametrize("elements", [[], [[{"kind": "text", "text": "no image"}]]])
def test_nothing_to_fetch(tmp_path, elements):
    rows = build(tmp_path / "data", recipe_of(tmp_path), elements)
    assert rows["images"] == rows["image_fetches"] == rows["rejections"] == []
    assert len(rows["elements"]) == len(elements)
