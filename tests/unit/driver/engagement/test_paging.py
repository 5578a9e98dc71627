"""How a query comes to its end, and how it goes on past the ceiling and past the life of its page tokens.

Source: wire spec, account-engagement §6-7, §9; faults E6.
"""

from __future__ import annotations

import datetime as dt
import warnings
from typing import Any

import pytest

from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.engagement.checks import Order, check_fields
from datacloud_dbapi.engagement.errors import (
    InvalidRequestError,
    PermissionDeniedError,
    RedactedResultWarning,
    Remark,
    ServerError,
)
from datacloud_dbapi.engagement.paging import Listing
from datacloud_dbapi.engagement.place import Question
from datacloud_dbapi.errors import DataError, OperationalError, ProtocolError
from datacloud_dbapi.flow.effects import Response
from tests.unit.driver.engagement.script import logged_in, on_stage, page, refusal
from tests.unit.driver.scripted import Stage, json_answer
from tests.unit.driver.services_script import awaited, sent

CEILING = "203;Record limit reached"


def ids(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": number} for number in numbers]


def moment(second: int) -> str:
    return f"2026-03-04T05:06:{second:02}-05:00"


def changed(*pairs: tuple[int, int | None]) -> list[dict[str, Any]]:
    return [{"id": number, "updatedAt": None if at is None else moment(at)} for number, at in pairs]


def queries(scene: Stage) -> list[dict[str, str]]:
    return [sent(scene, number)[1] for number in range(len(scene.requests))]


START = {"fields": "id", "orderBy": "id ASC", "limit": "1000"}


class TestPages:
    """§6.1, PAGE and NEXT."""

    def test_a_token_goes_with_the_fields_alone(self) -> None:
        scene, prospects = on_stage("prospects", page(*ids(1, 2), token="t1"), page(*ids(3), token="t2"), page(*ids(4)))
        found = prospects.query(
            "id", filters={"email": "a@example.test", "userIdGreaterThan": 3}, deleted="all", page_size=2
        )
        assert scene.requests == []  # nothing is asked before it is wanted
        assert found.first() == {"id": 1}
        assert len(scene.requests) == 1
        assert list(found) == ids(2, 3, 4)
        assert queries(scene) == [
            {
                "fields": "id",
                "email": "a@example.test",
                "userIdGreaterThan": "3",
                "orderBy": "id ASC",
                "deleted": "all",
                "limit": "2",
            },
            {"fields": "id", "nextPageToken": "t1"},
            {"fields": "id", "nextPageToken": "t2"},
        ]
        assert list(found) == []
        assert found.first() is None
        assert len(scene.requests) == 3

    @pytest.mark.parametrize(
        ("pages", "numbers"),
        [
            ([page()], []),
            ([page(*ids(1, 2), token="a"), page()], [1, 2]),
            ([page(*ids(1), token="a"), page(token="b"), page(*ids(2))], [1, 2]),
            ([page(token="a"), page(token="b"), page(*ids(2))], [2]),
        ],
        ids=["empty", "full-then-empty", "short-and-empty-with-tokens", "empty-first"],
    )
    def test_only_a_page_without_a_token_is_the_last(self, pages: list[Response], numbers: list[int]) -> None:
        scene, prospects = on_stage("prospects", *pages)
        assert prospects.query("id", page_size=2).all() == ids(*numbers)
        assert len(scene.requests) == len(pages)

    @pytest.mark.parametrize(
        ("limit", "page_size", "asked"),
        [(0, 2, []), (1, 2, ["1"]), (2, 2, ["2"]), (3, 2, ["2", None]), (4, 1000, ["4", None])],
    )
    def test_the_limit_is_that_of_all_pages(self, limit: int, page_size: int, asked: list[str | None]) -> None:
        scene, prospects = on_stage("prospects", page(*ids(1, 2), token="a"), page(*ids(3, 4), token="b"))
        assert prospects.query("id", limit=limit, page_size=page_size).all() == ids(*range(1, limit + 1))
        assert [query.get("limit") for query in queries(scene)] == asked

    def test_a_page_that_was_lost_is_asked_for_again(self) -> None:
        lost = [refusal(183, 500)] * 3
        scene, prospects = on_stage("prospects", page(*ids(1), token="a"), *lost, page(*ids(2)))
        found = prospects.query("id")
        assert found.first() == {"id": 1}
        with pytest.raises(ServerError) as failure:
            found.first()
        assert failure.value.rows_given == 1
        assert found.first() == {"id": 2}
        assert [query.get("nextPageToken") for query in queries(scene)] == [None, "a", "a", "a", "a"]

    def test_awaited(self) -> None:
        _, prospects = on_stage("prospects", page(*ids(1, 2), token="a"), page(*ids(3)), awaits=True)

        async def each() -> list[dict[str, Any]]:
            return [record async for record in prospects.query("id")]

        assert awaited(each()) == ids(1, 2, 3)
        with pytest.raises(TypeError, match="async for"):
            list(prospects.query("id"))

    def test_an_address_in_a_filter_is_in_no_error(self) -> None:
        scene, prospects = on_stage("prospects", refusal(46, 405))
        with pytest.raises(PermissionDeniedError) as failure:
            prospects.query("id", filters={"email": "pat@example.test"}).all()
        told = f"{failure.value} {failure.value.request} {scene.requests[0]} {scene.requests[0].label}"
        assert "pat@" not in told
        assert "pat%40" not in told

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (json_answer([]), "no JSON object"),
            (json_answer({}), "no list of records"),
            (json_answer({"values": [1]}), "no list of records"),
            (json_answer({"values": [], "nextPageToken": 5}), "odd nextPageToken"),
            (json_answer({"values": [], "nextPageToken": ""}), "odd nextPageToken"),
            (json_answer({"values": [], "nextPageUrl": "https://x"}), "names a next page"),
            (json_answer({"values": [{"email": "x"}]}), "lacks what was asked for"),
            (json_answer({"values": [{"id": None}]}), "lacks what was asked for"),
            (Response(200, {}, b'{"values":[],"values":[]}'), "two values of one name"),
            (Response(200, {}, b'{"values":[{"id":1,"id":2}]}'), "two values of one name"),
            (page(*ids(2, 1)), "not in the order of their ids"),
            (page(*ids(1, 1)), "not in the order of their ids"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_an_answer_that_is_no_page(self, answer: Response, message: str) -> None:
        _, prospects = on_stage("prospects", answer)
        with pytest.raises(ProtocolError, match=message):
            prospects.query("id").all()

    @pytest.mark.parametrize(
        ("order", "pages"),
        [
            ("id", [page(*ids(1), token="a"), page(*ids(1), token="b")]),
            ("id", [page(*ids(1), token="a"), page(*ids(2), token="a")]),
            ("id", [page(token=str(number)) for number in range(102)]),
            ("updatedAt", [page(*changed((1, 1)), token="a"), page(*changed((1, 1)), token="b")]),
            (
                "updatedAt",
                [page(*changed((1, 1)), token="a"), page(*changed((2, 1)), token="b"), page(token="a")],
            ),
        ],
        ids=["same-page", "same-token", "empty-for-ever", "same-page-by-date", "in-a-circle"],
    )
    def test_pages_without_an_end(self, order: str, pages: list[Response]) -> None:
        _, prospects = on_stage("prospects", *pages)
        with pytest.raises(ProtocolError, match=r"same as the one before|without an end"):
            prospects.query("id,updatedAt" if order != "id" else "id", order_by=order).all()


class TestCeiling:
    """§6.1, CEILING and EXPIRED; the recipe of §6."""

    @pytest.mark.parametrize(
        ("order", "bound", "numbers"),
        [
            ("id", "idGreaterThan", [1, 2, 5, 7]),
            ("-id", "idLessThan", [7, 5, 2, 1]),
        ],
    )
    def test_by_id_it_goes_on_after_the_last(self, order: str, bound: str, numbers: list[int]) -> None:
        scene, prospects = on_stage(
            "prospects",
            page(*ids(*numbers[:2]), token="a"),
            page(*ids(numbers[2]), warning=CEILING),
            page(*ids(numbers[3]), warning=CEILING),
            page(),
        )
        found = prospects.query("id", filters={"userIdGreaterThan": 3}, deleted="all", order_by=order)
        assert found.all() == ids(*numbers)
        start = {
            "fields": "id",
            "userIdGreaterThan": "3",
            "orderBy": "id DESC" if order == "-id" else "id ASC",
            "deleted": "all",
            "limit": "1000",
        }
        assert queries(scene) == [
            start,
            {"fields": "id", "nextPageToken": "a"},
            {**start, bound: str(numbers[2])},
            {**start, bound: str(numbers[3])},
        ]
        assert found.remarks == (Remark(203, "Record limit reached"),)

    def test_the_callers_own_bound_gives_way_and_the_other_stays(self) -> None:
        scene, prospects = on_stage("prospects", page(*ids(11), warning=CEILING), page(*ids(12)))
        bounds = {"idGreaterThanOrEqualTo": 11, "idLessThan": 20}
        assert prospects.query("id", filters=bounds).all() == ids(11, 12)
        assert queries(scene)[1] == {**START, "idLessThan": "20", "idGreaterThan": "11"}

    def test_by_a_date_what_was_given_is_not_given_again(self) -> None:
        scene, prospects = on_stage(
            "prospects",
            page(*changed((9, 1), (1, 2)), token="a"),
            page(*changed((4, 3), (2, 3)), warning=CEILING),
            page(*changed((4, 3), (2, 3), (3, 3)), token="b"),
            page(*changed((8, 4))),
        )
        assert prospects.query("email", order_by="updatedAt").all() == [{"email": None}] * 6
        start = {"fields": "email,id,updatedAt", "orderBy": "updatedAt ASC", "limit": "1000"}
        # The service's words are in the zone of its user, ours in UTC.
        assert queries(scene) == [
            start,
            {"fields": "email,id,updatedAt", "nextPageToken": "a"},
            {**start, "updatedAtAfterOrEqualTo": "2026-03-04T10:06:03+00:00"},
            {"fields": "email,id,updatedAt", "nextPageToken": "b"},
        ]

    def test_by_a_date_backwards(self) -> None:
        scene, prospects = on_stage(
            "prospects", page(*changed((1, 9), (2, 8)), warning=CEILING), page(*changed((2, 8), (3, 8), (4, 2)))
        )
        found = prospects.query("id", order_by="updatedAt DESC", filters={"updatedAtBefore": "2027-01-01T00:00:00Z"})
        assert found.all() == ids(1, 2, 3, 4)
        assert queries(scene)[1]["updatedAtBeforeOrEqualTo"] == "2026-03-04T10:06:08+00:00"
        assert "updatedAtBefore" not in queries(scene)[1]

    @pytest.mark.parametrize(
        ("sizes", "again"),
        [
            ([4, 4, 2], True),  # as many as it gives
            ([5, 5, 1], True),  # more, where it ends with the page
            ([4, 4], True),  # no room for one more page
            ([4, 4, 1], False),
            ([4, 3], False),
        ],
    )
    def test_without_the_warning_as_many_as_the_ceiling_are_no_end(self, sizes: list[int], again: bool) -> None:
        numbers = iter(range(1, 100))
        pages = [[next(numbers) for _ in range(size)] for size in sizes]
        answers = [page(*ids(*some), token=str(place)) for place, some in enumerate(pages)]
        answers[-1] = page(*ids(*pages[-1]))
        scene, gateway = logged_in(*answers, *([page(*ids(50))] if again else []))
        described = catalogue().find("prospects")
        question = Question(described, check_fields(described, "id", "query"), (), Order("id"), "false", None, 4, 10)
        listing = Listing(gateway, question)
        scene.run(listing.fill(whole=True))
        expected = [number for some in pages for number in some]
        assert [record["id"] for record in listing.ready] == expected + [50] * again
        assert [query.get("idGreaterThan") for query in queries(scene)][len(sizes) :] == [str(expected[-1])] * again

    def test_the_limit_holds_across_it(self) -> None:
        scene, prospects = on_stage(
            "prospects",
            page(*changed((1, 1), (2, 1)), warning=CEILING),
            page(*changed((1, 1), (2, 1), (3, 1)), token="b"),
            page(*changed((4, 2))),
        )
        assert prospects.query("id", order_by="updatedAt", limit=3).all() == ids(1, 2, 3)
        # One more is wanted, and the two that were given may come again.
        assert [query.get("limit") for query in queries(scene)] == ["3", "3"]

    def test_nothing_follows_a_limit_that_is_met_at_the_ceiling(self) -> None:
        scene, prospects = on_stage("prospects", page(*ids(1, 2), warning=CEILING))
        assert prospects.query("id", limit=2).all() == ids(1, 2)
        assert len(scene.requests) == 1

    @pytest.mark.parametrize(
        ("name", "order", "filters", "pages", "why"),
        [
            (
                "prospect_accounts",
                "salesforceId",
                {},
                [[{"id": 1, "salesforceId": "001"}]],
                "there is no filter for what comes after a salesforceId",
            ),
            (
                "folder_contents",
                "folderId",
                {},
                [[{"id": 1, "folderId": 4}]],
                "there is no filter for what comes after a folderId",
            ),
            (
                "prospects",
                "updatedAt",
                {"id": 1, "userId": 3, "email": "x@example.test"},
                [changed((1, 1))],
                "and 3 other fields are filtered already",
            ),
            ("prospects", "updatedAt", {"updatedAt": moment(1)}, [changed((1, 1))], "have one and the same updatedAt"),
            ("prospects", "updatedAt", {}, [changed((1, 1)), changed((1, 1))], "have one and the same updatedAt"),
            ("prospects", "updatedAt", {}, [changed((1, 1), (2, None))], "the last of them has no updatedAt"),
            ("prospects", "updatedAt", {}, [changed((1, 2), (2, 1))], "not in the order of their updatedAt"),
            (
                "prospects",
                "lastActivityAt",
                {},
                [[{"id": 1, "lastActivityAt": moment(1)}]],
                "records without lastActivityAt may come last",
            ),
            ("prospects", "id", {}, [[]], "it gave none at all"),
            ("prospects", "id", {}, [ids(1), []], "it gave none after the last"),
        ],
    )
    def test_where_it_would_lose_records_it_says_so(
        self, name: str, order: str, filters: dict[str, Any], pages: list[list[dict[str, Any]]], why: str
    ) -> None:
        _, service = on_stage(name, *(page(*records, warning=CEILING) for records in pages))
        found = service.query("id", order_by=order, filters=filters)
        given = {record["id"] for records in pages for record in records}
        with pytest.raises(OperationalError, match=why) as failure:
            list(found)
        assert failure.value.rows_given == len(given)
        assert "order by id" in str(failure.value)
        with pytest.raises(OperationalError, match=why):
            found.first()

    def test_records_without_a_value_that_came_first_are_all_there_are(self) -> None:
        first: list[dict[str, Any]] = [{"id": 3, "lastActivityAt": None}, {"id": 1, "lastActivityAt": moment(1)}]
        _, prospects = on_stage(
            "prospects", page(*first, warning=CEILING), page({"id": 2, "lastActivityAt": moment(2)})
        )
        assert prospects.query("id", order_by="lastActivityAt").all() == ids(3, 1, 2)

    def test_nor_are_there_any_behind_a_bound(self) -> None:
        first, second = {"id": 1, "lastActivityAt": moment(5)}, {"id": 2, "lastActivityAt": moment(4)}
        _, prospects = on_stage("prospects", page(first, warning=CEILING), page(second))
        since = {"lastActivityAtAfter": moment(1)}
        assert prospects.query("id", order_by="-lastActivityAt", filters=since).all() == ids(1, 2)


class TestTokens:
    """A token lives four hours; which code says that it is over is not published."""

    @pytest.mark.parametrize(("hours", "again"), [(3.98, False), (3.99, True), (9, True)])
    def test_by_the_clock(self, hours: float, again: bool) -> None:
        scene, prospects = on_stage("prospects", page(*ids(1, 2), token="a"), page(*ids(3)))
        found = prospects.query("id")
        assert [found.first(), found.first()] == ids(1, 2)
        scene.clock += hours * 3600
        assert found.all() == ids(3)
        assert queries(scene)[1] == (
            {**START, "idGreaterThan": "2"} if again else {"fields": "id", "nextPageToken": "a"}
        )

    @pytest.mark.parametrize(("code", "status"), [(51, 400), (5, 400), (109, 404), (7777, 410)])
    def test_refused(self, code: int, status: int) -> None:
        scene, prospects = on_stage("prospects", page(*ids(1), token="a"), refusal(code, status), page(*ids(2)))
        assert prospects.query("id").all() == ids(1, 2)
        assert queries(scene)[2] == {**START, "idGreaterThan": "1"}

    def test_refused_again_and_nothing_new_in_between(self) -> None:
        scene, prospects = on_stage("prospects", *[page(token="a"), refusal(51)] * 2, page())
        with pytest.raises(InvalidRequestError, match="as it is"):
            prospects.query("id").all()
        assert len(scene.requests) == 4

    @pytest.mark.parametrize(("code", "status"), [(46, 405), (122, 429), (201, 400)])
    def test_what_has_another_reason_is_raised(self, code: int, status: int) -> None:
        _, prospects = on_stage("prospects", page(*ids(1), token="a"), refusal(code, status), page(*ids(2)))
        found = prospects.query("id")
        assert found.first() == {"id": 1}
        with pytest.raises(OperationalError) as failure:
            found.first()
        assert failure.value.rows_given == 1
        # The page itself can still be asked for.
        assert found.all() == ids(2)

    def test_where_it_cannot_go_on_the_refusal_is_told_too(self) -> None:
        _, accounts = on_stage("prospect_accounts", page({"id": 1, "salesforceId": "001"}, token="a"), refusal(51))
        found = accounts.query("id", order_by="salesforceId")
        with pytest.raises(OperationalError, match="its page token was refused") as failure:
            found.all()
        assert "as it is" in str(failure.value.__cause__)
        assert [record["id"] for record in found._listing.ready] == [1]


class TestRecords:
    def test_what_is_not_asked_for_and_what_is_missing(self) -> None:
        _, prospects = on_stage(
            "prospects", page({"id": 1, "email": "a@example.test", "extra": 5}, token="a"), page({"id": 2})
        )
        found = prospects.query("email,campaign.name,campaign.createdBy.email")
        assert found.all() == [
            {"email": "a@example.test", "campaign": None, "extra": 5},
            {"email": None, "campaign": None},
        ]
        assert [column.name for column in found.columns] == [
            *("email", "campaign.name", "campaign.createdBy.email", "extra"),
        ]

    def test_a_bad_value_waits_behind_the_good_records(self) -> None:
        _, prospects = on_stage("prospects", page(*ids(1, 2), {"id": 3, "score": "x"}, *ids(4), token="a"))
        found = prospects.query("id")
        assert [found.first(), found.first()] == ids(1, 2)
        for _ in range(2):
            with pytest.raises(DataError, match="Prospect 3: score is 'x', which is no Integer") as failure:
                found.first()
            assert failure.value.rows_given == 2
            assert failure.value.request == "GET /api/v5/objects/prospects"

    def test_a_bad_value_beyond_the_limit_is_nobodys(self) -> None:
        _, prospects = on_stage("prospects", page(*ids(1, 2), {"id": 3, "score": "x"}))
        assert prospects.query("id", limit=2).all() == ids(1, 2)

    def test_what_is_left_out_is_warned_of_once(self) -> None:
        redacted = "202;Values left out"
        _, prospects = on_stage(
            "prospects",
            page(*ids(1), token="a", warning=redacted),
            page(*ids(2), token="b", warning=f"{redacted}, 900;Other"),
            page(*ids(3), warning=redacted),
        )
        found = prospects.query("id")
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            assert found.all() == ids(1, 2, 3)
        assert [one.category for one in told] == [RedactedResultWarning]
        assert found.remarks == (Remark(202, "Values left out"), Remark(900, "Other"))

    def test_in_arrow_and_pandas(self) -> None:
        sent_ = {
            "id": 7,
            "name": "Spring",
            "cost": "12.50",
            "isDeleted": False,
            "createdAt": moment(7),
            "createdBy": {"email": "u@example.test", "id": 4},
        }
        _, campaigns = on_stage("campaigns", page(sent_, {"id": 8}), page(sent_))
        fields = "id,name,cost,isDeleted,createdAt,createdBy.email,createdBy.id"
        table = campaigns.query(fields).to_arrow()
        assert [(field.name, str(field.type)) for field in table.schema] == [
            ("id", "int64"),
            ("name", "string"),
            ("cost", "decimal128(38, 18)"),
            ("isDeleted", "bool"),
            ("createdAt", "timestamp[us, tz=UTC]"),
            ("createdBy.email", "string"),
            ("createdBy.id", "int64"),
        ]
        at = dt.datetime(2026, 3, 4, 10, 6, 7, tzinfo=dt.timezone.utc)
        assert table.to_pylist()[0]["createdAt"] == at
        assert list(table.to_pylist()[0].values())[:4] == [7, "Spring", 12.5, False]
        assert list(table.to_pylist()[0].values())[5:] == ["u@example.test", 4]
        assert list(table.to_pylist()[1].values()) == [8, *[None] * 6]
        frame = campaigns.query(fields).to_df()
        assert frame["createdBy.email"].tolist() == ["u@example.test"]
        assert frame["createdAt"].tolist() == [at]

    def test_lists_and_what_nobody_knows_are_text_in_arrow(self) -> None:
        sent_ = {
            "id": 7,
            "recipientListIds": [3, 4],
            "schedule": {"on": True, "share": 1.5},
            "createdAt": moment(7),
            "strange.name": [moment(1)],
        }
        _, programs = on_stage("engagement_studio_programs", page(sent_))
        table = programs.query("recipientListIds,schedule").to_arrow()
        assert table.drop_columns(["createdAt"]).to_pylist() == [
            {
                "recipientListIds": "[3, 4]",
                "schedule": '{"on": true, "share": 1.5}',
                "strange.name": f'["{moment(1)}"]',
            }
        ]
        # Nobody asked for it, and yet it is known.
        assert str(table.schema.field("createdAt").type) == "timestamp[us, tz=UTC]"

    def test_what_stands_below_a_collection_is_a_list(self) -> None:
        options = [{"type": "a", "address": None}, {"type": "b", "address": "x@example.test"}]
        _, emails = on_stage("list_emails", page({"id": 7, "senderOptions": options}))
        table = emails.query("senderOptions.type,senderOptions.address").to_arrow()
        assert table.to_pylist() == [
            {"senderOptions.type": '["a", "b"]', "senderOptions.address": '[null, "x@example.test"]'}
        ]
