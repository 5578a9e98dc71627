"""The page on SQLAlchemy's dialect suite says what the code says."""

from __future__ import annotations

from tests.conformance.__main__ import PAGE, counts_on, page


def test_the_page_lists_every_exclusion() -> None:
    text = PAGE.read_text("utf-8")
    counts = counts_on(text)
    assert counts
    assert text == page(counts)
