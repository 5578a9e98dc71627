"""Queries through every door: rows, pages, fetch calls, parameters, state. Source: PEP 249; public surface, §1."""

from __future__ import annotations

import datetime as dt
import gc
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import datacloud_dbapi
from datacloud_emulator import Emulator
from tests.contract.conftest import Connect

NUMBERS = "SELECT n FROM generate_series(1, 25) AS t(n) ORDER BY n"


@pytest.fixture(scope="module")
def small_pages() -> Iterator[Emulator]:
    """An emulator whose answers hold at most ten rows."""
    with Emulator(page_rows=10) as running:
        yield running


@pytest.fixture(params=[0, 1, 5])
def paged(request: pytest.FixtureRequest, small_pages: Emulator) -> Iterator[datacloud_dbapi.Connection]:
    with datacloud_dbapi.connect(
        **small_pages.connect_params(), http_transport=small_pages.http_transport, prefetch=request.param
    ) as opened:
        yield opened


def expect(first: int, last: int) -> list[tuple[int]]:
    return [(n,) for n in range(first, last + 1)]


class TestFetching:
    def test_fetchall(self, connect: Connect) -> None:
        assert connect().cursor().execute(NUMBERS).fetchall() == expect(1, 25)

    @pytest.mark.fault("L4")
    def test_pages_are_one_result(self, paged: datacloud_dbapi.Connection) -> None:
        cursor = paged.cursor().execute(NUMBERS)
        assert cursor.fetchone() == (1,)
        assert cursor.fetchmany(10) == expect(2, 11)  # across the first page's end
        assert cursor.fetchmany() == expect(12, 12)  # arraysize
        assert cursor.rownumber == 12
        assert list(cursor) == expect(13, 25)
        assert (cursor.rowcount, cursor.rownumber) == (25, 25)
        for _ in range(2):  # L4: after the end, every time
            assert (cursor.fetchone(), cursor.fetchmany(3), cursor.fetchall()) == (None, [], [])

    @pytest.mark.parametrize("rows", [0, 1, 9, 10, 11, 20, 21])
    def test_every_cut(self, paged: datacloud_dbapi.Connection, rows: int) -> None:
        sql = f"SELECT n FROM generate_series(1, 25) AS t(n) WHERE n <= {rows} ORDER BY n"
        assert paged.cursor().execute(sql).fetchall() == expect(1, rows)

    def test_many_cursors_on_one_connection(self, paged: datacloud_dbapi.Connection) -> None:
        cursors = [paged.cursor().execute(NUMBERS) for _ in range(4)]
        taken = [[cursor.fetchone() for cursor in cursors] for _ in range(25)]
        assert taken == [[(n,)] * 4 for n in range(1, 26)]

    @pytest.mark.fault("L8")
    def test_threads_share_a_connection(self, paged: datacloud_dbapi.Connection) -> None:
        found: list[Any] = []

        def work() -> None:
            found.append(paged.cursor().execute(NUMBERS).fetchall())

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [expect(1, 25)] * 8

    def test_an_empty_result_has_its_columns(self, connect: Connect) -> None:
        cursor = connect().cursor().execute("SELECT ssot__Id__c FROM ssot__Individual__dlm WHERE 1 = 0")
        assert cursor.description is not None
        assert [column[0] for column in cursor.description] == ["ssot__Id__c"]
        assert (cursor.fetchall(), cursor.fetchone(), cursor.rowcount) == ([], None, 0)

    def test_executing_again_starts_anew(self, paged: datacloud_dbapi.Connection) -> None:
        cursor = paged.cursor().execute(NUMBERS)
        cursor.fetchone()
        assert cursor.execute("SELECT 'other' AS name").fetchall() == [("other",)]
        assert cursor.description is not None
        assert cursor.description[0][0] == "name"

    def test_row_factories(self, connection: datacloud_dbapi.Connection) -> None:
        cursor = connection.cursor()
        cursor.row_factory = datacloud_dbapi.dict_row
        assert cursor.execute("SELECT 1 AS a, 'x' AS b").fetchall() == [{"a": 1, "b": "x"}]
        cursor.row_factory = datacloud_dbapi.namedtuple_row
        row = cursor.execute('SELECT 1 AS a, 2 AS "not an attribute"').fetchone()
        assert (row.a, row._1, tuple(row)) == (1, 2, (1, 2))


