from __future__ import annotations

import pytest

from flows.database import check_database, database_url
from storage.errors import LooseleafError


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_each_way_to_write_a_url_is_read(scheme: str) -> None:
    assert database_url(f"{scheme}://u:p@h:5432/d") == "postgresql+asyncpg://u:p@h:5432/d"


@pytest.mark.parametrize("url", ["mysql://h/d", "prefect.db", "postgresql:///d", "", "postgresql://"])
def test_what_is_no_postgresql_is_refused(url: str) -> None:
    with pytest.raises(LooseleafError, match="must be a PostgreSQL URL"):
        database_url(url)


def test_a_database_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(LooseleafError, match=r"The database d at 127\.0\.0\.1:1 cannot be reached") as caught:
        check_database(database_url("postgresql://u:secret@127.0.0.1:1/d"))
    assert "secret" not in str(caught.value)
