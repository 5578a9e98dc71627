"""The transport `hyper`, its flows alone. Source: wire spec, hyper §2; query §11; auth §7; faults O6 and rule 2."""

from __future__ import annotations

import base64
import io
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from datacloud_dbapi.auth.grants import ClientCredentials
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.errors import (
    AuthenticationError,
    ConnectionLostError,
    DatabaseError,
    DataError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    ProtocolError,
    QueryTimeoutError,
    ResultExpiredError,
    ServerUnreachableError,
)
from datacloud_dbapi.flow.effects import RpcError
from datacloud_dbapi.page import Column, Page
from datacloud_dbapi.params import ConnectParams
from datacloud_dbapi.transports import hyper_service_pb2 as pb
from datacloud_dbapi.transports.hyper import PAUSE, Hyper, HyperHandle
from datacloud_dbapi.types import DataType
from tests.unit.driver.hyper_script import (
    COLUMNS,
    HyperStage,
    executed,
    hyper_stage,
    json_parts,
    refusal,
    said,
    schema_info,
    status,
)
from tests.unit.driver.scripted import LOGIN, cells, json_answer, plain

LOST = RpcError("UNAVAILABLE", "connection reset")
NEVER_LEFT = RpcError("UNAVAILABLE", "refused", sent=False)
SERVER_LIMIT = RpcError("CANCELLED", "")


def submit(scene: HyperStage, transport: Hyper, *, arrow: bool = False, **facts: Any) -> tuple[HyperHandle, Page]:
    handle, page = scene.run(
        transport.submit("SELECT a", facts.get("parameters"), timeout=facts.get("timeout"), arrow=arrow)
    )
    assert isinstance(handle, HyperHandle)
    return handle, page


def next_page(scene: HyperStage, transport: Hyper, handle: HyperHandle, **facts: Any) -> Page:
    return scene.run(transport.next_page(handle, timeout=facts.get("timeout"), arrow=facts.get("arrow", False)))


def asked_range(scene: HyperStage, call: int) -> tuple[int, int]:
    wanted = pb.QueryResultParam.FromString(scene.calls[call].message).result_range
    return wanted.row_offset, wanted.row_limit


def table(page: Page) -> pa.Table:
    assert isinstance(page.arrow, tuple)
    return pa.ipc.open_stream(b"".join(page.arrow)).read_all()


def test_a_small_result_takes_one_call() -> None:
    numbers = {"columns": [{"name": "n", "type": "numeric", "precision": 38, "scale": 2, "nullable": True}]}
    part = pb.QueryResult(
        string_part=pb.Part(data=b"[[123456789012345678901234567890.50],[null]]"), result_part_row_count=2
    )
    scene, transport = hyper_stage(
        executed(*json_parts(numbers), part, status(2)),
        params={"settings": {"time_zone": "UTC"}, "hyper_database": "/data/x.hyper", "workload": "nightly"},
    )
    handle, page = submit(scene, transport)
    assert plain(page) == Page(
        (Column("n", DataType("NUMERIC", 38, 2), True),), [[Decimal("123456789012345678901234567890.50")], [None]], True
    )
    assert (handle.query_id, handle.rows_seen, handle.finished, handle.total) == ("q-1", 2, True, 2)
    assert scene.methods == ["ExecuteQuery"]
    call = scene.calls[0]
    assert (call.address, call.secure) == ("127.0.0.1:7484", False)
    assert dict(call.metadata) == {"x-hyperdb-adaptive-timeout": "1s", "x-hyperdb-workload": "nightly"}
    param = pb.QueryParam.FromString(call.message)
    assert (param.sql, param.transfer_mode, param.output_format) == ("SELECT a", pb.ADAPTIVE, pb.JSON_ARRAY)
    assert dict(param.settings) == {"time_zone": "UTC"}
    assert [(one.path, one.alias) for one in param.databases] == [("/data/x.hyper", "default")]


