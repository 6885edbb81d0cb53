from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate

from flows.slots import dataset_limit

_PLACES = st.text(min_size=1)


@settings(deadline=None)
@given(place=_PLACES)
def test_every_dataset_has_a_name_that_prefect_takes(place: str) -> None:
    name = dataset_limit(place)
    assert GlobalConcurrencyLimitCreate(name=name, limit=1).name == name
    assert "/" not in name


@settings(deadline=None)
@given(one=_PLACES, other=_PLACES)
def test_two_datasets_never_wait_for_each_other(one: str, other: str) -> None:
    assert (dataset_limit(one) == dataset_limit(other)) == (one == other)
