"""A process of its own: what it makes is there, and its failure is one sentence."""

from __future__ import annotations

import pytest

from flows.explorer.apart import run_apart
from storage.errors import LooseleafError


def test_a_failure_is_a_sentence_that_names_the_dataset_and_the_reason() -> None:
    with pytest.raises(
        LooseleafError, match=r"/nowhere could not be prepared.*There is no dataset at /nowhere"
    ):
        run_apart("flows.explorer.catalogue", ["/nowhere", ""])
