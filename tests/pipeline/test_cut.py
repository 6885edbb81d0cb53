from hypothesis import given
from hypothesis import strategies as st

from pipeline.cut import cut

NAMES = st.lists(st.text(min_size=1, max_size=6), unique=True, max_size=120)


def _cut(names: list[str], about: int | None = 4, most: int = 10**9) -> list[list[str]]:
    return list(cut(names, name=str, size=len, about=about, most_bytes=most))


@given(NAMES, st.integers(1, 9), st.integers(1, 40))
def test_chunks_hold_everything_in_order_within_their_bounds(names: list[str], about: int, most: int) -> None:
    chunks = _cut(names, about, most)
    assert [name for chunk in chunks for name in chunk] == names
    assert all(len(chunk) <= 2 * about for chunk in chunks)
    assert all(len(chunk) == 1 or sum(map(len, chunk)) <= most for chunk in chunks)


def test_one_more_changes_few_chunks_and_one_changed_in_size_none() -> None:
    names = [f"document-{number}" for number in range(0, 4000, 2)]
    before = _cut(names, 32)
    assert 20 <= len(names) / len(before) <= 40
    for number in range(1, 4000, 371):
        after = _cut(sorted([*names, f"document-{number}"], key=lambda name: int(name[9:])), 32)
        assert sum(chunk not in before for chunk in after) <= 4


def test_bytes_alone_may_cut() -> None:
    assert _cut(["aa", "b", "ccc", "d"], None, 3) == [["aa", "b"], ["ccc"], ["d"]]
