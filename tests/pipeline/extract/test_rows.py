from __future__ import annotations

from pipeline.extract.rows import Rows


def test_the_reason_for_a_rejection_may_quote_the_document_and_is_masked() -> None:
    rows = Rows(mask=("email",))
    rows.reject("element", "d", "s", "unreadable", "The part 'jane@example.com' cannot be read.")
    Rows().reject("element", "d", "s", "unreadable", "jane@example.com")
    assert rows.tables()["rejections"]["detail"].to_pylist() == ["The part '[email]' cannot be read."]
