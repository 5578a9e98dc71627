"""docs/observability.md: its examples run and show what they say, and its tables name what there is."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import re
import typing

import pytest

from datacloud_dbapi.events import Event, Kind
from tests.docs.pages import DOCS, blocks, run_python

PAGE = DOCS / "observability.md"
PYTHON = [text for language, text in blocks(PAGE) if language == "python"]
EXPECTED = {
    "basicConfig": r"\[\(1,\)\]\n",
    "on_event": r"/api/v2/query answered 503: waiting 0.0 s\nCounter\(\{'request': 4, .*\}\)\n",
    "opentelemetry": r'.*"kind": "SpanKind.CLIENT".*"db.query.text": "SELECT :n \+ 1".*',
    "rate_limit": r"RateLimit\(limit=500, remaining=49\d, reset_after=1.0\)\n",
}


@pytest.mark.parametrize("mark", EXPECTED)
def test_an_example_runs_and_shows_what_it_says(mark: str) -> None:
    if mark == "opentelemetry" and importlib.util.find_spec("opentelemetry") is None:
        pytest.skip("the extra `otel` is not installed")
    (code,) = (code for code in PYTHON if mark in code)
    assert re.fullmatch(EXPECTED[mark], run_python(code, os.environ), re.DOTALL)


def test_every_example_is_run() -> None:
    assert len(PYTHON) == len(EXPECTED)


def test_the_log_lines_on_the_page_are_those_of_the_example() -> None:
    (shown,) = (text for language, text in blocks(PAGE) if not language)
    # The times, sizes and ids differ from run to run.
    steady = [re.sub(r"[\d.]+ ms|\d+ bytes|query \S+", "-", line) for line in shown.splitlines()]
    code = PYTHON[0].replace("basicConfig(", "basicConfig(stream=__import__('sys').stdout, ")
    printed = [line for line in run_python(code, os.environ).splitlines() if line.startswith("datacloud.")]
    assert [re.sub(r"[\d.]+ ms|\d+ bytes|query \S+", "-", line) for line in printed] == steady


def test_the_table_of_events_names_every_kind_and_every_field() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(?!kind)(\w+)` \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE))
    assert set(rows) == set(typing.get_args(Kind))
    named = {name for fields in rows.values() for name in re.findall(r"`(\w+)`", fields)}
    assert named | {"kind"} == {field.name for field in dataclasses.fields(Event)}
