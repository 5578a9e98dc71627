"""Every case by the section of the documentation that it stands in."""

from __future__ import annotations

from tests.unit.sqlalchemy.cases import Case, clauses, functions, operators

SECTIONS: dict[str, dict[str, Case]] = {
    "Joins": clauses.JOINS,
    "WITH": clauses.WITH,
    "Set operations": clauses.SETS,
    "Groups": clauses.GROUPS,
    "Windows": clauses.WINDOWS,
    "Order and number of rows": clauses.ORDER,
    "Sources": clauses.SOURCES,
    "Comparisons": operators.COMPARISONS,
    "Lists and rows": operators.LISTS,
    "Patterns": operators.PATTERNS,
    "Numbers and casts": operators.NUMBERS,
    "Dates and times": operators.TIMES,
    "Aggregates": functions.AGGREGATES,
    "Strings": functions.STRINGS,
    "Arrays": functions.ARRAYS,
    "JSON": functions.DOCUMENTS,
}
CASES = {f"{section}: {name}": case for section, cases in SECTIONS.items() for name, case in cases.items()}