def test_pages_follow_by_row_number_while_the_query_still_runs() -> None:
    scene, transport = hyper_stage(
        executed(*json_parts(COLUMNS, [[1], [2]]), status(2, finished=False)),
        said(status(2, finished=False), status(3, finished=False)),  # a look that the server ended early
        said(*json_parts(COLUMNS, [[3]])),
        said(status(3)),
    )
    handle, page = submit(scene, transport)
    assert (cells(page), page.done) == ([[1], [2]], False)
    page = next_page(scene, transport, handle)
    assert (cells(page), page.done) == ([[3]], False)
    assert asked_range(scene, 2)[0] == 2
    assert ("x-hyperdb-query-id", "q-1") in scene.calls[2].metadata
    page = next_page(scene, transport, handle)
    assert (cells(page), page.done, handle.finished, handle.rows_seen) == ([], True, True, 3)
    assert scene.methods == ["ExecuteQuery", "GetQueryInfo", "GetQueryResult", "GetQueryInfo"]


def test_a_statement_that_runs_long_is_told_of_and_watched() -> None:
    cut = RpcError("DEADLINE_EXCEEDED", "", received=said(status(0, finished=False)))
    scene, transport = hyper_stage(
        executed(*json_parts(COLUMNS), status(0, finished=False)),
        cut,
        SERVER_LIMIT,
        said(status(1)),
        said(*json_parts(COLUMNS, [[7]])),
    )
    _, page = submit(scene, transport)
    assert (cells(page), page.done, scene.started) == ([[7]], True, ["q-1"])
    assert scene.methods == ["ExecuteQuery", *["GetQueryInfo"] * 3, "GetQueryResult"]
    looks = [call.read_timeout for call in scene.calls[1:4]]
    assert looks == sorted(looks)
    # After the look that says that it is complete, nothing is waited for.
    assert scene.sleeps == [PAUSE] * 2
    assert looks[0] < 1


@pytest.mark.parametrize("rows", [[], [[1], [2]]], ids=["before any row", "after two rows"])
def test_a_stream_that_breaks_goes_on_where_it_broke(rows: list[list[int]]) -> None:
    broken = RpcError("UNAVAILABLE", "reset", received=executed(*json_parts(COLUMNS, *([rows] if rows else []))))
    rest = [[3]] if rows else [[1], [2], [3]]
    scene, transport = hyper_stage(broken, said(status(3)), said(*json_parts(COLUMNS, rest)))
    handle, page = submit(scene, transport)
    read = cells(page)
    while not page.done:
        page = next_page(scene, transport, handle)
        read += cells(page)
    assert read == [[1], [2], [3]]
    assert asked_range(scene, 2)[0] == len(rows)
    assert scene.methods.count("ExecuteQuery") == 1


def test_a_stream_that_breaks_before_its_schema_has_its_columns_all_the_same() -> None:
    broken = RpcError("CANCELLED", "", received=executed())
    scene, transport = hyper_stage(broken, said(schema_info(), status(0)))
    _, page = submit(scene, transport)
    assert plain(page) == Page((Column("a", DataType("INTEGER"), False),), [], True)


@pytest.mark.fault("C2", "S2")
@pytest.mark.parametrize(
    ("failures", "error_class", "calls"),
    [
        ([LOST], ConnectionLostError, 1),
        ([SERVER_LIMIT], ConnectionLostError, 1),
        ([NEVER_LEFT] * 3, ServerUnreachableError, 3),
        ([NEVER_LEFT, LOST], ConnectionLostError, 2),
    ],
    ids=["unclear", "ended by the server", "never left", "never left, then unclear"],
)
def test_a_statement_is_sent_again_only_when_it_never_left(
    failures: list[RpcError], error_class: type[DatabaseError], calls: int
) -> None:
    scene, transport = hyper_stage(*failures)
    with pytest.raises(error_class) as caught:
        submit(scene, transport)
    assert type(caught.value) is error_class
    assert (len(scene.calls), caught.value.attempts) == (calls, calls)


