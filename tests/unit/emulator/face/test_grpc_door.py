"""The Hyper service over a raw gRPC client. Source: wire spec, hyper §1.6, §2, §6; query §11; auth §7."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import jwt
import psutil
import pyarrow as pa
import pytest

from datacloud_emulator import Clock, Emulator, Quirks
from datacloud_emulator.engine import hyper_service_pb2 as pb

from .client import START

SERVICE = "/salesforce.hyperdb.grpc.v1.HyperService/"
COUNT = "SELECT COUNT(*) AS n FROM ssot__Individual__dlm"

pytestmark = pytest.mark.sockets


class Hyper:
    """A client that knows an address and a token, and none of our driver."""

    def __init__(self, address: str, token: str | None, ca_file: str | None = None) -> None:
        options = [("grpc.max_receive_message_length", 64 * 2**20), ("grpc.use_local_subchannel_pool", 1)]
        if ca_file is None:
            self.channel: Any = grpc.insecure_channel(address, options=options)
        else:
            trust = grpc.ssl_channel_credentials(Path(ca_file).read_bytes())
            self.channel = grpc.secure_channel(address, trust, options=options)
        self.token = token

    def __enter__(self) -> Hyper:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()

    def call(self, method: str, message: Any, *, timeout: float | None = 60, **headers: str) -> Any:
        metadata = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if self.token is not None:
            metadata.append(("authorization", f"Bearer {self.token}"))
        return self.channel.unary_stream(SERVICE + method)(
            message if isinstance(message, bytes) else message.SerializeToString(), metadata=metadata, timeout=timeout
        )

    def execute(self, sql: str, mode: Any = pb.ADAPTIVE, form: Any = pb.JSON_ARRAY, **more: Any) -> list[Any]:
        param = pb.QueryParam(sql=sql, transfer_mode=mode, output_format=form, **more)
        return [pb.ExecuteQueryResponse.FromString(answer) for answer in self.call("ExecuteQuery", param)]

    def rows(self, sql: str, **more: Any) -> list[Any]:
        return json_rows([answer.query_result for answer in self.execute(sql, **more)])

    def submit(self, sql: str) -> str:
        """The id of a query that runs on its own."""
        return str(self.execute(sql, pb.ASYNC)[0].query_info.query_status.query_id)

    def follow(self, method: str, param: Any, query_id: str, **more: Any) -> Any:
        return self.call(method, param, x_hyperdb_query_id=query_id, **more)

    def finish(self, query_id: str) -> int:
        """Wait for the query: how many rows it has."""
        param = pb.QueryInfoParam(query_id=query_id, streaming=True)
        answers = [pb.QueryInfo.FromString(answer) for answer in self.follow("GetQueryInfo", param, query_id)]
        assert answers[-1].query_status.completion_status != pb.QueryStatus.RUNNING_OR_UNSPECIFIED
        return int(answers[-1].query_status.row_count)

    def range(self, query_id: str, first: int, count: int, form: Any = pb.JSON_ARRAY) -> list[Any]:
        window = pb.ResultRange(row_offset=first, row_limit=count, byte_limit=20_971_520)
        param = pb.QueryResultParam(query_id=query_id, output_format=form, result_range=window)
        return [pb.QueryResult.FromString(answer) for answer in self.follow("GetQueryResult", param, query_id)]

    def fails(self, sql: str, **more: Any) -> tuple[grpc.StatusCode, Any]:
        return failure(lambda: self.execute(sql, **more))


def json_rows(results: list[Any]) -> list[Any]:
    parts = [result.string_part.data for result in results if result.result_part_row_count]
    return [row for part in parts for row in json.loads(part)]


def failure(act: Any) -> tuple[grpc.StatusCode, Any]:
    """The status a call ends with, and its ErrorInfo."""
    with pytest.raises(grpc.RpcError) as caught:
        act()
    error: Any = caught.value
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status = pb.RpcStatus.FromString(value)
            assert status.code == error.code().value[0]
            assert status.message == error.details()
            (detail,) = status.details
            assert detail.type_url == "type.googleapis.com/salesforce.hyperdb.grpc.v1.ErrorInfo"
            return error.code(), pb.ErrorInfo.FromString(detail.value)
    return error.code(), error.details()


@pytest.fixture(scope="module")
def emulator(data_folder: Path) -> Iterator[Emulator]:
    with Emulator(data_folder, dataspaces=("default", "emea"), clock=Clock(at=START)) as running:
        yield running


def token(emulator: Emulator, dataspace: str = "default") -> str:
    """A tenant token, got over HTTP."""
    with httpx.Client(transport=emulator.http_transport, base_url=emulator.login_url) as http:
        login = {"client_id": emulator.client_id, "client_secret": emulator.client_secret}
        org = http.post("/services/oauth2/token", data={"grant_type": "client_credentials", **login}).json()
        exchange = {
            "grant_type": "urn:salesforce:grant-type:external:cdp",
            "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "subject_token": org["access_token"],
            "dataspace": dataspace,
        }
        return str(http.post("/services/a360/token", data=exchange).json()["access_token"])


@pytest.fixture(scope="module")
def hyper(emulator: Emulator) -> Iterator[Hyper]:
    with Hyper(emulator.hyper_address, token(emulator)) as opened:
        yield opened


@pytest.fixture(scope="module")
def abroad(emulator: Emulator) -> Iterator[Hyper]:
    """The same app in another data space."""
    with Hyper(emulator.hyper_address, token(emulator, "emea")) as opened:
        yield opened


@pytest.mark.parametrize("mode", [pb.SYNC, pb.ADAPTIVE])
def test_a_query_sees_the_tokens_data_space(hyper: Hyper, abroad: Hyper, mode: Any) -> None:
    assert hyper.rows(COUNT, mode=mode) == [[2]]
    assert abroad.rows("SELECT Id__c FROM Only_Emea__dlm", mode=mode) == [["E-1"]]
    assert hyper.fails("SELECT * FROM Only_Emea__dlm", mode=mode)[1].sqlstate == "42P01"


def test_names_match_in_any_case_and_keep_the_spelling_of_the_statement(hyper: Hyper) -> None:
    answers = hyper.execute("SELECT SSOT__id__C, '😀' AS e FROM ssot__INDIVIDUAL__dlm JOIN ORDERS_home__dll ON TRUE")
    schema = next(answer.query_result for answer in answers if answer.HasField("query_result"))
    assert [column["name"] for column in json.loads(schema.string_part.data)["columns"]] == ["SSOT__id__C", "e"]
    assert sorted(json_rows([answer.query_result for answer in answers])) == [["P-1", "😀"], ["P-2", "😀"]]
    ids = {answer.query_info.query_status.query_id for answer in answers if answer.HasField("query_info")}
    assert len(ids) == 1  # of the statement that ran, not of the ones that were mended


def test_a_position_is_that_of_the_callers_own_text(hyper: Hyper) -> None:
    sql = "SELECT '😀', nix FROM SSOT__INDIVIDUAL__DLM"
    code, info = hyper.fails(sql)
    assert (code, info.sqlstate, info.error_source) == (grpc.StatusCode.INVALID_ARGUMENT, "42703", "User")
    assert sql[info.position.character_begin : info.position.character_end] == "nix"


def test_arrow_parts_come_through_whole(hyper: Hyper) -> None:
    answers = hyper.execute("SELECT i, CAST(i AS NUMERIC(38,18)) / 3 AS x FROM generate_series(1, 1000) t(i)", form=5)
    parts = [answer.query_result.binary_part.data for answer in answers if answer.HasField("query_result")]
    table = pa.ipc.open_stream(io.BytesIO(b"".join(parts))).read_all()
    assert table.column("i").to_pylist() == list(range(1, 1001))


def test_what_a_client_says_of_databases_and_names_is_not_heard(hyper: Hyper, tmp_path: Path) -> None:
    rows = hyper.rows(
        COUNT,
        databases=[pb.AttachedDatabase(path=str(tmp_path / "other.hyper"), alias="default")],
        settings={"identifier_normalization": "lowercase", "identifier_resolution": "case_sensitive"},
    )
    assert rows == [[2]]


@pytest.mark.parametrize(
    ("settings", "text"),
    [({}, "2026-01-04 08:30:00+00"), ({"time_zone": "Asia/Tokyo"}, "+09"), ({"timezone": "Asia/Tokyo"}, "+09")],
)
def test_the_time_zone_is_utc_unless_it_is_asked_for(hyper: Hyper, settings: dict[str, str], text: str) -> None:
    ((value,),) = hyper.rows("SELECT CAST(TIMESTAMPTZ '2026-01-04 08:30:00+00' AS TEXT)", settings=settings)
    assert value.endswith(text)


def test_parameters_reach_the_engine(hyper: Hyper) -> None:
    data = json.dumps([{"name": "who", "type": "varchar", "value": "P-2"}])
    rows = hyper.rows(
        "SELECT ssot__LastName__c FROM SSOT__individual__dlm WHERE ssot__Id__c = :who",
        param_style=pb.NAMED,
        json_parameters=pb.QueryParameterJson(data=data),
    )
    assert rows == [["Bo"]]


def test_ranges_of_a_result_add_up(hyper: Hyper) -> None:
    query_id = hyper.submit("SELECT i FROM generate_series(1, 1000) t(i) ORDER BY i DESC")
    assert hyper.finish(query_id) == 1000
    read = [row for first in range(0, 1000, 300) for row in json_rows(hyper.range(query_id, first, 300))]
    assert read == [[i] for i in range(1000, 0, -1)]
    code, info = failure(lambda: hyper.range(query_id, 1000, 1))
    assert (code, info.sqlstate) == (grpc.StatusCode.INVALID_ARGUMENT, "22023")


@pytest.mark.parametrize(
    ("sql", "code", "sqlstate"),
    [
        ("INSERT INTO ssot__Individual__dlm VALUES ('x')", grpc.StatusCode.PERMISSION_DENIED, "42501"),
        ("WITH x AS (SELECT 1) DELETE FROM ssot__Individual__dlm", grpc.StatusCode.PERMISSION_DENIED, "42501"),
        ("EXPLAIN (ANALYZE) SELECT 1", grpc.StatusCode.PERMISSION_DENIED, "42501"),
        ("SELECT * FROM external('/etc/passwd', format => 'csv')", grpc.StatusCode.PERMISSION_DENIED, "42501"),
        ("ATTACH DATABASE 'x' AS y", grpc.StatusCode.PERMISSION_DENIED, "42501"),
        ("SELEC 1", grpc.StatusCode.INVALID_ARGUMENT, "42601"),
        ("SELECT 1/(i-i) FROM generate_series(1, 3) t(i)", grpc.StatusCode.INVALID_ARGUMENT, "22012"),
    ],
)
def test_a_statement_that_is_refused(hyper: Hyper, sql: str, code: grpc.StatusCode, sqlstate: str) -> None:
    got, info = hyper.fails(sql)
    assert (got, info.sqlstate, info.error_source) == (code, sqlstate, "User")
    assert hyper.rows(COUNT) == [[2]]


def test_the_refused_word_is_pointed_at(hyper: Hyper) -> None:
    sql = " /* 😀 */ WITH x AS (SELECT 1) DELETE FROM ssot__Individual__dlm"
    _, info = hyper.fails(sql)
    assert sql[info.position.character_begin : info.position.character_end] == "DELETE"


def test_a_writable_emulator_lets_changes_through(data_folder: Path) -> None:
    with (
        Emulator(data_folder / "Orders_Home__dll.csv", writable=True) as emulator,
        Hyper(emulator.hyper_address, token(emulator)) as hyper,
    ):
        hyper.execute("INSERT INTO orders_home__dll VALUES (2, 7)")
        assert sorted(hyper.rows("SELECT Id__c FROM Orders_Home__dll")) == [[1], [2]]


def _org_token(emulator: Emulator) -> str:
    return str(emulator.connect_params("access-token")["access_token"]())


@pytest.mark.parametrize("method", ["ExecuteQuery", "GetQueryInfo", "GetQueryResult", "CancelQuery"])
@pytest.mark.parametrize("kind", ["none", "nonsense", "of the org", "of another emulator"])
def test_without_a_token_of_this_tenant_nothing_is_done(emulator: Emulator, method: str, kind: str) -> None:
    given = {"none": None, "nonsense": "x", "of the org": _org_token(emulator)}
    other = Emulator()  # never started: nothing of it is needed but a signature that is not ours
    given["of another emulator"] = _signed_elsewhere(other)
    with Hyper(emulator.hyper_address, given[kind]) as stranger:
        code, details = failure(lambda: list(stranger.call(method, pb.QueryParam(sql="SELECT 1"))))
    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert details.startswith("UNAUTHENTICATED")


def _signed_elsewhere(other: Emulator) -> str:
    return jwt.encode({"exp": 4_000_000_000, "jti": "1"}, other.private_key, algorithm="RS256")


def test_a_token_for_another_audience_or_of_an_odd_scheme(emulator: Emulator, hyper: Hyper) -> None:
    param = pb.QueryParam(sql="SELECT 1", output_format=pb.JSON_ARRAY)
    code, _ = failure(lambda: list(hyper.call("ExecuteQuery", param, audience="a360/prod1/0")))
    assert code is grpc.StatusCode.UNAUTHENTICATED
    with Hyper(emulator.hyper_address, None) as nobody:
        odd = nobody.call("ExecuteQuery", param, authorization=f"Basic {hyper.token}")
        assert failure(lambda: list(odd))[0] is grpc.StatusCode.UNAUTHENTICATED


def test_the_audience_of_the_token_itself_is_welcome(hyper: Hyper) -> None:
    claims = jwt.decode(hyper.token or "", options={"verify_signature": False})
    param = pb.QueryParam(sql="SELECT 1", output_format=pb.JSON_ARRAY, transfer_mode=pb.SYNC)
    answers = list(hyper.call("ExecuteQuery", param, audience=claims["audienceTenantId"], x_hyperdb_workload="me"))
    assert len(answers) > 1


def test_an_expired_token(data_folder: Path) -> None:
    with Emulator(data_folder) as emulator, Hyper(emulator.hyper_address, token(emulator)) as hyper:
        assert hyper.rows(COUNT) == [[2]]
        emulator.clock.advance(7200)
        code, details = hyper.fails(COUNT)
        assert code is grpc.StatusCode.UNAUTHENTICATED
        assert "expired" in details


def test_a_result_is_its_owners_and_for_a_day(data_folder: Path) -> None:
    quirks = Quirks(tenant_token_life=200_000)
    with (
        Emulator(data_folder, dataspaces=("default", "emea"), quirks=quirks) as emulator,
        Hyper(emulator.hyper_address, token(emulator)) as owner,
        Hyper(emulator.hyper_address, token(emulator)) as same_app,
        Hyper(emulator.hyper_address, token(emulator, "emea")) as other,
    ):
        query_id = owner.submit("SELECT 7 AS x")
        owner.finish(query_id)
        assert json_rows(same_app.range(query_id, 0, 1)) == [[7]]
        unknown = failure(lambda: owner.range("OjA_00000000-0000-0000-0000-000000000000", 0, 1))
        foreign = failure(lambda: other.range(query_id, 0, 1))
        assert foreign == unknown
        assert (foreign[0], foreign[1].sqlstate) == (grpc.StatusCode.NOT_FOUND, "02000")
        assert failure(lambda: other.finish(query_id)) == unknown
        emulator.clock.advance(86_399)
        assert json_rows(owner.range(query_id, 0, 1)) == [[7]]
        emulator.clock.advance(2)
        assert failure(lambda: owner.range(query_id, 0, 1)) == unknown


def test_a_header_that_names_another_query_serves_nothing(hyper: Hyper, abroad: Hyper) -> None:
    mine, theirs = hyper.submit("SELECT 1 AS x"), abroad.submit("SELECT 2 AS x")
    window = pb.ResultRange(row_offset=0, row_limit=1, byte_limit=1000)
    for field, header in ((mine, theirs), (theirs, mine)):
        param = pb.QueryResultParam(query_id=field, output_format=pb.JSON_ARRAY, result_range=window)
        code, info = failure(lambda p=param, h=header: list(hyper.follow("GetQueryResult", p, h)))
        assert (code, info.sqlstate) == (grpc.StatusCode.INVALID_ARGUMENT, "22023")
    code, info = failure(lambda: list(hyper.call("GetQueryResult", param)))
    assert (code, info.sqlstate) == (grpc.StatusCode.INVALID_ARGUMENT, "22023")


def test_cancel_ends_ones_own_query_and_nobody_elses(hyper: Hyper, abroad: Hyper) -> None:
    query_id = hyper.submit("SELECT pg_sleep(300)")
    param = pb.CancelQueryParam(query_id=query_id)
    assert list(abroad.follow("CancelQuery", param, query_id)) == [b""]
    info = pb.QueryInfoParam(query_id=query_id)
    (answer,) = hyper.follow("GetQueryInfo", info, query_id)
    assert pb.QueryInfo.FromString(answer).query_status.completion_status == pb.QueryStatus.RUNNING_OR_UNSPECIFIED
    assert list(hyper.follow("CancelQuery", param, query_id)) == [b""]
    code, told = failure(lambda: hyper.finish(query_id))
    assert (code, told.sqlstate) == (grpc.StatusCode.FAILED_PRECONDITION, "57014")


def test_cancel_is_a_single_answer_to_a_client_of_the_official_stubs(hyper: Hyper) -> None:
    query_id = hyper.submit("SELECT 1")
    metadata = [("authorization", f"Bearer {hyper.token}"), ("x-hyperdb-query-id", query_id)]
    cancel = hyper.channel.unary_unary(SERVICE + "CancelQuery")
    assert cancel(pb.CancelQueryParam(query_id=query_id).SerializeToString(), metadata=metadata) == b""


def test_a_client_that_goes_away_ends_its_query_in_the_engine(hyper: Hyper) -> None:
    param = pb.QueryParam(sql="SELECT pg_sleep(300)", output_format=pb.JSON_ARRAY, transfer_mode=pb.SYNC)
    call = hyper.call("ExecuteQuery", param)
    query_id = pb.ExecuteQueryResponse.FromString(next(call)).query_info.query_status.query_id
    call.cancel()
    code, info = failure(lambda: hyper.finish(query_id))  # which waits until the engine has given up
    assert code in {grpc.StatusCode.CANCELLED, grpc.StatusCode.FAILED_PRECONDITION}
    assert info.sqlstate == "57014"


def test_a_deadline_is_the_engines_as_well(hyper: Hyper) -> None:
    param = pb.QueryParam(sql="SELECT pg_sleep(300)", output_format=pb.JSON_ARRAY, transfer_mode=pb.SYNC)
    code, _ = failure(lambda: list(hyper.call("ExecuteQuery", param, timeout=0.5)))
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED


def test_nonsense_instead_of_a_message(hyper: Hyper) -> None:
    code, info = failure(lambda: list(hyper.call("ExecuteQuery", b"\xff\xff")))
    assert (code, info.sqlstate) == (grpc.StatusCode.INVALID_ARGUMENT, "22023")


def test_a_method_that_is_not_there(hyper: Hyper) -> None:
    assert failure(lambda: list(hyper.call("DropEverything", b"")))[0] is grpc.StatusCode.UNIMPLEMENTED


def test_a_wide_row_fits(hyper: Hyper) -> None:
    ((value,),) = hyper.rows("SELECT repeat('x', 9000000)")
    assert len(value) == 9_000_000


def test_one_too_many_at_once(data_folder: Path) -> None:
    with (
        Emulator(data_folder, quirks=Quirks(concurrency=1)) as emulator,
        Hyper(emulator.hyper_address, token(emulator)) as hyper,
    ):
        param = pb.QueryParam(sql="SELECT pg_sleep(600)", transfer_mode=pb.ADAPTIVE, output_format=pb.JSON_ARRAY)
        running = hyper.call("ExecuteQuery", param)
        next(running)  # it is in
        assert hyper.fails("SELECT 1")[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
        running.cancel()
        while emulator.requests[-1].status != grpc.StatusCode.CANCELLED.value[0]:
            time.sleep(0.01)  # the service learns of it in its own time
        assert hyper.rows("SELECT 1") == [[1]]


def test_many_at_once(hyper: Hyper) -> None:
    got: dict[int, Any] = {}

    def ask(number: int) -> None:
        got[number] = hyper.rows(f"SELECT {number} AS x, COUNT(*) AS n FROM SSOT__individual__dlm")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {number: [[number, 2]] for number in range(15)}


def test_the_record_of_a_call_counts_it_and_tells_no_secret(emulator: Emulator, hyper: Hyper) -> None:
    emulator.requests.clear()
    hyper.rows("SELECT 'hush' AS x")
    hyper.fails("SELEC")
    records = list(emulator.requests)
    assert [(record.method, record.path, record.operation) for record in records] == [
        ("gRPC", SERVICE + "ExecuteQuery", "ExecuteQuery")
    ] * 2
    assert [(record.status, record.dataspace) for record in records] == [(0, "default"), (3, "default")]
    assert "hush" not in repr(records)
    assert str(hyper.token) not in repr(records)


def test_a_million_rows_pass_in_flat_memory(emulator: Emulator, hyper: Hyper) -> None:
    # 100 bytes a row: 100 MB, of which no more than a few messages are ever here.
    sql = "SELECT i, repeat('x', 90) AS t FROM generate_series(1, 1000000) t(i)"
    param = pb.QueryParam(sql=sql, output_format=pb.ARROW_IPC, transfer_mode=pb.SYNC)
    process = psutil.Process()
    hyper.rows("SELECT 1 AS warm")
    before = highest = process.memory_info().rss
    rows = size = 0
    for number, answer in enumerate(hyper.call("ExecuteQuery", param)):
        result = pb.ExecuteQueryResponse.FromString(answer).query_result
        rows += result.result_part_row_count
        size += len(answer)
        if number % 20 == 0:
            highest = max(highest, process.memory_info().rss)
    assert rows == 1_000_000
    assert size > 90_000_000
    assert highest - before < 48 * 2**20


def test_tls(data_folder: Path) -> None:
    with Emulator(data_folder, tls=True) as emulator:
        bought = token(emulator)
        with Hyper(emulator.hyper_address, bought, emulator.ca_file) as trusting:
            assert trusting.rows(COUNT) == [[2]]
        with Hyper(emulator.hyper_address, bought) as plain:
            assert plain.fails(COUNT)[0] is grpc.StatusCode.UNAVAILABLE


def test_an_org_without_grpc(data_folder: Path) -> None:
    with (
        Emulator(data_folder, quirks=Quirks(no_grpc=True)) as emulator,
        Hyper(emulator.hyper_address, token(emulator)) as hyper,
    ):
        assert hyper.fails(COUNT)[0] is grpc.StatusCode.UNAVAILABLE


def test_a_program_that_forgets_a_running_call_still_ends(data_folder: Path) -> None:
    code = f"""
import grpc
from datacloud_emulator import Emulator
from datacloud_emulator.engine import hyper_service_pb2 as pb
emulator = Emulator({str(data_folder)!r})
emulator.start()
params = emulator.connect_params("datacloud-token", "hyper")
query = pb.QueryParam(sql="SELECT pg_sleep(300)", output_format=pb.JSON_ARRAY, transfer_mode=pb.SYNC)
call = grpc.insecure_channel(params["hyper_address"]).unary_stream("{SERVICE}ExecuteQuery")(
    query.SerializeToString(), metadata=[("authorization", "Bearer " + params["datacloud_token"])]
)
next(call)
print("up")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout.strip(), ended.stderr, ended.returncode) == ("up", "", 0)


def test_calls_that_run_end_with_the_emulator(data_folder: Path) -> None:
    with Emulator(data_folder) as emulator, Hyper(emulator.hyper_address, token(emulator)) as hyper:
        param = pb.QueryParam(sql="SELECT pg_sleep(300)", output_format=pb.JSON_ARRAY, transfer_mode=pb.SYNC)
        call = hyper.call("ExecuteQuery", param)
        next(call)
        emulator.close()
        assert failure(lambda: list(call))[0] in {grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE}
