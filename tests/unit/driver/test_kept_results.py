"""What query-sql and Direct V3 have in common. Source: wire spec, query §9-10; faults O3-O5, S9-S15, S21-S22."""

from __future__ import annotations

from typing import Any

import pytest

from datacloud_dbapi.errors import (
    ConnectionLostError,
    DatabaseError,
    Error,
    InternalError,
    OperationalError,
    ProgrammingError,
    QueryTimeoutError,
    ResultExpiredError,
)
from datacloud_dbapi.flow.effects import Response
from datacloud_dbapi.transports.kept import PAGE_ROWS
from tests.unit.driver.kept_apis import DIRECT_V3, QUERY_SQL, Api
from tests.unit.driver.scripted import Answer, cells, json_answer

pytestmark = pytest.mark.parametrize("api", [QUERY_SQL, DIRECT_V3], ids=["query-sql", "direct-v3"])

A, B, C = ["A-1", 1], ["B-2", None], ["C-3", 3]
LOST = ConnectionLostError("reset")


def test_the_first_answer_may_be_the_whole_result(api: Api) -> None:
    scene, handle, [page] = api.read([api.started(api.status("ResultsProduced", 2), A, B)])
    assert page.columns is not None
    assert [(column.name, str(column.type), column.nullable) for column in page.columns] == [
        ("Id__c", "VARCHAR", False),
        ("Miles__c", "NUMERIC(38,18)", True),
    ]
    assert cells(page) == [A, B]
    assert (handle.query_id, handle.progress) == (api.query_id, 1.0)
    assert len(api.sent(scene)) == 1


def test_the_rows_of_the_first_answer_are_used_and_the_others_asked_for_by_number(api: Api) -> None:
    scene, _, pages = api.read(
        [
            api.started(api.status("Running", 1), A),
            json_answer(api.status("RUNNING", 1)),
            json_answer(api.status("RESULTS_PRODUCED", 3)),
            json_answer(api.rows(B)),
            json_answer(api.rows(C)),
        ]
    )
    assert [cells(page) for page in pages] == [[A], [B], [C]]
    requests = [
        (path, {name: fields.get(name) for name in ("waitTimeMs", "offset", api.limit)})
        for path, fields in api.sent(scene)
    ]
    wait = (f"GET /{api.query_id}", {"waitTimeMs": "10000", "offset": None, api.limit: None})
    assert requests[1:] == [
        wait,
        wait,
        (f"GET /{api.query_id}/rows", {"waitTimeMs": None, "offset": "1", api.limit: "2"}),
        (f"GET /{api.query_id}/rows", {"waitTimeMs": None, "offset": "2", api.limit: "1"}),
    ]


def test_a_first_answer_without_rows_waits_for_them(api: Api) -> None:
    _, _, [page] = api.read(
        [
            api.started(api.status("Running", 0)),
            json_answer(api.status("Finished", 1)),
            json_answer(api.rows(A, metadata=None)),
        ]
    )
    assert cells(page) == [A]
    assert page.columns is not None


def test_an_empty_result_keeps_its_columns(api: Api) -> None:
    _, handle, [page] = api.read([api.started(api.status("Finished", 0))])
    assert (cells(page), handle.total) == ([], 0)
    assert page.columns is not None


def test_rows_may_turn_out_to_be_all(api: Api) -> None:
    _, _, pages = api.read([api.started(api.status("Running", 1), A), json_answer(api.status("Finished", 1))])
    assert [cells(page) for page in pages] == [[A], []]


@pytest.mark.parametrize(
    "spelled",
    [
        lambda status: status,
        lambda status: {"status": status},
        lambda status: {**status, "status": status},
        lambda status: {**status, "rowCount": str(status["rowCount"])},
        *(
            lambda status, end=end: {**status, "expirationTime": end}
            for end in ("", "seconds: 1738344542\n", "2026-01-05T09:00:00Z", None, 5)
        ),
    ],
)
@pytest.mark.parametrize("state", ["Finished", "FINISHED", "ResultsProduced", "RESULTS_PRODUCED"])
def test_a_status_is_read_in_all_its_spellings(api: Api, spelled: Any, state: str) -> None:
    _, handle, _ = api.read([api.started(api.status("Running", 1), A), json_answer(spelled(api.status(state, 1)))])
    assert handle.total == 1


@pytest.mark.parametrize("row", [A, {"row": A}, {"rowData": A}])
def test_a_row_is_an_array_or_an_object_that_holds_one(api: Api, row: Any) -> None:
    answer = api.started(api.status("Finished", 1), data=[row], returnedRows=1)
    assert cells(api.read([answer])[2][0]) == [A]