def test_a_lost_page_is_asked_for_again() -> None:
    scene, transport = hyper_stage(
        executed(*json_parts(COLUMNS, [[1]]), status(2)), LOST, SERVER_LIMIT, said(*json_parts(COLUMNS, [[2]]))
    )
    handle, _ = submit(scene, transport)
    assert cells(next_page(scene, transport, handle)) == [[2]]
    assert [asked_range(scene, call)[0] for call in (1, 2, 3)] == [1, 1, 1]


def test_the_empty_result_keeps_its_columns_in_both_forms() -> None:
    scene, transport = hyper_stage(executed(*json_parts(COLUMNS), status(0)))
    assert submit(scene, transport)[1] == Page((Column("a", DataType("INTEGER"), False),), [], True)
    schema = pa.schema([pa.field("a", pa.int32(), nullable=False)])
    part = pb.QueryResult(binary_part=pb.Part(data=schema.serialize().to_pybytes()))
    scene, transport = hyper_stage(executed(part, status(0)))
    page = submit(scene, transport, arrow=True)[1]
    assert (cells(page), page.done, page.stated_rows) == ([], True, 0)
    assert table(page) == schema.empty_table()


def arrow_messages(*batches: list[int]) -> list[pb.QueryResult]:
    """What the service sends: a schema part, a part for each batch, and no end-of-stream marker."""
    schema = pa.schema([pa.field("a", pa.int32())])
    results = [pb.QueryResult(binary_part=pb.Part(data=schema.serialize().to_pybytes()))]
    for values in batches:
        sink = io.BytesIO()
        sink.write(pa.record_batch([pa.array(values, pa.int32())], schema=schema).serialize().to_pybytes())
        results.append(pb.QueryResult(binary_part=pb.Part(data=sink.getvalue()), result_part_row_count=len(values)))
    return results


def test_an_arrow_page_is_one_whole_stream() -> None:
    scene, transport = hyper_stage(executed(*arrow_messages([1, 2], [3]), status(4)), said(*arrow_messages([4])))
    handle, page = submit(scene, transport, arrow=True)
    assert table(page).column("a").to_pylist() == [1, 2, 3]
    assert (page.stated_rows, page.done) == (3, False)
    page = next_page(scene, transport, handle, arrow=True)
    assert table(page).column("a").to_pylist() == [4]
    assert page.done
    assert pb.QueryResultParam.FromString(scene.calls[1].message).output_format == pb.ARROW_IPC


def test_what_json_cannot_carry_comes_in_arrow_to_the_end() -> None:
    no_json = refusal("UNIMPLEMENTED", "0A000", "type 'bytea' not supported in JSON result sink")
    scene, transport = hyper_stage(no_json, executed(*arrow_messages([1]), status(2)), said(*arrow_messages([2])))
    handle, page = submit(scene, transport)
    assert page.arrow is not None
    assert next_page(scene, transport, handle).arrow is not None
    formats = [pb.QueryParam.FromString(call.message).output_format for call in scene.calls[:2]]
    assert formats == [pb.JSON_ARRAY, pb.ARROW_IPC]


def test_json_columns_keep_their_text_by_way_of_arrow() -> None:
    column = {"columns": [{"name": "j", "type": "json", "nullable": True}]}
    scene, transport = hyper_stage(
        executed(*json_parts(column, [[{"a": 1}]]), status(1)),
        said(schema_info(column), status(1)),
        said(pb.QueryInfo(binary_schema=pb.Part(data=b"schema")), status(1)),
        said(*arrow_messages([1])),
    )
    assert submit(scene, transport)[1].arrow is not None
    assert pb.QueryResultParam.FromString(scene.calls[-1].message).output_format == pb.ARROW_IPC


def asked_chunks(scene: HyperStage) -> list[int | None]:
    """The chunk of each `GetQueryResult`, None for one of rows."""
    asked = [pb.QueryResultParam.FromString(call.message) for call in scene.calls if "Result" in call.method]
    return [one.chunk_id if one.HasField("chunk_id") else None for one in asked]


