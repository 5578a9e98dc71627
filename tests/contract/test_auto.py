"""`transport="auto"`: V2 where there is one, else V1, chosen once and logged once. Source: public surface, §1."""

from __future__ import annotations

import logging

import pytest

import datacloud_dbapi
from datacloud_emulator import Emulator, Quirks

NUMBERS = "SELECT n FROM generate_series(1, 25) AS t(n)"


@pytest.mark.parametrize(("quirks", "expected"), [(Quirks(), "rest-v2"), (Quirks(no_v2=True), "rest-v1")])
def test_the_choice_follows_the_org_and_is_logged_once(
    quirks: Quirks, expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="datacloud.transport")
    with (
        Emulator(quirks=quirks, page_rows=10) as emulator,
        datacloud_dbapi.connect(**emulator.connect_params(), http_transport=emulator.http_transport) as connection,
    ):
        for _ in range(3):
            rows = connection.cursor().execute(NUMBERS).fetchall()
            assert sorted(rows) == [(n,) for n in range(1, 26)]
        assert connection.transport == expected
        asked = [record.path for record in emulator.requests]
    lines = [record.getMessage() for record in caplog.records if record.name == "datacloud.transport"]
    assert lines == [f"transport auto: this org is asked by {expected}"]
    assert asked.count("/api/v2/query") == (3 if expected == "rest-v2" else 1)


def test_a_statement_that_is_wrong_is_no_reason_to_ask_another_api() -> None:
    with (
        Emulator() as emulator,
        datacloud_dbapi.connect(**emulator.connect_params(), http_transport=emulator.http_transport) as connection,
    ):
        with pytest.raises(datacloud_dbapi.ProgrammingError):
            connection.cursor().execute("SELECT nosuch")
        assert "/api/v1/query" not in [record.path for record in emulator.requests]


def test_an_org_without_either_says_so() -> None:
    with (
        Emulator(quirks=Quirks(no_v2=True, no_v1=True)) as emulator,
        datacloud_dbapi.connect(**emulator.connect_params(), http_transport=emulator.http_transport) as connection,
        pytest.raises(datacloud_dbapi.Error) as caught,
    ):
        connection.cursor().execute("SELECT 1")
    assert getattr(caught.value, "http_status", None) == 404
