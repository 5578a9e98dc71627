"""Spans of OpenTelemetry. Source: its semantic conventions 1.33, database client spans; public surface, §1."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import datacloud_dbapi
from datacloud_dbapi import aio
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.tracing import execute_span
from tests.unit.driver.test_two_runners import Scripted, answer, login

trace = pytest.importorskip("opentelemetry.trace", reason="the extra `otel` is not installed")
sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="the SDK reads the spans back")

GIVEN: dict[str, Any] = {
    "login_url": "https://acme.my.salesforce.com",
    "client_id": "a",
    "client_secret": "hush-hush",
    "transport": "rest-v2",
    "dataspace": "sales",
}
EVERY = {
    "db.system.name": "salesforce.data_cloud",
    "db.namespace": "sales",
    "db.operation.name": "SELECT",
    "db.query.summary": "SELECT",
    "server.address": "acme.my.salesforce.com",
    "server.port": 443,
}


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Everything that ended as a span; the provider is this test's own, as the process may have but one."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def blocking(sql: str, parameters: Any, reply: httpx.Response) -> None:
    with datacloud_dbapi.connect(**GIVEN, http_transport=Scripted([*login(), reply])) as connection:
        connection.cursor().execute(sql, parameters)


def awaiting(sql: str, parameters: Any, reply: httpx.Response) -> None:
    async def main() -> None:
        async with await aio.connect(**GIVEN, http_transport=Scripted([*login(), reply])) as connection:
            await connection.cursor().execute(sql, parameters)

    asyncio.run(main())


@pytest.mark.parametrize("run", [blocking, awaiting])
@pytest.mark.parametrize(
    ("sql", "parameters", "more"),
    [
        ("SELECT 'a-value'", None, {}),
        ("-- why\n /* what */ (select 1)", None, {}),
        ("SELECT :n", {"n": "a-value"}, {"db.query.text": "SELECT :n"}),
    ],
)
def test_a_statement_is_a_span_until_its_first_page(
    spans: Any, run: Any, sql: str, parameters: Any, more: dict[str, Any]
) -> None:
    run(sql, parameters, answer([[1], [2]]))
    (span,) = spans.get_finished_spans()
    assert (span.name, span.kind) == ("SELECT sales", trace.SpanKind.CLIENT)
    assert dict(span.attributes) == {**EVERY, **more, "db.response.returned_rows": 2}
    assert "a-value" not in span.to_json()


@pytest.mark.parametrize("run", [blocking, awaiting])
def test_a_failure_is_a_span_with_its_class_and_code_and_without_its_message(spans: Any, run: Any) -> None:
    refusal = httpx.Response(400, json={"error": "Bad Request", "message": "no column a-value", "sqlState": "42703"})
    with pytest.raises(datacloud_dbapi.ProgrammingError) as caught:
        run("SELECT a-value", None, refusal)
    (span,) = spans.get_finished_spans()
    code = caught.value.sqlstate or caught.value.code or "400"
    assert dict(span.attributes) == {**EVERY, "error.type": "ProgrammingError", "db.response.status_code": code}
    assert (span.status.status_code, span.events) == (trace.StatusCode.ERROR, ())
    assert "a-value" not in span.to_json()


def test_the_number_of_rows_is_left_out_while_it_is_not_known(spans: Any) -> None:
    reply = answer([[1]], done=False, nextBatchId="b1")
    with datacloud_dbapi.connect(**GIVEN, http_transport=Scripted([*login(), reply]), prefetch=0) as connection:
        connection.cursor().execute("SELECT 1")
    (span,) = spans.get_finished_spans()
    assert dict(span.attributes) == EVERY


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"tenant_url": "https://x.c360a.salesforce.com", "datacloud_token": "t"}, ("x.c360a.salesforce.com", 443)),
        (
            {"hyper_address": "127.0.0.1:7484", "transport": "hyper", "allow_insecure_loopback": True},
            ("127.0.0.1", 7484),
        ),
    ],
)
def test_the_server_is_the_one_that_is_known_beforehand(spans: Any, given: Any, expected: tuple[str, int]) -> None:
    params = ConnectParams.resolve(None, given, {})
    with execute_span("?", params, parameters=False, rows=lambda: -1):
        pass
    (span,) = spans.get_finished_spans()
    assert (span.attributes["server.address"], span.attributes["server.port"]) == expected
    assert (span.name, "db.operation.name" in span.attributes) == ("query default", False)


def test_nothing_is_loaded_for_an_application_that_does_not_trace() -> None:
    code = (
        "import sys, datacloud_dbapi\n"
        "from datacloud_dbapi import tracing\n"
        "span = tracing.execute_span('SELECT 1', None, parameters=False, rows=None)\n"
        "assert span is tracing.execute_span('SELECT 2', None, parameters=False, rows=None)\n"
        "with span: pass\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