@pytest.mark.parametrize("state", ["Running", "Unspecified", "RUNNING_OR_UNSPECIFIED", "Queued"])
def test_a_service_that_answers_at_once_is_asked_with_growing_pauses(api: Api, state: str) -> None:
    answers = [json_answer(api.status(state, 0))] * 7
    scene, *_ = api.read([api.started(api.status(state, 0)), *answers, json_answer(api.status("Finished", 0))])
    assert scene.sleeps == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


def test_progress_is_kept(api: Api) -> None:
    scene, transport = api.play([api.started(api.status("Running", 1, progress=0.4), A)])
    handle, _ = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    assert (handle.progress, handle.total) == (0.4, None)


# --- faults ---


@pytest.mark.fault("S21")
@pytest.mark.parametrize("state", ["Failed", "Canceled", "CANCELLED", "Error", "Exploded"])
@pytest.mark.parametrize("shape", [lambda status: status, lambda status: {"status": status}])
def test_a_query_that_fails_is_an_error_with_the_servers_text(api: Api, state: str, shape: Any) -> None:  # S21
    failed = shape(api.status(state, 0, message="the node went away"))
    scene, transport = api.play([api.started(api.status("Running", 0)), json_answer(failed)])
    with pytest.raises(OperationalError, match="the node went away") as caught:
        scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    assert caught.value.query_id == api.query_id


def test_a_failure_without_words_names_the_state(api: Api) -> None:
    with pytest.raises(OperationalError, match="'Failed'"):
        api.read([api.started(api.status("Running", 0)), json_answer(api.status("Failed"))])


def test_a_failure_with_a_sqlstate_is_what_it_says(api: Api) -> None:
    failed = api.status("Failed", message="division by zero", sqlState="22012")
    with pytest.raises(DatabaseError, match="division") as caught:
        api.read([api.started(api.status("Running", 0)), json_answer(failed)])
    assert type(caught.value).__name__ == "DataError"


@pytest.mark.fault("S22")
@pytest.mark.parametrize("farewell", [Response(204), Response(500), LOST])
def test_a_query_that_never_ends_is_cancelled_once(api: Api, farewell: Any) -> None:  # S22
    running = [json_answer(api.status("Running", 0))] * 3
    scene, transport = api.play(
        [api.started(api.status("Running", 0)), *running, farewell, *[Response(500)] * 2], took=10.0
    )
    with pytest.raises(QueryTimeoutError) as caught:
        # Logging in takes its time too, and the first question is cut to what is left.
        scene.run(transport.submit("SELECT 1", None, timeout=10.0 * len(api.login) + 35, arrow=False))
    assert caught.value.query_id == api.query_id
    sent = api.sent(scene)
    assert [fields["waitTimeMs"] for path, fields in sent if "waitTimeMs" in fields] == ["10000", "10000", "5000"]
    assert sent[4][0] == f"DELETE /{api.query_id}"
    assert sum(path.startswith("DELETE") for path, _ in sent) == (1 if farewell == Response(204) else len(sent) - 4)


def test_who_waits_for_all_rows_cancels_once_too(api: Api) -> None:  # S22
    scene, transport = api.play(
        [api.started(api.status("Running", 1), A), json_answer(api.status("Running", 1)), Response(204)], took=10.0
    )
    handle, _ = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    with pytest.raises(QueryTimeoutError):
        scene.run(transport.row_count(handle, timeout=5.0))
    assert [path.split()[0] for path, _ in api.sent(scene)] == ["POST", "GET", "DELETE"]


@pytest.mark.fault("O3")
def test_rows_that_fail_twice_are_asked_for_again(api: Api) -> None:  # O3
    scene, _, pages = api.read(
        [api.started(api.status("Finished", 2), A), Response(500), LOST, json_answer(api.rows(B))]
    )
    assert cells(pages[1]) == [B]
    assert [fields["offset"] for _, fields in api.sent(scene)[1:]] == ["1", "1", "1"]


@pytest.mark.fault("O4")
def test_rows_that_are_missing_are_asked_for_once_more(api: Api) -> None:  # O4
    _, _, pages = api.read(
        [api.started(api.status("Finished", 2), A), json_answer(api.rows()), json_answer(api.rows(B))]
    )
    assert cells(pages[1]) == [B]
    with pytest.raises(OperationalError, match="sends none"):
        api.read([api.started(api.status("Finished", 2), A), *[json_answer(api.rows())] * 2])


@pytest.mark.fault("O5")
def test_out_of_range_is_no_end(api: Api) -> None:  # O5
    refusal = json_answer([{"errorCode": "BAD_REQUEST", "message": "offset is out of range"}], 400)
    with pytest.raises(ProgrammingError, match="out of range"):
        api.read([api.started(api.status("Finished", 2), A), refusal])


