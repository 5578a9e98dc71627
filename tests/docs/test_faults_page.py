"""docs/faults.md promises nothing that no test holds."""

from __future__ import annotations

import pytest

from tests.docs import faults

LAST = {"C": 9, "T": 14, "S": 22, "P": 23, "O": 7, "V": 13, "L": 10, "K": 6, "E": 6, "M": 3}


@pytest.fixture(scope="module")
def marks(request: pytest.FixtureRequest) -> dict[str, dict[str, bool]]:
    """Of the tests collected here where those make the page: then all were, and need not be collected once more."""
    here = faults.marks_of(request.session.items)
    return here if faults.page(here) == faults.PAGE.read_text(encoding="utf-8") else faults.marks()


def test_every_fault_of_the_table_is_there() -> None:
    assert set(faults.rows()) == {f"{letter}{number}" for letter in LAST for number in range(1, LAST[letter] + 1)}


def test_every_row_has_a_test(marks: dict[str, dict[str, bool]]) -> None:
    assert set(marks) - set(faults.rows()) == set(), "marks for rows that are not on the page"
    assert set(faults.rows()) - set(marks) == set(), "rows without a test"


def test_every_row_that_says_so_is_tested_over_sockets(marks: dict[str, dict[str, bool]]) -> None:
    wanted = [name for name, sockets in faults.rows().items() if sockets]
    assert [name for name in wanted if not any(marks[name].values())] == []


def test_the_page_names_the_tests_that_there_are(marks: dict[str, dict[str, bool]]) -> None:
    assert faults.page(marks) == faults.PAGE.read_text(encoding="utf-8"), "run `python -m tests.docs.faults`"