def test_arrow_without_a_timeout_begins_with_the_first_chunk() -> None:
    scene, transport = hyper_stage(
        executed(*arrow_messages([1, 2], [3]), status(3, finished=False, chunks=1)),
        said(status(5, chunks=2)),
        LOST,
        said(*arrow_messages([4, 5])),
    )
    handle, page = submit(scene, transport, arrow=True)
    assert (table(page).column("a").to_pylist(), page.done, handle.chunks_seen) == ([1, 2, 3], False, 1)
    param = pb.QueryParam.FromString(scene.calls[0].message)
    assert (param.transfer_mode, param.HasField("result_range")) == (pb.ADAPTIVE, False)
    assert (scene.run(transport.row_count(handle, timeout=None)), handle.chunks) == (5, 2)
    page = scene.run(transport.read_chunk("q-1", 1, timeout=None, arrow=True))
    assert (table(page).column("a").to_pylist(), page.stated_rows) == ([4, 5], 2)
    assert asked_chunks(scene) == [1, 1]  # the first was lost on the way


@pytest.mark.parametrize(
    ("first", "arrow"),
    [
        (RpcError("UNAVAILABLE", "", received=executed(*arrow_messages([1]))), True),
        (executed(*arrow_messages([1])), True),
        (executed(*json_parts(COLUMNS, [[1]]), status(1, finished=False, chunks=1)), False),
    ],
    ids=["a stream that broke", "a stream that was closed early", "rows"],
)
def test_what_is_not_known_to_be_a_whole_chunk_is_followed_by_row(first: Any, arrow: bool) -> None:
    rest: Any = arrow_messages([2, 3]) if arrow else json_parts(COLUMNS, [[2], [3]])
    scene, transport = hyper_stage(first, said(status(3, chunks=2)), said(*rest))
    handle, _ = submit(scene, transport, arrow=arrow)
    assert handle.chunks_seen == 0
    assert next_page(scene, transport, handle, arrow=arrow).done
    assert (asked_chunks(scene), asked_range(scene, 2)[0]) == ([None], 1)


@pytest.mark.parametrize(("arrow", "chunks"), [(False, [None]), (True, [0])])
@pytest.mark.parametrize("finished", [False, True])
def test_with_a_timeout_the_id_comes_before_any_row(arrow: bool, chunks: list[int | None], finished: bool) -> None:
    schema: Any = arrow_messages() if arrow else json_parts(COLUMNS)
    rows: Any = arrow_messages([1, 2]) if arrow else json_parts(COLUMNS, [[1], [2]])
    scene, transport = hyper_stage(
        executed(*schema, status(0, finished=False)), said(status(2, finished=finished, chunks=1)), said(*rows)
    )
    handle, page = submit(scene, transport, arrow=arrow, timeout=60.0)
    param = pb.QueryParam.FromString(scene.calls[0].message)
    assert (param.transfer_mode, param.HasField("result_range")) == (pb.ASYNC, False)
    assert (scene.started, page.done, handle.rows_seen) == (["q-1"], finished, 2)
    assert (asked_chunks(scene), handle.chunks_seen) == (chunks, int(arrow))


def test_a_chunk_without_rows_is_refused() -> None:
    scene, transport = hyper_stage(said(*arrow_messages()))
    with pytest.raises(ProtocolError, match="sent 0 of"):
        scene.run(transport.read_chunk("q-1", 3, timeout=None, arrow=True))


@pytest.mark.fault("S21")
@pytest.mark.parametrize("timeout", [None, 60.0], ids=["adaptive", "async"])
def test_an_error_at_run_time_is_the_same_in_both_modes(timeout: float | None) -> None:
    schema = executed(*json_parts(COLUMNS), status(0, finished=False))
    if timeout is None:
        answers: list[Any] = [refusal("INVALID_ARGUMENT", "22012", "division by zero")]
    else:
        answers = [schema, refusal("FAILED_PRECONDITION", "22012", "division by zero")]
    scene, transport = hyper_stage(*answers)
    with pytest.raises(DataError) as caught:
        submit(scene, transport, timeout=timeout)
    assert (type(caught.value), caught.value.sqlstate, caught.value.message) == (DataError, "22012", "division by zero")


