"""Text that comes from people and headers that come from servers: only errors of PEP 249, and what parses keeps.

Source: wire spec, faults rule 3 (Retry-After), S5-S7, S10, V9-V11, P10-P14; limits §3; public surface §3 (URLs).
"""

from __future__ import annotations

import math
from contextlib import suppress
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datacloud_dbapi import profiles
from datacloud_dbapi.arrow_stream import joined, messages, rows_in
from datacloud_dbapi.binding import bind, server_parameters
from datacloud_dbapi.dsn import normal_origin, parse_dsn, render_dsn
from datacloud_dbapi.errors import (
    Error,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
    error_from_response,
    stated_wait,
)
from datacloud_dbapi.flow.limits import RateLimit
from datacloud_dbapi.lexer import tokens
from datacloud_dbapi.transports.rest_v2 import LONGEST_ID, _objection
from datacloud_dbapi.transports.total_order import in_total_order, outputs
from tests.fuzz.mutations import changed_bytes, odd_values

# Pieces of SQL rather than letters: noise alone seldom opens a quote and closes it.
SQL = (
    *(
        "SELECT ",
        "FROM t ",
        "ORDER BY 1",
        " LIMIT 3",
        "UNION ",
        "a",
        "n",
        " ",
        "\n",
        "\r\n",
        ",",
        "(",
        ")",
        "[",
        "]",
        ";",
    ),
    *(
        "'",
        "''",
        "\\",
        "\\'",
        '"',
        '""',
        "$$",
        "$x$",
        "$1",
        "E'",
        "U&'",
        'U&"',
        "N'",
        "--",
        "/*",
        "*/",
        "?",
        ":n",
        "::",
        ":",
    ),
    *("DATE ", "1", "1.5e-3", ".", "é", "\u2028", "\x00", "😀", "*", "-", "WITH TIES", "FETCH FIRST 1 ROW "),
)
statements = st.lists(st.sampled_from(SQL), max_size=14).map("".join) | st.text(max_size=30)
values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3)


@given(statements)
def test_tokens_are_the_statement(sql: str) -> None:
    found = list(tokens(sql))
    assert "".join(token.text for token in found) == sql
    assert all(token.text for token in found)
    assert bind(sql, None) == sql


@given(statements, st.lists(values | st.lists(values, max_size=2), max_size=3) | st.dictionaries(st.just("n"), values))
def test_binding_refuses_in_words_or_leaves_no_placeholder(sql: str, parameters: object) -> None:
    with suppress(ProgrammingError, NotSupportedError):
        bound = bind(sql, parameters)  # type: ignore[arg-type]  # whatever it is
        # A mapping is for names, a sequence for places; what was bound has none of them left.
        empty: dict[str, object] | tuple[()] = {} if isinstance(parameters, dict) else ()
        kind = "named" if isinstance(parameters, dict) else "positional"
        assert not [token for token in tokens(bound) if token.kind == kind]
        assert bind(bound, empty) == bound
    with suppress(ProgrammingError, NotSupportedError):
        server_parameters(sql, parameters, ("BIGINT", "VARCHAR"))  # type: ignore[arg-type]


@given(statements, st.integers(1, 5))
def test_any_statement_is_ordered_or_refused(sql: str, columns: int) -> None:
    found = outputs(sql)
    assert found is None or found >= 0
    with suppress(ProgrammingError, NotSupportedError):
        in_total_order(sql, columns)


parts = st.text(st.characters(codec="utf-8"), max_size=6)
urls = st.builds("datacloud://{}:{}@{}/{}?{}".format, parts, parts, parts, parts, parts) | st.lists(
    st.sampled_from(
        ("datacloud", "://", ":", "@", "/", "?", "=", "&", "#", "%", "%41", "%ff", "[", "]", "::1", "a.b", "9", "é")
    )
).map("".join)


@given(urls)
def test_a_url_is_refused_without_repeating_it_or_survives(url: str) -> None:
    refusal = ""
    try:
        dsn = parse_dsn(url)
    except InterfaceError as error:
        refusal = str(error)
    else:
        assert parse_dsn(render_dsn(dsn)) == dsn
    assert len(url) < 20 or url not in refusal