@pytest.mark.parametrize("status", [404, 410])
def test_a_result_that_is_gone(api: Api, status: int) -> None:
    gone = json_answer([{"errorCode": "NOT_FOUND", "message": "no such query"}], status)
    with pytest.raises(ResultExpiredError, match="no such query") as caught:
        api.read([api.started(api.status("Finished", 2), A), gone])
    assert (caught.value.query_id, caught.value.code) == (api.query_id, "NOT_FOUND")


def test_a_lost_statement_is_not_sent_again(api: Api) -> None:
    scene, transport = api.play([LOST])
    with pytest.raises(ConnectionLostError):
        scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    assert len(api.sent(scene)) == 1


@pytest.mark.fault("S14", "S15")
@pytest.mark.parametrize(
    "answers",
    [
        lambda api: [api.started(api.status("Finished"), A)],
        lambda api: [api.started({"queryId": api.query_id, "rowCount": 1}, A)],
        lambda api: [api.started({"completionStatus": "Finished", "rowCount": 1}, A)],
        lambda api: [api.started(api.status("Finished", 1), A, returnedRows=2)],
        lambda api: [api.started(api.status("Finished", 1), A, metadata=None)],
        lambda api: [api.started(api.status("Finished", 1), A, metadata=[{"type": "Varchar"}])],
        lambda api: [api.started(api.status("Finished", 1), data=[{"a": 1}], returnedRows=1)],
        lambda api: [api.started(api.status("Finished", 1), data="x", returnedRows=1)],
        lambda api: [api.started(api.status("Finished", 1), A, B)],
        lambda api: [api.started(api.status("Finished", 2), A), json_answer(api.rows(B, C))],
        lambda api: [api.started(api.status("Finished", 2), A), json_answer({})],
        lambda api: [api.started(api.status("Finished", 2), A), json_answer([])],
        lambda api: [api.started(api.status("Running", 1), A), json_answer({"rowCount": 1})],
        lambda api: [api.started(api.status("Running", 1), A), Response(200, {}, b'{"rowCount":1,"rowCount":2}')],
    ],
)
def test_an_answer_that_cannot_be_trusted_is_an_error(api: Api, answers: Any) -> None:
    with pytest.raises(InternalError):
        api.read(answers(api))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer({"error": "Bad Request", "message": "no such table"}, 400), ProgrammingError),
        (json_answer([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "enough"}], 403), OperationalError),
        (Response(200, {"x-hyperdb-status": "{}"}, b"<html>login</html>"), Error),
        (Response(500, {}, b"oops"), OperationalError),
    ],
)
def test_a_refused_statement_is_an_error(api: Api, answer: Response, error: type[Error]) -> None:
    with pytest.raises(error):
        api.read([answer])


@pytest.mark.parametrize(
    "query_id",
    ["", ".", "..", "a/../b", "a%2E%2e", "a?b", "a#b", "a/b", "a b", "a\nb", "é", "a\\b", "x" * 5000],
)
def test_an_id_that_is_no_part_of_a_path_is_never_used(api: Api, query_id: str) -> None:
    scene, transport = api.play([api.started(api.status("Finished", 2, queryId=query_id), A)])
    with pytest.raises((ProgrammingError, InternalError)):
        scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    for flow in (
        transport.attach(query_id, timeout=None, arrow=False),
        transport.read_range(query_id, 0, 1, timeout=None, arrow=False),
    ):
        with pytest.raises(ProgrammingError):
            scene.run(flow)
    assert len(api.sent(scene)) == 1


# --- cancel, attach, ranges ---


@pytest.mark.parametrize("answer", [Response(200), Response(204), Response(404)])
def test_cancel(api: Api, answer: Response) -> None:
    scene, transport = api.play([api.started(api.status("Running", 1), A), answer])
    handle, _ = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    scene.run(transport.cancel(handle))
    assert api.sent(scene)[-1][0] == f"DELETE /{api.query_id}"


def test_a_cancel_that_is_refused_says_so(api: Api) -> None:
    scene, transport = api.play([api.started(api.status("Running", 1), A), Response(403)])
    handle, _ = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    with pytest.raises(OperationalError):
        scene.run(transport.cancel(handle))


def test_attach_reads_a_result_from_its_start(api: Api) -> None:
    scene, transport = api.play([json_answer(api.status("Finished", 2)), json_answer(api.rows(A, B))])
    handle, page = scene.run(transport.attach(api.query_id, timeout=None, arrow=False))
    assert (cells(page), page.done, handle.query_id, handle.total) == ([A, B], True, api.query_id, 2)
    assert page.columns is not None
    assert api.sent(scene)[-1][1]["offset"] == "0"