def test_a_query_whose_first_rows_are_late_is_cancelled() -> None:
    scene, transport = hyper_stage(
        executed(*json_parts(COLUMNS), status(2, finished=False)),
        RpcError("DEADLINE_EXCEEDED", ""),
        (),
        rpc_took=[1.0, 9.0],
    )
    with pytest.raises(QueryTimeoutError):
        submit(scene, transport, timeout=10.0)
    assert scene.methods == ["ExecuteQuery", "GetQueryResult", "CancelQuery"]


@pytest.mark.fault("S9")
@pytest.mark.parametrize(
    ("failure", "error_class", "facts"),
    [
        (
            refusal("INVALID_ARGUMENT", "42P01", "table x", begin=7, customer_hint="Did you mean y?"),
            ProgrammingError,
            {"sqlstate": "42P01", "position": 8, "hint": "Did you mean y?", "message": "table x"},
        ),
        (refusal("INVALID_ARGUMENT", "42601", begin=0), ProgrammingError, {"position": 1}),
        (refusal("INVALID_ARGUMENT", "42601"), ProgrammingError, {"position": None}),
        (refusal("INVALID_ARGUMENT", "22012"), DataError, {"sqlstate": "22012"}),
        (refusal("RESOURCE_EXHAUSTED", "53S01"), QueryTimeoutError, {}),
        (refusal("CANCELLED", "57014"), OperationalError, {"sqlstate": "57014"}),
        (refusal("UNAVAILABLE", "57P03"), OperationalError, {}),
        (RpcError("PERMISSION_DENIED", "no access"), OperationalError, {"message": "no access"}),
        (RpcError("UNAUTHENTICATED", "no token"), AuthenticationError, {}),
        (RpcError("UNIMPLEMENTED", "unknown service"), NotSupportedError, {}),
        (RpcError("RESOURCE_EXHAUSTED", "message too large"), OperationalError, {}),
        (RpcError("INTERNAL", "x", b"\xff no protobuf"), OperationalError, {"message": "x"}),
    ],
)
def test_a_failed_call_says_what_the_engine_said(
    failure: RpcError, error_class: type[DatabaseError], facts: dict[str, object]
) -> None:
    scene, transport = hyper_stage(failure)
    with pytest.raises(DatabaseError) as caught:
        submit(scene, transport)
    assert type(caught.value) is error_class
    assert {name: getattr(caught.value, name) for name in facts} == facts
    assert "TOP-SECRET" not in f"{caught.value!r} {caught.value}"
    assert len(scene.calls) == 1


def test_a_query_that_failed_while_running_tells_its_own_reason() -> None:
    scene, transport = hyper_stage(
        executed(*json_parts(COLUMNS, [[1]]), status(2, finished=False)),
        refusal("FAILED_PRECONDITION", "55000", "query execution has failed"),
        refusal("FAILED_PRECONDITION", "22012", "division by zero"),
    )
    handle, _ = submit(scene, transport)
    with pytest.raises(DataError, match="division by zero"):
        next_page(scene, transport, handle)


def test_a_result_that_is_gone_is_expired() -> None:
    scene, transport = hyper_stage(refusal("NOT_FOUND", "02000", "the requested query ID is unknown"))
    with pytest.raises(ResultExpiredError) as caught:
        scene.run(transport.attach("q-9", timeout=None, arrow=False))
    assert caught.value.query_id == "q-9"


@pytest.mark.fault("S22")
def test_the_timeout_cancels_the_query_once() -> None:
    running = said(schema_info(), status(0, finished=False))
    scene, transport = hyper_stage(
        executed(*json_parts(COLUMNS), status(0, finished=False)), running, (), rpc_took=[5.0, 6.0]
    )
    with pytest.raises(QueryTimeoutError):
        submit(scene, transport, timeout=10.0)
    assert scene.methods == ["ExecuteQuery", "GetQueryInfo", "CancelQuery"]
    assert scene.calls[0].deadline == 1010.0


