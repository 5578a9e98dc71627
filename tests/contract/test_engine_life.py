"""What an engine costs while it lives: nothing but the queries themselves. Source: public surface, §3."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

import datacloud_dbapi
from datacloud_emulator import Emulator

ROWS = 100
SERIES = sa.text(f"SELECT n FROM generate_series(1, {ROWS}) AS t(n) ORDER BY n")


@contextmanager
def engine_on(emulator: Emulator, **options: Any) -> Iterator[sa.engine.Engine]:
    params = {"http_transport": emulator.http_transport, **options.pop("connect_args", {})}
    made = sa.create_engine(emulator.url, connect_args=params, **options)
    emulator.requests.clear()
    yield made
    made.dispose()


def test_pings_and_resets_send_nothing(pages: Emulator) -> None:
    with engine_on(pages, pool_pre_ping=True) as engine:
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT 1")).scalar() == 1
        pages.requests.clear()
        for _ in range(5):
            with engine.connect() as connection, connection.begin():
                pass
            with engine.connect():
                pass
        assert list(pages.requests) == []


@pytest.mark.parametrize("options", [{"yield_per": 10}, {"stream_results": True, "max_row_buffer": 10}], ids=str)
def test_a_streamed_result_is_fetched_page_by_page(pages: Emulator, options: dict[str, Any]) -> None:
    with engine_on(pages, connect_args={"prefetch": 0}) as engine, engine.connect() as connection:
        result = connection.execution_options(**options).execute(SERIES)
        assert [row.n for row in result.fetchmany(10)] == list(range(1, 11))
        before = len(pages.requests)
        assert [row.n for row in result] == list(range(11, ROWS + 1))
        # Nine pages were still to come, but for one that a buffer may have asked for.
        assert len(pages.requests) - before >= 8


def test_what_a_statement_says_is_a_failed_query_not_a_lost_connection(pages: Emulator) -> None:
    with engine_on(pages) as engine, engine.connect() as connection:
        kept = connection.connection.dbapi_connection
        with pytest.raises(sa.exc.ProgrammingError):
            connection.execute(sa.text("SELECT nothing"))
        assert connection.connection.dbapi_connection is kept
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1


def test_a_connection_closed_below_the_pool_is_thrown_away(pages: Emulator) -> None:
    with engine_on(pages) as engine:
        with engine.connect() as connection:
            below: Any = connection.connection.dbapi_connection
            below.close()
            with pytest.raises(sa.exc.InterfaceError) as caught:
                connection.execute(sa.text("SELECT 1"))
            assert caught.value.connection_invalidated
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT 1")).scalar() == 1


def test_ctrl_c_leaves_the_engine_good(pages: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    with engine_on(pages) as engine:
        with engine.connect() as connection, monkeypatch.context() as patch:

            def interrupt(*args: object, **keywords: object) -> None:
                raise KeyboardInterrupt

            patch.setattr(datacloud_dbapi.Cursor, "execute", interrupt)
            with pytest.raises(KeyboardInterrupt):
                connection.execute(SERIES)
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT 1")).scalar() == 1


# A running query for as long as anyone might read it; its first rows are there at once.
ENDLESS: Any = sa.select(sa.column("n")).select_from(sa.text("generate_series(1, 100000000000) AS t(n)"))
NOON = sa.select(sa.cast(sa.literal_column("TIMESTAMPTZ '2024-07-01 12:00:00+00'"), sa.Text))
IN_BERLIN = {"datacloud_settings": {"time_zone": "Europe/Berlin"}}
BERLIN, GREENWICH = "2024-07-01 14:00:00+02", "2024-07-01 12:00:00+00"

Ask = Callable[[sa.engine.Engine], Any]


def by_engine(engine: sa.engine.Engine) -> Any:
    with engine.execution_options(**IN_BERLIN).connect() as connection:
        return connection.execute(NOON).scalar()


def by_connection(engine: sa.engine.Engine) -> Any:
    with engine.connect() as connection:
        return connection.execution_options(**IN_BERLIN).execute(NOON).scalar()


def by_statement(engine: sa.engine.Engine) -> Any:
    with engine.connect() as connection:
        return connection.execute(NOON.execution_options(**IN_BERLIN)).scalar()


def by_session(engine: sa.engine.Engine) -> Any:
    with Session(engine) as session:
        return session.execute(NOON, execution_options=IN_BERLIN).scalar()


def over(emulator: Emulator, transport: str) -> dict[str, Any]:
    return {"transport": transport, **({"hyper_address": emulator.hyper_address} if transport == "hyper" else {})}


@pytest.mark.parametrize("transport", ["query-sql", "direct-v3", "hyper"])
@pytest.mark.parametrize("ask", [by_engine, by_connection, by_statement, by_session])
def test_settings_hold_where_they_are_given_and_nowhere_else(pages: Emulator, transport: str, ask: Ask) -> None:
    with engine_on(pages, connect_args=over(pages, transport)) as engine:
        assert ask(engine) == BERLIN
        with engine.connect() as connection:
            assert connection.execute(NOON).scalar() == GREENWICH
            # As with every execution option, a connection's beat its statement's.
            berlin = connection.execution_options(**IN_BERLIN)
            tokyo = NOON.execution_options(datacloud_settings={"time_zone": "Asia/Tokyo"})
            assert berlin.execute(tokyo).scalar() == BERLIN


@pytest.mark.parametrize(
    ("transport", "options", "kind", "words"),
    [
        ("rest-v2", IN_BERLIN, sa.exc.NotSupportedError, "transports that can: direct-v3, hyper, query-sql"),
        ("rest-v1", IN_BERLIN, sa.exc.NotSupportedError, "transports that can: direct-v3, hyper, query-sql"),
        ("query-sql", {"datacloud_settings": {"time_zone": 2}}, sa.exc.InterfaceError, "must map names to text"),
        ("hyper", {"datacloud_settings": {"no_such": "1"}}, sa.exc.ProgrammingError, "no_such"),
        ("query-sql", {"workload": 7}, sa.exc.InterfaceError, "workload"),
    ],
)
def test_settings_that_cannot_be_had(
    pages: Emulator, transport: str, options: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with engine_on(pages, connect_args=over(pages, transport)) as engine, engine.connect() as connection:
        with pytest.raises(kind, match=words):
            connection.execute(NOON.execution_options(**options))
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1


class Noted(httpx.BaseTransport):
    """Passes requests on and keeps them."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return self._inner.handle_request(request)


