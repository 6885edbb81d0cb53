from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identity import build_id, chunk_key, code_version, fingerprint
from storage.filesystem import write_bytes_atomic

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
INPUTS = st.dictionaries(st.text(), JSON, max_size=4)


def test_the_code_version_is_stable_and_names_the_release() -> None:
    assert code_version() == code_version()
    release, digest = code_version().split("+")
    assert release
    assert int(digest, 16) >= 0


@given(INPUTS, INPUTS)
def test_a_key_follows_from_what_went_in_and_from_nothing_else(
    settings: dict[str, object], inputs: dict[str, object]
) -> None:
    key = chunk_key("extract", "1", settings, inputs)
    backwards = dict(reversed(inputs.items()))
    assert key == chunk_key("extract", "1", settings, backwards)
    assert len(key) == 32
    assert int(key, 16) >= 0
    others = {
        chunk_key("fetch", "1", settings, inputs),
        chunk_key("extract", "2", settings, inputs),
        chunk_key("extract", "1", {**settings, "more": 1}, {**inputs}),
        chunk_key("extract", "1", settings, {**inputs, "more": [1]}),
    }
    assert key not in others


def test_inputs_that_cannot_be_written_are_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        chunk_key("extract", "1", {}, {"files": {"a"}})


def test_a_build_id_ignores_how_the_recipe_is_laid_out() -> None:
    first = build_id('{"a": 1, "b": 2}', {"x": "1"}, "c")
    assert first == build_id('{"b":2,"a":1}', {"x": "1"}, "c")
    assert first != build_id('{"b":2,"a":1}', {"x": "2"}, "c")


def test_a_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    for url in (str(tmp_path / "file"), "memory://fingerprint/file"):
        write_bytes_atomic(url, b"one")
        first = fingerprint(url)
        assert fingerprint(url) == first
        write_bytes_atomic(url, b"two")
        assert fingerprint(url) != first
    with pytest.raises(FileNotFoundError):
        fingerprint(str(tmp_path / "nothing"))
