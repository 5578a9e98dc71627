"""Bad input: each a clear error, with nothing lost and nothing shown that is secret."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

import datacloud_dbapi
from datacloud_emulator import DataLoadError, Emulator
from tests.contract.conftest import Connect


def test_an_unknown_parameter_suggests_the_nearest(emulator: Emulator) -> None:
    with pytest.raises(datacloud_dbapi.InterfaceError, match="client_secret"):
        datacloud_dbapi.connect(login_url=emulator.login_url, client_id="a", client_secert="b")


def test_a_wrong_secret(connect: Connect) -> None:
    with pytest.raises(datacloud_dbapi.AuthenticationError) as caught:
        connect(client_secret="not-the-secret")
    assert caught.value.code == "invalid_client"
    assert caught.value.http_status in {400, 401}
    assert "not-the-secret" not in str(caught.value)
    assert caught.value.hint


def test_an_unknown_data_space(connect: Connect) -> None:
    with pytest.raises(datacloud_dbapi.AuthenticationError) as caught:
        connect(dataspace="nowhere")
    assert caught.value.http_status == 400


def test_an_unreachable_host() -> None:
    with socket.socket() as taken:  # bound but not listening: nothing answers there
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(datacloud_dbapi.ServerUnreachableError, match=r"127\.0\.0\.1") as caught:
            datacloud_dbapi.connect(
                login_url=url, client_id="a", client_secret="sesame", allow_insecure_loopback=True, max_attempts=2
            )
    assert caught.value.attempts == 2
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("sql", "sqlstate", "position", "words"),
    [
        ("SELECT * FROM nosuch__dlm", "42P01", 15, "nosuch__dlm"),
        ("SELECT '👩‍👩‍👧', nosuch FROM ssot__Individual__dlm", "42703", 17, "nosuch"),
        ("SELEC 1", "42601", 1, "SELEC"),
        ("SELECT 1 FROM WHERE", "42601", 15, "WHERE"),
        ("SELECT nosuch_function(1)", "42883", 8, "nosuch_function"),
    ],
)
def test_refused_sql_says_what_and_where(connect: Connect, sql: str, sqlstate: str, position: int, words: str) -> None:
    connection = connect()
    with pytest.raises(datacloud_dbapi.ProgrammingError, match=words) as caught:
        connection.cursor().execute(sql)
    error = caught.value
    assert (error.http_status, error.sqlstate) == (400, sqlstate)
    assert error.position == position
    assert connection.cursor().execute("SELECT 1").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT 1 / 0", datacloud_dbapi.DataError),
        ("SELECT CAST('x' AS INTEGER)", datacloud_dbapi.DataError),
        ("INSERT INTO ssot__Individual__dlm (ssot__Id__c) VALUES ('x')", datacloud_dbapi.DatabaseError),
        ("WITH x AS (SELECT 1) INSERT INTO ssot__Individual__dlm SELECT 'a'", datacloud_dbapi.DatabaseError),
        ("DROP TABLE ssot__Individual__dlm", datacloud_dbapi.DatabaseError),
        ("SELECT * FROM external('/etc/passwd', format => 'csv')", datacloud_dbapi.DatabaseError),
        ("SELECT 1; SELECT 2", datacloud_dbapi.ProgrammingError),
        ("", datacloud_dbapi.ProgrammingError),
    ],
)
def test_other_refusals(connection: datacloud_dbapi.Connection, sql: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        connection.cursor().execute(sql)
    (count,) = connection.cursor().execute("SELECT COUNT(*) FROM ssot__Individual__dlm").fetchone()
    assert count > 0


@pytest.mark.parametrize(
    ("sql", "parameters", "words"),
    [
        ("SELECT :a", {}, "a"),
        ("SELECT :a", {"a": 1, "b": 2}, "b"),
        ("SELECT ?", [], "1"),
        ("SELECT ?", [1, 2], "2"),
        ("SELECT ?", "x", "str"),
        ("SELECT :a", {"a": object()}, "a"),
    ],
)
def test_parameters_that_do_not_fit_are_found_before_sending(
    connection: datacloud_dbapi.Connection, emulator: Emulator, sql: str, parameters: Any, words: str
) -> None:
    before = len(emulator.requests)
    with pytest.raises(datacloud_dbapi.ProgrammingError, match=words):
        connection.cursor().execute(sql, parameters)
    assert len(emulator.requests) == before


@pytest.mark.fault("L2")
def test_fetch_before_execute(connection: datacloud_dbapi.Connection) -> None:
    for fetch in ("fetchone", "fetchmany", "fetchall", "__next__"):
        with pytest.raises(datacloud_dbapi.ProgrammingError, match="execute"):
            getattr(connection.cursor(), fetch)()


@pytest.mark.fault("L1")
def test_a_failed_execute_leaves_no_old_result(connection: datacloud_dbapi.Connection) -> None:
    cursor = connection.cursor().execute("SELECT 1")
    with pytest.raises(datacloud_dbapi.ProgrammingError):
        cursor.execute("SELEC 1")
    assert cursor.description is None
    with pytest.raises(datacloud_dbapi.ProgrammingError):
        cursor.fetchone()


@pytest.mark.fault("L3")
def test_use_after_close(connect: Connect) -> None:
    connection = connect()
    cursor = connection.cursor().execute("SELECT 1")
    other = connection.cursor()
    cursor.close()
    cursor.close()
    with pytest.raises(datacloud_dbapi.InterfaceError, match="closed"):
        cursor.fetchone()
    connection.close()
    connection.close()
    calls = [connection.cursor, connection.commit, connection.ping, lambda: other.execute("SELECT 1"), other.fetchone]
    for call in calls:
        with pytest.raises(datacloud_dbapi.InterfaceError, match="closed"):
            call()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (None, "nowhere"),
        ({}, "no data"),
        ({"orders.csv": "a,b\n1,2\n3\n"}, "orders.csv.*3"),
        ({"orders.csv": 'a,b\n1,"open\n'}, "orders.csv"),
        ({"orders.csv": "a,a\n1,2\n"}, "orders.csv.*a"),
        ({"good.csv": "a\n1\n", "bad.parquet": "PAR1 not really"}, "bad.parquet"),
        ({"orders.csv": "a\n1\n", "catalog.toml": "[objects.order]\nlabel = 'x'\n"}, "orders"),
    ],
)
def test_data_that_cannot_be_loaded_is_named_and_nothing_is_served(
    tmp_path: Path, files: dict[str, str] | None, words: str
) -> None:
    folder = tmp_path / "nowhere"
    if files is not None:
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)

    with pytest.raises(DataLoadError, match=f"(?is){words}"):
        Emulator(folder).start()