def read_range(api: Api, first: int, count: int, answers: list[Any]) -> tuple[list[str], list[list[object]]]:
    scene, transport = api.play(answers)
    page = scene.run(transport.read_range(api.query_id, first, count, timeout=None, arrow=False))
    assert not scene.answers
    return [f"{fields['offset']}+{fields[api.limit]}" for _, fields in api.sent(scene) if "offset" in fields], cells(
        page
    )


def test_a_range_is_exactly_its_rows(api: Api) -> None:
    status = json_answer(api.status("Finished", 9))
    assert read_range(api, 5, 3, [json_answer(api.rows(A, B, C))]) == (["5+3"], [A, B, C])
    parts = [json_answer(api.rows(A)), status, json_answer(api.rows(B)), json_answer(api.rows(C))]
    assert read_range(api, 5, 3, parts) == (["5+3", "6+2", "7+1"], [A, B, C])


def test_a_range_is_shorter_only_past_the_end(api: Api) -> None:
    status = json_answer(api.status("Finished", 6))
    assert read_range(api, 5, 3, [json_answer(api.rows(A)), status]) == (["5+3"], [A])
    past = json_answer({"message": "out of range"}, 400)
    assert read_range(api, 6, 3, [past, status]) == (["6+3"], [])
    with pytest.raises(ProgrammingError, match="out of range"):
        read_range(api, 5, 3, [past, status])
    with pytest.raises(OperationalError, match="sends none"):
        read_range(api, 5, 3, [json_answer(api.rows()), json_answer(api.rows())])


def test_a_range_of_no_rows_has_the_columns(api: Api) -> None:
    scene, transport = api.play([json_answer(api.rows(A))])
    page = scene.run(transport.read_range(api.query_id, 5, 0, timeout=None, arrow=False))
    assert (cells(page), [column.name for column in page.columns]) == ([], ["Id__c", "Miles__c"])


def test_no_more_rows_are_asked_for_at_once_than_a_page_holds(api: Api) -> None:
    scene, transport = api.play([api.started(api.status("Finished", 10**9), A), json_answer(api.rows(B))])
    handle, _ = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    scene.run(transport.next_page(handle, timeout=None, arrow=False))
    assert api.sent(scene)[-1][1][api.limit] == str(PAGE_ROWS)


def without_columns(api: Api) -> dict[str, Any]:
    return api.rows(metadata=[] if api is QUERY_SQL else {"columns": []})


def columns_path(api: Api) -> str:
    return f"GET /{api.query_id}/{'rows' if api is QUERY_SQL else 'metadata'}"


@pytest.mark.parametrize("state", ["Running", "Finished"])
def test_a_statement_without_columns_tells_how_many_rows_it_changed(api: Api, state: str) -> None:
    """Source: wire spec, hyper §3: no result parts, the affected rows in the row count."""
    first = api.started(api.status(state, 0 if state == "Running" else 2, chunkCount=0), **without_columns(api))
    answers: list[Answer] = [first]
    if state == "Running":
        answers += [json_answer(api.status("Finished", 2, chunkCount=0)), json_answer(without_columns(api))]
    scene, transport = api.play(answers)
    handle, page = scene.run(transport.submit("UPDATE t SET a = 1", None, timeout=None, arrow=False))
    assert (page.columns, page.rows, page.done) == ((), [], True)
    assert (handle.total, handle.finished, scene.answers) == (2, True, [])


def test_columns_that_come_late_are_no_statement_without_columns(api: Api) -> None:
    """While a query runs, an empty list says only that nobody knows yet."""
    late = json_answer(api.rows(A) if api is QUERY_SQL else {"metadata": {"columns": api.columns}})
    scene, transport = api.play(
        [
            api.started(api.status("Running", 0, chunkCount=0), **without_columns(api)),
            # A chunk that is not counted yet: the columns decide.
            json_answer(api.status("Finished", 1, chunkCount=0)),
            late,
            json_answer(api.rows(A)),
        ]
    )
    handle, page = scene.run(transport.submit("SELECT 1", None, timeout=None, arrow=False))
    assert (cells(page), page.done, handle.total) == ([A], True, 1)
    assert [column.name for column in page.columns or ()] == ["Id__c", "Miles__c"]
    assert columns_path(api) in [path for path, _ in api.sent(scene)]


def test_rows_without_columns_contradict_themselves(api: Api) -> None:
    first = api.started(api.status("Finished", 1), **{**without_columns(api), "data": [A], "returnedRows": 1})
    with pytest.raises(InternalError, match="rows but no metadata"):
        api.read([first])
