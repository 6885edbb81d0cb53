import json
import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import filesystem
from storage.errors import LooseleafError
from storage.queries import run_query
from storage.references import readable_builds
from storage.rolling_back import roll_back
from storage.runs import note_run
from storage.schemas import table_of
from storage.staging import publish_staging, write_staging
from storage.tags import delete_tag, read_tags, set_tag
from storage.vacuuming import vacuum as vacuuming
from storage.vacuuming.vacuum import Vacuumed, vacuum
from tests.storage.vacuuming.datasets import build, digests, files, mine

NOW = timedelta(0)


def ids(dataset: str) -> list[str]:
    return [known.build_id for known in readable_builds(dataset)]


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    """Five states, each mined: ten builds; the units of each are partly those of the one before."""
    place = str(tmp_path / "dataset")
    for number in range(5):
        build(place, [f"u{number}", f"u{number + 1}"])
        mine(place)
    return place


def test_what_the_newest_builds_need_is_all_that_stays(dataset: str) -> None:
    before, there = digests(dataset), files(dataset)
    kept = ids(dataset)[-2:]
    done = vacuum(dataset, 2, NOW)
    assert done.kept == tuple(kept)
    asked = run_query(dataset, "select count(*) as n from documents", kept[0])
    assert asked["n"].to_pylist() == [4]
    assert len(done.taken) == 8
    after = digests(dataset)
    assert after == {place: before[place] for place in after}
    gone = there - files(dataset)
    assert sum(done.files.values()) == len([name for name in gone if not name.endswith(".json")]) + 4
    parts = [name for name in files(dataset) if name.startswith(("documents/", "groups/"))]
    assert len(parts) == 4
    assert len([name for name in files(dataset) if name.startswith("shards/")]) == 2
    assert vacuum(dataset, 2, NOW) == Vacuumed(tuple(kept), (), {}, {})


def test_a_dry_run_takes_nothing(dataset: str) -> None:
    there = files(dataset)
    told = vacuum(dataset, 2, NOW, dry_run=True)
    assert files(dataset) == there
    assert len(ids(dataset)) == 10
    assert vacuum(dataset, 2, NOW) == told


def test_what_is_young_stays(dataset: str) -> None:
    there = files(dataset)
    assert vacuum(dataset, 1, timedelta(days=7)).taken == ()
    assert files(dataset) == there


def test_a_reader_of_a_taken_build_is_told(dataset: str) -> None:
    first = ids(dataset)[0]
    vacuum(dataset, 1, NOW)
    with pytest.raises(LooseleafError, match="a vacuum has taken its files"):
        run_query(dataset, "select 1", first)
    with pytest.raises(LooseleafError, match="a vacuum has taken its files"):
        set_tag(dataset, "first", first)
    with pytest.raises(LooseleafError, match="a vacuum has taken its files"):
        roll_back(dataset, first)


def test_tags_and_what_they_stand_on_stay(dataset: str) -> None:
    before = digests(dataset)
    set_tag(dataset, "good", ids(dataset)[3])  # mined from the third
    vacuum(dataset, 1, NOW)
    assert ids(dataset) == [list(before)[place][0] for place in (2, 3, 8, 9)]
    assert digests(dataset).items() <= before.items()
    delete_tag(dataset, "good")
    vacuum(dataset, 1, NOW)
    assert ids(dataset) == [list(before)[place][0] for place in (8, 9)]


def run_on(dataset: str, run: Path, number: int) -> str:
    shards = f"{dataset}/{readable_builds(dataset)[number].stages['pack']['shards']}"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"shards": shards}))
    return shards