@pytest.mark.fault("S22")
def test_the_timeout_stands_even_when_the_cancel_fails() -> None:
    late = RpcError("DEADLINE_EXCEEDED", "")
    scene, transport = hyper_stage(
        executed(*json_parts(COLUMNS), status(0, finished=False)), late, *[LOST] * 3, rpc_took=[5.0, 5.0]
    )
    with pytest.raises(QueryTimeoutError):
        submit(scene, transport, timeout=10.0)
    assert scene.methods == ["ExecuteQuery", "GetQueryInfo", *["CancelQuery"] * 3]


@pytest.mark.fault("S15")
def test_rows_that_do_not_add_up_are_refused() -> None:
    part = pb.QueryResult(string_part=pb.Part(data=b"[[1],[2]]"), result_part_row_count=3)
    scene, transport = hyper_stage(executed(*json_parts(COLUMNS), part, status(3)))
    with pytest.raises(ProtocolError, match="states 3 rows and sent 2"):
        submit(scene, transport)
    scene, transport = hyper_stage(executed(*json_parts(COLUMNS), status(3)), said(*json_parts(COLUMNS)))
    with pytest.raises(ProtocolError, match="sent 0 of"):
        submit(scene, transport)
    scene, transport = hyper_stage(executed(*json_parts(COLUMNS, [[1], [2]]), status(1)))
    with pytest.raises(ProtocolError, match="states 1 rows and sent 2"):
        submit(scene, transport)
    scene, transport = hyper_stage(())
    with pytest.raises(ProtocolError, match="no query id"):
        submit(scene, transport)


def test_a_range_is_read_to_its_last_row_in_as_many_answers_as_it_takes() -> None:
    scene, transport = hyper_stage(
        said(schema_info(), status(100)), said(*json_parts(COLUMNS, [[10], [11]])), said(*json_parts(COLUMNS, [[12]]))
    )
    page = scene.run(transport.read_range("q-1", 10, 3, timeout=None, arrow=False))
    assert plain(page) == Page((Column("a", DataType("INTEGER"), False),), [[10], [11], [12]], True)
    assert [asked_range(scene, call) for call in (1, 2)] == [(10, 3), (12, 1)]


@pytest.mark.parametrize(("first", "answers"), [(98, [[[98], [99]]]), (100, []), (500, [])])
def test_a_range_ends_at_the_results_end(first: int, answers: list[list[list[int]]]) -> None:
    scene, transport = hyper_stage(
        said(schema_info(), status(100)), *(said(*json_parts(COLUMNS, rows)) for rows in answers)
    )
    page = scene.run(transport.read_range("q-1", first, 10, timeout=None, arrow=False))
    assert cells(page) == [row for rows in answers for row in rows]
    assert page.columns == (Column("a", DataType("INTEGER"), False),)


def test_the_row_count_waits_for_the_last_row() -> None:
    scene, transport = hyper_stage(
        executed(*json_parts(COLUMNS, [[1]]), status(1, finished=False)),
        said(status(5, finished=False)),
        said(status(7)),
    )
    handle, _ = submit(scene, transport)
    assert scene.run(transport.row_count(handle, timeout=None)) == 7
    assert scene.methods == ["ExecuteQuery", "GetQueryInfo", "GetQueryInfo"]
    assert scene.run(transport.row_count(handle, timeout=None)) == 7


def test_describe_asks_for_no_rows_and_any_type() -> None:
    facts = {"columns": [{"name": "b", "type": "bytea", "nullable": True}]}
    scene, transport = hyper_stage(executed(*arrow_messages(), status(0)), said(schema_info(facts), status(0)))
    columns = scene.run(transport.describe("SELECT b", None, timeout=None))
    assert columns == (Column("b", DataType("BINARY"), True),)
    param = pb.QueryParam.FromString(scene.calls[0].message)
    assert (param.HasField("query_row_limit"), param.query_row_limit, param.output_format) == (True, 0, pb.ARROW_IPC)


