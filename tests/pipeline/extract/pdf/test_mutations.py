"""Broken PDFs through the reader in its child process; `tests/system` reads many more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.extract.media import PDF
from pipeline.extract.readers import READERS
from pipeline.isolation.call import Limits
from tests.pipeline.extract.pdf.mutations import read_mutated
from tests.pipeline.extract.pdf.sheets import originals


def test_fifty_broken_pdfs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(READERS, PDF, replace(READERS[PDF], limits=Limits(seconds=10.0, memory=512)))
    outcome = read_mutated(originals(), 50, seed=3)
    assert outcome.read + outcome.refused.total() == 50
    assert outcome.read > 10
    assert outcome.refused
    assert not {"crashed", "too_slow", "too_much_memory"} & outcome.refused.keys()
    assert outcome.seconds < 10
    assert 10 < outcome.memory < 512