@given(urls)
def test_an_origin_is_plain_or_refused(url: str) -> None:
    with suppress(ValueError):
        origin = normal_origin(url)
        assert origin.startswith("https://")
        assert normal_origin(origin) == origin
        assert not set(origin.removeprefix("https://")) & set("/?#@%\\ ")


@given(
    st.dictionaries(
        st.sampled_from(
            (
                "login_url",
                "client_id",
                "max_attempts",
                "prefetch",
                "auth",
                "settings",
                "query_timeout",
                "transport",
                "dataspace",
                "allowed_hosts",
            )
        ),
        odd_values,
    )
)
def test_connection_parameters_are_taken_or_refused(given_: dict[str, object]) -> None:
    with suppress(InterfaceError, NotSupportedError):
        profiles.resolve(
            None, {"login_url": "https://a.my.salesforce.com", "client_id": "x", "client_secret": "y", **given_}, {}
        )


header_texts = st.text(max_size=12) | st.sampled_from(
    ("0", "2", "1.5", "-1", "1e3", "nan", "inf", "86400", "٣", "9" * 13, "Mon, 05 Jan 2026 09:00:00 GMT",
     "Mon, 99 Jan 2026 09:00:00 GMT", "Mon, 05 Jan 99999 09:00:00 +9999", "500, 500;w=1, 1000;w=86400", "0;w=1")
)  # fmt: skip


@given(st.sampled_from((200, 429, 503)), header_texts, header_texts, header_texts)
def test_a_wait_is_a_number_of_seconds_or_none(status: int, retry: str, date: str, reset: str) -> None:
    fields = {"retry-after": retry, "date": date, "x-ratelimit-reset": reset, "x-ratelimit-remaining": retry}
    for wait in (stated_wait(status, fields), stated_wait(status, fields, 0.0)):
        assert wait is None or (math.isfinite(wait) and wait >= 0)
    limit = RateLimit.read(fields)
    for number in (limit.limit, limit.remaining, limit.reset_after) if limit is not None else ():
        assert number is None or (math.isfinite(number) and number >= 0)


@given(
    st.integers(100, 599),
    st.binary(max_size=60) | odd_values.map(lambda value: repr(value).encode()),
    st.sampled_from(("query", "page", "auth", "metadata")),
    header_texts,
)
def test_any_answer_is_an_error_in_one_printable_line(status: int, body: bytes, area: str, text: str) -> None:
    headers = {"Content-Type": text, "X-Trace-Id": text, "Retry-After": text}
    error = error_from_response(status, headers, body, request="GET /", area=area)  # type: ignore[arg-type]
    assert isinstance(error, Error)
    assert len(error.message) <= 1100
    assert str(error).encode("utf-8")
    assert not any(ord(character) < 32 for character in str(error))


@given(st.text(max_size=12) | st.sampled_from((".", "..", "a/b", "%2e", "x" * (LONGEST_ID + 1), " ", "\x7f", "\ud800")))
def test_an_id_that_is_asked_for_stands_in_one_segment(text: str) -> None:
    if _objection(text, None) is None:
        segment = quote(text, safe="")
        assert unquote(segment) == text
        assert "/" not in segment
        assert segment not in ("", ".", "..")


@pytest.fixture(scope="module")
def stream() -> bytes:
    """An Arrow stream of two batches."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    table = pa.table({"n": [1, 2, 3], "t": ["a", None, "c"]})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


@given(st.data())
@settings(max_examples=400)
def test_an_arrow_stream_is_walked_or_refused(stream: bytes, data: st.DataObject) -> None:
    assert rows_in(stream) == 6
    body = data.draw(changed_bytes(stream))
    with suppress(Error):
        found = messages(body)
        assert [message.start for message in found[1:]] == [message.end for message in found[:-1]]
        assert rows_in(body) >= 0
        assert rows_in(joined([body, body])) == 2 * rows_in(body)


def test_no_changed_bit_makes_rows_fewer_than_none(stream: bytes) -> None:
    for place in range(len(stream)):
        changed = stream[:place] + bytes([stream[place] ^ 0x80]) + stream[place + 1 :]
        with suppress(Error):
            assert rows_in(changed) >= 0


def test_a_stream_cut_anywhere_is_refused(stream: bytes) -> None:
    for end in range(len(stream)):
        with pytest.raises(Error):
            rows_in(stream[:end])