class TestParameters:
    @pytest.mark.parametrize(
        "value",
        [
            0, -1, 2**63 - 1, Decimal("1.10"), Decimal("-0.000000000000000001"), 0.1, -1e300, True, False, None,
            "it's", "a\\b", "--x", "/* ? :name */", "$$", "?", ":name", "", "👩‍👩‍👧", "'; DROP TABLE x; --", "\n\t",
            dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.time(23, 59, 59, 999999),
            dt.datetime(2024, 2, 29, 1, 2, 3, 4), dt.datetime(2024, 2, 29, 1, 2, 3, 4, dt.timezone.utc),
            b"\x00\xff",
        ],
        ids=repr,
    )  # fmt: skip
    def test_a_value_survives_both_styles(self, connection: datacloud_dbapi.Connection, value: Any) -> None:
        cursor = connection.cursor()
        for sql, parameters in (("SELECT :name", {"name": value}), ("SELECT ?", [value])):
            (found,) = cursor.execute(sql, parameters).fetchone()
            assert (found, type(found)) == (value, type(value))

    def test_a_list_makes_an_in_clause(self, connection: datacloud_dbapi.Connection) -> None:
        sql = "SELECT n FROM generate_series(1, 9) AS t(n) WHERE n IN :wanted ORDER BY n"
        assert connection.cursor().execute(sql, {"wanted": [2, 5, 77]}).fetchall() == [(2,), (5,)]
        with pytest.raises(datacloud_dbapi.ProgrammingError, match="empty"):
            connection.cursor().execute(sql, {"wanted": []})

    def test_what_looks_like_a_placeholder_is_left_alone(self, connection: datacloud_dbapi.Connection) -> None:
        sql = """SELECT ':a' AS "?:a", '1'::int AS cast_, :a AS b /* :a ? */ -- :a ?"""
        cursor = connection.cursor().execute(sql, {"a": 7})
        assert cursor.fetchall() == [(":a", 1, 7)]
        assert cursor.description is not None
        assert cursor.description[0][0] == "?:a"

    def test_executemany_keeps_the_last_result(self, connection: datacloud_dbapi.Connection) -> None:
        assert connection.cursor().executemany("SELECT :a", [{"a": 1}, {"a": 2}]).fetchall() == [(2,)]