@pytest.mark.parametrize("transport", ["rest-v2", "query-sql", "direct-v3"])
def test_a_workload_is_named_where_there_is_a_place_for_it(pages: Emulator, transport: str) -> None:
    noted = Noted(pages.http_transport)
    params = {"transport": transport, "http_transport": noted, "workload": "all day"}
    with engine_on(pages, connect_args=params) as engine, engine.connect() as connection:
        noted.seen.clear()
        for workload in ("nightly", None):
            assert connection.execute(sa.text("SELECT 1").execution_options(workload=workload)).scalar() == 1
    said = [
        request.url.params.get("workloadName") or request.headers.get("x-hyperdb-workload") for request in noted.seen
    ]
    assert sorted(set(said), key=str) == ([None] if transport == "rest-v2" else ["all day", "nightly"])


def test_a_result_closed_early_stops_its_query(pages: Emulator) -> None:
    def cancels() -> int:
        return [str(request.operation) for request in pages.requests].count("CancelQuery")

    with engine_on(pages, connect_args=over(pages, "hyper")) as engine, engine.connect() as connection:
        result = connection.execution_options(yield_per=10).execute(ENDLESS)
        assert len({row.n for row in next(result.partitions())}) == 10
        assert cancels() == 0
        result.close()
        assert cancels() == 1
        # One that was read to its end has nothing to stop.
        assert len(connection.execute(SERIES).all()) == ROWS
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1
        assert cancels() == 1


def test_another_thread_cancels_at_the_service(pages: Emulator) -> None:
    """As docs/sqlalchemy/engine.md shows it."""
    with engine_on(pages, connect_args=over(pages, "hyper")) as engine, engine.connect() as connection:
        running: list[Any] = []

        @sa.event.listens_for(connection, "before_cursor_execute")
        def remember(conn: Any, cursor: Any, *rest: Any) -> None:
            running.append(cursor)

        def cancel_when_it_runs() -> None:
            while not (running and running[0].query_id):
                pass
            running[0].cancel()

        thread = threading.Thread(target=cancel_when_it_runs)
        thread.start()
        with pytest.raises(sa.exc.OperationalError, match=r"(?i)cancel"):
            connection.execute(sa.select(sa.func.count()).select_from(ENDLESS.subquery())).scalar()
        thread.join()
        sa.event.remove(connection, "before_cursor_execute", remember)
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1


@pytest.mark.fault("K5")
def test_echo_shows_no_secret(pages: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with engine_on(pages, echo="debug", echo_pool="debug", hide_parameters=True) as engine:
        connection = engine.connect()
        assert connection.execute(sa.select(sa.bindparam("p", "hidden-value"))).scalar() == "hidden-value"
        with pytest.raises(sa.exc.ProgrammingError) as caught:
            connection.execute(sa.text("SELECT nothing, :p"), {"p": "hidden-value"})
        connection.close()
    assert pages.client_secret not in caplog.text
    assert "SELECT nothing" in caplog.text
    sqlalchemys = [record.getMessage() for record in caplog.records if record.name.startswith("sqlalchemy")]
    # The rows themselves are what echo="debug" is for.
    assert not [said for said in sqlalchemys if "hidden-value" in said and not said.startswith(("Row ", "Col "))]
    assert "hidden-value" not in str(caught.value)