def test_what_a_run_learned_from_stays_while_the_run_does(dataset: str, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "one"
    note_run(dataset, str(run), run_on(dataset, run, 1))
    wanted = ids(dataset)[:2]
    vacuum(dataset, 1, NOW)
    assert ids(dataset)[:2] == wanted
    digests(dataset)
    (run / "run.json").unlink()
    vacuum(dataset, 1, NOW)
    assert len(ids(dataset)) == 2


def test_a_run_on_another_machine_is_thought_to_be_there(dataset: str) -> None:
    note_run(dataset, "/no/such/place/run", readable_builds(dataset)[1].stages["pack"]["shards"])
    vacuum(dataset, 1, NOW)
    assert len(ids(dataset)) == 4


def test_what_a_tagged_run_learned_from_stays(dataset: str, tmp_path: Path) -> None:
    run_on(dataset, tmp_path / "best", 3)
    set_tag(dataset, "best", str(tmp_path / "best"), "run")
    wanted = ids(dataset)[2:4]
    vacuum(dataset, 1, NOW)
    assert ids(dataset)[:2] == wanted


def test_a_build_that_comes_back_after_it_was_taken_is_there(dataset: str) -> None:
    first = ids(dataset)[0]
    vacuum(dataset, 1, NOW)
    assert build(dataset, ["u0", "u1"]).build_id == first
    digests(dataset)
    assert set_tag(dataset, "first", first).target == first


def test_half_written_files_go(dataset: str) -> None:
    for place in ("documents", "staging/extract_rows"):
        (Path(dataset) / place / ".extract-1.parquet.0123.tmp").write_bytes(b"half")
    (Path(dataset) / "documents" / "extract-abc.parquet").write_bytes(b"never committed")
    assert vacuum(dataset, 99, NOW).files == {"documents": 2, "staging": 1}


def test_what_the_next_stages_read_stays(dataset: str) -> None:
    """Also of a chunk that left rows for them alone."""
    rows = table_of("documents", [{"doc_id": "x"}])
    kept, gone = (write_staging(dataset, "blobs", f"fetch-{letter * 32}", rows) for letter in "ab")
    publish_staging(dataset, "fetch", [kept])
    assert vacuum(dataset, 99, NOW).files == {"staging": 1}
    assert f"staging/blobs/{kept.path}" in files(dataset)
    assert f"staging/blobs/{gone.path}" not in files(dataset)


def test_a_young_file_of_a_chunk_keeps_its_others(dataset: str) -> None:
    """They were taken up by a build that runs."""
    week = time.time() - 8 * 86400
    for name in files(dataset):
        os.utime(Path(dataset) / name, (week, week))
    orphan = "extract-" + "a" * 32
    for place in ("documents", "staging/extract_rows"):
        (Path(dataset) / place / f"{orphan}.parquet").write_bytes(b"x")
    os.utime(Path(dataset) / "documents" / f"{orphan}.parquet", (week, week))
    assert vacuum(dataset, 99, timedelta(days=7)).files == {}
    os.utime(Path(dataset) / "staging/extract_rows" / f"{orphan}.parquet", (week, week))
    assert vacuum(dataset, 99, timedelta(days=7)).files == {"documents": 1, "staging": 1}


@pytest.mark.parametrize("keep", [0, -1])
def test_nothing_is_no_number_of_builds_to_keep(dataset: str, keep: int) -> None:
    with pytest.raises(LooseleafError, match="at least one build"):
        vacuum(dataset, keep, NOW)


def test_a_dataset_without_builds_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="has no build"):
        vacuum(str(tmp_path), 1, NOW)


def dying_after(count: int, step: Callable[..., bool]) -> Callable[..., bool]:
    left = iter(range(count))

    def die(*arguments: object) -> bool:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return step(*arguments)

    return die


def test_a_vacuum_that_is_killed_leaves_every_kept_build_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every file that it deletes; the next one finishes it."""
    template = str(tmp_path / "template")
    for number in range(3):
        build(template, [f"u{number}", f"u{number + 1}"])
        mine(template)
    before = digests(template)
    wanted: set[str] | None = None
    for deletions in range(1000):
        place = str(tmp_path / "killed")
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(template, place)
        with monkeypatch.context() as patch:
            patch.setattr(vacuuming, "delete_file", dying_after(deletions, filesystem.delete_file))
            try:
                vacuum(place, 1, NOW)
            except KeyboardInterrupt:
                pass
            else:
                break
        after = digests(place)
        assert len(after) == 2
        assert after.items() <= before.items()
        vacuum(place, 1, NOW)
        left = files(place)
        wanted = wanted or left
        assert left == wanted
    assert deletions > 20
    # And the next build is right, whatever is missing of what it could take up.
    first = build(place, ["u0", "u1"])
    assert digests(place)[first.build_id, first.created_at.isoformat()] in before.values()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("build"), st.integers(0, 3)),
        st.tuples(st.just("mine"), st.just(0)),
        st.tuples(st.just("tag"), st.integers(0, 5)),
        st.tuples(st.just("untag"), st.just(0)),
        st.tuples(st.just("roll back"), st.integers(0, 5)),
        st.tuples(st.just("vacuum"), st.integers(1, 3)),
    ),
    min_size=2,
    max_size=9,
)


@given(steps=STEPS)
@settings(max_examples=12, deadline=None)
def test_every_build_that_is_there_reads_as_on_its_first_day(
    steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    dataset = str(tmp_path_factory.mktemp("sequence"))
    build(dataset, ["u0"])
    first_day: dict[tuple[str, str], str] = {}
    for step, number in steps:
        there = readable_builds(dataset)
        target = there[max(0, len(there) - 1 - number)].build_id
        if step == "build":
            build(dataset, [f"u{number}", f"u{number + 1}"])
        elif step == "mine":
            mine(dataset)
        elif step == "tag":
            set_tag(dataset, "good", target, force=True)
        elif step == "untag" and read_tags(dataset):
            delete_tag(dataset, "good")
        elif step == "roll back":
            roll_back(dataset, target)
        elif step == "vacuum":
            vacuum(dataset, number, NOW)
            assert len(ids(dataset)) >= min(number, len(there))
        now = digests(dataset)
        for place, digest in now.items():
            assert first_day.setdefault(place, digest) == digest
        if "good" in read_tags(dataset):
            assert read_tags(dataset)["good"].target in ids(dataset)