class TestState:
    def test_what_a_cursor_tells(self, paged: datacloud_dbapi.Connection) -> None:
        cursor = paged.cursor()
        assert (cursor.description, cursor.rowcount, cursor.rownumber, cursor.query_id) == (None, -1, None, None)
        assert cursor.status.state == "idle"
        cursor.execute(NUMBERS)
        assert cursor.rownumber == 0
        assert cursor.query_id
        cursor.fetchall()
        assert (cursor.status.state, cursor.status.progress, cursor.status.rows) == ("finished", 1.0, 25)

    def test_describe_runs_nothing_into_the_cursor(self, connection: datacloud_dbapi.Connection) -> None:
        cursor = connection.cursor().execute("SELECT 1 AS kept")
        columns = cursor.describe("SELECT 'a' AS x, CAST(1 AS BIGINT) AS y; ")
        assert [(column[0], str(column[1])) for column in columns] == [("x", "VARCHAR"), ("y", "BIGINT")]
        assert cursor.fetchall() == [(1,)]

    def test_what_query_api_v2_cannot_do_is_said(self, connection: datacloud_dbapi.Connection) -> None:
        for call in (connection.cursor().cancel, lambda: connection.attach("some-id")):
            with pytest.raises(datacloud_dbapi.NotSupportedError, match="rest-v2"):
                call()

    def test_what_would_be_left_aside_is_refused(self, connect: Connect) -> None:
        with pytest.raises(datacloud_dbapi.NotSupportedError, match="settings"):
            connect(settings={"time_zone": "EST"})

    def test_the_connection_tells_where_it_is(self, connection: datacloud_dbapi.Connection, emulator: Emulator) -> None:
        assert (connection.transport, connection.dataspace) == ("rest-v2", "default")
        assert emulator.client_secret not in repr(connection)

    def test_commit_rollback_and_ping_cost_nothing(
        self, connection: datacloud_dbapi.Connection, emulator: Emulator
    ) -> None:
        before = len(emulator.requests)
        connection.commit()
        connection.rollback()
        connection.ping()
        assert len(emulator.requests) == before

    def test_connections_with_one_login_share_it(self, connect: Connect, emulator: Emulator) -> None:
        door: dict[str, Any] = {"http_transport": emulator.http_transport}
        first = datacloud_dbapi.connect(**emulator.connect_params(), **door)
        before = [record.path for record in emulator.requests].count("/services/oauth2/token")
        second = datacloud_dbapi.connect(**emulator.connect_params(), **door)
        assert [record.path for record in emulator.requests].count("/services/oauth2/token") == before
        first.close()
        assert second.cursor().execute("SELECT 1").fetchall() == [(1,)]
        second.close()


def test_a_connection_that_is_dropped_closes_its_sockets(emulator: Emulator) -> None:
    connection = datacloud_dbapi.connect(**emulator.connect_params())
    connection.cursor().execute("SELECT 1")
    http = connection._runner._http
    del connection
    gc.collect()
    assert http.is_closed


class TestNames:
    def test_mixed_case_names_need_no_quotes(self, connect: Connect) -> None:
        cursor = connect().cursor().execute("select ssot__Id__c from ssot__Individual__dlm limit 1")
        assert cursor.description is not None
        assert cursor.description[0][0] == "ssot__Id__c"

    @pytest.mark.parametrize("table", ["SSOT__INDIVIDUAL__DLM", '"ssot__individual__dlm"', "ssot__individual__DLM"])
    def test_tables_match_in_any_case(self, connection: datacloud_dbapi.Connection, table: str) -> None:
        (count,) = connection.cursor().execute(f"SELECT COUNT(*) FROM {table}").fetchone()
        (expected,) = connection.cursor().execute('SELECT COUNT(*) FROM "ssot__Individual__dlm"').fetchone()
        assert count == expected > 0


class TestTokens:
    def test_an_expired_token_is_renewed_between_pages(self, small_pages: Emulator) -> None:
        with datacloud_dbapi.connect(
            **small_pages.connect_params(), http_transport=small_pages.http_transport, prefetch=0
        ) as connection:
            cursor = connection.cursor().execute(NUMBERS)
            connection._tokens._token = _spoilt(connection._tokens._token)
            assert cursor.fetchall() == expect(1, 25)

    def test_a_result_that_was_left_for_too_long_is_an_error(self, small_pages: Emulator) -> None:
        with datacloud_dbapi.connect(
            **small_pages.connect_params(), http_transport=small_pages.http_transport, prefetch=0
        ) as connection:
            cursor = connection.cursor().execute(NUMBERS)
            assert cursor.fetchmany(10) == expect(1, 10)
            small_pages.clock.advance(181)
            for _ in range(2):
                with pytest.raises(datacloud_dbapi.ResultExpiredError, match="3 minutes"):
                    cursor.fetchone()
            assert cursor.status.state == "failed"


def _spoilt(token: Any) -> Any:
    """The same token with a signature that no server accepts."""
    return type(token)(token.access_token[:-4] + "AAAA", token.tenant_url, token.renew_at)