def test_a_statement_that_changes_data_has_no_result_but_a_count() -> None:
    scene, transport = hyper_stage(executed(status(3)))
    handle, page = submit(scene, transport)
    assert (page, handle.total, handle.rows_seen, handle.finished) == (Page((), [], True), 3, 0, True)


def test_cancel_names_the_query() -> None:
    scene, transport = hyper_stage(executed(*json_parts(COLUMNS, [[1]]), status(2, finished=False)), ())
    handle, _ = submit(scene, transport)
    scene.run(transport.cancel(handle))
    assert pb.CancelQueryParam.FromString(scene.calls[1].message).query_id == "q-1"
    assert ("x-hyperdb-query-id", "q-1") in scene.calls[1].metadata


def tenant_token(mark: str) -> str:
    claims = {"audienceTenantId": "a360/prod/abc", "mark": mark}
    return f"eyJ.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.sig"


def with_login(*said_: Any, tenant: str = "abc.c360a.salesforce.com", **params: Any) -> tuple[HyperStage, Hyper]:
    logins = []
    for mark in ("first", "second", "third"):
        answer = json_answer({"access_token": tenant_token(mark), "instance_url": tenant, "expires_in": 7200})
        logins += [LOGIN, answer]
    tokens = Tokens(ClientCredentials("https://acme.my.salesforce.com", "a", "b"), None, TrustedHosts())
    given = {"login_url": "https://acme.my.salesforce.com", "client_id": "a", "client_secret": "b", **params}
    transport = Hyper(tokens, ConnectParams.resolve(None, given, {}))
    return HyperStage(list(logins), said=list(said_)), transport


def test_the_tenant_is_asked_over_tls_with_its_token() -> None:
    scene, transport = with_login(executed(*json_parts(COLUMNS), status(0)))
    submit(scene, transport)
    call = scene.calls[0]
    assert (call.address, call.secure) == ("abc.c360a.salesforce.com:443", True)
    metadata = dict(call.metadata)
    assert metadata["authorization"] == f"Bearer {tenant_token('first')}"
    assert metadata["audience"] == "a360/prod/abc"
    assert tenant_token("first") not in repr(call)


def test_a_refused_token_is_renewed_once() -> None:
    refused = RpcError("UNAUTHENTICATED", "expired")
    scene, transport = with_login(refused, executed(*json_parts(COLUMNS), status(0)))
    submit(scene, transport)
    assert [dict(call.metadata)["authorization"][7:] for call in scene.calls] == [
        tenant_token("first"),
        tenant_token("second"),
    ]
    scene, transport = with_login(refused, refused)
    with pytest.raises(AuthenticationError):
        submit(scene, transport)
    assert len(scene.calls) == 2


@pytest.mark.parametrize(
    ("facts", "secure"),
    [
        ({"hyper_address": "127.0.0.1:1", "allow_insecure_loopback": True}, False),
        ({"hyper_address": "localhost:1", "allow_insecure_loopback": True}, False),
        ({"hyper_address": "127.0.0.1:1"}, True),
        ({"hyper_address": "127.0.0.1:1", "allow_insecure_loopback": True, "ca_bundle": "ca.pem"}, True),
        ({"hyper_address": "hyper.example.com:443", "allow_insecure_loopback": True}, True),
    ],
)
def test_only_this_machine_is_spoken_to_in_plain_text(facts: dict[str, Any], secure: bool) -> None:
    scene, transport = with_login(executed(*json_parts(COLUMNS), status(0)), **facts)
    submit(scene, transport)
    assert (scene.calls[0].address, scene.calls[0].secure) == (facts["hyper_address"], secure)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.1:", ":7484", "127.0.0.1:0", "127.0.0.1:99999", "a/b:1"])
def test_an_address_is_host_and_port(address: str) -> None:
    with pytest.raises(InterfaceError, match="host:port"):
        with_login(hyper_address=address)
