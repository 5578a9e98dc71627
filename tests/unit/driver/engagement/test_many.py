"""Many records by one call: what is sent, what came of each row, and when it ends.

Source: wire spec, account-engagement §4, §11, §13; faults rule 2.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.engagement.errors import (
    DailyLimitError,
    DuplicateError,
    InvalidRequestError,
    MissingParameterError,
    NotFoundError,
)
from datacloud_dbapi.engagement.gateway import Usage
from datacloud_dbapi.engagement.given_rows import ids_of, rows_of
from datacloud_dbapi.engagement.written import Written
from datacloud_dbapi.errors import (
    AuthenticationError,
    ConnectionLostError,
    Error,
    NotSupportedError,
    ProgrammingError,
    ServerUnreachableError,
)
from datacloud_dbapi.flow.effects import Response
from tests.unit.driver.engagement.script import on_stage, sent
from tests.unit.driver.scripted import Answer, json_answer

UNLIMITED = {"check_budget": False}


def made(number: int, **headers: str) -> Response:
    return json_answer({"id": number}, 201, **headers)


def refused(code: int, status: int = 400) -> Response:
    return json_answer({"code": code, "message": "as it is"}, status)


def people(count: int) -> list[dict[str, Any]]:
    return [{"email": f"p{number}@example.test", "score": number} for number in range(count)]


class TestRequests:
    def test_a_request_for_each_row_in_their_order(self) -> None:
        scene, prospects = on_stage("prospects", *map(made, (7, 8, 9)))
        told: list[tuple[int, int]] = []
        written = prospects.create_many(people(3), progress=lambda *at: told.append(at), **UNLIMITED)
        assert [sent(request)[3] for request in scene.requests] == people(3)
        assert (written.total, written.count, written.records) == (3, 3, [{"id": 7}, {"id": 8}, {"id": 9}])
        assert told == [(1, 3), (2, 3), (3, 3)]
        assert (written.failures, written.unknown, written.not_sent) == ((), (), ())

    def test_no_rows_are_no_requests(self) -> None:
        scene, prospects = on_stage("prospects")
        assert prospects.create_many([]).total == 0
        assert scene.requests == []

    def test_updates_by_the_id_of_each_row(self) -> None:
        scene, prospects = on_stage("prospects", Response(204), json_answer({"id": 6, "score": 2}))
        rows = [{"id": 5.0, "score": 1}, {"id": "6", "score": 2}]
        assert prospects.update_many(rows, fields="id,score", **UNLIMITED).records == [{}, {"id": 6, "score": 2}]
        assert [sent(request)[1:] for request in scene.requests] == [
            ("/api/v5/objects/prospects/5", {"fields": "id,score"}, {"score": 1}),
            ("/api/v5/objects/prospects/6", {"fields": "id,score"}, {"score": 2}),
        ]

    @pytest.mark.parametrize("ids", [[5, "6"], iter((5, 6)), [{"id": 5}, {"id": 6}]], ids=["list", "iterator", "rows"])
    def test_deletes(self, ids: Iterable[Any]) -> None:
        scene, tags = on_stage("tags", Response(204), Response(204))
        assert tags.delete_many(ids, **UNLIMITED).count == 2
        assert [sent(request)[:2] for request in scene.requests] == [
            ("DELETE", "/api/v5/objects/tags/5"),
            ("DELETE", "/api/v5/objects/tags/6"),
        ]

    def test_upserts_by_the_address(self) -> None:
        scene, prospects = on_stage("prospects", made(1), made(2))
        rows: list[dict[str, Any]] = [{"email": "a@b.test", "score": 1}, {"email": "c@d.test", "score": None}]
        prospects.upsert_many(rows, fields=("id", "email"), restore_deleted=False, **UNLIMITED)
        assert [sent(request)[3] for request in scene.requests] == [
            {
                "matchEmail": row["email"],
                "prospect": row,
                "fields": ["id", "email"],
                "secondaryDeletedSearch": False,
            }
            for row in rows
        ]

    def test_upserts_by_another_column(self) -> None:
        scene, prospects = on_stage("prospects", made(1))
        prospects.upsert_many([{"old": "a@b.test", "email": "new@b.test"}], match="old", **UNLIMITED)
        [request] = scene.requests
        assert sent(request)[3] == {"matchEmail": "a@b.test", "prospect": {"email": "new@b.test"}, "fields": ["id"]}

    def test_rows_of_one_address_are_written_one_after_another(self) -> None:
        """Else the first might be the last to arrive."""
        scene, prospects = on_stage("prospects", *map(made, (1, 1, 2)))
        rows: list[dict[str, Any]] = [
            {"email": "A@b.test", "score": 1},
            {"email": "c@d.test"},
            {"email": "a@B.test", "score": 3},
        ]
        written = prospects.upsert_many(rows, **UNLIMITED)
        assert [sent(request)[3]["matchEmail"] for request in scene.requests] == ["A@b.test", "a@B.test", "c@d.test"]
        assert [record["id"] for record in written.records] == [1, 2, 1]


REFUSED: dict[str, tuple[str, str, Any, dict[str, Any], type[Error], str]] = {
    "a bad row": (
        "prospects",
        "create_many",
        [{"email": "a@b.test"}, {"email": "c@d.test", "scor": 1}],
        {},
        InvalidRequestError,
        "Row 1: ",
    ),
    "a missing address": ("prospects", "upsert_many", [{"score": 1}], {}, ProgrammingError, "Row 0: "),
    "an empty address": ("prospects", "upsert_many", [{"email": float("nan")}], {}, ProgrammingError, "Row 0: "),
    "a missing id": ("prospects", "update_many", [{"score": 1}], {}, ProgrammingError, "Row 0: "),
    "nothing to update": ("prospects", "update_many", [{"id": 1}], {}, MissingParameterError, "Row 0: "),
    "no rows": ("prospects", "create_many", "abc", {}, ProgrammingError, "mappings"),
    "one row": ("prospects", "create_many", {"email": "a@b.test"}, {}, ProgrammingError, "mappings"),
    "odd rows": ("prospects", "create_many", [{"email": "a@b.test"}, 5], {}, ProgrammingError, "Row 1"),
    "no ids": ("tags", "delete_many", "123", {}, ProgrammingError, "Ids are numbers"),
    "too many at once": ("tags", "create_many", [{"name": "a"}], {"at_once": 6}, ProgrammingError, "at_once"),
    "none at once": ("tags", "create_many", [{"name": "a"}], {"at_once": 0}, ProgrammingError, "at_once"),
    "another word": ("tags", "create_many", [{"name": "a"}], {"on_error": "skip"}, ProgrammingError, "on_error"),
    "no such field": ("tags", "create_many", [{"name": "a"}], {"fields": "nam"}, ProgrammingError, "nam"),
    "not offered": (
        "forms",
        "update_many",
        [{"id": 1, "name": "a"}],
        {"on_error": "keep"},
        NotSupportedError,
        "update",
    ),
    "no upsert": ("lists", "upsert_many", [{"email": "a@b.test"}], {"on_error": "keep"}, NotSupportedError, "upsert"),
}


@pytest.mark.parametrize(
    ("name", "method", "rows", "named", "kind", "says"), [pytest.param(*case, id=key) for key, case in REFUSED.items()]
)
def test_what_is_refused_before_any_row_is_sent(
    name: str, method: str, rows: Any, named: dict[str, Any], kind: type[Error], says: str
) -> None:
    scene, service = on_stage(name)
    with pytest.raises(kind) as caught:
        getattr(service, method)(rows, **named)
    assert says in caught.value.message
    assert scene.requests == []


class TestFailures:
    def test_the_first_one_ends_it_and_tells_what_was_written(self) -> None:
        scene, prospects = on_stage("prospects", made(1), refused(9))
        with pytest.raises(DuplicateError) as caught:
            prospects.create_many(people(4), **UNLIMITED)
        written = caught.value.written
        assert isinstance(written, Written)
        assert (written.count, written.records) == (1, [{"id": 1}, None, None, None])
        assert [(failure.row, failure.error, failure.maybe_applied) for failure in written.failures] == [
            (1, caught.value, False)
        ]
        assert (written.unknown, written.not_sent) == ((), (2, 3))
        assert "1 of 4 rows are written" in (caught.value.hint or "")
        assert repr(written) == "<Written 1 of 4 rows, 1 failed, 2 not sent>"
        assert len(scene.requests) == 2

    def test_a_row_that_nobody_can_tell_of(self) -> None:
        scene, prospects = on_stage("prospects", made(1), ConnectionLostError("reset"))
        with pytest.raises(ConnectionLostError) as caught:
            prospects.create_many(people(3), **UNLIMITED)
        written = caught.value.written
        assert (caught.value.maybe_applied, written.unknown, written.not_sent) == (True, (1,), (2,))
        assert [written.status(row) for row in range(3)] == ["written", "unknown", "not sent"]
        assert len(scene.requests) == 2

    def test_or_is_kept_while_the_others_go_on(self) -> None:
        answers: list[Answer] = [made(1), refused(9), ConnectionLostError("reset"), Response(204)]
        _, prospects = on_stage("prospects", *answers)
        told: list[tuple[int, int]] = []
        rows = [*people(4), {"email": "x@y.test", "scor": 1}]
        written = prospects.create_many(rows, on_error="keep", progress=lambda *at: told.append(at), **UNLIMITED)
        assert [written.status(row) for row in range(5)] == ["written", "failed", "unknown", "written", "failed"]
        # Made, though not to be seen: the last one that was sent.
        assert written.records == [{"id": 1}, None, None, {}, None]
        assert [type(failure.error).__name__ for failure in written.failures] == [
            "DuplicateError",
            "ConnectionLostError",
            "InvalidRequestError",
        ]
        # The bad row counts from the start.
        assert told == [(2, 5), (3, 5), (4, 5), (5, 5)]

    @pytest.mark.parametrize(
        ("answers", "kind"),
        [
            ([refused(122, 429)], DailyLimitError),
            ([Response(302, {"location": "https://login.example/"})], AuthenticationError),
            ([ServerUnreachableError("refused")] * 3, ServerUnreachableError),
        ],
        ids=["the day's calls", "no login", "no server"],
    )
    def test_what_concerns_every_row_ends_it_either_way(self, answers: list[Answer], kind: type[Error]) -> None:
        _, prospects = on_stage("prospects", made(1), *answers)
        with pytest.raises(kind) as caught:
            prospects.create_many(people(4), on_error="keep", **UNLIMITED)
        assert (caught.value.written.count, caught.value.written.not_sent) == (1, (2, 3))
        assert "1 of 4 rows are written" in (caught.value.hint or "")
        assert caught.value.maybe_applied is None

    def test_an_interrupt_tells_it_too(self) -> None:
        def stop(done: int, total: int) -> None:
            raise KeyboardInterrupt

        _, prospects = on_stage("prospects", made(1))
        with pytest.raises(KeyboardInterrupt) as caught:
            prospects.create_many(people(3), progress=stop, **UNLIMITED)
        written = vars(caught.value)["written"]
        assert (written.count, written.not_sent) == (1, (1, 2))

    def test_a_delete_twice_is_a_failure_of_the_second(self) -> None:
        _, tags = on_stage("tags", Response(204), refused(109, 404))
        written = tags.delete_many([5, 5], on_error="keep", **UNLIMITED)
        assert [type(failure.error) for failure in written.failures] == [NotFoundError]

    def test_as_a_frame(self) -> None:
        _, prospects = on_stage("prospects", made(1), refused(9))
        written = prospects.create_many(people(2), on_error="keep", **UNLIMITED)
        frame = written.to_df()
        assert list(frame.columns) == ["row", "status", "error", "id"]
        assert (frame["row"][0], frame["id"][0]) == (0, 1)
        assert list(frame["status"]) == ["written", "failed"]
        assert "code 9" in frame["error"][1]


def usage(used: int, most: int = 100) -> dict[str, str]:
    return {"x-api-usage": f"{used}/{most}"}


class TestBudget:
    """Source: wire spec, account-engagement §3, §11."""

    ACCOUNT = "/api/v5/objects/account"

    def test_the_account_is_asked_once_where_nothing_is_known(self) -> None:
        answer = json_answer({"maximumDailyApiCalls": 100, "apiCallsUsed": 10})
        scene, prospects = on_stage("prospects", answer, made(1, **usage(12)), made(2, **usage(13)))
        written = prospects.create_many(people(2))
        assert [sent(request)[1] for request in scene.requests] == [self.ACCOUNT, *["/api/v5/objects/prospects"] * 2]
        assert sent(scene.requests[0])[2] == {"fields": "maximumDailyApiCalls,apiCallsUsed"}
        assert (written.usage_before, written.usage_after) == (Usage(10, 100), Usage(13, 100))

    def test_nothing_is_asked_where_it_is_known(self) -> None:
        scene, prospects = on_stage("prospects", made(1, **usage(12)), made(2, **usage(13)), made(3, **usage(14)))
        prospects.create({"email": "a@b.test"})
        written = prospects.create_many(people(2))
        assert len(scene.requests) == 3
        assert (written.usage_before, written.usage_after) == (Usage(12, 100), Usage(14, 100))

    @pytest.mark.parametrize("left", [0, 2])
    def test_too_few_calls_are_refused_before_the_first_row(self, left: int) -> None:
        answer = json_answer({"maximumDailyApiCalls": 100, "apiCallsUsed": 100 - left})
        scene, prospects = on_stage("prospects", answer)
        with pytest.raises(
            DailyLimitError, match=f"3 rows are 3 calls, and the business unit has {left} of 100"
        ) as caught:
            prospects.upsert_many(people(3))
        assert "imports.upsert" in (caught.value.hint or "")
        assert len(scene.requests) == 1

    def test_what_was_told_yesterday_refuses_nothing(self) -> None:
        answer = json_answer({"maximumDailyApiCalls": 100, "apiCallsUsed": 1})
        scene, prospects = on_stage("prospects", made(1, **usage(99)), answer, made(2), made(3))
        prospects.create({"email": "a@b.test"})
        assert prospects.create_many(people(2)).count == 2
        assert sent(scene.requests[1])[1] == self.ACCOUNT

    def test_who_may_not_see_the_account_writes_nevertheless(self) -> None:
        _, prospects = on_stage("prospects", refused(46, 405), made(1))
        assert prospects.create_many(people(1)).usage_before is None

    def test_it_can_be_left_out(self) -> None:
        scene, prospects = on_stage("prospects", made(1, **usage(100)), refused(122, 429))
        with pytest.raises(DailyLimitError):
            prospects.create_many(people(3), check_budget=False)
        assert len(scene.requests) == 2


class TestRows:
    MOMENT = dt.datetime(2026, 3, 4, tzinfo=dt.timezone.utc)

    def test_a_frame_of_pandas(self) -> None:
        import numpy as np
        import pandas as pd

        frame = pd.DataFrame(
            {
                "n": [1, 2],
                "f": [1.5, float("nan")],
                "t": [pd.Timestamp(self.MOMENT), pd.NaT],
                "s": ["a", None],
                "b": np.array([True, False]),
                "i": pd.array([1, None], dtype="Int64"),
                "d": [Decimal("1.50"), Decimal("NaN")],
            }
        )
        rows = rows_of(frame)
        assert rows == [
            {"n": 1, "f": 1.5, "t": self.MOMENT, "s": "a", "b": True, "i": 1, "d": Decimal("1.50")},
            {"n": 2, "f": None, "t": None, "s": None, "b": False, "i": None, "d": None},
        ]
        # JSON takes Python's own alone.
        assert [type(rows[0][name]) for name in ("n", "f", "b", "i")] == [int, float, bool, int]

    @pytest.mark.parametrize("kind", ["table", "batch", "reader", "polars"])
    def test_arrow_and_polars(self, kind: str) -> None:
        import polars
        import pyarrow as pa

        table = pa.table({"id": [1, None], "name": ["a", "b"]})
        made: Any = {
            "table": table,
            "batch": table.to_batches()[0],
            "reader": table.to_reader(),
            "polars": polars.from_arrow(table),
        }[kind]
        assert rows_of(made) == [{"id": 1, "name": "a"}, {"id": None, "name": "b"}]

    def test_numpy_scalars_in_rows_of_ones_own(self) -> None:
        import numpy as np

        row: Mapping[str, Any] = {"n": np.int64(5), "f": np.float64("nan"), "s": np.str_("x"), "a": np.array([1, 2])}
        [found] = rows_of([row])
        assert json.dumps(found) == '{"n": 5, "f": null, "s": "x", "a": [1, 2]}'

    def test_ids_of_a_frame_and_of_a_column(self) -> None:
        import pandas as pd

        frame = pd.DataFrame({"id": [5, 6], "name": ["a", "b"]})
        assert ids_of(frame) == ids_of(frame["id"]) == [5, 6]

    def test_two_columns_of_one_name(self) -> None:
        import pandas as pd

        with pytest.raises(ProgrammingError, match="one name"):
            rows_of(pd.DataFrame([[1, 2]], columns=["a", "a"]))

    def test_ids_of_rows_without_one(self) -> None:
        with pytest.raises(ProgrammingError, match="Row 1 has no id"):
            ids_of([{"id": 1}, {"name": "a"}])
