from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.promotion import judge

_ANY = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))
_MARGIN = st.floats(0, 1)


def _evaluation(value: float | None, shards: str = "s", documents: int = 9) -> dict[str, Any]:
    """Return what `evaluate` returns: the run's own rows come first, baselines after them."""
    return {
        "metrics": {
            "unaligned/pixels": {"in_doc_auc_dc": 0.9},
            "unaligned/both": {"in_doc_auc_dc": value},
            "clip_random/both": {"in_doc_auc_dc": 0.99},
        },
        "shards": shards,
        "split": "test",
        "documents": documents,
    }


@settings(deadline=None)
@given(new=_ANY, best=_ANY, margin=_MARGIN)
def test_only_what_is_better_by_the_margin_is_promoted(
    new: float | None, best: float | None, margin: float
) -> None:
    verdict = judge(_evaluation(new), _evaluation(best), "in_doc_auc_dc", margin)
    measured = [value is not None and value - value == 0 for value in (new, best)]
    if not measured[0]:
        assert not verdict.promoted
    elif measured[1]:
        assert new is not None
        assert best is not None
        assert verdict.promoted == (new > best + margin)
    else:
        assert verdict.promoted


@settings(deadline=None)
@given(value=st.floats(0, 1))
def test_the_first_run_is_the_best(value: float) -> None:
    assert judge(_evaluation(value), None, "in_doc_auc_dc", 0.5).promoted


@pytest.mark.parametrize("other", [{"shards": "t"}, {"documents": 8}])
def test_figures_of_other_documents_decide_nothing(other: dict[str, Any]) -> None:
    verdict = judge(_evaluation(0.9), _evaluation(0.1, **other), "in_doc_auc_dc", 0.0)
    assert not verdict.promoted
    assert "other documents" in verdict.why


def test_a_run_without_the_figure_is_not_promoted() -> None:
    assert not judge(_evaluation(0.9), None, "corpus_recall_at_10", 0.0).promoted
    assert not judge({"metrics": {}}, None, "in_doc_auc_dc", 0.0).promoted
